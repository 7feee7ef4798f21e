"""No answer leaves before the ledger has it: no route's, no refusal, and none where it can't."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Request, Response

from fusion.api.answers import answer
from fusion.api.application import declared_routes
from fusion.api.declared import DeclaredRoute, reader_route
from fusion.api.identity import Act
from fusion.domain.errors import Unavailable
from fusion.events.ledger_entries import QueryAnswered
from tests.api.accounting import (
    Everything,
    Shows,
    ask,
    call,
    check_a_route,
    check_an_empty_page,
    entries_of,
    queries_of,
)
from tests.api.premises import Premises
from tests.e2e.service import signal_document

pytestmark = pytest.mark.anyio

ASKED = [
    (method, route.path)
    for route in declared_routes()
    for method in sorted(route.methods or ())
    if route.act is not Act.OPEN
]


def route_of(house: Premises, method: str, path: str) -> DeclaredRoute:
    (found,) = (
        route
        for route in house.app.routes
        if isinstance(route, DeclaredRoute) and route.path == path and method in route.methods
    )
    return found


@pytest.mark.parametrize(("method", "path"), ASKED)
async def test_every_route_is_in_the_ledger_before_it_answers(
    house: Premises, method: str, path: str
) -> None:
    await check_a_route(house, route_of(house, method, path), method)


@pytest.mark.parametrize(("method", "path"), ASKED)
async def test_no_route_answers_where_the_ledger_can_not_be_written(
    house: Premises, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    house.views.view.known, house.views.view.shows = Everything(), Shows()
    seats = house.app.state.running.seats.free
    refuse(house, monkeypatch)
    refused = await ask(house, route_of(house, method, path), method)
    assert refused.status == 503
    assert b'"code":"unavailable"' in refused.body
    assert house.app.state.running.seats.free == seats


def refuse(house: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger take nothing from now on."""

    def full(_self: Any, _envelopes: Any) -> Any:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(type(house.chain), "append", full)


async def test_an_open_route_is_nobody_s_query(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/v1/health/live", "/v1/openapi.json"):
        assert (await call(house, "GET", path, token=None)).held == []
    refuse(house, monkeypatch)
    assert (await call(house, "GET", "/v1/health/live", token=None)).status == 200


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_call_without_a_valid_token_is_nobody_s(house: Premises, token: str | None) -> None:
    answer = await call(house, "GET", "/v1/alerts", token=token)
    assert (answer.status, answer.held) == (401, [])


async def test_an_empty_page_is_a_query_too(house: Premises) -> None:
    await check_an_empty_page(house)


async def test_a_query_says_who_asked_for_what_and_in_which_case(house: Premises) -> None:
    house.views.view.known["entities"] = {"items": [{}, {}], "next": None}
    house.views.view.counts["entities"] = 2
    async with house.client(
        house.token("reader", "rita"), **{"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}
    ) as client:
        found = await client.get("/v1/entities?q=Nawaf&limit=2")
    assert found.status_code == 200
    assert queries_of(house.chain) == [
        QueryAnswered(
            kind="reader",
            name="rita",
            agency="river",
            purpose="prevention",
            case="c-1",
            method="GET",
            path="/v1/entities",
            query="q=Nawaf&limit=2",
            status=200,
            count=2,
        )
    ]


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "/v1/alerts/a-NONE", "", 404),
        ("GET", "/v1/nowhere", "", 404),
        ("DELETE", "/v1/alerts", "", 405),
        ("GET", "/v1/signals/mine", "", 403),
        ("GET", "/v1/alerts", "limit=0", 422),
        ("GET", "/v1/alerts", "mood=good", 422),
        ("GET", "/v1/entities", "q=Nawaf", 400),
        ("POST", "/v1/signals", "", 403),
    ],
)
async def test_who_was_refused_is_in_the_ledger_with_what_they_asked(
    house: Premises, method: str, path: str, query: str, status: int
) -> None:
    refused = await call(house, method, path, query=query, token=house.token("reader", "rita"))
    assert refused.status == status
    entry = refused.query
    assert (entry.name, entry.agency) == ("rita", "river")
    assert (entry.method, entry.path, entry.query) == (method, path, query)
    assert (entry.status, entry.count, entry.page) == (status, 0, None)


