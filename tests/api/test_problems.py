from __future__ import annotations

import json

import pytest
from fastapi import FastAPI

from fusion.api.problems import (
    MAX_ERRORS,
    HeaderMissing,
    MediaTypeRefused,
    ParameterRefused,
    add_problems,
    problem,
    problem_response,
    status_of,
)
from fusion.domain.errors import (
    Conflict,
    Fault,
    Forbidden,
    FusionError,
    Invalid,
    Misused,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unreadable,
)
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio

STATUSES = [
    (Unreadable, 400),
    (HeaderMissing, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (MediaTypeRefused, 415),
    (Invalid, 422),
    (ParameterRefused, 422),
    (Unavailable, 503),
    (Misused, 503),
    (FusionError, 500),
]
SECRET = "the signal /cia/ctc/1 is marked SECRET"


@pytest.mark.parametrize(("kind", "status"), STATUSES)
def test_every_error_is_a_problem_of_one_form(kind: type[FusionError], status: int) -> None:
    document = problem(kind("a detail", faults=(Fault("/data", "a fault"),)))
    assert list(document) == ["type", "title", "status", "code", "errors"]
    assert document["status"] == status_of(kind("a detail")) == status
    assert document["type"].endswith(document["code"])


@pytest.mark.parametrize(
    "kind", [NotFound, Forbidden, Unauthenticated, Unavailable, Misused, FusionError]
)
def test_what_somebody_may_not_know_is_said_by_a_constant(kind: type[FusionError]) -> None:
    told = problem_response(kind(SECRET, faults=(Fault("/secret", SECRET),)))
    assert told.body == problem_response(kind("something else")).body
    assert b"SECRET" not in bytes(told.body)


@pytest.mark.parametrize("kind", [Unavailable, Misused])
def test_who_is_to_come_again_is_told_when(kind: type[FusionError]) -> None:
    assert int(problem_response(kind("not now")).headers["retry-after"]) > 0


def test_a_fault_without_a_place_is_one_of_the_whole() -> None:
    assert problem(TooLarge("too much"))["errors"] == [{"pointer": "", "detail": "too much"}]


def test_a_problem_holds_at_most_a_hundred_errors() -> None:
    faults = tuple(Fault(f"/{n}", "wrong") for n in range(MAX_ERRORS + 1))
    assert len(problem(Invalid("wrong", faults=faults))["errors"]) == MAX_ERRORS


async def test_a_path_that_does_not_exist_answers_what_an_unknown_thing_does(
    house: Premises,
) -> None:
    paths = ["/v1/alerts/a-1", "/v1/nothing", "/metrics", "/v1/signals/a/b/c"]
    paths += ["/v1/audit", "/v1/disclosure-requests", "/v1/alerts/", "/docs"]
    async with house.client(house.token("reader", "rita")) as client:
        answers = [await client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({(answer.content, str(answer.headers)) for answer in answers}) == 1


async def test_a_method_that_a_path_does_not_have_is_told_which_it_has(house: Premises) -> None:
    async with house.client(house.token("reader", "rita")) as client:
        answer = await client.put("/v1/signals")
        head = await client.head("/v1/alerts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["errors"] == []
    assert head.status_code == 405


async def test_what_nobody_expected_is_answered_without_a_word_of_it() -> None:
    app = FastAPI()
    add_problems(app)

    @app.get("/")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    with pytest.raises(RuntimeError):
        await app(scope, receive, send)  # type: ignore[arg-type]
    start, body = sent
    assert start["status"] == 500
    document = json.loads(body["body"])  # type: ignore[arg-type]
    assert document["errors"] == []
    assert SECRET not in json.dumps(document)
