"""Judgements: which of people's verdicts are honoured, and what they take apart (RULES.md 13).

A judgement outranks the score. Those of one pair are first settled into one ruling; rulings are
then honoured newest first, and one that contradicts those already honoured counts as UNSURE. What
is honoured can therefore always be held together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fusion.domain.judgement import Judgement, Verdict
from fusion.linking.clusters import Clusters, Pair


@dataclass(frozen=True, slots=True)
class Ruling:
    """What people hold of two mentions, given by their positions: one, or two."""

    a: int
    b: int
    is_same: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What judgements leave to the score.

    `home` is the node of each mention; `loose` the mentions taken out of their profile, each a node
    of its own; `clusters` are joined by the POSITIVE and parted by the NEGATIVE rulings honoured,
    and are what later tiers go on joining.
    """

    home: list[int]
    loose: frozenset[int]
    honoured: tuple[Ruling, ...]
    clusters: Clusters


def settle(judgements: Iterable[Judgement], at: Mapping[str, int]) -> list[Ruling]:
    """One ruling for each pair of known mentions on which people agree, newest first.

    `at` gives the positions of the known mentions. Of each author the latest judgement on the
    unordered pair counts; UNSURE is an abstention, and disagreement leaves no ruling.
    """
    latest: dict[Pair, dict[str, Judgement]] = {}
    for judgement in judgements:
        a, b = at.get(judgement.a), at.get(judgement.b)
        if a is None or b is None or a == b:
            continue
        by_author = latest.setdefault((a, b) if a < b else (b, a), {})
        held = by_author.get(judgement.author)
        if held is None or (held.order, held.id) < (judgement.order, judgement.id):
            by_author[judgement.author] = judgement
    placed = [
        (-max(j.order for j in counting), sorted(counting[0].pair), pair, counting[0].verdict)
        for pair, by_author in latest.items()
        if (counting := [j for j in by_author.values() if j.verdict is not Verdict.UNSURE])
        and len({j.verdict for j in counting}) == 1
    ]
    return [Ruling(*pair, verdict is Verdict.POSITIVE) for _, _, pair, verdict in sorted(placed)]


def honour(rulings: Iterable[Ruling], grouped: Sequence[int], *, denied: frozenset[int]) -> Ground:
    """Honour rulings, newest first as `settle` gives them.

    `grouped` is the node of each mention by its profile alone; `denied` are the mentions that net
    denials take out of theirs.
    """
    ground = _laid(grouped, denied, ())
    for ruling in rulings:
        candidate = ground
        is_within = grouped[ruling.a] == grouped[ruling.b]
        if is_within and not ruling.is_same and not {ruling.a, ruling.b} <= ground.loose:
            # Taking mentions out only ever makes nodes finer: what was honoured stays held.
            candidate = _laid(grouped, ground.loose | {ruling.a, ruling.b}, ground.honoured)
        if _held(candidate, ruling):
            ground = Ground(
                candidate.home, candidate.loose, (*ground.honoured, ruling), candidate.clusters
            )
    return ground


def _laid(grouped: Sequence[int], loose: frozenset[int], honoured: tuple[Ruling, ...]) -> Ground:
    """The ground once `loose` are out of their profiles and the rulings so far are applied."""
    ground = Ground(_homes(grouped, loose), loose, honoured, Clusters(len(grouped)))
    for ruling in sorted(honoured, key=lambda ruling: not ruling.is_same):
        _held(ground, ruling)
    return ground


def _homes(grouped: Sequence[int], loose: frozenset[int]) -> list[int]:
    """The node of each mention: its own position if loose, else the first of those that stayed."""
    if not loose:
        return list(grouped)
    first: dict[int, int] = {}
    return [
        position if position in loose else first.setdefault(group, position)
        for position, group in enumerate(grouped)
    ]


def _held(ground: Ground, ruling: Ruling) -> bool:
    """Apply a ruling, unless it contradicts what is applied already; whether it was applied."""
    clusters = ground.clusters
    a, b = clusters.root(ground.home[ruling.a]), clusters.root(ground.home[ruling.b])
    if ruling.is_same:
        if clusters.are_parted(a, b):
            return False
        if a != b:
            clusters.join(a, b)
        return True
    if a == b:
        return False
    clusters.part(a, b)
    return True
