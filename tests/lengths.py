"""Reports how long functions and files of src/fusion are: `python -m tests.lengths`.

Lengths are a smell to look at, not a limit (STYLE: functions about 10 lines, rarely over 50, files
rarely over 400), so this prints and never fails. A function counts from its `def` to its end,
without its docstring; a file counts every line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LONG_FUNCTION = 50
LONG_FILE = 400

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Length:
    """What was measured, where it begins, and how many lines it has."""

    name: str
    place: str
    lines: int


def functions_of(text: str, place: str) -> Iterator[Length]:
    """Every function and method of a module's text, nested ones too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            yield Length(node.name, f"{place}:{node.lineno}", lines)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def report(root: Path) -> Iterator[str]:
    """The report on all modules below `root`/src/fusion, line by line."""
    functions: list[Length] = []
    files: list[Length] = []
    for file in sorted((root / "src" / "fusion").rglob("*.py")):
        text, place = file.read_text(encoding="utf-8"), file.relative_to(root).as_posix()
        files.append(Length("", place, text.count("\n")))
        functions.extend(functions_of(text, place))
    yield _summary("functions", functions, LONG_FUNCTION)
    yield from _long(functions, LONG_FUNCTION)
    yield _summary("files", files, LONG_FILE)
    yield from _long(files, LONG_FILE)


def _summary(what: str, lengths: list[Length], limit: int) -> str:
    lines = [length.lines for length in lengths]
    over = sum(count > limit for count in lines)
    return f"{len(lines)} {what}: median {median(lines):.0f} lines, {over} over {limit}"


def _long(lengths: list[Length], limit: int) -> Iterator[str]:
    for length in sorted(lengths, key=lambda one: -one.lines):
        if length.lines > limit:
            yield f"  {length.lines:5} {length.place} {length.name}".rstrip()


if __name__ == "__main__":
    print("\n".join(report(ROOT)))
