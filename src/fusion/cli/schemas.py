"""`fusion schemas [--check]`: the schemas of what people write, generated from the code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fusion.cli.options import command
from fusion.coordination.registry_file import registry_schema
from fusion.patterns.pattern_file import pattern_schema
from fusion.settings import Settings

FAILED = 1


def run(arguments: list[str], _settings: Settings) -> int:
    """Write `schemas/`, or say which of its files no longer agree with the code."""
    parser = command("schemas", "JSON Schemas of patterns and registries, generated from the code.")
    parser.add_argument("--check", action="store_true", help="only compare; 1 on a difference")
    parser.add_argument("--out", type=Path, default=Path("schemas"), metavar="DIR")
    asked = parser.parse_args(arguments)
    different = [name for name, text in _schemas().items() if not _agrees(asked.out / name, text)]
    if asked.check:
        for name in different:
            print(f"fusion: {asked.out / name} does not agree with the code", file=sys.stderr)
        return FAILED if different else 0
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in different:
        (asked.out / name).write_text(_schemas()[name], encoding="utf-8")
    print(f"{len(different)} of {len(_schemas())} schemas written")
    return 0


def _schemas() -> dict[str, str]:
    return {
        "pattern.json": _text(pattern_schema()),
        "registry.json": _text(registry_schema()),
    }


def _agrees(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
