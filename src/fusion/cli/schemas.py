"""`fusion schemas [--check]`: the schemas of all that is written and read, made from the code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fusion.cli.options import command
from fusion.events.schemas import older_schemas
from fusion.schemas import all_schemas
from fusion.settings import Settings

FAILED = 1


def run(arguments: list[str], _settings: Settings) -> int:
    """Write `schemas/`, or say which of its files no longer agree with the code."""
    parser = command("schemas", "Schemas of signals, patterns, registries, events, routes, frames.")
    parser.add_argument("--check", action="store_true", help="only compare; 1 on a difference")
    parser.add_argument("--out", type=Path, default=Path("schemas"), metavar="DIR")
    asked = parser.parse_args(arguments)
    texts = {name: _text(schema) for name, schema in all_schemas().items()}
    different = [name for name, text in texts.items() if not _agrees(asked.out / name, text)]
    if asked.check:
        return _tell(asked.out, different, _strangers(asked.out, texts))
    for name in different:
        file = asked.out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[name], encoding="utf-8")
    print(f"{len(different)} of {len(texts)} schemas written")
    return 0


def _tell(out: Path, different: list[str], strangers: list[str]) -> int:
    """Say what does not agree; the files of older versions must stand there, as they were."""
    missing = [name for name in older_schemas() if not (out / name).is_file()]
    for name in different:
        print(f"fusion: {out / name} does not agree with the code", file=sys.stderr)
    for name in missing:
        print(f"fusion: {out / name} is missing: its version is still read", file=sys.stderr)
    for name in strangers:
        print(f"fusion: {out / name} is no schema of the code's", file=sys.stderr)
    return FAILED if different or missing or strangers else 0


def _strangers(out: Path, texts: dict[str, str]) -> list[str]:
    known = {*texts, *older_schemas()}
    found = (file.relative_to(out).as_posix() for file in sorted(out.rglob("*.json")))
    return [name for name in found if name not in known]


def _agrees(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
