"""Reads patterns: a document (a file's content, or what a published event holds) into a `Pattern`.

The slug is the file's name. Errors name the file and the place in it. Nothing is checked here that
needs a vocabulary or a run: `fusion.patterns.check` does that before a pattern is published.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from fusion.domain.errors import Fault, Invalid, Misused
from fusion.domain.pattern import Pattern
from fusion.patterns.pattern_file import PatternFile

SHIPPED = Path(__file__).parent / "library"
# The library has some six; a folder with more than this is the wrong folder.
_MOST_FILES = 1_000
_SUFFIX = ".yaml"
_TRUTH = re.compile(r"^(?:true|false)$")


def load_pattern(document: Mapping[str, Any]) -> Pattern:
    """The pattern of a document that holds its slug.

    Raises Invalid with a fault for everything that is wrong, by its pointer into the document.
    """
    try:
        text = json.dumps(document)
    except (TypeError, ValueError) as error:
        raise Invalid(f"a pattern holds what JSON can't: {error}") from error
    try:
        return PatternFile.model_validate_json(text).pattern()
    except ValidationError as error:
        faults = tuple(_fault(details) for details in error.errors(include_url=False))
        slug = document.get("slug", "a pattern")
        detail = f"{slug}: {faults[0].pointer or 'the document'}: {faults[0].detail}"
        raise Invalid(detail, faults=faults) from error


def load_library(folder: Path | None = None) -> tuple[Pattern, ...]:
    """The patterns of a folder, by slug; the shipped library where none is given.

    Raises Misused for a folder or file that can't be read, Invalid for a pattern that is wrong;
    both name the file.
    """
    patterns = []
    for path in pattern_files(folder):
        try:
            patterns.append(load_pattern(read_document(path)))
        except Invalid as error:
            raise Invalid(f"{path}: {error.detail}", faults=error.faults) from error
    return tuple(patterns)


def pattern_files(folder: Path | None = None) -> tuple[Path, ...]:
    """The files `<slug>.yaml` of a folder, by name."""
    folder = SHIPPED if folder is None else folder
    if not folder.is_dir():
        raise Misused(f"{folder} is no folder of patterns")
    paths = tuple(sorted(folder.glob(f"*{_SUFFIX}")))
    if not paths:
        raise Misused(f"{folder} holds no pattern (a pattern is a file <slug>{_SUFFIX})")
    if len(paths) > _MOST_FILES:
        raise Misused(f"{folder} holds more than {_MOST_FILES} patterns")
    return paths


def read_document(path: Path) -> dict[str, Any]:
    """A file's document with its slug, as it is published.

    Raises Misused where it can't be read, Invalid where it is no mapping or names another slug.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{path} can't be read: {error}") from error
    except yaml.YAMLError as error:
        raise Invalid(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Invalid(f"{path} is no mapping")
    slug = path.name.removesuffix(_SUFFIX)
    if document.get("slug", slug) != slug:
        raise Invalid(f"{path}: the slug is the file's name, not {document['slug']!r}")
    return {"slug": slug, **document}


def _fault(details: Mapping[str, Any]) -> Fault:
    pointer = "".join(f"/{_escaped(str(step))}" for step in details["loc"])
    return Fault(pointer, str(details["msg"]).removeprefix("Value error, "))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


class _Loader(yaml.SafeLoader):
    """YAML with the surprises taken out: dates and `no` stay text, a doubled key is an error."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - the parent's
    ) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        doubled = next((key for key in keys if keys.count(key) > 1), None)
        if doubled is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"{doubled!r} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _without_surprises() -> dict[str, list[tuple[str, Any]]]:
    surprising = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
    kept = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag not in surprising]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    truth = (r"tag:yaml.org,2002:bool", _TRUTH)
    for first in "tf":
        kept[first] = [*kept.get(first, []), truth]
    return kept


_Loader.yaml_implicit_resolvers = _without_surprises()
