"""Pointers through the real service: who holds half of a matter learns whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from fusion.fusing.pointer import DAILY_POINTERS
from tests.e2e.contract import (
    Document,
    Exercise,
    accepted,
    exercise,
    got,
    one,
    person,
    problem,
    signal,
    snapshot,
    stream,
    walked,
)
from tests.e2e.service import done

HANDLES = ("H", "0123456789ABCDEF", "d-0123456789ABCDEF", "a b/c?d")
WITHDRAWN = {"code": "withdrawal-surge", "circumstances": ["above-baseline"]}
KEPT = {"level": "OPEN", "discovery": "agencies"}
CLOSE = {"level": "OPEN", "discovery": "stewards"}
LENDER = {
    "ref": "m1",
    "schema": "Company",
    "properties": {
        "name": ["Tregarth Mercantile"],
        "registrationNumber": ["448190275"],
        "jurisdiction": ["us"],
    },
}
MEMBERS = {"rung", "handle", "desk", "anchor", "text", "request"}
BANKER, GAUGER = "--agency bank --level OPEN", "--agency river --level OPEN"


def side(id_: str, source: str, marking: Document, activity: Document) -> Document:
    """One side of a bank run, which its agency keeps to itself."""
    return signal(
        id_,
        source,
        time="2015-03-09T12:00:00Z",
        marking=marking,
        mentions=[LENDER],
        activities=[{**activity, "objects": ["m1"], "topics": ["banking"], "countries": ["us"]}],
        grading={"source": "A", "information": 2},
    )


def sides(marking: Document) -> list[Document]:
    return [
        side("s1", "/river/gauges", marking, {"code": "uninsured-deposits-share"}),
        side("s2", "/bank/markets", marking, {"code": "failed-capital-raising"}),
        side(
            "s3",
            "/bank/press",
            marking,
            {"code": "funding-rumour", "circumstances": ["public-spread"]},
        ),
        side("s4", "/river/gauges", marking, WITHDRAWN),
    ]


# Each waits for ten seconds.
TRIES = 6


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("pointers"), seed="pointers") as town:
        # The first signal of all takes a busy machine longer than a post waits.
        first = signal("first", "/river/levels")
        assert any(
            one(town.publisher("/river"), first, wait="fused").json()["fused"] for _ in range(TRIES)
        )
        yield town


def tick(town: Exercise, day: str) -> None:
    """Go to a day, and wait until its tick is worked in."""
    town.advance(day)
    town.post(signal(f"after-{day[:10]}-{len(day)}", "/river/levels"))


def test_both_sides_are_pointed_to_each_other_at_the_tick(town: Exercise) -> None:
    banker, gauger = town.reader("bea", BANKER), town.reader("gil", GAUGER)
    outsider = town.reader("hal", "--agency harbour --level OPEN")
    town.post(*sides(KEPT))
    assert got(banker, "/pointers") == {"items": [], "next": None}
    with stream(banker) as frames:
        assert snapshot(frames) == []
        town.advance("2015-03-11")
        frame = next(frames)
        assert frame.kind == "pointer"
        assert set(frame.said) == MEMBERS
        assert frame.said["desk"] == "/river/desk"
    with stream(banker, last=frame.id) as frames:
        rest = [next(frames) for _ in range(len(got(banker, "/pointers")["items"]) - 1)]
    told = [frame.said, *(each.said for each in rest)]
    assert sorted(told, key=str) == sorted(walked(banker, "/pointers"), key=str)
    assert {each["desk"] for each in got(gauger, "/pointers")["items"]} == {"/bank/desk"}
    assert got(outsider, "/pointers")["items"] == []
    assert not any("/river/gauges" in str(each) for each in got(banker, "/signals")["items"])


def test_the_entity_has_the_pointers_that_are_of_it(town: Exercise) -> None:
    banker = town.reader("bea", BANKER)
    entity = got(banker, "/entities", mention="/bank/markets/s2#m1")
    assert entity["pointers"]
    assert {each["rung"] for each in entity["pointers"]} == {"pointer"}
    assert all(each in got(banker, "/pointers")["items"] for each in entity["pointers"])


def ask(reader: httpx.Client, handle: str, reason: str = "the lender") -> httpx.Response:
    return reader.post("/v1/disclosure-requests", json={"handle": handle, "reason": reason})


def seen(reader: httpx.Client, id_: str) -> Document | None:
    items = walked(reader, "/disclosure-requests")
    return next((each for each in items if each["id"] == id_), None)


def test_what_stands_behind_a_pointer_is_asked_by_its_handle(town: Exercise) -> None:
    banker, colleague = town.reader("bea", BANKER), town.reader("ben", BANKER)
    desk = town.reader("walt", GAUGER)
    pointer = got(banker, "/pointers")["items"][0]
    answer = ask(banker, pointer["handle"])
    request = answer.json()
    assert (answer.status_code, request["status"]) == (201, "open")
    assert request["desk"] == pointer["desk"] == "/river/desk"
    assert ask(colleague, pointer["handle"], "me too").json() == request
    # Its desk is told what of its own it is about; who asked is told no more than before.
    mine = seen(desk, request["id"])
    assert mine is not None
    assert set(mine.pop("concerns")) <= {"/river/gauges/s1", "/river/gauges/s4"}
    assert mine == seen(banker, request["id"]) == seen(colleague, request["id"])
    assert mine["asked"] == {"handle": pointer["handle"]}
    assert pointer["anchor"] not in str(mine)
    assert seen(town.reader("hal", "--agency harbour --level OPEN"), request["id"]) is None


def test_a_handle_of_nobody_and_one_of_somebody_else_are_answered_alike(town: Exercise) -> None:
    banker, gauger = town.reader("bea", BANKER), town.reader("gil", GAUGER)
    (theirs, *_) = walked(gauger, "/pointers")
    assert theirs["handle"] not in {each["handle"] for each in walked(banker, "/pointers")}
    answers = {(a.status_code, a.content) for a in map(partial(ask, banker), HANDLES)}
    answers.add((ask(banker, theirs["handle"]).status_code, ask(banker, theirs["handle"]).content))
    assert answers == {(404, banker.get("/v1/nothing").content)}
    # Nor does asking leave anything by which it could be told later.
    assert not any(each["agency"] == "bank" for each in walked(gauger, "/disclosure-requests"))


def test_a_snapshot_brings_the_pointers_that_stand(town: Exercise) -> None:
    banker = town.reader("bea", BANKER)
    with stream(banker) as frames:
        frame = next(frames)
    assert frame.kind == "snapshot"
    assert frame.said["pointers"] == got(banker, "/pointers")["items"]


def test_a_cursor_is_of_one_reader(town: Exercise) -> None:
    banker, gauger = town.reader("bea", BANKER), town.reader("gil", GAUGER)
    cursor = got(banker, "/pointers", limit=1)["next"]
    assert cursor is not None
    assert gauger.get("/v1/pointers", params={"cursor": cursor}).status_code == 400


def test_bait_draws_no_more_a_day_than_the_budget_for_a_whole_class(town: Exercise) -> None:
    """The bank's publisher invents people; the river keeps some of their passports to itself."""
    tick(town, "2015-03-11T12:00:00Z")
    people = [person("m1", f"Ada {n}", passportNumber=f"C77319{n:02}") for n in range(25)]
    for place, (held, bait) in enumerate(zip(people, people, strict=True)):
        town.post(
            signal(f"h{place}", "/river/gauges", marking=KEPT, mentions=[held]),
            signal(f"b{place}", "/bank/bait", marking=KEPT, mentions=[bait]),
        )
    readers = [town.reader(name, BANKER) for name in ("bea", "ben", "bo")]
    drawn: list[int] = []
    for day in ("2015-03-12", "2015-03-13", "2015-03-14"):
        tick(town, day)
        seen = {p["handle"] for reader in readers for p in of_bait(reader)}
        drawn.append(len(seen) - sum(drawn))
    assert drawn == [DAILY_POINTERS, DAILY_POINTERS, 5]


