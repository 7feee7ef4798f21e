"""The views of a process: how far they lie behind the log, and what becomes of them at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from fusion.access.reader import Grants, Reader
from fusion.domain.clock import MICROS_PER_SECOND, ScriptedClock
from fusion.domain.errors import Unavailable, Unreadable
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import tick_instant
from fusion.fusing.step import Step
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.files import StoreFiles
from fusion.projections.view import views
from fusion.projections.view.port import AlertFilters
from fusion.projections.view.stores import STORES, Stores
from fusion.projections.view.views import Views
from tests.simulation.logged import EVE, opened, registry_envelope
from tests.simulation.tiny import RULES


@dataclass
class Behind:
    """Views over a log whose worker has not begun."""

    clock: ScriptedClock
    views: Views

    log: MemoryLog

    def lag(self) -> float:
        return self.views.lag_seconds(self.log.head(), self.clock.now())

    def work(self, events: int) -> None:
        """Let the store take in so many more events of the log."""
        with self.views.store() as store:
            store.take_over()
            batch = self.log.read(store.position(), events)
            ticks = [
                Arrival(at=tick_instant(each.recorded))
                for each in batch
                if each.envelope.type == "clock.ticked"
            ]
            Step(store, RULES[0]).work(ticks, batch[-1].position)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    clock = ScriptedClock(EVE)
    log, directory = opened(clock), FoldedDirectory()
    made = Views(
        Stores(StoreFiles(tmp_path)),
        RULES[0],
        directory,
        log,
        clock=clock,
        follow=lambda: directory.follow(log),
    )
    # The worker makes the store before anybody reads of it.
    with made.store():
        pass
    yield Behind(clock, made, log)
    made.close()


def test_the_lag_is_how_long_the_oldest_unfused_event_has_waited(behind: Behind) -> None:
    behind.work(len(behind.log.read(Position.start(), 100)))
    behind.log.append([registry_envelope("second", {})])
    behind.clock.advance(EVE + 60 * MICROS_PER_SECOND)
    behind.log.append([registry_envelope("third", {})])
    behind.clock.advance(EVE + 90 * MICROS_PER_SECOND)
    assert behind.lag() == 90
    behind.work(1)
    assert behind.lag() == 30
    behind.work(1)
    assert behind.lag() == 0


def test_one_event_alone_is_a_lag_too(behind: Behind) -> None:
    behind.work(len(behind.log.read(Position.start(), 100)))
    behind.log.append([registry_envelope("second", {})])
    assert behind.lag() > 0, "it was recorded this very moment, and it waits"
    behind.clock.advance(EVE + MICROS_PER_SECOND)
    assert behind.lag() == 1


READER = Reader(Grants("rita", agency="a", level="SECRET"))
NEWCOMER = Reader(Grants("nina", agency="b", level="OPEN"))


def test_a_deadline_that_passed_has_passed_for_who_comes_new_though_the_worker_falls_behind(
    behind: Behind,
) -> None:
    behind.work(len(behind.log.read(Position.start(), 100)))
    later = EVE + 60 * MICROS_PER_SECOND
    behind.clock.advance(later)
    with behind.views.scene_of(READER) as scene:
        assert scene.moment == later
    behind.log.append([registry_envelope("second", {})])
    behind.clock.advance(later + MICROS_PER_SECOND)
    with behind.views.scene_of(NEWCOMER) as scene:
        assert scene.moment == later


def asked(behind: Behind, moment: int) -> object:
    view = behind.views.of(READER).as_of(moment)
    return view.alerts(cursor=None, limit=1, filters=AlertFilters()).body


def test_a_moment_to_come_is_refused(behind: Behind) -> None:
    asked_of = behind.views.of(READER).as_of
    asked_of(EVE)
    with pytest.raises(Unreadable) as refused:
        asked_of(EVE + 1)
    assert [fault.pointer for fault in refused.value.faults] == ["as_of"]
    with pytest.raises(Unreadable):
        behind.views.mine("gauge").page(cursor=None, limit=1, as_of=EVE + 1)


def test_a_moment_is_served_once_all_that_was_recorded_by_then_is_fused(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PASSING_SECONDS", 0.0)
    with pytest.raises(Unavailable):
        asked(behind, EVE)
    behind.work(len(behind.log.read(Position.start(), 100)))
    assert asked(behind, EVE) == {"items": [], "next": None}
    behind.clock.advance(EVE + MICROS_PER_SECOND)
    behind.log.append([registry_envelope("second", {})])
    assert asked(behind, EVE) == {"items": [], "next": None}, "what came later is not waited for"
    with pytest.raises(Unavailable):
        asked(behind, EVE + MICROS_PER_SECOND)


def test_who_asks_of_a_past_moment_waits_for_the_worker(behind: Behind) -> None:
    worker = Thread(target=behind.work, args=(len(behind.log.read(Position.start(), 100)),))
    worker.start()
    assert asked(behind, EVE) == {"items": [], "next": None}
    worker.join()


def test_the_tick_of_its_day_comes_before_a_moment_is_served(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PASSING_SECONDS", 0.0)
    behind.work(len(behind.log.read(Position.start(), 100)))
    behind.clock.advance(EVE + 3 * 24 * 3600 * MICROS_PER_SECOND)
    with pytest.raises(Unavailable):
        asked(behind, EVE + 2 * 24 * 3600 * MICROS_PER_SECOND)
    head = behind.log.head()
    assert not behind.log.tick(), "the read saw to it that what was due is recorded"
    assert behind.log.head() == head


def test_a_cursor_of_one_moment_is_none_of_another(behind: Behind) -> None:
    behind.work(len(behind.log.read(Position.start(), 100)))
    seals = [
        behind.views.of(READER)._seal("alerts"),
        behind.views.of(READER).as_of(EVE)._seal("alerts"),
        behind.views.of(READER).as_of(EVE - 1)._seal("alerts"),
    ]
    cursors = [seal.close("place") for seal in seals]
    for number, seal in enumerate(seals):
        for other, cursor in enumerate(cursors):
            if number == other:
                assert seal.open(cursor) == ["place"]
            else:
                with pytest.raises(ValueError, match="another seal"):
                    seal.open(cursor)


def test_who_comes_after_the_end_is_refused_and_nothing_hangs(behind: Behind) -> None:
    behind.views.close()
    behind.views.close()
    for _ in range(STORES + 1):
        with pytest.raises(Unavailable), behind.views.store():
            raise AssertionError("a store was opened again")


def test_who_waits_for_a_store_at_the_end_is_refused(behind: Behind) -> None:
    refused: list[Unavailable] = []

    def wait_for_a_turn() -> None:
        try:
            with behind.views.store():
                raise AssertionError("a store was opened again")
        except Unavailable as refusal:
            refused.append(refusal)

    taken = [behind.views.store() for _ in range(STORES)]
    for each in taken:
        each.__enter__()
    waiting = [Thread(target=wait_for_a_turn) for _ in range(2)]
    closing = Thread(target=behind.views.close)
    for thread in (*waiting, closing):
        thread.start()
    while not behind.views._stores._is_closed:
        closing.join(0.01)
    for each in taken:
        each.__exit__(None, None, None)
    for thread in (*waiting, closing):
        thread.join()
    assert len(refused) == 2
