"""What a reader asks of signals, entities and judgements, by section 3 of the contract alone."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from typing import Any

import httpx
import pytest

from tests.e2e.contract import (
    Document,
    Exercise,
    accepted,
    batch,
    exercise,
    got,
    one,
    person,
    problem,
    retraction,
    signal,
    told,
    walked,
)

NUMBERS = count()
PAGE_SIZE = 50
MOST = 200
ENTITY = re.compile(r"e-[0-9A-HJKMNP-TV-Z]{16}")
STATED = {"purpose": "prevention", "case": "c-1"}
GRANTED = "--purpose prevention --case c-1"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("reading")) as running:
        yield running


@pytest.fixture(scope="module")
def river(town: Exercise) -> httpx.Client:
    return town.publisher("/river")


@pytest.fixture(scope="module")
def bank(town: Exercise) -> httpx.Client:
    return town.publisher("/bank")


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    return town.reader("rita", f"--agency river --level SECRET {GRANTED}", **STATED)


@pytest.fixture(scope="module")
def paged(town: Exercise) -> list[str]:
    """Names of 60 signals for readers in the harbour's case alone, newest reported first."""
    marking = {"level": "OPEN", "releasable_to": ["*"], "need": "group:paged"}
    signals = [
        signal(f"paged-{day:03}", "/harbour", time=f"2014-01-01T00:00:{day:02}Z", marking=marking)
        for day in range(60)
    ]
    answer = batch(town.publisher("/harbour"), signals[::2] + signals[1::2], wait="fused")
    assert answer.json()["fused"] is True
    return [f"paged-{day:03}" for day in reversed(range(60))]


@pytest.fixture(scope="module")
def paging(town: Exercise) -> httpx.Client:
    return town.reader("paging", f"--agency harbour --group paged {GRANTED}", **STATED)


def ids(page: Document) -> list[str]:
    return [each["id"] for each in page["items"]]


# Pages


def test_a_page_has_50_unless_asked_and_1_to_200(paging: httpx.Client, paged: list[str]) -> None:
    page = got(paging, "/signals")
    assert set(page) == {"items", "next"}
    assert ids(page) == paged[:PAGE_SIZE]
    assert ids(got(paging, "/signals", limit=1)) == paged[:1]
    everything = got(paging, "/signals", limit=MOST)
    assert (ids(everything), everything["next"]) == (paged, None)


@pytest.mark.parametrize("path", ["/signals", "/alerts", "/entities", "/signals/mine"])
@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", ""])
def test_a_limit_outside_1_to_200_is_a_fault_of_the_query(
    town: Exercise, rita: httpx.Client, path: str, limit: str
) -> None:
    client = town.publisher("/river") if path == "/signals/mine" else rita
    asked = {"limit": limit} | ({"q": "ada"} if path == "/entities" else {})
    errors = problem(client.get(f"/v1{path}", params=asked), 422)
    assert [error["parameter"] for error in errors] == ["limit"]


@pytest.mark.parametrize("limit", [1, 7, 59, 60, 61])
def test_a_walk_over_pages_holds_everything_once_and_in_order(
    paging: httpx.Client, paged: list[str], limit: int
) -> None:
    assert [each["id"] for each in walked(paging, "/signals", limit=limit)] == paged


def test_what_stands_for_the_whole_walk_comes_once_whatever_else_comes_and_goes(
    town: Exercise,
) -> None:
    harbour = town.publisher("/harbour")
    walker = town.reader("walker", "--agency harbour --group walk")
    marking = {"level": "OPEN", "need": "group:walk"}

    def post(id_: str, second: int) -> None:
        time = f"2014-02-01T00:00:{second:02}Z"
        accepted(
            one(harbour, signal(id_, "/harbour/walk", time=time, marking=marking), wait="fused")
        )

    for number in range(6):
        post(f"walk-{number}", 10 + number)
    first = got(walker, "/signals", limit=2)
    assert ids(first) == ["walk-5", "walk-4"]
    post("later", 50)
    post("between", 12)
    for gone in ("walk-4", "walk-2"):
        accepted(one(harbour, retraction(f"{gone}-back", gone, "/harbour/walk"), wait="fused"))
    rest: list[str] = []
    cursor = first["next"]
    while cursor is not None:
        page = got(walker, "/signals", limit=2, cursor=cursor)
        rest += ids(page)
        cursor = page["next"]
    assert [each for each in rest if each.startswith("walk-")] == ["walk-3", "walk-1", "walk-0"]
    assert len(rest) == len(set(rest))


