"""Bringing a schema of PostgreSQL to the tables that this program knows, forward only.

An SQLite store is made anew instead (`fusion rebuild`): it is one file, and quick to make.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from fusion.domain.errors import Misused
from fusion.projections.store.postgres import CONNECT_SECONDS

# The revision that `tables` is; each released one is a file in `migrations/versions`.
HEAD = "0002"
# What API processes connect as, or by a role that is a member of it: it can write nothing.
READER = "fusion_reader"
FOLDER = Path(__file__).parent / "migrations"
# Any number of ours: who migrates waits for whoever else does.
_LOCK = 4_112_001


def migrate(url: URL, schema: str, revision: str = HEAD) -> None:
    """Make a schema and its tables, or bring those of an older version up to date.

    Misused where this role may not, or where a newer version of fusion made them.
    """
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            made = revision_of(connection, schema)
            if made is not None and made > HEAD:
                raise Misused(f"the store {schema} was made by a newer version of fusion")
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            connection.execute(text(f"SET LOCAL search_path TO {schema}"))
            config = Config()
            config.set_main_option("script_location", str(FOLDER))
            config.attributes["connection"] = connection
            config.attributes["schema"] = schema
            command.upgrade(config, revision)
            let_read(connection, schema)
    except ProgrammingError as error:
        raise Misused(f"the store {schema} can't be made by this role: {error.orig}") from error
    finally:
        engine.dispose()


def let_read(connection: Connection, schema: str) -> None:
    """Let the role of who only reads, where the operator made one, read what is in a schema."""
    found = connection.execute(text(f"SELECT 1 FROM pg_roles WHERE rolname = '{READER}'")).scalar()
    if found:
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {READER}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER}"))


def revision_of(connection: Connection, schema: str) -> str | None:
    """The version of a schema's tables; None where it has none."""
    there = connection.execute(text(f"SELECT to_regclass('{schema}.alembic_version')")).scalar()
    if there is None:
        return None
    found = connection.execute(text(f"SELECT version_num FROM {schema}.alembic_version")).scalar()
    return None if found is None else str(found)
