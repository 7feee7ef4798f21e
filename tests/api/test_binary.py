from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from fusion.api.binary import JSON, attributes_of, is_binary
from fusion.domain.errors import Invalid


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode()) for name, value in pairs])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_a_client_encoded_is_what_was_meant(text: str) -> None:
    assert attributes_of(headers(("ce-traceparent", quote(text)))) == {
        "traceparent": text,
        "datacontenttype": JSON,
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/river/gauges", "/river/gauges"),
        ("%2Friver", "/river"),
        ("Euro%20%E2%82%AC", "Euro €"),
        ('"quoted"', "quoted"),
        (r'"a \"b\" \\c"', r'a "b" \c'),
        ("100%", "100%"),
        ("%2525", "%25"),
    ],
)
def test_a_value_leaves_its_quotes_and_its_percent_encoding_once(written: str, meant: str) -> None:
    assert attributes_of(headers(("ce-id", written)))["id"] == meant


@pytest.mark.parametrize(
    ("pairs", "pointer"),
    [
        ([("ce-id", "1"), ("ce-id", "2")], "/id"),
        ([("ce-source", "%ff")], "/source"),
        ([("ce-data", "{}")], "/data"),
        ([("ce-datacontenttype", JSON)], "/datacontenttype"),
    ],
)
def test_an_attribute_that_can_not_be_read_is_named(
    pairs: list[tuple[str, str]], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        attributes_of(headers(*pairs))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_json_is_the_binary_form_only_beside_attributes() -> None:
    assert is_binary(headers(("ce-id", "1")), JSON)
    assert not is_binary(headers(("id", "1")), JSON)
    assert not is_binary(headers(("ce-id", "1")), "application/cloudevents+json")
