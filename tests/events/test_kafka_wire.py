from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.errors import Unreadable
from fusion.events.envelope import Envelope
from fusion.events.kafka_wire import Written, read_bytes, written_bytes

_text = st.text(st.characters(codec="utf-8"), max_size=8)
_bodies = st.binary(max_size=40) | st.sampled_from(
    [b"{}", b'{"a": 1 }', b"[1]", b" {}", b"{}\n", b'"a"', b"null", b"{", b'{"a":"\xff"}', b"{}{}"]
)
_written = st.builds(
    Written,
    st.builds(
        Envelope,
        _text,
        st.integers(1, 9),
        _text,
        _text,
        _bodies,
        st.binary(max_size=32),
        st.none() | _text,
    ),
    st.integers(-(2**62), 2**62),
    st.integers(0, 2**62),
)


@given(_written)
def test_an_event_is_read_as_it_was_written_byte_for_byte(written: Written) -> None:
    assert read_bytes(written_bytes(written)) == written


def test_an_event_is_a_cloudevent_whose_data_is_its_body() -> None:
    envelope = Envelope(
        "grants.set", 2, "/fusion/grants", "ann/1", b'{"level":"OPEN"}', b"\x01\x02"
    )
    assert json.loads(written_bytes(Written(envelope, 1_700_000_000_000_001, 7))) == {
        "specversion": "1.0",
        "id": "ann/1",
        "source": "/fusion/grants",
        "type": "grants.set",
        "fusionversion": 2,
        "fusiondigest": base64.b64encode(b"\x01\x02").decode(),
        "fusionrecorded": "1700000000000001",
        "fusionunder": "7",
        "data": {"level": "OPEN"},
    }


@pytest.mark.parametrize(
    "value",
    [None, b"", b"{}", b"no json", b'{"specversion":"1.0"}', b"\x00" * 40],
    ids=repr,
)
def test_what_no_log_wrote_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(Unreadable, match="no event of a fusion log"):
        read_bytes(value)
