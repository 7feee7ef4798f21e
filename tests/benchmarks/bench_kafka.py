"""How near the log in Kafka comes to bare kafka-python: the same bytes, topics and options.

One real broker beside the clients, alone, so that it flushes what it acknowledges. Rates are for a
second of the client's own processor time: a machine that does other work says little of waits.
Ours and the bare loop take turns; the median of each is kept. `python -m tests.benchmarks kafka`.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from fusion.domain.clock import WallClock
from fusion.domain.signal import SUBMITTED
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Envelope
from fusion.events.kafka_cluster import MAX_EVENT_BYTES, Cluster
from fusion.events.kafka_log import KafkaLog
from fusion.events.kafka_topics import prepare_topics
from fusion.events.kafka_wire import HEADERS, Written, read_bytes, written_bytes
from fusion.events.position import Position
from tests.benchmarks.figure import Absent, Figure
from tests.broker import Broker, Unfetched, session_folder, shared_broker

ROUNDS = 3
SIGNALS = 20_000
BATCH = 1_000
PARTITIONS = 4

# Takes a new log, or the bare loop's topics, and the signals; how long the measured part took.
Measure = Callable[[Cluster, list[Envelope]], float]


def run(*, quick: bool) -> Iterator[Figure]:
    """Append and read, each beside bare kafka-python; rates in signals a second."""
    signals = [_signal(number) for number in range(2 * BATCH if quick else SIGNALS)]
    note = f"bodies of {len(signals[0].body)} bytes, one broker"
    paths: list[tuple[str, Measure, Measure, str]] = [
        ("append to Kafka, batches of 1,000", _append, _bare_append, f"each flushed; {note}"),
        ("read from Kafka in pages of 1,000", _read, _bare_read, f"as events / decoded; {note}"),
    ]
    try:
        with shared_broker(session_folder()) as broker:
            for name, ours, bare, remark in paths:
                rates = _medians(broker, ours, bare, signals, rounds=1 if quick else ROUNDS)
                yield Figure(name, *rates, "signals/s", remark)
    except Unfetched as why:
        raise Absent(str(why)) from why


_numbers = count()


def _medians(
    broker: Broker, ours: Measure, bare: Measure, signals: list[Envelope], *, rounds: int
) -> tuple[float, float]:
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for measure, kept in zip((ours, bare), rates, strict=True):
            prefix = f"bench-{time.time_ns()}-{next(_numbers)}"
            cluster = Cluster((broker.plain,), prefix, partitions=PARTITIONS)
            kept.append(len(signals) / measure(cluster, signals))
    return statistics.median(rates[0]), statistics.median(rates[1])


def _append(cluster: Cluster, signals: list[Envelope]) -> float:
    with tempfile.TemporaryDirectory() as folder, closing(_log(cluster, folder)) as log:
        # The first of a process opens its connections, here and there.
        log.append([_signal(-1)])
        start = time.process_time()
        for first in range(0, len(signals), BATCH):
            log.append(signals[first : first + BATCH])
        return time.process_time() - start


def _bare_append(cluster: Cluster, signals: list[Envelope]) -> float:
    prepare_topics(cluster)
    values = [_value(signal) for signal in signals]
    with closing(_producer(cluster)) as producer:
        producer.send(cluster.signals, value=_value(_signal(-1)), headers=HEADERS, partition=0)
        producer.flush(timeout=60)
        start = time.process_time()
        for first in range(0, len(values), BATCH):
            sent = [
                producer.send(
                    cluster.signals, value=value, headers=HEADERS, partition=number % PARTITIONS
                )
                for number, value in enumerate(values[first : first + BATCH])
            ]
            producer.flush(timeout=60)
            assert all(each.succeeded() for each in sent)
        return time.process_time() - start


def _read(cluster: Cluster, signals: list[Envelope]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        with closing(_log(cluster, folder)) as log:
            log.append(signals)
        # Opened anew: nothing of it is in a window.
        with closing(_log(cluster, folder)) as log:
            start, found, position = time.process_time(), 0, Position.start()
            while page := log.read(position, BATCH):
                found += len(page)
                position = page[-1].position
            seconds = time.process_time() - start
    # The day's tick too.
    assert found == len(signals) + 1
    return seconds


def _bare_read(cluster: Cluster, signals: list[Envelope]) -> float:
    _bare_append(cluster, signals)
    consumer = KafkaConsumer(
        **cluster.options(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_EVENT_BYTES,
        metrics_enabled=False,
    )
    with closing(consumer):
        consumer.assign([TopicPartition(cluster.signals, part) for part in range(PARTITIONS)])
        start, found = time.process_time(), 0
        while found <= len(signals):
            for records in consumer.poll(1_000, max_records=BATCH).values():
                for record in records:
                    read_bytes(record.value)
                    found += 1
        return time.process_time() - start


def _log(cluster: Cluster, folder: str) -> KafkaLog:
    return KafkaLog(cluster, Path(folder) / "index", WallClock())


def _producer(cluster: Cluster) -> KafkaProducer:
    return KafkaProducer(
        **cluster.options(),
        compression_type="lz4",
        linger_ms=1_000,
        batch_size=128 * 1024,
        metrics_enabled=False,
    )


def _value(envelope: Envelope) -> bytes:
    return written_bytes(Written(envelope, 1_700_000_000_000_000, 1))


def _signal(number: int) -> Envelope:
    document = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": f"/fbi/office-{number % 40}",
        "id": f"EC-{number:08}",
        "time": "2001-07-10T00:00:00Z",
        "data": {
            "summary": "Possibly a coordinated effort to send students to aviation schools",
            "marking": {"level": "SECRET", "releasable_to": ["cia"]},
            "mentions": [{"ref": "m1", "schema": "Person", "properties": {"name": ["N. N."]}}],
        },
    }
    return signal_envelope(document, ceiling="A1", publisher="one")
