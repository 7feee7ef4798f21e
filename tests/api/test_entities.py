from __future__ import annotations

import httpx
import pytest

from fusion.domain.errors import Fault, Invalid, Unreadable
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio

MENTION = "/river/gauges/1#m1"


@pytest.fixture
async def rita(house: Premises) -> httpx.AsyncClient:
    headers = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}
    return house.client(house.token("reader", "rita"), **headers)


async def test_an_entity_is_found_by_a_search_or_by_a_mention(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known |= {"entities": {"items": []}, MENTION: {"entity": "e-1"}}
    assert (await rita.get("/v1/entities", params={"q": "anna"})).json() == {"items": []}
    assert (await rita.get("/v1/entities", params={"mention": MENTION})).json()["entity"] == "e-1"
    for params in ({}, {"q": "anna", "mention": MENTION}):
        refused = await rita.get("/v1/entities", params=params)
        assert refused.status_code == 422
        assert [each["parameter"] for each in refused.json()["errors"]] == ["q", "mention"]


async def test_a_neighbourhood_has_one_to_three_hops(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known["e-1"] = {"nodes": [], "edges": []}
    statuses = [
        (await rita.get(f"/v1/entities/e-1/neighbourhood?hops={hops}")).status_code
        for hops in (0, 1, 3, 4)
    ]
    assert statuses == [422, 200, 200, 422]
    assert (await rita.get("/v1/entities/e-1/neighbourhood")).status_code == 200
    assert [asked for _, asked in house.views.view.asked] == [1, 3, 1]


async def test_why_needs_two_mentions(house: Premises, rita: httpx.AsyncClient) -> None:
    house.views.view.known[MENTION] = {"verdict": "same"}
    both = await rita.get("/v1/why", params={"a": MENTION, "b": "/bank/2#m1"})
    one = await rita.get("/v1/why", params={"a": MENTION})
    assert both.json() == {"verdict": "same"}
    assert one.json()["errors"] == [{"parameter": "b", "detail": "Field required"}]


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unreadable, 400), (Invalid, 422)],
)
async def test_what_a_view_finds_wrong_in_a_query_is_a_parameter(
    house: Premises,
    rita: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Invalid],
    status: int,
) -> None:
    def refuse(**_: object) -> None:
        raise error("no cursor of yours", faults=(Fault("cursor", "is none of yours"),))

    monkeypatch.setattr(house.views.view, "entities", refuse)
    answer = await rita.get("/v1/entities?q=anna&cursor=forged")
    assert answer.status_code == status
    assert answer.json()["errors"] == [{"parameter": "cursor", "detail": "is none of yours"}]
