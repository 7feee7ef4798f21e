from __future__ import annotations

import httpx
import pytest

from fusion.domain.clock import parse_moment
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, load_marking
from fusion.events.codec import decode
from fusion.projections.view.port import AlertFilters
from tests.api.premises import OPEN_TO_RIVER, Premises

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rita(house: Premises) -> httpx.AsyncClient:
    return house.client(house.token("reader", "rita"))


async def test_filters_may_be_repeated_and_times_are_moments(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known["alerts"] = {"items": [], "next": None}
    query = "status=raised&severity=high&severity=critical&since=2024-05-01T00:00:00Z&q=flood"
    answer = await rita.get(f"/v1/alerts?{query}&limit=200&cursor=c")
    assert answer.json() == {"items": [], "next": None}
    filters = AlertFilters(
        status=frozenset({"raised"}),
        severity=frozenset({"high", "critical"}),
        since=parse_moment("2024-05-01T00:00:00Z"),
        q="flood",
    )
    assert house.views.view.asked == [("alerts", ("c", 200, filters))]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("status=open", "status"),
        ("severity=dire", "severity"),
        ("since=2024-05-01", "since"),
        ("until=tomorrow", "until"),
    ],
)
async def test_a_wrong_filter_is_refused_by_its_name(
    rita: httpx.AsyncClient, query: str, parameter: str
) -> None:
    answer = await rita.get(f"/v1/alerts?{query}")
    assert answer.status_code == 422
    assert {each["parameter"] for each in answer.json()["errors"]} == {parameter}


@pytest.mark.parametrize("part", ["", "/explanation", "/foresight", "/graph", "/history"])
async def test_each_part_of_an_alert_is_asked_of_the_view(
    house: Premises, rita: httpx.AsyncClient, part: str
) -> None:
    house.views.view.known["a-ONE"] = {"alert": "a-ONE"}
    assert (await rita.get(f"/v1/alerts/a-ONE{part}")).json() == {"alert": "a-ONE"}
    assert (await rita.get(f"/v1/alerts/a-TWO{part}")).status_code == 404


@pytest.mark.parametrize("part", ["", "/explanation", "/foresight", "/graph", "/history"])
async def test_a_part_of_an_alert_may_be_asked_of_a_past_moment(
    house: Premises, rita: httpx.AsyncClient, part: str
) -> None:
    house.views.view.known["a-ONE"] = {"alert": "a-ONE"}
    await rita.get(f"/v1/alerts/a-ONE{part}?as_of=2024-01-01T01:00:00%2B01:00")
    assert house.views.view.asked[0] == ("as_of", parse_moment("2024-01-01T00:00:00Z"))
    for wrong in ("2024-01-01", "now", ""):
        refused = await rita.get(f"/v1/alerts/a-ONE{part}?as_of={wrong}")
        assert refused.status_code == 422
        assert [each["parameter"] for each in refused.json()["errors"]] == ["as_of"]


async def test_an_acknowledgement_is_of_the_version_that_stands_and_of_the_readers_office(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known["a-TWO"] = {}
    answer = await rita.post("/v1/alerts/a-TWO/acknowledgement", json={})
    assert answer.status_code == 201
    found = house.log.find("/fusion/acknowledgements", answer.json()["id"])
    assert found is not None
    event = decode(found)
    assert isinstance(event, AlertAcknowledged)
    assert (event.alert, event.names, event.version) == ("a-ONE", ("a-ONE", "a-TWO"), 3)
    # rita holds /river/chief and, at another agency, a post that is not her own agency's.
    assert (event.author, event.agency, event.office) == ("rita", "river", "/river/chief")
    assert load_marking(event.marking) == OPEN_TO_RIVER


async def test_feedback_may_be_marked_stricter_and_never_wider(
    house: Premises, rita: httpx.AsyncClient
) -> None:
    house.views.view.known["a-ONE"] = {}
    said = {"verdict": "dismissed", "reason": "a drill"}
    path = "/v1/alerts/a-ONE/feedback"
    wider = await rita.post(path, json={**said, "marking": {"level": "OPEN"}})
    unknown = await rita.post(path, json={**said, "marking": {"level": "COSMIC"}})
    stricter = await rita.post(
        path, json={**said, "marking": {"level": "SECRET", "compartments": ["FLOOD"]}}
    )
    assert (wider.status_code, wider.json()["errors"][0]["pointer"]) == (422, "/marking")
    assert unknown.json()["errors"][0]["pointer"] == "/marking/level"
    assert stricter.status_code == 201
    found = house.log.find("/fusion/feedback", stricter.json()["id"])
    assert found is not None
    event = decode(found)
    assert isinstance(event, FeedbackGiven)
    assert load_marking(event.marking).compartments == {"FLOOD"}


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"", 400, ""),
        (b"{", 400, ""),
        (b"[]", 422, ""),
        (b"{}", 422, "/verdict"),
        (b'{"verdict": "maybe", "reason": "r"}', 422, "/verdict"),
        (b'{"verdict": "confirmed", "reason": ""}', 422, "/reason"),
        (b'{"verdict": "confirmed", "reason": "a\\u0000b"}', 422, "/reason"),
        (b'{"verdict": "confirmed", "reason": "r", "mood": 1}', 422, "/mood"),
        (b'{"verdict": "confirmed", "reason": "r", "marking": {}}', 422, "/marking"),
        (b'{"verdict": "confirmed", "reason": "' + b"x" * 70_000 + b'"}', 413, ""),
    ],
)
async def test_feedback_that_is_not_as_it_must_be_is_refused_by_its_place(
    house: Premises, rita: httpx.AsyncClient, body: bytes, status: int, pointer: str
) -> None:
    house.views.view.known["a-ONE"] = {}
    answer = await rita.post(
        "/v1/alerts/a-ONE/feedback", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_decision_is_json(rita: httpx.AsyncClient) -> None:
    answer = await rita.post("/v1/alerts/a-ONE/acknowledgement", content=b"{}")
    assert answer.status_code == 415


async def test_an_alert_that_may_not_be_known_is_not_found_by_a_decision_either(
    rita: httpx.AsyncClient,
) -> None:
    hidden = await rita.post("/v1/alerts/a-HIDDEN/acknowledgement", json={})
    nothing = await rita.get("/v1/nothing")
    assert (hidden.status_code, hidden.content) == (404, nothing.content)
