"""A watch: one open stream of alerts, a view that follows.

A snapshot, then what the class's roster tells, in its order: versions of alerts, and that an alert
went on to another post (`changed`, of the same version); between them, tick by tick, what the
reader comes to be pointed to, and what of that has lapsed. Where other patterns come into force,
however many alerts that moves, one notice says so and one snapshot follows, as of that instant.

What is told depends on what the reader may know and on nothing else, not on when somebody looked.
Before every frame the reader's grants are looked at again; with other rights the reader has another
chronicle, and is told what it loses and what it gains.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from fusion.access.disclosure import Disclosure, Shown
from fusion.domain.clock import format_moment
from fusion.fusing.following import Told
from fusion.fusing.ground import Instant, tick_instant
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Published
from fusion.projections.view.book import Book
from fusion.projections.view.cursor import Seal
from fusion.projections.view.filters import admits_alert, filters_text
from fusion.projections.view.pointed import (
    PointerTelling,
    beholder_text,
    pointer_mark,
    pointer_tellings,
    pointers_left,
)
from fusion.projections.view.pointer_documents import pointer_document
from fusion.projections.view.port import AlertFilters, Frame
from fusion.projections.view.published import published_document
from fusion.projections.view.roster import Telling, last_of_each
from fusion.projections.view.scene import NOW, Scene

if TYPE_CHECKING:
    from hashlib import _Hash as Mark

# Alerts in one frame of a snapshot: some 100 KiB, which no client's buffer minds.
SNAPSHOT_ALERTS = 50
# 64 bits: a mark is sealed, so that nobody can look for another with the same.
_MARK_CHARACTERS = 16

Stage = Callable[[], AbstractContextManager[tuple[Scene, Book]]]


class Watch:
    """One stream of one reader. `frames` may be called from any thread, one at a time.

    `stage` gives the scene and the book of the reader's class by the grants that stand then.
    """

    def __init__(
        self,
        stage: Stage,
        seal: Seal,
        filters: AlertFilters,
        last_event_id: str | None,
    ) -> None:
        self._stage, self._seal, self._filters = stage, seal, filters
        self._scene: Scene | None = None
        self._book: Book | None = None
        self._told = 0
        self._pointed = 0
        self._published = 0
        self._revision = 0
        # What was told so far, in short: whoever resumes was told the same, by the same rights.
        self._mark = hashlib.sha256()
        self._pointing: Pointing | None = None
        self._pointer_mark = hashlib.sha256()
        # What the client holds: the alerts that it was sent and that were not withdrawn since.
        self._shown: dict[str, int] = {}
        self._resume = last_event_id

    def frames(self) -> list[Frame]:
        """What came since the last call."""
        with self._stage() as (self._scene, book):
            former, self._pointing = self._pointing, self._scene.pointing()
            if self._book is None:
                return self._begin(book)
            is_same = book is self._book and self._pointing is former
            if not is_same and not self._goes_on_in(book):
                return self._change_rights(book)
            if book.roster.revision != self._revision:
                return self._snapshot(book)
            return self._tail(book)

    def _goes_on_in(self, book: Book) -> bool:
        """Whether another book of the same class tells what this stream was told; go on in it.

        A book is made anew when it was not asked for in a while, and for a rebuilt store: neither
        is anything that a reader would notice.
        """
        if self._told > len(book.roster.tellings):
            return False
        if _digest(_marked(book, self._told)) != _digest(self._mark):
            return False
        if _digest(pointer_mark(self._pointing, self._pointed)) != _digest(self._pointer_mark):
            return False
        self._book, self._revision = book, book.roster.revision
        return True

    def _render(self, telling: Telling) -> Disclosure[dict[str, Any]]:
        assert self._scene is not None, "frames are made on a stage"
        assert self._book is not None, "and from a book"
        return self._book.drawn_with(self._scene, telling)

    # --- beginnings

    def _begin(self, book: Book) -> list[Frame]:
        place = self._place_to_resume(book)
        if place is None:
            self._published = len(self._publications())
            return self._snapshot(book)
        self._book, self._revision = book, book.roster.revision
        self._told, self._pointed, self._published = place
        self._mark = _marked(book, self._told)
        self._pointer_mark = pointer_mark(self._pointing, self._pointed)
        for telling in book.roster.tellings[: self._told]:
            told = telling.told
            # What the filters kept back was never sent, so it can't be withdrawn either.
            is_gone = told.entry.kind == "withdrawn"
            if is_gone or admits_alert(self._filters, self._render(telling).body):
                self._note(told)
            else:
                self._shown.pop(told.entry.alert, None)
        return self._tail(book)

    def _place_to_resume(self, book: Book) -> tuple[int, int, int] | None:
        """How much the client was told of each kind; None where its id can't be used."""
        if self._resume is None:
            return None
        try:
            told, pointed, published, mark = self._seal.open(self._resume)
        except ValueError:
            return None
        tellings = pointer_tellings(self._pointing)
        place = (told, pointed, published)
        most = (len(book.roster.tellings), len(tellings), len(self._publications()))
        if not all(0 <= each <= end for each, end in zip(place, most, strict=True)):
            return None
        standing = _digest(_marked(book, told)) + _digest(pointer_mark(self._pointing, pointed))
        return place if mark == standing else None

    def _snapshot(self, book: Book) -> list[Frame]:
        self._book, self._revision = book, book.roster.revision
        self._told = len(book.roster.tellings)
        self._mark = _marked(book, self._told)
        self._pointed = len(pointer_tellings(self._pointing))
        self._pointer_mark = pointer_mark(self._pointing, self._pointed)
        missed = self._publications()[self._published :]
        notices = [self._notice(published) for published in missed]
        return [*notices, *self._standing(book)]

    def _standing(self, book: Book) -> list[Frame]:
        """What stands at the place that this stream has come to."""
        assert self._scene is not None, "frames are made on a stage"
        self._shown = {}
        alerts = []
        for telling in last_of_each(book.roster.tellings[: self._told]):
            entry = telling.told.entry
            if entry.kind != "withdrawn" or "withdrawn" in self._filters.status:
                alert = self._render(telling)
                if admits_alert(self._filters, alert.body):
                    alerts.append(alert)
                    self._shown[entry.alert] = entry.version
        pointers = pointers_left(pointer_tellings(self._pointing)[: self._pointed])
        anchored = [pointer_document(each) for each in pointers if self._scene.has_anchor(each)]
        return self._snapshot_frames(alerts, anchored)

    def _snapshot_frames(
        self,
        alerts: list[Disclosure[dict[str, Any]]],
        pointers: list[Disclosure[dict[str, Any]]],
    ) -> list[Frame]:
        length = max(1, len(alerts), len(pointers))
        starts = range(0, length, SNAPSHOT_ALERTS)
        frames = []
        for start in starts:
            part, pointed = (each[start : start + SNAPSHOT_ALERTS] for each in (alerts, pointers))
            is_last = start + SNAPSHOT_ALERTS >= length
            data = {
                "items": [alert.body for alert in part],
                "pointers": [pointer.body for pointer in pointed],
                "complete": is_last,
            }
            shown = {each for disclosed in (*part, *pointed) for each in disclosed.shown}
            id_ = self._id() if is_last else self._no_id()
            frames.append(self._frame("snapshot", id_, data, shown=tuple(sorted(shown))))
        return frames

    def _frame(
        self,
        event: str,
        id_: str,
        data: dict[str, Any],
        *,
        shown: tuple[Shown, ...] = (),
        telling: Telling | PointerTelling | None = None,
    ) -> Frame:
        """A frame of this stream; one of a telling is told all streams of its channel."""
        mark = None
        if isinstance(telling, Telling):
            mark = _line(telling).decode().rstrip()
        elif telling is not None:
            mark = telling.line.rstrip()
        return Frame(event, id_, data, shown, self._channel(), mark)

    def _channel(self) -> str:
        """Who may know the same and asks for the same is told the same, in every process."""
        assert self._book is not None, "frames are made from a book"
        whose = f"{self._book.class_text}{beholder_text(self._pointing)}"
        return hashlib.sha256(f"{whose}{filters_text(self._filters)}".encode()).hexdigest()

    # --- what follows

    def _tail(self, book: Book) -> list[Frame]:
        """What came since, alerts and pointers in the order of time."""
        frames = []
        for published in self._publications()[self._published :]:
            frames += self._told_before(book, published.at)
            frames.append(self._notice(published))
            for telling in book.roster.tellings[self._told :]:
                if telling.is_escalation or telling.told.at != published.at:
                    break
                # What came of it is not told one by one.
                self._count(telling)
            frames += self._standing(book)
        return frames + self._told_before(book, NOW)

    def _told_before(self, book: Book, until: Instant) -> list[Frame]:
        frames = []
        for telling in self._told_since(book, until):
            if isinstance(telling, PointerTelling):
                frames.append(self._point(telling))
            else:
                self._count(telling)
                frames += self._frames_of(telling)
        return frames

    def _told_since(self, book: Book, until: Instant) -> Iterator[Telling | PointerTelling]:
        """Pointers come at a tick, after the alerts that age itself moves then."""
        coming = pointer_tellings(self._pointing)[self._pointed :]
        pointers = deque(each for each in coming if tick_instant(each.at) < until)
        for telling in book.roster.tellings[self._told :]:
            if _instant(telling) >= until:
                break
            while pointers and pointers[0].at < _moment(telling):
                yield pointers.popleft()
            yield telling
        yield from pointers

    def _publications(self) -> Sequence[Published]:
        """What was published since the log began; everybody may know it (RULES.md 30)."""
        assert self._scene is not None, "frames are made on a stage"
        return self._scene.rules.later

    def _notice(self, published: Published) -> Frame:
        """That other patterns came into force; the snapshot that follows is part of it."""
        assert self._scene is not None, "frames are made on a stage"
        before = self._scene.rules.eras[self._published]
        self._published += 1
        return self._frame("published", self._no_id(), published_document(published, before))

    def _point(self, telling: PointerTelling) -> Frame:
        """That a pointer came; one that lapsed says so, and discloses nothing new."""
        self._pointed += 1
        self._pointer_mark.update(telling.line.encode())
        pointer = pointer_document(telling.pointer)
        body = {**pointer.body, "lapsed": True} if telling.is_lapse else pointer.body
        shown = () if telling.is_lapse else pointer.shown
        return self._frame("pointer", self._id(), body, shown=shown, telling=telling)

    def _frames_of(self, telling: Telling) -> list[Frame]:
        entry = telling.told.entry
        if entry.kind == "withdrawn":
            return self._withdraw(entry.alert, entry.version, entry.at, self._id(), telling)
        alert = self._render(telling)
        if not admits_alert(self._filters, alert.body):
            # It may have left the filter: then it is withdrawn from this stream.
            gone = [entry.alert, *([entry.replaces] if entry.replaces else [])]
            version, at = entry.version, entry.at
            id_ = self._id()
            return [f for name in gone for f in self._withdraw(name, version, at, id_, telling)]
        known = entry.alert in self._shown or entry.replaces in self._shown
        self._note(telling.told)
        event = "changed" if known else "raised"
        return [self._frame(event, self._id(), alert.body, shown=alert.shown, telling=telling)]

    def _note(self, told: Told) -> None:
        """Keep what the client holds after an entry."""
        entry = told.entry
        if entry.replaces:
            self._shown.pop(entry.replaces, None)
        if entry.kind == "withdrawn":
            self._shown.pop(entry.alert, None)
        else:
            self._shown[entry.alert] = entry.version

    def _count(self, telling: Telling) -> None:
        self._told += 1
        self._mark.update(_line(telling))

    def _withdraw(
        self, alert: str, version: int, at: int, id_: str, telling: Telling | None = None
    ) -> list[Frame]:
        if alert not in self._shown:
            return []
        del self._shown[alert]
        body = {"alert": alert, "version": version, "at": format_moment(at)}
        return [self._frame("withdrawn", id_, body, telling=telling)]

    def _change_rights(self, book: Book) -> list[Frame]:
        """Withdraw what may not be known any more; a snapshot then replaces what the client has.

        A version that is not the one the client has counts as lost: it is another chronicle's.
        """
        standing = book.following.standing
        lost = [
            (alert, version)
            for alert, version in sorted(self._shown.items())
            if alert not in standing
        ]
        before = self._book
        frames = []
        for alert, version in lost:
            at = before.latest[alert].entry.at if before and alert in before.latest else 0
            # Between two chronicles there is nothing to resume from.
            frames += self._withdraw(alert, version, at, self._no_id())
        return [*frames, *self._snapshot(book)]

    def _id(self) -> str:
        """An id to resume from: how much was told, and what in short."""
        mark = _digest(self._mark) + _digest(self._pointer_mark)
        return self._seal.close(self._told, self._pointed, self._published, mark)

    def _no_id(self) -> str:
        """The id of a frame after which only a snapshot can follow: it opens nothing."""
        return self._seal.close(-1, -1, -1, "")


def _marked(book: Book, place: int) -> Mark:
    """The mark of a chronicle's beginning: of whose class it is, and what it told."""
    mark = hashlib.sha256(book.class_text.encode())
    for each in book.roster.tellings[:place]:
        mark.update(_line(each))
    return mark


def _instant(telling: Telling) -> Instant:
    """When something was told, in the order of history: a deadline precedes all else."""
    return tick_instant(telling.since) if telling.is_escalation else telling.told.at


def _moment(telling: Telling) -> float:
    """When something was told: a deadline, and what a tick moves, precede that tick's pointers."""
    if telling.is_escalation:
        return telling.since
    moment, event = telling.told.at
    return moment + 0.5 if event else moment


def _line(telling: Telling) -> bytes:
    """One telling, by what tells it from another: what it says, and with whom the alert was."""
    entry = telling.told.entry
    post = telling.turn.post if telling.turn else ""
    said = f"{entry.kind} {entry.alert} {entry.version} {entry.at} {telling.since} {post}"
    return f"{said}\n".encode()


def _digest(mark: Mark) -> str:
    return mark.hexdigest()[:_MARK_CHARACTERS]
