"""Laws 1 to 5 on random worlds; the bound of RULES 23 is in the last: what it skips is missed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import checks

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_the_order_of_arrival_changes_nothing(seed: int, size: int) -> None:
    checks.check_order(seed, size)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_a_retracted_signal_is_as_if_it_had_never_been(seed: int, size: int) -> None:
    checks.check_retraction(seed, size)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_a_rebuilt_store_equals_the_live_one(seed: int, size: int) -> None:
    checks.check_rebuild(seed, size)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_a_view_depends_on_nothing_but_what_its_reader_may_know(seed: int, size: int) -> None:
    checks.check_noninterference(seed, size)


@settings(max_examples=120)
@given(seed=SEEDS, size=SIZES)
def test_nothing_that_follows_from_what_a_reader_may_know_is_kept_back(
    seed: int, size: int
) -> None:
    checks.check_no_undersharing(seed, size)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_a_read_of_the_past_gives_what_was_given_then(seed: int, size: int) -> None:
    checks.check_past(seed, size)


@settings(max_examples=40)
@given(seed=SEEDS, size=SIZES)
def test_a_read_of_the_past_is_the_reference_over_the_prefix(seed: int, size: int) -> None:
    checks.check_past_by_reference(seed, size)
