"""Bulk reading and writing of rows in PostgreSQL, the way the hot path needs it.

New rows go by COPY; those that may be there already as one array for each column, in one statement.
A list of values is one array too, so that one statement is prepared for lists of any length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import Cursor
from sqlalchemy import Connection, LargeBinary, SmallInteger, Table, Text
from sqlalchemy.types import TypeEngine

from fusion.projections.store.clauses import OR_IGNORE, or_replace, target
from fusion.projections.store.places import Unreachable

# Classes of SQLSTATE: connection, insufficient resources, operator's intervention.
_OF_THE_SERVER = {"08", "53", "57"}
# Values that go in one array: a few MiB of the longest.
_VALUES_AT_ONCE = 8_192


def statement(text: str) -> str:
    """A statement of the store in the driver's own marks."""
    return text.replace("?", "%s")


def is_of_the_server(error: BaseException) -> bool:
    """Whether it is not the statement's fault: no connection, no room, or an operator's order."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate[:2] in _OF_THE_SERVER


def insert(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, or_ignore: bool
) -> None:
    """Insert rows, whose values stand in the order of the table's columns."""
    if or_ignore:
        _write(connection, table, rows, OR_IGNORE)
        return
    with _driver(connection) as cursor, cursor.copy(_copy_text(table)) as copy:
        for row in rows:
            copy.write_row(row)


def replace(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, or put them in the place of those with the same key."""
    # One statement may not write one row twice.
    places = [place for place, column in enumerate(table.columns) if column.primary_key]
    last = {tuple(row[place] for place in places): row for row in rows}
    _write(connection, table, list(last.values()), or_replace(table))


def select_in(
    connection: Connection, text: str, values: Collection[Any]
) -> Iterable[tuple[Any, ...]]:
    """The rows of `text`, whose `IN {}` stands for the list of values."""
    wanted = list(values)
    asked = text.replace("IN {}", "= ANY(%s)")
    for start in range(0, len(wanted), _VALUES_AT_ONCE):
        with _driver(connection) as cursor:
            part = wanted[start : start + _VALUES_AT_ONCE]
            rows = cursor.execute(asked.encode(), (part,)).fetchall()
        yield from rows


def begin_writing(connection: Connection) -> None:
    """See each statement's own moment: what the writer before committed while it was waited for."""
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")


@contextmanager
def _driver(connection: Connection) -> Iterator[Cursor]:
    """The driver's own cursor, in the transaction that the connection is in, if any.

    SQLAlchemy would begin one for a single read, and is not there to say what its errors mean.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor:
            yield cursor
    except psycopg.OperationalError as error:
        if is_of_the_server(error):
            raise Unreachable("the store's database does not answer") from error
        raise


def _write(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], ending: str
) -> None:
    for start in range(0, len(rows), _VALUES_AT_ONCE):
        columns = tuple(map(list, zip(*rows[start : start + _VALUES_AT_ONCE], strict=True)))
        connection.exec_driver_sql(_array_text(table) + ending, columns)


@lru_cache(maxsize=64)
def _copy_text(table: Table) -> str:
    return f"COPY {target(table)} FROM STDIN"


@lru_cache(maxsize=64)
def _array_text(table: Table) -> str:
    arrays = ", ".join(f"?::{_type_name(column.type)}[]" for column in table.columns)
    return f"INSERT INTO {target(table)} SELECT * FROM unnest({arrays})"


def _type_name(type_: TypeEngine[Any]) -> str:
    if isinstance(type_, LargeBinary):
        return "bytea"
    if isinstance(type_, Text):
        return "text"
    return "smallint" if isinstance(type_, SmallInteger) else "bigint"
