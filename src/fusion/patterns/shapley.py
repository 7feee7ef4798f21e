"""What each holder contributes to a hypothesis: its Shapley share (Shapley 1953).

A holder's share is its gain averaged over all orders in which the holders could have come to the
table, in parts of what they reach together. Exact, in fractions: shares sum to one, equals get
equal shares, who adds nothing to anybody gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations
from math import factorial

# Exact up to ten holders: 1,024 coalitions. Beyond, the nine heaviest and the rest as one.
HOLDERS_KEPT = 10
OTHERS = "others"

Value = Callable[[frozenset[str]], int]


def shares(value: Value, holders: Iterable[str]) -> dict[str, Fraction]:
    """Each holder's part of `value` of all, by name; all 0 where that is 0.

    `value` is what a set of holders would have (RULES.md 22), 0 for the empty set; it is asked once
    for each coalition. Beyond ten holders the nine with most by themselves stand alone, and the
    rest share one line named `others`.
    """
    players = _players(value, sorted(set(holders)))
    worth = _worths(value, players)
    total = worth[frozenset(players)]
    if total == 0:
        return dict.fromkeys(players, Fraction(0))
    return {name: _contribution(name, players, worth) / total for name in players}


def _players(value: Value, holders: list[str]) -> dict[str, frozenset[str]]:
    """Whom each player stands for."""
    if len(holders) <= HOLDERS_KEPT:
        return {holder: frozenset({holder}) for holder in holders}
    heaviest = sorted(holders, key=lambda holder: (-value(frozenset({holder})), holder))
    alone, rest = heaviest[: HOLDERS_KEPT - 1], heaviest[HOLDERS_KEPT - 1 :]
    return {holder: frozenset({holder}) for holder in sorted(alone)} | {OTHERS: frozenset(rest)}


def _worths(value: Value, players: dict[str, frozenset[str]]) -> dict[frozenset[str], int]:
    worth = {frozenset[str](): 0}
    for size in range(1, len(players) + 1):
        for coalition in combinations(players, size):
            holders = frozenset[str]().union(*(players[name] for name in coalition))
            worth[frozenset(coalition)] = value(holders)
    return worth


def _contribution(
    player: str, players: Iterable[str], worth: dict[frozenset[str], int]
) -> Fraction:
    """The player's gain, averaged over all orders."""
    others = [other for other in players if other != player]
    count = len(others) + 1
    gains = 0
    for size in range(count):
        orders = factorial(size) * factorial(count - size - 1)
        for coalition in combinations(others, size):
            without = frozenset(coalition)
            gains += orders * (worth[without | {player}] - worth[without])
    return Fraction(gains, factorial(count))
