"""A log in memory: for tests, for offline fusion, and as the plainest reading of the port.

It keeps every promise of the port but durability: it is gone with its process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from fusion.domain.clock import Clock, midnight
from fusion.events.envelope import Envelope, Recorded
from fusion.events.log import Outcome, Receipt
from fusion.events.position import Position
from fusion.events.sequence import (
    Standing,
    days_due,
    lag_after,
    limited,
    offset_at,
    position_at,
    refuse_ticks,
    settle,
    tick_of,
)


class MemoryLog:
    """An `EventLog` that is a list."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._events: list[Recorded] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        refuse_ticks(envelopes)
        with self._lock:
            now = self._now()
            due = self._due(now)
            fresh, receipts = settle(
                envelopes, find=self._standing, offset=len(self._events) + len(due), recorded=now
            )
            if fresh:
                self._tick(due)
                for envelope in fresh:
                    self._add(envelope, now)
            return receipts

    def purge(self, order: Envelope, rest: Envelope) -> Receipt:
        with self._lock:
            number = self._numbers.get((rest.source, rest.id))
            if number is None:
                raise LookupError(f"no event {rest.source}/{rest.id}")
            now = self._now()
            due = self._due(now)
            fresh, (receipt,) = settle(
                [order], find=self._standing, offset=len(self._events) + len(due), recorded=now
            )
            if receipt.outcome is not Outcome.CONFLICT:
                self._events[number - 1] = replace(self._events[number - 1], envelope=rest)
            if fresh:
                self._tick(due)
                self._add(order, now)
            return receipt

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        start, limit = offset_at(after), limited(after, limit, until)
        with self._lock:
            return self._events[start : start + limit]

    def lag(self, after: Position) -> dict[str, int]:
        with self._lock:
            return lag_after(after, len(self._events))

    def head(self) -> Position:
        with self._lock:
            return position_at(len(self._events))

    def find(self, source: str, id: str) -> Recorded | None:
        with self._lock:
            number = self._numbers.get((source, id))
            return None if number is None else self._events[number - 1]

    def tick(self) -> bool:
        with self._lock:
            due = self._due(self._now())
            self._tick(due)
            return len(due) > 0

    def close(self) -> None:
        """Nothing is held open."""

    def _last(self) -> int | None:
        return self._events[-1].recorded if self._events else None

    def _now(self) -> int:
        last = self._last()
        now = self._clock.now()
        return now if last is None else max(last, now)

    def _due(self, now: int) -> range:
        return days_due(self._last(), now)

    def _tick(self, due: range) -> None:
        for day in due:
            self._add(tick_of(day), midnight(day))

    def _add(self, envelope: Envelope, recorded: int) -> None:
        number = len(self._events) + 1
        self._events.append(Recorded(envelope, position_at(number), recorded))
        self._numbers[envelope.source, envelope.id] = number

    def _standing(self, source: str, id: str) -> Standing | None:
        number = self._numbers.get((source, id))
        if number is None:
            return None
        event = self._events[number - 1]
        return Standing(event.envelope.digest, number, event.recorded)
