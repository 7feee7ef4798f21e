"""Signals fused per second and their course, and how long a post takes to reach a stream.

One access class, three mentions a signal, embedded and durable. The bare loop beside it keeps what
the worker has to keep at least: it decodes the same bodies and inserts each signal and its mentions
into SQLite with the same pragmas, by the thousand.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter

import msgspec

from fusion import assembly
from fusion.domain.clock import parse_moment
from fusion.domain.signal import decode_event
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Recorded
from fusion.events.position import Position
from fusion.fusing.arriving import arrival_of
from fusion.fusing.step import Step
from fusion.projections.store.database import open_database
from fusion.projections.store.sql_store import SqlStore
from fusion.settings import Settings
from fusion.simulate.traffic import traffic
from tests.benchmarks.figure import Figure

MENTIONS = 100_000
QUICK_MENTIONS = 900
BATCH = 1_000


def run(*, quick: bool) -> Iterable[Figure]:
    """Fuse to 100,000 mentions beside the bare loop."""
    mentions = QUICK_MENTIONS if quick else MENTIONS
    rules, community, _ = assembly.offline_rules(None, None, Settings())
    documents = traffic(mentions=mentions, seed=1, vocabulary=rules.vocabulary)
    recorded = [_recorded(document) for document in documents]
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(recorded, Path(folder) / "bare.sqlite")
        store = SqlStore(open_database(Path(folder) / "store.sqlite"))
        store.keep_community(1, community)
        step = Step(store, rules)
        seconds = []
        for start in range(0, len(recorded), BATCH):
            began = perf_counter()
            batch = recorded[start : start + BATCH]
            arrivals = [arrival_of(each, community, epoch=1, order=0) for each in batch]
            after = Position.start().advanced("0", start + len(batch))
            step.work([a for a in arrivals if a is not None], after)
            seconds.append(perf_counter() - began)
        store.close()
    yield from _figures(seconds, len(recorded), bare, mentions)


def _recorded(document: dict[str, object]) -> Recorded:
    envelope = signal_envelope(document, ceiling="A1", publisher="bench")
    return Recorded(envelope, Position.start(), parse_moment(str(document["time"])))


def _bare(recorded: list[Recorded], path: Path) -> float:
    """Signals per second of the loop that only decodes and keeps."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE signal (number INTEGER PRIMARY KEY, body BLOB)")
    connection.execute("CREATE TABLE mention (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    began = perf_counter()
    for start in range(0, len(recorded), BATCH):
        connection.execute("BEGIN")
        batch = recorded[start : start + BATCH]
        bodies = [(start + place, each.envelope.body) for place, each in enumerate(batch)]
        connection.executemany("INSERT INTO signal VALUES (?, ?)", bodies)
        connection.executemany("INSERT INTO mention VALUES (?, ?)", list(_mentions(batch)))
        connection.execute("COMMIT")
    spent = perf_counter() - began
    connection.close()
    return len(recorded) / spent


def _mentions(batch: list[Recorded]) -> Iterator[tuple[str, bytes]]:
    for each in batch:
        event = decode_event(each.envelope.body)
        for mention in getattr(event.data, "mentions", ()):
            yield f"{event.name}#{mention.ref}", msgspec.json.encode(mention)


def _figures(seconds: list[float], signals: int, bare: float, mentions: int) -> Iterator[Figure]:
    note = f"to {mentions} mentions, one access class, durable"
    yield Figure("fused", signals / sum(seconds), bare, "signals/s", note)
    quarter = max(1, len(seconds) // 4)
    first = quarter * BATCH / sum(seconds[:quarter])
    last = min(quarter * BATCH, signals) / sum(seconds[-quarter:])
    note = "ours: the last quarter; bare: the first, of the same run"
    yield Figure("fused, course", last, first, "signals/s", note)
    worst = max(seconds) * 1000
    note = "ours: the slowest batch of a thousand; bare: the median one"
    yield Figure("batch", worst, statistics.median(seconds) * 1000, "ms", note)
