"""Where views come from: one for each reader, over books that classes of readers share.

A book and the connections live in this process and can be made again from the store at any time.
Whether a reader still has its rights is asked of the directory at every turn, never remembered.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic

from fusion.access.directory import Directory
from fusion.access.disclosure import Disclosure
from fusion.access.discovery import beholder_of
from fusion.access.reader import AccessClass, Grants, Reader, class_of
from fusion.domain.clock import MICROS_PER_SECOND, Clock, day_of
from fusion.domain.errors import Fault, Forbidden, Unavailable, Unreadable
from fusion.domain.post import Registry
from fusion.events.log import EventLog
from fusion.events.position import Position
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules
from fusion.projections.store.lookups import event_number, is_correction, own_events
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.book import Book, Edition
from fusion.projections.view.cursor import Seal, opened
from fusion.projections.view.filters import filters_text
from fusion.projections.view.own_signals import event_at, is_of, name_of, own_signal, unfused_signal
from fusion.projections.view.pointings import Pointings
from fusion.projections.view.port import AlertFilters, Answer
from fusion.projections.view.scene import Scene
from fusion.projections.view.stores import Stores
from fusion.projections.view.view import ReaderView
from fusion.projections.view.watch import Watch

# Books kept: each is one access class's alerts. A class that asks again after that has its book
# made anew, which costs time and changes nothing.
BOOKS_KEPT = 64
# How often the store and the log are looked at while somebody waits for a change.
LOOK_SECONDS = 0.01
# How long a read of the past waits until all of it is fused: as long as `?wait=fused` does.
PASSING_SECONDS = 10.0
# Unfused signals looked through for `mine`: the worker is never so far behind but after a flood.
_TAIL = 5_000


class Views:
    """The views of one process."""

    def __init__(
        self,
        stores: Stores,
        rules: Rules,
        directory: Directory,
        log: EventLog,
        clock: Clock,
        follow: Callable[[], None],
    ) -> None:
        self._stores, self._rules, self._directory = stores, rules, directory
        self._log, self._clock, self._follow = log, clock, follow
        self._books: OrderedDict[AccessClass, tuple[Book, threading.RLock]] = OrderedDict()
        self._pointings = Pointings(rules)
        self._guard = threading.Lock()
        self._seen: tuple[str, int] = ("", 0)
        self._number = 0
        self._place = stores.current()
        self._rung = 0
        # A position up to which all was worked in that was recorded before a moment.
        self._sure = (Position.start(), 0)

    # --- what a doorman asks

    def of(self, reader: Reader) -> ReaderView:
        """The view of a reader."""
        return self._view(reader, None)

    def _view(self, reader: Reader, as_of: int | None) -> ReaderView:
        # A cursor is of one query, and of another moment it is another query.
        moment = () if as_of is None else (f"as of {as_of}",)

        @contextmanager
        def stage() -> Iterator[tuple[Scene, Edition]]:
            if as_of is not None:
                self._wait_until_passed(as_of)
            with self._stage(reader, as_of) as (scene, book):
                yield scene, book.edition(scene)

        def past(moment: int) -> ReaderView:
            self._require_past(moment)
            return self._view(reader, moment)

        return ReaderView(
            reader,
            stage,
            lambda *query: self.seal_of(reader, *query, *moment),
            lambda filters, last: self._watch(reader, filters, last),
            past,
        )

    @contextmanager
    def scene_of(self, reader: Reader) -> Iterator[Scene]:
        """What this reader may know, now."""
        with self._stage(reader) as (scene, _):
            yield scene

    def seal_of(self, reader: Reader, *query: str) -> Seal:
        """The seal of places that are good for this reader and query."""
        scope = (reader.name, reader.purpose or "", reader.case or "")
        return Seal(self._key(), *scope, *query)

    def mine(self, publisher: str) -> OwnSignals:
        """The signals of one publisher."""
        return OwnSignals(self, publisher)

    def covers(self, position: Position) -> bool:
        """Whether all that lies before a position is fused."""
        with self.store() as store:
            return store.position().covers(position)

    def wait_for_change(self, seen: int, timeout_seconds: float) -> int:
        """The number of the latest change, once it is beyond `seen` or the time has passed."""
        until = monotonic() + timeout_seconds
        pause = threading.Event()
        while (number := self._look()) <= seen and monotonic() < until:
            pause.wait(LOOK_SECONDS)
        return number

    def _look(self) -> int:
        """Count a change where the store's position or the policy moved, or a deadline passed."""
        self._follow()
        moment = self._clock.now()
        with self.store() as store, self._guard:
            now = (store.position().encode(), self._directory.epoch())
            due = [book.roster.next_at for book, _ in self._books.values()]
            if now != self._seen or any(at and self._rung < at <= moment for at in due):
                self._seen = now
                self._number += 1
            self._rung = moment
            return self._number

    def lag_seconds(self, head: Position, now: int) -> float:
        """How long the oldest event before `head` that is not fused has waited, by `now` (µs).

        0 where nothing waits, and nowhere else.
        """
        with self.store() as store:
            position = store.position()
        if position.covers(head):
            return 0.0
        waiting = self._log.read(position, 1)
        return max(1, now - waiting[0].recorded) / MICROS_PER_SECOND if waiting else 0.0

    def close(self) -> None:
        """Let the connections go, once nobody reads any more; whoever comes then is refused."""
        self._stores.close()

    # --- the stage on which answers are made

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """A store of this process, nobody else's meanwhile; Unavailable once they are closed."""
        with self._stores.turn() as (_, store):
            yield store

    @contextmanager
    def _stage(self, reader: Reader, as_of: int | None = None) -> Iterator[tuple[Scene, Book]]:
        """One state of the store, or of what it was at a moment, and the reader's class's book."""
        access_class = class_of(reader, self._directory.community())
        while True:
            current = self._stores.current()
            book, lock = self._book(current, access_class)
            with lock, self._stores.turn() as (place, store):
                # Another store may have taken its place while we waited for our turn.
                if place == current:
                    with store.reading():
                        pointing = self._pointing(reader)
                        registry = pointing.sight.registry
                        scene = self._scene(store, book, registry=registry, pointing=pointing)
                        self._follow_up(book, scene)
                        if as_of is not None:
                            registry = self._directory.registry(as_of)
                            scene = self._scene(store, book, registry=registry, as_of=as_of)
                        yield scene, book
                    return

    def _follow_up(self, book: Book, scene: Scene) -> None:
        """Take in what came, and the deadlines that have passed for sure."""
        book.follow(scene)
        due = book.roster.next_at
        if due is not None and due <= scene.moment:
            book.follow(scene, now=scene.moment)

    def _passed(self, store: SqlStore) -> int:
        """Until when a deadline can be told: the store holds all that was recorded before.

        The clock is read first, so that whatever the log's head leaves out comes after it. What
        was sure once stays so, though the store falls behind again: else a class that comes new
        would be told of a past that others were told is over.
        """
        now, position = self._clock.now(), store.position()
        if position.covers(self._log.head()):
            self._sure = (position, now)
            return now
        worked_in, moment = self._sure
        least = min(now, store.last_instant()[0])
        return max(least, moment) if position.covers(worked_in) else least

    def _pointing(self, reader: Reader) -> Pointing:
        """The pointing of a reader, by the registry and the rights that stand."""
        registry = self._directory.registry()
        beholder = beholder_of(reader, self._directory.community(), registry)
        return self._pointings.of(beholder, registry, self._key())

    def _scene(
        self,
        store: SqlStore,
        book: Book,
        *,
        registry: Registry,
        pointing: Pointing | None = None,
        as_of: int | None = None,
    ) -> Scene:
        return Scene(
            store,
            self._rules,
            book.admits,
            levels=self._directory.levels(),
            registry=registry,
            as_of=as_of,
            passed=partial(self._passed, store),
            pointing=pointing,
        )

    def _require_past(self, moment: int) -> None:
        if moment > self._clock.now():
            fault = Fault("as_of", "lies ahead: what is to come is not recorded yet")
            raise Unreadable("a moment to come", faults=(fault,))

    def _wait_until_passed(self, moment: int) -> None:
        """A moment is served once the log has passed it and all of it is fused (RULES.md 7).

        Then its answer is the same for ever. Unavailable after as long as a post would wait.
        """
        self._follow()
        until = monotonic() + PASSING_SECONDS
        pause = threading.Event()
        while not self._has_passed(moment):
            if monotonic() >= until:
                raise Unavailable("that moment is not fused yet")
            pause.wait(LOOK_SECONDS)

    def _has_passed(self, moment: int) -> bool:
        with self.store() as store:
            position, today = store.position(), store.today()
        if today < day_of(moment):
            # The tick of that day is due, and comes before all that is read of the day.
            self._log.tick()
        following = self._log.read(position, 1)
        return not following or following[0].recorded > moment

    def _book(self, place: object, access_class: AccessClass) -> tuple[Book, threading.RLock]:
        """The book of a class over one store; a book reads on where it stopped in that store."""
        with self._guard:
            if place != self._place:
                self._books.clear()
                self._pointings.clear()
                self._place = place
            kept = self._books.get(access_class)
            if kept is None:
                kept = (Book(self._rules, access_class), threading.RLock())
                self._books[access_class] = kept
                if len(self._books) > BOOKS_KEPT:
                    self._books.popitem(last=False)
            self._books.move_to_end(access_class)
            return kept

    def _key(self) -> bytes:
        return self._directory.community().handle_key

    # --- streams

    def _watch(self, reader: Reader, filters: AlertFilters, last_event_id: str | None) -> Watch:
        scope = (
            "stream",
            reader.name,
            reader.purpose or "",
            reader.case or "",
            filters_text(filters),
        )
        return Watch(
            stage=lambda: self._stage(self._reader_now(reader)),
            seal=Seal(self._key(), *scope),
            filters=filters,
            last_event_id=last_event_id,
        )

    def _reader_now(self, reader: Reader) -> Reader:
        """A reader by the grants that stand now."""
        self._follow()
        grants = self._directory.grants(reader.name) or Grants(reader.name, agency="", level="")
        try:
            return Reader(grants, purpose=reader.purpose, case=reader.case)
        except Forbidden:
            # The purpose or the case was taken back: what hangs on either is not there any more.
            return Reader(grants)

    # --- publishers

    def own_page(self, publisher: str, cursor: str | None, limit: int, as_of: int | None) -> Answer:
        """A page of a publisher's own signals, newest first."""
        seal = Seal(self._key(), "mine", publisher, *([] if as_of is None else [str(as_of)]))
        after = opened(seal, cursor)
        if as_of is not None:
            self._require_past(as_of)
            self._wait_until_passed(as_of)
        with self.store() as store, store.reading():
            # Of a moment that has passed, all is fused.
            tail = self._log.read(store.position(), _TAIL) if as_of is None else []
            unfused = [(name_of(each), each) for each in reversed(tail) if is_of(each, publisher)]
            # The place is a signal's own name: a number would count what others posted.
            before = None
            if after is not None:
                names = [name for name, _ in unfused]
                start = names.index(after[0]) + 1 if after[0] in names else len(names)
                unfused = unfused[start:]
                before = event_number(store, after[0])
            found = [(name, unfused_signal(each)) for name, each in unfused[: limit + 1]]
            for now in own_events(store, publisher, before, limit + 1 - len(found), as_of):
                event = now if as_of is None else event_at(now, as_of)
                is_corrected = bool(event.gone_by) and is_correction(store, event.gone_by or "")
                shown = own_signal(event, is_corrected=is_corrected)
                found.append((f"{event.source}/{event.id}", shown))
        has_more = len(found) > limit
        items = [shown for _, shown in found[:limit]]
        place = seal.close(found[limit - 1][0]) if has_more else None
        # A publisher's own: nothing is disclosed that it did not send itself.
        return Disclosure({"items": items, "next": place}, count=len(items))


class OwnSignals:
    """A publisher's own signals."""

    def __init__(self, views: Views, publisher: str) -> None:
        self._views, self._publisher = views, publisher

    def page(self, *, cursor: str | None, limit: int, as_of: int | None = None) -> Answer:
        """A page, newest first."""
        return self._views.own_page(self._publisher, cursor, limit, as_of)
