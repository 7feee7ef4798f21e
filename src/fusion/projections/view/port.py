"""What a doorman may ask: the only reads that `api` has, bound to whom they answer at birth.

Every answer is a disclosure: a plain JSON value, and of which signals it shows what. Every method
blocks for as long as a query takes and may be called from any thread. NotFound says that something
may not be known, never was or was taken back, without saying which. A fault of the caller's own
query is `Unreadable` (a cursor of another reader or query) or `Invalid`, its faults naming the
parameter as their pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from fusion.access.disclosure import Disclosure, Shown
from fusion.access.reader import Reader
from fusion.domain.marking import NormalForm
from fusion.events.catalog import RequestKind
from fusion.events.position import Position

Answer: TypeAlias = Disclosure[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """Which alerts are asked for: an empty set or None restricts nothing.

    `since` and `until` are moments in µs, of the last version, both inclusive; `q` is looked for
    in titles.
    """

    status: frozenset[str] = frozenset()
    pattern: frozenset[str] = frozenset()
    domain: frozenset[str] = frozenset()
    agency: frozenset[str] = frozenset()
    severity: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class SignalFilters:
    """Which signals are asked for; None restricts nothing. Moments are in µs."""

    q: str | None = None
    since: int | None = None
    until: int | None = None
    agency: frozenset[str] = frozenset()
    activity: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stream.

    `event` is `snapshot`, `raised`, `changed`, `withdrawn`, `pointer` or `published`.
    `id` is opaque and good for the watch's reader and filters only. `shown` is what it discloses.
    Streams of one `channel` (readers who may know the same, and ask for the same) are all told what
    stands under one `mark` of it; a frame without a mark is this stream's own.
    """

    event: str
    id: str
    data: dict[str, Any]
    shown: tuple[Shown, ...] = ()
    channel: str = ""
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class StandingAlert:
    """An alert as it stands for one reader: what a decision about it has to name.

    `names` are all that it answers to; `marking` joins the markings of its evidence.
    """

    name: str
    version: int
    names: tuple[str, ...]
    marking: NormalForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a disclosure request asks for more of, as the asker sees it now.

    `names` are all that it answers to; `mechanism` leads an alert, None for anything else. `behind`
    a handle are the signals that its desk answers for: for that desk, and never for the asker.
    """

    kind: RequestKind
    name: str
    names: tuple[str, ...]
    behind: tuple[str, ...] = ()
    desk: str
    mechanism: str | None
    marking: NormalForm


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNamed:
    """A disclosure request that a reader may answer, for `post`; `agency` is the asker's.

    `owners` are the agencies of whose signals more was asked; none where it is of an alert.
    """

    id: str
    agency: str
    name: str
    owners: frozenset[str]
    post: str
    marking: NormalForm


class Watch(Protocol):
    """One open stream."""

    def frames(self) -> Sequence[Frame]:
        """What came since the last call, under the rights that stand now; none: nothing new."""
        ...


class View(Protocol):
    """What one reader may know, now."""

    def as_of(self, moment: int) -> View:
        """What it may know of what was recorded at or before a moment (µs).

        Rights are today's. Unreadable, naming `as_of`, for a moment to come; its reads raise
        Unavailable where a moment that has passed is not fused within the time that one waits.
        """
        ...

    def alerts(self, *, cursor: str | None, limit: int, filters: AlertFilters) -> Answer: ...

    def alert(self, name: str) -> Answer: ...

    def explanation(self, name: str) -> Answer: ...

    def foresight(self, name: str) -> Answer: ...

    def alert_graph(self, name: str) -> Answer: ...

    def history(self, name: str, *, cursor: str | None, limit: int) -> Answer: ...

    def signals(self, *, cursor: str | None, limit: int, filters: SignalFilters) -> Answer: ...

    def signal(self, name: str) -> Answer: ...

    def entities(self, *, cursor: str | None, limit: int, q: str | None) -> Answer: ...

    def entity_of(self, mention: str) -> Answer: ...

    def entity(self, name: str) -> Answer: ...

    def neighbourhood(self, name: str, hops: int) -> Answer: ...

    def why(self, a: str, b: str) -> Answer: ...

    def pointers(self, *, cursor: str | None, limit: int) -> Answer: ...

    def judgements(self, mention: str, *, cursor: str | None, limit: int) -> Answer: ...

    def marking_of_mentions(self, names: Iterable[str]) -> NormalForm:
        """The join of the markings of mentions; NotFound if one of them may not be known."""
        ...

    def marking_of_signals(self, names: Iterable[str]) -> NormalForm:
        """The join of the markings of signals (at least one), likewise."""
        ...

    def standing(self, alert: str) -> StandingAlert:
        """The alert that answers to this name."""
        ...

    def asked_signal(self, name: str) -> Asked:
        """A signal, as a disclosure request names it; Conflict where nobody could answer."""
        ...

    def asked_alert(self, name: str) -> Asked:
        """An alert, likewise."""
        ...

    def asked_pointer(self, handle: str) -> Asked:
        """What a pointer of this reader's stands for, likewise, by its handle."""
        ...

    def open_request(self, asked: Asked) -> str | None:
        """The id of the request of this reader's agency for the same, if one is unanswered."""
        ...

    def requests(self, *, cursor: str | None, limit: int) -> Answer: ...

    def request(self, id_: str) -> Answer: ...

    def request_to_answer(self, id_: str) -> RequestNamed:
        """The request of this id; NotFound unless it came to a post that this reader holds."""
        ...

    def watch(self, *, last_event_id: str | None, filters: AlertFilters) -> Watch: ...


class OwnSignals(Protocol):
    """A publisher's own signals."""

    def page(self, *, cursor: str | None, limit: int, as_of: int | None = None) -> Answer: ...


class Audit(Protocol):
    """What one reader may be told of who asked and who was shown what."""

    def disclosures(self, *, cursor: str | None, limit: int) -> Answer:
        """Who was shown signals of the reader's agency that it may know."""
        ...

    def queries(self, *, cursor: str | None, limit: int) -> Answer:
        """Who asked for what; Forbidden to who does not oversee."""
        ...


class Audits(Protocol):
    """Where audits come from."""

    def of(self, reader: Reader) -> Audit: ...


class Views(Protocol):
    """Where views come from, and when to look again."""

    def of(self, reader: Reader) -> View:
        """The view of a reader; cheap."""
        ...

    def mine(self, publisher: str) -> OwnSignals:
        """The signals of one publisher, by its name."""
        ...

    def covers(self, position: Position) -> bool:
        """Whether all that the log holds before `position` is fused (`?wait=fused`)."""
        ...

    def wait_for_change(self, seen: int, timeout_seconds: float) -> int:
        """The number of the latest change of what could be served (the store's or the grants').

        Returns at once where it is beyond `seen`, else when it comes to be, or when the time has
        passed. Numbers only grow; 0 was never one. They are for waiting and are served nowhere.
        """
        ...