def of_bait(reader: httpx.Client) -> list[Document]:
    return [p for p in walked(reader, "/pointers", limit=50) if "/bank/bait/" in p["anchor"]]


def test_who_is_accountable_is_pointed_to_what_stewards_alone_discover(town: Exercise) -> None:
    lead = town.reader("carol", "--agency harbour --level OPEN")
    steward = town.reader("sten", "--agency harbour --level SECRET")
    mine = side("c1", "/harbour/berths", KEPT, {"code": "failed-capital-raising"})
    town.post(*[each | {"id": f"x{each['id']}"} for each in sides(CLOSE)], mine)
    tick(town, "2015-03-15")
    for reader in (lead, steward):
        assert {p["anchor"].split("#")[0] for p in walked(reader, "/pointers")} == {
            "/harbour/berths/c1"
        }


def test_discovery_by_nobody_is_taken_while_a_steward_is_cleared_for_it(town: Exercise) -> None:
    closed = {"level": "OPEN", "discovery": "none"}
    publisher = town.publisher("/river")
    refused = one(publisher, signal("n1", "/river/gauges", marking=closed))
    (fault,) = problem(refused, 422)
    assert fault["pointer"] == "/data/marking/discovery"
    cleared = ["--agency", "harbour", "--level", "TOP SECRET"]
    done("grants", "set", "sten", *cleared, data=town.data)
    accepted(one(publisher, signal("n1", "/river/gauges", marking=closed), wait="fused"))


def test_a_desk_grants_what_was_asked_by_a_handle_with_a_release_of_its_own(
    town: Exercise,
) -> None:
    banker, desk = town.reader("bea", BANKER), town.reader("walt", GAUGER)
    to_river = (each for each in walked(banker, "/pointers") if each["desk"] == "/river/desk")
    request = ask(banker, next(to_river)["handle"]).json()["id"]
    path = f"/v1/disclosure-requests/{request}/answer"
    answer = {"answer": "granted", "reason": "since you ask", "released": "/bank/markets/s2"}
    for released in ("/bank/markets/s2", "/river/gauges/s1"):
        # Another's signal is not known to who answers; its own is not releasable as it stands.
        refused = desk.post(path, json={**answer, "released": released})
        assert refused.status_code == (404 if released.startswith("/bank") else 422)
    shared = side("s1b", "/river/gauges", {"level": "OPEN", "releasable_to": ["bank"]}, WITHDRAWN)
    town.post(shared)
    given = desk.post(path, json={**answer, "released": "/river/gauges/s1b"})
    assert (given.status_code, given.json()["status"]) == (201, "granted")
    told = seen(banker, request)
    assert told is not None and told["answer"]["released"] == "/river/gauges/s1b"
