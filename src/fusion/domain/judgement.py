"""A person's verdict on two mentions; it outranks the score (RULES.md 13)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fusion.domain.marking import NormalForm


class Verdict(StrEnum):
    """What a person holds of two mentions."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    UNSURE = "UNSURE"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One author's verdict on the unordered pair (a, b), `a` < `b`, at a place in the sequence.

    `order` grows along the sequence of decisions: the later judgement of one author on a pair
    counts. `marking` was fixed when it was accepted: the join of what it names and cites, or
    stricter.
    """

    id: str
    author: str
    a: str
    b: str
    verdict: Verdict
    reason: str
    order: int
    marking: NormalForm
    because: tuple[str, ...] = ()

    @property
    def pair(self) -> tuple[str, str]:
        return (self.a, self.b)
