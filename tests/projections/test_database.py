"""A store is opened only where it has the tables that this program knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fusion.domain.errors import Misused
from fusion.projections.store.database import open_database


def test_a_store_is_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        open_database(tmp_path / "store.sqlite").dispose()


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 7", "PRAGMA user_version = 0"])
def test_a_store_of_another_version_is_to_be_made_anew(tmp_path: Path, statement: str) -> None:
    file = tmp_path / "store.sqlite"
    open_database(file).dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
    with pytest.raises(Misused, match="another version of fusion: fusion rebuild makes it anew"):
        open_database(file)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    file.write_bytes(b"no database" * 100)
    with pytest.raises(Misused, match="cannot be opened"):
        open_database(file)


def test_a_store_opens_while_another_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    writing = open_database(path).connect()
    with writing:
        writing.exec_driver_sql("UPDATE progress SET day = 1")
        open_database(path).dispose()
    writing.engine.dispose()
