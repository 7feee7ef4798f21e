"""The laws of pointers (RULES 24 to 28) on worlds of their own."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.laws import pointed_views
from tests.laws import pointer_checks as checks

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(2, 10)
WORLDS = settings(max_examples=25)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_what_is_kept_up_equals_the_definition(seed: int, size: int) -> None:
    checks.check_equal(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_looking_every_now_and_then_tells_what_looking_once_tells(seed: int, size: int) -> None:
    checks.check_along(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_pointers_are_a_function_of_what_discovery_admits_to(seed: int, size: int) -> None:
    checks.check_only_discovered(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_the_order_of_a_days_events_changes_no_pointer(seed: int, size: int) -> None:
    checks.check_order(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_nobody_is_pointed_to_what_it_sees_in_full(seed: int, size: int) -> None:
    checks.check_nothing_visible(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_a_pointer_says_anchor_and_desk_once_and_within_the_budget(seed: int, size: int) -> None:
    checks.check_released(seed, size)


# The world in which shares named offices that a bound over all markings had let in.
@example(seed=173, size=8)
@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_every_answer_is_a_function_of_what_discovery_admits_to(seed: int, size: int) -> None:
    pointed_views.check_answers(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_a_stream_tells_of_pointers_once_wherever_it_resumes(seed: int, size: int) -> None:
    pointed_views.check_streams(seed, size)
