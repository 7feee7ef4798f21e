from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fusion.simulate.draw import Draw
from fusion.simulate.rhythm import HOURS_A_WEEK, hour_of_week, moments, week_of

MONDAY = 978_912_000  # 8 January 2001, 00:00 UTC
DAY = 86_400


def test_the_week_begins_on_monday() -> None:
    assert hour_of_week(MONDAY) == 0
    assert hour_of_week(MONDAY - 1) == HOURS_A_WEEK - 1


def test_an_office_works_by_its_own_clock() -> None:
    week = week_of("office", hours_ahead=-7, rest_days=(5, 6))
    assert week[10 + 7] == 1.0
    assert week[2] < 0.1


def test_an_office_rests_when_its_country_does() -> None:
    week = week_of("office", hours_ahead=3, rest_days=(3, 4))
    friday, sunday = 4 * 24 + 7, 6 * 24 + 7
    assert week[friday] < 0.1 * week[sunday]


def test_a_watch_never_sleeps() -> None:
    assert min(week_of("watch", hours_ahead=0, rest_days=(5, 6))) > 0.3


@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 200),
    span=st.integers(1, 40 * DAY),
)
def test_moments_are_as_many_as_asked_in_order_and_within(seed: int, count: int, span: int) -> None:
    week = week_of("counter", hours_ahead=5, rest_days=(6,))
    found = list(moments(Draw(seed), count, first=MONDAY + 77, last=MONDAY + 77 + span, week=week))
    assert len(found) == count
    assert found == sorted(found)
    assert all(MONDAY + 77 <= one <= MONDAY + 77 + span for one in found)


def test_moments_fall_into_full_hours_as_often_as_these_are_full() -> None:
    week = [1.0] * 84 + [3.0] * 84
    found = moments(Draw(1), 4000, first=MONDAY, last=MONDAY + 8 * 7 * DAY, week=week)
    halves = Counter(hour_of_week(one) < 84 for one in found)
    assert 2.7 < halves[False] / halves[True] < 3.3
