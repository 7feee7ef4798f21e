"""Identity claims: what publishers say about two mentions, netted (RULES.md 12).

A publisher counts once on a pair of clusters, however often it speaks: its strongest `same` less
its strongest `different`. So repeating a claim adds nothing, and taking it back with an equal grade
leaves nothing. A claim sleeps while either of its mentions is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fusion.domain.fact import B2_PERMILLE, ClaimFact
from fusion.linking.clusters import Pair

# Of each publisher its strongest `same` and its strongest `different`, in millibits.
Stance = dict[str, tuple[int, int]]


def weight_of(permille: int, *, claim_bits: int) -> int:
    """What a claim of a grade of so many permille weighs, in millibits."""
    return claim_bits * permille // 1000


def denial_of_b2(claim_bits: int) -> int:
    """What a net denial must reach to forbid a join: the weight of one claim graded B2."""
    return weight_of(B2_PERMILLE, claim_bits=claim_bits)


def net_of(stance: Stance) -> int:
    """The sum over publishers, in millibits; below nothing it is a denial."""
    return sum(same - different for same, different in stance.values())


def stances_on_mentions(
    claims: Iterable[ClaimFact], at: Mapping[str, int], *, claim_bits: int
) -> dict[Pair, Stance]:
    """What publishers hold of each pair of mentions, for claims whose mentions are both known.

    `at` gives the positions of the known mentions; pairs are in ascending order of position.
    """
    stances: dict[Pair, Stance] = {}
    for claim in claims:
        a, b = at.get(claim.a), at.get(claim.b)
        if a is None or b is None or a == b:
            continue
        weight = weight_of(claim.grade.permille, claim_bits=claim_bits)
        spoken = (weight, 0) if claim.is_same else (0, weight)
        stance = stances.setdefault((a, b) if a < b else (b, a), {})
        _hear(stance, claim.agency, spoken)
    return stances


def stances_on_nodes(stances: Mapping[Pair, Stance], home: Sequence[int]) -> dict[Pair, Stance]:
    """The same for pairs of nodes; `home` gives the node of each mention.

    Claims within one node say nothing more here.
    """
    gathered: dict[Pair, Stance] = {}
    for (one, other), stance in stances.items():
        a, b = home[one], home[other]
        if a != b:
            _fold(gathered.setdefault((a, b) if a < b else (b, a), {}), stance)
    return gathered


class Nets:
    """The nets between clusters, kept while clusters join; the stances given are taken over."""

    __slots__ = ("_beside",)

    def __init__(self, stances: Mapping[Pair, Stance]) -> None:
        self._beside: dict[int, dict[int, Stance]] = {}
        for (a, b), stance in stances.items():
            self._beside.setdefault(a, {})[b] = stance
            self._beside.setdefault(b, {})[a] = stance

    def between(self, one: int, other: int) -> int:
        """The net between two clusters, given by their roots; 0 where nobody said anything."""
        stance = self._beside.get(one, {}).get(other)
        return net_of(stance) if stance else 0

    def beside(self, root: int) -> tuple[int, ...]:
        """The clusters about which something is claimed together with this one."""
        return tuple(self._beside.get(root, ()))

    def pairs(self) -> Iterator[Pair]:
        """All pairs of clusters about which something is claimed, each once."""
        return ((a, b) for a, others in self._beside.items() for b in others if a < b)

    def join(self, kept: int, gone: int) -> None:
        """Two clusters became one: what was claimed of either is claimed of it."""
        for other, stance in self._beside.pop(gone, {}).items():
            del self._beside[other][gone]
            if other == kept:
                continue
            shared = self._beside.setdefault(kept, {}).setdefault(other, {})
            _fold(shared, stance)
            self._beside[other][kept] = shared


def _fold(into: Stance, stance: Stance) -> None:
    for publisher, spoken in stance.items():
        _hear(into, publisher, spoken)


def _hear(stance: Stance, publisher: str, spoken: tuple[int, int]) -> None:
    same, different = stance.get(publisher, (0, 0))
    stance[publisher] = (max(same, spoken[0]), max(different, spoken[1]))
