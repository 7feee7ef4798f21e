"""Bulk reading and writing of rows, the way the hot path needs it, in whichever database it is.

The store's statements are written once, with `?` for a value and `IN {}` for a list of them. What
PostgreSQL says otherwise than SQLite is in `sqlite_rows`, `postgres_rows` and where each is opened
(`database`, `postgres`); nothing else in this room knows which one it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from types import ModuleType
from typing import Any, Final

from sqlalchemy import Connection, Table

from fusion.projections.store import postgres_rows, sqlite_rows

_SPOKEN: Final[dict[str, ModuleType]] = {"sqlite": sqlite_rows, "postgresql": postgres_rows}


def insert(
    connection: Connection,
    table: Table,
    rows: Sequence[tuple[Any, ...]],
    *,
    or_ignore: bool = False,
) -> None:
    """Insert rows, whose values stand in the order of the table's columns."""
    if rows:
        _SPOKEN[connection.dialect.name].insert(connection, table, rows, or_ignore=or_ignore)


def replace(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, or put them in the place of those with the same key; the last of equals wins."""
    if rows:
        _SPOKEN[connection.dialect.name].replace(connection, table, rows)


def select_in(
    connection: Connection, text: str, values: Collection[Any]
) -> Iterable[tuple[Any, ...]]:
    """The rows of `text`, whose `{}` stands for the list of values.

    In the transaction that the connection is in, if any.
    """
    found: Iterable[tuple[Any, ...]] = ()
    if values:
        found = _SPOKEN[connection.dialect.name].select_in(connection, text, values)
    return found


def begin_writing(connection: Connection) -> None:
    """Let the transaction that has just begun be one that writes, and sees what others wrote."""
    _SPOKEN[connection.dialect.name].begin_writing(connection)
