from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.clock import (
    MICROS_PER_DAY,
    ScriptedClock,
    format_moment,
    parse_moment,
    period_end,
    period_start,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2001-09-11T08:46:40Z", "2001-09-11T08:46:40.000000Z"),
        ("2001-09-11t08:46:40z", "2001-09-11T08:46:40.000000Z"),
        ("2001-09-11T08:46:40.1234567-04:00", "2001-09-11T12:46:40.123456Z"),
        ("2001-01-01T00:30:00+05:45", "2000-12-31T18:45:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_is_read_to_the_microsecond_and_written_in_utc(text: str, written: str) -> None:
    assert format_moment(parse_moment(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2001-09-11",
        "2001-09-11T08:46:40",
        "2001-09-11 08:46:40Z",
        "2001-09-11T08:46:40Z\n",
        "2001-09-11T08:46Z",
        "2001-02-29T00:00:00Z",
        "2001-09-11T24:00:00Z",
        "2001-09-11T08:46:60Z",
        "2001-09-11T08:46:40+25:00",
        "２００１-09-11T08:46:40Z",
        # Outside what can be written again, once the offset is taken off.
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time_with_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2001", "2001-01-01T00:00:00Z", "2001-12-31T23:59:59.999999Z"),
        ("2000-02", "2000-02-01T00:00:00Z", "2000-02-29T23:59:59.999999Z"),
        ("2001-12", "2001-12-01T00:00:00Z", "2001-12-31T23:59:59.999999Z"),
        ("2001-07-10", "2001-07-10T00:00:00Z", "2001-07-10T23:59:59.999999Z"),
        ("2001-07-10T01:00:00+01:00", "2001-07-10T00:00:00Z", "2001-07-10T00:00:00Z"),
        ("9999", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
        ("9999-12-31", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_period_is_inclusive(text: str, first: str, last: str) -> None:
    assert (period_start(text), period_end(text)) == (parse_moment(first), parse_moment(last))


@pytest.mark.parametrize(
    "text",
    ["", "01", "0000", "2001-13", "2001-02-30", "2001-7", "2001\n", "２００１", "2001-07-10Z"],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    for read in (period_start, period_end):
        with pytest.raises(ValueError, match=r"."):
            read(text)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-23 * 60, 23 * 60),
)
def test_times_are_read_as_they_were_written(naive: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = naive.replace(tzinfo=zone).isoformat(timespec="microseconds")
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_moment(text) == (moment - epoch) // timedelta(microseconds=1)
    assert parse_moment(format_moment(parse_moment(text))) == parse_moment(text)


def test_a_scripted_clock_never_goes_back() -> None:
    clock = ScriptedClock(MICROS_PER_DAY)
    clock.advance(MICROS_PER_DAY)
    with pytest.raises(ValueError, match=r"after 1970-01-01T00:00:00\.000000Z$"):
        clock.advance(0)
    assert clock.now() == MICROS_PER_DAY
