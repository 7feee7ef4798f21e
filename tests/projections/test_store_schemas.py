"""The store in PostgreSQL: which schema it is, its migrations, and a database that goes away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import OperationalError
from sqlalchemy.exc import InternalError, ProgrammingError

from fusion.domain.errors import Misused
from fusion.events.position import Position
from fusion.fusing.store import Changes
from fusion.projections.store import migrating
from fusion.projections.store.migrating import HEAD, migrate
from fusion.projections.store.places import Unreachable
from fusion.projections.store.postgres import address, connecting
from fusion.projections.store.rows import begin_writing
from fusion.projections.store.schemas import FIRST, StoreSchemas
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.store.tables import metadata
from fusion.projections.view.stores import Stores
from tests.postgres import Postgres

# What was released is never changed: its digest, by version. A new one is added with its file.
RELEASED = {"0001": "9f952972b69b2be1", "0002": "9346f668027a0499"}


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def schemas(url: str) -> Iterator[StoreSchemas]:
    found = StoreSchemas(url)
    yield found
    found.close()


def make(schemas: StoreSchemas, name: str) -> str:
    schemas.open(name).dispose()
    return name


# --- which one is the store


def test_the_first_store_is_current_until_another_was_switched_to(schemas: StoreSchemas) -> None:
    assert (schemas.current(), schemas.offered()) == (FIRST, None)
    make(schemas, FIRST)
    other = make(schemas, schemas.fresh())
    schemas.offer(other)
    assert (schemas.current(), schemas.offered()) == (FIRST, other)
    schemas.switch(other)
    assert (schemas.current(), schemas.offered()) == (other, None)


def test_an_offer_that_came_meanwhile_stands(schemas: StoreSchemas) -> None:
    first = make(schemas, schemas.fresh())
    schemas.offer(first)
    second = make(schemas, schemas.fresh())
    schemas.offer(second)
    schemas.switch(first)
    assert (schemas.current(), schemas.offered()) == (first, second)


def test_what_is_neither_current_nor_offered_is_swept_away(schemas: StoreSchemas) -> None:
    left, offered = make(schemas, FIRST), make(schemas, schemas.fresh())
    current = make(schemas, schemas.fresh())
    schemas.switch(current)
    schemas.offer(offered)
    schemas.sweep()
    assert schemas._schemas() == [n for n in schemas._schemas() if n != left]
    assert {current, offered} <= set(schemas._schemas())


@pytest.mark.parametrize("url", ["sqlite:///x", "mysql://x/y", "no address, and a pass:word@"])
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misused, match=r"^FUSION_STORE_URL [^:]*(://)?$"):
        StoreSchemas(url)


# --- migrations


def differing(url: str, schema: str) -> list[object]:
    """What the tables of a schema have other than this program's."""
    engine = connecting(address(url))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET search_path TO {schema}")
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return [each for each in found if "alembic_version" not in str(each)]


@pytest.mark.parametrize("version", RELEASED)
def test_a_store_of_every_released_version_is_brought_up_to_date(
    url: str, schemas: StoreSchemas, version: str
) -> None:
    migrate(address(url), FIRST, version)
    engine = connecting(address(url))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"INSERT INTO {FIRST}.hot VALUES ('a key')")
    engine.dispose()
    store = SqlStore(schemas.open(FIRST))
    assert store.hot(["a key"]) == {"a key"}
    store.close()
    assert differing(url, FIRST) == []


def test_a_table_that_differs_would_be_seen(url: str, schemas: StoreSchemas) -> None:
    make(schemas, FIRST)
    engine = connecting(address(url))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {FIRST}.hot ADD COLUMN more text")
    engine.dispose()
    assert len(differing(url, FIRST)) == 1


def test_what_was_released_is_never_changed_and_goes_forward_only() -> None:
    found = {}
    folder = Path(migrating.FOLDER, "versions")
    for file in sorted(folder.glob("version_*.py")):
        version = file.stem.removeprefix("version_")
        body = file.read_bytes() + (folder / f"{version}.sql").read_bytes()
        found[version] = hashlib.sha256(body).hexdigest()[:16]
        assert b"downgrade" not in file.read_bytes()
    assert found == RELEASED
    assert max(found) == HEAD


def test_a_store_of_a_newer_version_is_refused(url: str, schemas: StoreSchemas) -> None:
    make(schemas, FIRST)
    engine = connecting(address(url))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"UPDATE {FIRST}.alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(Misused, match="a newer version of fusion"):
        schemas.open(FIRST)


# --- who only reads


