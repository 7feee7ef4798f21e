"""What the API is made of: the concrete things that `assembly` hands down, and nothing else.

A route finds them in its application, bound to whom it answers; there is no other way to a read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request
from starlette.types import Scope

from fusion.access.directory import Directory
from fusion.api.changes import Changes
from fusion.api.followings import Channels
from fusion.api.rates import Limits
from fusion.api.tokens import Tokens
from fusion.domain.errors import Unavailable
from fusion.events.ledger import Ledger
from fusion.intake.administer import Administration
from fusion.intake.decide import DecisionDesk
from fusion.intake.request import RequestDesk
from fusion.intake.submit import SubmissionDesk
from fusion.projections.view.port import Audits, Views


@dataclass(frozen=True, slots=True)
class Health:
    """How log and store are (`ok`, or a plain word), and how far the store lies behind the log."""

    log: str
    store: str
    lag_seconds: float | None

    @property
    def is_ready(self) -> bool:
        return self.log == "ok" and self.store == "ok"


@dataclass(frozen=True, slots=True)
class ApiParts:
    """The parts of one API process.

    `health` blocks while it looks at log and store. `tick` lets a live log tick at midnight though
    nobody posts; None in an exercise, whose clock is moved by command. `limits` are the rates of
    subjects; None: nobody has one.
    """

    directory: Directory
    views: Views
    audits: Audits
    submissions: SubmissionDesk
    decisions: DecisionDesk
    requests: RequestDesk
    administration: Administration
    tokens: Tokens
    ledger: Ledger
    health: Callable[[], Health]
    tick: Callable[[], bool] | None = None
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream pings, and how long it lets its client not read.

    A ping every 15 s is the contract's. A client on a slow line drains a frame in a fraction of
    the other; one that does not is not reading.
    """

    ping_seconds: float = 15.0
    stall_seconds: float = 30.0


class Seats:
    """How many streams may be open at once; Unavailable for one more."""

    def __init__(self, limit: int) -> None:
        self.free = limit

    def take(self) -> None:
        if self.free == 0:
            raise Unavailable("too many streams are open")
        self.free -= 1

    def leave(self) -> None:
        self.free += 1


@dataclass(frozen=True, slots=True)
class Running:
    """The parts with what lives as long as the application: who waits, and who is connected."""

    parts: ApiParts
    changes: Changes
    seats: Seats
    pace: Pace
    channels: Channels
    # Streams look on threads of their own: a thousand that a change woke would hold up every other
    # read for as long as all of them take.
    following: Executor


async def ended(running: Running) -> None:
    """Let go of all who wait or follow, and of the threads that look for them.

    A thread that looked on would wait for a store that its owner has taken away.
    """
    await running.changes.ended()
    await asyncio.to_thread(running.following.shutdown, wait=True, cancel_futures=True)


def running_in(scope: Scope) -> Running:
    """The parts behind the application that a request came to."""
    return cast(Running, scope["app"].state.running)


async def running_of(request: Request) -> Running:
    """The same, for a route."""
    return running_in(request.scope)


Parts: TypeAlias = Annotated[Running, Depends(running_of)]
