"""What every engine's store keeps to, in SQLite and in PostgreSQL.

One suite for both: whatever one of them would say otherwise is a fault of it. That the engine over
it computes what the reference model does is asked of SQLite in `tests/laws`; here both are filled
from one log, and have to say the same, byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from string import ascii_lowercase, digits
from threading import Thread

import pytest
from hypothesis import given
from sqlalchemy import Engine as Database

from fusion import assembly
from fusion.domain.marking import NormalForm
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Recorded
from fusion.events.position import Position
from fusion.fusing.arriving import arrival_of
from fusion.fusing.step import Step
from fusion.fusing.store import Changes, EventRow, IdentifierRow, RemarkRow, SignalRow
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.files import StoreFiles
from fusion.projections.store.lookups import (
    acknowledgements_from,
    profiles_with,
    remarks_by_name,
    signals_newest_first,
)
from fusion.projections.store.places import StorePlaces
from fusion.projections.store.schemas import StoreSchemas
from fusion.projections.store.sql_store import Fenced, SqlStore
from fusion.projections.view.canon import canon, differences
from fusion.settings import Settings
from fusion.worker.loop import Worker
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.laws.test_rebuild import lived
from tests.postgres import Postgres
from tests.simulation.engine import Engine
from tests.simulation.logged import House
from tests.simulation.making import make_world
from tests.simulation.story import PLAIN_RULES, Story, did, person
from tests.simulation.tiny import COMMUNITY, ENTRY
from tests.simulation.worlds import EVERYTHING, make_readers

LATER = (1 << 60, "")
OPEN = NormalForm(level=0, compartments=frozenset(), clauses=frozenset())


class Stores:
    """One store, opened as often as asked for, as several processes would."""

    def __init__(self, places: StorePlaces[object]) -> None:
        self.places = places
        self._left = ExitStack()

    def database(self) -> Database:
        engine = self.places.open(self.places.current())
        self._left.callback(engine.dispose)
        return engine

    def open(self) -> SqlStore:
        store = SqlStore(self.database())
        self._left.callback(store.close)
        return store

    def writer(self) -> SqlStore:
        """One that has taken the store over."""
        store = self.open()
        store.take_over()
        store.keep_community(1, COMMUNITY)
        return store

    def close(self) -> None:
        self._left.close()
        self.places.close()


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    places: StorePlaces[object] = StoreFiles(tmp_path)  # type: ignore[assignment]
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        places = StoreSchemas(server.new_database())  # type: ignore[assignment]
    found = Stores(places)
    yield found
    found.close()


def at(offset: int) -> Position:
    return Position.start().advanced("0", offset) if offset else Position.start()


def commit(store: SqlStore, changes: Changes, before: int, after: int) -> None:
    store.commit(changes, at(after), expected=at(before), last=(after, "x"), today=1)


def event(number: int, name: str = "", *, recorded: int = 5) -> EventRow:
    since = (recorded, f"/a/x\1{name or number}")
    signal = "signal.submitted"
    return EventRow(
        *(number, "/a/x", name or str(number), signal, b"{}", since, None, None, 1, "f", "ann")
    )


def signal(number: int, name: str, *, text: str = "", reported: int = 1) -> SignalRow:
    return SignalRow(name, number, 0, OPEN, reported, "a", text)


# --- one log, two databases


@pytest.fixture(scope="module")
def fresh(postgres: Postgres) -> Iterator[Callable[[], Database]]:
    """Makes empty stores in PostgreSQL, any number."""
    places = StoreSchemas(postgres.new_database())
    made: list[tuple[str, Database]] = []

    def make() -> Database:
        if made:
            name, engine = made.pop()
            engine.dispose()
            places.discard(name)
        name = places.fresh()
        made.append((name, places.open(name)))
        return made[-1][1]

    yield make
    for _, engine in made:
        engine.dispose()
    places.close()


@worlds(12)
@given(seed=SEEDS, size=SIZES)
def test_one_log_gives_both_databases_the_same_digests(
    fresh: Callable[[], Database], seed: int, size: int
) -> None:
    world, readers = make_world(seed, size), make_readers(seed)
    log, here = lived(world, Random(seed), {})
    there = House(world.rules, log, Random(seed + 1), fresh())
    # Killed on the way too, and never by the same accidents.
    there.catch_up_and_die()
    there.catch_up()
    classes = {str(number): reader for number, reader in enumerate(readers)}
    ours, theirs = (
        canon(house.store, world.rules, classes, levels=COMMUNITY.levels) for house in (here, there)
    )
    there.store.close()
    assert list(differences(ours, theirs)) == []
    assert digest(ours) == digest(theirs)


def digest(said: object) -> str:
    """Of a canon, whole."""
    assert isinstance(said, dict)
    rows = sorted((kind, name, row) for (kind, name), row in said.items())
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@worlds(6)
@given(seed=SEEDS)
def test_the_engine_tells_every_reader_the_same_over_both(
    fresh: Callable[[], Database], seed: int
) -> None:
    world = make_world(seed, 10)
    here = Engine.of(world, Random(seed))
    there = Engine(world.rules, world.community, fresh())
    there.work_in_batches(world.arrivals, Random(seed + 1))
    for reader in make_readers(seed):
        assert there.export(reader).digest == here.export(reader).digest
        assert there.told(reader) == here.told(reader)
    there.store.close()


def test_a_store_is_found_again_by_who_opens_it(stores: Stores) -> None:
    story = Story()
    story.signal("/a/x/1", {"m": person("ada", number="1")}, did(ENTRY, "m"))
    engine = Engine(PLAIN_RULES, database=stores.database())
    for arrival in story.arrivals:
        engine.work([arrival])
        engine.restart()
    assert (
        engine.export(EVERYTHING).digest
        == Engine.of(story.world(), Random(1)).export(EVERYTHING).digest
    )


# --- who writes


def test_what_a_superseded_worker_commits_is_not_written(stores: Stores) -> None:
    older = stores.writer()
    commit(older, Changes(events=[event(1)]), 0, 1)
    newer = stores.open()
    newer.take_over()
    # Nothing has moved since it read: by the position alone it would get through.
    with pytest.raises(Fenced):
        commit(older, Changes(events=[event(2)]), 1, 2)
    assert newer.event("/a/x", "2") is None
    assert newer.position() == at(1)
    commit(newer, Changes(events=[event(2)]), 1, 2)
    assert older.event("/a/x", "2") is not None


def test_a_superseded_worker_keeps_no_community_either(stores: Stores) -> None:
    older = stores.writer()
    stores.writer()
    with pytest.raises(Fenced):
        older.keep_community(7, COMMUNITY)
    with pytest.raises(LookupError):
        stores.open().community(7)


def test_nothing_is_written_by_who_never_took_over(stores: Stores) -> None:
    stores.writer()
    with pytest.raises(Fenced):
        commit(stores.open(), Changes(), 0, 1)


def test_what_was_computed_from_another_position_is_not_written(stores: Stores) -> None:
    store = stores.writer()
    commit(store, Changes(), 0, 5)
    with pytest.raises(Fenced):
        commit(store, Changes(events=[event(1)]), 0, 6)
    assert store.event("/a/x", "1") is None


def test_a_worker_that_is_overtaken_ends_and_the_new_one_goes_on(stores: Stores) -> None:
    world = make_world(3, 12)
    log, live = lived(world, Random(3), {})
    older = stores.open()
    zombie = Worker(log, older, Step(older, world.rules), FoldedDirectory())
    newer = stores.open()
    Worker(log, newer, Step(newer, world.rules), FoldedDirectory()).catch_up()
    with pytest.raises(Fenced):
        zombie.catch_up()
    classes = {"everybody": EVERYTHING}
    ours, theirs = (
        canon(each, world.rules, classes, levels=COMMUNITY.levels) for each in (live.store, newer)
    )
    assert list(differences(ours, theirs)) == []


def test_a_commit_that_was_begun_is_whole_before_another_takes_over(stores: Stores) -> None:
    older, newer = stores.writer(), stores.open()
    taking = Thread(target=newer.take_over)
    with older._writing() as c:
        older._move(c, at(1), at(0), (1, "x"), 1)
        taking.start()
        c.exec_driver_sql("UPDATE progress SET day = 9")
    taking.join()
    assert (newer.position(), newer.today()) == (at(1), 9)
    with pytest.raises(Fenced):
        commit(older, Changes(), 1, 2)


# --- who reads


def test_no_reader_waits_for_the_worker(stores: Stores) -> None:
    writer, reader = stores.writer(), stores.open()
    commit(writer, Changes(events=[event(1)]), 0, 1)
    # In this one thread: a read that waited for the transaction would never end.
    with writer._writing() as c:
        writer._move(c, at(2), at(1), (2, "x"), 1)
        c.exec_driver_sql("UPDATE event SET gone_by = 'x'")
        assert reader.position() == at(1)
        found = reader.event("/a/x", "1")
        assert found is not None
        assert found.gone_by is None
        assert stores.open().numbers() == (1, 0)
    found = reader.event("/a/x", "1")
    assert found is not None
    assert found.gone_by == "x"


def test_no_worker_waits_for_a_reader_who_goes_on_seeing_one_state(stores: Stores) -> None:
    writer, reader = stores.writer(), stores.open()
    commit(writer, Changes(events=[event(1)]), 0, 1)
    with reader.reading():
        assert reader.position() == at(1)
        commit(writer, Changes(events=[event(2)]), 1, 2)
        assert reader.position() == at(1)
        assert set(reader.events_numbered([1, 2])) == {1}
    assert reader.position() == at(2)
    assert set(reader.events_numbered([1, 2])) == {1, 2}


# --- what is kept comes back as it was


def test_text_is_ordered_by_its_bytes(stores: Stores) -> None:
    store = stores.writer()
    # In every language's own order some of these would stand elsewhere.
    names = [f"/a/x/{each}" for each in ("B", "Z", "_", "a", "a-b", "aB", "ab", "é", "ﬀ", "𝒳")]
    assert names == sorted(names, key=str.encode)
    shown = Random(1).sample(names, len(names))
    events = [event(number, name) for number, name in enumerate(shown, 1)]
    rows = [signal(number, name) for number, name in enumerate(shown, 1)]
    remark = [RemarkRow("alert.acknowledged", ("a-1",), (7, n), n.encode()) for n in shown]
    commit(store, Changes(events=events, signals=rows, remarks=remark), 0, 1)
    assert [row.name for row in signals_newest_first(store, LATER, None, None)] == names
    assert [name for _, name, _ in acknowledgements_from(store, 0)] == names
    assert [r.body.decode() for r in remarks_by_name(store, "a-1")] == names


@pytest.mark.parametrize(
    ("said", "sought"),
    [("Ølgod", "øl"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("İzmir", "i̇z"), ("ДЖОХАР", "джох"), ("a%b_", "%b_")],
)
def test_a_text_is_found_in_any_script_whatever_its_case(
    stores: Stores, said: str, sought: str
) -> None:
    store = stores.writer()
    changes = Changes(events=[event(1)], signals=[signal(1, "/a/x/1", text=said)])
    commit(store, changes, 0, 1)
    found = [row.name for row in signals_newest_first(store, LATER, None, sought)]
    assert found == ["/a/x/1"]
    assert list(signals_newest_first(store, LATER, None, sought + "?")) == []


def test_long_lists_are_asked_for_whole_and_empty_ones_not_at_all(stores: Stores) -> None:
    store = stores.writer()
    commit(store, Changes(events=[event(n) for n in range(1, 9_001)]), 0, 1)
    assert len(store.events_numbered(range(1, 20_000))) == 9_000
    assert store.events_numbered([]) == {}
    assert store.signals(()) == {}


def test_of_two_values_under_one_key_the_last_stands(stores: Stores) -> None:
    store = stores.writer()
    first, then, last = (5, "a"), (6, "b"), (7, "c")
    said = [("/a/x/1", first, "/a/x/8"), ("/a/x/1", then, "/a/x/9")]
    commit(store, Changes(retractions=said), 0, 1)
    assert store.retractions(["/a/x/1"]) == {"/a/x/1": (then, "/a/x/9")}
    commit(store, Changes(retractions=[("/a/x/1", last, "/a/x/7")]), 1, 2)
    assert store.retractions(["/a/x/1"]) == {"/a/x/1": (last, "/a/x/7")}


def test_what_is_there_already_may_come_again_where_that_means_nothing(stores: Stores) -> None:
    store = stores.writer()
    pair = [(1, 2), (1, 2)]
    for before in (0, 1):
        commit(store, Changes(links=pair, hot=["k", "k"]), before, before + 1)
    assert store.links_among([1, 2]) == [(1, 2)]
    assert store.hot(["k", "l"]) == {"k"}


def test_a_marking_has_one_number_however_long_it_is(stores: Stores) -> None:
    clauses = frozenset(
        frozenset(f"group:{n}-{m}-{hashlib.sha256(bytes([n, m])).hexdigest()}" for m in range(9))
        for n in range(64)
    )
    long = NormalForm(level=1, compartments=frozenset(), clauses=clauses)
    store = stores.writer()
    rows = [IdentifierRow("i", 1, 0, f"/a/x/1#m{n}", long) for n in range(3)]
    commit(store, Changes(events=[event(1)], identifiers=rows), 0, 1)
    assert list(stores.open().markings().values()) == [long]


def noise(characters: int, seed: int) -> str:
    """Text that no index can make smaller."""
    return "".join(Random(seed).choices(ascii_lowercase + digits, k=characters))


def test_the_longest_names_and_values_that_intake_takes_are_kept(stores: Stores) -> None:
    rules, community, _ = assembly.offline_rules(None, None, Settings())
    source = "".join(f"/{noise(120 if n else 64, n)}" for n in range(8))
    signals = [noise(256, n) for n in (8, 9)]
    mention = {
        "ref": noise(64, 10),
        "schema": "Person",
        "properties": {
            name: [f"{noise(4_000, n)}{tail}"]
            for n, (name, tail) in enumerate(
                {"name": "", "idNumber": "", "email": "@a.org", "website": ".org"}.items()
            )
        },
    }
    claim = {
        "a": mention["ref"],
        "b": f"{source}/{signals[0]}#{mention['ref']}",
        "verdict": "same",
    }
    store = stores.writer()
    step = Step(store, rules)
    for place, (id_, origin) in enumerate(zip(signals, (noise(4_000, 11), source), strict=True), 1):
        document = {
            "specversion": "1.0",
            "type": "fusion.signal.submitted.v1",
            "source": source,
            "id": id_,
            "time": "2024-05-01T00:00:00Z",
            "data": {
                "marking": {"level": "OPEN"},
                "mentions": [mention],
                "identities": [claim] if place > 1 else [],
                "origin": {"id": f"signal:{origin}"},
            },
        }
        store.keep_community(place, community)
        envelope = signal_envelope(document, ceiling="A1", publisher="p")
        arrival = arrival_of(Recorded(envelope, at(place), place), community, epoch=place, order=0)
        assert arrival is not None
        step.work([arrival], at(place))
    found = stores.open().signals([f"{source}/{id_}" for id_ in signals])
    assert [len(each.facts.mentions) for each in found.values()] == [1, 1]


def test_a_position_and_what_follows_from_it_are_written_together(stores: Stores) -> None:
    store = stores.writer()
    commit(store, Changes(events=[event(1)]), 0, 1)
    # The second event of a number breaks the transaction after the position was moved in it.
    with pytest.raises(Exception, match=r"(?i)unique"):
        commit(store, Changes(events=[event(2), event(2)]), 1, 2)
    assert store.position() == at(1)
    assert store.numbers() == (1, 0)
    assert list(profiles_with(store, None)) == []