def test_a_cursor_is_of_one_reader_and_one_query(
    town: Exercise, paging: httpx.Client, paged: list[str]
) -> None:
    cursor = got(paging, "/signals", limit=2)["next"]
    assert ids(got(paging, "/signals", limit=2, cursor=cursor)) == paged[2:4]
    other = town.reader("paging-2", f"--agency harbour --group paged {GRANTED}", **STATED)
    no_purpose = town.reader("paging", f"--agency harbour --group paged {GRANTED}")
    foreign = [
        other.get("/v1/signals", params={"limit": 2, "cursor": cursor}),
        no_purpose.get("/v1/signals", params={"limit": 2, "cursor": cursor}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": cursor, "agency": "harbour"}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": cursor, "q": "x"}),
        paging.get("/v1/alerts", params={"limit": 2, "cursor": cursor}),
        paging.get("/v1/entities", params={"limit": 2, "cursor": cursor, "q": "ada"}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": "nonsense"}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": ""}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": cursor[:-1]}),
        paging.get("/v1/signals", params={"limit": 2, "cursor": cursor + "A"}),
    ]
    for answer in foreign:
        assert [error["parameter"] for error in problem(answer, 400)] == ["cursor"]


def test_a_cursor_shows_nothing(paging: httpx.Client, paged: list[str]) -> None:
    cursor = got(paging, "/signals", limit=2)["next"]
    assert re.fullmatch(r"[A-Za-z0-9._~=-]+", cursor)
    for shown in (paged[1], "paging", "harbour", "2014"):
        assert shown not in cursor


# Signals


@pytest.fixture(scope="module")
def searched(river: httpx.Client, bank: httpx.Client) -> None:
    """Three signals to search among."""
    ada = person("m1", "Zenobia Quill")
    first = signal(
        "find-1",
        time="2012-05-01T10:00:00Z",
        summary="Sluices photographed at night",
        mentions=[ada],
        activities=[{"code": "photography", "subjects": ["m1"]}],
    )
    second = signal("find-2", time="2012-05-02T10:00:00Z", summary="Quill seen again")
    third = signal("find-3", "/bank", time="2012-05-03T10:00:00Z", summary="Quill, at the counter")
    for client, document in ((river, first), (river, second), (bank, third)):
        accepted(one(client, document, wait="fused"))


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "sluices photographed"}, ["find-1"]),
        ({"q": "quill"}, ["find-3", "find-2", "find-1"]),
        ({"q": "QUILL", "agency": "bank"}, ["find-3"]),
        ({"from": "2012-05-02T00:00:00Z", "to": "2012-05-02T23:00:00Z"}, ["find-2"]),
        ({"from": "2012-05-01", "to": "2012-05-02"}, ["find-2", "find-1"]),
        ({"activity": "photography", "to": "2013-01-01T00:00:00Z"}, ["find-1"]),
        ({"activity": "hijacking"}, []),
    ],
    ids=str,
)
def test_signals_are_searched_by_words_period_agency_and_activity(
    rita: httpx.Client, query: Document, found: list[str]
) -> None:
    assert [each["id"] for each in walked(rita, "/signals", limit=200, **query)] == found


def test_capitals_of_every_script_are_found(river: httpx.Client, rita: httpx.Client) -> None:
    people = [person("m1", "Øyvind Ågård"), person("m2", "Иван Щукин")]
    accepted(one(river, signal("capitals", summary="ÉTÉ", mentions=people), wait="fused"))
    for words in ("Øyvind", "øyvind ågård", "ЩУКИН", "Иван", "été"):
        assert [each["id"] for each in walked(rita, "/signals", q=words)] == ["capitals"], words
    for words in ("ÅGÅRD", "Щукин"):
        assert len(walked(rita, "/entities", q=words)) == 1


def test_nobody_finds_by_a_mention_that_may_not_be_known(
    town: Exercise, river: httpx.Client, rita: httpx.Client
) -> None:
    veiled = person("m1", "Veleda Umbrage") | {"marking": {"level": "SECRET"}}
    accepted(one(river, signal("half-veiled", mentions=[veiled]), wait="fused"))
    assert [each["id"] for each in walked(rita, "/signals", q="umbrage")] == ["half-veiled"]
    other = town.reader("outsider", f"--agency harbour {GRANTED}", **STATED)
    assert other.get("/v1/signals/river/gauges/half-veiled").status_code == 200
    assert walked(other, "/signals", q="umbrage") == []
    assert walked(other, "/entities", q="umbrage") == []


