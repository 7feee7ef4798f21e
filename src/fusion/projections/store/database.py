"""Opening the store: one SQLite file in WAL mode, or memory for an offline run.

The worker alone writes. Readers open connections of their own and never wait for it.
"""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from fusion.domain.errors import Misused
from fusion.projections.store.tables import metadata

# How long a writer waits for another process's lock before it gives up: far above any transaction
# of ours, far below what an operator would take for a hang.
BUSY_MILLISECONDS = 10_000
# 64 MiB of pages: the indexes that a batch touches at 100,000 mentions stay in it.
CACHE_KIBIBYTES = 65_536


def open_database(path: Path | None) -> Engine:
    """The store at a path, with its tables; in memory where there is none.

    Raises Misused where the file cannot be one, or was made with other tables than these.
    """
    engine = _engine(path)
    try:
        _make_tables(engine, path)
    except (OperationalError, DatabaseError) as error:
        raise Misused(f"the store {path} cannot be opened: {error.orig}") from error
    return engine


def _make_tables(engine: Engine, path: Path | None) -> None:
    """The tables where there are none; a store is derived, so that it is made anew, not altered."""
    with engine.begin() as connection:
        made = connection.exec_driver_sql("PRAGMA user_version").scalar()
        has_tables = connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first()
        if has_tables and made != FORM:
            raise Misused(
                f"the store {path} was made by another version of fusion: fusion rebuild makes"
                " it anew"
            )
        if has_tables:
            # Nothing to write: a reader that opens the store must not wait for who writes it.
            return
        metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {FORM}")


def _form() -> int:
    """A number that is another one wherever the tables are."""
    parts = [str(CreateTable(table)) for table in metadata.sorted_tables]
    indexes = (index for table in metadata.sorted_tables for index in table.indexes)
    parts += sorted(str(CreateIndex(index)) for index in indexes)
    # SQLite keeps a signed 32-bit integer, and 0 where none was set.
    return zlib.crc32("\n".join(parts).encode()) >> 1 or 1


FORM = _form()


def _engine(path: Path | None) -> Engine:
    if path is None:
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        engine = create_engine(
            f"sqlite:///{path}", connect_args={"timeout": BUSY_MILLISECONDS / 1000}
        )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _: Any) -> None:
        # The driver's own transactions would begin only before a write, so that several reads
        # would not see one state; we begin them ourselves.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # What is here can be computed again from the log, and the position commits with it: a
        # power cut may lose the last transactions, never tear one.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        connection.execute("PRAGMA temp_store = MEMORY")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
