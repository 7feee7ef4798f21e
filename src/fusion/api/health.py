"""Routes of health: whether the process lives, and whether log and store answer."""

from __future__ import annotations

from fastapi import Response

from fusion.api.answers import LiveAnswer, ReadyAnswer, answer
from fusion.api.declared import DeclaredRoute, open_route
from fusion.api.parts import Parts


async def live() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


def ready(running: Parts) -> Response:
    """Log and store answer; `lag_seconds` is how far the store lies behind the log."""
    health = running.parts.health()
    status = "ok" if health.is_ready else "unavailable"
    content = {
        "status": status,
        "log": health.log,
        "store": health.store,
        "lag_seconds": health.lag_seconds,
    }
    return answer(content, status=200 if health.is_ready else 503)


def routes() -> list[DeclaredRoute]:
    """The routes of health."""
    return [
        open_route("/v1/health/live", live, answer=LiveAnswer),
        open_route("/v1/health/ready", ready, answer=ReadyAnswer),
    ]
