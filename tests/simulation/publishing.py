"""Publications: other patterns come into force in the middle of a world.

Drawn by a generator of their own, so that what else a seed stands for stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from fusion.domain.pattern import Indicator, Pattern, Role
from fusion.events.catalog import LibraryPublished
from fusion.events.codec import encode
from fusion.events.envelope import Envelope
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of
from tests.simulation.tiny import PATTERNS

Json = dict[str, Any]
SOURCE = "/fusion/patterns"
# How often something else happens just after a publication.
CHANCE = 0.07


class Publisher:
    """Publishes now and then, at most once in a moment, as long as it is asked."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed} publishes")
        self._patterns = PATTERNS
        self._made = 0
        self._last = -1

    def perhaps(self, moment: int) -> list[Arrival]:
        """Nothing, or what is published at a moment."""
        if moment == self._last or self._random.random() >= CHANCE:
            return []
        self._last, self._made = moment, self._made + 1
        self._patterns = tuple(
            changed for pattern in PATTERNS if (changed := self._changed(pattern)) is not None
        )
        at = instant_of(moment, SOURCE, f"p{self._made:03}")
        return [Arrival(at=at, published=self._patterns)]

    def _changed(self, pattern: Pattern) -> Pattern | None:
        """The pattern as it is, or withdrawn, or one that weighs otherwise."""
        kind = self._random.choice(("same", "same", "gone", "threshold", "roles", "roles"))
        if kind == "gone":
            return None
        if kind == "same":
            return pattern
        version = 1 + self._made
        if kind == "threshold":
            share = self._random.choice((0.5, 0.8, 1.3, 1.6))
            return replace(pattern, version=version, threshold=round(pattern.threshold * share))
        return replace(pattern, version=version, roles=tuple(map(self._weighed, pattern.roles)))

    def _weighed(self, role: Role) -> Role:
        factor = self._random.choice((1, 2, 3))
        indicators = [replace(i, millibits=i.millibits * factor // 2) for i in role.indicators]
        days = self._random.choice((role.half_life_days, 1, 8))
        return replace(role, half_life_days=days, indicators=tuple(indicators))


def library_envelope(arrival: Arrival) -> Envelope:
    """A publication as administration appends it."""
    source, _, id_ = arrival.at[1].partition("\0")
    bodies = tuple(document_of(pattern) for pattern in arrival.published or ())
    return encode(LibraryPublished(patterns=bodies), source=source, id=id_)


def document_of(pattern: Pattern) -> Json:
    """A pattern as its file would have it; what nothing here hangs on is made up."""
    return {
        "slug": pattern.slug,
        "version": pattern.version,
        "title": pattern.title,
        "domain": pattern.domain,
        "severity": pattern.severity,
        "scope": pattern.scope.value,
        "threshold": pattern.threshold / 1000,
        "acknowledge_hours": pattern.acknowledge_hours,
        "rationale": "A world.",
        "sources": ["A world."],
        "runbook": ["Read."],
        "roles": {role.name: _role(role) for role in pattern.roles},
        "examples": [{"fires": f, "why": "None.", "signals": [{"id": "x"}]} for f in (True, False)],
    }


def _role(role: Role) -> Json:
    base = (
        {
            "bits": role.base.millibits / 1000,
            "version": role.base.version,
            "source": role.base.source,
        }
        if role.base
        else None
    )
    return {
        "cap": role.cap / 1000,
        "base": base,
        "half_life_days": role.half_life_days,
        "why": "A world.",
        "needed": role.is_needed,
        "indicators": {
            indicator.id.lower(): _indicator(indicator) for indicator in role.indicators
        },
    }


def _indicator(indicator: Indicator) -> Json:
    said: Json = {"title": indicator.title, "bits": indicator.millibits / 1000, "why": "A world."}
    if test := indicator.activity:
        said["activity"] = {
            name: sorted(getattr(test, name))
            for name in ("codes", "circumstances", "topics", "countries")
        }
    if test := indicator.mention:
        said["mention"] = {"schemata": sorted(test.schemata), "roles": sorted(test.roles)}
    if test := indicator.hypothesis:
        said["hypothesis"] = {"pattern": test.pattern, "by": sorted(test.by)}
    return said