@pytest.mark.parametrize("path", ["/v1/signals", "/v1/entities"])
def test_a_search_for_a_person_needs_both_headers(town: Exercise, path: str) -> None:
    options = f"--agency river {GRANTED}"
    missing = {
        (None, None): ["Fusion-Purpose", "Fusion-Case"],
        ("prevention", None): ["Fusion-Case"],
        (None, "c-1"): ["Fusion-Purpose"],
    }
    for (purpose, case), headers in missing.items():
        reader = town.reader("searcher", options, purpose=purpose, case=case)
        errors = problem(reader.get(path, params={"q": "quill"}), 400)
        assert {error["header"] for error in errors} == set(headers)
    reader = town.reader("searcher", options, **STATED)
    assert reader.get(path, params={"q": "quill"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/signals", {"from": "some day"}, "from"),
        ("/signals", {"to": "2012-13-01"}, "to"),
        ("/signals", {"colour": "red"}, "colour"),
        ("/alerts", {"status": "red"}, "status"),
        ("/alerts", {"severity": "red"}, "severity"),
        ("/alerts", {"since": "red"}, "since"),
        ("/alerts", {"colour": "red"}, "colour"),
        ("/alerts/stream", {"severity": "red"}, "severity"),
        ("/why", {"a": "/x/y#m1"}, "b"),
        ("/why", {"a": "/x/y#m1", "b": "y"}, "b"),
        ("/entities", {"mention": "y"}, "mention"),
    ],
    ids=str,
)
def test_a_fault_of_a_query_names_its_parameter(
    rita: httpx.Client, path: str, query: Document, parameter: str
) -> None:
    errors = problem(rita.get(f"/v1{path}", params=query), 422)
    assert [error["parameter"] for error in errors] == [parameter]


# Entities


@pytest.fixture(scope="module")
def thora(river: httpx.Client, bank: httpx.Client) -> list[str]:
    """One woman in two agencies' signals, with a car, the car's keeper, and his house."""
    one_name = "Thora Ingeborg Vasselkamp"
    first = signal(
        "thora-1",
        time="2013-01-01T00:00:00Z",
        mentions=[
            person("m1", one_name, birthDate="1969-09-11", passportNumber="C7731904"),
            {"ref": "m2", "schema": "Vehicle", "properties": {"registrationNumber": ["XK-771-P"]}},
        ],
        relations=[{"schema": "UnknownLink", "from": "m1", "to": "m2"}],
    )
    second = signal(
        "thora-2",
        "/bank",
        time="2013-01-02T00:00:00Z",
        mentions=[person("m1", one_name, birthDate="1969-09-11", passportNumber="C7731904")],
    )
    third = signal(
        "thora-3",
        "/bank",
        time="2013-01-03T00:00:00Z",
        mentions=[
            {"ref": "m1", "schema": "Vehicle", "properties": {"registrationNumber": ["XK-771-P"]}},
            person("m2", "Quentin Abelard Oosterzee", birthDate="1970-02-02"),
            {"ref": "m3", "schema": "Company", "properties": {"name": ["Oosterzee Haulage"]}},
        ],
        relations=[
            {"schema": "UnknownLink", "from": "m2", "to": "m1"},
            {"schema": "Ownership", "from": "m2", "to": "m3"},
        ],
    )
    for client, document in ((river, first), (bank, second), (bank, third)):
        accepted(one(client, document, wait="fused"))
    return ["/bank/thora-2#m1", "/river/gauges/thora-1#m1"]


ENTITY_MEMBERS = {
    "entity",
    "schema",
    "caption",
    "properties",
    "mentions",
    "signals",
    "pointers",
    "rung",
    "caveat",
}


def test_an_entity_is_told_with_its_members(rita: httpx.Client, thora: list[str]) -> None:
    entity = got(rita, "/entities", mention=thora[0])
    assert set(entity) >= ENTITY_MEMBERS
    assert ENTITY.fullmatch(entity["entity"])
    assert entity["schema"] == "Person"
    assert entity["caption"] == "Thora Ingeborg Vasselkamp"
    assert entity["properties"]["birthDate"] == ["1969-09-11"]
    assert sorted(entity["mentions"]) == thora
    assert sorted(entity["signals"]) == [name.split("#")[0] for name in thora]
    assert entity["pointers"] == []
    assert entity["rung"] == "full"
    assert isinstance(entity["caveat"], str)


