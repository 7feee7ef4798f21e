"""Events as Kafka holds them: CloudEvents 1.0 in the structured mode of its Kafka binding.

The binary mode was measured too: nine headers a record, which kafka-python reads at less than half
the rate (README). A body that is JSON stands in `data` byte for byte; any other, which the port
allows, in `data_base64`. No body is looked into.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import msgspec

from fusion.domain.errors import Unreadable
from fusion.events.envelope import Envelope

CONTENT_TYPE = "application/cloudevents+json"
HEADERS = [("content-type", CONTENT_TYPE.encode())]

_BRACKETS = {(0x7B, 0x7D), (0x5B, 0x5D)}  # {} and []


@dataclass(frozen=True, slots=True)
class Written:
    """An event as its writer wrote it.

    `recorded` (µs) is the writer's moment, and `under` how many of the control partition's offsets
    lay before what it accepted the event under. A mark stands for no event.
    """

    envelope: Envelope
    recorded: int
    under: int


class _Wire(msgspec.Struct, omit_defaults=True, kw_only=True):
    """CloudEvents has integers of 32 bits, so that larger ones are strings of digits."""

    specversion: str
    id: str
    source: str
    type: str
    fusionversion: int
    fusiondigest: str
    fusionrecorded: str
    fusionunder: str
    fusionkey: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Wire)
_any_json = msgspec.json.Decoder(msgspec.Raw)


def written_bytes(written: Written) -> bytes:
    """The value of a record; its headers are `HEADERS`."""
    envelope = written.envelope
    is_json = _is_json(envelope.body)
    wire = _Wire(
        specversion="1.0",
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        fusionversion=envelope.version,
        fusiondigest=base64.b64encode(envelope.digest).decode(),
        fusionrecorded=str(written.recorded),
        fusionunder=str(written.under),
        fusionkey=envelope.key_id,
        data=msgspec.Raw(envelope.body) if is_json else msgspec.Raw(b"null"),
        data_base64=None if is_json else base64.b64encode(envelope.body).decode(),
    )
    return _encoder.encode(wire)


def read_bytes(value: bytes | None) -> Written:
    """The event that `written_bytes` wrote; Unreadable for anything else."""
    try:
        wire = _decoder.decode(value or b"")
        coded = wire.data_base64
        body = bytes(wire.data) if coded is None else base64.b64decode(coded, validate=True)
        digest = base64.b64decode(wire.fusiondigest, validate=True)
        envelope = Envelope(
            wire.type, wire.fusionversion, wire.source, wire.id, body, digest, wire.fusionkey
        )
        return Written(envelope, int(wire.fusionrecorded), int(wire.fusionunder))
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unreadable(f"no event of a fusion log: {error}") from error


def _is_json(body: bytes) -> bool:
    """Whether a body can stand in a JSON document and be cut out of it as it was."""
    if not body or (body[0], body[-1]) not in _BRACKETS:
        return False
    try:
        _any_json.decode(body)
    except msgspec.MsgspecError:
        return False
    return True
