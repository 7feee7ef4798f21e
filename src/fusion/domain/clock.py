"""Time: the clock as a port, and the few conversions everybody shares.

Inside, a moment is an integer of microseconds since 1970 UTC and a day an integer of days, so that
times compare and sort without a zone. Only this module reads the wall clock.
"""

from __future__ import annotations

import re
import time
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

MICROS_PER_SECOND = 1_000_000
MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MICRO = timedelta(microseconds=1)
# ASCII and `\Z`: `\d` would take any script's digits, and `$` a line feed at the end.
_PERIOD = re.compile(r"\A(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
# RFC 3339 with an offset: CloudEvents asks for it, and a time without one is ambiguous.
_INSTANT = re.compile(
    r"\A(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})\Z",
    re.ASCII,
)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICRO
_LAST = (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH) // _MICRO


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
            stands, asked = format_moment(self._moment), format_moment(moment)
            raise ValueError(f"the clock stands at {stands}, after {asked}")
        self._moment = moment


def parse_moment(text: str) -> int:
    """The moment of an RFC 3339 time with an offset; ValueError for anything else.

    Digits beyond the microsecond are cut. A moment outside the years 1 to 9999 UTC, which an offset
    can reach, is refused, since it could not be written again.
    """
    match = _INSTANT.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no RFC 3339 time with an offset")
    day, time_of_day, fraction, offset = match.groups()
    zone = "+00:00" if offset in {"Z", "z"} else offset
    parsed = datetime.fromisoformat(f"{day}T{time_of_day}{zone}")
    moment = (parsed - _EPOCH) // _MICRO
    if not _FIRST <= moment <= _LAST:
        raise ValueError(f"{text!r} lies outside the years 1 to 9999")
    return moment + int(fraction[:6].ljust(6, "0")) if fraction else moment


def format_moment(moment: int) -> str:
    """RFC 3339, UTC, `Z`, six digits: the one form in which times are served."""
    # strftime would write the years before 1000 with fewer digits.
    stamp = (_EPOCH + timedelta(microseconds=moment)).replace(tzinfo=None)
    return stamp.isoformat(timespec="microseconds") + "Z"


def day_of(moment: int) -> int:
    """The UTC day on which a moment falls, as days since 1970."""
    return moment // MICROS_PER_DAY


def midnight(day: int) -> int:
    """The moment at which a day begins, UTC."""
    return day * MICROS_PER_DAY


def format_day(day: int) -> str:
    """`YYYY-MM-DD`."""
    return (_EPOCH_DAY + timedelta(days=day)).isoformat()


def period_start(text: str) -> int:
    """The first moment of `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time; ValueError for any other."""
    match = _PERIOD.match(text)
    if not match:
        return parse_moment(text)
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    return midnight((date(year, month, day) - _EPOCH_DAY).days)


def period_end(text: str) -> int:
    """The last moment of `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time (periods are inclusive)."""
    match = _PERIOD.match(text)
    if not match:
        return parse_moment(text)
    year, month = int(match[1]), int(match[2] or 12)
    first = date(year, month, int(match[3] or 1))
    last_day = first.day if match[3] else monthrange(year, month)[1]
    return midnight((first.replace(day=last_day) - _EPOCH_DAY).days + 1) - 1
