"""Every route of the application is called, so that a new one is under test or fails here."""

from __future__ import annotations

import asyncio

from fusion.api.declared import DeclaredRoute
from tests.noninterference.calls import CALLS
from tests.noninterference.service import served
from tests.simulation.tiny import RULES


async def _routes() -> set[tuple[str, str]]:
    async with served(RULES[0]) as service:
        declared = [route for route in service.app.routes if isinstance(route, DeclaredRoute)]
        return {(method, route.path) for route in declared for method in route.methods or ()}


def test_every_route_is_called_and_no_other() -> None:
    assert set(CALLS) == asyncio.run(_routes())
