"""Group commit: one flush for all who wait for one.

A flush costs as much for one event as for a thousand. Requests that arrive while one commit runs
are gathered and appended together by the next; each is answered only once its events are durable.
It never reorders, never splits a request over two commits, and never queues without a bound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from fusion.domain.errors import TooLarge, Unavailable
from fusion.events.crash_point import CrashPoint, no_crash
from fusion.events.envelope import Envelope
from fusion.events.log import Receipt

# The largest batch that CONTRACT.md admits; a commit gathers no more than that.
MAX_BATCH = 10_000
# Two commits' worth may wait: about as much as is written in a second. Whoever comes then is told
# to come again, which costs less than a time-out.
MAX_WAITING = 2 * MAX_BATCH
# Bodies are held while they wait: four of the largest requests (16 MiB, CONTRACT.md section 1).
MAX_WAITING_BYTES = 64 * 1024 * 1024


class Appends(Protocol):
    """What is committed to: a log, or what links to one."""

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """As `EventLog.append`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    envelopes: tuple[Envelope, ...]
    size: int
    receipts: asyncio.Future[list[Receipt]]


class GroupCommit:
    """The way into `log` for one event loop; the log's writes then happen on one thread of its own.

    `close` it before the log.
    """

    def __init__(self, log: Appends, *, crash_point: CrashPoint = no_crash) -> None:
        self._log = log
        self._crash_point = crash_point
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")
        self._waiting: deque[_Request] = deque()
        self._waiting_envelopes = 0
        self._waiting_bytes = 0
        self._draining: asyncio.Task[None] | None = None
        self._is_closed = False

    async def submit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """A receipt for each envelope, in order, once all are durable.

        Raises what the append of its commit raised; then none is acknowledged, and submitting
        again is safe. Unavailable when too much waits or after `close`; TooLarge beyond MAX_BATCH.
        A caller that is cancelled does not learn whether its events were recorded.
        """
        if self._is_closed:
            raise Unavailable("the log is being closed")
        if not envelopes:
            return []
        if len(envelopes) > MAX_BATCH:
            raise TooLarge(f"{len(envelopes)} events in one request; {MAX_BATCH} are the limit")
        size = sum(len(envelope.body) for envelope in envelopes)
        self._require_room(len(envelopes), size)
        loop = asyncio.get_running_loop()
        request = _Request(tuple(envelopes), size, loop.create_future())
        self._enqueue(request)
        if self._draining is None:
            self._draining = loop.create_task(self._drain())
        return await request.receipts

    async def close(self) -> None:
        """Take no more, commit what waits, and end the thread. The log stays open."""
        self._is_closed = True
        if self._draining is not None:
            # Not awaited directly: if this caller is cancelled, the commits go on all the same.
            await asyncio.wait({self._draining})
        self._thread.shutdown()

    def _require_room(self, count: int, size: int) -> None:
        """Unavailable if what waits already leaves no room; a first one always has room."""
        if self._waiting and (
            self._waiting_envelopes + count > MAX_WAITING
            or self._waiting_bytes + size > MAX_WAITING_BYTES
        ):
            raise Unavailable("too much is waiting to be written; try again")

    def _enqueue(self, request: _Request) -> None:
        self._waiting.append(request)
        self._waiting_envelopes += len(request.envelopes)
        self._waiting_bytes += request.size

    def _dequeue(self) -> _Request:
        request = self._waiting.popleft()
        self._waiting_envelopes -= len(request.envelopes)
        self._waiting_bytes -= request.size
        return request

    async def _drain(self) -> None:
        try:
            while batch := self._next_batch():
                await self._commit(batch)
        finally:
            self._draining = None
            # Only when the loop is torn down: those still in the queue were never written.
            while self._waiting:
                _fail(self._dequeue(), Unavailable("the log is being closed"))

    def _next_batch(self) -> list[_Request]:
        """Whole requests, first come first, up to MAX_BATCH envelopes, without cancelled ones."""
        batch: list[_Request] = []
        room = MAX_BATCH
        while self._waiting and len(self._waiting[0].envelopes) <= room:
            request = self._dequeue()
            if not request.receipts.done():
                batch.append(request)
                room -= len(request.envelopes)
        return batch

    async def _commit(self, batch: list[_Request]) -> None:
        envelopes = [envelope for request in batch for envelope in request.envelopes]
        loop = asyncio.get_running_loop()
        try:
            receipts = await loop.run_in_executor(self._thread, self._append, envelopes)
        except Exception as error:  # noqa: BLE001 - whatever it was, every waiter must hear it
            for request in batch:
                _fail(request, error)
            return
        except asyncio.CancelledError:
            for request in batch:
                _fail(request, Unavailable("the log was closed during the commit; submit again"))
            raise
        self._crash_point("before_reply")
        _reply(batch, receipts)

    def _append(self, envelopes: list[Envelope]) -> list[Receipt]:
        self._crash_point("before_append")
        return self._log.append(envelopes)


def _reply(batch: list[_Request], receipts: list[Receipt]) -> None:
    start = 0
    for request in batch:
        end = start + len(request.envelopes)
        if not request.receipts.done():
            request.receipts.set_result(receipts[start:end])
        start = end


def _fail(request: _Request, error: Exception) -> None:
    if not request.receipts.done():
        request.receipts.set_exception(error)
