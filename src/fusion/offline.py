"""Fusing a file, offline: the same step, store and view as the service's, in memory.

Signals count as recorded at their `time`, equal times in the order of their names, with a tick each
midnight UTC (RULES.md 6, 8). Agencies that no registry names are domestic with ceiling A1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fusion.access.discovery import beholder_of
from fusion.access.reader import Reader, class_of
from fusion.domain.clock import day_of, midnight, parse_moment
from fusion.domain.compiling import Community
from fusion.domain.errors import Conflict, FusionError, Invalid, Unreadable
from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.domain.vocabulary import Vocabulary
from fusion.events.codec import signal_digest, signal_envelope
from fusion.events.envelope import Recorded
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.arriving import arrival_of
from fusion.fusing.following import Told
from fusion.fusing.ground import tick_instant
from fusion.fusing.pointer import Pointer, Sight
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.intake.decode import decode_structured
from fusion.intake.validate import validate
from fusion.projections.store.database import open_database
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.alert_documents import alert_document, explanation_document
from fusion.projections.view.book import Book
from fusion.projections.view.everybody import Everybody
from fusion.projections.view.export import Export, export, link_document
from fusion.projections.view.scene import Scene

# Arrivals worked in together, as the worker does it.
_BATCH = 1_000
_EPOCH = 1
# Better than any that a signal may have: a file has no publisher whose ceiling would lower it.
_NO_CEILING = "A1"
# A file is of the past: none of its times lies ahead of when it is read.
_NO_CLOCK = 1 << 62

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """How to fuse a file. `until` is the last moment that counts (µs), None the last signal's."""

    until: int | None = None
    shuffle: int | None = None
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Fused:
    """A file, fused: the state as it stands in the end, and the alerts as they were told."""

    rules: Rules
    scene: Scene
    telling: Scene
    book: Book
    signals: int
    span: tuple[int, int]

    def export(self, progress: Callable[[int, int], None]) -> Export:
        """The state, whole and canonical."""
        return export(self.scene, progress)

    def links(self, whole: Export) -> Iterator[dict[str, Any]]:
        """The lines of `links.jsonl`."""
        linker = self.rules.linker
        return (link_document(linker, link, whole.profiles) for link in whole.links)

    def share_on(self, slug: str) -> float:
        """For which share of the time, from the first signal to the last, a pattern was on.

        On is where any alert of it stands.
        """
        first, last = self.span
        self.book.following.follow(self.telling.grounds)
        standing: set[str] = set()
        on, since = 0, first
        for entry in (told.entry for told in self.book.following.told):
            if entry.pattern == slug:
                on += entry.at - since if standing else 0
                since = entry.at
                standing -= {entry.alert, entry.replaces or ""}
                standing |= set() if entry.kind == "withdrawn" else {entry.alert}
        on += last - since if standing else 0
        return on / max(1, last - first)

    def alerts(self, progress: Callable[[int, int], None]) -> Iterator[dict[str, Any]]:
        """A line for each version of each alert, in the order of `at`."""
        told = self.told()
        for done, each in enumerate(told, 1):
            yield self.document(each)
            progress(done, len(told))

    def told(self) -> Sequence[Told]:
        """All versions of all alerts, in the order in which they were told."""
        self.book.following.follow(self.telling.grounds)
        return self.book.following.told

    def document(self, told: Told) -> dict[str, Any]:
        """A version as it is served."""
        return alert_document(self.telling, told)

    def explanation(self, told: Told) -> dict[str, Any]:
        """Why a version stands, as it is served."""
        return explanation_document(self.telling, told)


@contextmanager
def fused_file(
    path: Path,
    asked: Asked,
    rules: Rules,
    *,
    community: Community,
    registry: Registry,
    progress: Progress = lambda *_: None,
) -> Iterator[Fused]:
    """A file's signals, fused for the one who asks.

    With `shuffle` they are worked in in a shuffled order; alerts, a matter of recorded time, are
    then told from a store worked in in its order.
    """
    arrivals = read_arrivals(path, community, rules.vocabulary, until=asked.until)
    signals = sum(1 for arrival in arrivals if arrival.type)
    store = _worked_in(_ordered(arrivals, asked.shuffle), community, rules, progress)
    told = store if asked.shuffle is None else _worked_in(arrivals, community, rules, progress)
    knowledge = _knowledge(asked.reader, community)
    book = Book(rules, knowledge)
    try:
        with store.reading(), told.reading():
            yield Fused(
                rules=rules,
                scene=_scene(store, rules, book, community, registry),
                telling=_scene(told, rules, book, community, registry),
                book=book,
                signals=signals,
                span=_span(arrivals),
            )
    finally:
        store.close()
        told.close()


