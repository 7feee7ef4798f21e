"""Writing to Kafka: durable or not at all, as far as the caller can know, and never for ever.

The producer is idempotent and waits for all copies that the topic asks for. It has no bound on what
it holds, so nothing is handed to it before what was handed before is answered. After any failure it
is thrown away, with what it may still hold: kafka-python loses track of batches that expire unsent
(its #3165), and whoever appends again is safe.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from kafka import KafkaProducer, errors

from fusion.domain.errors import TooLarge, Unavailable
from fusion.events.kafka_cluster import MAX_EVENT_BYTES, Cluster, refusals
from fusion.events.kafka_wire import HEADERS

# Eight times kafka-python's own: an append of a thousand signals is a few requests, not dozens.
_BATCH_BYTES = 128 * 1024
# Nothing waits for company: what is sent together is flushed together.
_LINGER_MS = 1_000
# What Kafka puts around a record.
_ROOM_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be written where; `recorded` in µs is Kafka's own timestamp too."""

    topic: str
    partition: int
    value: bytes
    recorded: int


class KafkaWriter:
    """Writes to one cluster; from any thread, one call at a time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lock = Lock()
        self._is_closed = False
        self._producer: Any = None

    def write(self, messages: Sequence[Message]) -> list[int]:
        """The offset of each record, once all are acknowledged.

        TooLarge where one is beyond what the topics take; then none is written. Unavailable where
        it is not known in time: any of them may be there, or come yet.
        """
        # All or none: a producer would have sent what came before it.
        if any(len(message.value) > MAX_EVENT_BYTES - _ROOM_BYTES for message in messages):
            raise TooLarge(f"an event is larger than {MAX_EVENT_BYTES - _ROOM_BYTES} bytes")
        with self._lock, refusals(self._cluster):
            if self._is_closed:
                raise Unavailable("the log is closed")
            if self._producer is None:
                self._producer = self._fresh()
            try:
                return self._written(messages)
            except BaseException:
                self._discard()
                raise

    def close(self) -> None:
        """Let go of the producer; twice does no harm."""
        with self._lock:
            self._is_closed = True
            self._discard()

    def _written(self, messages: Sequence[Message]) -> list[int]:
        until = time.monotonic() + self._cluster.patience_seconds
        waiting = [
            self._producer.send(
                message.topic,
                value=message.value,
                headers=HEADERS,
                partition=message.partition,
                timestamp_ms=message.recorded // 1_000,
            )
            for message in messages
        ]
        self._producer.flush(timeout=max(0.0, until - time.monotonic()))
        return [self._offset(future, until) for future in waiting]

    def _offset(self, future: Any, until: float) -> int:
        found = future.get(timeout=max(0.0, until - time.monotonic()))
        # Asked beside `get`, which once fell through while the record was pending (#3169).
        if not future.is_done or found is None or found.offset < 0:
            raise errors.KafkaTimeoutError("a record was not acknowledged")
        return int(found.offset)

    def _fresh(self) -> Any:
        patience = int(self._cluster.patience_seconds * 1_000)
        return self._cluster.opened(
            KafkaProducer,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            max_request_size=MAX_EVENT_BYTES,
            max_block_ms=patience,
            request_timeout_ms=patience,
            delivery_timeout_ms=patience + _LINGER_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=0)
        except errors.KafkaError:
            # 3.0.12 gives closing up where something is unsent; once that is dropped, it closes.
            producer._sender.force_close()  # noqa: SLF001 - there is no public way
            producer._sender.join(self._cluster.patience_seconds)  # noqa: SLF001
            producer.close(timeout=self._cluster.patience_seconds)
