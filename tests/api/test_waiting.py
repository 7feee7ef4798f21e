from __future__ import annotations

import asyncio

import pytest

from fusion.api.waiting import fused
from fusion.domain.errors import Unavailable
from fusion.events.position import Position
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio

FIRST = Position((("log", 1),))
SECOND = Position((("log", 2),))
ELSEWHERE = Position((("other", 1),))


async def test_a_wait_ends_once_all_is_fused(house: Premises) -> None:
    house.views.fused = False
    waiting = asyncio.create_task(fused(house.app.state.running, [FIRST, SECOND]))
    await asyncio.sleep(0)
    house.views.fused = True
    house.views.number += 1
    assert await asyncio.wait_for(waiting, 10)


async def test_a_wait_that_ends_without_it_says_so(house: Premises) -> None:
    house.views.fused = False
    assert not await fused(house.app.state.running, [FIRST], seconds=0.001)
    assert await fused(house.app.state.running, [], seconds=0.001)


async def test_a_store_that_cannot_be_asked_takes_nothing_back(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_position: Position) -> bool:
        raise Unavailable("the store is gone")

    monkeypatch.setattr(house.views, "covers", gone)
    assert not await fused(house.app.state.running, [FIRST])


async def test_only_the_furthest_positions_are_asked_for(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Position] = []

    def covers(position: Position) -> bool:
        asked.append(position)
        return True

    monkeypatch.setattr(house.views, "covers", covers)
    await fused(house.app.state.running, [FIRST, ELSEWHERE, SECOND])
    assert set(asked) == {SECOND, ELSEWHERE}
