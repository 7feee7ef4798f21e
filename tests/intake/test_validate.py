from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.compiling import compile_signal
from fusion.domain.errors import Fault
from fusion.domain.signal import RETRACTED, Retraction, SignalEvent, Submission, decode_event
from fusion.intake.decode import decode_structured
from fusion.intake.faults import MAX_FAULTS
from tests.intake.signals import COMMUNITY, DATA, RIGHTS, event, judged, pointers

# The example of CONTRACT.md section 1, whole.
CONTRACT: dict[str, Any] = {
    "specversion": "1.0",
    "type": "fusion.signal.submitted.v1",
    "source": "/fbi/phoenix",
    "id": "EC-2001-07-10",
    "time": "2001-07-10T00:00:00Z",
    "datacontenttype": "application/json",
    "data": {
        "summary": "Possibly a coordinated effort to send students to civil aviation schools",
        "observed": {"from": "2001-04", "to": "2001-07-10"},
        "marking": {
            "level": "SECRET",
            "compartments": [],
            "releasable_to": ["cia"],
            "nations": [],
            "need": "group:counterterrorism",
            "purposes": ["prevention"],
            "originator_control": False,
            "consent": [],
            "discovery": "agencies",
            "break_glass": True,
        },
        "tearlines": [
            {
                "text": "Persons of concern are enrolling in flight schools",
                "releaser": "/fbi/phoenix/asac",
                "marking": {"level": "OFFICIAL", "releasable_to": ["*"], "discovery": "all"},
                "activities": [
                    {
                        "code": "acquisition-of-expertise",
                        "circumstances": ["stated-concern"],
                        "topics": ["aviation"],
                    }
                ],
            }
        ],
        "grading": {"source": "B", "information": 3},
        "origin": {"id": "fbi:phoenix:squad-5"},
        "authority": "counterterrorism investigation",
        "vetting": "vetted",
        "retain_until": "2006-07-10",
        "mentions": [
            {
                "ref": "m1",
                "schema": "Person",
                "role": "subject",
                "properties": {"name": ["Usama Bin Ladin"]},
            },
            {
                "ref": "m2",
                "schema": "Organization",
                "properties": {"name": ["civil aviation schools"], "country": ["us"]},
            },
            {"ref": "m3", "schema": "Address", "properties": {"state": ["Arizona"]}},
        ],
        "relations": [
            {
                "schema": "UnknownLink",
                "from": "m1",
                "to": "m2",
                "properties": {"role": ["sends students"]},
            }
        ],
        "identities": [{"a": "m1", "b": "/cia/ctc/7781#m2", "verdict": "same"}],
        "activities": [
            {
                "code": "acquisition-of-expertise",
                "circumstances": ["coordinated-effort"],
                "subjects": ["m1"],
                "objects": ["m2"],
                "place": "m3",
                "topics": ["aviation"],
                "countries": ["us"],
            }
        ],
        "topics": ["aviation", "terrorism"],
    },
}


def retraction(**members: Any) -> dict[str, Any]:
    return event(id="R-1", type=RETRACTED, data={"retracts": "EC-1", "reason": "wrong", **members})


def test_the_contracts_example_passes() -> None:
    found = judged(decode_structured(json.dumps(CONTRACT).encode()))
    assert isinstance(found, SignalEvent)
    assert isinstance(found.data, Submission)
    signal, tearline = compile_signal(found, community=COMMUNITY)
    assert len(signal.mentions) == 3
    assert tearline.parent == signal.name


def test_the_event_carries_the_publisher_and_nothing_that_the_client_wrote_there() -> None:
    document = event(fusionceiling="A1", fusionpublisher={"any": "thing"}, traceparent="x")
    before = copy.deepcopy(document)
    found = judged(document)
    assert isinstance(found, SignalEvent)
    assert (found.fusionceiling, found.fusionpublisher) == (RIGHTS.ceiling, RIGHTS.name)
    assert document == before


def test_what_passes_is_read_again_as_it_was_sent() -> None:
    found = judged(CONTRACT)
    assert isinstance(found, SignalEvent)
    stored = decode_event(json.dumps(CONTRACT).encode())
    assert stored.data == found.data


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"specversion": "0.3"}, ["/specversion"]),
        ({"specversion": ...}, ["/specversion"]),
        ({"specversion": 1.0}, ["/specversion"]),
        ({"type": "other"}, ["/type"]),
        ({"type": ...}, ["/type"]),
        ({"source": ...}, ["/source"]),
        ({"source": "fbi"}, ["/source"]),
        ({"source": "/fbi/phoenix\n"}, ["/source"]),
        ({"source": "/fbi/" + "x" * 300}, ["/source"]),
        ({"id": ...}, ["/id"]),
        ({"id": "a b"}, ["/id"]),
        ({"id": 7}, ["/id"]),
        ({"time": ...}, ["/time"]),
        ({"time": "2001-07-10"}, ["/time"]),
        ({"time": "2001-07-10T00:00:00"}, ["/time"]),
        ({"time": "2001-02-30T00:00:00Z"}, ["/time"]),
        ({"datacontenttype": "text/xml"}, ["/datacontenttype"]),
        ({"datacontenttype": ["application/json"]}, ["/datacontenttype"]),
        ({"data": ...}, ["/data"]),
        ({"data": None}, ["/data"]),
        ({"data": []}, ["/data"]),
        ({"data": "text"}, ["/data"]),
        ({"data": {}}, ["/data/marking"]),
        ({"data_base64": "e30="}, ["/data_base64"]),
        ({"data": ..., "data_base64": "e30="}, ["/data", "/data_base64"]),
        ({"nested": {}}, ["/nested"]),
        ({"half": 0.5}, ["/half"]),
        ({"many": 2**31}, ["/many"]),
    ],
)
def test_an_attribute_that_is_not_as_it_must_be_is_pointed_out(
    attributes: dict[str, Any], expected: list[str]
) -> None:
    assert pointers(event(**attributes)) == expected


