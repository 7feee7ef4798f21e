"""The port to the engine's store: what the worker keeps of everything, over all markings.

The store spans all markings. Only the step that writes it and the view that reads it for a reader
may import an implementation; what is released of it is what `fuse_ground` lets through `admits`,
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fusion.domain.fact import Profile, SignalFacts
from fusion.domain.judgement import Judgement
from fusion.domain.marking import NormalForm
from fusion.events.position import Position
from fusion.fusing.ground import Bearing, Ground, Instant, StoredSignal
from fusion.fusing.rules import Published, Rules


@dataclass(slots=True)
class ProfileRow:
    """A profile in the store: its number and the component it was in when it was read.

    `agencies` are those that ever said it.
    """

    number: int
    profile: Profile
    component: int
    is_specific: bool
    agencies: set[str]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One submitted or retracting event as it is kept: body and place in history.

    `epoch` counts the policies before it: under which registry its markings were compiled. `fault`
    says why it was quarantined, if it was.
    """

    number: int
    source: str
    id: str
    type: str
    body: bytes
    since: Instant
    until: Instant | None
    gone_by: str | None
    epoch: int
    fault: str | None
    publisher: str

    @property
    def ever_stood(self) -> bool:
        """Whether it counted at any time; what was retracted before it came did not."""
        return self.until is None or self.since < self.until


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal, or tear-line, of an event."""

    name: str
    event: int
    part: int
    marking: NormalForm
    reported: int
    agency: str
    text: str


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """An acknowledgement or a feedback: by which names its alert is found, and the event's body."""

    kind: str
    names: tuple[str, ...]
    since: Instant
    body: bytes


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """That a mention of a part of an event bears a strong identifier."""

    identifier: str
    event: int
    part: int
    mention: str
    marking: NormalForm


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A disclosure request, or its answer: the request's id, and the event's body."""

    kind: str
    request: str
    since: Instant
    body: bytes


@dataclass(frozen=True, slots=True)
class Touch:
    """That a ground has to be looked at again in the prefix that ends with `at`.

    `place` names a ground by something that stays in it: `p<profile>`, `m<mention>` or the key of a
    free cell; it is empty for a tick.
    """

    at: Instant
    place: str


@dataclass(slots=True)
class Changes:
    """What one batch adds to the store, written in one transaction with its position."""

    events: list[EventRow] = field(default_factory=list)
    signals: list[SignalRow] = field(default_factory=list)
    ended: list[tuple[int, Instant, str]] = field(default_factory=list)
    retractions: list[tuple[str, Instant, str]] = field(default_factory=list)
    profiles: list[ProfileRow] = field(default_factory=list)
    agencies: dict[int, set[str]] = field(default_factory=dict)
    bearings: list[tuple[int, int, int]] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    identifiers: list[IdentifierRow] = field(default_factory=list)
    postings: list[tuple[str, int]] = field(default_factory=list)
    hot: list[str] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)
    merges: list[tuple[int, int]] = field(default_factory=list)
    standalone: list[tuple[str, int]] = field(default_factory=list)
    claims: list[tuple[str, str, str]] = field(default_factory=list)
    relays: list[tuple[str, str]] = field(default_factory=list)
    judgements: list[tuple[Judgement, Instant]] = field(default_factory=list)
    remarks: list[RemarkRow] = field(default_factory=list)
    requests: list[RequestRow] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    weights: dict[tuple[int, str], dict[tuple[str, str], int]] = field(default_factory=dict)
    cells: list[tuple[str, int, int]] = field(default_factory=list)
    passed: list[tuple[int, str, str]] = field(default_factory=list)
    lends: list[tuple[str, str]] = field(default_factory=list)
    rekeyed: list[tuple[str, str]] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)


class EngineStore(Protocol):
    """What the step reads, in bulk, and the one write. Reads see what `commit` last wrote."""

    def take_over(self) -> None:
        """Be the one that writes: whoever was before is fenced, also in the midst of a commit.

        Nothing is written by who never took over.
        """
        ...

    def position(self) -> Position:
        """Up to where the log is worked in."""
        ...

    def numbers(self) -> tuple[int, int]:
        """The highest number of an event and of a profile so far."""
        ...

    def last_instant(self) -> Instant:
        """The latest instant worked in."""
        ...

    def today(self) -> int:
        """The day of the last tick worked in."""
        ...

    def profiles(self, digests: Collection[str]) -> list[ProfileRow]:
        """The rows of known profiles."""
        ...

    def profiles_numbered(self, numbers: Collection[int]) -> list[ProfileRow]:
        """The rows of profiles by their numbers."""
        ...

    def hot(self, keys: Collection[str]) -> set[str]:
        """Which of these keys more contents than the cap ever carried."""
        ...

    def carriers(self, keys: Collection[str]) -> dict[str, list[int]]:
        """The profiles that carry each key."""
        ...

    def bearings(self, key: str) -> list[tuple[int, Bearing]]:
        """The profiles' mentions that carry a key, each with its profile's number."""
        ...

    def signals(self, names: Collection[str]) -> dict[str, StoredSignal]:
        """Signals by name, those that were retracted included."""
        ...

    def event(self, source: str, id_: str) -> EventRow | None:
        """The event of a name."""
        ...

    def facts_of(self, event: EventRow) -> tuple[SignalFacts, ...]:
        """The signal of an event and its tear-lines."""
        ...

    def retractions(self, names: Collection[str]) -> dict[str, tuple[Instant, str]]:
        """When, and by which event, each of these was first retracted, known or not."""
        ...

    def standalone(self, mentions: Collection[str]) -> dict[str, int]:
        """The components of mentions that stand for themselves."""
        ...

    def claims_on(self, signals: Collection[str]) -> list[tuple[str, str]]:
        """The pairs of others' claims whose second mention is of these signals."""
        ...

    def judged(self, mentions: Collection[str]) -> list[tuple[str, str]]:
        """The pairs of which somebody judged, and of which one is among these mentions."""
        ...

    def relays_of(self, signals: Collection[str]) -> list[tuple[str, str]]:
        """(signal, relay) for what relays these, directly."""
        ...

    def published(self) -> tuple[Published, ...]:
        """The patterns that were published since the log began, oldest first."""
        ...

    def weights(self, era: int, grounds: Collection[str]) -> dict[str, dict[tuple[str, str], int]]:
        """The bound's sums of each ground in an era: (pattern, role) → millibits."""
        ...

    def passed(self, grounds: Collection[str]) -> dict[str, set[tuple[int, str]]]:
        """The patterns whose bound ever reached their release level on each ground, by era."""
        ...

    def passed_grounds(self) -> set[str]:
        """All grounds on which any pattern ever passed."""
        ...

    def places(self, grounds: Collection[str]) -> dict[str, str]:
        """A place on each of these grounds that stays on it."""
        ...

    def events_after(self, number: int, limit: int) -> list[EventRow]:
        """The next events by their numbers."""
        ...

    def events_at(self, recorded: int) -> list[EventRow]:
        """The events of one recorded moment."""
        ...

    def commit(
        self, changes: Changes, after: Position, *, expected: Position, last: Instant, today: int
    ) -> None:
        """Write the changes and the position in one transaction.

        Raises Fenced, and writes nothing, where another worker took over since this one did, or
        the position is no longer `expected`.
        """
        ...


