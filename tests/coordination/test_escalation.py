"""Whose turn it is follows from versions, acknowledgements, the registry and the moment alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.coordination.escalation import (
    Acknowledgement,
    Course,
    Duty,
    Version,
    course_of,
    deadline,
    turns_of,
)
from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.clock import parse_moment
from fusion.domain.post import Registry

SMALL = load_registry(read_document((Path(__file__).parents[1] / "registry.yaml").read_text()))
HOURS = 24
HOUR = deadline(0, 1)
ALERT = frozenset({"a-ONE"})


def version(hour: int, number: int, *names: str, is_standing: bool = True) -> Version:
    at = (hour * HOUR, f"/river/gauges\1{number}")
    return Version(at, number, is_standing, frozenset(names) or ALERT)


def noted(hour: int, number: int, *names: str) -> Acknowledgement:
    at = (hour * HOUR, f"/fusion/acknowledgements\1{hour}")
    return Acknowledgement(at, number, frozenset(names) or ALERT)


def course(*happened: Version | Acknowledgement, until: int, turns: int = 3) -> Course:
    return course_of(
        [each for each in happened if isinstance(each, Version)],
        [each for each in happened if isinstance(each, Acknowledgement)],
        turns=turns,
        hours=HOURS,
        now=until * HOUR,
    )


def with_whom(found: Course) -> list[tuple[int, int]]:
    """(hour, turn) of each duty."""
    return [(duty.since // HOUR, duty.turn) for duty in found.duties]


# --- to whom it goes


def turns(mechanism: str, registry: Registry = SMALL) -> list[tuple[str, str]]:
    found = registry.mechanism(mechanism)
    assert found is not None
    return [(turn.mechanism, turn.post) for turn in turns_of(found, registry)]


def test_an_alert_goes_to_the_deputy_and_then_to_the_mechanisms_above_each_post_once() -> None:
    assert turns("delta-floods") == [
        ("delta-floods", "/river/watch"),
        ("delta-floods", "/river/chief"),
        ("overall", "/harbour/coordinator"),
    ]


def test_a_vacant_post_is_passed_over() -> None:
    assert turns("banks")[0] == ("banks", "/bank/second")


def test_where_every_post_is_vacant_it_stays_with_the_accountable_lead() -> None:
    vacant = replace(SMALL, posts=tuple(replace(post, holder=None) for post in SMALL.posts))
    assert turns("delta-floods", vacant) == [("delta-floods", "/river/watch")]


# --- when it goes on


@pytest.mark.parametrize(
    ("hours", "due"), [(0, "2001-08-06T10:00:00Z"), (24, "2001-08-07T10:00:00Z")]
)
def test_a_deadline_counts_hours(hours: int, due: str) -> None:
    assert deadline(parse_moment("2001-08-06T10:00:00Z"), hours) == parse_moment(due)


def test_silence_goes_from_post_to_post_and_ends_with_the_last() -> None:
    assert course(version(0, 1), until=23) == Course((Duty(0, 0, 1),), 24 * HOUR)
    assert with_whom(course(version(0, 1), until=24)) == [(0, 0), (24, 1)]
    last = course(version(0, 1), until=1_000)
    assert with_whom(last) == [(0, 0), (24, 1), (48, 2)]
    assert last.next_at is None


def test_an_acknowledgement_ends_the_silence() -> None:
    found = course(version(0, 1), noted(23, 1), until=1_000)
    assert (with_whom(found), found.next_at) == ([(0, 0)], None)


def test_an_acknowledgement_of_the_very_moment_of_the_deadline_is_late() -> None:
    found = course(version(0, 1), noted(24, 1), until=1_000)
    assert with_whom(found) == [(0, 0), (24, 1)]


def test_a_version_that_nobody_took_note_of_does_not_put_the_deadline_off() -> None:
    found = course(version(0, 1), version(20, 2), version(23, 3), until=24)
    assert with_whom(found) == [(0, 0), (24, 1)]
    assert found.duties[-1].version == 3


def test_an_acknowledgement_of_an_earlier_version_does_not_count() -> None:
    found = course(version(0, 1), version(2, 2), noted(3, 1), until=24)
    assert with_whom(found) == [(0, 0), (24, 1)]


def test_a_version_that_clears_an_acknowledgement_begins_again_with_the_lead() -> None:
    found = course(version(0, 1), noted(30, 1), version(40, 2), until=64)
    assert with_whom(found) == [(0, 0), (24, 1), (40, 0), (64, 1)]


def test_whoever_took_note_of_a_later_version_took_note_of_this_one() -> None:
    found = course(version(0, 1), noted(1, 5), version(2, 2), until=1_000)
    assert with_whom(found) == [(0, 0)]


def test_a_withdrawn_alert_goes_nowhere_and_a_new_raise_begins_anew() -> None:
    fell = version(10, 2, is_standing=False)
    assert with_whom(course(version(0, 1), fell, until=100)) == [(0, 0)]
    again = course(version(0, 1), fell, version(50, 3), until=74)
    assert with_whom(again) == [(0, 0), (50, 0), (74, 1)]


def test_what_was_said_of_another_alert_counts_once_this_one_answers_to_its_name() -> None:
    other = noted(1, 9, "a-OTHER")
    assert with_whom(course(version(0, 1), other, until=24)) == [(0, 0), (24, 1)]
    merged = version(2, 2, "a-ONE", "a-OTHER")
    assert with_whom(course(version(0, 1), other, merged, until=24)) == [(0, 0)]


def test_where_there_is_nobody_it_is_with_nobody() -> None:
    assert course(version(0, 1), until=100, turns=0) == Course()


# --- as laws

NAMES = st.sampled_from(["a-ONE", "a-TWO"])
SAID = st.builds(noted, st.integers(0, 300), st.integers(1, 6), NAMES)


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    hours = sorted(draw(st.lists(st.integers(0, 300), min_size=1, max_size=6)))
    stands = draw(st.lists(st.booleans(), min_size=len(hours), max_size=len(hours)))
    return [
        version(hour, place, is_standing=place == 1 or is_standing)
        for place, (hour, is_standing) in enumerate(zip(hours, stands, strict=True), 1)
    ]


@given(histories(), st.lists(SAID, max_size=5), st.integers(300, 500), st.integers(0, 300))
def test_what_was_told_by_a_moment_is_how_every_later_telling_begins(
    versions: list[Version], said: list[Acknowledgement], until: int, earlier: int
) -> None:
    happened = [each for each in [*versions, *said] if each.at[0] < earlier * HOUR]
    before = course(*happened, until=earlier).duties
    assert course(*versions, *said, until=until).duties[: len(before)] == before


@given(histories(), st.lists(SAID, max_size=5), SAID)
def test_one_more_acknowledgement_takes_an_alert_no_further(
    versions: list[Version], said: list[Acknowledgement], more: Acknowledgement
) -> None:
    # Of its own moment the one or the other comes first, by name: so each is of a moment of its own
    later = replace(more, at=(more.at[0], f"{more.at[1]}+"))
    standing = [replace(each, is_standing=True) for each in versions][:1]
    without = course(*standing, *said, until=500).duties
    assert len(course(*standing, *said, later, until=500).duties) <= len(without)
