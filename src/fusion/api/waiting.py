"""Waiting until something is fused (`?wait=fused`), for at most ten seconds.

What is waited for is durable already: a wait that ends without it takes nothing back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fusion.api.parts import Running
from fusion.domain.errors import FusionError
from fusion.events.position import Position

# CONTRACT.md section 3.
WAIT_SECONDS = 10.0


async def fused(
    running: Running, positions: Sequence[Position], *, seconds: float = WAIT_SECONDS
) -> bool:
    """Whether all that stands before these positions is fused, once it is, or after `seconds`."""
    try:
        return await _waited(running, _furthest(positions), seconds)
    except FusionError:
        # A store that can't be asked takes nothing back from what the log acknowledged.
        return False


async def _waited(running: Running, missing: list[Position], seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while missing:
        seen = running.changes.number
        missing = await asyncio.to_thread(_uncovered, running, missing)
        left = until - loop.time()
        if not missing or left <= 0 or running.changes.is_over:
            break
        await running.changes.beyond(seen, seconds=left)
    return not missing


def _furthest(positions: Sequence[Position]) -> list[Position]:
    """The positions that no other of them covers; the last of a batch usually covers all."""
    kept: list[Position] = []
    for position in reversed(positions):
        if not any(other.covers(position) for other in kept):
            kept.append(position)
    return kept


def _uncovered(running: Running, positions: list[Position]) -> list[Position]:
    covers = running.parts.views.covers
    return [position for position in positions if not covers(position)]
