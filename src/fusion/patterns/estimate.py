"""Bits in the words that analysts use: likelihood and confidence as ICD 203 has them.

Likelihood says how probable a hypothesis is, confidence how well founded that estimate; the two are
never put into one phrase (ICD 203, Analytic Standards, 2015, section D.6.e.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fusion.domain.fact import B2_PERMILLE, Grade
from fusion.domain.hypothesis import Hypothesis


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A band of ICD 203 and its percentages."""

    words: str
    low_percent: int
    high_percent: int

    def __str__(self) -> str:
        return f"{self.words} ({self.low_percent}–{self.high_percent}%)"


@dataclass(frozen=True, slots=True)
class Confidence:
    """`low`, `moderate` or `high`, and what it rests on in a sentence."""

    word: str
    because: str

    def __str__(self) -> str:
        return self.word


# From where on each band holds, in millibits above the threshold: 1000 × log2(p / (1 − p)) at the
# percentages of ICD 203, rounded into the band.
_BANDS = (
    (4_248, Likelihood("almost certain", 95, 99)),
    (2_000, Likelihood("very likely", 80, 95)),
    (290, Likelihood("likely", 55, 80)),
    (-289, Likelihood("roughly even chance", 45, 55)),
    (-2_000, Likelihood("unlikely", 20, 45)),
    (-4_247, Likelihood("very unlikely", 5, 20)),
)
_REMOTE = Likelihood("almost no chance", 1, 5)

_C3_PERMILLE = Grade("C", 3).permille
_ORIGINS_FOR_HIGH = 3
_ORIGINS_FOR_MODERATE = 2


def likelihood(millibits: int, threshold: int) -> Likelihood:
    """The band of 2^x / (1 + 2^x), x being the bits above the threshold (RULES.md 20)."""
    above = millibits - threshold
    return next((band for least, band in _BANDS if above >= least), _REMOTE)


def confidence(hypothesis: Hypothesis, permille_of: Callable[[str], int]) -> Confidence:
    """How well founded a hypothesis is, by its independent origins and their gradings.

    High: three origins or more, and half of the weight from reports graded B2 or better. Moderate:
    two or more, and half from C3 or better. Low: the rest. `permille_of` gives a signal's grade,
    halved where it is raw. Only pieces that count are looked at.
    """
    counted = [piece for piece in hypothesis.evidence if piece.counted]
    origins = len({piece.origin for piece in counted})
    total = sum(piece.counted for piece in counted)

    def weight_from(permille: int) -> int:
        return sum(p.counted for p in counted if permille_of(p.signal) >= permille)

    well, fairly = weight_from(B2_PERMILLE), weight_from(_C3_PERMILLE)
    if origins >= _ORIGINS_FOR_HIGH and 2 * well >= total:
        word = "high"
    elif origins >= _ORIGINS_FOR_MODERATE and 2 * fairly >= total:
        word = "moderate"
    else:
        word = "low"
    return Confidence(word, _because(origins, well, fairly, total))


def _because(origins: int, well: int, fairly: int, total: int) -> str:
    if not total:
        return "no evidence"
    plural = "one origin" if origins == 1 else f"{origins} independent origins"
    return (
        f"{plural}; {100 * well // total}% of the weight graded B2 or better,"
        f" {100 * fairly // total}% C3 or better"
    )