def crockford(name: str) -> str:
    """`e-` and 16 characters of Crockford's base 32 over SHA-256, as the contract has it."""
    number = int.from_bytes(sha256(name.encode()).digest(), "big")
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = f"{number:0256b}"
    return "e-" + "".join(letters[int(bits[5 * n : 5 * n + 5], 2)] for n in range(16))


def test_an_entity_is_named_by_its_founder_and_answers_to_every_member(
    rita: httpx.Client, thora: list[str]
) -> None:
    entity = got(rita, "/entities", mention=thora[0])
    # The founder is the first by reported time.
    assert entity["entity"] == crockford("/river/gauges/thora-1#m1")
    by_names = [got(rita, f"/entities/{crockford(name)}") for name in thora]
    assert by_names == [entity, entity]
    assert got(rita, "/entities", mention=thora[1]) == entity


def test_entities_are_searched_for_by_name_and_listed_by_id(
    rita: httpx.Client, thora: list[str]
) -> None:
    found = walked(rita, "/entities", q="vasselkamp")
    entity = got(rita, "/entities", mention=thora[0])
    assert found == [entity]
    assert "oosterzee" in str(walked(rita, "/entities", q="Oosterzee")).lower()
    several = [each["entity"] for each in walked(rita, "/entities", q="oosterzee")]
    assert len(several) == 2
    assert several == sorted(several)


def test_entities_without_a_question_are_a_fault_of_the_query(rita: httpx.Client) -> None:
    assert problem(rita.get("/v1/entities"), 422)


def graph(client: httpx.Client, path: str, **params: Any) -> Document:
    """A graph of the contract's form, whose edges have both their ends."""
    found: Document = got(client, path, **params)
    assert set(found) == {"nodes", "edges"}
    for node in found["nodes"]:
        assert set(node) == {"id", "schema", "caption"}
    for edge in found["edges"]:
        assert set(edge) == {"from", "to", "schema", "signals"}
    named = {node["id"] for node in found["nodes"]}
    assert len(named) == len(found["nodes"])
    assert {end for edge in found["edges"] for end in (edge["from"], edge["to"])} <= named
    return found


def test_a_neighbourhood_reaches_one_to_three_hops(rita: httpx.Client, thora: list[str]) -> None:
    entity = got(rita, "/entities", mention=thora[0])["entity"]
    path = f"/entities/{entity}/neighbourhood"
    reached = [
        {node["caption"] for node in graph(rita, path, hops=hops)["nodes"]} for hops in (1, 2, 3)
    ]
    assert [len(each) for each in reached] == [2, 3, 4]
    assert reached[2] - reached[1] == {"Oosterzee Haulage"}
    assert graph(rita, path) == graph(rita, path, hops=1)
    (edge,) = graph(rita, path)["edges"]
    assert (edge["from"], edge["schema"]) == (entity, "UnknownLink")
    assert edge["signals"] == ["/river/gauges/thora-1"]
    for hops in ("0", "4", "x"):
        errors = problem(rita.get(f"/v1{path}", params={"hops": hops}), 422)
        assert [error["parameter"] for error in errors] == ["hops"]


# Why


def why(client: httpx.Client, a: str, b: str) -> Document:
    answer: Document = got(client, "/why", a=a, b=b)
    assert set(answer) >= {"a", "b", "verdict", "bits", "because"}
    for reason in answer["because"]:
        assert set(reason) == {"feature", "text", "bits", "signals"}
    assert (answer["a"], answer["b"]) == (a, b)
    assert answer["verdict"] in {"same", "possible", "different"}
    return answer


def test_why_explains_what_is_the_same(rita: httpx.Client, thora: list[str]) -> None:
    there, back = why(rita, thora[0], thora[1]), why(rita, thora[1], thora[0])
    assert there["verdict"] == "same"
    assert there["because"]
    assert (there["verdict"], there["bits"]) == (back["verdict"], back["bits"])
    names = {name.split("#")[0] for name in thora}
    assert {name for reason in there["because"] for name in reason["signals"]} <= names


def test_why_explains_what_is_not_the_same(rita: httpx.Client, thora: list[str]) -> None:
    for other in ("/bank/thora-3#m2", "/bank/thora-3#m1"):
        answer = why(rita, thora[0], other)
        assert answer["verdict"] == "different"
        assert answer["bits"] <= 0
        assert answer["because"]


# Judgements


