"""A pattern's examples: short signals made whole, as an agency would have posted them.

A short signal is `source`, `time` (a day will do) and members of a signal's `data`; `id` and
`marking` are filled in where they are absent, so that an example shows only what matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fusion.domain.signal import SUBMITTED

# Examples are about weighing, not about who may know: every domestic agency may.
_OPEN = {"level": "OPEN", "releasable_to": ["*"]}
_ATTRIBUTES = frozenset({"source", "time", "id"})
_DAY_LENGTH = len("2001-09-11")


def as_events(signals: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The CloudEvents that short signals stand for, in the order of the example.

    The n-th signal's id is `example-<n>`, from 1, where none is stated; others may name it so.
    """
    return [_event(signal, f"example-{number}") for number, signal in enumerate(signals, start=1)]


def _event(signal: Mapping[str, Any], id_: str) -> dict[str, Any]:
    body = {name: value for name, value in signal.items() if name not in _ATTRIBUTES}
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": signal.get("source"),
        "id": signal.get("id", id_),
        "time": _moment(signal.get("time")),
        "datacontenttype": "application/json",
        "data": {"marking": _OPEN, **body},
    }


def _moment(time: Any) -> Any:
    is_day = isinstance(time, str) and len(time) == _DAY_LENGTH
    return f"{time}T00:00:00Z" if is_day else time
