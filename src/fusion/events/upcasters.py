"""Upcasters: how an event of an older version is read today; what was logged is never rewritten.

One pure function a step, from the JSON of one version to that of the next, chained on read until
the body is current. A step must read any body that its version ever wrote, and must not look at
anything but the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fusion.domain.errors import Unreadable

Body = dict[str, Any]
Step = Callable[[Body], Body]
# (stored name, version) -> the step from that version to the next one.
Steps = Mapping[tuple[str, int], Step]


def _namespace_opened_1(body: Body) -> Body:
    """Under these names tokens were made while a namespace had none of its own."""
    return {**body, "name": "live" if body["seed"] is None else f"exercise:{body['seed']}"}


def _disclosure_requested_1(body: Body) -> Body:
    """Nobody could ask by a handle yet, so nothing stood behind one."""
    return {**body, "behind": []}


UPCASTERS: Steps = {
    ("namespace.opened", 1): _namespace_opened_1,
    ("disclosure.requested", 1): _disclosure_requested_1,
}


def upcast(body: Body, *, name: str, version: int, current: int, steps: Steps = UPCASTERS) -> Body:
    """`body`, written as `version`, in the form of `current`; Unreadable without a step."""
    for past in range(version, current):
        step = steps.get((name, past))
        if step is None:
            raise Unreadable(f"no upcaster leads from {name} version {past} to {past + 1}")
        body = step(body)
    return body
