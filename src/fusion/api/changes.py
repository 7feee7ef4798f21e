"""Changes: one thread looks for what moved, and all who wait for it are woken.

A bridge between the views' blocking wait and the event loop. It looks only while somebody waits,
never loses a change between two waits, and lets go of everybody when the service ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# How long one blocking look lasts: so long the end of the service may have to wait for its thread.
LOOK_SECONDS = 0.5


class Changes:
    """Numbered changes of what could be served; `wait` is `Views.wait_for_change`."""

    def __init__(self, wait: Callable[[int, float], int]) -> None:
        self._wait = wait
        self._number = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def number(self) -> int:
        """The latest change known here. Take it before reading, and wait for one beyond it."""
        return self._number

    @property
    def is_over(self) -> bool:
        """Whether the service is ending: whoever holds a connection open lets go of it."""
        return self._is_over

    async def beyond(self, number: int, *, seconds: float) -> bool:
        """Whether something moved after change `number`, once it has, or after `seconds`.

        Raises what the look raised, where none can be taken now.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._number <= number and not self._is_over:
            left = until - loop.time()
            if left <= 0:
                return False
            await self._woken(left)
        return self._number > number

    def end(self) -> None:
        """Wake everybody for good."""
        self._is_over = True
        self._wake()

    async def ended(self) -> None:
        """`end`, and wait for the look that is under way: then views are asked no more."""
        self.end()
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _woken(self, seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait({waiter}, timeout=seconds)
        finally:
            self._waiting.discard(waiter)
        if waiter.done():
            waiter.result()

    async def _look(self) -> None:
        try:
            while self._waiting and not self._is_over:
                number = await asyncio.to_thread(self._wait, self._number, LOOK_SECONDS)
                if number > self._number:
                    self._number = number
                    self._wake()
        except Exception as error:  # noqa: BLE001 - whatever it was, every waiter must hear it
            self._wake(error)
        finally:
            self._looking = None

    def _wake(self, error: Exception | None = None) -> None:
        for waiter in self._waiting:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
        self._waiting.clear()
