"""When ordinary signals come: by the hours, days of rest and time zones of those who send them.

Promises moments in order, exactly as many as asked, inside the span, in constant memory whatever
their number. It must never read a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from fusion.simulate.draw import Draw

HOURS_A_WEEK = 168
SECONDS_AN_HOUR = 3600
SECONDS_A_DAY = 86_400
# 1 January 1970 was a Thursday, and weeks begin on Monday.
_EPOCH_HOUR = 3 * 24

# The share of a full hour's work in each hour of a day, and on a day of rest. Nothing is ever quite
# closed: somebody reports late.
_DAYS = {
    "watch": [0.4] * 6 + [0.8] * 3 + [1.0] * 11 + [0.7] * 4,
    "office": [0.01] * 7 + [0.3] + [1.0] * 4 + [0.7] + [1.0] * 4 + [0.5, 0.2] + [0.02] * 5,
    "counter": [0.01] * 8 + [0.6] + [1.0] * 9 + [0.7, 0.4] + [0.02] * 4,
}
_ON_REST_DAYS = {"watch": 0.85, "office": 0.08, "counter": 0.4}

# How much quieter or busier than the mean a day may be.
_SWING = 0.4


def week_of(hours: str, *, hours_ahead: int, rest_days: Sequence[int]) -> tuple[float, ...]:
    """How much is reported in each hour of a week, from Monday 00:00 UTC; 1.0 is a full hour."""
    day, on_rest_days = _DAYS[hours], _ON_REST_DAYS[hours]
    local = [
        share * (on_rest_days if weekday in rest_days else 1.0)
        for weekday in range(7)
        for share in day
    ]
    return tuple(local[(hour + hours_ahead) % HOURS_A_WEEK] for hour in range(HOURS_A_WEEK))


def hour_of_week(seconds: int) -> int:
    """The hour of its week, from Monday 00:00 UTC, in which a second since 1970 falls."""
    return (seconds // SECONDS_AN_HOUR + _EPOCH_HOUR) % HOURS_A_WEEK


def moments(
    draw: Draw, count: int, *, first: int, last: int, week: Sequence[float]
) -> Iterator[int]:
    """`count` moments from `first` to `last`, in order: seconds since 1970, denser as `week` says.

    Each lies in its own share of the span's work, so that the whole is spread evenly while hours
    and days differ.
    """
    hours = range(first // SECONDS_AN_HOUR, last // SECONDS_AN_HOUR + 1)
    sums = list(accumulate(_work(draw, hours, week)))
    at, before = 0, 0.0
    for index in range(count):
        target = (index + draw.unit()) / count * sums[-1]
        while sums[at] <= target and at < len(sums) - 1:
            before = sums[at]
            at += 1
        within = (target - before) / (sums[at] - before)
        second = hours[at] * SECONDS_AN_HOUR + int(within * (SECONDS_AN_HOUR - 1))
        yield min(max(second, first), last)


def _work(draw: Draw, hours: range, week: Sequence[float]) -> Iterator[float]:
    swing = 1.0
    for hour in hours:
        if hour % 24 == 0:
            swing = 1.0 - _SWING + 2.0 * _SWING * draw.unit()
        yield swing * week[(hour + _EPOCH_HOUR) % HOURS_A_WEEK]
