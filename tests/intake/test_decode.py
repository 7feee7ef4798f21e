from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.errors import FusionError, Invalid, TooLarge, Unreadable
from fusion.intake.decode import (
    MAX_BATCH_BYTES,
    MAX_BATCH_SIGNALS,
    MAX_NESTING,
    MAX_SIGNAL_BYTES,
    Document,
    decode_batch,
    decode_binary,
    decode_lines,
    decode_structured,
)

Many = Callable[[bytes], Sequence[Document | FusionError]]

jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=10,
)


def array(bodies: list[bytes]) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


def lines(bodies: list[bytes]) -> bytes:
    return b"\n".join(bodies)


MANY = pytest.mark.parametrize(("decode", "joined"), [(decode_batch, array), (decode_lines, lines)])


@given(st.dictionaries(st.text(), jsons))
def test_what_comes_out_is_what_was_sent(document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    if "\\u0000" in json.dumps(document, ensure_ascii=True) and "\0" in _all_text(document):
        with pytest.raises(Invalid):
            decode_structured(body)
    else:
        assert decode_structured(body) == document


def _all_text(value: object) -> str:
    if isinstance(value, dict):
        return "".join(value) + "".join(map(_all_text, value.values()))
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for decode in (lambda one: [decode_structured(one)], decode_batch, decode_lines):
        try:
            found = decode(body)
        except FusionError:
            continue
        assert all(isinstance(each, dict | FusionError) for each in found)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a" 1}',
        b'{"a":1} x',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\x00"}',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"[]",
        b'"text"',
        b"null",
    ],
)
def test_what_is_no_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_structured(body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (rb'{"a":{"b":["x","a\u0000b"]}}', "/a/b/1"),
        (rb'{"a":"\ud800"}', "/a"),
        (rb'{"a":"\udc00"}', "/a"),
        (rb'{"a":"\ud800\ud800"}', "/a"),
        (rb'{"a":"\\\ud83d\\ude00"}', "/a"),
        (rb'{"a/~b":"\uDBFF"}', "/a~1~0b"),
        (rb'{"a":1,"\u0000":1}', ""),
    ],
)
def test_nul_and_lone_surrogates_are_refused_where_they_stand(body: bytes, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_structured(body)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_what_only_looks_like_a_nul_or_a_surrogate_is_text() -> None:
    assert decode_structured(rb'{"a":"\\u0000 \\ud800 \ud83d\ude00"}') == {
        "a": "\\u0000 \\ud800 \N{GRINNING FACE}"
    }


def test_of_a_member_that_stands_twice_the_last_counts() -> None:
    assert decode_structured(b'{"a":1,"a":2}') == {"a": 2}


def test_integral_numbers_are_integers_in_every_form() -> None:
    found = decode_structured(b'{"a":[3.0,3e0,30e-1,-0.0,0.5]}')["a"]
    assert found == [3, 3, 3, 0, 0.5]
    assert [type(number) for number in found] == [int, int, int, int, float]


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_nesting_has_a_limit() -> None:
    assert decode_structured(nested(MAX_NESTING))
    for depth in (MAX_NESTING + 1, 900, 5_000):
        with pytest.raises(TooLarge, match=f"nests at most {MAX_NESTING} deep"):
            decode_structured(nested(depth))
    flat = b'{"a":[' + b",".join([b"[[]]"] * 500) + b"]}"
    assert len(decode_structured(flat)["a"]) == 500


@pytest.mark.parametrize("bomb", [b"[" * MAX_BATCH_BYTES, b'{"a":' * (MAX_BATCH_BYTES // 5)])
def test_a_nesting_bomb_is_refused_in_every_form(bomb: bytes) -> None:
    for decode in (decode_structured, decode_batch):
        with pytest.raises(FusionError):
            decode(bomb)
    (refusal,) = decode_lines(bomb)
    assert isinstance(refusal, TooLarge)


def test_a_signal_is_measured_without_its_white_space() -> None:
    text = b"a b" * ((MAX_SIGNAL_BYTES - len(b'{"a":""}')) // 3)
    padding = b" " * (MAX_SIGNAL_BYTES - len(b'{"a":""}') - len(text))
    exact = b'{"a":"' + text + padding + b'"}'
    assert len(exact) == MAX_SIGNAL_BYTES
    assert decode_structured(exact)
    assert decode_structured(exact.replace(b":", b" :\n\t") + b"\n" * MAX_SIGNAL_BYTES)
    for decode in (decode_structured, lambda body: _one(decode_lines(body))):
        with pytest.raises(TooLarge, match="262144 bytes"):
            decode(exact.replace(b'":"', b'":"x'))
    assert isinstance(decode_batch(array([exact.replace(b'":"', b'":"x')]))[0], TooLarge)


def _one(found: Sequence[Document | FusionError]) -> Document:
    (only,) = found
    if isinstance(only, FusionError):
        raise only
    return only


def test_a_signal_written_in_escapes_is_measured_like_any_other() -> None:
    escaped = b'{"a":"' + rb"\u00e9" * (MAX_SIGNAL_BYTES // 3) + b'"}'
    assert len(escaped) > MAX_SIGNAL_BYTES
    assert decode_structured(escaped) == {"a": "é" * (MAX_SIGNAL_BYTES // 3)}
    with pytest.raises(TooLarge):
        decode_structured(b'{"a":"' + rb"\u00e9" * (MAX_SIGNAL_BYTES // 2) + b'"}')


@MANY
def test_in_a_batch_the_others_go_through(
    decode: Many, joined: Callable[[list[bytes]], bytes]
) -> None:
    bodies = [
        b'{"a":1}',
        rb'{"a":"\ud800"}',
        rb'{"a":"\u0000"}',
        b"3",
        b'{"a":"\xff"}',
        nested(MAX_NESTING + 1),
        b'{"a":2}',
    ]
    found = decode(joined(bodies))
    kinds = [type(each) for each in found]
    assert kinds == [dict, Invalid, Invalid, Unreadable, Unreadable, TooLarge, dict]
    assert (found[0], found[-1]) == ({"a": 1}, {"a": 2})


def test_a_lone_surrogate_of_one_signal_changes_no_text_of_another() -> None:
    first, second = decode_batch(rb'[{"a":"\\ud800 \ud83d\ude00"},{"a":"\ud800"}]')
    assert first == {"a": "\\ud800 \N{GRINNING FACE}"}
    assert isinstance(second, Invalid)


def test_a_line_that_is_no_json_is_its_own_refusal_and_an_array_of_such_is_unreadable() -> None:
    first, second = decode_lines(b'{"a":1}\n{"a":')
    assert first == {"a": 1}
    assert isinstance(second, Unreadable)
    for body in (b'[{"a":1},{"a":]', b'{"a":1}', b"[1,]", b"", b"[1] 2"):
        with pytest.raises(Unreadable):
            decode_batch(body)


def test_blank_lines_are_no_signals_and_an_empty_batch_has_none() -> None:
    assert list(decode_lines(b'\n \t\r\n{"a":1}\r\n\n  {"a":2}  ')) == [{"a": 1}, {"a": 2}]
    assert list(decode_lines(b"")) == list(decode_batch(b" [ ] ")) == []


def test_many_are_taken_by_place_and_by_slice() -> None:
    found = decode_lines(b'{"a":1}\n{"a":2}\n{"a":3}')
    assert len(found) == 3
    assert found[-1] == {"a": 3}
    assert list(found[1:]) == [{"a": 2}, {"a": 3}]


@MANY
def test_a_batch_beyond_its_number_is_refused_whole(
    decode: Many, joined: Callable[[list[bytes]], bytes]
) -> None:
    assert len(decode(joined([b"{}"] * MAX_BATCH_SIGNALS))) == MAX_BATCH_SIGNALS
    with pytest.raises(TooLarge, match="at most 10000 signals"):
        decode(joined([b"{}"] * (MAX_BATCH_SIGNALS + 1)))


def test_elements_without_number_are_counted_before_they_take_room() -> None:
    body = b"[" + b"0," * (MAX_BATCH_BYTES // 2 - 2) + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="at most 10000 signals"):
            decode_batch(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MAX_BATCH_BYTES
    commas = b'[{"a":[' + b"0," * 1_000_000 + b"0]}]"
    assert isinstance(decode_batch(commas)[0], TooLarge)
    with pytest.raises(Unreadable):
        decode_batch(b'[{"a":[' + b"0," * 1_000_000)


@MANY
def test_a_batch_beyond_its_bytes_is_refused_whole(
    decode: Many, joined: Callable[[list[bytes]], bytes]
) -> None:
    body = joined([b"{}"])
    assert len(decode(body.ljust(MAX_BATCH_BYTES))) == 1
    with pytest.raises(TooLarge, match="a batch holds at most"):
        decode(body.ljust(MAX_BATCH_BYTES + 1))


@given(st.dictionaries(st.sampled_from(["id", "source", "x"]), st.text()), jsons)
def test_attributes_beside_a_body_give_what_the_structured_form_gives(
    attributes: dict[str, str], data: Any
) -> None:
    def outcome(decode: Callable[[], Document]) -> object:
        try:
            return decode()
        except FusionError as refusal:
            return type(refusal), [fault.pointer for fault in refusal.faults]

    body = json.dumps(data).encode()
    whole = json.dumps({**attributes, "data": data}).encode()
    apart = outcome(lambda: decode_binary(attributes, body))
    both = outcome(lambda: decode_structured(whole))
    # Of several faults either form may name another first.
    assert apart == both or (isinstance(apart, tuple) and isinstance(both, tuple))


@pytest.mark.parametrize("body", [b"", b"{", b"1,2", b'1},"id":2', b"NaN", b'"\xff"'])
def test_a_body_that_is_no_json_value_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_binary({"id": "1"}, body)


def test_the_limits_of_the_binary_form_are_those_of_the_whole_event() -> None:
    attributes = {"id": "1"}
    room = MAX_SIGNAL_BYTES - len(b'{"id":"1","data":""}')
    assert decode_binary(attributes, b'"' + b"x" * room + b'"')["id"] == "1"
    deepest = MAX_NESTING - 1
    decode_binary(attributes, b"[" * deepest + b"]" * deepest)
    for body in (
        b'"' + b"x" * (room + 1) + b'"',
        b"[" * (deepest + 1) + b"]" * (deepest + 1),
        b" " * (MAX_SIGNAL_BYTES + 1) + b"x" * (7 * MAX_SIGNAL_BYTES),
    ):
        with pytest.raises(TooLarge):
            decode_binary(attributes, body)
