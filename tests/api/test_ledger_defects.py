"""The checks of the ledger can fail: each planted defect turns its own check red.

Defects are planted here, by patching; the product has no switch for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from fusion.api import clerk, followings
from fusion.api.declared import DeclaredRoute
from fusion.api.identity import Act
from fusion.projections.view.port import Frame
from tests.api.accounting import check_a_frame, check_a_route, check_an_empty_page
from tests.api.premises import Premises, premises

pytestmark = pytest.mark.anyio

Check = Callable[[Premises], Awaitable[None]]


@dataclass(frozen=True)
class Defect:
    """What is broken (`place`, `name`), by what, and the check that must see it."""

    says: str
    check: Check
    place: Any
    name: str
    broken: Any


async def check_alerts(house: Premises) -> None:
    (route,) = (
        each
        for each in house.app.routes
        if isinstance(each, DeclaredRoute) and each.path == "/v1/alerts" and each.act is Act.READ
    )
    await check_a_route(house, route, "GET")


async def _answers_first(self: Any, message: Any) -> None:
    await self._send(message)
    if message["type"] == "http.response.start":
        await self._clerk.enter(self._scope, self._identity, message["status"])


def _what_was_found(scope: Any, status: int) -> bool:
    found = scope.get(clerk.DISCLOSURE)
    return IS_ENTERED(scope, status) and not (found is not None and found.count == 0)


def _nothing_shown(scope: Any, status: int) -> Any:
    return clerk.Disclosure(None)


async def _snapshots_only(self: Any, frames: Sequence[Frame]) -> None:
    if any(frame.mark is None for frame in frames):
        await BEFORE(self, frames)


async def _later(self: Any, frames: Sequence[Frame]) -> Any:
    return []


IS_ENTERED = clerk._is_entered
BEFORE = followings.Following.before

DEFECTS = [
    Defect(
        "a route answers before the ledger has it",
        check_alerts,
        clerk._Desk,
        "send",
        _answers_first,
    ),
    Defect(
        "an empty page is not entered",
        check_an_empty_page,
        clerk,
        "_is_entered",
        _what_was_found,
    ),
    Defect(
        "what a page shows is not entered",
        check_alerts,
        clerk,
        "_disclosure_of",
        _nothing_shown,
    ),
    Defect(
        "a frame is not entered",
        check_a_frame,
        followings.Following,
        "before",
        _snapshots_only,
    ),
    Defect(
        "a frame is sent before its entry is durable",
        check_a_frame,
        followings.Channels,
        "shown",
        _later,
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.says)
async def test_a_planted_defect_turns_its_check_red(
    defect: Defect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with premises() as house:
        await defect.check(house)
    monkeypatch.setattr(defect.place, defect.name, defect.broken)
    async with premises() as house:
        with pytest.raises((AssertionError, ValueError)):
            await defect.check(house)
