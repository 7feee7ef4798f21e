"""Showing that a law can fail: an engine or a view with a planted defect has to turn it red.

Defects are planted here, by patching; the product has no switch for them. Each is one that a plain
design would have had: RULES.md and `reference/weighing.md` tell of most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Check = Callable[[int, int], None]
Plant = Callable[[pytest.MonkeyPatch], None]

# Sizes of the worlds that are tried, in turn.
SMALLEST, LARGEST = 4, 16
# Worlds tried before a defect counts as unseen.
WORLDS = 60


@dataclass(frozen=True)
class Defect:
    """What is wrong, and how it is planted.

    `first` is the seed of the first world tried: rare ones begin near a world that shows them,
    which a longer search found.
    """

    says: str
    plant: Plant
    first: int = 0


def size_of(seed: int) -> int:
    """How large the world of a seed is made."""
    return SMALLEST + seed % (LARGEST - SMALLEST + 1)


def worlds_until_red(law: Check, defect: Defect, *, first: int, worlds: int) -> int | None:
    """How many worlds it takes until the law goes red; None if none of so many does."""
    with pytest.MonkeyPatch.context() as patch:
        defect.plant(patch)
        for tried, seed in enumerate(range(first, first + worlds), 1):
            try:
                law(seed, size_of(seed))
            except Exception:  # noqa: BLE001 - a crash is as red as a difference
                return tried
    return None


def seen_by(law: Check, *defects: Defect) -> tuple[tuple[Check, Defect], ...]:
    """Each of these defects with the check that has to see it."""
    return tuple((law, defect) for defect in defects)


def named(planted: tuple[Check, Defect]) -> str:
    """The name of a test."""
    return planted[1].says


def assert_caught(law: Check, defect: Defect, *, worlds: int = WORLDS) -> None:
    """Some world goes red with the defect, and is green without it: the defect is what it shows."""
    tried = worlds_until_red(law, defect, first=defect.first, worlds=worlds)
    assert tried is not None, f"no world of {worlds} shows that {defect.says}"
    seed = defect.first + tried - 1
    law(seed, size_of(seed))
