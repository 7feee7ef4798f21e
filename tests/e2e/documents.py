"""What the service's own documents (`schemas/`) promise of an answer and of a frame.

An outside client generates its code from these, so that every answer that a test of the contract
gets is held to them.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"


def hold_answer(path: str, status: int, body: Any) -> None:
    """Fails where the answer of a GET is not what `openapi.json` promises."""
    template = _template(path)
    response = _document("openapi.json")["paths"][template]["get"]["responses"][str(status)]
    (content,) = response["content"].values()
    _validator("openapi.json", json.dumps(content["schema"])).validate(body)


def hold_frame(kind: str, body: Any) -> None:
    """Fails where a frame of the stream is not what `asyncapi.json` promises."""
    payload = _document("asyncapi.json")["components"]["messages"][kind]["payload"]
    _validator("asyncapi.json", json.dumps(payload)).validate(body)


@cache
def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return document


@cache
def _validator(name: str, schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema) | {"components": _document(name)["components"]})


@cache
def _template(path: str) -> str:
    """The path as the document has it: the one with the fewest holes that fits."""
    fitting = [each for each in _document("openapi.json")["paths"] if _fits(each, path)]
    return min(fitting, key=lambda each: each.count("{"))


def _fits(template: str, path: str) -> bool:
    # The name of a signal is a path of its own; every other hole is one segment.
    hole = ".+" if template.startswith("/v1/signals/") else "[^/]+"
    parts = re.split(r"\{[^}]*\}", template)
    return re.fullmatch(hole.join(map(re.escape, parts)), path) is not None
