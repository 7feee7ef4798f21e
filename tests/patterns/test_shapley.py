from __future__ import annotations

from fractions import Fraction
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from fusion.patterns.shapley import HOLDERS_KEPT, OTHERS, shares

Game = dict[frozenset[str], int]


@st.composite
def games(draw: st.DrawFn) -> tuple[list[str], Game]:
    """Capped sums, as weighing makes them, with an arbitrary bonus for each coalition."""
    holders = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True))
    worth: Game = {}
    for mask in range(2 ** len(holders)):
        coalition = frozenset(h for bit, h in enumerate(holders) if mask >> bit & 1)
        worth[coalition] = draw(st.integers(0, 5_000)) if coalition else 0
    return holders, worth


@given(games())
def test_shares_sum_to_one_or_are_all_nothing(game: tuple[list[str], Game]) -> None:
    holders, worth = game
    total = worth[frozenset(holders)]
    assert sum(shares(worth.__getitem__, holders).values()) == (1 if total else 0)


@given(games())
def test_a_share_is_the_gain_averaged_over_all_orders(game: tuple[list[str], Game]) -> None:
    holders, worth = game
    total = worth[frozenset(holders)]
    found = shares(worth.__getitem__, holders)
    orders = list(permutations(holders))
    for holder in holders:
        gains = 0
        for order in orders:
            before = frozenset(order[: order.index(holder)])
            gains += worth[before | {holder}] - worth[before]
        expected = Fraction(gains, len(orders) * total) if total else 0
        assert found[holder] == expected


@given(games())
def test_who_adds_nothing_to_anybody_gets_nothing(game: tuple[list[str], Game]) -> None:
    holders, worth = game
    found = shares(lambda s: worth[s - {"z"}], [*holders, "z"])
    assert found.pop("z") == 0
    assert found == shares(worth.__getitem__, holders)


@given(games())
def test_who_may_be_exchanged_gets_the_same(game: tuple[list[str], Game]) -> None:
    holders, worth = game

    def value(coalition: frozenset[str]) -> int:
        twins = len(coalition & {"x", "y"})
        return worth[coalition - {"x", "y"}] + 700 * twins * twins

    found = shares(value, [*holders, "x", "y"])
    assert found["x"] == found["y"]


def test_two_who_only_together_reach_anything_share_alike() -> None:
    assert shares(lambda s: 8_000 if s >= {"cia", "ins"} else 0, ["cia", "ins", "faa"]) == {
        "cia": Fraction(1, 2),
        "ins": Fraction(1, 2),
        "faa": 0,
    }


def test_beyond_ten_the_nine_heaviest_stand_alone_and_the_rest_are_one() -> None:
    weights = {f"/a/{number:02}": 100 * number for number in range(1, 13)}
    asked: set[frozenset[str]] = set()

    def value(coalition: frozenset[str]) -> int:
        asked.add(coalition)
        return sum(weights[holder] for holder in coalition)

    found = shares(value, weights)
    total = sum(weights.values())
    rest = {"/a/01", "/a/02", "/a/03"}
    assert set(found) == set(weights) - rest | {OTHERS}
    assert found[OTHERS] == Fraction(sum(weights[holder] for holder in rest), total)
    assert found["/a/12"] == Fraction(1_200, total)
    assert len(asked) <= 2**HOLDERS_KEPT + len(weights)


def test_ten_are_exact_and_each_coalition_is_asked_once() -> None:
    holders = [f"/a/{number}" for number in range(HOLDERS_KEPT)]
    asked: list[frozenset[str]] = []

    def value(coalition: frozenset[str]) -> int:
        asked.append(coalition)
        return min(1_000, 300 * len(coalition))

    found = shares(value, holders)
    assert set(found.values()) == {Fraction(1, HOLDERS_KEPT)}
    assert len(asked) == len(set(asked)) == 2**HOLDERS_KEPT - 1


def test_nobody_shares_nothing() -> None:
    assert shares(lambda _: 0, []) == {}
    assert shares(lambda _: 0, ["a"]) == {"a": 0}
