"""Exchanges: what a caller sent and every byte that came back.

The application is called as a server would call it (ASGI), with nothing between that could hide a
byte: status, headers in their order, and body, or the frames of a stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import Message, Scope

PING = b": ping\n\n"
# Headers that may differ between two answers that tell the same: none but the time of day, which a
# server adds and this harness's does not.
FREE_HEADERS = frozenset({b"date"})
# A stream that says nothing for so long has failed; it looks a thousand times in it.
PATIENCE_SECONDS = 20.0

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Exchange:
    """One call and its answer."""

    asked: str
    status: int
    headers: tuple[Header, ...]
    body: bytes


async def exchange(
    app: FastAPI, method: str, target: str, headers: dict[str, str], body: bytes
) -> Exchange:
    """Call and take the whole answer."""
    told: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)

    await app(_scope(method, target, headers), receive, send)
    whole = b"".join(message.get("body", b"") for message in told[1:])
    asked = f"{method} {target} {_stated(headers)} {body.decode(errors='replace')}"
    return Exchange(asked, told[0]["status"], _kept(told[0]["headers"]), whole)


@dataclass
class Following:
    """An open stream: what it said so far, pings left out, which come by the clock."""

    asked: str
    status: int = 0
    headers: tuple[Header, ...] = ()
    chunks: list[bytes] = field(default_factory=list)
    pings: int = 0
    _left: asyncio.Event = field(default_factory=asyncio.Event)
    _beat: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    @property
    def last_id(self) -> str:
        """The id of the last frame."""
        heads = [chunk.split(b"\n", 1)[0] for chunk in self.chunks]
        return heads[-1].removeprefix(b"id: ").decode() if heads else ""

    async def settle(self) -> None:
        """Wait until it has looked, and told all that there is to tell.

        RuntimeError where it ended by itself: that is a failure of the service, not a difference.
        """
        assert self._task is not None, "it was opened"
        until = self.pings + 2
        while self.pings < until:
            if self._task.done():
                raise RuntimeError(f"{self.asked} ended by itself")
            self._beat.clear()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._beat.wait()

    async def leave(self) -> Exchange:
        """Go, and keep what was told."""
        self._left.set()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task
        return Exchange(self.asked, self.status, self.headers, b"".join(self.chunks))

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], _kept(message["headers"])
        elif message.get("body") == PING:
            self.pings += 1
        elif message.get("body"):
            self.chunks.append(message["body"])
        self._beat.set()

    def begin(self, app: FastAPI, target: str, headers: dict[str, str]) -> None:
        """Open it."""

        async def run() -> None:
            request = [{"type": "http.request", "body": b"", "more_body": False}]

            async def receive() -> Message:
                return request.pop() if request else await self.receive()

            await app(_scope("GET", target, headers), receive, self.send)
            self._beat.set()

        self._task = asyncio.create_task(run())


def follow(app: FastAPI, target: str, headers: dict[str, str]) -> Following:
    """Open a stream."""
    following = Following(f"GET {target} {_stated(headers)}")
    following.begin(app, target, headers)
    return following


def _kept(headers: Sequence[Header]) -> tuple[Header, ...]:
    return tuple(each for each in headers if each[0].lower() not in FREE_HEADERS)


def _stated(headers: dict[str, str]) -> str:
    """What a call states, without its token: two services sign with keys of their own."""
    return str({name: text for name, text in headers.items() if name != "authorization"})


def _scope(method: str, target: str, headers: dict[str, str]) -> Scope:
    parts = urlsplit(target)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
