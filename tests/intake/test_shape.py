from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion.domain.signal import Retraction, Submission
from fusion.intake.shape import faults_of, mended

NAMES = sorted(
    {field.encode_name for field in msgspec.structs.fields(Submission)}
    | {field.encode_name for field in msgspec.structs.fields(Retraction)}
    | {"level", "ref", "schema", "properties", "role", "from", "to", "source", "information", "id"}
    | {"code", "subjects", "text", "releaser", "a", "b", "verdict", "discovery", "break_glass"}
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-1, 7)
    | st.floats(0, 7)
    | st.sampled_from(["A", "subject", "raw", "same", "all", "x", "m1", "OPEN"])
)
junk = st.recursive(
    leaves,
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), parts, max_size=5)
    ),
    max_leaves=25,
)
marking = st.fixed_dictionaries(
    {"level": st.sampled_from(["OPEN", 1])},
    optional={"discovery": st.sampled_from(["all", "some", None]), "need": leaves, "x": leaves},
)
mention = st.fixed_dictionaries(
    {"ref": st.sampled_from(["m1", 1]), "schema": st.just("Person")},
    optional={
        "properties": st.dictionaries(st.just("name"), st.lists(leaves, max_size=2) | leaves),
        "role": leaves,
        "marking": marking | leaves,
        "y": leaves,
    },
)
near_misses = st.fixed_dictionaries(
    {"marking": marking},
    optional={
        "mentions": st.lists(mention | junk, max_size=3),
        "grading": st.dictionaries(st.sampled_from(["source", "information"]), leaves) | junk,
        "disputed": leaves,
        "vetting": leaves,
        "summary": leaves,
        "observed": junk,
        "topics": junk,
    },
)


@pytest.mark.parametrize("shape", [Submission, Retraction])
@given(value=junk | near_misses)
@example(value={"marking": {"level": "OPEN"}, "grading": {"information": True}})
@example(value={"marking": {"level": "OPEN"}, "grading": {"information": 3.0}})
def test_a_fault_is_found_exactly_where_the_decoder_finds_one(
    shape: type[msgspec.Struct], value: Any
) -> None:
    faults = faults_of(value, shape, "/data")
    assert all(fault.pointer.startswith("/data") for fault in faults)
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        assert faults
    else:
        assert not faults
        assert mended(value, shape) == value


@given(near_misses | junk)
def test_what_is_mended_has_the_shape(value: Any) -> None:
    rest = mended(value, Submission)
    if rest is not None:
        msgspec.convert(rest, Submission)


@pytest.mark.parametrize(
    ("members", "pointer", "detail"),
    [
        ({"marking": {"level": 1}}, "/data/marking/level", "must be a string, not an integer"),
        ({"marking": {}}, "/data/marking/level", "is required"),
        ({"marking": None}, "/data/marking", "must be an object, not null"),
        ({"foo": 1}, "/data/foo", "no such member is known here"),
        ({"a/b~c": 1}, "/data/a~1b~0c", "no such member is known here"),
        ({"marking": {"level": "OPEN", "foo": 1}}, "/data/marking/foo", "no such member"),
        ({"topics": "x"}, "/data/topics", "must be an array, not a string"),
        ({"topics": ["x", 1]}, "/data/topics/1", "must be a string, not an integer"),
        ({"disputed": 1}, "/data/disputed", "must be a boolean, not an integer"),
        ({"vetting": "x"}, "/data/vetting", "must be one of raw, shared, vetted, not 'x'"),
        ({"grading": {"information": 7}}, "/data/grading/information", "not 7"),
        ({"grading": {"information": 10**400}}, "/data/grading/information", "not an integer"),
        (
            {"mentions": [{"ref": "m", "schema": "P", "properties": {"na/me": ["x", {}]}}]},
            "/data/mentions/0/properties/na~1me/1",
            "must be a string, not an object",
        ),
        ({"mentions": {}}, "/data/mentions", "must be an array, not an object"),
    ],
)
def test_a_fault_is_told_by_its_own_pointer(
    members: dict[str, Any], pointer: str, detail: str
) -> None:
    (fault,) = faults_of({"marking": {"level": "OPEN"}, **members}, Submission, "/data")
    assert fault.pointer == pointer
    assert detail in fault.detail


def test_all_faults_are_told_at_once() -> None:
    value = {"marking": {"foo": 1}, "bar": 1, "mentions": [{"ref": 1}, 2]}
    assert {fault.pointer for fault in faults_of(value, Submission, "")} == {
        "/marking/foo",
        "/marking/level",
        "/bar",
        "/mentions/0/ref",
        "/mentions/0/schema",
        "/mentions/1",
    }


def test_an_absurd_name_is_cut_in_pointer_and_detail() -> None:
    value = {"marking": {"level": "OPEN"}, "x" * 9999: 1, "vetting": "y" * 9999}
    for fault in faults_of(value, Submission, "/data"):
        assert len(fault.pointer) < 100
        assert len(fault.detail) < 200


def test_the_rest_is_looked_at_unless_what_is_wrong_would_change_its_meaning() -> None:
    plain = {"marking": {"level": "OPEN"}}
    assert mended({**plain, "foo": 1, "vetting": 3}, Submission) == plain
    assert mended({**plain, "mentions": [1]}, Submission) is None
    assert mended({"marking": {"level": "OPEN", "foo": 1}}, Submission) is None
    assert mended({"marking": {"level": "OPEN", "need": 1}}, Submission) is None
    assert mended({}, Submission) is None
