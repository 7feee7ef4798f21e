"""A signal as it stands on the wire (CONTRACT.md section 1): what one agency submitted.

These are msgspec structs: the same frozen types are decoded at the door, stored in the log and read
back by the worker, so that a signal has one shape. Unknown members are refused by their pointer.
They check shapes only; `intake.validate` checks what a shape cannot say.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct, field

from fusion.domain import ids
from fusion.domain.errors import Invalid

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


class Period(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"from_": "from"},
):
    """When it happened: two of `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time, both inclusive.

    Either may be absent.
    """

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


class Relation(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"from_": "from"},
):
    """What connects two mentions of the signal: `from` is the edge's source, `to` its target."""

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


class SignalEvent(Struct, frozen=True, kw_only=True):
    """A whole CloudEvent: a submitted signal or a retraction, as `type` says.

    `fusionceiling` (an Admiralty code) and `fusionpublisher` are set by intake and by nobody else.
    Other extension attributes are kept in the stored body and not read. Made by `decode_event` or
    `intake.validate`; msgspec alone can't decide between the two kinds of `data`.
    """

    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: Submission | Retraction
    datacontenttype: str | None = None
    fusionceiling: str | None = None
    fusionpublisher: str | None = None

    @property
    def name(self) -> str:
        """The signal's full name."""
        return ids.signal_name(self.source, self.id)


class _Attributes(Struct, frozen=True, kw_only=True):
    """A CloudEvent whose `data` is not decoded yet."""

    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: msgspec.Raw
    datacontenttype: str | None = None
    fusionceiling: str | None = None
    fusionpublisher: str | None = None


_ATTRIBUTES = msgspec.json.Decoder(_Attributes)
_DATA: dict[str, msgspec.json.Decoder[Submission] | msgspec.json.Decoder[Retraction]] = {
    SUBMITTED: msgspec.json.Decoder(Submission),
    RETRACTED: msgspec.json.Decoder(Retraction),
}


def decode_event(body: bytes) -> SignalEvent:
    """The event of a stored body, which intake accepted once; `Invalid` where it has no such shape.

    Checks the shape and no more: what stands in the log was validated before it was appended.
    """
    try:
        attributes = _ATTRIBUTES.decode(body)
        decoder = _DATA.get(attributes.type)
        if decoder is None:
            raise Invalid(f"{attributes.type!r} is no type of a signal")
        data = decoder.decode(attributes.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"a stored signal can't be read: {error}") from error
    return SignalEvent(
        specversion=attributes.specversion,
        type=attributes.type,
        source=attributes.source,
        id=attributes.id,
        time=attributes.time,
        data=data,
        datacontenttype=attributes.datacontenttype,
        fusionceiling=attributes.fusionceiling,
        fusionpublisher=attributes.fusionpublisher,
    )
