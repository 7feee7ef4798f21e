"""The worker: reads the log, lets the step work it in, again and again.

It takes the store over from whoever wrote it before, who is fenced from then on, and moves the
store's position in the same transaction as what it made of the events before it: a kill at any
point is as if the batch had not been begun. It never holds up who posts or reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Protocol

from fusion.access.directory import Directory
from fusion.domain.compiling import Community
from fusion.domain.errors import Misused, Unavailable
from fusion.events.envelope import Recorded
from fusion.events.log import LogReader
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.arriving import arrival_of
from fusion.fusing.step import Step
from fusion.fusing.store import EngineStore

# Events of one transaction. Large enough that a commit's cost is shared by a thousand signals,
# small enough that a stream hears of the first of them within a second.
BATCH_EVENTS = 1_000


class FoldingDirectory(Directory, Protocol):
    """A directory that is told each event in turn."""

    def apply(self, recorded: Recorded) -> None: ...


class WorkerStore(EngineStore, Protocol):
    """The store as the worker needs it."""

    def keep_community(self, epoch: int, community: Community) -> None:
        """Remember under which community an epoch's markings are compiled."""
        ...

    def community(self, epoch: int) -> Community:
        """The community that was kept for an epoch; LookupError where none was."""
        ...

    def judgements_made(self) -> int:
        """How many judgements were worked in."""
        ...


class Worker:
    """Works one log into one store. `catch_up` and `run` may be called from one thread only."""

    def __init__(
        self, log: LogReader, store: WorkerStore, step: Step, directory: FoldingDirectory
    ) -> None:
        self._log, self._store, self._step, self._directory = log, store, step, directory
        self._community: Community | None = None
        self._epoch = 0
        # Each is what a registry or the opening brought, so they are few.
        self._policies: list[tuple[Position, int, Community]] = []
        # Before anything is read of it: nobody else changes it from here on.
        store.take_over()
        self._judgements = store.judgements_made()
        self._read = Position.start()
        self._learn_policy(store.position())
        self._require_own(store.position())

    def _learn_policy(self, until: Position) -> None:
        """Fold the decisions that lie before the store's position, as they were worked in then."""
        while batch := self._log.read(self._read, BATCH_EVENTS, until=until):
            for recorded in batch:
                self._directory.apply(recorded)
                self._note_policy(recorded)
                self._read = recorded.position

    def _require_own(self, until: Position) -> None:
        """Misused where the store was made of another log: nothing of that may mix with this one.

        A community holds the key of its namespace, which no other namespace has.
        """
        if not self._read.covers(until):
            raise Misused("the store is ahead of its log: fusion rebuild makes it anew")
        try:
            is_own = not self._epoch or self._store.community(self._epoch) == self._community
        except LookupError:
            is_own = False
        if not is_own:
            raise Misused("the store was made of another log: fusion rebuild makes it anew")

    def _note_policy(self, recorded: Recorded) -> None:
        community = self._directory.community()
        if community is not self._community:
            self._community = community
            self._epoch += 1
            self._policies.append((recorded.place, self._epoch, community))

    def _policy_of(self, recorded: Recorded) -> tuple[int, Community]:
        """The policy that an event was accepted under, whatever was read before it since."""
        if recorded.under is not None:
            for since, epoch, community in reversed(self._policies):
                if recorded.under.covers(since):
                    return epoch, community
        return self._epoch, self._directory.community()

    def catch_up(self, note: Callable[[Position], None] = lambda _: None) -> int:
        """Work in what the log holds beyond the store's position; how many events that were.

        `note` is told where the store stands after each batch.
        """
        total = 0
        while batch := self._log.read(self._read, BATCH_EVENTS):
            self._work(batch)
            total += len(batch)
            note(self._read)
        return total

    def _work(self, batch: list[Recorded]) -> None:
        for part in _apart(batch):
            self._work_in(part)

    def _work_in(self, batch: list[Recorded]) -> None:
        arrivals: list[Arrival] = []
        kept: set[int] = set()
        for recorded in batch:
            self._directory.apply(recorded)
            self._note_policy(recorded)
            epoch, community = self._policy_of(recorded)
            # Written before any event that was compiled under it; and each of them, for restarts.
            for each, stood in ((self._epoch, self._directory.community()), (epoch, community)):
                if each not in kept:
                    self._store.keep_community(each, stood)
                    kept.add(each)
            is_judgement = recorded.envelope.type == "judgement.made"
            self._judgements += is_judgement
            arrival = arrival_of(recorded, community, epoch=epoch, order=self._judgements)
            if arrival is not None:
                arrivals.append(arrival)
        self._step.work(arrivals, batch[-1].position)
        self._read = batch[-1].position

    def run(
        self,
        *,
        wait: Callable[[], None],
        is_stopping: Callable[[], bool],
        note: Callable[[Position], None] = lambda _: None,
    ) -> None:
        """Follow the log until told to stop; `wait` returns when it may be worth looking again.

        A log that can't answer now is waited for: nothing of it was begun.
        """
        while not is_stopping():
            batch = self._look()
            if batch:
                self._work(batch)
                note(self._read)
            else:
                wait()

    def _look(self) -> list[Recorded]:
        """What the log has next; nothing where it does not answer."""
        with suppress(Unavailable):
            return self._log.read(self._read, BATCH_EVENTS)
        return []


def _apart(batch: list[Recorded]) -> Iterator[list[Recorded]]:
    """The same events in the same order; what publishes patterns is worked in by itself."""
    for is_publication, part in groupby(batch, lambda r: r.envelope.type == "library.published"):
        events = list(part)
        yield from ([each] for each in events) if is_publication else (events,)
