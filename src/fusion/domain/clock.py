"""Time: the clock as a port, and the few conversions everybody shares.

Inside, a moment is an integer of microseconds since 1970 UTC and a day an integer of days, so that
times compare and sort without a zone. Only this module reads the wall clock.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

MICROS_PER_SECOND = 1_000_000
MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PERIOD = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
# RFC 3339 with an offset: CloudEvents asks for it, and a time without one is ambiguous.
_INSTANT = re.compile(
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$"
)


class Clock(Protocol):
    """Where recorded time comes from."""

    def now(self) -> int:
        """The present moment, in microseconds since 1970 UTC."""
        ...


class WallClock:
    """The machine's own clock: live directories run on it."""

    def now(self) -> int:
        return time.time_ns() // 1_000


class ScriptedClock:
    """A clock that stands until it is moved: exercises, replays and tests run on it."""

    def __init__(self, moment: int) -> None:
        self._moment = moment

    def now(self) -> int:
        return self._moment

    def advance(self, moment: int) -> None:
        """Move to `moment`; never back, since recorded time may not go back."""
        if moment < self._moment:
            raise ValueError(f"the clock stands at {format_moment(self._moment)}, after {format_moment(moment)}")
        self._moment = moment


def parse_moment(text: str) -> int:
    """The moment of an RFC 3339 time with an offset; ValueError for anything else."""
    if not _INSTANT.match(text):
        raise ValueError(f"{text!r} is no RFC 3339 time with an offset")
    whole, fraction = text, ""
    if "." in text:
        head, tail = text.split(".", 1)
        digits = re.match(r"\d+", tail)
        fraction = digits.group(0) if digits else ""
        whole = head + tail[len(fraction) :]
    parsed = datetime.fromisoformat(whole.upper().replace("Z", "+00:00"))
    micros = int((fraction + "000000")[:6])
    return (parsed - _EPOCH) // timedelta(microseconds=1) + micros


def format_moment(moment: int) -> str:
    """RFC 3339, UTC, `Z`, six digits: the one form in which times are served."""
    stamp = _EPOCH + timedelta(microseconds=moment)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond:06d}Z"


def day_of(moment: int) -> int:
    """The UTC day on which a moment falls, as days since 1970."""
    return moment // MICROS_PER_DAY


def midnight(day: int) -> int:
    """The moment at which a day begins, UTC."""
    return day * MICROS_PER_DAY


def format_day(day: int) -> str:
    """`YYYY-MM-DD`."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def period_start(text: str) -> int:
    """The first moment of `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time; ValueError for anything else."""
    match = _PERIOD.match(text)
    if not match:
        return parse_moment(text)
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    return (date(year, month, day) - date(1970, 1, 1)).days * MICROS_PER_DAY


def period_end(text: str) -> int:
    """The last moment of `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time (periods are inclusive)."""
    match = _PERIOD.match(text)
    if not match:
        return parse_moment(text)
    year = int(match[1])
    if match[3]:
        after = date(year, int(match[2]), int(match[3])) + timedelta(days=1)
    elif match[2]:
        month = int(match[2])
        after = date(year + month // 12, month % 12 + 1, 1)
    else:
        after = date(year + 1, 1, 1)
    return (after - date(1970, 1, 1)).days * MICROS_PER_DAY - 1
