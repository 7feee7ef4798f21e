"""Reading Kafka by offset, for any thread: the end of each partition, and records from anywhere.

A window of the records read last is kept for each partition, since whoever follows a log asks again
for what lies just behind its end. A consumer that has something to read and brings nothing for a
while is thrown away and made anew: kafka-python has lost partitions before (its #3106, #3132).
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from threading import Lock
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from fusion.domain.errors import Misused, Unavailable, Unreadable
from fusion.events.kafka_cluster import MAX_EVENT_BYTES, Cluster, refusals
from fusion.events.kafka_wire import Written, read_bytes

# What a window holds before its partition is paused: a few batches of whoever reads. A reader that
# comes back to what it read, or a second one just behind it, finds as much as this again.
WINDOW_RECORDS = 4_000
BEHIND_RECORDS = 2_000
_POLL_RECORDS = 2_000
_POLL_SECONDS = 0.1
_NEXT = attrgetter("next")


@dataclass(frozen=True, slots=True)
class Read:
    """A record and the offset just after it."""

    next: int
    written: Written


@dataclass(slots=True)
class _Window:
    """What lies from `start` to before `end`, where the consumer goes on; read up to `read`."""

    start: int = 0
    end: int = 0
    read: int = 0
    held: list[Read] = field(default_factory=list)
    # Until somebody asks for it, nothing of a partition is brought.
    is_wanted: bool = False
    is_paused: bool = False

    def trim(self) -> None:
        """Let go of what was read, but for the last of it."""
        surplus = bisect_right(self.held, self.read, key=_NEXT) - BEHIND_RECORDS
        if surplus > BEHIND_RECORDS:
            self.start = self.held[surplus - 1].next
            del self.held[:surplus]


class KafkaReader:
    """Reads the partitions that `topics` names; a partition has a name of its own for positions."""

    def __init__(self, cluster: Cluster, topics: Mapping[str, tuple[str, int]]) -> None:
        self._cluster = cluster
        self._partitions = {name: TopicPartition(*where) for name, where in topics.items()}
        self._lock = Lock()
        self._is_closed = False
        self._windows = {name: _Window() for name in self._partitions}
        self._consumer: Any = self._fresh()

    def ends(self) -> dict[str, int]:
        """The offset after the last record of each partition."""
        with self._asking() as consumer:
            found = consumer.end_offsets(list(self._partitions.values()))
        return {name: found[tp] for name, tp in self._partitions.items()}

    def begins(self) -> dict[str, int]:
        """The offset of the first record that each partition still has."""
        with self._asking() as consumer:
            found = consumer.beginning_offsets(list(self._partitions.values()))
        return {name: found[tp] for name, tp in self._partitions.items()}

    def read(self, partition: str, start: int, until: int) -> tuple[list[Read], int]:
        """Records from offset `start` on, none at or beyond `until`, and where to go on.

        At least one step further, though not to `until` at once; Unavailable where Kafka, which has
        them, brings none.
        """
        with self._asking():
            window = self._windows[partition]
            if not window.start <= start <= window.end:
                self._go_to(partition, start)
            window.read, window.is_wanted = start, True
            if start == window.end:
                self._bring(partition)
            low = bisect_right(window.held, start, key=_NEXT)
            high = bisect_right(window.held, until, key=_NEXT)
            return window.held[low:high], min(window.end, until)

    def close(self) -> None:
        """Let go of the consumer; twice does no harm."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._drop()

    def _bring(self, partition: str) -> None:
        """Read on at the end of a window, with one consumer and then with another."""
        if not self._poll(partition):
            self._drop()
            self._consumer = self._fresh()
            if not self._poll(partition):
                self._drop()
                raise Unavailable("kafka has events and brings none")

    def _poll(self, partition: str) -> bool:
        """Whether something came, or at least an offset without a record was passed."""
        window = self._windows[partition]
        before, until = window.end, time.monotonic() + self._cluster.patience_seconds / 2
        while time.monotonic() < until:
            self._let_flow()
            found = self._consumer.poll(int(_POLL_SECONDS * 1_000), max_records=_POLL_RECORDS)
            self._keep(found)
            if window.end > before:
                return True
        return False

    def _keep(self, found: Mapping[TopicPartition, list[Any]]) -> None:
        """Put what came into the windows: all of it, or else the consumer goes back for it."""
        try:
            brought = {tp: [Read(r.offset + 1, _written(r)) for r in found[tp]] for tp in found}
        except BaseException:
            for name, window in self._windows.items():
                self._go_to(name, window.end)
            raise
        for name, tp in self._partitions.items():
            window = self._windows[name]
            window.held += brought.get(tp, ())
            window.end = self._consumer.position(tp)

    def _let_flow(self) -> None:
        """Pause the partitions of which enough is held unread, and resume the others."""
        for name, window in self._windows.items():
            window.trim()
            unread = len(window.held) - bisect_right(window.held, window.read, key=_NEXT)
            is_enough = unread > WINDOW_RECORDS or not window.is_wanted
            if is_enough and not window.is_paused:
                self._consumer.pause(self._partitions[name])
            if window.is_paused and not is_enough:
                self._consumer.resume(self._partitions[name])
            window.is_paused = is_enough

    def _go_to(self, partition: str, offset: int) -> None:
        self._consumer.seek(self._partitions[partition], offset)
        window = self._windows[partition]
        window.start = window.end = window.read = offset
        window.held.clear()

    def _drop(self) -> None:
        """Let go of the consumer; the next who asks makes another."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close(timeout_ms=0)

    def _fresh(self) -> Any:
        with refusals(self._cluster):
            consumer = self._cluster.opened(
                KafkaConsumer,
                enable_auto_commit=False,
                auto_offset_reset="none",
                request_timeout_ms=int(self._cluster.patience_seconds * 1_000),
                fetch_max_wait_ms=int(_POLL_SECONDS * 1_000),
                max_partition_fetch_bytes=MAX_EVENT_BYTES,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            consumer.assign(list(self._partitions.values()))
            # The windows are whole as far as they go; the new one goes on at their ends.
            for name, window in self._windows.items():
                consumer.seek(self._partitions[name], window.end)
                window.is_paused = False
        return consumer

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        with self._lock, refusals(self._cluster):
            if self._is_closed:
                raise Unavailable("the log is closed")
            if self._consumer is None:
                self._consumer = self._fresh()
            yield self._consumer


def _written(record: Any) -> Written:
    """The event of a record; a log with anything else in it is no log of ours any more."""
    try:
        return read_bytes(record.value)
    except Unreadable as error:
        where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        raise Misused(f"{where} holds {error.detail}") from error