@pytest.fixture
def two(river: httpx.Client, bank: httpx.Client) -> tuple[str, str]:
    """Two mentions that nothing joins, of names of their own."""
    number = next(NUMBERS)
    word = "".join(chr(ord("a") + int(digit)) for digit in str(number + 100))
    a = signal(f"two-{number}", mentions=[person("m1", f"Ali {word}ka")])
    b = signal(f"two-{number}", "/bank", mentions=[person("m1", f"Jan {word}to")])
    accepted(one(river, a, wait="fused"))
    accepted(one(bank, b, wait="fused"))
    return f"/river/gauges/two-{number}#m1", f"/bank/two-{number}#m1"


@pytest.fixture
def one_twice(river: httpx.Client, bank: httpx.Client) -> tuple[str, str]:
    """Two mentions of one person by content."""
    number = next(NUMBERS)
    passport = f"K77{number}3"
    ada = person("m1", "Wilma Kessanto", birthDate="1981-04-04", passportNumber=passport)
    accepted(one(river, signal(f"twice-{number}", mentions=[ada]), wait="fused"))
    accepted(one(bank, signal(f"twice-{number}", "/bank", mentions=[ada]), wait="fused"))
    return f"/river/gauges/twice-{number}#m1", f"/bank/twice-{number}#m1"


def judge(client: httpx.Client, a: str, b: str, verdict: str, **more: Any) -> httpx.Response:
    words = {"a": a, "b": b, "verdict": verdict, "reason": "looked at both", **more}
    return client.post("/v1/judgements", json=words, params={"wait": "fused"})


def judged(client: httpx.Client, a: str, b: str, verdict: str, **more: Any) -> Document:
    answer = judge(client, a, b, verdict, **more)
    assert answer.status_code == 201, answer.text
    said: Document = answer.json()
    assert said["fused"] is True
    return said


def together(client: httpx.Client, a: str, b: str) -> bool:
    return b in got(client, "/entities", mention=a)["mentions"]


def test_positive_joins_and_unsure_takes_it_back(rita: httpx.Client, two: tuple[str, str]) -> None:
    assert not together(rita, *two)
    judged(rita, *two, "POSITIVE")
    assert together(rita, *two)
    assert why(rita, *two)["verdict"] == "same"
    judged(rita, *reversed(two), "UNSURE")
    assert not together(rita, *two)


def test_negative_parts_and_unsure_takes_it_back(
    rita: httpx.Client, one_twice: tuple[str, str]
) -> None:
    assert together(rita, *one_twice)
    judged(rita, *one_twice, "NEGATIVE")
    assert not together(rita, *one_twice)
    assert why(rita, *one_twice)["verdict"] != "same"
    judged(rita, *one_twice, "UNSURE")
    assert together(rita, *one_twice)


def test_the_latest_of_one_author_counts(rita: httpx.Client, two: tuple[str, str]) -> None:
    judged(rita, *two, "NEGATIVE")
    judged(rita, *two, "POSITIVE")
    assert together(rita, *two)


def test_authors_who_disagree_count_as_unsure(
    town: Exercise, rita: httpx.Client, two: tuple[str, str], one_twice: tuple[str, str]
) -> None:
    bob = town.reader("bob", f"--agency bank --level SECRET {GRANTED}", **STATED)
    judged(rita, *two, "POSITIVE")
    judged(bob, *two, "NEGATIVE")
    assert not together(rita, *two)
    judged(rita, *one_twice, "NEGATIVE")
    judged(bob, *one_twice, "POSITIVE")
    assert together(rita, *one_twice)


def test_judgements_on_a_mention_are_listed_newest_first(
    town: Exercise, rita: httpx.Client, two: tuple[str, str]
) -> None:
    judged(rita, *two, "POSITIVE", because=[two[0].split("#")[0]])
    judged(rita, *two, "NEGATIVE")
    for mention in two:
        listed = walked(rita, "/judgements", mention=mention)
        assert [each["verdict"] for each in listed] == ["NEGATIVE", "POSITIVE"]
        for each in listed:
            assert {each["a"], each["b"]} == set(two)
            assert each["reason"] == "looked at both"
    foreign = town.reader("foreign", "--agency upstream --nation be --level SECRET")
    assert foreign.get("/v1/judgements", params={"mention": two[0]}).status_code == 404


