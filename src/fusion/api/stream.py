"""The stream: alerts as they change, by Server-Sent Events (WHATWG HTML, section 9.2).

Each stream pulls its frames from its own watch and encodes each once. Promises that nothing piles
up for a client that does not read: while a frame can't be sent none is fetched, and after
a while the client is cut off; it resumes by `Last-Event-ID` with nothing lost. A stream ends
with its token. Whether a frame may be seen is decided by the watch, before each one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from fusion.access.disclosure import Disclosure
from fusion.api.answers import DISCLOSURE, STREAM
from fusion.api.declared import DeclaredRoute, reader_route
from fusion.api.followings import Following
from fusion.api.identity import IsGood
from fusion.api.parts import Pace, Parts, Running
from fusion.api.queries import AlertsFollowed
from fusion.api.reading import STATED, ReaderView
from fusion.api.stream_document import STREAM_PATH
from fusion.domain.errors import FusionError
from fusion.domain.ids import random_id
from fusion.projections.view.port import Frame, Watch

PING = b": ping\n\n"


class EventStream(Response):
    """An answer that goes on until the client, the token or the service ends."""

    def __init__(
        self, watch: Watch, running: Running, *, is_good: Callable[[], bool], pace: Pace
    ) -> None:
        super().__init__(media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        # A stream's length is not known before its end.
        del self.headers["content-length"]
        self._watch = watch
        self._running = running
        self._is_good = is_good
        self._pace = pace
        self._name = random_id("w-")
        self._account = Following(running.channels, self._name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[STREAM] = self._name
        # What it shows is said with each frame.
        scope[DISCLOSURE] = Disclosure(None, count=0)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._follow_until_left(receive, send)
        finally:
            self._running.seats.leave()
            await self._account.close()

    async def _follow_until_left(self, receive: Receive, send: Send) -> None:
        following = asyncio.create_task(self._follow(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({following, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            following.cancel()
            await asyncio.wait({following, leaving})
        if not following.cancelled():
            following.result()

    async def _follow(self, send: Send) -> None:
        """Frames as they come, a ping in between; ends with the token, the service, or a stall."""
        changes, clock = self._running.changes, asyncio.get_running_loop().time
        ping_at = clock() + self._pace.ping_seconds
        try:
            while self._is_good() and not changes.is_over:
                seen = changes.number
                frames = await self._looked()
                await self._account.before(frames)
                for frame in frames:
                    await self._send(send, encoded(frame))
                if clock() >= ping_at:
                    await self._send(send, PING)
                    ping_at += self._pace.ping_seconds
                await changes.beyond(seen, seconds=max(0.0, ping_at - clock()))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, FusionError):
            # A client that does not drain, a ledger or a store that can't be used now. Left
            # unfinished, so that the server drops the connection and the client resumes.
            return

    async def _looked(self) -> Sequence[Frame]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._running.following, self._watch.frames)

    async def _send(self, send: Send, chunk: bytes) -> None:
        """Hand a chunk to the connection; TimeoutError where it does not drain."""
        message = {"type": "http.response.body", "body": chunk, "more_body": True}
        async with asyncio.timeout(self._pace.stall_seconds):
            await send(message)


def encoded(frame: Frame) -> bytes:
    """A frame on the wire. JSON has no line breaks of its own, so one line of data holds it."""
    head = f"id: {frame.id}\nevent: {frame.event}\ndata: ".encode()
    return head + msgspec.json.encode(frame.data) + b"\n\n"


async def follow_alerts(
    request: Request, query: AlertsFollowed, view: ReaderView, running: Parts, is_good: IsGood
) -> Response:
    """A snapshot, then what is raised, changed and withdrawn; `Last-Event-ID` resumes."""
    last = request.headers.get("last-event-id")
    running.seats.take()
    try:
        watch = await run_in_threadpool(view.watch, last_event_id=last, filters=query.filters)
    except BaseException:
        running.seats.leave()
        raise
    return EventStream(watch, running, is_good=is_good, pace=running.pace)


def routes() -> list[DeclaredRoute]:
    """The stream; it stands before `/v1/alerts/{name}`."""
    last_event_id = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "the id of the last frame that the client has",
        "schema": {"type": "string"},
    }
    return [
        reader_route(
            STREAM_PATH,
            follow_alerts,
            refusals={503: "Too many streams are open"},
            openapi_extra={"parameters": [*STATED["parameters"], last_event_id]},
        )
    ]


async def _left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
