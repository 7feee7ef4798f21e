"""Rebuilding: the store made anew from the log, beside the live one, to replace or to judge it.

The log is the only truth (law 3), so a store that is doubted, or whose tables a newer program has
other ideas of, is made again while the old one serves. Nothing here writes the live store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion.access.discovery import beholder_of, posts_acted_for
from fusion.access.reader import Reader, classes_of
from fusion.assembly import published_rules, reading_log, store_places
from fusion.coordination.vacancy import vacancies
from fusion.domain.errors import Fault
from fusion.domain.marking import Knowledge
from fusion.events.envelope import Recorded
from fusion.events.log import EventLog, LogReader
from fusion.events.position import Position
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.opened import opened_store
from fusion.projections.store.places import StorePlaces
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.canon import CLASS, Canon, canon, differences
from fusion.projections.view.everybody import EVERYBODY, Everybody
from fusion.projections.view.orphans import Officer, Orphans, orphans_in
from fusion.settings import Settings
from fusion.vocabulary.loaded import load_vocabulary
from fusion.worker.loop import Worker

# What is going on, how much of it is done, of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a comparison: what differs, by kind and name, and how much was compared."""

    different: tuple[str, ...]
    rows: int
    classes: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A store that was made, and is offered in the place of the current one."""

    places: StorePlaces[Any]
    place: Any

    @property
    def name(self) -> str:
        """How an operator finds it."""
        return Path(str(self.place)).name

    def is_current(self) -> bool:
        """Whether it is the one that is read and written."""
        return bool(self.places.current() == self.place)

    def switch(self) -> None:
        """Let it take the current one's place; the caller holds the directory alone."""
        self.places.switch(self.place)

    def sweep(self) -> None:
        """Remove those that were replaced; the caller has seen that nobody begins to read one."""
        self.places.sweep()


@contextmanager
def rebuilt(data: Path, settings: Settings, progress: Progress) -> Iterator[Rebuilt]:
    """Make a store of all that the log holds, and offer it in the place of the current one.

    One at a time on a directory. What a rebuild that was killed left behind goes first.
    """
    with closing(store_places(data, settings)) as places:
        places.sweep()
        made = places.fresh()
        try:
            with reading_log(data, settings) as log, opened_store(places, made) as store:
                _work_in(log, store, _rules(log, settings), progress)
            places.offer(made)
        except BaseException:
            places.discard(made)
            raise
        yield Rebuilt(places, made)


def verify(data: Path, settings: Settings, progress: Progress) -> Verified:
    """Compare what the live store says with what one made of the same events does.

    The live store may go on meanwhile: both are compared as of one position.
    """
    with reading_log(data, settings) as log, closing(store_places(data, settings)) as places:
        rules = _rules(log, settings)
        with opened_store(places, places.current()) as store, store.reading():
            until = _Until(log, store.position())
            directory = FoldedDirectory()
            directory.follow(until)
            live = _canon(store, directory, rules, "reading the live store", progress)
        with _beside(places) as store:
            _work_in(until, store, rules, progress)
            made = _canon(store, directory, rules, "reading the rebuilt store", progress)
    classes = sum(1 for kind, _ in made if kind == CLASS)
    return Verified(tuple(differences(live, made)), len(live.keys() | made.keys()), classes)


def orphans(data: Path, settings: Settings) -> tuple[Orphans, tuple[Fault, ...]]:
    """The alerts of the live store that reach nobody who could act, and the posts without anybody.

    The directory is as the log has it now.
    """
    with reading_log(data, settings) as log:
        rules = _rules(log, settings)
        directory = FoldedDirectory()
        directory.follow(log)
    registry = directory.registry()
    officers = tuple(dict.fromkeys(_officers(directory)))
    with (
        closing(store_places(data, settings)) as places,
        opened_store(places, places.current()) as store,
        store.reading(),
    ):
        found = orphans_in(
            store,
            rules,
            registry,
            key=directory.community().handle_key,
            classes=_classes(directory).values(),
            officers=officers,
        )
    acted_for = {post for officer in officers for post in officer.posts}
    return found, vacancies(registry, acted_for)


def _officers(directory: FoldedDirectory) -> Iterator[Officer]:
    """Who acts for posts, for each purpose and case that it may act for, and for none."""
    registry, community = directory.registry(), directory.community()
    for grants in directory.readers():
        posts = frozenset(post.id for post in posts_acted_for(grants.name, registry))
        for purpose in (None, *sorted(grants.purposes)) if posts else ():
            for case in (None, *sorted(grants.cases)):
                reader = Reader(grants, purpose=purpose, case=case)
                yield Officer(posts, beholder_of(reader, community, registry))


def _canon(
    store: SqlStore, directory: FoldedDirectory, rules: Rules, stage: str, progress: Progress
) -> Canon:
    return canon(
        store,
        rules,
        _classes(directory),
        levels=directory.levels(),
        progress=lambda done, of: progress(stage, done, of),
    )


def _classes(directory: FoldedDirectory) -> Mapping[str, Knowledge]:
    """The access classes of all readers, for no purpose and for each of theirs, and everybody."""
    found: dict[str, Knowledge] = {EVERYBODY: Everybody(level=len(directory.levels()))}
    known: set[Knowledge] = set()
    for grants in directory.readers():
        for title, knowledge in classes_of(grants, directory.community()):
            if knowledge not in known:
                known.add(knowledge)
                found[title] = knowledge
    return found


def _work_in(log: LogReader, store: SqlStore, rules: Rules, progress: Progress) -> None:
    worker = Worker(log, store, Step(store, rules), FoldedDirectory())
    total = log.head().count
    worker.catch_up(lambda reached: progress("rebuilding", reached.count, total))


@contextmanager
def _beside(places: StorePlaces[Any]) -> Iterator[SqlStore]:
    """A store that is there only to be compared; what a comparison that was killed left goes."""
    place = places.scratch()
    places.discard(place)
    try:
        with opened_store(places, place) as store:
            yield store
    finally:
        places.discard(place)


def _rules(log: EventLog, settings: Settings) -> Rules:
    return published_rules(log, load_vocabulary(settings.vocabulary))


class _Until:
    """A log as it was at a position."""

    def __init__(self, log: EventLog, until: Position) -> None:
        self._log, self._until = log, until

    def head(self) -> Position:
        return self._until

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        return self._log.read(after, limit, until=until or self._until)
