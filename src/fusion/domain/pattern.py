"""A pattern: a declared warning problem. Data only; `fusion.patterns` reads and weighs it.

Bits are millibits (integers) everywhere inside; a pattern's file states bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MILLI = 1000
# A hypothesis that was above stays `held` down to this share of its threshold (RULES.md 20): with a
# single threshold, one alert was raised and withdrawn six times by decay alone (weighing.md).
RELEASE_PERMILLE = 750
# Evidence drops out after this many half-lives (RULES.md 18).
HALF_LIVES_KEPT = 5
# Roles of a person in the matter that may be weighed against.
WEIGHED_ROLES = frozenset({"subject", "associate"})


class Scope(StrEnum):
    """What may be weighed together: the kind of key that a pattern's cells have."""

    ENTITY = "entity"
    ORGANISATION = "organisation"
    TOPIC_COUNTRY = "topic-country"


@dataclass(frozen=True, slots=True)
class ActivityTest:
    """Which activities an indicator reads: those with one of the codes.

    `circumstances`: at least one of these must be stated; `topics` and `countries` likewise. An
    empty set of these three restricts nothing.
    """

    codes: frozenset[str]
    circumstances: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MentionTest:
    """Which bare mentions an indicator reads: schema, role, and properties (any of the values)."""

    schemata: frozenset[str]
    roles: frozenset[str] = frozenset()
    properties: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """What fills a role: one test, and the weight of one fact that passes it, in millibits.

    `why` is the argument for the weight, which stands beside it in the pattern's file.
    """

    id: str
    title: str
    millibits: int
    activity: ActivityTest | None = None
    mention: MentionTest | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """What ordinary times yield for a role, in millibits: frozen, with its version and source.

    It comes from outside the log, as frequencies of names do: counted live it would hang on who
    asks, and a slow rise would hide in it.
    """

    millibits: int
    version: str
    source: str


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of evidence, capped, so that no amount of one kind makes an alert by itself.

    Only what exceeds `base` counts: a role that stands at its cap in ordinary times says nothing.
    """

    name: str
    cap: int
    half_life_days: int
    indicators: tuple[Indicator, ...]
    is_needed: bool = False
    base: Base | None = None

    def counts(self, millibits: int) -> int:
        """What counts of evidence that adds up to this (RULES.md 20)."""
        ordinary = self.base.millibits if self.base else 0
        return min(self.cap, max(0, millibits - ordinary))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A warning problem: within which scope which roles weigh how much, and what follows."""

    slug: str
    version: int
    title: str
    domain: str
    region: str | None
    severity: str
    scope: Scope
    threshold: int
    roles: tuple[Role, ...]
    rationale: str
    runbook: str
    acknowledge_hours: int
    examples: tuple[dict[str, Any], ...] = ()

    @property
    def release(self) -> int:
        """At or above this a raised hypothesis is held, in millibits."""
        return self.threshold * RELEASE_PERMILLE // 1000
