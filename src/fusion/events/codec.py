"""The codec: events to envelopes and back, by stored name and version.

Encoding is deterministic: equal events have equal bytes and equal digests. A signal is different:
its body is the CloudEvent itself, extension attributes included, and its digest is of what makes it
the same signal and of nothing else. Reading never guesses: what this program does not know, or what
is not what its name says, is Unreadable.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from fusion.domain.errors import Fault, Invalid, Unreadable
from fusion.domain.ids import signal_name
from fusion.domain.signal import RETRACTED, SUBMITTED
from fusion.events.catalog import CATALOG, ENTRY_OF, Catalog, CloudEvent, Entry, Event
from fusion.events.envelope import Envelope, Recorded
from fusion.events.upcasters import UPCASTERS, Steps, upcast

# What makes two submissions the same signal (CONTRACT.md section 1), `data` beside the attributes.
_SAME = ("specversion", "type", "source", "id", "time", "datacontenttype", "data")
_SIGNALS: Mapping[str, str] = {SUBMITTED: "signal.submitted", RETRACTED: "signal.retracted"}
# Where a number of another form may stand: a fraction, an exponent, an integer of 16 digits and
# more, which a double may not hold, or a null, as which msgspec writes an infinity. A string that
# looks like one costs time and changes nothing.
_UNSETTLED = re.compile(rb"[:\[,](?:null|-?[0-9](?:[0-9]*[.eE]|[0-9]{15}))")

_deterministic = msgspec.json.Encoder(order="deterministic")
_sorted = msgspec.json.Encoder(order="sorted")


def encode(event: Event, *, source: str, id: str) -> Envelope:
    """The envelope of an event that is no signal, under the name (`source`, `id`)."""
    if isinstance(event, CloudEvent):
        raise TypeError("a signal's body is the CloudEvent as submitted: signal_envelope makes it")
    entry = ENTRY_OF[type(event)]
    body = _deterministic.encode(event)
    digest = hashlib.sha256(f"{entry.name}\n{entry.version}\n".encode() + body).digest()
    return Envelope(entry.name, entry.version, source, id, body, digest)


def signal_envelope(document: Mapping[str, Any], *, ceiling: str, publisher: str) -> Envelope:
    """The envelope of a validated CloudEvent, as JSON decoded it.

    The body is the event with its extension attributes, without white space, and with what intake
    alone may say: `fusionceiling` and `fusionpublisher` replace whatever the client wrote there.
    """
    name = _SIGNALS.get(document["type"])
    if name is None:
        fault = Fault("/type", f"{document['type']!r} is no signal")
        raise Invalid("not a signal", faults=(fault,))
    body = msgspec.json.encode({**document, "fusionceiling": ceiling, "fusionpublisher": publisher})
    digest = signal_digest(document)
    return Envelope(name, CATALOG[name].version, document["source"], document["id"], body, digest)


def signal_digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of what makes a signal this one: equal for documents equal under RFC 8785.

    Key order, white space, the form of numbers and extension attributes do not count; an attribute
    that is null counts as absent (CloudEvents JSON format 1.0.2, section 2.2). Unreadable for a
    number that no double holds, which JSON values in the sense of RFC 8785 cannot contain.
    """
    same = {name: document[name] for name in _SAME if document.get(name) is not None}
    text = _sorted.encode(same)
    if _UNSETTLED.search(text):
        text = _sorted.encode(_settled(same))
    return hashlib.sha256(text).digest()


def decode(
    event: Recorded | Envelope, *, catalog: Catalog = CATALOG, steps: Steps = UPCASTERS
) -> Event:
    """The event in an envelope, brought to its current version; Unreadable if it cannot be read."""
    envelope = event.envelope if isinstance(event, Recorded) else event
    entry = catalog.get(envelope.type)
    if entry is None or not 1 <= envelope.version <= entry.version:
        raise _unreadable(envelope, "this program does not know it; a newer one wrote it")
    if envelope.key_id is not None:
        raise _unreadable(envelope, f"its body is encrypted under the key {envelope.key_id}")
    try:
        if envelope.version == entry.version:
            return _decoder(entry.shape).decode(envelope.body)
        return _decoded_from_older(envelope, entry, steps)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(envelope, str(error)) from error


def _decoded_from_older(envelope: Envelope, entry: Entry, steps: Steps) -> Event:
    body = msgspec.json.decode(envelope.body, type=dict[str, Any])
    body = upcast(
        body, name=entry.name, version=envelope.version, current=entry.version, steps=steps
    )
    return msgspec.convert(body, entry.shape)


def _unreadable(envelope: Envelope, reason: str) -> Unreadable:
    name = signal_name(envelope.source, envelope.id)
    return Unreadable(f"{name} ({envelope.type} version {envelope.version}): {reason}")


@cache
def _decoder(shape: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(shape)


def _settled(value: Any) -> Any:
    """`value` with every number in the one form that RFC 8785 gives its double."""
    if isinstance(value, dict):
        return {key: _settled(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(part) for part in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _settled_number(value)
    return value


def _settled_number(number: float) -> float:
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise Unreadable("a number is beyond what JSON can hold (RFC 8785)")
    return int(double) if double.is_integer() else double
