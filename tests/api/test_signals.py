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
        {"Content-Type": "text/plain", "ce-id": "1", "ce-source": "/river/gauges"},
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


@pytest.mark.parametrize("query", ["?wait=ever", "?dry_run=yes", "?dry_run=true&dry_run=1"])
async def test_a_parameter_of_another_value_is_refused_by_its_name(
    publisher: httpx.AsyncClient, house: Premises, query: str
) -> None:
    answer = await post(publisher, signal(), query=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query[1:].partition("=")[0]
    assert stored(house) == []


async def binary(
    client: httpx.AsyncClient, document: dict[str, Any], query: str = "", **more: str
) -> httpx.Response:
    """Post in the binary form: every attribute but the body's in a header."""
    beside = {k: v for k, v in document.items() if k not in {"data", "datacontenttype"}}
    headers = {f"ce-{name}": value for name, value in {**beside, **more}.items()}
    return await client.post(f"/v1/signals{query}", json=document["data"], headers=headers)


async def test_the_binary_form_is_the_same_signal(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    whole = {**signal(), "datacontenttype": "application/json"}
    first, again = await binary(publisher, whole), await post(publisher, whole)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert stored(house) == ["1"]


async def test_a_fault_of_the_binary_form_is_pointed_to_from_the_root_of_the_signal(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    foreign = await binary(publisher, signal(source="/bank"))
    nul = await binary(publisher, signal(summary="a\0b"))
    unreadable = await binary(publisher, signal(), traceparent="%FF")
    pointers = [each.json()["errors"][0]["pointer"] for each in (foreign, nul, unreadable)]
    assert pointers == ["/source", "/data/summary", "/traceparent"]
    assert {each.status_code for each in (foreign, nul, unreadable)} == {422}
    assert stored(house) == []


DRY = "?dry_run=true"


async def test_a_dry_run_answers_what_the_post_would_have_answered_and_appends_nothing(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    await post(publisher, signal("known"))
    bodies: list[tuple[Any, str]] = [
        (signal("new"), STRUCTURED),
        (signal("known"), STRUCTURED),
        (signal("known", summary="other"), STRUCTURED),
        (signal("bad", source="/bank"), STRUCTURED),
        (b"{", STRUCTURED),
        (b"{", BATCH),
        (json.dumps([signal("2"), signal("2", summary="x"), signal("2")]).encode(), BATCH),
        (b"no JSON\n" + json.dumps(signal("3")).encode(), LINES),
    ]
    for body, media_type in bodies:
        before = stored(house)
        dry = await post(publisher, body, media_type, query=DRY)
        assert dry.status_code == 200
        assert stored(house) == before
        wet = await post(publisher, body, media_type)
        assert (dry.content, dry.headers["content-type"]) == (
            wet.content,
            wet.headers["content-type"],
        )


async def test_a_dry_run_of_the_binary_form_is_one_too(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    answer = await binary(publisher, signal(), query=DRY)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert stored(house) == []


async def test_what_is_no_signal_at_all_is_refused_in_a_dry_run_too(
    house: Premises, publisher: httpx.AsyncClient
) -> None:
    assert (await post(publisher, signal(), "text/plain", query=DRY)).status_code == 415
    async with house.client() as nobody:
        assert (await post(nobody, signal(), query=DRY)).status_code == 401


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
    assert house.views.view.asked == [("mine", "gauge"), ("mine", (None, 7, None))]


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
