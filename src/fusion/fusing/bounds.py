"""The bounds of all eras: a ground matters if it ever did, by whatever patterns were in force.

Each era's patterns read all that could ever stand in it, so that its bound holds by itself and
another publication leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from fusion.domain.pattern import Pattern
from fusion.fusing.bound import Bound
from fusion.fusing.rules import Rules
from fusion.fusing.store import Changes, EngineStore
from fusion.patterns.weigh import Reading


class Bounds:
    """One bound for each era."""

    def __init__(self, store: EngineStore, rules: Rules, changes: Changes) -> None:
        self._of = [Bound(store, era, changes) for era in rules.eras]

    def begin(self, ground: str) -> None:
        """A ground is new: the store knows nothing of it."""
        for bound in self._of:
            bound.begin(ground)

    def load(self, grounds: Iterable[str]) -> None:
        """Read the sums of these, unless they were."""
        wanted = list(grounds)
        for bound in self._of:
            bound.load(wanted)

    def has_passed(self, ground: str) -> bool:
        """Whether any pattern could ever matter to anybody on this ground."""
        return any(bound.has_passed(ground) for bound in self._of)

    def lends_to(self, ground: str) -> list[str]:
        """The free cells that could ever use a hypothesis on this ground."""
        return sorted({cell for bound in self._of for cell in bound.lends_to(ground)})

    def add(self, era: int, ground: str, pattern: Pattern, reading: Reading, mentions: int) -> None:
        """A pattern of an era reads something on a ground, of so many mentions."""
        self._of[era].add(ground, pattern, reading, mentions)

    def rekey(self, old: str, new: str) -> None:
        """What was weighed on one ground is weighed on another from now on."""
        for bound in self._of:
            bound.rekey(old, new)
