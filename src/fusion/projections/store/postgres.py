"""Opening the store in PostgreSQL: one schema of a database, whose tables are there already.

Reads of one turn see one snapshot, in a transaction that can't write, and wait for no writer. What
the database is to blame for is Unreachable: who asks again finds it when it is back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from fusion.domain.errors import Misused
from fusion.projections.store.places import Unreachable
from fusion.projections.store.postgres_rows import is_of_the_server, statement

# A server that does not answer by then is taken for one that is not there.
CONNECT_SECONDS = 10
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def address(text: str) -> URL:
    """The address of a database; Misused, without repeating it, where it is none."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise Misused("FUSION_STORE_URL is no address of a database") from None
    if url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise Misused("FUSION_STORE_URL must begin with postgresql://")
    return url.set(drivername="postgresql+psycopg")


def connecting(url: URL, **options: Any) -> Engine:
    """An engine of which every connection begins its own transactions, like SQLite's here."""
    engine = create_engine(
        url,
        # What the driver would ask the server of types that no table of ours has.
        use_native_hstore=False,
        connect_args={"autocommit": True, "connect_timeout": CONNECT_SECONDS},
        **options,
    )

    @event.listens_for(engine, "handle_error")
    def _blame(context: ExceptionContext) -> None:
        if context.is_disconnect or is_of_the_server(context.original_exception):
            raise Unreachable("the store's database does not answer") from None

    return engine


def open_schema(url: URL, schema: str) -> Engine:
    """The store in a schema, through one connection at a time for each that is asked for."""
    engine = connecting(url, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        connection.execute(f"SET search_path TO {schema}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(_READING)

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _say(
        _connection: Connection, _cursor: Any, text: str, parameters: Any, *_: Any
    ) -> tuple[str, Any]:
        return statement(text), parameters

    return engine
