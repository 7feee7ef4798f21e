from __future__ import annotations

import httpx
import pytest

from fusion.domain.judgement import Verdict
from fusion.events.catalog import JudgementMade, load_marking
from fusion.events.codec import decode
from tests.api.premises import OPEN_TO_RIVER, Premises

pytestmark = pytest.mark.anyio

A, B = "/bank/2#m1", "/river/gauges/1#m1"
BODY = {"a": B, "b": A, "verdict": "NEGATIVE", "reason": "born twenty years apart"}


@pytest.fixture
async def rita(house: Premises) -> httpx.AsyncClient:
    house.views.view.known |= {A: {}, B: {}}
    return house.client(house.token("reader", "rita"))


def made(house: Premises, id_: str) -> JudgementMade:
    found = house.log.find("/fusion/judgements", id_)
    assert found is not None
    event = decode(found)
    assert isinstance(event, JudgementMade)
    return event


async def test_a_judgement_enters_the_log_marked_like_what_it_names(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    answer = await rita.post("/v1/judgements?wait=fused", json=BODY)
    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "fused"}
    event = made(house, answer.json()["id"])
    assert (event.a, event.b, event.verdict) == (A, B, Verdict.NEGATIVE)
    assert (event.author, event.agency, event.because) == ("rita", "river", ())
    assert load_marking(event.marking) == OPEN_TO_RIVER


async def test_the_same_judgement_made_again_is_a_new_decision_with_a_name_of_its_own(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    names = [(await rita.post("/v1/judgements", json=BODY)).json()["id"] for _ in range(3)]
    assert len(set(names)) == 3
    assert all(name.startswith("j-") for name in names)
    assert {made(house, name).verdict for name in names} == {Verdict.NEGATIVE}


@pytest.mark.parametrize(
    "changed",
    [{"a": "/cia/1#m1"}, {"b": "/bank/9#m1"}, {"because": ["/cia/1"]}],
)
async def test_what_may_not_be_known_is_not_found_in_a_body_either(
    rita: httpx.AsyncClient, changed: dict[str, object]
) -> None:
    hidden = await rita.post("/v1/judgements", json=BODY | changed)
    nothing = await rita.get("/v1/nothing")
    assert (hidden.status_code, hidden.content) == (404, nothing.content)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"a": "/cia/1"}, "/a"), ({"b": "no mention"}, "/b"), ({"because": [A]}, "/because/0")],
)
async def test_what_can_be_no_name_is_a_fault_of_the_body(
    rita: httpx.AsyncClient, changed: dict[str, object], pointer: str
) -> None:
    answer = await rita.post("/v1/judgements", json=BODY | changed)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_mention_is_not_judged_against_itself(rita: httpx.AsyncClient) -> None:
    answer = await rita.post("/v1/judgements", json=BODY | {"b": B})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/b"


async def test_judgements_are_listed_by_mention(house: Premises, rita: httpx.AsyncClient) -> None:
    house.views.view.known[A] = {"items": [], "next": None}
    answer = await rita.get("/v1/judgements", params={"mention": A})
    assert answer.json() == {"items": [], "next": None}
    none = await rita.get("/v1/judgements")
    assert none.json()["errors"][0]["parameter"] == "mention"
