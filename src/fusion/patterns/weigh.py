"""The weighing: what a cell's evidence comes to on a day (RULES.md 18 to 20, 23).

Pure and exact. Within one indicator each origin counts once, by its strongest piece; hypotheses of
other patterns that are used count while they are above; what a role's indicators add up to counts
beyond its base, up to its cap; the sum of the roles is the hypothesis's weight, and every piece of
it can be named. Never reads a clock, a store, or who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.domain.pattern import Pattern
from fusion.patterns.cell import Cell, Use
from fusion.patterns.decay import evidence_millibits, silent_age, strength, to_millibits
from fusion.patterns.estimate import Confidence, Likelihood, confidence, likelihood
from fusion.patterns.reading import MentionOf, Reading, readings

__all__ = [
    "Cell",
    "Confidence",
    "Likelihood",
    "MentionOf",
    "OriginOf",
    "Reading",
    "Use",
    "confidence",
    "evidence_millibits",
    "likelihood",
    "next_change",
    "readings",
    "status_at",
    "weigh",
]

# The token of the origin behind a signal, among what a reader may know (RULES.md 19).
OriginOf = Callable[[str], str]
_Groups = dict[tuple[str, str], list[Reading]]
_State = TypeVar("_State")


def weigh(cell: Cell, origin_of: OriginOf, today: int) -> Hypothesis:
    """A cell's hypothesis on a day. Doubles among its pieces count once.

    A hypothesis without evidence is below, with no bits: the caller drops it.
    """
    scale = _Scale(cell.pattern)
    evidence: list[Evidence] = []
    for (_, origin), group in _grouped(cell.pieces, origin_of).items():
        evidence += _counted(scale, origin, group, today)
    evidence += _brought(cell, origin_of, today)
    roles = _role_bits(cell.pattern, evidence)
    total = sum(bits for _, bits in roles)
    return Hypothesis(
        pattern=cell.pattern.slug,
        cell_key=cell.key,
        millibits=total,
        status=status_at(cell.pattern, total),
        roles=roles,
        evidence=tuple(sorted(evidence, key=_listing)),
        members=cell.members,
    )


def status_at(pattern: Pattern, millibits: int) -> Status:
    """Above, held or below, by the pattern's threshold and release level."""
    if millibits >= pattern.threshold:
        return Status.ABOVE
    return Status.HELD if millibits >= pattern.release else Status.BELOW


def next_change(cell: Cell, origin_of: OriginOf, today: int) -> int | None:
    """The first day after `today` on which time alone changes status, roles, evidence, what counts.

    None if nothing is left to change. Bits fall in between; that alone is no change (RULES.md 8).
    Every piece only loses weight as days pass, which makes each of the searches a bisection. Where
    others are used it may be a day too early. And time can then also raise: a hypothesis that falls
    may leave two apart that hung together by its origins.
    """
    turns = [_own_change(cell, origin_of, today)]
    # What is not above can rise by time alone only where it uses others itself.
    turns += [
        next_change(use.cell, origin_of, today)
        for use in cell.uses
        if use.cell.uses or weigh(use.cell, origin_of, today).status is Status.ABOVE
    ]
    return min((day for day in turns if day is not None), default=None)


def _own_change(cell: Cell, origin_of: OriginOf, today: int) -> int | None:
    """The first day on which a change comes from what is read here, the rest left as it is."""
    scale = _Scale(cell.pattern)
    audible = [p for p in _distinct(cell.pieces) if scale.millibits(p, today) > 0]
    if not audible:
        return None
    groups = _grouped(audible, origin_of)
    brought = _sums(_brought(cell, origin_of, today))
    silenced = min(p.day + silent_age(p.weight, scale.half_life(p)) for p in audible)
    overtaken = (day for group in groups.values() for day in _overtakings(scale, group, today))
    first = min([silenced, *overtaken])
    return _first_day(
        today, first, lambda day: _standing(cell.pattern, scale, groups, brought, day)
    )


# What is used


def _brought(cell: Cell, origin_of: OriginOf, today: int) -> Iterator[Evidence]:
    """The evidence of the hypotheses that are used here.

    Each that is above, and still lies here, has the bits of its indicator; of those that share an
    origin, be it through others, only the first counts.
    """
    heard: dict[str, list[tuple[Use, Hypothesis]]] = {}
    for use in cell.uses:
        found = weigh(use.cell, origin_of, today)
        if found.status is Status.ABOVE and use.lies_here(found):
            heard.setdefault(use.indicator, []).append((use, found))
    for threads in heard.values():
        for kindred in _kindred(threads):
            for place, (use, found) in enumerate(kindred):
                yield from _carried(use, found, use.millibits if place == 0 else 0)


def _kindred(threads: list[tuple[Use, Hypothesis]]) -> list[list[tuple[Use, Hypothesis]]]:
    """Hypotheses in groups that hang together by their origins, each in the order of cells."""
    groups: list[tuple[set[str], list[tuple[Use, Hypothesis]]]] = []
    for thread in threads:
        origins = {piece.origin for piece in thread[1].evidence}
        joined = [thread]
        apart = []
        for others, group in groups:
            if others & origins:
                origins = origins | others
                joined += group
            else:
                apart.append((others, group))
        groups = [*apart, (origins, joined)]
    return [sorted(group, key=lambda t: t[1].cell_key) for _, group in groups]


