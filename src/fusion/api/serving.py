"""Serving: one API process, from a listening socket to its last answer.

Runs the application over HTTP and takes commands at the directory's socket, until SIGINT or
SIGTERM; then streams end, requests that were begun are answered, and the parts are closed after the
last of them. What nobody expected is written to standard error and never to a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import FrameType

import uvicorn

from fusion.api.application import create_app
from fusion.api.parts import ApiParts, Running, ended
from fusion.api.protocol import Protocol
from fusion.domain.errors import Misused, Unavailable
from fusion.intake.control import listening

# Requests that were begun have as long as the longest wait (`?wait=fused`) to be answered.
GRACE_SECONDS = 11
# Longer than a client's pool keeps an idle connection, so that it is the client who closes it.
KEEP_ALIVE_SECONDS = 75
# How often a live log is asked for the tick that is due: midnight passes once a day.
TICK_SECONDS = 20.0
# A connection whose peer takes nothing in is given up by the kernel after this, whatever waits.
UNREAD_MILLISECONDS = 30_000


def run(
    open_parts: Callable[[], AbstractAsyncContextManager[ApiParts]],
    *,
    listener: socket.socket,
    control: Path,
    announce: Callable[[], None],
) -> None:
    """Serve until told to end; `announce` is called once requests are taken.

    `open_parts` is entered inside the event loop and left after the last answer. `control` is the
    directory in which commands are taken.
    """
    _drop_unread(listener)
    _report_to_standard_error()

    async def serve() -> None:
        async with open_parts() as parts:
            app = create_app(parts)
            running: Running = app.state.running
            config = uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            server = _Server(config, announce=announce, ending=running.changes.end)
            try:
                async with listening(control, parts.administration), _ticking(parts.tick):
                    await server.serve(sockets=[listener])
            finally:
                await ended(running)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve())


class _Server(uvicorn.Server):
    """uvicorn's server: says when it is ready, ends streams when it ends, and exits cleanly."""

    def __init__(
        self, config: uvicorn.Config, *, announce: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and then exit as a command that did what it was told.

        uvicorn raises the signal once more after its end, which would kill the process instead.
        """
        before = {each: signal.signal(each, self._told) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)


@contextlib.asynccontextmanager
async def _ticking(tick: Callable[[], object] | None) -> AsyncIterator[None]:
    """Let the log tick at midnight though nobody posts."""
    if tick is None:
        yield
        return
    task = asyncio.create_task(_tick_for_ever(tick))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _tick_for_ever(tick: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        # A log that is full or locked just now answers requests the same; the next try may do.
        with contextlib.suppress(Unavailable, Misused):
            await asyncio.to_thread(tick)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop of uvloop where it is installed (it is not made for Windows), else asyncio's own."""
    return uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()


def _drop_unread(listener: socket.socket) -> None:
    """Let the kernel give up connections whose peer takes nothing in (Linux; tcp(7))."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None and listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, option, UNREAD_MILLISECONDS)


def _report_to_standard_error() -> None:
    """Let uvicorn report what it did not expect, but for streams that were cut off on purpose."""
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.ERROR)
    logger.addFilter(lambda line: "without completing response" not in line.getMessage())
