"""The views of a process: how far they lie behind the log, and what becomes of them at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from fusion.domain.clock import MICROS_PER_SECOND, ScriptedClock
from fusion.domain.errors import Unavailable
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.fusing.step import Step
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.database import open_database
from fusion.projections.store.files import StoreFiles
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
            batch = self.log.read(store.position(), events)
            Step(store, RULES[0]).work([], batch[-1].position)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    clock = ScriptedClock(EVE)
    log, directory = opened(clock), FoldedDirectory()
    views = Views(
        Stores(StoreFiles(tmp_path).current, open_database),
        RULES[0],
        directory,
        log,
        clock=clock,
        follow=lambda: directory.follow(log),
    )
    yield Behind(clock, views, log)
    views.close()


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
