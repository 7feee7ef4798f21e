"""Tests of the API run on asyncio, each on premises of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api.premises import Premises, premises


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house() -> AsyncIterator[Premises]:
    async with premises() as opened:
        yield opened
