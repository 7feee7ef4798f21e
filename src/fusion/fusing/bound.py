"""The upper bound: how much evidence each ground could at most have (RULES.md 23).

For each ground, pattern and role the sum of all that was ever read there, whoever may know it. A
pattern whose bound has once reached its release level has *passed* on that ground: from then on
somebody could see it there, and readers look. Below it nobody is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from fusion.domain.pattern import Pattern
from fusion.fusing.rules import Rules
from fusion.fusing.store import Changes, EngineStore


class Bound:
    """The sums while a batch is worked in: what was read of the store, and what will be written."""

    def __init__(self, store: EngineStore, rules: Rules, changes: Changes) -> None:
        self._store, self._patterns, self._changes = store, rules.patterns, changes
        self._weights: dict[str, dict[tuple[str, str], int]] = {}
        self._passed: dict[str, set[str]] = {}
        self._loaded: set[str] = set()

    def begin(self, ground: str) -> None:
        """A ground is new: the store knows nothing of it."""
        self._loaded.add(ground)

    def load(self, grounds: Iterable[str]) -> None:
        """Read the sums of these, unless they were."""
        missing = set(grounds) - self._loaded
        if missing:
            self._loaded |= missing
            self._weights.update(self._store.weights(missing))
            self._passed.update(self._store.passed(missing))

    def has_passed(self, ground: str) -> bool:
        """Whether any pattern could ever matter to anybody on this ground."""
        self.load((ground,))
        return bool(self._passed.get(ground))

    def add(self, ground: str, cell: tuple[str, str], bits: int) -> None:
        """Something was read for a (pattern, role)."""
        self.load((ground,))
        self._add(ground, cell, bits)

    def _add(self, ground: str, cell: tuple[str, str], bits: int) -> None:
        sums = self._weights.setdefault(ground, {})
        sums[cell] = sums.get(cell, 0) + bits
        self._changes.weights[ground] = sums

    def check(self, ground: str, pattern: Pattern) -> None:
        """Let a pattern pass whose bound has come to reach its release level."""
        sums = self._weights.get(ground, {})
        bound = sum(role.counts(sums.get((pattern.slug, role.name), 0)) for role in pattern.roles)
        if bound >= pattern.release and pattern.slug not in self._passed.get(ground, ()):
            self._pass(ground, pattern.slug)

    def _pass(self, ground: str, slug: str) -> None:
        self._passed.setdefault(ground, set()).add(slug)
        self._changes.passed.append((ground, slug))

    def rekey(self, old: str, new: str) -> None:
        """What was weighed on one ground is weighed on another from now on."""
        self.load((old, new))
        self._changes.rekeyed.append((old, new))
        for slug in self._passed.pop(old, set()) - self._passed.get(new, set()):
            self._pass(new, slug)
        self._changes.weights.pop(old, None)
        moved = self._weights.pop(old, {})
        for cell, bits in moved.items():
            self._add(new, cell, bits)
        if moved:
            for pattern in self._patterns:
                self.check(new, pattern)
