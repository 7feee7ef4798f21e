from __future__ import annotations

from collections import Counter

import pytest

from fusion.simulate.draw import Draw, Weighted


def test_equal_seeds_give_equal_choices() -> None:
    one, other = Draw(9), Draw(9)
    assert [one.below(1000) for _ in range(20)] == [other.below(1000) for _ in range(20)]


def test_the_first_quarter_gets_half_of_slanted_draws() -> None:
    draw = Draw(1)
    early = sum(draw.slanted(range(100)) < 25 for _ in range(4000))
    assert 0.46 < early / 4000 < 0.54


def test_digits_keep_their_leading_zeros() -> None:
    draw = Draw(1)
    numbers = [draw.digits(3) for _ in range(200)]
    assert {len(number) for number in numbers} == {3}
    assert any(number.startswith("0") for number in numbers)


def test_choices_come_by_their_weight_and_never_without_one() -> None:
    draw = Draw(1)
    choices = Weighted([("a", 3.0), ("never", 0.0), ("b", 1.0)])
    found = Counter(choices.drawn(draw) for _ in range(4000))
    assert set(found) == {"a", "b"}
    assert 2.6 < found["a"] / found["b"] < 3.4
    assert choices.total() == 4.0


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no choice"):
        Weighted([("a", 0.0)])