@pytest.fixture
def reading(postgres: Postgres, url: str) -> Iterator[StoreSchemas]:
    """The same database by a role that may only read; the role is the whole server's."""
    postgres.run(
        "DO $$ BEGIN CREATE ROLE fusion_reader; CREATE ROLE api LOGIN IN ROLE fusion_reader;"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    found = StoreSchemas(postgres.url(str(address(url).database), "api"))
    yield found
    found.close()


def test_who_only_reads_finds_the_store_and_reads_it(
    schemas: StoreSchemas, reading: StoreSchemas
) -> None:
    with pytest.raises(Misused, match="can't be made by this role"):
        reading.open(reading.current())
    writer = SqlStore(schemas.open(FIRST))
    writer.take_over()
    other = make(schemas, schemas.fresh())
    schemas.offer(other)
    assert (reading.current(), reading.offered()) == (FIRST, other)
    with Stores(reading).turn() as (_, store), store.reading():
        assert store.position() == Position.start()
        assert store.markings() == {}
    writer.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE progress SET writer = writer + 1",
        "INSERT INTO hot VALUES ('k')",
        "DELETE FROM event",
        "TRUNCATE event",
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "UPDATE fusion.choice SET current = 'another'",
        "CREATE TABLE another (n int)",
    ],
)
def test_who_only_reads_can_write_nothing_not_even_outside_a_reading_transaction(
    schemas: StoreSchemas, reading: StoreSchemas, statement: str
) -> None:
    make(schemas, FIRST)
    engine = reading.open(FIRST)
    with engine.connect() as connection, connection.begin():
        begin_writing(connection)
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            connection.exec_driver_sql(statement)
    with pytest.raises(ProgrammingError, match="permission denied"):
        SqlStore(engine).take_over()
    engine.dispose()


def test_a_reading_transaction_writes_nothing_whoever_begins_it(schemas: StoreSchemas) -> None:
    store = SqlStore(schemas.open(FIRST))
    with store.reading() as c, pytest.raises(InternalError, match="read-only transaction"):
        c.exec_driver_sql("INSERT INTO hot VALUES ('k')")
    store.close()


# --- a database that goes away


def test_a_database_that_is_not_there_is_unreachable(postgres: Postgres) -> None:
    schemas = StoreSchemas(postgres.url("nowhere"))
    with pytest.raises(Unreachable):
        schemas.current()
    with pytest.raises(Unreachable):
        schemas.open(FIRST)
    schemas.close()


def test_what_a_statement_is_to_blame_for_is_no_fault_of_the_database(
    schemas: StoreSchemas,
) -> None:
    store = SqlStore(schemas.open(FIRST))
    store.take_over()
    start = Position.start()
    long = "".join(Random(1).choices(ascii_lowercase, k=10_000))
    # Too long for an index: would be so again, however often it were tried.
    with pytest.raises(OperationalError, match="index row"):
        store.commit(
            Changes(postings=[(long, 1)]),
            start.advanced("0", 1),
            expected=start,
            last=(1, "x"),
            today=1,
        )
    assert store.position() == start
    store.close()


def cut_every_connection(postgres: Postgres, url: str) -> None:
    name = address(url).database
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def test_a_reader_whose_connection_was_cut_is_told_and_the_next_one_reads(
    postgres: Postgres, url: str, schemas: StoreSchemas
) -> None:
    stores = Stores(schemas)
    with stores.turn() as (_, store):
        store.position()
    cut_every_connection(postgres, url)
    # As many as there are kept connections, each of which finds out by itself.
    answers = []
    for _ in range(3):
        try:
            with stores.turn() as (_, store), store.reading():
                store.position()
                answers.append("read")
        except Unreachable:
            answers.append("unreachable")
    assert answers[0] == "unreachable"
    assert answers[-1] == "read"
    stores.close()


def test_what_was_cut_off_in_the_midst_of_a_commit_is_not_there(
    postgres: Postgres, url: str, schemas: StoreSchemas
) -> None:
    store = SqlStore(schemas.open(FIRST))
    store.take_over()
    start = Position.start()

    def cut() -> None:
        with store._writing() as c:
            store._move(c, start.advanced("0", 1), start, (1, "x"), 1)
            cut_every_connection(postgres, url)
            c.exec_driver_sql("UPDATE progress SET day = 9")

    with pytest.raises(Unreachable):
        cut()
    store.close()
    # The connection that says which store it is was cut too, and finds out once.
    with suppress(Unreachable):
        schemas.current()
    again = SqlStore(schemas.open(FIRST))
    assert (again.position(), again.today()) == (start, 0)
    again.take_over()
    again.commit(Changes(), start.advanced("0", 1), expected=start, last=(1, "x"), today=1)
    again.close()