@pytest.mark.parametrize(
    "attributes",
    [
        {"datacontenttype": ...},
        {"datacontenttype": None},
        {"subject": "x", "count": -(2**31), "flag": False, "unset": None, "dataschema": "urn:x"},
        {"source": "/fbi/phoenix/squad-5"},
        {"time": "2001-07-10T14:05:00+02:00"},
    ],
)
def test_what_cloudevents_allows_beside_passes(attributes: dict[str, Any]) -> None:
    assert pointers(event(**attributes)) == []


def test_a_time_may_be_five_minutes_ahead_and_no_more() -> None:
    assert pointers(event(time="2001-07-10T12:05:00Z")) == []
    assert pointers(event(time="2001-07-10T12:05:00.000001Z")) == ["/time"]


@pytest.mark.parametrize("source", ["/cia/ctc", "/fbi", "/fbi/phoenixville", "/mi6/phoenix"])
def test_a_source_outside_the_publishers_own_is_refused(source: str) -> None:
    assert pointers(event(source=source)) == ["/source"]
    assert pointers(event(source=source), publisher=None) == []


def test_no_publisher_may_use_the_source_of_tear_lines() -> None:
    assert pointers(event(source="/fbi/tearline"), publisher=None) == ["/source"]
    assert pointers(event(source="/fbi/tearline/x"), publisher=None) == ["/source"]
    assert pointers(event(source="/fbi/x/tearline"), publisher=None) == []


def test_an_agency_that_nobody_registered_cannot_publish() -> None:
    assert pointers(event(source="/kgb/x"), publisher=None) == ["/source"]


def test_a_retraction_names_an_id_that_is_not_its_own() -> None:
    found = judged(retraction())
    assert isinstance(found, SignalEvent)
    assert found.data == Retraction("EC-1", "wrong")
    assert pointers(retraction(retracts="R-1")) == ["/data/retracts"]
    assert pointers(retraction(retracts="a/b")) == ["/data/retracts"]
    assert pointers(retraction(marking={})) == ["/data/marking"]
    assert pointers(event(type=RETRACTED, data={})) == ["/data/retracts"]


def test_a_correction_names_an_id_that_is_not_its_own() -> None:
    assert pointers(event(data={**DATA, "corrects": "EC-0"})) == []
    assert pointers(event(data={**DATA, "corrects": "EC-1"})) == ["/data/corrects"]
    assert pointers(event(data={**DATA, "corrects": ""})) == ["/data/corrects"]


def test_faults_of_attributes_shape_and_content_are_told_together() -> None:
    data = {**DATA, "unknown": 1, "vetting": "cooked", "topics": ["no-topic"]}
    document = event(id="a b", time="x", source="/cia/x", data=data)
    assert pointers(document) == [
        "/data/topics/0",
        "/data/unknown",
        "/data/vetting",
        "/id",
        "/source",
        "/time",
    ]


def test_no_more_faults_are_told_than_a_problem_holds() -> None:
    mentions = [{"ref": f"m{n}", "schema": "Nothing"} for n in range(300)]
    found = judged(event(data={**DATA, "mentions": mentions}))
    assert isinstance(found, list)
    assert len(found) == MAX_FAULTS


def test_a_fault_repeats_no_more_than_a_glimpse_of_the_input() -> None:
    long = "x" * 100_000
    mention = {"ref": "m1", "schema": long, "properties": {long: [long]}}
    data = {
        "marking": {"level": long, "need": f'"{long}', "releasable_to": [long]},
        "mentions": [mention, {**mention, "schema": "Person"}],
        "topics": [long],
        long: 1,
    }
    found = judged(event(id=long, time=long, source="/" + long, data=data, **{long: 0.5}))
    assert isinstance(found, list)
    assert len(found) > 5
    assert all(len(fault.pointer) + len(fault.detail) < 400 for fault in found)


# Anything at all

WORDS = """OPEN SECRET m1 m2 Person Ownership name birthDate fbi * none all a&b a& 2001 2001-13
same us aviation /cia/x/1#m1 EC-1"""
words = st.sampled_from(["", *WORDS.split()])
names = st.sampled_from(
    sorted(
        {*event(), *CONTRACT["data"], *CONTRACT["data"]["marking"], "ref", "schema", "properties"}
        | {"role", "from", "to", "a", "b", "verdict", "code", "subjects", "place", "text", "desk"}
        | {"corrects", "retracts", "disputed", "data_base64", "extension"}
    )
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | words,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(names, parts, max_size=4),
    max_leaves=20,
)


def is_outcome(found: SignalEvent | list[Fault]) -> bool:
    if isinstance(found, SignalEvent):
        return True
    return 0 < len(found) <= MAX_FAULTS


@given(junk)
def test_junk_is_refused_by_its_faults_and_never_raises(document: Any) -> None:
    assert is_outcome(judged(document))


@given(st.data())
def test_a_signal_with_a_part_replaced_passes_or_is_refused_and_never_raises(
    drawn: st.DataObject,
) -> None:
    document = copy.deepcopy(CONTRACT)
    for _ in range(drawn.draw(st.integers(1, 3))):
        node: Any = document
        while True:
            key = drawn.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else [0]))
            child = node[key]
            if isinstance(child, dict | list) and child and drawn.draw(st.booleans()):
                node = child
                continue
            break
        node[key] = drawn.draw(junk | words)
    found = judged(document)
    assert is_outcome(found)
    if isinstance(found, SignalEvent):
        assert compile_signal(found, community=COMMUNITY)
