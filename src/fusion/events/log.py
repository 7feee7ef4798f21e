"""The port to the log: the only truth, of which everything else can be computed again.

Promises of every implementation, held by one contract suite (`tests/contracts`):
what `append` returned is durable; each partition has one order and is read without a gap; a name
(`source`, `id`) has one body for ever; recorded times never go back within a partition and are
never bumped; the tick of a UTC day stands before everything else recorded on or after that midnight
(RULES.md 6, 7). No log reads a body.

A log of one sequence has one partition. Of several, what is there when it is read comes in the
order of recorded times; what another writer, whose clock is behind, adds afterwards comes later.
So readers of one log may see one set of events in two orders, save that every event comes after all
that it was accepted `under`: registry, grants, judgements and ticks stand in one partition, whose
order is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fusion.events.envelope import Envelope, Recorded
from fusion.events.position import Position

# Ticks are the log's own: no other event may stand under this source.
TICK_SOURCE = "/fusion/clock"


class Outcome(StrEnum):
    """What became of one envelope of an append."""

    ACCEPTED = "accepted"  # it is in the log now
    DUPLICATE = "duplicate"  # it was there already, with an equal digest
    CONFLICT = "conflict"  # another body stands under its name; the first stands


@dataclass(frozen=True, slots=True)
class Receipt:
    """The log's answer for one envelope.

    `position` and `recorded` are the event's own (its place) or, for a DUPLICATE, those of the
    first; None for a CONFLICT, which says nothing about the other body.
    """

    outcome: Outcome
    position: Position | None
    recorded: int | None


CONFLICTING = Receipt(Outcome.CONFLICT, None, None)


class LogReader(Protocol):
    """What is asked of a log by whoever follows it."""

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        """At most `limit` (≥ 1) events after `after`, in order; none means: caught up.

        The last one's position is where to go on. With `until`, none beyond it in any partition.
        Misused for a position of another log.
        """
        ...

    def head(self) -> Position:
        """The position after the last event."""
        ...


class EventLog(LogReader, Protocol):
    """An append-only sequence of events. Methods block and may be called from any thread.

    They raise Unavailable where the log cannot answer now; an append that raises accepted nothing
    that it knows of, and repeating it is safe.
    """

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Record `envelopes` in their order; a receipt for each, in order. Durable on return.

        All are recorded at one moment: the clock's, or the last recorded one if that is later.
        Missing ticks go before them. Of several bodies under one name, the log's or this call's
        first stands. ValueError for TICK_SOURCE; TooLarge for an event that the log can't hold.
        A log of one sequence records all or none; one of several partitions may be left with some.
        """
        ...

    def lag(self, after: Position) -> Mapping[str, int]:
        """How many events lie beyond a position, by partition.

        What is no event (a second body that was refused) counts where it lies among them.
        """
        ...

    def purge(self, order: Envelope, rest: Envelope) -> Receipt:
        """Record `order`, and put `rest` in the place of the event of its name, in one transaction.

        Number and moment of that event stay, and all else of it is gone for good, from the files of
        this log too, when this returns. LookupError where there is none of that name, Misused for a
        log that can't erase; a repeated order is a DUPLICATE, and has the same done again.
        """
        ...

    def find(self, source: str, id: str) -> Recorded | None:
        """The event under a name, if there is one; its position is its place."""
        ...

    def tick(self) -> bool:
        """Record the ticks that are due, and nothing else; whether there were any."""
        ...

    def close(self) -> None:
        """Let go of what the log holds open; twice does no harm."""
        ...
