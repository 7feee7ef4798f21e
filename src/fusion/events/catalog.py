"""The catalog: every event that a log may hold, by its stored name and version, with its body.

A stored name never follows a class or a module: classes may be renamed, the log is for ever. A body
gains fields only with a default; anything else is a new version with an upcaster. Unknown members
are ignored on read, so that an older program reads what a newer one added. Bodies hold what
happened and nothing that could be derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from fusion.domain.judgement import Verdict
from fusion.domain.marking import NormalForm
from fusion.domain.signal import Retraction, Submission


class StoredMarking(Struct, frozen=True, kw_only=True):
    """A normal form as the log keeps it: every set a sorted list, so that equal is byte-equal."""

    level: int
    compartments: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    owners: tuple[str, ...]
    discovery: int
    may_break_glass: bool


def store_marking(marking: NormalForm) -> StoredMarking:
    """A normal form, as it is logged."""
    return StoredMarking(
        level=marking.level,
        compartments=tuple(sorted(marking.compartments)),
        clauses=tuple(sorted(tuple(sorted(clause)) for clause in marking.clauses)),
        owners=tuple(sorted(marking.owners)),
        discovery=marking.discovery,
        may_break_glass=marking.may_break_glass,
    )


def load_marking(stored: StoredMarking) -> NormalForm:
    """The normal form that was logged as `stored`, exactly."""
    return NormalForm(
        level=stored.level,
        compartments=frozenset(stored.compartments),
        clauses=frozenset(map(frozenset, stored.clauses)),
        owners=frozenset(stored.owners),
        discovery=stored.discovery,
        may_break_glass=stored.may_break_glass,
    )


class NamespaceOpened(Struct, frozen=True, kw_only=True):
    """What kind of log this is, for ever. `levels` are the names of the levels, lowest first.

    `name` tells it from every other namespace: two live ones are as far apart as a live one and an
    exercise. That of an exercise follows from its seed. (Version 1 had none.)
    """

    name: str
    kind: Literal["live", "exercise"]
    seed: str | None
    levels: tuple[str, ...]


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What both signals are: a CloudEvent as submitted, and what intake set beside it.

    `fusionceiling` is the best grading that the publisher was registered for then (`B2`),
    `fusionpublisher` the publisher's name. Other extension attributes stay in the body, unread.
    """

    specversion: str
    type: str
    source: str
    id: str
    time: str
    datacontenttype: str | None = None
    fusionceiling: str | None = None
    fusionpublisher: str | None = None


class SignalSubmitted(CloudEvent, frozen=True, kw_only=True):
    """An agency submitted a signal."""

    data: Submission


class SignalRetracted(CloudEvent, frozen=True, kw_only=True):
    """An agency took a signal of its own back."""

    data: Retraction


class SignalPurged(Struct, frozen=True, kw_only=True):
    """A signal was taken out of the past too, by order of whoever operates; `reason` says on what.

    It stands twice: under `/fusion/purges`, where it was ordered, and in the signal's own place and
    under its name, where the content was. `retracts` is what the signal retracted or corrected,
    which stays retracted.
    """

    signal: str
    retracts: str | None
    reason: str


class JudgementMade(Struct, frozen=True, kw_only=True):
    """A person judged whether two mentions are one; `because` names the signals cited."""

    id: str
    author: str
    agency: str
    a: str
    b: str
    verdict: Verdict
    reason: str
    because: tuple[str, ...]
    marking: StoredMarking


class AlertAcknowledged(Struct, frozen=True, kw_only=True):
    """An office took note of one version of an alert; `names` are all that it answered to then."""

    id: str
    author: str
    agency: str
    office: str
    alert: str
    names: tuple[str, ...]
    version: int
    marking: StoredMarking


class FeedbackGiven(Struct, frozen=True, kw_only=True):
    """An office said what it holds of an alert; `names` are all that it answered to then."""

    id: str
    author: str
    agency: str
    office: str
    alert: str
    names: tuple[str, ...]
    verdict: Literal["confirmed", "dismissed"]
    reason: str
    marking: StoredMarking


RequestKind: TypeAlias = Literal["signal", "alert", "handle"]


class DisclosureRequested(Struct, frozen=True, kw_only=True):
    """Somebody asked a desk for more of a signal, an alert, or what a pointer's handle stands for.

    `names` are all that the thing answered to then. `mechanism` is the one that leads an alert: to
    it and those above the request goes when the desk is silent; else it is the desk's own. `behind`
    are the signals that the desk answers for behind a handle, for nobody else to be told.
    """

    id: str
    author: str
    agency: str
    kind: RequestKind
    name: str
    names: tuple[str, ...]
    behind: tuple[str, ...]
    reason: str
    desk: str
    mechanism: str | None
    marking: StoredMarking


