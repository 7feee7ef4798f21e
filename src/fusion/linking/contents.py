"""Contents: what the model says of nodes by what their mentions say, each pair asked once.

Content edges stand only between nodes whose profile is specific enough to be one node; conflicts
are looked for between any two nodes, where a join hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from fusion.domain.fact import MentionFact, Profile

PairBits = Callable[[Profile, Profile], int]
SelfBits = Callable[[Profile], int]


def grouped_by_profile(
    ordered: Sequence[MentionFact], self_bits: SelfBits, *, same: int
) -> tuple[list[int], dict[str, int]]:
    """The node of each mention by its profile alone, and the self-bits of every profile.

    A profile whose bits against itself reach `same` is one node, named by the position of its first
    mention; of any other each mention has a node of its own (RULES.md 10). `ordered` is in founding
    order; profiles are named by their digest.
    """
    grouped: list[int] = []
    first: dict[str, int] = {}
    selves: dict[str, int] = {}
    for position, mention in enumerate(ordered):
        digest = mention.profile.digest
        known = selves.get(digest)
        if known is None:
            known = selves[digest] = self_bits(mention.profile)
        grouped.append(first.setdefault(digest, position) if known >= same else position)
    return grouped, selves


class Contents:
    """Bits between nodes by content alone, the smaller position first in every pair.

    `proposed` are the proposed pairs of nodes with their bits, each once, in no order that means
    anything. Mentions taken out of one profile count as proposed with one another and with those
    that stayed.
    """

    __slots__ = ("_bits", "_known", "_profiles", "_selves", "proposed")

    def __init__(
        self,
        ordered: Sequence[MentionFact],
        *,
        bits: PairBits,
        selves: dict[str, int],
    ) -> None:
        self._bits = bits
        self._selves = selves
        self._profiles = [mention.profile for mention in ordered]
        # By smaller position × count + larger: whole numbers are lighter than pairs, and there are
        # as many as pairs of nodes in a large component.
        self._known: dict[int, int] = {}
        self.proposed: list[tuple[int, int, int]] = []

    def propose(
        self, home: Sequence[int], edges: Iterable[tuple[Profile, Profile]], *, same: int
    ) -> None:
        """Score the pairs of nodes of proposed profiles, leaving out profiles without a node."""
        nodes: dict[str, list[int]] = {}
        for position, node in enumerate(home):
            digest = self._profiles[position].digest
            if position == node and self._selves[digest] >= same:
                nodes.setdefault(digest, []).append(node)
        for kin in nodes.values():
            for one, other in combinations(kin, 2):
                self._propose(one, other)
        for p, q in edges:
            if p.digest != q.digest:
                for one in nodes.get(p.digest, ()):
                    for other in nodes.get(q.digest, ()):
                        self._propose(one, other)

    def between(self, one: int, other: int) -> int:
        """The bits of two nodes' contents, proposed or not."""
        key = self._key(one, other)
        score = self._known.get(key)
        if score is None:
            score = self._known[key] = self._ask(one, other)
        return score

    def are_in_conflict(self, ones: Sequence[int], others: Sequence[int], *, bound: int) -> bool:
        """Whether any cross pair of two clusters is at or below the bound of conflict."""
        # `between`, written out: most of the work on a large component is done here.
        known, ask, count = self._known, self._ask, len(self._profiles)
        for one in ones:
            for other in others:
                key = one * count + other if one < other else other * count + one
                score = known.get(key)
                if score is None:
                    score = known[key] = ask(one, other)
                if score <= bound:
                    return True
        return False

    def _propose(self, one: int, other: int) -> None:
        key = self._key(one, other)
        if key not in self._known:
            score = self._known[key] = self._ask(one, other)
            self.proposed.append((score, one, other) if one < other else (score, other, one))

    def _key(self, one: int, other: int) -> int:
        count = len(self._profiles)
        return one * count + other if one < other else other * count + one

    def _ask(self, one: int, other: int) -> int:
        """Ask the model; a content against itself is its self-bits."""
        p, q = self._profiles[one], self._profiles[other]
        return self._bits(p, q) if p.digest != q.digest else self._selves[p.digest]
