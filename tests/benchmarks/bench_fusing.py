"""Signals fused per second and their course, for one access class and for fifty that look on.

Three mentions a signal, validated when they are compiled, embedded and durable. The bare loop takes
turns with ours on the same bytes, batch by batch, and keeps what the worker has to keep at least:
it decodes the bodies and inserts each signal and its mentions into SQLite with the same pragmas.
Rates are per second of this process's own processor time, since machines are shared.

Each course runs in a process of its own, as a worker does: its memory is its own, and its garbage
is collected batch by batch.
"""

from __future__ import annotations

import multiprocessing
import resource
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations, islice
from pathlib import Path
from time import process_time
from typing import Any

import msgspec

from fusion import assembly
from fusion.domain.clock import parse_moment
from fusion.domain.compiling import DEFAULT_LEVELS, Community
from fusion.domain.marking import DOMESTIC, Knowledge
from fusion.domain.signal import decode_event
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Recorded
from fusion.events.position import Position
from fusion.fusing.arriving import arrival_of
from fusion.fusing.following import Following
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.projections.store.database import open_database
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore
from fusion.settings import Settings
from fusion.simulate.traffic import traffic
from fusion.worker.collecting import collect_by_batch, settle
from tests.benchmarks.figure import Figure

MENTIONS = 100_000
QUICK_MENTIONS = 900
BATCH = 1_000
CLASSES = 50

_KIBIBYTE = 1024
_COMPARTMENTS = ("ALDER", "BIRCH", "CEDAR", "DOGWOOD")
_EACH_WAY = [set(some) for size in range(5) for some in combinations(_COMPARTMENTS, size)]


@dataclass
class Course:
    """Seconds of processor time a batch, ours and the bare loop's, and what was held and told."""

    signals: int = 0
    fused: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    mebibytes: float = 0.0
    told: int = 0


def run(*, quick: bool) -> Iterable[Figure]:
    """Fuse to 100,000 mentions beside the bare loop, twice."""
    mentions = QUICK_MENTIONS if quick else MENTIONS
    yield from _figures("fused", _apart(mentions, 0), f"to {mentions:,} mentions, one access class")
    course = _apart(mentions, CLASSES)
    says = f"to {mentions:,} mentions, {CLASSES} access classes look on ({course.told:,} tellings)"
    yield from _figures(f"fused for {CLASSES}", course, says)


def _apart(mentions: int, classes: int) -> Course:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(course_of, mentions, classes).result()


def course_of(mentions: int, classes: int) -> Course:
    """Fuse traffic to so many mentions; so many classes of readers follow after each batch."""
    collect_by_batch()
    rules, community, _ = assembly.offline_rules(None, None, Settings())
    course = Course()
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare_store(Path(folder) / "bare.sqlite")
        store = SqlStore(open_database(Path(folder) / "store.sqlite"))
        store.take_over()
        store.keep_community(1, community)
        fusing = Fusing(store, rules, community, classes)
        for batch in batches(mentions, rules, is_marked=classes > 0):
            began = process_time()
            _keep_bare(bare, batch, course.signals)
            turned = process_time()
            fusing.work(batch)
            settle()
            course.bare.append(turned - began)
            course.fused.append(process_time() - turned)
            course.signals += len(batch)
            print(f"  {course.signals:,} signals", file=sys.stderr, end="\r", flush=True)
        course.told = sum(len(following.told) for following in fusing.followings)
        store.close()
        bare.close()
    course.mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTE
    return course


class Fusing:
    """The worker's step, and the streams of some classes that are open all the while."""

    def __init__(self, store: SqlStore, rules: Rules, community: Community, classes: int) -> None:
        self._community, self._step, self._offset = community, Step(store, rules), 0
        self._store, self._grounds = store, GroundReader(store, rules)
        readers = islice(_readers(), classes)
        self.followings = [Following(rules, reader.admits) for reader in readers]

    def work(self, batch: list[Recorded]) -> None:
        arrivals = [arrival_of(each, self._community, epoch=1, order=0) for each in batch]
        self._offset += len(batch)
        after = Position.start().advanced("0", self._offset)
        self._step.work([arrival for arrival in arrivals if arrival is not None], after)
        with self._store.reading():
            for following in self.followings:
                following.follow(self._grounds)


