from __future__ import annotations

import httpx
import pytest

from fusion.events.catalog import DisclosureAnswered, DisclosureRequested, load_marking
from fusion.events.codec import decode
from fusion.intake.administer import Attributes, ReaderToken
from fusion.intake.request import ANSWERS, REQUESTS
from tests.api.premises import OPEN_TO_RIVER, Premises

pytestmark = pytest.mark.anyio

PATH = "/v1/disclosure-requests"


@pytest.fixture
async def rita(house: Premises) -> httpx.AsyncClient:
    return house.client(house.token("reader", "rita"))


async def test_a_request_names_what_the_view_lets_the_asker_name(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known["a-ONE"] = {}
    answer = await rita.post(PATH, json={"alert": "a-ONE", "reason": "the dyke"})
    assert answer.status_code == 201
    said = answer.json()
    assert set(said) == {"id", "status", "desk", "due"}
    found = house.log.find(REQUESTS, said["id"])
    assert found is not None
    event = decode(found)
    assert isinstance(event, DisclosureRequested)
    assert (event.author, event.kind, event.name, event.desk, event.reason) == (
        "rita",
        "alert",
        "a-ONE",
        "/river/desk",
        "the dyke",
    )
    assert load_marking(event.marking) == OPEN_TO_RIVER


async def test_until_it_is_fused_a_request_is_answered_from_what_the_log_took(
    house: Premises, rita: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.views.view.known["a-ONE"] = {}
    house.views.fused = False
    monkeypatch.setattr("fusion.api.waiting.WAIT_SECONDS", 0.0)
    monkeypatch.setattr("fusion.api.waiting.fused.__kwdefaults__", {"seconds": 0.0})
    said = (await rita.post(PATH, json={"alert": "a-ONE", "reason": "the dyke"})).json()
    # Three days after noon of the first of May.
    assert (said["status"], said["desk"], said["due"]) == (
        "open",
        "/river/desk",
        "2024-05-04T12:00:00.000000Z",
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"signal": "/river/1", "alert": "a-1"}, ""),
        ({"signal": "river"}, "/signal"),
        ({"alert": "a-1", "reason": ""}, "/reason"),
        ({"handle": ""}, "/handle"),
        ({"handle": "H", "alert": "a-1"}, ""),
    ],
)
async def test_a_request_that_is_not_as_it_must_be_is_refused_by_its_place(
    rita: httpx.AsyncClient, body: dict[str, str], pointer: str
) -> None:
    answer = await rita.post(PATH, json={"reason": "r", **body})
    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}


async def test_an_answer_is_a_posts(house: Premises, rita: httpx.AsyncClient) -> None:
    house.views.view.known["d-1"] = {}
    stated = Attributes(agency="bank", level="OPEN")
    command = ReaderToken(name="nobody", stated=stated)
    token = str(house.administration.execute(command)["token"])
    for id_ in ("d-1", "d-NEVER"):
        async with house.client(token) as nobody:
            answer = await nobody.post(f"{PATH}/{id_}/answer", content=b"no JSON")
            assert answer.status_code == 403
    refusal = {"answer": "refused", "reason": "not ours"}
    assert (await rita.post(f"{PATH}/d-NEVER/answer", json=refusal)).status_code == 404
    answer = await rita.post(f"{PATH}/d-1/answer", json=refusal)
    assert (answer.status_code, answer.json()) == (201, {"id": "d-1", "status": "refused"})
    found = house.log.find(ANSWERS, "d-1")
    assert found is not None
    event = decode(found)
    assert isinstance(event, DisclosureAnswered)
    assert (event.post, event.author, event.released) == ("/river/chief", "rita", None)
    again = await rita.post(f"{PATH}/d-1/answer", json={**refusal, "reason": "no"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"answer": "perhaps"}, 422, "/answer"),
        ({"answer": "granted"}, 422, "/released"),
        ({"answer": "granted", "released": "/no name"}, 422, "/released"),
        ({"answer": "granted", "released": "c-9"}, 422, "/released"),
        ({"answer": "granted", "released": "/river/gauges/never"}, 404, ""),
    ],
)
async def test_a_release_must_be_there(
    house: Premises, rita: httpx.AsyncClient, body: dict[str, str], status: int, pointer: str
) -> None:
    house.views.view.known["d-1"] = {}
    answer = await rita.post(f"{PATH}/d-1/answer", json={"reason": "r", **body})
    assert answer.status_code == status
    if status == 422:
        assert {each["pointer"] for each in answer.json()["errors"]} == {pointer}
    assert house.log.find(ANSWERS, "d-1") is None
