"""The house stands as drawn: names, clocks, docstrings, pins, and a README that matches the code.

import-linter holds who may import whom (`make check`); these hold what it cannot see.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from fusion.events.catalog import CATALOG
from fusion.events.ledger_entries import KINDS
from fusion.settings import Settings, printed, variable_of
from tests.house import (
    ENVIRONMENT,
    FORBIDDEN_NOUNS,
    RANDOMNESS,
    WALL_CLOCK,
    class_names,
    forbidden_reads,
    imported_roots,
    nouns_of,
    tables_of,
)

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src" / "fusion"
MODULES = sorted(HOUSE.rglob("*.py"))
README = ROOT / "README.md"
FOLDERS = (".ci", "deploy", "schemas", "src", "tests")

# STYLE: wall clock, randomness and the environment only in these.
MAY_READ = {
    "domain/clock.py": WALL_CLOCK,
    "domain/ids.py": RANDOMNESS,
    "settings.py": ENVIRONMENT,
    "__main__.py": ENVIRONMENT,
}
# uvicorn finds these by name and runs on them; nothing imports them.
LOADED_BY_NAME = {"uvloop", "httptools"}
# Where a package is imported under another name than the one it is installed by.
IMPORT_NAMES = {"kafka-python": "kafka", "pyyaml": "yaml"}


def place(module: Path) -> str:
    return module.relative_to(HOUSE).as_posix()


def text_of(module: Path) -> str:
    return module.read_text(encoding="utf-8")


def requirement_name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower()


def dependencies(*groups: str) -> set[str]:
    """What pyproject.toml asks for at run time, and for the groups named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = list(project["project"]["dependencies"]) if not groups else []
    for group in groups:
        asked += [one for one in project["dependency-groups"][group] if isinstance(one, str)]
    return {requirement_name(one) for one in asked}


# -------------------------------------------------------------------------------------- modules


def test_no_module_and_no_class_is_named_by_a_word_that_says_nothing() -> None:
    named = {place(module): nouns_of(module.stem) for module in MODULES}
    named |= {
        f"{place(module)} {name}": nouns_of(name)
        for module in MODULES
        for name in class_names(text_of(module))
    }
    assert {
        name: words & FORBIDDEN_NOUNS for name, words in named.items() if words & FORBIDDEN_NOUNS
    } == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [
        place(module) for module in MODULES if not ast.get_docstring(ast.parse(text_of(module)))
    ] == []


def test_clock_randomness_and_environment_are_read_where_they_may_be() -> None:
    reads = [
        f"{place(module)}:{line} reads {which} by {name}"
        for module in MODULES
        for which, line, name in forbidden_reads(text_of(module))
        if MAY_READ.get(place(module)) != which
    ]
    assert reads == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    # In two pieces, so that this file does not name them either.
    homes = tuple(
        first + rest for first, rest in [("/wo", "rk/main"), ("/wo", "rk/shared"), ("/ro", "ot/")]
    )
    files = [
        file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*")) if file.is_file()
    ]
    # `.git` is a file that names its repository where the checkout is a worktree.
    files += [file for file in ROOT.iterdir() if file.is_file() and file.name != ".git"]
    texts = {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8", errors="replace")
        for file in files
        if "__pycache__" not in file.parts
    }
    assert [name for name, text in texts.items() if any(home in text for home in homes)] == []


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("import time\ntime.time()", WALL_CLOCK),
        ("from time import time_ns as t\nt()", WALL_CLOCK),
        ("from datetime import UTC, datetime\ndatetime.now(UTC)", WALL_CLOCK),
        ("import datetime as dt\ndt.date.today()", WALL_CLOCK),
        ("def f():\n    import random\n    return random.choice([1])", RANDOMNESS),
        ("from random import Random\nRandom()", RANDOMNESS),
        ("import uuid\nfactory = uuid.uuid4", RANDOMNESS),
        ("import secrets\nsecrets.token_bytes(8)", RANDOMNESS),
        ("from os import urandom\nurandom(8)", RANDOMNESS),
        ("import os\nos.environ['HOME']", ENVIRONMENT),
        ("import os.path\nos.getenv('HOME')", ENVIRONMENT),
    ],
)
def test_a_forbidden_read_is_seen_under_whatever_name(text: str, which: str) -> None:
    assert [kind for kind, _, _ in forbidden_reads(text)] == [which]


