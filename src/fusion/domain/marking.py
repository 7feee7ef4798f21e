"""Markings in their normal form: level, compartments and an AND of OR-sets (RULES.md 2).

Everything about who may know compiles to this form at intake, so that "may know", "no stricter" and
the join are each a few set operations, exact and cheap. The form says who may know and nothing
else; discovery, break-glass, owners and desk travel beside it.

Tokens of the OR-sets are strings with a prefix that says what they are:
`domestic` stands for every domestic agency and contains `domestic/<agency>`; `partner/<agency>`,
`nation/<code>`, `purpose/<name>` and `need/<token of the need expression>` contain only themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

DOMESTIC = "domestic"
DISCOVERY = ("none", "stewards", "agencies", "all")  # strictest first

Clause = frozenset[str]


@dataclass(frozen=True, slots=True)
class NormalForm:
    """Who may know: a reader needs the level, all compartments, and a token of every clause.

    `clauses` is minimal (no clause contains another), so equal meaning is equal value.
    """

    level: int
    compartments: frozenset[str] = frozenset()
    clauses: frozenset[Clause] = frozenset()
    owners: frozenset[str] = frozenset()
    discovery: int = 1
    may_break_glass: bool = False
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        # Markings are hashed at every step of linking and weighing; the clauses are costly to hash.
        parts = (self.level, self.compartments, self.clauses, self.owners, self.discovery)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[NormalForm], tuple[object, ...]]:
        # Strings hash differently in every process: what travels to another is made anew there.
        return NormalForm, (
            self.level,
            self.compartments,
            self.clauses,
            self.owners,
            self.discovery,
            self.may_break_glass,
        )


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a reader brings to a marking: the attributes that its grants give, as tokens."""

    level: int
    compartments: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()

    def admits(self, marking: NormalForm) -> bool:
        """Whether a reader with this knowledge may know what is marked so."""
        return (
            marking.level <= self.level
            and marking.compartments <= self.compartments
            and all(not self.tokens.isdisjoint(clause) for clause in marking.clauses)
        )


def nobody(owner: str) -> NormalForm:
    """The form that admits nobody, its owner's readers neither: an AND with an empty OR-set.

    Facts that are never served carry it (a retraction, which works for everybody and is shown to
    nobody).
    """
    return NormalForm(level=0, clauses=frozenset({frozenset()}), owners=frozenset({owner}))


def is_no_stricter(one: NormalForm, other: NormalForm) -> bool:
    """Whether whoever may know `other` may know `one` (decided on normal forms, RULES.md 2)."""
    return (
        one.level <= other.level
        and one.compartments <= other.compartments
        and all(any(_within(theirs, ours) for theirs in other.clauses) for ours in one.clauses)
    )


def is_same_or_stricter(inner: NormalForm, outer: NormalForm) -> bool:
    """Whether `inner` may stand inside `outer`: no wider knowledge, discovery or break-glass."""
    return (
        is_no_stricter(outer, inner)
        and inner.discovery <= outer.discovery
        and (outer.may_break_glass or not inner.may_break_glass)
    )


def join(one: NormalForm, other: NormalForm) -> NormalForm:
    """The least marking no lower than both: associative, commutative, idempotent, exact."""
    if one is other or one == other:
        return one
    return NormalForm(
        level=max(one.level, other.level),
        compartments=one.compartments | other.compartments,
        clauses=minimal(one.clauses | other.clauses),
        owners=one.owners | other.owners,
        discovery=min(one.discovery, other.discovery),
        may_break_glass=one.may_break_glass and other.may_break_glass,
    )


def join_all(markings: Iterable[NormalForm]) -> NormalForm:
    """The join of one or more markings."""
    return reduce(join, markings)


def minimal(clauses: Iterable[Clause]) -> frozenset[Clause]:
    """The clauses that say something: those that no other clause implies."""
    kept: list[Clause] = []
    for clause in sorted(set(map(_absorbed, clauses)), key=lambda c: (len(c), sorted(c))):
        if not any(_within(smaller, clause) for smaller in kept):
            kept = [other for other in kept if not _within(clause, other)]
            kept.append(clause)
    return frozenset(kept)


def _absorbed(clause: Clause) -> Clause:
    """A clause without the domestic agencies that its own `domestic` already contains."""
    if DOMESTIC not in clause:
        return clause
    return frozenset(token for token in clause if not token.startswith(DOMESTIC + "/"))


def _within(inner: Clause, outer: Clause) -> bool:
    """Whether every token of `inner` is contained in `outer`."""
    if inner <= outer:
        return True
    if DOMESTIC not in outer:
        return False
    return all(token in outer or token.startswith(DOMESTIC + "/") for token in inner)
