"""Validation: from a decoded document to the signal that it is, or everything wrong with it.

Checks all that CONTRACT.md section 1 asks of a signal and that needs no log: here the attributes of
the event, in `shape` the shape of its `data`, in `content` what that says. Promises never to raise
on any document, to find what it can in one go, and to point out each fault from the root of the
signal. It must never mend: what passes is what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fusion.access.publisher import PublisherRights
from fusion.domain import ids
from fusion.domain.clock import MICROS_PER_SECOND, parse_moment
from fusion.domain.compiling import Community
from fusion.domain.errors import Fault, shown, step
from fusion.domain.signal import RETRACTED, SUBMITTED, Retraction, SignalEvent, Submission
from fusion.domain.vocabulary import Vocabulary
from fusion.intake.content import ContentCheck
from fusion.intake.faults import Faults
from fusion.intake.shape import faults_of, mended

# How far ahead of the present a report may say that it was made: clocks differ by so much.
MAX_AHEAD_SECONDS = 5 * 60
# A source stands in the name of every fact of its signals; the registry's paths have this limit.
MAX_SOURCE_CHARACTERS = 256

_SHAPES: Mapping[str, type[Submission | Retraction]] = {
    SUBMITTED: Submission,
    RETRACTED: Retraction,
}
_TEXTS = ("specversion", "type", "source", "id", "time")
_ATTRIBUTES = frozenset({*_TEXTS, "data", "datacontenttype"})
# Set by intake alone; what a client writes there is dropped, whatever it is.
_OURS = frozenset({"fusionceiling", "fusionpublisher"})
# CloudEvents 1.0, type system: an Integer has 32 bits.
_LEAST_INTEGER, _MOST_INTEGER = -(2**31), 2**31 - 1


def validate(
    document: Mapping[str, Any],
    *,
    publisher: PublisherRights | None,
    community: Community,
    vocabulary: Vocabulary,
    now: int,
) -> SignalEvent | list[Fault]:
    """The signal or retraction that a document is, or its faults (at least one, at most 100).

    `publisher` is whose document it is; None where nobody's rights bound it (a file fused offline).
    `now` is the moment that `time` is held against. The event carries the publisher's name and
    ceiling, and nothing that a client wrote in their place.
    """
    if not isinstance(document, dict):
        return [Fault("", "a signal is a JSON object")]
    faults = Faults()
    _check_attributes(document, faults)
    owner = _owner(document, faults, publisher, community)
    _check_id_and_time(document, faults, now)
    event_data = _converted(document, faults)
    if isinstance(event_data, Submission):
        _check_other(event_data.corrects, "/data/corrects", document, faults)
        ContentCheck(
            faults,
            signal=f"{document.get('source')}/{document.get('id')}",
            owner=owner,
            publisher=publisher,
            community=community,
            vocabulary=vocabulary,
        ).submission(event_data)
    elif event_data is not None:
        _check_other(event_data.retracts, "/data/retracts", document, faults)
    if faults.found or event_data is None:
        return faults.found
    return SignalEvent(
        specversion=document["specversion"],
        type=document["type"],
        source=document["source"],
        id=document["id"],
        time=document["time"],
        data=event_data,
        datacontenttype=document.get("datacontenttype"),
        fusionceiling=None if publisher is None else publisher.ceiling,
        fusionpublisher=None if publisher is None else publisher.name,
    )


def _check_attributes(document: Mapping[str, Any], faults: Faults) -> None:
    for name in _TEXTS:
        value = document.get(name)
        if value is None:
            faults.add(f"/{name}", "is required")
        elif not isinstance(value, str):
            faults.add(f"/{name}", "must be a string")
    if document.get("data") is None:
        faults.add("/data", "is required")
    if _text(document, "specversion") not in {None, "1.0"}:
        faults.add("/specversion", "must be 1.0")
    kind = _text(document, "type")
    if kind is not None and kind not in _SHAPES:
        faults.add("/type", f"{shown(kind)} is none of {', '.join(_SHAPES)}")
    if document.get("datacontenttype") not in (None, "application/json"):
        faults.add("/datacontenttype", "must be application/json")
    if not document.keys() <= _ATTRIBUTES:
        _check_extensions(document, faults)


def _check_extensions(document: Mapping[str, Any], faults: Faults) -> None:
    """Extension attributes are kept and ignored, so they have to be what CloudEvents says."""
    for name in document.keys() - _ATTRIBUTES - _OURS:
        value = document[name]
        if name == "data_base64":
            faults.add("/data_base64", "is refused: a signal's data is JSON")
        elif isinstance(value, int) and not isinstance(value, bool):
            if not _LEAST_INTEGER <= value <= _MOST_INTEGER:
                faults.add(step(name), "an attribute's integer has 32 bits")
        elif not isinstance(value, str | bool | None):
            faults.add(step(name), "an attribute is a string, a boolean or an integer")


def _owner(
    document: Mapping[str, Any],
    faults: Faults,
    publisher: PublisherRights | None,
    community: Community,
) -> str | None:
    """The agency whose signal it is; None, with the fault noted, where there is none."""
    source = _text(document, "source")
    if source is None:
        return None
    if len(source) > MAX_SOURCE_CHARACTERS or not ids.is_source(source):
        faults.add("/source", "is no path of 1 to 8 segments of a-z, 0-9, '.', '_' and '-'")
        return None
    if source.split("/")[2:3] == [ids.TEARLINE_SEGMENT]:
        faults.add("/source", "no publisher may use the source of tear-lines")
    if publisher is not None and not publisher.covers(source):
        faults.add("/source", f"is not below {publisher.source}, where this publisher publishes")
    agency = ids.agency_of(source)
    if community.token_of(agency) is None:
        faults.add("/source", f"{shown(agency)} is no agency that is known here")
        return None
    return agency


def _check_id_and_time(document: Mapping[str, Any], faults: Faults, now: int) -> None:
    id_ = _text(document, "id")
    if id_ is not None and not ids.is_signal_id(id_):
        faults.add("/id", "is not 1 to 256 of A-Z, a-z, 0-9 and '._:~@+-', a letter or digit first")
    time = _text(document, "time")
    if time is None:
        return
    try:
        moment = parse_moment(time)
    except ValueError:
        faults.add("/time", f"{shown(time)} is no RFC 3339 time with an offset")
        return
    if moment > now + MAX_AHEAD_SECONDS * MICROS_PER_SECOND:
        faults.add("/time", f"lies more than {MAX_AHEAD_SECONDS // 60} minutes ahead")


def _converted(document: Mapping[str, Any], faults: Faults) -> Submission | Retraction | None:
    """What `data` says; with its faults noted, what can be looked at all the same, or None."""
    shape = _SHAPES.get(_text(document, "type") or "")
    written = document.get("data")
    if shape is None or written is None:
        return None
    try:
        return msgspec.convert(written, shape)
    except msgspec.ValidationError as error:
        # At least msgspec's own fault, should the two ever differ.
        found = faults_of(written, shape, "/data") or [Fault("/data", str(error))]
    faults.add_all(found)
    rest = mended(written, shape)
    return None if rest is None else msgspec.convert(rest, shape)


def _check_other(
    other: str | None, pointer: str, document: Mapping[str, Any], faults: Faults
) -> None:
    """A signal that this one takes back, by its id under the same source."""
    if other is None:
        return
    if not ids.is_signal_id(other):
        faults.add(pointer, f"{shown(other)} is no id of a signal")
    elif other == document.get("id"):
        faults.add(pointer, "is the signal's own id")


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None
