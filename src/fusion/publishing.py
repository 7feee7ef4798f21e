"""Publishing patterns: what a change would raise, withdraw and weigh otherwise, before it is made.

The change is tried on a copy of the live store, brought up to the log's end by a worker of its own,
with the very events that would be appended. The service goes on meanwhile and notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion.access.reader import classes_of
from fusion.assembly import clock_of, published_rules, reading_log
from fusion.domain.clock import day_of, midnight
from fusion.domain.errors import Misused
from fusion.domain.marking import Knowledge
from fusion.events.log import EventLog
from fusion.events.sqlite_copy import copy_database
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import Instant, instant_of, tick_instant
from fusion.fusing.step import Step
from fusion.intake.administer import LIBRARY_SOURCE
from fusion.intake.libraries import Change, Libraries
from fusion.patterns.loader import load_pattern, pattern_files, read_document
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.files import StoreFiles
from fusion.projections.store.opened import opened_store
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.everybody import EVERYBODY, Everybody
from fusion.projections.view.preview import Moved, Preview
from fusion.settings import Settings
from fusion.vocabulary.loaded import load_vocabulary
from fusion.worker.loop import Worker

# What is going on, how much of it is done, of how much.
Progress = Callable[[str, int, int], None]
COPY = "store.previewed.sqlite"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a publication would do: to patterns, and by class of readers to alerts.

    `after` is how many publications the log held when that was found.
    """

    changes: Sequence[Change]
    moved: Mapping[str, Sequence[Moved]]
    after: int


def library_in(folder: Path | None) -> tuple[dict[str, Any], ...]:
    """The documents of a folder's patterns, of the shipped library's where none is given."""
    return tuple(read_document(path) for path in pattern_files(folder))


def foresee(
    data: Path,
    patterns: Sequence[dict[str, Any]],
    settings: Settings,
    progress: Progress,
    readers: Sequence[str] = (),
) -> Foreseen:
    """What publishing these patterns now would do, for everybody and for these readers.

    One at a time on a directory. Misused where a changed pattern has no version of its own.
    """
    with reading_log(data, settings) as log:
        libraries = Libraries()
        libraries.follow(log)
        changes = libraries.changes(patterns)
        if not changes:
            return Foreseen((), {}, libraries.published)
        with _copied(data, settings) as store:
            moved = _tried(store, log, patterns, clock_of(data).now(), readers, settings, progress)
    return Foreseen(changes, moved, libraries.published)


@contextmanager
def _copied(data: Path, settings: Settings) -> Iterator[SqlStore]:
    """A copy of the live store, gone afterwards; what a preview that was killed left goes too."""
    copy, files = data / COPY, StoreFiles(data)
    files.discard(copy)
    try:
        # Where the store is elsewhere, all of the log is worked in anew.
        current = files.current()
        if settings.store_url is None and current.is_file():
            copy_database(current, copy)
        with opened_store(files, copy) as store:
            yield store
    finally:
        files.discard(copy)


def _tried(
    store: SqlStore,
    log: EventLog,
    patterns: Sequence[dict[str, Any]],
    now: int,
    readers: Sequence[str],
    settings: Settings,
    progress: Progress,
) -> dict[str, list[Moved]]:
    rules = published_rules(log, load_vocabulary(settings.vocabulary))
    directory = FoldedDirectory()
    step = Step(store, rules)
    total = log.head().count
    Worker(log, store, step, directory).catch_up(
        lambda reached: progress("catching up", reached.count, total)
    )
    at = _instant(store, now)
    # The ticks that publishing would bring first move what they move by themselves.
    _work(step, store, [Arrival(at=tick) for tick in _due(store, at)])
    progress("told as it stands", 0, 2)
    preview = Preview(store, rules, _classes(directory, readers))
    progress("told as it would be", 1, 2)
    _work(step, store, [Arrival(at=at, published=tuple(map(load_pattern, patterns)))])
    moved = preview.moved(at)
    progress("told as it would be", 2, 2)
    return moved


def _work(step: Step, store: SqlStore, arrivals: Sequence[Arrival]) -> None:
    """Work in what is in no log: the copy goes no further in it."""
    if arrivals:
        step.work(arrivals, store.position())


def _instant(store: SqlStore, now: int) -> Instant:
    """When it would be published: now, and after all that there is."""
    return instant_of(max(now, store.last_instant()[0] + 1), LIBRARY_SOURCE, "library")


def _due(store: SqlStore, at: Instant) -> list[Instant]:
    """The ticks between the last one and an instant; the first is the instant's own day's."""
    today = store.today()
    days = range(today + 1 if today else day_of(at[0]), day_of(at[0]) + 1)
    return [tick_instant(midnight(day)) for day in days]


def _classes(directory: FoldedDirectory, readers: Sequence[str]) -> dict[str, Knowledge]:
    """Everybody, and each of these readers for none and for each of its purposes."""
    found: dict[str, Knowledge] = {EVERYBODY: Everybody(level=len(directory.levels()))}
    for name in readers:
        grants = directory.grants(name)
        if grants is None:
            raise Misused(f"there is no reader {name}")
        found.update(classes_of(grants, directory.community()))
    return found
