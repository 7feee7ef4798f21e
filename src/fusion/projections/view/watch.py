"""A watch: one open stream of alerts, a view that follows.

A snapshot, then what the class's roster tells, in its order: versions of alerts, and that an alert
went on to another post (`changed`, of the same version). What is told depends on what the reader
may know and on nothing else, not on when somebody looked. Before every frame the reader's grants
are looked at again; with other rights the reader has another chronicle, and is told what it loses
and what it gains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from fusion.access.disclosure import Disclosure, Shown
from fusion.domain.clock import format_moment
from fusion.fusing.following import Told
from fusion.projections.view.book import Book
from fusion.projections.view.cursor import Seal
from fusion.projections.view.filters import admits_alert, filters_text
from fusion.projections.view.port import AlertFilters, Frame
from fusion.projections.view.roster import Telling
from fusion.projections.view.scene import Scene

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
        self._revision = 0
        # What was told so far, in short: whoever resumes was told the same, by the same rights.
        self._mark = hashlib.sha256()
        # What the client holds: the alerts that it was sent and that were not withdrawn since.
        self._shown: dict[str, int] = {}
        self._resume = last_event_id

    def frames(self) -> list[Frame]:
        """What came since the last call."""
        with self._stage() as (self._scene, book):
            if self._book is None:
                return self._begin(book)
            if book is not self._book and not self._goes_on_in(book):
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
            return self._snapshot(book)
        self._book, self._revision = book, book.roster.revision
        self._told, self._mark = place, _marked(book, place)
        for telling in book.roster.tellings[:place]:
            told = telling.told
            # What the filters kept back was never sent, so it can't be withdrawn either.
            is_gone = told.entry.kind == "withdrawn"
            if is_gone or admits_alert(self._filters, self._render(telling).body):
                self._note(told)
            else:
                self._shown.pop(told.entry.alert, None)
        return self._tail(book)

    def _place_to_resume(self, book: Book) -> int | None:
        """How much of the chronicle the client has; None where its id can't be used any more."""
        if self._resume is None:
            return None
        try:
            place, mark = self._seal.open(self._resume)
        except ValueError:
            return None
        if not 0 <= place <= len(book.roster.tellings):
            return None
        return place if mark == _digest(_marked(book, place)) else None

    def _snapshot(self, book: Book) -> list[Frame]:
        self._book, self._revision = book, book.roster.revision
        self._told = len(book.roster.tellings)
        self._mark = _marked(book, self._told)
        self._shown = {}
        alerts = []
        for told in book.present.newest_first():
            if told.entry.kind != "withdrawn" or "withdrawn" in self._filters.status:
                alert = self._render(book.roster.of(told))
                if admits_alert(self._filters, alert.body):
                    alerts.append(alert)
                    self._shown[told.entry.alert] = told.entry.version
        return self._snapshot_frames(alerts)

    def _snapshot_frames(self, alerts: list[Disclosure[dict[str, Any]]]) -> list[Frame]:
        starts = range(0, max(1, len(alerts)), SNAPSHOT_ALERTS)
        parts = [alerts[start : start + SNAPSHOT_ALERTS] for start in starts]
        return [
            self._frame(
                "snapshot",
                self._id() if place == len(parts) else self._no_id(),
                {
                    "items": [alert.body for alert in part],
                    "pointers": [],
                    "complete": place == len(parts),
                },
                shown=tuple(sorted({each for alert in part for each in alert.shown})),
            )
            for place, part in enumerate(parts, 1)
        ]

    def _frame(
        self,
        event: str,
        id_: str,
        data: dict[str, Any],
        *,
        shown: tuple[Shown, ...] = (),
        telling: Telling | None = None,
    ) -> Frame:
        """A frame of this stream; one of a telling is told all streams of its channel."""
        mark = None if telling is None else _line(telling).decode().rstrip()
        return Frame(event, id_, data, shown, self._channel(), mark)

    def _channel(self) -> str:
        """Who may know the same and asks for the same is told the same, in every process."""
        assert self._book is not None, "frames are made from a book"
        return hashlib.sha256(
            f"{self._book.class_text}{filters_text(self._filters)}".encode()
        ).hexdigest()

    # --- what follows

    def _tail(self, book: Book) -> list[Frame]:
        frames = []
        for telling in book.roster.tellings[self._told :]:
            self._count(telling)
            frames += self._frames_of(telling)
        return frames

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
        return self._seal.close(self._told, _digest(self._mark))

    def _no_id(self) -> str:
        """The id of a frame after which only a snapshot can follow: it opens nothing."""
        return self._seal.close(-1, "")


def _marked(book: Book, place: int) -> Mark:
    """The mark of a chronicle's beginning: of whose class it is, and what it told."""
    mark = hashlib.sha256(book.class_text.encode())
    for each in book.roster.tellings[:place]:
        mark.update(_line(each))
    return mark


def _line(telling: Telling) -> bytes:
    """One telling, by what tells it from another: what it says, and with whom the alert was."""
    entry = telling.told.entry
    post = telling.turn.post if telling.turn else ""
    said = f"{entry.kind} {entry.alert} {entry.version} {entry.at} {telling.since} {post}"
    return f"{said}\n".encode()


def _digest(mark: Mark) -> str:
    return mark.hexdigest()[:_MARK_CHARACTERS]
