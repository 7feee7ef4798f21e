"""A cell: a pattern at one key of its scope, with all that could be weighed there.

It holds what was read, of whatever age, and the cells of other patterns whose hypotheses it uses.
`fusion.patterns.weigh` says what that comes to on a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fusion.domain.hypothesis import Hypothesis
from fusion.domain.pattern import HypothesisTest, Indicator, Pattern, Role, Scope
from fusion.patterns.reading import Reading


@dataclass(frozen=True, slots=True)
class Use:
    """That an indicator of one cell uses the hypothesis of another, while that one is above.

    `facts`, by role of the other, are those which place it here; None where its own key does.
    """

    role: str
    indicator: str
    millibits: int
    cell: Cell
    facts: frozenset[tuple[str, str]] | None = None

    def lies_here(self, found: Hypothesis) -> bool:
        """Whether the hypothesis has evidence left that places it here."""
        if self.facts is None:
            return True
        return any((piece.role, piece.fact) in self.facts for piece in found.evidence)


@dataclass(frozen=True, slots=True)
class Cell:
    """A pattern at a key. `pieces` are read here directly, `uses` are what other patterns bring."""

    pattern: Pattern
    key: str
    members: tuple[str, ...]
    pieces: tuple[Reading, ...]
    uses: tuple[Use, ...] = ()

    def readings(self) -> Iterator[tuple[str, Reading]]:
        """All that is read here or in what is used, with the role of this pattern that it fills."""
        for piece in self.pieces:
            yield piece.role, piece
        for use in self.uses:
            for _, piece in use.cell.readings():
                yield use.role, piece

    def held_by(self, offices: frozenset[str]) -> Cell:
        """What some offices have of this cell, links left as they are."""
        return replace(
            self,
            pieces=tuple(piece for piece in self.pieces if piece.office in offices),
            uses=tuple(replace(use, cell=use.cell.held_by(offices)) for use in self.uses),
        )


def indicators_using(pattern: Pattern) -> Iterator[tuple[Role, Indicator, HypothesisTest]]:
    """The indicators of a pattern that read hypotheses."""
    for role in pattern.roles:
        for indicator in role.indicators:
            if indicator.hypothesis:
                yield role, indicator, indicator.hypothesis


def uses_of(pattern: Pattern, cell: Cell) -> Iterator[tuple[str, Use]]:
    """Where in a pattern the hypothesis of another's cell could count: keys of its cells, and how.

    By its own key, where that says it: the same entity, the same topic and country. What stands
    against an entity and is used in a free cell is placed by its facts.
    """
    for role, indicator, test in indicators_using(pattern):
        if test.pattern == cell.pattern.slug:
            for key, facts in _places(pattern.scope, cell, test.by).items():
                yield key, Use(role.name, indicator.id, indicator.millibits, cell, facts)


def _places(
    scope: Scope, cell: Cell, by: frozenset[str]
) -> dict[str, frozenset[tuple[str, str]] | None]:
    if not scope.is_free:
        return {cell.key: None}
    if cell.pattern.scope.is_free:
        return {key_within(scope, cell.key): None}
    facts: dict[str, set[tuple[str, str]]] = {}
    for role, piece in cell.readings():
        if not by or role in by:
            for key in scope.keys(piece.topics, piece.countries):
                facts.setdefault(key, set()).add((role, piece.fact))
    return {key: frozenset(found) for key, found in facts.items()}


def key_within(scope: Scope, key: str) -> str:
    """The key of the free cell of a scope in which another free cell lies."""
    return key.rpartition("|")[2] if scope is Scope.COUNTRY else key
