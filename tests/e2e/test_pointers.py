"""Pointers through the real service: who holds half of a matter learns whom to call."""

from __future__ import annotations

from collections.abc import Iterator

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
        side(
            "s4",
            "/river/gauges",
            marking,
            {"code": "withdrawal-surge", "circumstances": ["above-baseline"]},
        ),
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