def _carried(use: Use, found: Hypothesis, millibits: int) -> Iterator[Evidence]:
    """The evidence of a used hypothesis, its bits shared out as what counts in it does."""
    carrying = sum(piece.counted for piece in found.evidence)
    left, weight = millibits, carrying
    for piece in found.evidence:
        share = 0
        if piece.counted and left:
            # Somebody who carries it is never rounded away, and the shares add up.
            share = left if piece.counted == weight else max(1, left * piece.counted // weight)
            left, weight = left - share, weight - piece.counted
        yield replace(
            piece,
            role=use.role,
            indicator=use.indicator,
            counted=share,
            through=(found.pattern, found.cell_key),
        )


class _Scale:
    """How a pattern's pieces age and compare."""

    def __init__(self, pattern: Pattern) -> None:
        self._half_lives = {role.name: role.half_life_days for role in pattern.roles}

    def half_life(self, piece: Reading) -> int:
        return self._half_lives[piece.role]

    def strength(self, piece: Reading, day: int) -> int:
        age = max(0, day - piece.day)
        return strength(piece.weight, age_days=age, half_life_days=self._half_lives[piece.role])

    def millibits(self, piece: Reading, day: int) -> int:
        return to_millibits(self.strength(piece, day))

    def place(self, piece: Reading, day: int) -> tuple[int, int, str]:
        """Where a piece stands within its origin: strongest first, then earlier, then by name."""
        return (-self.strength(piece, day), piece.ends, piece.fact)


def _distinct(pieces: Iterable[Reading]) -> Collection[Reading]:
    """One reading of each fact by each indicator: two members of an entity may anchor the same."""
    return {(piece.indicator, piece.fact): piece for piece in pieces}.values()


def _grouped(pieces: Iterable[Reading], origin_of: OriginOf) -> _Groups:
    """The readings of each indicator by origin."""
    groups: _Groups = {}
    for piece in _distinct(pieces):
        groups.setdefault((piece.indicator, origin_of(piece.signal)), []).append(piece)
    return groups


def _counted(scale: _Scale, origin: str, group: list[Reading], today: int) -> list[Evidence]:
    """What one origin says to one indicator; its strongest piece counts, the others stand by."""
    ordered = sorted(group, key=lambda piece: scale.place(piece, today))
    heard = ((piece, scale.millibits(piece, today)) for piece in ordered)
    return [
        _evidence(piece, origin, bits, counted=0 if place else bits)
        for place, (piece, bits) in enumerate(heard)
        if bits > 0
    ]


def _evidence(piece: Reading, origin: str, bits: int, *, counted: int) -> Evidence:
    return Evidence(
        role=piece.role,
        indicator=piece.indicator,
        fact=piece.fact,
        signal=piece.signal,
        agency=piece.agency,
        office=piece.office,
        origin=origin,
        day=piece.day,
        millibits=bits,
        counted=counted,
    )


def _listing(piece: Evidence) -> tuple[str, str, str, tuple[str, str]]:
    return (piece.role, piece.indicator, piece.fact, piece.through or ("", ""))


def _role_bits(pattern: Pattern, evidence: Iterable[Evidence]) -> tuple[tuple[str, int], ...]:
    return _filled(pattern, _sums(evidence))


def _sums(evidence: Iterable[Evidence]) -> dict[str, int]:
    """What counts in each role, before base and cap."""
    sums: dict[str, int] = {}
    for piece in evidence:
        sums[piece.role] = sums.get(piece.role, 0) + piece.counted
    return sums


def _filled(pattern: Pattern, sums: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """The roles of which something counts, with what does."""
    counted = ((role.name, role.counts(sums.get(role.name, 0))) for role in pattern.roles)
    return tuple((name, bits) for name, bits in counted if bits)


def _standing(
    pattern: Pattern, scale: _Scale, groups: _Groups, brought: dict[str, int], day: int
) -> tuple[Status, tuple[str, ...]]:
    """The status, and which roles are filled: both can only fall as days pass."""
    sums = dict(brought)
    for group in groups.values():
        role = group[0].role
        sums[role] = sums.get(role, 0) + max(scale.millibits(piece, day) for piece in group)
    filled = _filled(pattern, sums)
    return status_at(pattern, sum(bits for _, bits in filled)), tuple(name for name, _ in filled)


def _overtakings(scale: _Scale, group: list[Reading], today: int) -> Iterator[int]:
    """The days on which a piece of the future passes the one that counts.

    What lies ahead keeps its weight while the others lose theirs, so it may pass them until its own
    day comes; from then on nothing changes places.
    """
    leader = min(group, key=lambda piece: scale.place(piece, today))

    def passes(piece: Reading, day: int) -> bool:
        return scale.place(piece, day) < scale.place(leader, day)

    for piece in group:
        if piece.day > today and passes(piece, piece.day):
            yield _first_day(today, piece.day, partial(passes, piece))


def _first_day(today: int, last: int, state: Callable[[int], _State]) -> int:
    """The first day in (today, last] on which `state` is not what it is today, `last` if on none.

    By bisection: the state must not return to what it was.
    """
    now = state(today)
    low, high = today, last
    while high - low > 1:
        middle = (low + high) // 2
        if state(middle) == now:
            low = middle
        else:
            high = middle
    return high
