"""Law 3, rebuild: the log is the only truth.

A store rebuilt from the log equals the live one, which was killed and started again on the way,
now and as it was told.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.clock import ScriptedClock
from fusion.events.log import EventLog
from fusion.fusing import step
from fusion.fusing.store import Changes
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.book import Book
from tests.laws.catching import Defect, assert_caught
from tests.projections.reading_all import everything, view_of
from tests.simulation.logged import (
    EVE,
    House,
    envelope_of,
    opened,
    registry_document,
    registry_envelope,
)
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers


def check_rebuild(seed: int, size: int) -> None:
    """For every reader the export and the chronicle; for one of them every answer of the view."""
    world, readers = make_world(seed, size), make_readers(seed)
    log, live = lived(world, Random(seed), [Book(world.rules, reader) for reader in readers])
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
    books = [Book(world.rules, reader) for reader in readers]
    log, _ = lived(world, Random(seed), books)
    rebuilt = House(world.rules, log, Random(seed + 1))
    rebuilt.catch_up()
    for reader, book in zip(readers, books, strict=True):
        assert [told.entry for told in book.following.told] == rebuilt.told(reader)


def lived(world: World, random: Random, books: list[Book]) -> tuple[EventLog, House]:
    """A world as it came into the log, and the house that worked it in with accidents.

    Halfway an office is registered anew, so that what comes later is compiled under other rules.
    """
    clock = ScriptedClock(EVE)
    log = opened(clock)
    house = House(world.rules, log, random)
    for place, arrival in enumerate(world.arrivals):
        clock.advance(max(clock.now(), arrival.at[0]))
        log.tick()
        if place == len(world.arrivals) // 2:
            log.append([registry_envelope("second", registry_document(["/z/x/new", "/c/x/in"]))])
        if (envelope := envelope_of(arrival)) is not None:
            log.append([envelope])
        if random.random() < 0.3:
            house.catch_up_and_die() if random.random() < 0.5 else house.catch_up()
        for book in books:
            if random.random() < 0.2:
                follow(house, book)
    house.catch_up()
    for book in books:
        follow(house, book)
    return log, house


def follow(house: House, book: Book) -> None:
    with house.store.reading():
        book.follow(house.grounds)


SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


@settings(max_examples=25)
@given(seed=SEEDS, size=SIZES)
def test_a_rebuilt_store_equals_one_that_was_killed_on_the_way(seed: int, size: int) -> None:
    check_rebuild(seed, size)


@settings(max_examples=25)
@given(seed=SEEDS, size=SIZES)
def test_a_rebuilt_store_tells_what_was_told_along_the_way(seed: int, size: int) -> None:
    check_books(seed, size)


def _forgets_the_moment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(step._Batch, "_resume_moment", lambda _: None)


def _counts_decisions_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "judgements_made", lambda _: 0)


def _forgets_whom_it_knew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "carriers", lambda *_: {})


def _forgets_what_passed(patch: pytest.MonkeyPatch) -> None:
    write = SqlStore._write_bounds

    def forgetful(self: SqlStore, changes: Changes) -> None:
        changes.passed.clear()
        write(self, changes)

    patch.setattr(SqlStore, "_write_bounds", forgetful)


def _compiles_all_under_todays_registry(patch: pytest.MonkeyPatch) -> None:
    community = SqlStore.community

    def latest(self: SqlStore, _: int) -> object:
        return community(self, max(self._communities, default=1))

    patch.setattr(SqlStore, "community", latest)


DEFECTS = (
    Defect(
        "a worker that starts within a moment forgets what came before in it", _forgets_the_moment
    ),
    Defect("a worker that starts again counts decisions anew", _counts_decisions_anew),
    Defect("a worker that starts again knows nobody from before", _forgets_whom_it_knew),
    Defect("what the bound let through is not written", _forgets_what_passed),
    Defect(
        "everything is compiled under the registry that was seen last",
        _compiles_all_under_todays_registry,
    ),
)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.says)
def test_the_law_sees_that(defect: Defect) -> None:
    assert_caught(check_rebuild, defect)
