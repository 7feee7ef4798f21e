from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fusion.api.application import MAX_STREAMS
from fusion.api.parts import Pace
from fusion.api.stream import PING, encoded
from fusion.domain.clock import MICROS_PER_SECOND
from fusion.domain.errors import Unavailable
from fusion.projections.view.port import AlertFilters, Frame
from tests.api.premises import Premises, premises

pytestmark = pytest.mark.anyio

SNAPSHOT = Frame("snapshot", "i-1", {"items": [], "pointers": [], "complete": True})
RAISED = Frame("raised", "i-2", {"alert": "a-ONE", "title": "flood\ndown the river"})


class Line:
    """One client's connection at the level of ASGI: it reads, stalls or leaves as a test says."""

    def __init__(self, app: Any, token: str, *, query: str = "", last: str | None = None) -> None:
        headers = [(b"authorization", f"Bearer {token}".encode())]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/alerts/stream",
            "root_path": "",
            "query_string": query.encode(),
            "headers": headers,
        }
        self.app = app
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self.leaves = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def _receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.put_nowait(message)

    async def run(self) -> None:
        await self.app(self.scope, self._receive, self._send)

    async def next(self) -> Any:
        return await asyncio.wait_for(self.sent.get(), 10)

    async def chunk(self) -> bytes:
        message = await self.next()
        body: bytes = message["body"]
        return body


@asynccontextmanager
async def following(line: Line) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(line.run())
    try:
        yield task
    finally:
        line.leaves.set()
        line.reads.set()
        await asyncio.wait_for(task, 10)


async def test_frames_come_in_order_each_with_its_id_on_one_line(house: Premises) -> None:
    house.views.view.watching.told += [[SNAPSHOT], [RAISED]]
    line = Line(house.app, house.token("reader", "rita"))
    async with following(line):
        start = await line.next()
        headers = dict(start["headers"])
        assert start["status"] == 200
        assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert headers[b"cache-control"] == b"private, no-store"
        assert b"content-length" not in headers
        assert await line.chunk() == encoded(SNAPSHOT)
        house.views.number += 1
        raised = (await line.chunk()).decode()
    assert raised.startswith("id: i-2\nevent: raised\ndata: {")
    assert raised.endswith("}\n\n")
    assert raised.count("\n") == 4
    data = raised.split("data: ")[1]
    assert json.loads(data) == RAISED.data


async def test_a_client_resumes_by_the_last_id_that_it_has(house: Premises) -> None:
    line = Line(house.app, house.token("reader", "rita"), query="severity=high", last="i-1")
    async with following(line):
        await line.next()
    filters = AlertFilters(severity=frozenset({"high"}))
    assert house.views.view.asked == [("watch", ("i-1", filters))]


async def test_a_stream_without_news_pings() -> None:
    async with premises(Pace(ping_seconds=0.005)) as house:
        line = Line(house.app, house.token("reader", "rita"))
        async with following(line):
            await line.next()
            assert [await line.chunk() for _ in range(3)] == [PING] * 3


async def test_for_a_client_that_does_not_read_nothing_is_fetched_and_it_is_cut_off() -> None:
    async with premises(Pace(stall_seconds=0.05)) as house:
        watching = house.views.view.watching
        watching.told += [[SNAPSHOT], [RAISED]]
        line = Line(house.app, house.token("reader", "rita"))
        task = asyncio.create_task(line.run())
        await line.next()
        line.reads.clear()
        await asyncio.wait_for(task, 10)
    assert watching.looks == 1
    # The connection is left unfinished: no last chunk says that the stream came to its end.
    assert line.sent.empty()


async def test_a_stream_ends_with_its_client_its_token_or_the_service() -> None:
    async with premises(Pace(ping_seconds=0.005)) as house:
        token = house.token("reader", "rita", seconds=60)
        for end in ("client", "service", "token"):
            line = Line(house.app, token)
            task = asyncio.create_task(line.run())
            await line.next()
            if end == "client":
                line.leaves.set()
            elif end == "service":
                house.app.state.running.changes.end()
            else:
                house.clock.advance(house.clock.now() + 61 * MICROS_PER_SECOND)
            await asyncio.wait_for(task, 10)
            house.app.state.running.changes._is_over = False


async def test_a_seat_is_free_again_whatever_became_of_the_stream(house: Premises) -> None:
    seats = house.app.state.running.seats
    line = Line(house.app, house.token("reader", "rita"))
    async with following(line):
        await line.next()
        assert seats.free == MAX_STREAMS - 1

    def refuse(**_: object) -> None:
        raise Unavailable("the store is gone")

    assert seats.free == MAX_STREAMS
    house.views.view.watch = refuse  # type: ignore[method-assign, assignment]
    async with house.client(house.token("reader", "rita")) as client:
        assert (await client.get("/v1/alerts/stream")).status_code == 503
    assert seats.free == MAX_STREAMS


async def test_one_stream_too_many_is_told_to_come_again(house: Premises) -> None:
    seats = house.app.state.running.seats
    for _ in range(MAX_STREAMS):
        seats.take()
    async with house.client(house.token("reader", "rita")) as client:
        answer = await client.get("/v1/alerts/stream")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
