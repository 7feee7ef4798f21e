"""What one piece of evidence weighs as it ages (RULES.md 18), exactly and in integers.

Bits = declared × grade × (½ if raw) × 2^(−age / half-life), rounded once, half to even, to whole
millibits; nothing from five half-lives on. Powers of two are taken in fixed point, so that the
result and the order of two pieces are the same on every machine and never depend on floats.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache

from fusion.domain.pattern import HALF_LIVES_KEPT

# 2^-96 is far below any difference that whole millibits, permille and days can make (a weight has
# less than 40 bits), so that two pieces compare equal exactly when they are.
_FRACTION_BITS = 96
_DIGITS = 60
# A weight is in 1/2000 millibit, so that grade (permille) and the half of what is raw stay whole.
_WEIGHT_PARTS = 2_000
_UNIT = _WEIGHT_PARTS << (_FRACTION_BITS + HALF_LIVES_KEPT - 1)


def weight_of(declared: int, *, grade_permille: int, is_raw: bool) -> int:
    """A fact's weight before it ages, in 1/2000 millibit."""
    return declared * grade_permille * (1 if is_raw else 2)


def strength(weight: int, *, age_days: int, half_life_days: int) -> int:
    """The decayed weight as a number to compare by; 0 from five half-lives on.

    Falls strictly with age, and compares across half-lives; `to_millibits` turns it into bits.
    """
    whole, part = divmod(max(0, age_days), half_life_days)
    if whole >= HALF_LIVES_KEPT:
        return 0
    return (weight * _power(part, half_life_days)) << (HALF_LIVES_KEPT - 1 - whole)


def to_millibits(strength: int) -> int:
    """A strength in whole millibits, half to even."""
    whole, rest = divmod(strength, _UNIT)
    if rest * 2 > _UNIT or (rest * 2 == _UNIT and whole % 2):
        return whole + 1
    return whole


def evidence_millibits(
    declared: int, *, grade_permille: int, is_raw: bool, age_days: int, half_life_days: int
) -> int:
    """The bits of one fact at an age, in millibits; an age below 0 counts as 0."""
    weight = weight_of(declared, grade_permille=grade_permille, is_raw=is_raw)
    return to_millibits(strength(weight, age_days=age_days, half_life_days=half_life_days))


@lru_cache(maxsize=4_096)
def silent_age(weight: int, half_life_days: int) -> int:
    """The age in days from which a weight rounds to no millibit: five half-lives at the latest."""
    low, high = 0, HALF_LIVES_KEPT * half_life_days
    while low < high:
        middle = (low + high) // 2
        if to_millibits(strength(weight, age_days=middle, half_life_days=half_life_days)):
            low = middle + 1
        else:
            high = middle
    return low


# Patterns have a few half-lives of at most some years: every part of each of them fits.
@lru_cache(maxsize=65_536)
def _power(part: int, half_life_days: int) -> int:
    """2^(−part / half-life) in fixed point, 0 ≤ part < half-life."""
    with localcontext() as context:
        context.prec = _DIGITS
        exponent = Decimal(-part) / Decimal(half_life_days)
        return int(Decimal(2) ** exponent * (1 << _FRACTION_BITS))