def test_a_walk_over_judgements_goes_on_where_the_last_of_a_page_is_gone(
    river: httpx.Client, rita: httpx.Client, two: tuple[str, str]
) -> None:
    number = next(NUMBERS)
    for each in range(3):
        other = signal(f"judged-{number}-{each}", mentions=[person("m1", f"Bo {each}")])
        accepted(one(river, other, wait="fused"))
        judged(rita, two[0], f"/river/gauges/judged-{number}-{each}#m1", "NEGATIVE")
    first = got(rita, "/judgements", mention=two[0], limit=2)
    gone = f"judged-{number}-1"
    accepted(one(river, retraction(f"{gone}-back", gone), wait="fused"))
    rest = got(rita, "/judgements", mention=two[0], limit=2, cursor=first["next"])
    last = f"/river/gauges/judged-{number}-0#m1"
    assert [{each["a"], each["b"]} for each in rest["items"]] == [{two[0], last}]


def test_a_judgement_is_marked_with_the_join_of_what_it_names_and_cites(
    town: Exercise, river: httpx.Client, rita: httpx.Client, two: tuple[str, str]
) -> None:
    secret = signal(f"cited-{next(NUMBERS)}", marking={"level": "SECRET"})
    accepted(one(river, secret, wait="fused"))
    bob = town.reader("bob", f"--agency bank --level SECRET {GRANTED}", **STATED)
    judged(rita, *two, "POSITIVE", because=[f"/river/gauges/{secret['id']}"])
    assert together(rita, *two)
    assert not together(bob, *two)
    assert walked(bob, "/judgements", mention=two[0]) == []


def test_a_judgement_may_be_marked_stricter_and_not_lower(
    town: Exercise, rita: httpx.Client, two: tuple[str, str]
) -> None:
    bob = town.reader("bob", f"--agency bank --level SECRET {GRANTED}", **STATED)
    judged(rita, *two, "POSITIVE", marking={"level": "SECRET"})
    assert together(rita, *two)
    assert not together(bob, *two)
    lower = {"level": "OPEN", "releasable_to": ["*", "upstream"]}
    errors = problem(judge(rita, *two, "NEGATIVE", marking=lower), 422)
    assert errors[0]["pointer"].startswith("/marking")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"verdict": "MAYBE"}, "/verdict"),
        ({"verdict": None}, "/verdict"),
        ({"reason": None}, "/reason"),
        ({"a": "nonsense"}, "/a"),
        ({"a": None}, "/a"),
        ({"colour": "red"}, "/colour"),
        ({"because": ["nonsense"]}, "/because/0"),
        ({"marking": {"level": "HUGE"}}, "/marking/level"),
    ],
    ids=str,
)
def test_a_fault_of_a_judgement_is_refused_by_its_pointer(
    rita: httpx.Client, two: tuple[str, str], change: Document, pointer: str
) -> None:
    words: Document = {"a": two[0], "b": two[1], "verdict": "UNSURE", "reason": "x"} | change
    words = {key: value for key, value in words.items() if value is not None}
    errors = problem(rita.post("/v1/judgements", json=words), 422)
    assert [error["pointer"] for error in errors] == [pointer]


def test_a_body_of_another_media_type_is_415_and_an_unreadable_one_400(rita: httpx.Client) -> None:
    plain = {"Content-Type": "text/plain"}
    problem(rita.post("/v1/judgements", content="{}", headers=plain), 415)
    form = {"Content-Type": "application/json"}
    problem(rita.post("/v1/judgements", content="{", headers=form), 400)
    problem(rita.post("/v1/judgements", content="[]", headers=form), 422)


def test_a_mention_is_not_judged_against_itself(rita: httpx.Client, two: tuple[str, str]) -> None:
    problem(judge(rita, two[0], two[0], "POSITIVE"), 422)


# what is no request, and what is said of one


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /v1/alerts HTTP/1.1\r\nno header\r\n\r\n",
        b"GET /v1/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/alerts?q=" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    ids=["nonsense", "no-header", "no-ascii", "no-end-of-a-path", "two-lengths"],
)
def test_what_is_no_http_is_answered_in_the_form_of_every_problem(
    town: Exercise, sent: bytes
) -> None:
    url = httpx.URL(town.service.url)
    with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head.lower()
    assert b"cache-control: private, no-store" in head.lower()
    (fault,) = told(json.loads(body), 400)
    assert fault["pointer"] == ""


def test_a_fault_says_what_is_wrong_and_not_who_found_it(rita: httpx.Client) -> None:
    for path, params in (("/signals", {"from": "x"}), ("/alerts", {"as_of": "2015-03-09"})):
        (fault,) = problem(rita.get(f"/v1{path}", params=params), 422)
        (text,) = params.values()
        assert fault["detail"] == f"{text!r} is no RFC 3339 time with an offset"
