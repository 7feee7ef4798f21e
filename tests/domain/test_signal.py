from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.errors import Invalid
from fusion.domain.signal import RETRACTED, SUBMITTED, Retraction, Submission, decode_event

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "type": SUBMITTED,
    "source": "/fbi/phoenix",
    "id": "EC-1",
    "time": "2001-07-10T00:00:00Z",
    "data": {"marking": {"level": "OPEN"}},
}


def body(**members: Any) -> bytes:
    return msgspec.json.encode({**EVENT, **members})


def test_the_type_decides_what_the_data_are() -> None:
    assert isinstance(decode_event(body()).data, Submission)
    retraction = decode_event(body(type=RETRACTED, data={"retracts": "EC-0"}))
    assert retraction.data == Retraction("EC-0")
    assert retraction.name == "/fbi/phoenix/EC-1"


def test_extension_attributes_are_not_read_but_for_intakes_own() -> None:
    event = decode_event(body(traceparent="x", fusionceiling="B2", fusionpublisher="p"))
    assert (event.fusionceiling, event.fusionpublisher) == ("B2", "p")
    assert decode_event(body()).fusionceiling is None


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        body(type="fusion.signal.other.v1"),
        body(type=RETRACTED),
        body(data={"marking": {"level": "OPEN"}, "unknown": 1}),
        body(time=None),
    ],
)
def test_what_is_no_stored_signal_is_refused(stored: bytes) -> None:
    with pytest.raises(Invalid):
        decode_event(stored)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(stored: bytes) -> None:
    with pytest.raises(Invalid):
        decode_event(stored)