@pytest.mark.parametrize(
    "text",
    [
        "from random import Random\nRandom(7).random()",
        "import secrets\nsecrets.compare_digest(a, b)",
        "import time\ntime.monotonic()",
        "from fusion.domain.clock import Clock\ndef f(clock: Clock): return clock.now()",
        "from datetime import datetime\ndatetime.fromisoformat(text)",
        "import os\nos.fsync(1)",
    ],
)
def test_what_is_given_its_seed_or_its_clock_may_be_used(text: str) -> None:
    assert list(forbidden_reads(text)) == []


@pytest.mark.parametrize("name", ["SignalRecord", "data", "api_handlers", "HTTPService", "utils"])
def test_a_word_that_says_nothing_is_seen_within_a_name(name: str) -> None:
    assert nouns_of(name) & FORBIDDEN_NOUNS


@pytest.mark.parametrize("name", ["Recorded", "database", "SqliteLog", "itemise"])
def test_a_longer_word_is_another_word(name: str) -> None:
    assert not nouns_of(name) & FORBIDDEN_NOUNS


# ----------------------------------------------------------------------------------------- pins


def test_every_dependency_is_imported_somewhere() -> None:
    imported = set().union(*(imported_roots(text_of(module)) for module in MODULES))
    unused = {name for name in dependencies() if IMPORT_NAMES.get(name, name) not in imported}
    assert unused - LOADED_BY_NAME == set()


def test_every_dependency_is_pinned_with_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pinned: set[str] = set()
    for block in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]:
        name, equals, _ = block.partition("==")
        assert equals, f"not pinned: {block.splitlines()[0]}"
        assert "--hash=sha256:" in block, f"no hash: {name}"
        pinned.add(name)
    assert (dependencies() | dependencies("dev", "build")) - pinned == set()


# --------------------------------------------------------------------------------------- README


@pytest.fixture(scope="module")
def tables() -> dict[str, list[tuple[str, ...]]]:
    if not README.exists():
        pytest.skip("README.md has not been written yet")
    return tables_of(README.read_text(encoding="utf-8"))


def rooms() -> set[str]:
    """The packages of the house, and the modules on top of it."""
    packages = {file.parent.name for file in HOUSE.glob("*/__init__.py")}
    return packages | {file.stem for file in HOUSE.glob("*.py")} - {"__init__"}


def verbs() -> set[str]:
    """What `make` is told: the targets that the Makefile declares phony."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {
        f"make {verb}"
        for targets in re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
        for verb in targets.split()
        if verb != "help"
    }


def pattern_slugs() -> set[str]:
    return {file.stem for file in (HOUSE / "patterns" / "library").glob("*.yaml")}


# The first column of the README's table under each head names exactly what the code has.
IN_THE_README: dict[str, Callable[[], Iterable[str]]] = {
    "Dependency": dependencies,
    "Entry": lambda: KINDS,
    "Event": lambda: CATALOG,
    "Pattern": pattern_slugs,
    "Room": rooms,
    "Setting": lambda: map(variable_of, fields(Settings)),
    "Verb": verbs,
}


@pytest.mark.parametrize("head", IN_THE_README)
def test_a_table_of_the_readme_names_what_the_code_has(
    head: str, tables: dict[str, list[tuple[str, ...]]]
) -> None:
    assert head in tables, f"the README has no table whose first column is headed {head!r}"
    named = [row[0] for row in tables[head]]
    assert sorted(named) == sorted(IN_THE_README[head]())
    assert [row[0] for row in tables[head] if not all(row)] == [], "a cell is empty"


def test_the_readme_states_every_setting_with_its_default_and_meaning(
    tables: dict[str, list[tuple[str, ...]]],
) -> None:
    shown = printed(Settings())
    rows = {
        (variable_of(one), shown[variable_of(one)], one.metadata["meaning"])
        for one in fields(Settings)
    }
    stated = set(tables["Setting"])
    assert stated == rows, "the README's table of settings should be:\n" + "\n".join(
        f"| `{name}` | `{default}` | {meaning} |" for name, default, meaning in sorted(rows)
    )


def test_a_table_is_read_by_its_head_without_marks() -> None:
    document = """
Text | with a bar.

| Setting | Default |
|---|:--:|
| `A` | `x\\|y` |
| B | |

| Event | Body |
|---|---|
| `c` | d |
"""
    assert tables_of(document) == {"Setting": [("A", "x|y"), ("B", "")], "Event": [("c", "d")]}
