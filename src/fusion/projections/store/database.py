"""Opening the store: one SQLite file in WAL mode, or memory for an offline run.

The worker alone writes. Readers open connections of their own and never wait for it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from fusion.domain.errors import Misused
from fusion.projections.store.tables import metadata

# How long a writer waits for another process's lock before it gives up: far above any transaction
# of ours, far below what an operator would take for a hang.
BUSY_MILLISECONDS = 10_000
# 64 MiB of pages: the indexes that a batch touches at 100,000 mentions stay in it.
CACHE_KIBIBYTES = 65_536


def open_database(path: Path | None) -> Engine:
    """The store at a path, with its tables; in memory where there is none.

    Raises Misused where the file cannot be one.
    """
    engine = _engine(path)
    try:
        metadata.create_all(engine)
    except (OperationalError, DatabaseError) as error:
        raise Misused(f"the store {path} cannot be opened: {error.orig}") from error
    return engine


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
        # SQLite's own knows ASCII only: a name that begins with an Ø would never be found.
        connection.create_function("lower", 1, str.lower, deterministic=True)
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
