"""What the tests of the house look with: forbidden reads in a module's text, tables in a document.

Pure functions over text, so that `test_house.py` can show each of them a planted fault.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# DESIGN section 3: these words say nothing about what a thing is.
FORBIDDEN_NOUNS = frozenset(
    {
        "common",
        "data",
        "handler",
        "helper",
        "info",
        "item",
        "manager",
        "object",
        "payload",
        "processor",
        "record",
        "service",
        "util",
    }
)

WALL_CLOCK, RANDOMNESS, ENVIRONMENT = "the wall clock", "randomness", "the environment"

_FORBIDDEN_READS = {
    WALL_CLOCK: frozenset(
        {
            "time.time",
            "time.time_ns",
            "time.clock_gettime",
            "time.clock_gettime_ns",
            "time.localtime",
            "time.gmtime",
            "time.ctime",
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
        }
    ),
    RANDOMNESS: frozenset({"os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"}),
    ENVIRONMENT: frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"}),
}
# Whole modules of randomness, and what is harmless in them: a generator under a given seed gives
# the same numbers always, and a comparison draws none.
_RANDOM_MODULES = {"random": {"Random"}, "secrets": {"compare_digest"}}


def nouns_of(name: str) -> set[str]:
    """The words of a module's or a class's name, lower case, singular."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower().removesuffix("s") for word in words} | {word.lower() for word in words}


def class_names(text: str) -> set[str]:
    """The names of the classes that a module's text defines."""
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)}


def imported_roots(text: str) -> set[str]:
    """The top-level packages that a module's text imports."""
    roots: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    return roots


def forbidden_reads(text: str) -> Iterator[tuple[str, int, str]]:
    """Where a module's text reads clock, randomness or environment: (which, line, by what name).

    Follows the names that imports give, so that `from time import time as t` hides nothing.
    """
    tree = ast.parse(text)
    origins = _origins(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func, origins) == "random.Random":
            if not (node.args or node.keywords):
                yield RANDOMNESS, node.lineno, "random.Random()"
        elif isinstance(node, ast.Attribute | ast.Name):
            name = _dotted(node, origins)
            which = _kind_of(name)
            if which:
                yield which, node.lineno, name


def _origins(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `t` → `time.time`."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                origins[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origins


def _dotted(node: ast.expr, origins: dict[str, str]) -> str:
    """`a.b.c` with `a` replaced by what it was imported as; empty for anything else."""
    if isinstance(node, ast.Name):
        return origins.get(node.id, "")
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, origins)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _kind_of(name: str) -> str | None:
    for which, names in _FORBIDDEN_READS.items():
        if name in names:
            return which
    root, _, rest = name.partition(".")
    if rest and root in _RANDOM_MODULES and rest.split(".")[0] not in _RANDOM_MODULES[root]:
        return RANDOMNESS
    return None


def tables_of(document: str) -> dict[str, list[tuple[str, ...]]]:
    """The tables of a Markdown document, by the first cell of their head: rows of plain cells.

    Backticks fall away; a bar after a backslash stands within its cell. Tables under one head
    are one table.
    """
    tables: dict[str, list[tuple[str, ...]]] = {}
    rows: list[tuple[str, ...]] | None = None
    previous: tuple[str, ...] = ()
    for line in document.splitlines():
        cells = _cells(line)
        if not cells:
            rows = None
        elif rows is not None:
            rows.append(cells)
        elif all(re.fullmatch(r":?-+:?", cell) for cell in cells) and previous:
            rows = tables.setdefault(previous[0], [])
        previous = cells
    return tables


def _cells(line: str) -> tuple[str, ...]:
    line = line.strip()
    if not line.startswith("|"):
        return ()
    inner = re.split(r"(?<!\\)\|", line.strip("|"))
    return tuple(cell.replace("`", "").replace("\\|", "|").strip() for cell in inner)
