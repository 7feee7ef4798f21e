"""Apache Kafka as the log: signals by their source over partitions, all that needs order in one.

Kafka alone holds what happened, and acknowledges what `append` returns. What it lacks follows from
what it holds (`kafka_index`): of several bodies under one name the first in its partition stands,
and whoever wrote looks, after the write, whose that is. So competing processes end alike without
asking one another. Each event carries the control offset that its writer had read, ticks included,
and no reader is given it before that.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from zlib import crc32

from fusion.domain.clock import Clock, midnight
from fusion.domain.errors import Misused
from fusion.events.catalog import SIGNALS
from fusion.events.envelope import Envelope, Recorded
from fusion.events.kafka_cluster import Cluster
from fusion.events.kafka_form import FORM_SOURCE, require_form
from fusion.events.kafka_index import Entry, KafkaIndex, Place, Reached
from fusion.events.kafka_reader import KafkaReader
from fusion.events.kafka_topics import prepare_topics
from fusion.events.kafka_wire import Written, written_bytes
from fusion.events.kafka_writer import KafkaWriter, Message
from fusion.events.log import CONFLICTING, Outcome, Receipt
from fusion.events.position import Position
from fusion.events.sequence import days_due, refuse_ticks, tick_of

# Signals are spread over partitions by their source; everything else stands in one order.
CONTROL = "control"
_NOTHING = Reached()
_Name = tuple[str, str]
# What stands next in a partition: when, the partition's rank and name, the offset after it, itself.
_Next = tuple[int, int, str, int, Written]


class KafkaLog:
    """An `EventLog` in a cluster's topics, with its index in the file at `path`.

    Misused where the topics would lose events or hold something else; Unavailable where Kafka does
    not answer.
    """

    def __init__(self, cluster: Cluster, path: Path, clock: Clock) -> None:
        self._cluster, self._clock = cluster, clock
        count = prepare_topics(cluster)
        self._signals = [f"signals-{number}" for number in range(count)]
        self._topics = {CONTROL: (cluster.control, 0)} | {
            name: (cluster.signals, number) for number, name in enumerate(self._signals)
        }
        # Rank settles what was recorded at one moment: control first.
        self._ranks = {name: rank for rank, name in enumerate(self._topics)}
        self._write_lock = Lock()
        self._writer = KafkaWriter(cluster)
        self._reader = KafkaReader(cluster, self._topics)
        try:
            log_id = require_form(cluster, self._reader, self._writer, self._topics)
            self._index = KafkaIndex(path, log_id)
            self._catch_up()
        except BaseException:
            self._reader.close()
            self._writer.close()
            raise

    # --- the port

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        refuse_ticks(envelopes)
        if not envelopes:
            return []
        with self._write_lock:
            names = [(envelope.source, envelope.id) for envelope in envelopes]
            known = self._index.places(names)
            fresh: dict[_Name, Envelope] = {}
            for name, envelope in zip(names, envelopes, strict=True):
                if name not in known:
                    fresh.setdefault(name, envelope)
            written: dict[_Name, Place] = {}
            if fresh:
                now = self._now()
                self._tick(now)
                written, contested = self._write(list(fresh.values()), now)
                known |= written | self._index.places(contested)
        return _receipts(envelopes, known, written)

    def purge(self, order: Envelope, rest: Envelope) -> Receipt:
        """Always Misused: Kafka adds to its files, and lets only whole ones go."""
        raise Misused(
            f"{rest.source}/{rest.id} can't be erased from Kafka: {order.type} is refused"
        )

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        if limit < 1:
            raise ValueError(f"a limit of {limit} reads nothing")
        starts = self._offsets(after)
        ends = self._ends(until)
        if not self._has_between(starts, ends):
            self._catch_up()
            ends = self._ends(until)
        merged = heapq.merge(
            *(
                self._standing(name, starts.get(name, 0), end, limit)
                for name, end in ends.items()
                if starts.get(name, 0) < end
            )
        )
        return list(self._positioned(after, islice(merged, limit)))

    def head(self) -> Position:
        self._catch_up()
        position = Position.start()
        for name, reached in self._index.reached().items():
            position = position.advanced(name, reached.last)
        return position

    def lag(self, after: Position) -> dict[str, int]:
        starts, head = self._offsets(after), dict(self.head().components)
        return {name: max(0, head.get(name, 0) - starts.get(name, 0)) for name in self._topics}

    def find(self, source: str, id: str) -> Recorded | None:
        self._catch_up()
        place = self._index.places([(source, id)]).get((source, id))
        if place is None:
            return None
        start = place.next - 1
        ((recorded, _, name, next_, written),) = self._standing(
            place.partition, start, place.next, 1
        )
        return _recorded(written, recorded, Position(((name, next_),)), name, next_)

    def tick(self) -> bool:
        with self._write_lock:
            return self._tick(self._now())

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
        self._index.close()

    # --- writing

    def _now(self) -> int:
        """The moment to record at: the clock's, or the last recorded one that is known of."""
        known = [r.recorded for r in self._index.reached().values() if r.recorded is not None]
        return max([self._clock.now(), *known])

    def _tick(self, now: int) -> bool:
        """Message the ticks that are due at `now`; whether there were any."""
        if not self._due(now):
            return False
        # Another process may have recorded them.
        self._bring(CONTROL, self._reader.ends()[CONTROL])
        due = self._due(now)
        for day in due:
            self._write([tick_of(day)], midnight(day))
        return len(due) > 0

    def _due(self, now: int) -> range:
        """The days whose ticks are missing: whatever stands in control follows that of its day."""
        return days_due(self._index.reached().get(CONTROL, _NOTHING).recorded, now)

    def _write(
        self, envelopes: Sequence[Envelope], now: int
    ) -> tuple[dict[_Name, Place], list[_Name]]:
        """Write all, and take them into the index.

        Where each was written, and which of them may not stand there, or not at that moment.
        """
        under = self._index.reached().get(CONTROL, _NOTHING).next
        partitions = [self._partition_of(envelope) for envelope in envelopes]
        messages = [
            Message(*self._topics[name], written_bytes(Written(envelope, now, under)), now)
            for name, envelope in zip(partitions, envelopes, strict=True)
        ]
        offsets = self._writer.write(messages)
        found: dict[_Name, Place] = {}
        entries: dict[str, list[Entry]] = {}
        for name, envelope, offset in zip(partitions, envelopes, offsets, strict=True):
            key = (envelope.source, envelope.id)
            found[key] = Place(name, offset + 1, now, envelope.digest)
            entries.setdefault(name, []).append(_entry(envelope, now, offset + 1))
        contested: list[_Name] = []
        for name, taken in entries.items():
            if not self._stand(name, taken):
                contested += [entry.name for entry in taken]
        return found, contested

    def _stand(self, name: str, entries: list[Entry]) -> bool:
        """Take in what this process wrote: from memory, and true, where nobody was in between."""
        start, next_ = entries[0].next - 1, entries[-1].next
        is_whole = [entry.next for entry in entries] == list(range(start + 1, next_ + 1))
        amended = self._index.take(name, start, entries, next_) if is_whole else None
        if amended is None:
            self._bring(name, next_)
        return amended == 0

    def _partition_of(self, envelope: Envelope) -> str:
        if envelope.type not in SIGNALS:
            return CONTROL
        return self._signals[crc32(envelope.source.encode()) % len(self._signals)]

    # --- the index

    def _catch_up(self) -> None:
        """Take in all that the topics hold now."""
        for name, end in self._reader.ends().items():
            self._bring(name, end)

    def _bring(self, name: str, end: int) -> None:
        """Take in a partition up to an offset, and first the control that its events go by."""
        while (start := self._index.reached().get(name, _NOTHING).next) < end:
            found, next_ = self._reader.read(name, start, end)
            under = max((read.written.under for read in found), default=0)
            if name != CONTROL:
                self._bring(CONTROL, under)
            entries = [
                _entry(read.written.envelope, read.written.recorded, read.next)
                for read in found
                if read.written.envelope.source != FORM_SOURCE
            ]
            # Another process may have been faster: then the loop looks where it stands now.
            self._index.take(name, start, entries, next_)

    # --- reading

    def _offsets(self, position: Position) -> dict[str, int]:
        offsets = dict(position.components)
        if not offsets.keys() <= self._topics.keys():
            raise Misused("the position belongs to another log")
        return offsets

    def _ends(self, until: Position | None) -> dict[str, int]:
        """Up to where each partition may be read: as far as it is known, and asked for."""
        ends = {name: reached.last for name, reached in self._index.reached().items()}
        if until is None:
            return ends
        limits = self._offsets(until)
        return {name: min(end, limits.get(name, 0)) for name, end in ends.items()}

    def _has_between(self, starts: dict[str, int], ends: dict[str, int]) -> bool:
        return any(starts.get(name, 0) < end for name, end in ends.items())

    def _standing(self, name: str, start: int, end: int, limit: int) -> Iterator[_Next]:
        """The events of a partition that stand, in order, with the time at which they do."""
        rank = self._ranks[name]
        while start < end:
            found, next_ = self._reader.read(name, start, min(end, start + limit))
            amended = self._index.amended(name, start, next_)
            for read in found:
                recorded = amended.get(read.next, read.written.recorded)
                if recorded is not None and read.written.envelope.source != FORM_SOURCE:
                    yield recorded, rank, name, read.next, read.written
            start = next_

    def _positioned(self, after: Position, events: Iterator[_Next]) -> Iterator[Recorded]:
        # As `Position.advanced`, for partitions and offsets that are known to be right.
        components = dict(after.components)
        for recorded, _, name, next_, written in events:
            components[name] = next_
            position = Position(tuple(sorted(components.items())))
            yield _recorded(written, recorded, position, name, next_)


def _recorded(
    written: Written, recorded: int, position: Position, name: str, next_: int
) -> Recorded:
    own = Position(((name, next_),))
    under = Position(((CONTROL, written.under),)) if written.under else Position.start()
    return Recorded(written.envelope, position, recorded, own, None if name == CONTROL else under)


def _entry(envelope: Envelope, recorded: int, next_: int) -> Entry:
    return Entry(next_, recorded, (envelope.source, envelope.id), envelope.digest)


def _receipts(
    envelopes: Sequence[Envelope], standing: dict[_Name, Place], written: dict[_Name, Place]
) -> list[Receipt]:
    """What became of each: the first of a name that this call wrote is accepted if it stands."""
    receipts = []
    for envelope in envelopes:
        name = (envelope.source, envelope.id)
        place, own = standing[name], written.pop(name, None)
        if place.digest != envelope.digest:
            receipts.append(CONFLICTING)
            continue
        is_own = own is not None and (own.partition, own.next) == (place.partition, place.next)
        outcome = Outcome.ACCEPTED if is_own else Outcome.DUPLICATE
        at = Position(((place.partition, place.next),))
        receipts.append(Receipt(outcome, at, place.recorded))
    return receipts
