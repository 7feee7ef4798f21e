from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from fusion.api.declared import DeclaredRoute
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio


@pytest.fixture
async def openapi(house: Premises) -> dict[str, Any]:
    async with house.client() as client:
        answer = await client.get("/v1/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


async def test_the_document_names_every_route_and_no_other(
    house: Premises, openapi: dict[str, Any]
) -> None:
    documented = {
        (method.upper(), path)
        for path, operations in openapi["paths"].items()
        for method in operations
    }
    routes = [route for route in house.app.routes if isinstance(route, DeclaredRoute)]
    assert documented == {
        (method, re.sub(r":path}", "}", route.path))
        for route in routes
        for method in route.methods or ()
    }


async def test_every_reference_of_the_document_leads_somewhere(openapi: dict[str, Any]) -> None:
    found = set(references(openapi))
    assert found, "a document without references describes nothing"
    for reference in found:
        node: Any = openapi
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, f"{reference} leads nowhere"
            node = node[step]


async def test_every_operation_says_what_it_does_and_how_it_refuses(
    openapi: dict[str, Any],
) -> None:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["description"], where
            is_open = path.startswith(("/v1/health", "/v1/openapi"))
            assert ("401" in operation["responses"]) is not is_open, where
            for status, response in operation["responses"].items():
                if status >= "400" and path != "/v1/health/ready":
                    assert list(response["content"]) == ["application/problem+json"], where


async def test_bodies_are_documented(openapi: dict[str, Any]) -> None:
    posts = {path: each["post"] for path, each in openapi["paths"].items() if "post" in each}
    assert all("requestBody" in post for post in posts.values())
    assert set(posts["/v1/signals"]["requestBody"]["content"]) == {
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/x-ndjson",
        "application/json",
    }
