from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.patterns.decay import (
    evidence_millibits,
    silent_age,
    strength,
    to_millibits,
    weight_of,
)

weights = st.integers(1, 40_000 * 1_000 * 2)
half_lives = st.integers(1, 400)


def bits(
    declared: int,
    *,
    permille: int = 1_000,
    is_raw: bool = False,
    age: int = 0,
    half_life: int = 100,
) -> int:
    return evidence_millibits(
        declared, grade_permille=permille, is_raw=is_raw, age_days=age, half_life_days=half_life
    )


def test_a_fresh_fact_of_the_best_grade_weighs_what_was_declared() -> None:
    assert bits(4_500) == 4_500


def test_grade_and_rawness_take_their_share() -> None:
    assert bits(4_000, permille=810) == 3_240
    assert bits(4_000, permille=810, is_raw=True) == 1_620


@pytest.mark.parametrize(("age", "left"), [(0, 4_000), (100, 2_000), (200, 1_000), (400, 250)])
def test_a_half_life_halves(age: int, left: int) -> None:
    assert bits(4_000, age=age) == left


def test_between_half_lives_it_falls_by_powers_of_two() -> None:
    assert bits(4_000, age=50) == round(4_000 * 2**-0.5)
    assert bits(4_000, age=33) == round(4_000 * 2**-0.33)


def test_at_five_half_lives_nothing_is_left() -> None:
    assert bits(40_000, age=499) > 0
    assert bits(40_000, age=500) == 0


def test_what_lies_ahead_has_not_aged() -> None:
    assert bits(4_000, age=-30) == 4_000


def test_halves_round_to_even_and_only_once() -> None:
    assert bits(5, age=100) == 2
    assert bits(7, age=100) == 4
    # 3 × 0.5 = 1.5 and then halved: rounding twice would give 1 (from 2), rounding once 0.75 → 1;
    # 1 × 0.3 halved is 0.15 → 0, where rounding up in between would not.
    assert bits(3, permille=500, age=100) == 1
    assert bits(1, permille=300, age=100) == 0


@given(weights, half_lives, st.data())
def test_whole_half_lives_are_exact(weight: int, half_life: int, data: st.DataObject) -> None:
    lives = data.draw(st.integers(0, 4))
    got = strength(weight, age_days=lives * half_life, half_life_days=half_life)
    assert to_millibits(got) == round(Fraction(weight, 2_000 * 2**lives))


@given(weights, half_lives, st.integers(0, 2_000))
def test_strength_falls_strictly_with_age_until_it_is_gone(
    weight: int, half_life: int, age: int
) -> None:
    now = strength(weight, age_days=age, half_life_days=half_life)
    later = strength(weight, age_days=age + 1, half_life_days=half_life)
    assert later < now or now == later == 0


@given(weights, half_lives, st.integers(0, 2_000))
def test_it_agrees_with_floats_to_a_millibit_in_a_million(
    weight: int, half_life: int, age: int
) -> None:
    got = to_millibits(strength(weight, age_days=age, half_life_days=half_life))
    if age >= 5 * half_life:
        assert got == 0
    else:
        expected = weight / 2_000 * 2 ** (-age / half_life)
        assert abs(got - expected) <= 0.5 + expected * 1e-9


@given(weights, half_lives, st.integers(1, 300), st.integers(0, 1_000))
def test_decay_never_changes_the_order_of_two_facts(
    weight: int, half_life: int, factor: int, age: int
) -> None:
    heavier = strength(weight * factor + 1, age_days=age, half_life_days=half_life)
    lighter = strength(weight, age_days=age, half_life_days=half_life)
    assert heavier > lighter or heavier == lighter == 0


@given(weights, half_lives)
def test_double_the_weight_and_one_half_life_older_is_an_exact_tie(
    weight: int, half_life: int
) -> None:
    for age in range(0, 4 * half_life, max(1, half_life // 3)):
        older = strength(2 * weight, age_days=age + half_life, half_life_days=half_life)
        assert older == strength(weight, age_days=age, half_life_days=half_life)


@given(weights, half_lives)
def test_the_silent_age_is_the_first_at_which_nothing_is_heard(weight: int, half_life: int) -> None:
    age = silent_age(weight, half_life)
    assert to_millibits(strength(weight, age_days=age, half_life_days=half_life)) == 0
    if age:
        before = strength(weight, age_days=age - 1, half_life_days=half_life)
        assert to_millibits(before) > 0


def test_a_weight_is_whole_for_every_grade_and_for_what_is_raw() -> None:
    assert weight_of(1, grade_permille=1, is_raw=True) == 1
    assert weight_of(3_000, grade_permille=810, is_raw=False) == 4_860_000
