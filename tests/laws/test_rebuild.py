"""Law 3, rebuild: the log is the only truth.

A store rebuilt from the log equals the live one, which was killed and started again on the way,
now and as it was told.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given

from fusion.domain.clock import ScriptedClock
from fusion.domain.marking import Knowledge
from fusion.events.log import EventLog
from fusion.fusing.batch import Batch
from fusion.fusing.reference import chronicle
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.book import Book
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.projections.reading_all import everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.logged import (
    EVE,
    House,
    envelope_of,
    opened,
    registry_document,
    registry_envelope,
)
from tests.simulation.making import make_world
from tests.simulation.story import PLAIN_RULES, Story, did, person
from tests.simulation.tiny import ENTRY, MEETING
from tests.simulation.worlds import EVERYTHING, World, make_readers


def check_rebuild(seed: int, size: int) -> None:
    """For every reader the export and the chronicle; for one of them every answer of the view."""
    world, readers = make_world(seed, size), make_readers(seed)
    log, live = lived(
        world, Random(seed), {reader: Book(world.rules, reader) for reader in readers}
    )
    rebuilt = House(world.rules, log, Random(seed + 1))
    rebuilt.catch_up()
    for reader in readers:
        assert rebuilt.export(reader).digest == live.export(reader).digest
        assert rebuilt.told(reader) == live.told(reader)
    mentions, signals = world.mentions(), {s.name for s in world.signals()}
    answers = [
        everything(view_of(house.store, house.rules, readers[-1]), mentions, signals)
        for house in (live, rebuilt)
    ]
    assert answers[0] == answers[1]


def check_books(seed: int, size: int) -> None:
    """What was told along the way is what a rebuilt store tells from the beginning."""
    world, readers = make_world(seed, size), make_readers(seed)
    books = {reader: Book(world.rules, reader) for reader in readers}
    log, _ = lived(world, Random(seed), books)
    rebuilt = House(world.rules, log, Random(seed + 1))
    rebuilt.catch_up()
    for reader, book in books.items():
        assert [told.entry for told in book.following.told] == rebuilt.told(reader)


def lived(world: World, random: Random, books: dict[Knowledge, Book]) -> tuple[EventLog, House]:
    """A world as it came into the log, and the house that worked it in with accidents.

    Halfway an office is registered anew, so that what comes later is compiled under other rules.
    """
    clock = ScriptedClock(EVE)
    log = opened(clock)
    house = House(world.rules, log, random)
    # Now and then a worker that dies after each event: also between two of one moment.
    pace = random.choice((0.2, 0.5, 1.0))
    for place, arrival in enumerate(world.arrivals):
        clock.advance(max(clock.now(), arrival.at[0]))
        log.tick()
        if place == len(world.arrivals) // 2:
            log.append([registry_envelope("second", registry_document(["/z/x/new", "/c/x/in"]))])
        if (envelope := envelope_of(arrival)) is not None:
            log.append([envelope])
        if random.random() < pace:
            house.catch_up_and_die() if random.random() < 0.7 else house.catch_up()
        for reader, book in books.items():
            if random.random() < 0.2:
                follow(house, reader, book)
    house.catch_up()
    for reader, book in books.items():
        follow(house, reader, book)
    return log, house


def follow(house: House, reader: Knowledge, book: Book) -> None:
    with house.scene(reader) as scene:
        book.follow(scene)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_a_rebuilt_store_equals_one_that_was_killed_on_the_way(seed: int, size: int) -> None:
    check_rebuild(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_a_rebuilt_store_tells_what_was_told_along_the_way(seed: int, size: int) -> None:
    check_books(seed, size)


def _forgets_the_moment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Batch, "_resume_moment", lambda _: None)


def _counts_decisions_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "judgements_made", lambda _: 0)


def _forgets_whom_it_knew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "carriers", lambda *_: {})


def _compiles_all_under_todays_registry(patch: pytest.MonkeyPatch) -> None:
    community = SqlStore.community

    def latest(self: SqlStore, _: int) -> object:
        return community(self, max(self._communities, default=1))

    patch.setattr(SqlStore, "community", latest)


def check_started_within_a_moment() -> None:
    """What came second of one moment is told first, after it the first one counts for more.

    Too rare for random worlds: a worker has to start again just between the two.
    """
    story, engine = Story(), Engine(PLAIN_RULES)
    ada = {"m": person("ada", number="1")}
    story.signal("/z/x/s1", ada, did(MEETING, "m"))
    story.signal("/a/x/s2", ada, did(ENTRY, "m"), at_once=True)
    for arrival in story.arrivals:
        engine.work([arrival])
        engine.restart()
    expected = chronicle(story.world().happenings(), PLAIN_RULES, EVERYTHING.admits)
    assert expected
    assert engine.told(EVERYTHING) == expected


def test_a_worker_that_starts_within_a_moment_knows_what_came_before_in_it() -> None:
    check_started_within_a_moment()


def test_one_that_forgets_it_tells_less(monkeypatch: pytest.MonkeyPatch) -> None:
    _forgets_the_moment(monkeypatch)
    with pytest.raises(AssertionError):
        check_started_within_a_moment()


DEFECTS = seen_by(
    check_rebuild,
    Defect("a worker that starts again counts decisions anew", _counts_decisions_anew),
    Defect("a worker that starts again knows nobody from before", _forgets_whom_it_knew),
    Defect(
        "everything is compiled under the registry that was seen last",
        _compiles_all_under_todays_registry,
    ),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
