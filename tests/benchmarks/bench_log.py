"""How near the log comes to bare SQLite: the same bytes, columns, index and pragmas, the same run.

Each path is measured in alternating rounds, ours and the bare loop, and the median of each is kept.
`python -m tests.benchmarks log` prints the rates and their ratios.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from fusion.domain.clock import WallClock
from fusion.domain.signal import SUBMITTED
from fusion.events.catalog import SignalSubmitted
from fusion.events.codec import decode, signal_envelope
from fusion.events.envelope import Envelope
from fusion.events.group_commit import GroupCommit
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from tests.benchmarks.figure import Figure

Measure = Callable[[Path, list[Envelope]], float]

ROUNDS = 5
SIGNALS = 30_000
BATCH = 1_000
WRITERS = 64
GROUPED = 6_400
SINGLE = 1_000

_CREATE = """CREATE TABLE events (number INTEGER PRIMARY KEY, recorded INTEGER NOT NULL,
    type TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
    digest BLOB NOT NULL, key_id TEXT, body BLOB NOT NULL) STRICT"""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def run(*, quick: bool) -> Iterator[Figure]:
    """Append and replay, each beside raw SQLite; rates in signals a second."""
    signals, grouped, single = (BATCH, WRITERS, WRITERS) if quick else (SIGNALS, GROUPED, SINGLE)
    envelopes = [_signal(number) for number in range(signals)]
    note = f"bodies of {len(envelopes[0].body)} bytes"
    paths: list[tuple[str, Measure, Measure, int, str]] = [
        ("append, batches of 1,000", _append, _bare_append(BATCH), signals, note),
        (
            "append one by one, 64 writers",
            _grouped,
            _bare_append(WRITERS),
            grouped,
            "group commit / bare batches of 64",
        ),
        (
            "append one by one, 64 writers",
            _grouped,
            _bare_append(1),
            single,
            "group commit / bare commit for each",
        ),
        ("read in pages of 1,000", _read, _bare_read, signals, note),
        ("replay: read and decode", _replay, _bare_replay, signals, note),
    ]
    for name, ours, bare, count, remark in paths:
        rates = _medians(ours, bare, envelopes[:count], rounds=1 if quick else ROUNDS)
        yield Figure(name, *rates, "signals/s", remark)


def _medians(
    ours: Measure, bare: Measure, envelopes: list[Envelope], *, rounds: int
) -> tuple[float, float]:
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for measure, kept in zip((ours, bare), rates, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                seconds = measure(Path(folder) / "log.db", envelopes)
            kept.append(len(envelopes) / seconds)
    return statistics.median(rates[0]), statistics.median(rates[1])


def _append(path: Path, envelopes: list[Envelope]) -> float:
    with closing(SqliteLog(path, WallClock())) as log:
        start = time.perf_counter()
        for first in range(0, len(envelopes), BATCH):
            log.append(envelopes[first : first + BATCH])
        return time.perf_counter() - start


def _bare_append(batch: int) -> Measure:
    def append(path: Path, envelopes: list[Envelope]) -> float:
        rows = [
            (number, 0, e.type, e.version, e.source, e.id, e.digest, e.key_id, e.body)
            for number, e in enumerate(envelopes, 1)
        ]
        with _bare(path) as connection:
            start = time.perf_counter()
            for first in range(0, len(rows), batch):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(_INSERT, rows[first : first + batch])
                connection.execute("COMMIT")
            return time.perf_counter() - start

    return append


def _grouped(path: Path, envelopes: list[Envelope]) -> float:
    async def write(commits: GroupCommit, mine: list[Envelope]) -> None:
        for envelope in mine:
            await commits.submit([envelope])

    async def all_write(log: SqliteLog) -> float:
        commits = GroupCommit(log)
        start = time.perf_counter()
        await asyncio.gather(*(write(commits, envelopes[n::WRITERS]) for n in range(WRITERS)))
        seconds = time.perf_counter() - start
        await commits.close()
        return seconds

    with closing(SqliteLog(path, WallClock())) as log:
        return asyncio.run(all_write(log))


def _read(path: Path, envelopes: list[Envelope]) -> float:
    return _timed_reading(path, envelopes, lambda event: event)


def _replay(path: Path, envelopes: list[Envelope]) -> float:
    return _timed_reading(path, envelopes, decode)


def _timed_reading(path: Path, envelopes: list[Envelope], use: Callable[..., object]) -> float:
    with closing(SqliteLog(path, WallClock())) as log:
        log.append(envelopes)
        start = time.perf_counter()
        position = Position.start()
        while page := log.read(position, BATCH):
            for event in page:
                use(event)
            position = page[-1].position
        return time.perf_counter() - start


def _bare_read(path: Path, envelopes: list[Envelope]) -> float:
    return _timed_bare_reading(path, envelopes, lambda body: body)


def _bare_replay(path: Path, envelopes: list[Envelope]) -> float:
    return _timed_bare_reading(path, envelopes, msgspec.json.Decoder(SignalSubmitted).decode)


def _timed_bare_reading(path: Path, envelopes: list[Envelope], use: Callable[..., object]) -> float:
    _bare_append(BATCH)(path, envelopes)
    with closing(sqlite3.connect(path)) as connection:
        start = time.perf_counter()
        number = 0
        query = "SELECT * FROM events WHERE number > ? ORDER BY number LIMIT ?"
        while page := connection.execute(query, (number, BATCH)).fetchall():
            for row in page:
                use(row[8])
            number = page[-1][0]
        return time.perf_counter() - start


@contextmanager
def _bare(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_CREATE)
        connection.execute("CREATE UNIQUE INDEX events_name ON events (source, id)")
        yield connection


def _signal(number: int) -> Envelope:
    """A signal of an ordinary size: three mentions, an activity, a relation."""
    document = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": f"/agency-{number % 5}/office-{number % 11}",
        "id": f"R-{number:07d}",
        "time": "2001-07-10T00:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "summary": f"Report {number}: a subject asked about lessons",
            "observed": {"from": "2001-07-01", "to": "2001-07-10"},
            "marking": {"level": "SECRET", "releasable_to": ["agency-1"], "discovery": "agencies"},
            "grading": {"source": "B", "information": 3},
            "mentions": [
                {"ref": "m1", "schema": "Person", "properties": {"name": [f"Name {number}"]}},
                {"ref": "m2", "schema": "Organization", "properties": {"name": ["A school"]}},
                {"ref": "m3", "schema": "Address", "properties": {"state": ["Arizona"]}},
            ],
            "relations": [{"schema": "UnknownLink", "from": "m1", "to": "m2"}],
            "activities": [{"code": "acquisition-of-expertise", "subjects": ["m1"]}],
            "topics": ["aviation"],
        },
    }
    return signal_envelope(document, ceiling="B2", publisher=f"agency-{number % 5}")