class GroundStore(Protocol):
    """What a view reads to follow a class of readers; one consistent state for each reading."""

    @property
    def rules(self) -> Rules:
        """By what it is judged: what the log began with, and what was published since."""
        ...

    def ground(self, place: str) -> Ground | None:
        """The ground of a place (`p<profile>`, `m<mention>`, `c<component>` or a free cell)."""
        ...

    def touches(self, after: int) -> tuple[list[Touch], int]:
        """Touches beyond a number, and the last number."""
        ...

    def touches_at(self, recorded: int) -> list[Touch]:
        """The touches of one recorded moment."""
        ...

    def tearlines(self, signals: Collection[str]) -> dict[str, tuple[NormalForm, ...]]:
        """The markings of the tear-lines of those of these signals that have any."""
        ...

    def shared_identifiers(
        self,
        *,
        known: Callable[[NormalForm], bool],
        discovered: Callable[[NormalForm], bool],
        entrusted: Callable[[NormalForm], bool],
    ) -> dict[str, list[tuple[StoredSignal, str]]]:
        """Who bears each identifier that some known and some only discovered mention bear.

        And each that an `entrusted` mention bears beside another, known or not.

        Each bearer with the name of the mention; nothing but what is `discovered`.
        """
        ...


def ordered_touches(touches: Iterable[Touch]) -> Mapping[Instant, list[str]]:
    """Touches by instant, oldest first."""
    found: dict[Instant, list[str]] = {}
    for touch in sorted(touches, key=lambda t: (t.at, t.place)):
        found.setdefault(touch.at, []).append(touch.place)
    return found
