"""Section 1 of the contract, and how section 3 answers a post: every sentence that exists now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import httpx
import pytest

from tests.e2e.contract import (
    BATCH,
    LINES,
    MOMENT,
    STRUCTURED,
    Document,
    Exercise,
    accepted,
    batch,
    exercise,
    got,
    lines,
    one,
    person,
    problem,
    raw,
    retraction,
    signal,
    told,
    walked,
)

ADA = person("m1", "Ada Marholt Kessanto", birthDate="1974-05-16")
SCHOOL: Document = {
    "ref": "m2",
    "schema": "Organization",
    "properties": {"name": ["Northern Flying School"], "country": ["us"]},
}
NUMBERS = count()
PLACE: Document = {"ref": "m3", "schema": "Address", "properties": {"state": ["Arizona"]}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("signals")) as running:
        yield running


@pytest.fixture(scope="module")
def river(town: Exercise) -> httpx.Client:
    return town.publisher("/river", "--compartment", "DELTA")


@pytest.fixture(scope="module")
def reader(town: Exercise) -> httpx.Client:
    return town.reader("rita", "--agency river --level SECRET")


def whole(id_: str) -> Document:
    """The signal of the contract's example, with the agencies of the tests' registry."""
    return signal(
        id_,
        summary="Possibly a coordinated effort to send students to civil aviation schools",
        observed={"from": "2014-04", "to": "2014-07-10"},
        marking={
            "level": "SECRET",
            "compartments": [],
            "releasable_to": ["bank"],
            "nations": [],
            "need": "group:counterterrorism",
            "purposes": ["prevention"],
            "originator_control": False,
            "consent": [],
            "discovery": "agencies",
            "break_glass": True,
        },
        tearlines=[
            {
                "text": "Persons of concern are enrolling in flight schools",
                "releaser": "/river/gauges/chief",
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
        grading={"source": "B", "information": 3},
        origin={"id": "river:gauges:squad-5"},
        authority="counterterrorism investigation",
        vetting="vetted",
        retain_until="2026-07-10",
        mentions=[ADA | {"role": "subject"}, SCHOOL, PLACE],
        relations=[
            {
                "schema": "UnknownLink",
                "from": "m1",
                "to": "m2",
                "properties": {"role": ["sends students"]},
            }
        ],
        identities=[{"a": "m1", "b": "/bank/desk/7781#m2", "verdict": "same"}],
        activities=[
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
        topics=["aviation", "terrorism"],
    )


# Receipts


def test_one_signal_is_accepted_with_202_and_its_names(river: httpx.Client) -> None:
    answer = one(river, whole("example"))
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"source": "/river/gauges", "id": "example", "status": "accepted"}


def test_the_same_signal_again_is_a_duplicate_with_200(river: httpx.Client) -> None:
    accepted(one(river, whole("again")))
    answer = one(river, whole("again"))
    assert answer.status_code == 200
    assert answer.json() == {"source": "/river/gauges", "id": "again", "status": "duplicate"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(dict(reversed(whole("form").items())), indent=3),
        json.dumps(whole("form")).replace('"information": 3', '"information": 3.0'),
        json.dumps(whole("form")).replace('"information": 3', '"information": 0.3e1'),
        json.dumps(whole("form")).replace("Possibly", r"\u0050ossibly"),
        json.dumps(whole("form") | {"traceparent": "00-1", "sequence": 7}),
    ],
    ids=["key order and white space", "3.0", "0.3e1", "escapes", "extension attributes"],
)
def test_equal_as_json_values_is_the_same_signal_and_extensions_do_not_count(
    river: httpx.Client, text: str
) -> None:
    one(river, whole("form"))
    answer = raw(river, text, STRUCTURED)
    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    in_lines = raw(river, json.dumps(json.loads(text)) + "\n", LINES)
    assert in_lines.json()["results"][0]["status"] == "duplicate"


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"marking": {"level": "OPEN"}}},
        {"time": "2015-03-01T00:00:00+00:00"},
        {"datacontenttype": None},
        {"type": "fusion.signal.retracted.v1", "data": {"retracts": "x", "reason": "y"}},
    ],
    ids=["data", "time as written", "datacontenttype", "type"],
)
def test_another_body_under_one_id_is_409_and_the_first_stands(
    river: httpx.Client, reader: httpx.Client, change: Document
) -> None:
    one(river, signal("first", summary="the first"), wait="fused")
    other = signal("first", summary="the first") | change
    other = {key: value for key, value in other.items() if value is not None}
    problem(one(river, other), 409)
    many = batch(river, [other]).json()["results"]
    assert (many[0]["id"], many[0]["status"]) == ("first", "rejected")
    told(many[0]["problem"], 409)
    assert got(reader, "/signals/river/gauges/first")["data"]["summary"] == "the first"


def test_the_case_of_an_id_counts(river: httpx.Client) -> None:
    accepted(one(river, signal("Case", summary="upper")))
    accepted(one(river, signal("case", summary="lower")))


def test_a_rejected_id_is_not_taken(river: httpx.Client) -> None:
    problem(one(river, signal("not-taken", colour="red")), 422)
    accepted(one(river, signal("not-taken")))


@pytest.mark.parametrize("post", [batch, lines])
def test_many_are_answered_in_one_document_in_the_order_of_the_input(
    river: httpx.Client, post: Any
) -> None:
    form = post.__name__
    fine, other = signal(f"{form}-1"), signal(f"{form}-2")
    bad = signal(f"{form}-3", mentions=[{"ref": "m1", "schema": "Wizard", "properties": {}}])
    answer = post(river, [fine, bad, fine, other, 7])
    assert answer.status_code == 200
    assert set(answer.json()) == {"results"}
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [
        "accepted",
        "rejected",
        "duplicate",
        "accepted",
        "rejected",
    ]
    assert [each["id"] for each in results] == [
        f"{form}-1",
        f"{form}-3",
        f"{form}-1",
        f"{form}-2",
        None,
    ]
    assert [each["source"] for each in results] == [*["/river/gauges"] * 4, None]
    assert ["problem" in each for each in results] == [False, True, False, False, True]
    errors = told(results[1]["problem"], 422)
    assert [error["pointer"] for error in errors] == ["/data/mentions/0/schema"]


def test_two_bodies_under_one_id_in_a_batch_leave_the_first(river: httpx.Client) -> None:
    results = batch(river, [signal("twin", summary="a"), signal("twin", summary="b")]).json()
    assert [each["status"] for each in results["results"]] == ["accepted", "rejected"]
    told(results["results"][1]["problem"], 409)


def test_a_line_that_can_not_be_read_is_rejected_with_null_names(river: httpx.Client) -> None:
    body = f'{json.dumps(signal("l-1"))}\n{{"specversion": \n{json.dumps(signal("l-2"))}\n'
    answer = raw(river, body, LINES)
    assert answer.status_code == 200
    first, broken, last = answer.json()["results"]
    assert (first["status"], last["status"]) == ("accepted", "accepted")
    assert (broken["source"], broken["id"], broken["status"]) == (None, None, "rejected")
    told(broken["problem"], 400)


def test_an_empty_batch_has_no_results(river: httpx.Client) -> None:
    assert batch(river, []).json() == {"results": []}
    assert raw(river, "", LINES).json() == {"results": []}


def test_waiting_says_that_all_of_it_is_fused(river: httpx.Client) -> None:
    document = signal("waited")
    answer = one(river, document, wait="fused")
    assert answer.json() == {
        "source": "/river/gauges",
        "id": "waited",
        "status": "accepted",
        "fused": True,
    }
    again = one(river, document, wait="fused")
    assert (again.status_code, again.json()["fused"]) == (200, True)
    many = batch(river, [document, signal("waited-2")], wait="fused").json()
    assert many["fused"] is True
    assert [each["status"] for each in many["results"]] == ["duplicate", "accepted"]


def test_an_unknown_value_of_wait_is_a_fault_of_the_query(river: httpx.Client) -> None:
    answer = one(river, signal("wait-forever"), wait="forever")
    assert [error["parameter"] for error in problem(answer, 422)] == ["wait"]


# Media types and what can't be read


@pytest.mark.parametrize("form", ["application/json", "text/plain", "application/xml", ""])
def test_another_media_type_is_415(river: httpx.Client, form: str) -> None:
    problem(raw(river, json.dumps(signal("media")), form), 415)


def binary(client: httpx.Client, document: Document, **params: str) -> httpx.Response:
    """Post one signal in the binary form."""
    attributes = {key: value for key, value in document.items() if key != "data"}
    del attributes["datacontenttype"]
    headers = {f"ce-{key}": value for key, value in attributes.items()}
    return client.post("/v1/signals", json=document["data"], headers=headers, params=params)


def test_the_binary_form_is_the_same_signal(river: httpx.Client) -> None:
    document = whole("binary")
    assert accepted(binary(river, document, wait="fused"))["id"] == "binary"
    assert one(river, document).json()["status"] == "duplicate"
    faulty = binary(river, signal("binary-2", mentions=[{"ref": "m1", "schema": "Alien"}]))
    assert [error["pointer"] for error in problem(faulty, 422)] == ["/data/mentions/0/schema"]


def test_a_signal_in_the_binary_form_has_the_same_limits(river: httpx.Client) -> None:
    assert binary(river, padded("binary-full", 256 * 1024)).status_code == 202
    problem(binary(river, padded("binary-over", 256 * 1024 + 1)), 413)


@pytest.mark.parametrize("post", [one, binary])
def test_a_dry_run_answers_200_with_what_the_post_would_have_answered(
    river: httpx.Client, post: Callable[..., httpx.Response]
) -> None:
    name = f"dry-{post.__name__}"
    taken, other = signal(name), signal(name, summary="another")
    dry = post(river, taken, dry_run="true")
    assert (dry.status_code, dry.json()["status"]) == (200, "accepted")
    assert post(river, taken).status_code == 202, "nothing was appended"
    assert post(river, taken, dry_run="true").json()["status"] == "duplicate"
    conflict = post(river, other, dry_run="true")
    assert (conflict.status_code, conflict.json()) == (200, post(river, other).json())
    retracted = post(river, retraction(f"{name}-gone", name), dry_run="true").json()
    assert (retracted["id"], retracted["status"]) == (f"{name}-gone", "accepted")


@pytest.mark.parametrize("form", [STRUCTURED, BATCH])
def test_a_media_type_may_carry_a_charset(river: httpx.Client, form: str) -> None:
    document: Any = signal(f"charset-{len(form)}")
    body = json.dumps(document if form == STRUCTURED else [document])
    assert raw(river, body, f"{form}; charset=utf-8").status_code in {200, 202}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nothing", b'{"a": 1} trailing', b'{"id": "\xff"}', b"\xef\xbb\xbf{", b"NaN"],
)
@pytest.mark.parametrize("form", [STRUCTURED, BATCH])
def test_what_can_not_be_read_is_400(river: httpx.Client, body: bytes, form: str) -> None:
    problem(raw(river, body, form), 400)


def test_a_content_encoding_is_refused(river: httpx.Client) -> None:
    headers = {"Content-Type": STRUCTURED, "Content-Encoding": "gzip"}
    answer = river.post("/v1/signals", content=json.dumps(signal("zip")), headers=headers)
    assert [error["header"].lower() for error in problem(answer, 415)] == ["content-encoding"]


# Limits


def padded(id_: str, size: int) -> Document:
    """A signal whose JSON without white space is of exactly this size."""
    document = signal(id_, summary="")
    room = size - len(json.dumps(document, separators=(",", ":")))
    document["data"]["summary"] = "x" * room
    return document


def test_a_signal_may_have_256_kib_without_white_space(river: httpx.Client) -> None:
    most = padded("most", 256 * 1024)
    accepted(one(river, most))
    assert one(river, most).status_code == 200
    wide = json.dumps(padded("wide", 200 * 1024), indent=8) + " " * 100_000
    accepted(raw(river, wide, STRUCTURED))
    problem(one(river, padded("beyond", 256 * 1024 + 1)), 413)
    results = batch(river, [padded("beyond", 256 * 1024 + 1), signal("beside")]).json()["results"]
    assert [each["status"] for each in results] == ["rejected", "accepted"]
    told(results[0]["problem"], 413)


def test_a_signal_may_have_500_mentions(river: httpx.Client) -> None:
    many = [person(f"m{number}", "A B") for number in range(501)]
    accepted(one(river, signal("crowd", mentions=many[:500])))
    errors = problem(one(river, signal("crowd-2", mentions=many)), 422)
    assert [error["pointer"] for error in errors] == ["/data/mentions"]


def test_nesting_beyond_32_is_refused(river: httpx.Client) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    problem(one(river, signal("deep", summary=deep)), 413)
    absurd = json.dumps(signal("deeper")).replace('{"level"', "[" * 60_000 + '{"level"', 1)
    problem(raw(river, absurd, STRUCTURED), 413)
    results = raw(river, f"{absurd}\n{json.dumps(signal('shallow'))}\n", LINES).json()["results"]
    assert [each["status"] for each in results] == ["rejected", "accepted"]


@pytest.mark.parametrize("form", [BATCH, LINES])
def test_a_batch_beyond_its_limits_is_refused_whole(
    river: httpx.Client, reader: httpx.Client, form: str
) -> None:
    first = json.dumps(signal(f"whole-{len(form)}"))
    joint, ends = (",", "[]") if form == BATCH else ("\n", ("", ""))
    many = ends[0] + joint.join([first] * 10_001) + ends[1]
    problem(raw(river, many, form), 413)
    heavy = ends[0] + joint.join([first, json.dumps("x" * (16 * 1024 * 1024))]) + ends[1]
    problem(raw(river, heavy, form), 413)
    assert reader.get(f"/v1/signals/river/gauges/whole-{len(form)}").status_code == 404
    fewest = ends[0] + joint.join([first] * 10_000) + ends[1]
    assert len(raw(river, fewest, form).json()["results"]) == 10_000


# Refusals by pointer


def changed(path: str, value: Any) -> Document:
    """The example with one place changed; a last segment `-` appends, None takes out."""
    document = deepcopy(whole("refused"))
    *parents, last = path.strip("/").split("/")
    place: Any = document
    for segment in parents:
        place = place[int(segment)] if isinstance(place, list) else place[segment]
    if isinstance(place, list):
        place.append(value) if last == "-" else place.__setitem__(int(last), value)
    elif value is None:
        del place[last]
    else:
        place[last] = value
    return document


REFUSALS = [
    ("/specversion", "0.3", "/specversion"),
    ("/specversion", None, "/specversion"),
    ("/type", "fusion.signal.submitted.v2", "/type"),
    ("/type", None, "/type"),
    ("/source", "river/gauges", "/source"),
    ("/source", "/River", "/source"),
    ("/source", "/river/tearline/x", "/source"),
    ("/source", "/river" * 9, "/source"),
    ("/source", 7, "/source"),
    ("/source", None, "/source"),
    ("/id", "", "/id"),
    ("/id", "a/b", "/id"),
    ("/id", "a#b", "/id"),
    ("/id", "-a", "/id"),
    ("/id", "x" * 257, "/id"),
    ("/id", None, "/id"),
    ("/time", "2015-03-01T00:00:00", "/time"),
    ("/time", "2015-03-01", "/time"),
    ("/time", "2015-02-30T00:00:00Z", "/time"),
    ("/time", "2015-03-10T00:05:01Z", "/time"),
    ("/time", None, "/time"),
    ("/datacontenttype", "text/xml", "/datacontenttype"),
    ("/data_base64", "e30=", "/data_base64"),
    ("/data", None, "/data"),
    ("/data", [], "/data"),
    ("/data/colour", "red", "/data/colour"),
    ("/data/marking", None, "/data/marking"),
    ("/data/marking/level", None, "/data/marking/level"),
    ("/data/marking/level", "VERY SECRET", "/data/marking/level"),
    ("/data/marking/colour", "red", "/data/marking/colour"),
    ("/data/marking/releasable_to/-", "nobody", "/data/marking/releasable_to/1"),
    ("/data/marking/consent/-", "nobody", "/data/marking/consent/0"),
    ("/data/marking/nations/-", "NB", "/data/marking/nations/0"),
    ("/data/marking/purposes/-", "gossip", "/data/marking/purposes/1"),
    ("/data/marking/need", "group:a&", "/data/marking/need"),
    ("/data/marking/need", "group:a&group:b|group:c", "/data/marking/need"),
    ("/data/marking/discovery", "everybody", "/data/marking/discovery"),
    ("/data/marking/break_glass", "yes", "/data/marking/break_glass"),
    ("/data/marking/originator_control", 1, "/data/marking/originator_control"),
    ("/data/observed/from", "2014-13", "/data/observed/from"),
    ("/data/observed/to", "2014-02-30", "/data/observed/to"),
    ("/data/observed/until", "2014", "/data/observed/until"),
    ("/data/retain_until", "some day", "/data/retain_until"),
    ("/data/grading/source", "G", "/data/grading/source"),
    ("/data/grading/information", 0, "/data/grading/information"),
    ("/data/grading/information", 7, "/data/grading/information"),
    ("/data/grading/information", 2.5, "/data/grading/information"),
    ("/data/vetting", "checked", "/data/vetting"),
    ("/data/disputed", "no", "/data/disputed"),
    ("/data/topics/-", "gossip", "/data/topics/2"),
    ("/data/summary", ["a"], "/data/summary"),
    ("/data/summary", "a\x00b", "/data/summary"),
    ("/data/mentions/0/schema", "Wizard", "/data/mentions/0/schema"),
    ("/data/mentions/0/schema", "Call", "/data/mentions/0/schema"),
    ("/data/mentions/0/schema", "Message", "/data/mentions/0/schema"),
    ("/data/mentions/0/schema", "Identification", "/data/mentions/0/schema"),
    ("/data/mentions/0/schema", "Ownership", "/data/mentions/0/schema"),
    ("/data/mentions/0/role", "villain", "/data/mentions/0/role"),
    ("/data/mentions/0/colour", "red", "/data/mentions/0/colour"),
    ("/data/mentions/1/ref", "m1", "/data/mentions/1/ref"),
    ("/data/mentions/1/ref", None, "/data/mentions/1/ref"),
    ("/data/mentions/0/properties/hat", ["red"], "/data/mentions/0/properties/hat"),
    ("/data/mentions/0/properties/name", "Ada", "/data/mentions/0/properties/name"),
    ("/data/mentions/0/properties/name/-", 7, "/data/mentions/0/properties/name/1"),
    (
        "/data/mentions/0/properties/addressEntity",
        ["m3"],
        "/data/mentions/0/properties/addressEntity",
    ),
    ("/data/relations/0/schema", "Friendship", "/data/relations/0/schema"),
    ("/data/relations/0/schema", "Person", "/data/relations/0/schema"),
    ("/data/relations/0/from", "m9", "/data/relations/0/from"),
    ("/data/relations/0/to", None, "/data/relations/0/to"),
    ("/data/relations/0/properties/hat", ["x"], "/data/relations/0/properties/hat"),
    ("/data/identities/0/a", "m9", "/data/identities/0/a"),
    ("/data/identities/0/b", "m9", "/data/identities/0/b"),
    ("/data/identities/0/b", "/Bank/x#m1", "/data/identities/0/b"),
    ("/data/identities/0/verdict", "POSITIVE", "/data/identities/0/verdict"),
    ("/data/activities/0/code", "witchcraft", "/data/activities/0/code"),
    ("/data/activities/0/circumstances/-", "full-moon", "/data/activities/0/circumstances/1"),
    ("/data/activities/0/subjects/-", "m9", "/data/activities/0/subjects/1"),
    ("/data/activities/0/objects/-", "m9", "/data/activities/0/objects/1"),
    ("/data/activities/0/place", "m9", "/data/activities/0/place"),
    ("/data/activities/0/topics/-", "gossip", "/data/activities/0/topics/1"),
    ("/data/activities/0/countries/-", "US", "/data/activities/0/countries/1"),
    ("/data/activities/0/countries/-", "xq", "/data/activities/0/countries/1"),
    ("/data/activities/0/colour", "red", "/data/activities/0/colour"),
    ("/data/tearlines/0/text", None, "/data/tearlines/0/text"),
    ("/data/tearlines/0/releaser", None, "/data/tearlines/0/releaser"),
    ("/data/tearlines/0/marking", None, "/data/tearlines/0/marking"),
    ("/data/tearlines/0/marking/colour", "red", "/data/tearlines/0/marking/colour"),
    ("/data/tearlines/0/summary", "x", "/data/tearlines/0/summary"),
    ("/data/tearlines/0/activities/0/code", "witchcraft", "/data/tearlines/0/activities/0/code"),
    ("/data/tearlines/0/activities/0/place", "m1", "/data/tearlines/0/activities/0/place"),
    ("/data/origin", "somebody", "/data/origin"),
    ("/data/corrects", "a/b", "/data/corrects"),
]


@pytest.mark.parametrize(("path", "value", "pointer"), REFUSALS, ids=lambda part: str(part)[:60])
def test_a_fault_is_refused_by_its_pointer(
    river: httpx.Client, path: str, value: Any, pointer: str
) -> None:
    document = changed(path, value)
    errors = problem(one(river, document), 422)
    assert pointer in [error.get("pointer") for error in errors]
    in_batch = batch(river, [signal("beside-a-fault"), document]).json()["results"][1]
    assert in_batch["status"] == "rejected"
    assert told(in_batch["problem"], 422) == errors


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/id", "x" * 256),
        ("/id", "A._:~@+-9"),
        ("/time", "2015-03-10T00:05:00Z"),
        ("/time", "2015-03-10T01:04:59.5+01:00"),
        ("/datacontenttype", None),
        ("/data/observed/from", None),
        ("/data/observed/to", "2014-07-10T12:00:00+02:00"),
        ("/data/observed/from", "2013"),
        ("/data/mentions", None),
        ("/data/grading", None),
        ("/data/grading/information", 6),
        ("/data/marking/need", "(group:a|role:b)&case:c-1"),
        ("/data/marking/discovery", "all"),
        ("/data/origin/id", "/bank/desk/7781"),
        ("/data/disputed", True),
        ("/data/relations/0/properties", None),
        ("/data/identities/0/grading", {"source": "C", "information": 3}),
        ("/data/marking/desk", "/river/desk"),
        ("/data/mentions/2/role", None),
    ],
    ids=str,
)
def test_what_the_contract_allows_is_accepted(river: httpx.Client, path: str, value: Any) -> None:
    document = whole(f"allowed-{next(NUMBERS)}")
    place: Any = document
    *parents, last = path.strip("/").split("/")
    for segment in parents:
        place = place[int(segment)] if isinstance(place, list) else place[segment]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    if path == "/data/mentions":
        document["data"] = {"marking": document["data"]["marking"]}
    accepted(one(river, document))


def test_a_lone_surrogate_is_refused(river: httpx.Client) -> None:
    text = json.dumps(signal("surrogate", summary="AB")).replace("AB", r"\ud800")
    assert raw(river, text, STRUCTURED).status_code in {400, 422}
    results = raw(river, f"{text}\n{json.dumps(signal('beside-surrogate'))}", LINES).json()
    assert [each["status"] for each in results["results"]] == ["rejected", "accepted"]


def test_an_owner_is_the_first_end_of_ownership(river: httpx.Client) -> None:
    boat = {"ref": "m2", "schema": "Vessel", "properties": {"name": ["Halcyon"]}}
    owns = {"schema": "Ownership", "from": "m1", "to": "m2"}
    accepted(one(river, signal("owns", mentions=[ADA, boat], relations=[owns])))


@pytest.mark.parametrize("schema", ["Call", "Message", "Identification"])
def test_three_schemata_are_relations_and_nothing_is_required_of_them(
    river: httpx.Client, schema: str
) -> None:
    other = (
        {"ref": "m2", "schema": "Passport", "properties": {}}
        if schema == "Identification"
        else {"ref": "m2", "schema": "UserAccount", "properties": {"phone": ["+4930123456"]}}
    )
    first = ADA if schema == "Identification" else other | {"ref": "m1"}
    relation = {"schema": schema, "from": "m1", "to": "m2"}
    accepted(one(river, signal(f"r-{schema}", mentions=[first, other], relations=[relation])))


def test_every_fault_of_the_post_is_held_by_a_problem_of_at_most_100(river: httpx.Client) -> None:
    bad = [{"ref": f"m{n}", "schema": "Wizard", "properties": {}} for n in range(150)]
    errors = problem(one(river, signal("many-faults", mentions=bad)), 422)
    assert 1 <= len(errors) <= 100


# Who may publish what


def test_a_foreign_source_is_refused(town: Exercise, river: httpx.Client) -> None:
    assert [e["pointer"] for e in problem(one(river, signal("1", "/bank")), 422)] == ["/source"]
    gauges = town.publisher("/river/gauges")
    problem(one(gauges, signal("1", "/river/gaugesx")), 422)
    problem(one(gauges, signal("1", "/river")), 422)
    accepted(one(gauges, signal("own-1", "/river/gauges/upper")))
    results = batch(river, [signal("own-2"), signal("1", "/bank")]).json()["results"]
    assert [each["status"] for each in results] == ["accepted", "rejected"]


def test_a_marking_beyond_what_the_publisher_is_registered_for_is_refused(town: Exercise) -> None:
    low = town.publisher("/river/gauges", "--level", "OFFICIAL", "--compartment", "DELTA")
    marking = {"level": "OFFICIAL", "compartments": ["DELTA"]}
    accepted(one(low, signal("low-1", marking=marking)))
    errors = problem(one(low, signal("low-2", marking=marking | {"level": "SECRET"})), 422)
    assert [error["pointer"] for error in errors] == ["/data/marking/level"]
    higher = marking | {"compartments": ["DELTA", "OMEGA"]}
    errors = problem(one(low, signal("low-3", marking=higher)), 422)
    assert [error["pointer"] for error in errors] == ["/data/marking/compartments/1"]
    mention = ADA | {"marking": higher}
    errors = problem(one(low, signal("low-4", marking=marking, mentions=[mention])), 422)
    assert [error["pointer"] for error in errors] == ["/data/mentions/0/marking/compartments/1"]


LOWER = [
    ({"level": "SECRET"}, {"level": "OPEN"}),
    ({"level": "OPEN", "compartments": ["DELTA"]}, {"level": "OPEN", "compartments": []}),
    ({"level": "OPEN"}, {"level": "OPEN", "releasable_to": ["bank"]}),
    ({"level": "OPEN", "releasable_to": ["*"]}, {"level": "OPEN", "releasable_to": ["upstream"]}),
    ({"level": "OPEN"}, {"level": "OPEN", "nations": ["be"]}),
    ({"level": "OPEN", "need": "group:a"}, {"level": "OPEN"}),
    ({"level": "OPEN", "need": "group:a"}, {"level": "OPEN", "need": "group:a|group:b"}),
    ({"level": "OPEN", "purposes": ["prevention"]}, {"level": "OPEN"}),
    (
        {"level": "OPEN", "releasable_to": ["bank"], "originator_control": True},
        {"level": "OPEN", "releasable_to": ["bank"]},
    ),
    ({"level": "OPEN"}, {"level": "OPEN", "discovery": "all"}),
    ({"level": "OPEN"}, {"level": "OPEN", "break_glass": True}),
]


@pytest.mark.parametrize(("outer", "nearer"), LOWER, ids=str)
def test_a_nearer_marking_may_only_be_the_same_or_stricter(
    river: httpx.Client, outer: Document, nearer: Document
) -> None:
    mention = ADA | {"marking": nearer}
    errors = problem(one(river, signal("lower", marking=outer, mentions=[mention])), 422)
    assert errors[0]["pointer"].startswith("/data/mentions/0/marking")


@pytest.mark.parametrize(
    ("outer", "nearer"),
    [
        ({"level": "OPEN", "releasable_to": ["*"]}, {"level": "OPEN", "releasable_to": ["bank"]}),
        ({"level": "OPEN", "releasable_to": ["bank", "upstream"]}, {"level": "SECRET"}),
        (
            {"level": "OPEN", "need": "group:a|group:b"},
            {"level": "OPEN", "need": "group:a&group:c"},
        ),
        ({"level": "OPEN", "discovery": "all"}, {"level": "OPEN", "discovery": "stewards"}),
        ({"level": "OPEN", "break_glass": True}, {"level": "OPEN"}),
        (
            {"level": "OPEN", "releasable_to": ["*"]},
            {"level": "OPEN", "releasable_to": ["*"], "originator_control": True},
        ),
    ],
    ids=str,
)
def test_a_stricter_marking_is_taken_a_domestic_agency_being_contained_in_the_star(
    river: httpx.Client, outer: Document, nearer: Document
) -> None:
    mention = ADA | {"marking": nearer}
    accepted(one(river, signal(f"stricter-{next(NUMBERS)}", marking=outer, mentions=[mention])))


@pytest.mark.parametrize("kind", ["relations", "activities", "identities"])
def test_a_fact_is_marked_no_lower_than_the_join_of_what_it_names(
    river: httpx.Client, kind: str
) -> None:
    hidden = ADA | {"marking": {"level": "SECRET"}}
    delta = {"level": "OPEN", "releasable_to": ["bank"], "compartments": ["DELTA"]}
    other = SCHOOL | {"marking": delta}
    fact: Document = {
        "relations": {"schema": "UnknownLink", "from": "m1", "to": "m2"},
        "activities": {"code": "purchase", "subjects": ["m1"], "objects": ["m2"]},
        "identities": {"a": "m1", "b": "m2", "verdict": "different"},
    }[kind]
    document = signal("joined", mentions=[hidden, other], **{kind: [fact]})
    errors = problem(one(river, document), 422)
    assert errors[0]["pointer"].startswith(f"/data/{kind}/0")
    half = fact | {"marking": {"level": "SECRET"}}
    document = signal("joined", mentions=[hidden, other], **{kind: [half]})
    errors = problem(one(river, document), 422)
    assert errors[0]["pointer"].startswith(f"/data/{kind}/0")
    join = fact | {"marking": {"level": "SECRET", "compartments": ["DELTA"]}}
    document = signal(f"joined-{kind}", mentions=[hidden, other], **{kind: [join]})
    accepted(one(river, document))


def test_need_with_more_than_64_clauses_is_refused(river: httpx.Client) -> None:
    wide = "|".join(f"(group:a{n}&group:b{n})" for n in range(7))
    marking = {"level": "OPEN", "need": wide}
    errors = problem(one(river, signal("clauses", marking=marking)), 422)
    assert [error["pointer"] for error in errors] == ["/data/marking/need"]
    narrow = marking | {"need": "|".join(f"(group:a{n}&group:b{n})" for n in range(6))}
    accepted(one(river, signal("clauses", marking=narrow)))


def test_an_intake_refuses_discovery_none_unless_a_steward_may_know_it(river: httpx.Client) -> None:
    # The registry's steward, of another agency, may not know what is the owner's only.
    marking = {"level": "OPEN", "discovery": "none"}
    errors = problem(one(river, signal("undiscovered", marking=marking)), 422)
    assert [error["pointer"] for error in errors] == ["/data/marking/discovery"]


# A publisher's own


def mine(client: httpx.Client, id_: str, source: str = "/river/gauges") -> Document:
    found = [
        each
        for each in walked(client, "/signals/mine", limit=200)
        if (each["source"], each["id"]) == (source, id_)
    ]
    assert len(found) == 1
    return found[0]


def test_mine_says_what_became_of_a_signal(river: httpx.Client) -> None:
    one(river, signal("mine-1"), wait="fused")
    said = mine(river, "mine-1")
    assert set(said) == {"source", "id", "status", "recorded"}
    assert said["status"] == "fused"
    assert MOMENT.fullmatch(said["recorded"])


def test_mine_says_that_a_grading_was_lowered_to_the_ceiling(town: Exercise) -> None:
    bank = town.publisher("/bank", "--ceiling", "B2")
    high = {"source": "A", "information": 1}
    accepted(one(bank, signal("high", "/bank", grading=high), wait="fused"))
    said = mine(bank, "high", "/bank")
    assert said["status"] == "fused"
    assert said["graded"] == "B2"
    fitting = {"source": "B", "information": 2}
    accepted(one(bank, signal("fitting", "/bank", grading=fitting), wait="fused"))
    assert "graded" not in mine(bank, "fitting", "/bank")


def test_mine_is_one_publishers_own(town: Exercise, river: httpx.Client) -> None:
    one(river, signal("own-of-river"), wait="fused")
    harbour = town.publisher("/harbour")
    assert walked(harbour, "/signals/mine") == []


def test_pages_of_mine_hold_each_signal_once(town: Exercise) -> None:
    upper = town.publisher("/river/paged")
    accepted_ids = [f"page-{number}" for number in range(5)]
    batch(upper, [signal(id_, "/river/paged") for id_ in accepted_ids], wait="fused")
    walk = [each["id"] for each in walked(upper, "/signals/mine", limit=2)]
    assert sorted(walk) == accepted_ids


def test_a_cursor_of_mine_is_of_one_publisher(town: Exercise, river: httpx.Client) -> None:
    for id_ in ("cursor-1", "cursor-2"):
        one(river, signal(id_), wait="fused")
    cursor = got(river, "/signals/mine", limit=1)["next"]
    harbour = town.publisher("/harbour")
    for client, text in ((harbour, cursor), (river, cursor[:-1]), (river, "nonsense")):
        answer = client.get("/v1/signals/mine", params={"limit": 1, "cursor": text})
        assert [error["parameter"] for error in problem(answer, 400)] == ["cursor"]


# Retraction and correction


def test_a_retraction_takes_its_signal_out(river: httpx.Client, reader: httpx.Client) -> None:
    one(river, signal("r-1"), wait="fused")
    assert reader.get("/v1/signals/river/gauges/r-1").status_code == 200
    accepted(one(river, retraction("r-1-back", "r-1"), wait="fused"))
    assert reader.get("/v1/signals/river/gauges/r-1").status_code == 404
    said = mine(river, "r-1")
    assert set(said) == {"source", "id", "status", "recorded", "retracted_by"}
    assert said["status"] == "retracted"
    assert said["retracted_by"] in {"r-1-back", "/river/gauges/r-1-back"}


def test_a_retraction_may_come_first(river: httpx.Client, reader: httpx.Client) -> None:
    accepted(one(river, retraction("r-2-back", "r-2"), wait="fused"))
    accepted(one(river, signal("r-2"), wait="fused"))
    assert reader.get("/v1/signals/river/gauges/r-2").status_code == 404
    assert mine(river, "r-2")["status"] == "retracted"


def test_twice_retracted_changes_nothing(river: httpx.Client, reader: httpx.Client) -> None:
    one(river, signal("r-3"), wait="fused")
    for back in ("r-3-back", "r-3-again"):
        accepted(one(river, retraction(back, "r-3"), wait="fused"))
    assert reader.get("/v1/signals/river/gauges/r-3").status_code == 404
    assert mine(river, "r-3")["status"] == "retracted"


def test_a_retraction_can_not_be_retracted(river: httpx.Client, reader: httpx.Client) -> None:
    one(river, signal("r-4"), wait="fused")
    one(river, retraction("r-4-back", "r-4"), wait="fused")
    one(river, retraction("r-4-undo", "r-4-back"), wait="fused")
    assert reader.get("/v1/signals/river/gauges/r-4").status_code == 404
    assert mine(river, "r-4")["status"] == "retracted"
    assert mine(river, "r-4-back")["status"] == "fused"


def test_a_retraction_reaches_only_its_own_source(
    river: httpx.Client, reader: httpx.Client
) -> None:
    one(river, signal("r-5"), wait="fused")
    one(river, retraction("r-5-back", "r-5", "/river"), wait="fused")
    assert reader.get("/v1/signals/river/gauges/r-5").status_code == 200


def test_a_retracted_id_stays_taken(river: httpx.Client) -> None:
    one(river, signal("r-6"), wait="fused")
    one(river, retraction("r-6-back", "r-6"), wait="fused")
    assert one(river, signal("r-6")).json()["status"] == "duplicate"
    problem(one(river, signal("r-6", summary="another")), 409)


def test_a_correction_takes_the_old_out_and_puts_the_new_in(
    river: httpx.Client, reader: httpx.Client
) -> None:
    one(river, signal("c-1", summary="old"), wait="fused")
    accepted(one(river, signal("c-2", summary="new", corrects="c-1"), wait="fused"))
    assert reader.get("/v1/signals/river/gauges/c-1").status_code == 404
    assert got(reader, "/signals/river/gauges/c-2")["data"]["summary"] == "new"
    said = mine(river, "c-1")
    assert said["status"] == "retracted"
    assert said["corrected_by"] in {"c-2", "/river/gauges/c-2"}


def test_a_correction_may_come_first_and_stands_whatever_becomes_of_it(
    river: httpx.Client, reader: httpx.Client
) -> None:
    accepted(one(river, signal("c-4", corrects="c-3"), wait="fused"))
    accepted(one(river, signal("c-3"), wait="fused"))
    accepted(one(river, signal("c-5", corrects="c-4"), wait="fused"))
    accepted(one(river, retraction("c-4-back", "c-4"), wait="fused"))
    for id_ in ("c-3", "c-4"):
        assert reader.get(f"/v1/signals/river/gauges/{id_}").status_code == 404
        assert mine(river, id_)["status"] == "retracted"
    assert reader.get("/v1/signals/river/gauges/c-5").status_code == 200


@pytest.mark.parametrize(
    ("more", "pointer"),
    [({"colour": "red"}, "/data/colour"), ({"retracts": "a/b"}, "/data/retracts")],
)
def test_a_retraction_with_a_fault_is_refused_by_its_pointer(
    river: httpx.Client, more: Document, pointer: str
) -> None:
    document = retraction("r-bad", "r-1")
    document["data"] |= more
    assert pointer in [error["pointer"] for error in problem(one(river, document), 422)]


# The signal as it is served


def test_a_full_disclosure_is_the_event_with_rung_banner_and_recorded(
    river: httpx.Client, reader: httpx.Client
) -> None:
    sent = signal("served", summary="x", grading={"source": "B", "information": 2})
    one(river, sent | {"traceparent": "00-1"}, wait="fused")
    served = got(reader, "/signals/river/gauges/served")
    assert set(served) - set(sent) == {"rung", "banner", "recorded", "traceparent"}
    assert served["rung"] == "full"
    assert isinstance(served["banner"], str)
    assert MOMENT.fullmatch(served["recorded"])
    assert {key: served[key] for key in sent} == sent