@contextmanager
def fused_arrivals(
    arrivals: Sequence[Arrival],
    rules: Rules,
    *,
    community: Community,
    registry: Registry,
    progress: Progress = lambda *_: None,
) -> Iterator[Callable[[Reader | None], Fused]]:
    """What arrived, worked in once; the function gives it as one reader knows it, None: all."""
    store = _worked_in(arrivals, community, rules, progress)
    signals = sum(1 for arrival in arrivals if arrival.type)

    def known_to(reader: Reader | None) -> Fused:
        book = Book(rules, _knowledge(reader, community))
        scene = _scene(store, rules, book, community, registry)
        return Fused(
            rules=rules,
            scene=scene,
            telling=scene,
            book=book,
            signals=signals,
            span=_span(arrivals),
        )

    try:
        with store.reading():
            yield known_to
    finally:
        store.close()


def pointed_to(fused: Fused, reader: Reader, community: Community, *, until: int) -> list[Pointer]:
    """What a reader was pointed to, up to the tick of a UTC day, in order (RULES 24 to 28)."""
    registry = fused.telling.registry
    sight = Sight(beholder_of(reader, community, registry), registry)
    pointing = Pointing(fused.rules, sight, community.handle_key)
    pointing.follow(fused.telling.grounds, until)
    return [pointer for day in pointing.days for pointer in day.new]


def read_arrivals(
    path: Path, community: Community, vocabulary: Vocabulary, *, until: int | None
) -> list[Arrival]:
    """The signals of a file, and the ticks between them, in the order of history.

    Unreadable, Invalid or Conflict, naming the line, for what can't be taken.
    """
    with path.open("rb") as lines:
        return arrivals_of(lines, path.name, community, vocabulary, until=until)


def arrivals_of(
    lines: Iterable[bytes],
    name: str,
    community: Community,
    vocabulary: Vocabulary,
    *,
    until: int | None = None,
) -> list[Arrival]:
    """The signals of lines, and the ticks between them; `name` is what the lines are called."""
    digests: dict[tuple[str, str], bytes] = {}
    arrivals: list[Arrival] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name} line {number}"
            arrival = _arrival(line, where, community, vocabulary, digests)
            if arrival is not None and (until is None or arrival.at[0] <= until):
                arrivals.append(arrival)
    arrivals.sort(key=lambda arrival: arrival.at)
    return _with_ticks(arrivals, until)


def _arrival(
    line: bytes,
    where: str,
    community: Community,
    vocabulary: Vocabulary,
    digests: dict[tuple[str, str], bytes],
) -> Arrival | None:
    """What a line brings; None for a signal that an earlier line brought."""
    try:
        document = decode_structured(line)
    except FusionError as error:
        raise Unreadable(f"{where}: {error.detail}", faults=error.faults) from None
    found = validate(
        document, publisher=None, community=community, vocabulary=vocabulary, now=_NO_CLOCK
    )
    if isinstance(found, list):
        raise Invalid(f"{where}: {found[0].pointer or '/'}: {found[0].detail}", faults=tuple(found))
    digest = signal_digest(document)
    known = digests.get((found.source, found.id))
    if known is not None:
        if known != digest:
            raise Conflict(f"{where}: another body stands under {found.name}")
        return None
    digests[found.source, found.id] = digest
    envelope = signal_envelope(document, ceiling=_NO_CEILING, publisher="")
    recorded = Recorded(envelope, Position.start(), parse_moment(found.time))
    return arrival_of(recorded, community, epoch=_EPOCH, order=0)


def _span(arrivals: Sequence[Arrival]) -> tuple[int, int]:
    """The first and the last moment of what arrived."""
    return (arrivals[0].at[0], arrivals[-1].at[0]) if arrivals else (0, 0)


def _with_ticks(arrivals: list[Arrival], until: int | None) -> list[Arrival]:
    if not arrivals:
        return []
    first, last = arrivals[0].at[0], until if until is not None else arrivals[-1].at[0]
    ticks = [
        Arrival(at=tick_instant(midnight(day))) for day in range(day_of(first), day_of(last) + 1)
    ]
    return sorted([*arrivals, *ticks], key=lambda arrival: arrival.at)


def _ordered(arrivals: Sequence[Arrival], shuffle: int | None) -> list[Arrival]:
    ordered = list(arrivals)
    if shuffle is not None:
        Random(shuffle).shuffle(ordered)  # noqa: S311 - an order, not a secret
    return ordered


def _scene(
    store: SqlStore, rules: Rules, book: Book, community: Community, registry: Registry
) -> Scene:
    return Scene(store, rules, book.admits, levels=community.levels, registry=registry)


def _worked_in(
    arrivals: Sequence[Arrival], community: Community, rules: Rules, progress: Progress
) -> SqlStore:
    store = SqlStore(open_database(None))
    store.take_over()
    store.keep_community(_EPOCH, community)
    step = Step(store, rules)
    for start in range(0, len(arrivals), _BATCH):
        batch = arrivals[start : start + _BATCH]
        step.work(batch, Position.start().advanced("0", start + len(batch)))
        progress("linking", start + len(batch), len(arrivals))
    return store


def _knowledge(reader: Reader | None, community: Community) -> Knowledge:
    if reader is None:
        return Everybody(level=len(community.levels))
    return class_of(reader, community)
