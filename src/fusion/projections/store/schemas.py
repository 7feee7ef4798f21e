"""Which schema of a database is the store, and how another takes its place.

As `files` does it in a data directory: a store that is rebuilt stands beside the live one under a
name of its own, is *offered*, and whoever writes the live one switches, in one statement.
"""

from __future__ import annotations

import re

from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from fusion.projections.store.migrating import HEAD, let_read, migrate, revision_of
from fusion.projections.store.postgres import address, connecting, open_schema

FIRST = "fusion_store_1"
_VERIFIED = "fusion_store_verified"
_STORE = re.compile(r"fusion_store_([1-9][0-9]{0,8})")
# One row says which store is current; whoever owns the stores writes it.
_CHOICE = (
    "CREATE SCHEMA IF NOT EXISTS fusion",
    """CREATE TABLE IF NOT EXISTS fusion.choice
       (id integer PRIMARY KEY CHECK (id = 1), current text NOT NULL, offered text)""",
    f"INSERT INTO fusion.choice VALUES (1, '{FIRST}', NULL) ON CONFLICT DO NOTHING",
)


class StoreSchemas:
    """The stores of one database, which holds those of one namespace. Good for any thread."""

    def __init__(self, url: str) -> None:
        self._url = address(url)
        self._engine = connecting(self._url)

    def current(self) -> str:
        """The store that is read and written."""
        return self._chosen()[0]

    def fresh(self) -> str:
        """A name for another store, which no schema has."""
        found = [_STORE.fullmatch(name) for name in self._schemas()]
        number = max([int(match[1]) for match in found if match], default=1) + 1
        return f"fusion_store_{number}"

    def scratch(self) -> str:
        """Where a store is made only to be compared."""
        return _VERIFIED

    def offer(self, store: str) -> None:
        """Let a store that is whole take the current one's place, when its writer comes to it."""
        self._make_choice()
        self._run(f"UPDATE fusion.choice SET offered = '{store}'")

    def offered(self) -> str | None:
        """The store that waits to take the current one's place."""
        return self._chosen()[1]

    def switch(self, store: str) -> None:
        """Let a store that was offered be the current one; the caller alone writes either."""
        self._run(
            f"UPDATE fusion.choice SET current = '{store}',"
            f" offered = CASE WHEN offered = '{store}' THEN NULL ELSE offered END"
        )

    def sweep(self) -> None:
        """Remove every store that is neither current nor offered; waits for who still reads one."""
        kept = {self.current(), self.offered()}
        for name in self._schemas():
            if _STORE.fullmatch(name) and name not in kept:
                self.discard(name)

    def discard(self, store: str) -> None:
        """Remove a store."""
        self._run(f"DROP SCHEMA IF EXISTS {store} CASCADE")

    def open(self, store: str) -> Engine:
        """A store with its tables as this program knows them: made, or migrated, where need be.

        Misused where this role may do neither.
        """
        with self._engine.connect() as connection:
            made = revision_of(connection, store)
        if made != HEAD:
            migrate(self._url, store)
            if _STORE.fullmatch(store):
                self._make_choice()
        return open_schema(self._url, store)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    def _make_choice(self) -> None:
        with self._engine.connect() as connection:
            for each in _CHOICE:
                connection.exec_driver_sql(each)
            let_read(connection, "fusion")
            connection.commit()

    def _chosen(self) -> tuple[str, str | None]:
        with self._engine.connect() as connection:
            try:
                row = connection.exec_driver_sql("SELECT current, offered FROM fusion.choice").one()
            except ProgrammingError:
                # Nobody has begun a store here yet.
                return FIRST, None
        return row[0], row[1]

    def _schemas(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars())

    def _run(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for each in statements:
                connection.exec_driver_sql(each)