def _readers() -> Iterator[Knowledge]:
    """Readers of every level, with every set of compartments: no two may know the same."""
    for compartments in _EACH_WAY:
        for level in range(len(DEFAULT_LEVELS)):
            yield Knowledge(level, frozenset(compartments), frozenset({DOMESTIC}))


def batches(mentions: int, rules: Rules, *, is_marked: bool) -> Iterator[list[Recorded]]:
    documents = traffic(mentions=mentions, seed=1, vocabulary=rules.vocabulary)
    numbered = enumerate(documents)
    while batch := list(islice(numbered, BATCH)):
        yield [_recorded(_marked(d, number) if is_marked else d) for number, d in batch]


def _marked(document: dict[str, Any], number: int) -> dict[str, Any]:
    """The document under one of many markings: half of all is open, a quarter in compartments."""
    level = DEFAULT_LEVELS[(0, 0, 0, 0, 0, 1, 1, 1, 2, 3)[number % 10]]
    held = _EACH_WAY[number // 10 % len(_EACH_WAY)] if number % 4 == 0 else set()
    marking = {"level": level, "compartments": sorted(held), "releasable_to": ["*"]}
    return {**document, "data": {**document["data"], "marking": marking}}


def _recorded(document: dict[str, Any]) -> Recorded:
    envelope = signal_envelope(document, ceiling="A1", publisher="bench")
    return Recorded(envelope, Position.start(), parse_moment(str(document["time"])))


def _bare_store(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE signal (number INTEGER PRIMARY KEY, body BLOB)")
    connection.execute("CREATE TABLE mention (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    return connection


def _keep_bare(connection: sqlite3.Connection, batch: list[Recorded], start: int) -> None:
    """The loop that only decodes and keeps."""
    connection.execute("BEGIN")
    bodies = [(start + place, each.envelope.body) for place, each in enumerate(batch)]
    connection.executemany("INSERT INTO signal VALUES (?, ?)", bodies)
    connection.executemany("INSERT INTO mention VALUES (?, ?)", list(_mentions(batch)))
    connection.execute("COMMIT")


def _mentions(batch: list[Recorded]) -> Iterator[tuple[str, bytes]]:
    for each in batch:
        event = decode_event(each.envelope.body)
        for mention in getattr(event.data, "mentions", ()):
            yield f"{event.name}#{mention.ref}", msgspec.json.encode(mention)


def _figures(name: str, course: Course, says: str) -> Iterator[Figure]:
    rate, bare = course.signals / sum(course.fused), course.signals / sum(course.bare)
    yield Figure(name, rate, bare, "signals/s", f"{says}, durable")
    quarter = max(1, len(course.fused) // 4)
    for place in range(4 if len(course.fused) >= 4 else 1):
        ours = course.fused[place * quarter : (place + 1) * quarter]
        theirs = course.bare[place * quarter : (place + 1) * quarter]
        signals = min(quarter * BATCH, course.signals)
        note = f"quarter {place + 1} of the course"
        yield Figure(
            f"{name}, quarter {place + 1}",
            signals / sum(ours),
            signals / sum(theirs),
            "signals/s",
            note,
        )
    worst, median = max(course.fused) * 1000, statistics.median(course.fused) * 1000
    note = "ours: the slowest batch of a thousand; bare: the median one"
    yield Figure(f"{name}, batch", worst, median, "ms", note)
    note = "the most that was resident; nothing bare, since the bare loop was in the same process"
    yield Figure(f"{name}, memory", course.mebibytes, None, "MiB", note)
