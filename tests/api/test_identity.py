from __future__ import annotations

import pytest

from fusion.access.reader import Reader
from fusion.domain.clock import MICROS_PER_SECOND
from fusion.intake.administer import RevokeGrants
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio

PATHS = [
    "/v1/alerts",
    "/v1/alerts/a-1",
    "/v1/alerts/stream",
    "/v1/signals/mine",
    "/v1/signals/river/gauges/1",
    "/v1/entities?q=somebody",
    "/v1/entities?bogus=1",
    "/v1/there/is/no/such/path",
    "/",
]


async def test_without_a_token_every_path_answers_one_constant_problem(house: Premises) -> None:
    async with house.client() as client:
        answers = [await client.get(path) for path in PATHS]
        answers.append(await client.post("/v1/signals", content=b"no JSON"))
        answers.append(await client.put("/v1/judgements"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic cml0YTpwYXNz", "Bearer e30.e30.e30", "rita", "Bearer a b"],
)
async def test_what_is_no_token_of_ours_is_refused_like_none(house: Premises, header: str) -> None:
    async with house.client() as client:
        none = await client.get("/v1/alerts")
        answer = await client.get("/v1/alerts", headers={"Authorization": header})
    assert (answer.status_code, answer.content) == (401, none.content)
    assert answer.headers == none.headers


async def test_a_token_counts_in_the_header_only_and_once(house: Premises) -> None:
    token = house.token("reader", "rita")
    async with house.client() as client:
        in_query = await client.get(f"/v1/alerts?access_token={token}")
        twice = await client.get("/v1/alerts", headers=[("authorization", f"Bearer {token}")] * 2)
        lower_case = await client.get("/v1/alerts", headers={"authorization": f"bearer {token}"})
    assert (in_query.status_code, twice.status_code) == (401, 401)
    assert lower_case.status_code == 404


async def test_a_token_ends_with_its_time(house: Premises) -> None:
    async with house.client(house.token("reader", "rita", seconds=60)) as client:
        before = await client.get("/v1/alerts")
        house.clock.advance(house.clock.now() + 61 * MICROS_PER_SECOND)
        after = await client.get("/v1/alerts")
    assert (before.status_code, after.status_code) == (404, 401)


async def test_without_a_token_no_body_is_read(house: Premises) -> None:
    async def receive() -> dict[str, object]:
        raise AssertionError("the body was asked for")

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/signals",
        "raw_path": b"/v1/signals",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-length", b"100000000")],
    }
    await house.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 401


async def test_the_other_kind_of_token_is_forbidden_whatever_else_is_wrong(
    house: Premises,
) -> None:
    async with house.client(house.token("publisher", "gauge")) as publisher:
        answers = [
            await publisher.get(path)
            for path in (
                "/v1/alerts",
                "/v1/alerts?bogus=1",
                "/v1/alerts/a-1",
                "/v1/entities?limit=x",
            )
        ]
        answers.append(await publisher.post("/v1/judgements", content=b"no JSON"))
    async with house.client(house.token("reader", "rita")) as reader:
        answers.append(await reader.get("/v1/signals/mine?bogus=1"))
        answers.append(await reader.post("/v1/signals", content=b"no JSON"))
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


async def test_a_reader_acts_for_the_purpose_and_case_that_it_states(house: Premises) -> None:
    stated = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}
    async with house.client(house.token("reader", "rita")) as client:
        await client.get("/v1/alerts", headers=stated)
        await client.get("/v1/alerts")
    with_both, with_none = house.views.readers
    assert (with_both.purpose, with_both.case) == ("prevention", "c-1")
    assert (with_none.purpose, with_none.case) == (None, None)


@pytest.mark.parametrize(
    "stated",
    [{"Fusion-Purpose": "prosecution"}, {"Fusion-Purpose": ""}, {"Fusion-Case": "c-2"}],
)
async def test_a_purpose_or_case_that_is_not_granted_is_forbidden(
    house: Premises, stated: dict[str, str]
) -> None:
    async with house.client(house.token("reader", "rita")) as client:
        known = await client.get("/v1/alerts/a-1", headers=stated)
        unknown = await client.get("/v1/nothing", headers=stated)
    assert known.status_code == 403
    assert unknown.status_code == 404
    assert house.views.readers == []


async def test_a_search_for_a_person_states_purpose_and_case(house: Premises) -> None:
    house.views.view.known |= {"entities": {"items": []}, "signals": {"items": []}}
    async with house.client(house.token("reader", "rita")) as client:
        for path in ("/v1/entities?q=x", "/v1/signals?q=x"):
            bare = await client.get(path)
            half = await client.get(path, headers={"Fusion-Purpose": "prevention"})
            both = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}
            whole = await client.get(path, headers=both)
            assert (bare.status_code, half.status_code, whole.status_code) == (400, 400, 200)
            assert [each["header"] for each in bare.json()["errors"]] == [
                "Fusion-Purpose",
                "Fusion-Case",
            ]
            assert [each["header"] for each in half.json()["errors"]] == ["Fusion-Case"]
        assert (await client.get("/v1/signals")).status_code == 200


async def test_a_reader_whose_grants_were_revoked_is_known_and_knows_nothing(
    house: Premises,
) -> None:
    token = house.token("reader", "rita")
    house.administration.execute(RevokeGrants(name="rita"))
    async with house.client(token) as client:
        answer = await client.get("/v1/alerts/a-1")
    assert answer.status_code == 404
    (reader,) = house.views.readers
    assert isinstance(reader, Reader)
    assert reader.knowledge(("OPEN", "SECRET"), is_domestic=False).level == -1


async def test_every_answer_is_private_and_tells_nothing_of_the_server(house: Premises) -> None:
    async with house.client(house.token("reader", "rita")) as client:
        answers = [await client.get(path) for path in PATHS if "stream" not in path]
        answers.append(await client.get("/v1/health/live"))
        answers.append(await client.get("/v1/openapi.json"))
        answers.append(await client.delete("/v1/alerts"))
    known = {"cache-control", "content-length", "content-type", "allow"}
    for answer in answers:
        assert answer.headers["cache-control"] == "private, no-store"
        assert set(answer.headers) <= known
