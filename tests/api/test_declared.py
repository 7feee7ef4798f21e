from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from fusion.api.application import declared_routes
from fusion.api.declared import DeclaredRoute, add_routes, open_route, reader_route
from fusion.api.identity import Act
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio

# The routes of the first version, and whose act each is. What is not here does not exist.
EXPECTED = {
    ("POST", "/v1/signals"): Act.PUBLISH,
    ("GET", "/v1/signals/mine"): Act.PUBLISH,
    ("GET", "/v1/signals"): Act.READ,
    ("GET", "/v1/signals/{name:path}"): Act.READ,
    ("GET", "/v1/alerts"): Act.READ,
    ("GET", "/v1/alerts/stream"): Act.READ,
    ("GET", "/v1/alerts/{name}"): Act.READ,
    ("GET", "/v1/alerts/{name}/explanation"): Act.READ,
    ("GET", "/v1/alerts/{name}/foresight"): Act.READ,
    ("GET", "/v1/alerts/{name}/graph"): Act.READ,
    ("GET", "/v1/alerts/{name}/history"): Act.READ,
    ("POST", "/v1/alerts/{name}/acknowledgement"): Act.DECIDE,
    ("POST", "/v1/alerts/{name}/feedback"): Act.DECIDE,
    ("GET", "/v1/entities"): Act.READ,
    ("GET", "/v1/entities/{name}"): Act.READ,
    ("GET", "/v1/entities/{name}/neighbourhood"): Act.READ,
    ("GET", "/v1/why"): Act.READ,
    ("POST", "/v1/judgements"): Act.DECIDE,
    ("GET", "/v1/judgements"): Act.READ,
    ("POST", "/v1/disclosure-requests"): Act.DECIDE,
    ("GET", "/v1/disclosure-requests"): Act.READ,
    ("POST", "/v1/disclosure-requests/{name}/answer"): Act.DECIDE,
    ("GET", "/v1/pointers"): Act.READ,
    ("GET", "/v1/audit/disclosures"): Act.READ,
    ("GET", "/v1/audit/queries"): Act.OVERSEE,
    ("GET", "/v1/health/live"): Act.OPEN,
    ("GET", "/v1/health/ready"): Act.OPEN,
    ("GET", "/v1/openapi.json"): Act.OPEN,
}


async def nothing() -> None:
    """A route's function."""


async def test_every_route_of_the_application_declares_its_act(house: Premises) -> None:
    declared = {}
    for route in house.app.routes:
        assert isinstance(route, DeclaredRoute), f"{route} declares no act"
        declared |= {(method, route.path): route.act for method in route.methods or ()}
    assert declared == EXPECTED


def test_a_route_without_an_act_does_not_register() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    with pytest.raises(ValueError, match="without a declared act"):
        add_routes(app, [*declared_routes(), APIRoute("/v1/forgotten", nothing)])


def test_a_route_that_the_framework_brought_does_not_register_either() -> None:
    with pytest.raises(ValueError, match="without a declared act"):
        add_routes(FastAPI(), declared_routes())


def test_a_route_cannot_be_made_without_an_act() -> None:
    with pytest.raises(TypeError, match="act"):
        DeclaredRoute("/v1/forgotten", nothing)  # type: ignore[call-arg]


def test_the_parameters_of_a_route_are_those_of_its_document() -> None:
    (alerts,) = [
        route for route in declared_routes() if route.path == "/v1/alerts" and route.act is Act.READ
    ]
    assert alerts.parameters == {
        "agency", "as_of", "cursor", "domain", "limit", "pattern", "q", "severity", "since",
        "status", "until",
    }  # fmt: skip
    assert open_route("/v1/nothing", nothing).parameters == frozenset()


@pytest.mark.parametrize(
    "query", ["at=2024-01-01T00:00:00Z", "dry_run=true", "Limit=5", "", "limit", "%00=1"]
)
async def test_an_unknown_parameter_is_refused_by_its_name(house: Premises, query: str) -> None:
    house.views.view.known["a-1"] = {}
    async with house.client(house.token("reader", "rita")) as client:
        answer = await client.get(f"/v1/alerts/a-1?{query}")
    if not query:
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error.keys() == {"parameter", "detail"}
    assert error["parameter"] == query.split("=", maxsplit=1)[0].replace("%00", "\0")


def test_a_route_for_readers_is_a_get() -> None:
    assert reader_route("/v1/nothing", nothing).methods == {"GET"}


def test_every_read_may_be_of_the_past_but_what_is_followed_or_has_none() -> None:
    without = {
        route.path
        for route in declared_routes()
        if route.methods == {"GET"} and route.act is not Act.OPEN
        if "as_of" not in route.parameters
    }
    # An account says of each of its lines when it was, and so does a request.
    # A pointer says whom to call now.
    timeless = {"/v1/audit/disclosures", "/v1/audit/queries", "/v1/disclosure-requests"}
    assert without == {"/v1/alerts/stream", "/v1/pointers"} | timeless