class DisclosureAnswered(Struct, frozen=True, kw_only=True):
    """A post answered a request; `released` names the signal or the case by which it was granted.

    It is marked as the request is: whoever may know what was asked may know what was answered.
    """

    request: str
    author: str
    agency: str
    post: str
    answer: Literal["granted", "refused"]
    reason: str
    released: str | None
    marking: StoredMarking


class RegistryLoaded(Struct, frozen=True):
    """Agencies, offices, desks, posts and mechanisms as one document; it replaces the last one."""

    document: dict[str, Any]


class PublisherRegistered(Struct, frozen=True, kw_only=True):
    """What a publisher may submit: under which source, how well graded, how highly marked."""

    name: str
    source: str
    ceiling: str
    level: str
    compartments: tuple[str, ...]


class GrantsSet(Struct, frozen=True, kw_only=True):
    """What a reader may know from now on; it replaces what the reader was granted before."""

    name: str
    agency: str
    nation: str | None
    level: str
    compartments: tuple[str, ...]
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    cases: tuple[str, ...]


class GrantsRevoked(Struct, frozen=True):
    """A reader may know nothing from now on."""

    name: str


class ModelPublished(Struct, frozen=True, kw_only=True):
    """The linking model in force from now on; `digest` is the hex digest of its files."""

    version: str
    digest: str


class PatternPublished(Struct, frozen=True, kw_only=True):
    """A pattern in force from now on, as its file had it."""

    slug: str
    version: int
    body: dict[str, Any]


class LibraryPublished(Struct, frozen=True, kw_only=True):
    """The patterns in force from now on, all of them, as their files had them.

    In one event, so that none is ever in force beside one that was not meant for it.
    """

    patterns: tuple[dict[str, Any], ...]


class ClockTicked(Struct, frozen=True):
    """A UTC day began; `day` counts from 1970. Only a log writes this one (RULES.md 6)."""

    day: int


class KeyCreated(Struct, frozen=True, kw_only=True):
    """A key for `purpose`; `key` in base64. The log's host is trusted with it (DESIGN.md 1)."""

    purpose: str
    key: str


Signal = SignalSubmitted | SignalRetracted
Event = (
    NamespaceOpened
    | Signal
    | SignalPurged
    | JudgementMade
    | AlertAcknowledged
    | FeedbackGiven
    | DisclosureRequested
    | DisclosureAnswered
    | RegistryLoaded
    | PublisherRegistered
    | GrantsSet
    | GrantsRevoked
    | ModelPublished
    | PatternPublished
    | LibraryPublished
    | ClockTicked
    | KeyCreated
)


# What agencies post; all else is a decision, or the service's own.
SIGNALS = frozenset({"signal.submitted", "signal.retracted"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the catalog: its stored name, its current version, the shape of its body."""

    name: str
    version: int
    shape: type[Event]


_ENTRIES = (
    Entry("namespace.opened", 2, NamespaceOpened),
    Entry("signal.submitted", 1, SignalSubmitted),
    Entry("signal.retracted", 1, SignalRetracted),
    Entry("signal.purged", 1, SignalPurged),
    Entry("judgement.made", 1, JudgementMade),
    Entry("alert.acknowledged", 1, AlertAcknowledged),
    Entry("feedback.given", 1, FeedbackGiven),
    Entry("disclosure.requested", 2, DisclosureRequested),
    Entry("disclosure.answered", 1, DisclosureAnswered),
    Entry("registry.loaded", 1, RegistryLoaded),
    Entry("publisher.registered", 1, PublisherRegistered),
    Entry("grants.set", 1, GrantsSet),
    Entry("grants.revoked", 1, GrantsRevoked),
    Entry("model.published", 1, ModelPublished),
    Entry("pattern.published", 1, PatternPublished),
    Entry("library.published", 1, LibraryPublished),
    Entry("clock.ticked", 1, ClockTicked),
    Entry("key.created", 1, KeyCreated),
)

Catalog = Mapping[str, Entry]
CATALOG: Catalog = MappingProxyType({entry.name: entry for entry in _ENTRIES})
ENTRY_OF: Mapping[type[Event], Entry] = MappingProxyType({e.shape: e for e in _ENTRIES})
