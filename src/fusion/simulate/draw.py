"""Chance under a seed: every choice of a simulated world is drawn here.

Promises the same choices for the same seed on every run, machine and version of Python: it builds
on `Random.random()` alone, the one method whose sequence Python promises to keep. It must never
choose from a set, nor by `hash()`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Draw:
    """A stream of choices; two under equal seeds give equal ones."""

    __slots__ = ("unit",)

    def __init__(self, seed: int) -> None:
        # A world must be replayable, which is the opposite of what a key needs.
        self.unit = Random(seed).random  # noqa: S311

    def below(self, count: int) -> int:
        """0 to `count` - 1, each as likely."""
        return int(self.unit() * count)

    def one(self, choices: Sequence[T]) -> T:
        """One of them, each as likely."""
        return choices[int(self.unit() * len(choices))]

    def slanted(self, choices: Sequence[T]) -> T:
        """One of them, the first ones more often: half of the draws fall on the first quarter."""
        share = self.unit()
        return choices[int(share * share * len(choices))]

    def digits(self, count: int) -> str:
        """`count` decimal digits."""
        return f"{int(self.unit() * 10**count):0{count}d}"


class Weighted(Generic[T]):
    """Choices that are not equally likely. ValueError without one that has a weight."""

    __slots__ = ("_choices", "_sums")

    def __init__(self, choices: Iterable[tuple[T, float]]) -> None:
        kept = [(choice, weight) for choice, weight in choices if weight > 0]
        if not kept:
            raise ValueError("nothing to draw from: no choice has a weight")
        self._choices = [choice for choice, _ in kept]
        self._sums = list(accumulate(weight for _, weight in kept))

    def drawn(self, draw: Draw) -> T:
        """One of them, by weight."""
        # The last sum is left out, so that rounding can't lead beyond the last choice.
        return self._choices[
            bisect_right(self._sums, draw.unit() * self._sums[-1], 0, len(self._sums) - 1)
        ]

    def choices(self) -> Sequence[T]:
        """All of them, in the order given."""
        return self._choices

    def total(self) -> float:
        """The sum of the weights."""
        return self._sums[-1]
