"""A pattern: a declared warning problem. Data only; `fusion.patterns` reads and weighs it.

Bits are millibits (integers) everywhere inside; a pattern's file states bits.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    COUNTRY = "country"

    @property
    def is_free(self) -> bool:
        """Whether a cell is a key by itself, and stands against no entity."""
        return self in (Scope.TOPIC_COUNTRY, Scope.COUNTRY)

    def keys(self, topics: Iterable[str], countries: Iterable[str]) -> tuple[str, ...]:
        """The free cells in which something on these topics in these countries lies."""
        if self is Scope.COUNTRY:
            return tuple(countries)
        return tuple(f"{topic}|{country}" for topic in topics for country in countries)

    def uses(self, other: Scope) -> bool:
        """Whether a cell of this scope can use hypotheses of that one.

        What stands against one entity stands where its evidence lies too; the way back is none, nor
        has a country a topic. An entity may be an organisation, not the other way about.
        """
        return other in _USABLE[self]


_USABLE = {
    Scope.ENTITY: frozenset({Scope.ENTITY, Scope.ORGANISATION}),
    Scope.ORGANISATION: frozenset({Scope.ORGANISATION}),
    Scope.TOPIC_COUNTRY: frozenset({Scope.ENTITY, Scope.ORGANISATION, Scope.TOPIC_COUNTRY}),
    Scope.COUNTRY: frozenset(Scope),
}


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
class HypothesisTest:
    """Which hypotheses an indicator reads: those of another pattern, while they are above.

    What stands against an entity belongs where its evidence lies. `by` are the roles of the other
    pattern that say so, all if empty: somebody met abroad who is here belongs here.
    """

    pattern: str
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Indicator:
    """What fills a role: one test, and the weight of what passes it once, in millibits.

    `why` is the argument for the weight, which stands beside it in the pattern's file.
    """

    id: str
    title: str
    millibits: int
    activity: ActivityTest | None = None
    mention: MentionTest | None = None
    hypothesis: HypothesisTest | None = None
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
class Silent:
    """A stream of ordinary times: look-alikes of what the pattern reads, and all lead nowhere."""

    seed: int
    days: int
    signals: int


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
    silent: Silent | None = None

    @property
    def release(self) -> int:
        """At or above this a raised hypothesis is held, in millibits."""
        return self.threshold * RELEASE_PERMILLE // 1000

    @property
    def used(self) -> frozenset[str]:
        """The patterns whose hypotheses it uses."""
        indicators = (indicator for role in self.roles for indicator in role.indicators)
        return frozenset(i.hypothesis.pattern for i in indicators if i.hypothesis)


def with_used(pattern: Pattern, library: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """A pattern and those of a library that it uses, directly or through others."""
    known = {other.slug: other for other in library}
    found, waiting = {pattern.slug: pattern}, [pattern]
    while waiting:
        for slug in waiting.pop().used & known.keys() - found.keys():
            found[slug] = known[slug]
            waiting.append(known[slug])
    return tuple(found[slug] for slug in sorted(found))


def in_order_of_use(patterns: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Patterns behind all that they use, by slug where nothing else decides.

    What is used and is not among them is left out of account. ValueError where some use each other
    in a circle.
    """
    waiting = sorted(patterns, key=lambda pattern: pattern.slug)
    ordered: list[Pattern] = []
    while waiting:
        left = {pattern.slug for pattern in waiting}
        ready = [pattern for pattern in waiting if not pattern.used & left]
        if not ready:
            raise ValueError(f"these use each other in a circle: {', '.join(sorted(left))}")
        ordered += ready
        waiting = [pattern for pattern in waiting if pattern.used & left]
    return tuple(ordered)
