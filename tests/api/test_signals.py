from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fusion.api.signals import BATCH, LINES, STRUCTURED
from fusion.domain.errors import Unavailable
from fusion.domain.signal import SUBMITTED
from fusion.events.position import Position
from fusion.intake.decode import MAX_BATCH_BYTES
from tests.api.premises import NOON, Premises

pytestmark = pytest.mark.anyio


def signal(id_: str = "1", source: str = "/river/gauges", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": source,
        "id": id_,
        "time": "2024-05-01T00:00:00Z",
        "data": {"marking": {"level": "OPEN"}, **data},
    }


@pytest.fixture
async def publisher(house: Premises) -> httpx.AsyncClient:
    return house.client(house.token("publisher", "gauge"))


async def post(
    client: httpx.AsyncClient, body: Any, media_type: str = STRUCTURED, query: str = ""
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(
        f"/v1/signals{query}", content=content, headers={"Content-Type": media_type}
    )


def stored(house: Premises) -> list[str]:
    events = house.log.read(Position.start(), 1000)
    return [each.envelope.id for each in events if each.envelope.type.startswith("signal")]


async def test_a_signal_is_accepted_once_and_then_a_duplicate(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    first = await post(publisher, signal())
    again = await post(publisher, signal(), f"{STRUCTURED}; charset=utf-8")
    name = {"source": "/river/gauges", "id": "1"}
    assert (first.status_code, first.json()) == (202, {**name, "status": "accepted"})
    assert (again.status_code, again.json()) == (200, {**name, "status": "duplicate"})
    assert stored(house) == ["1"]


async def test_another_body_under_the_same_id_is_a_conflict_and_the_first_stands(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    await post(publisher, signal())
    other = await post(publisher, signal(summary="another"))
    assert other.status_code == 409
    assert other.json()["errors"][0]["pointer"] == "/id"
    assert stored(house) == ["1"]
    assert (await post(publisher, signal())).json()["status"] == "duplicate"


async def test_a_refused_signal_says_where_and_its_id_is_not_taken(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    refused = await post(publisher, signal(source="/bank"))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "/source", "detail": "is not yours"}]
    assert stored(house) == []


@pytest.mark.parametrize("media_type", [BATCH, LINES])
async def test_within_many_those_that_can_be_taken_go_through(
    house: Premises, publisher: httpx.AsyncClient, media_type: str
) -> None:
    many = [signal("1"), signal("2", source="/bank"), signal("1", summary="other"), signal("3")]
    body = json.dumps(many) if media_type == BATCH else "\n".join(map(json.dumps, many))
    answer = await post(publisher, body.encode(), media_type)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [
        "accepted", "rejected", "rejected", "accepted",
    ]  # fmt: skip
    assert [each["id"] for each in results] == ["1", "2", "1", "3"]
    assert [each.get("problem", {}).get("status") for each in results] == [None, 422, 409, None]
    assert stored(house) == ["1", "3"]


async def test_a_line_that_cannot_be_read_is_rejected_without_a_name(
    publisher: httpx.AsyncClient,
) -> None:
    body = json.dumps(signal("1")).encode() + b"\nno JSON\n\n" + json.dumps(signal("2")).encode()
    results = (await post(publisher, body, LINES)).json()["results"]
    assert [(each["id"], each["status"]) for each in results] == [
        ("1", "accepted"), (None, "rejected"), ("2", "accepted"),
    ]  # fmt: skip
    assert results[1]["problem"]["status"] == 400


@pytest.mark.parametrize(("media_type", "body"), [(BATCH, b"[]"), (LINES, b"")])
async def test_an_empty_batch_has_no_results(
    publisher: httpx.AsyncClient, media_type: str, body: bytes
) -> None:
    answer = await post(publisher, body, media_type)
    assert (answer.status_code, answer.json()) == (200, {"results": []})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"a": NaN}'])
async def test_a_body_that_is_no_event_is_unreadable(
    publisher: httpx.AsyncClient, body: bytes
) -> None:
    assert (await post(publisher, body)).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        {},
        {"Content-Type": "application/json", "ce-id": "1", "ce-source": "/river/gauges"},
        {"Content-Type": STRUCTURED, "Content-Encoding": "gzip"},
        {"Content-Type": f"{STRUCTURED}; charset=utf-16"},
    ],
)
async def test_a_body_of_another_kind_is_refused_by_its_header(
    publisher: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await publisher.post("/v1/signals", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["header"] in {"Content-Type", "Content-Encoding"}


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(
    publisher: httpx.AsyncClient,
) -> None:
    async def endless() -> Any:
        for _ in range(MAX_BATCH_BYTES // 2**20 + 1):
            yield b" " * 2**20
        raise AssertionError("more was read than the limit")

    told = await publisher.post(
        "/v1/signals",
        content=b"[]",
        headers={"Content-Type": BATCH, "Content-Length": str(MAX_BATCH_BYTES + 1)},
    )
    untold = await publisher.post("/v1/signals", content=endless(), headers={"Content-Type": BATCH})
    assert (told.status_code, untold.status_code) == (413, 413)


async def test_parameters_that_came_later_do_not_exist_yet(
    publisher: httpx.AsyncClient, house: Premises
) -> None:
    answer = await post(publisher, signal(), query="?dry_run=true")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "dry_run"
    wrong = await post(publisher, signal(), query="?wait=ever")
    assert wrong.json()["errors"][0]["parameter"] == "wait"
    assert stored(house) == []


async def test_who_waits_is_told_whether_all_of_it_is_fused(publisher: httpx.AsyncClient) -> None:
    one = await post(publisher, signal("1"), query="?wait=fused")
    many = await post(publisher, [signal("1"), signal("2")], BATCH, "?wait=fused")
    assert (one.status_code, one.json()["fused"]) == (202, True)
    assert many.json()["fused"] is True
    none = await post(publisher, [], BATCH, "?wait=fused")
    assert none.json() == {"results": [], "fused": True}


async def test_a_log_that_takes_nothing_is_said_so_and_nothing_is_acknowledged(
    house: Premises, publisher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_envelopes: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(house.log, "append", full)
    answers = [await post(publisher, signal()), await post(publisher, [signal()], BATCH)]
    for answer in answers:
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert b"disk" not in answer.content


async def test_a_publisher_reads_its_own(house: Premises, publisher: httpx.AsyncClient) -> None:
    house.views.view.known["mine"] = {"items": [], "next": None}
    answer = await publisher.get("/v1/signals/mine?limit=7")
    assert answer.json() == {"items": [], "next": None}
    assert house.views.view.asked == [("mine", "gauge"), ("mine", (None, 7))]


async def test_a_signal_is_addressed_by_its_name(house: Premises) -> None:
    house.views.view.known["/fbi/phoenix/EC-2001-07-10"] = {"id": "EC-2001-07-10"}
    async with house.client(house.token("reader", "rita")) as reader:
        answer = await reader.get("/v1/signals/fbi/phoenix/EC-2001-07-10")
    assert answer.json() == {"id": "EC-2001-07-10"}


async def test_signals_are_filtered_by_inclusive_periods(house: Premises) -> None:
    house.views.view.known["signals"] = {}
    query = "from=2024-05&to=2024-05-01&agency=bank&agency=river"
    async with house.client(house.token("reader", "rita")) as reader:
        await reader.get(f"/v1/signals?{query}")
        wrong = await reader.get("/v1/signals?from=yesterday")
    ((_, (_, _, filters)),) = house.views.view.asked
    assert filters.since <= NOON <= filters.until
    assert filters.until - filters.since == 86_400_000_000 - 1
    assert filters.agency == {"bank", "river"}
    assert wrong.json()["errors"][0]["parameter"] == "from"