async def test_a_purpose_that_was_not_granted_is_in_the_ledger_as_it_was_stated(
    house: Premises,
) -> None:
    headers = {"Fusion-Purpose": "curiosity", "Fusion-Case": "c-9"}
    async with house.client(house.token("reader", "rita"), **headers) as client:
        assert (await client.get("/v1/alerts")).status_code == 403
    (query,) = queries_of(house.chain)
    assert (query.purpose, query.case, query.status) == ("curiosity", "c-9", 403)


async def test_what_a_caller_writes_is_kept_no_longer_than_anything_can_use(
    house: Premises,
) -> None:
    token = house.token("reader", "rita")
    await call(house, "GET", "/v1/" + "x" * 5_000, query="q=" + "x" * 50_000, token=token)
    (query,) = queries_of(house.chain)
    assert len(query.path) == 1_000
    assert len(query.query) == 8_000


async def test_what_a_publisher_submits_stands_in_the_log_and_only_refusals_in_the_ledger(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.token("publisher", "gauge")
    kind = "application/cloudevents+json"
    taken = await call(
        house, "POST", "/v1/signals", token=token, body=signal_document(), content=kind
    )
    assert (taken.status, taken.held) == (202, [])
    wrong = signal_document("9", "/bank/desk")
    refused = await call(house, "POST", "/v1/signals", token=token, body=wrong, content=kind)
    assert refused.status == 422
    query = refused.query
    assert (query.kind, query.name, query.agency) == ("publisher", "gauge", "river")
    # What was taken is acknowledged though the ledger takes nothing.
    refuse(house, monkeypatch)
    other = signal_document("2")
    taken = await call(house, "POST", "/v1/signals", token=token, body=other, content=kind)
    assert taken.status == 202


async def test_a_reader_whose_grants_were_revoked_is_in_the_ledger_without_an_agency(
    house: Premises,
) -> None:
    token = house.token("reader", "rita")
    house.revoke("rita")
    answer = await call(house, "GET", "/v1/alerts/a-1", token=token)
    assert (answer.query.name, answer.query.agency) == ("rita", None)


async def test_asking_moves_nothing_that_is_asked_for(house: Premises) -> None:
    head = house.log.head()
    for path in ("/v1/alerts", "/v1/alerts/a-1", "/v1/nowhere"):
        await call(house, "GET", path, token=house.token("reader", "rita"))
    assert house.log.head() == head
    assert len(queries_of(house.chain)) == 3


# ------------------------------------------------------------------------- what a route must say


async def silent(_request: Request) -> Response:
    """Answers, and does not say what it discloses."""
    return answer({"secret": 1})


async def broken(_request: Request) -> Response:
    """Fails."""
    raise LookupError("nobody expected this")


def planted(house: Premises, endpoint: Any) -> str:
    house.app.router.routes.insert(0, reader_route("/v1/planted", endpoint, reads_request=True))
    return house.token("reader", "rita")


async def test_an_answer_that_does_not_say_what_it_discloses_is_not_served(
    house: Premises,
) -> None:
    token = planted(house, silent)
    async with house.client(token) as client:
        found = await client.get("/v1/planted")
    assert found.status_code == 500
    assert b"secret" not in found.content
    assert [query.status for query in queries_of(house.chain)] == [500]


async def test_a_call_that_fails_is_in_the_ledger(house: Premises) -> None:
    token = planted(house, broken)
    async with house.client(token) as client:
        assert (await client.get("/v1/planted")).status_code == 500
    assert [(q.path, q.status) for q in queries_of(house.chain)] == [("/v1/planted", 500)]


async def test_a_call_that_fails_is_told_to_come_again_where_the_ledger_fails_too(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = planted(house, broken)
    refuse(house, monkeypatch)
    async with house.client(token) as client:
        assert (await client.get("/v1/planted")).status_code == 503


async def test_the_same_page_is_kept_once_whoever_is_shown_it(house: Premises) -> None:
    house.views.view.known, house.views.view.shows = Everything(), Shows()
    token = house.token("reader", "rita")
    for _ in range(3):
        await call(house, "GET", "/v1/alerts", token=token)
    kinds = [type(entry).__name__ for entry in entries_of(house.chain)]
    assert kinds == ["PageShown", "QueryAnswered", "QueryAnswered", "QueryAnswered"]
    assert len({query.page for query in queries_of(house.chain)}) == 1
