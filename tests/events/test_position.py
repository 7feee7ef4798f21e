"""A position is an opaque vector: ordered componentwise, written as URL-safe text."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.events.position import Position

_partitions = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)
_positions = st.dictionaries(_partitions, st.integers(1, 2**63 - 1), max_size=5).map(
    lambda components: Position(tuple(sorted(components.items())))
)


@given(_positions)
def test_a_position_survives_its_text_which_needs_no_escaping(position: Position) -> None:
    text = position.encode()
    assert Position.decode(text) == position
    assert hash(Position.decode(text)) == hash(position)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9_=-]{0,40}", fullmatch=True))
def test_a_text_is_refused_or_is_the_only_text_of_its_position(text: str) -> None:
    try:
        position = Position.decode(text)
    except ValueError:
        return
    assert position.encode() == text


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"2,log:1",
        b"1,log",
        b"1,log:0",
        b"1,log:01",
        b"1,log:-1",
        b"1,log:9223372036854775808",
        b"1,b:1,a:1",
        b"1,a:1,a:2",
        b"1,a b:1",
        b"1,:1",
        b"1,log:\xb2",
    ],
)
def test_what_is_no_position_is_refused(written: bytes) -> None:
    text = base64.urlsafe_b64encode(written).decode().rstrip("=")
    with pytest.raises(ValueError, match="no position"):
        Position.decode(text)


def test_an_absurdly_long_text_is_refused() -> None:
    with pytest.raises(ValueError, match="no position"):
        Position.decode("A" * 1_000_000)


@given(_positions, _positions, _positions)
def test_covering_is_a_partial_order(a: Position, b: Position, c: Position) -> None:
    assert a.covers(a)
    assert a.covers(Position.start())
    if a.covers(b) and b.covers(a):
        assert a == b
    if a.covers(b) and b.covers(c):
        assert a.covers(c)


@given(_positions, _partitions, st.integers(1, 2**63 - 1))
def test_advancing_covers_what_was_and_nothing_short_of_it(
    position: Position, partition: str, offset: int
) -> None:
    before = dict(position.components).get(partition, 0)
    if offset < before:
        with pytest.raises(ValueError, match="cannot advance"):
            position.advanced(partition, offset)
        return
    after = position.advanced(partition, offset)
    assert after.covers(position)
    assert position.covers(after) == (offset == before)
    assert list(after.components) == sorted(after.components)


def test_positions_of_two_partitions_need_not_cover_each_other() -> None:
    one, other = (Position.start().advanced(partition, 1) for partition in ("a", "b"))
    assert not one.covers(other)
    assert not other.covers(one)


def test_the_start_is_one_value_and_advancing_by_nothing_stays_there() -> None:
    assert Position.start().advanced("log", 0) == Position.start() == Position(())


@pytest.mark.parametrize("partition", ["", "a:b", "a,b", "ä"])
def test_a_partition_that_cannot_be_written_is_refused(partition: str) -> None:
    with pytest.raises(ValueError, match="names no partition"):
        Position.start().advanced(partition, 1)
