"""A signal as it stands on the wire (CONTRACT.md section 1): what one agency submitted.

These are msgspec structs: the same frozen types are decoded at the door, stored in the log and read
back by the worker, so that a signal has one shape. Unknown members are refused by their pointer.
They check shapes only; `intake.validate` checks what a shape cannot say.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

SUBMITTED = "fusion.signal.submitted.v1"
RETRACTED = "fusion.signal.retracted.v1"


class Marking(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who may know. Whole: a nearer marking replaces the outer one and inherits nothing."""

    level: str
    compartments: tuple[str, ...] = ()
    releasable_to: tuple[str, ...] = ()
    nations: tuple[str, ...] = ()
    need: str = ""
    purposes: tuple[str, ...] = ()
    originator_control: bool = False
    consent: tuple[str, ...] = ()
    discovery: Literal["none", "stewards", "agencies", "all"] = "stewards"
    break_glass: bool = False
    desk: str | None = None


class Grading(Struct, frozen=True, forbid_unknown_fields=True):
    """The Admiralty code: reliability of the source, credibility of the information."""

    source: Literal["A", "B", "C", "D", "E", "F"] = "F"
    information: Literal[1, 2, 3, 4, 5, 6] = 6


class Period(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}):
    """When it happened: `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time, inclusive; either may be absent."""

    from_: str | None = None
    to: str | None = None


class Origin(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The source behind the report: an id of its own, or the name of the signal that it relays."""

    id: str
    marking: Marking | None = None


class Mention(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One reference to a person or thing, in FollowTheMoney's words."""

    ref: str
    schema: str
    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    role: Literal["subject", "associate", "victim", "witness", "bystander"] | None = None
    marking: Marking | None = None


class Relation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}):
    """What connects two mentions of the signal: `from` and `to` are the edge's source and target."""

    schema: str
    from_: str
    to: str
    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    marking: Marking | None = None


class IdentityClaim(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """That two mentions are the same, or are not: `a` a ref, `b` a ref or any mention's name."""

    a: str
    b: str
    verdict: Literal["same", "different"]
    grading: Grading | None = None
    marking: Marking | None = None


class Activity(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody did, by a code of the vocabulary, and under which circumstances."""

    code: str
    circumstances: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    place: str | None = None
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    marking: Marking | None = None


class Tearline(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A text written for a wider circle, with mentions and activities of its own."""

    text: str
    releaser: str
    marking: Marking
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    activities: tuple[Activity, ...] = ()
    topics: tuple[str, ...] = ()
    observed: Period | None = None
    grading: Grading | None = None


class Submission(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The `data` of a submitted signal."""

    marking: Marking
    summary: str = ""
    observed: Period | None = None
    tearlines: tuple[Tearline, ...] = ()
    grading: Grading | None = None
    origin: Origin | None = None
    authority: str | None = None
    vetting: Literal["raw", "vetted", "shared"] | None = None
    disputed: bool = False
    retain_until: str | None = None
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    identities: tuple[IdentityClaim, ...] = ()
    activities: tuple[Activity, ...] = ()
    topics: tuple[str, ...] = ()
    corrects: str | None = None


class Retraction(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The `data` of a retraction: an id under the equal source."""

    retracts: str
    reason: str = ""
