from __future__ import annotations

import asyncio
from threading import Event

import pytest

from fusion.api.changes import Changes

pytestmark = pytest.mark.anyio


class Source:
    """Changes that a test makes; a look blocks until there is one, as a view's does."""

    def __init__(self) -> None:
        self.number = 0
        self.looks = 0
        self._moved = Event()

    def move(self) -> None:
        self.number += 1
        self._moved.set()

    def wait(self, seen: int, timeout_seconds: float) -> int:
        self.looks += 1
        if self.number <= seen:
            self._moved.wait(timeout_seconds)
        self._moved.clear()
        return self.number


async def test_all_who_wait_are_woken_by_one_look() -> None:
    source = Source()
    changes = Changes(source.wait)
    waiting = [asyncio.create_task(changes.beyond(0, seconds=60)) for _ in range(50)]
    await asyncio.sleep(0)
    source.move()
    assert await asyncio.gather(*waiting) == [True] * 50
    assert source.looks <= 2


async def test_a_change_before_the_wait_is_not_missed() -> None:
    source = Source()
    changes = Changes(source.wait)
    seen = changes.number
    source.move()
    assert await changes.beyond(seen, seconds=60)


async def test_who_waits_in_vain_is_let_go_after_its_time() -> None:
    changes = Changes(Source().wait)
    assert not await changes.beyond(0, seconds=0)
    assert not await changes.beyond(0, seconds=0.001)


async def test_nobody_waits_beyond_the_end() -> None:
    changes = Changes(Source().wait)
    waiting = asyncio.create_task(changes.beyond(0, seconds=60))
    await asyncio.sleep(0)
    changes.end()
    assert not await waiting
    assert not await changes.beyond(0, seconds=60)
    assert changes.is_over


async def test_once_it_has_ended_no_look_is_under_way() -> None:
    source = Source()
    begun, may_end = Event(), Event()

    def wait(seen: int, _timeout_seconds: float) -> int:
        begun.set()
        may_end.wait(10)
        return source.wait(seen, 0)

    changes = Changes(wait)
    waiting = asyncio.create_task(changes.beyond(0, seconds=60))
    await asyncio.to_thread(begun.wait, 10)
    ending = asyncio.create_task(changes.ended())
    assert not await waiting
    assert not ending.done()
    may_end.set()
    await asyncio.wait_for(ending, 10)
    assert source.looks == 1
    await changes.ended()


async def test_a_look_that_fails_is_heard_by_all_who_wait_and_the_next_one_works() -> None:
    source = Source()
    tries = iter([OSError("the store is gone")])

    def wait(seen: int, timeout_seconds: float) -> int:
        for error in tries:
            raise error
        return source.wait(seen, timeout_seconds)

    changes = Changes(wait)
    waiting = [asyncio.create_task(changes.beyond(0, seconds=60)) for _ in range(2)]
    heard = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(error) for error in heard] == ["the store is gone"] * 2
    source.move()
    assert await changes.beyond(0, seconds=60)
