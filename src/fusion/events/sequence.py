"""What logs of one sequence (memory, SQLite) share: numbering, due ticks, settling names.

Pure but for the look-up handed in; the caller holds the write lock throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion.domain.clock import day_of, format_day
from fusion.domain.errors import Misused
from fusion.events.catalog import ClockTicked
from fusion.events.codec import encode
from fusion.events.envelope import Envelope
from fusion.events.log import CONFLICTING, TICK_SOURCE, Outcome, Receipt
from fusion.events.position import Position

# The one partition of a log that is one sequence.
PARTITION = "log"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands under a name: enough to settle whoever comes with the same one."""

    digest: bytes
    offset: int
    recorded: int


def position_at(offset: int) -> Position:
    """The position after the event with this number (the first is 1)."""
    return Position(((PARTITION, offset),)) if offset else Position.start()


def offset_at(position: Position) -> int:
    """How many events lie before a position of such a log; Misused for one of another log."""
    if not position.components:
        return 0
    (partition, offset), *others = position.components
    if others or partition != PARTITION:
        raise Misused("the position belongs to another log")
    return offset


def lag_after(after: Position, end: int) -> dict[str, int]:
    """What `LogReader.lag` says of a log that ends at the event with this number."""
    return {PARTITION: max(0, end - offset_at(after))}


def limited(after: Position, limit: int, until: Position | None) -> int:
    """How many events a read may give: `limit`, or fewer where `until` lies nearer."""
    if limit < 1:
        raise ValueError(f"a limit of {limit} reads nothing")
    return limit if until is None else max(0, min(limit, offset_at(until) - offset_at(after)))


def days_due(last: int | None, now: int) -> range:
    """The days whose ticks are missing, when `last` was the last recorded moment and `now` is next.

    Whatever is recorded follows the tick of its day, so the last moment tells the last tick.
    """
    today = day_of(now)
    return range(today if last is None else day_of(last) + 1, today + 1)


def tick_of(day: int) -> Envelope:
    """The tick that begins a day."""
    return encode(ClockTicked(day), source=TICK_SOURCE, id=format_day(day))


def refuse_ticks(envelopes: Sequence[Envelope]) -> None:
    """ValueError if an envelope would stand where only ticks may."""
    if any(envelope.source == TICK_SOURCE for envelope in envelopes):
        raise ValueError(f"{TICK_SOURCE} is the log's own source")


def settle(
    envelopes: Sequence[Envelope],
    *,
    find: Callable[[str, str], Standing | None],
    offset: int,
    recorded: int,
) -> tuple[list[Envelope], list[Receipt]]:
    """Which envelopes are new, in order, numbered from `offset` + 1; and a receipt for each."""
    taken: dict[tuple[str, str], Standing] = {}
    fresh: list[Envelope] = []
    receipts: list[Receipt] = []
    for envelope in envelopes:
        name = (envelope.source, envelope.id)
        first = taken.get(name) or find(*name)
        outcome = Outcome.DUPLICATE
        if first is None:
            outcome = Outcome.ACCEPTED
            fresh.append(envelope)
            first = taken[name] = Standing(envelope.digest, offset + len(fresh), recorded)
        if first.digest != envelope.digest:
            receipts.append(CONFLICTING)
        else:
            receipts.append(Receipt(outcome, position_at(first.offset), first.recorded))
    return fresh, receipts
