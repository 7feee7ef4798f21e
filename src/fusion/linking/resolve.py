"""Entities: which mentions are one thing in the world (RULES.md 10 to 16).

`resolve` is a pure function of the *set* of what a reader may know: of mentions, claims, judgements
and proposed pairs, in any order. Edges are taken in tiers, POSITIVE judgements, then content, then
net claims, best first and ties by name; NEGATIVE judgements, content conflicts and net denials
forbid a join, and nothing is parted afterwards.

It must never look at anything but its arguments, nor join two nodes of different parts. Claims come
last on purpose: a wrong one that outranked content would keep two men merged after its denial.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from fusion.domain.fact import ClaimFact, MentionFact, Profile
from fusion.domain.judgement import Judgement
from fusion.linking.claims import (
    Nets,
    Stance,
    denial_of_b2,
    net_of,
    stances_on_mentions,
    stances_on_nodes,
)
from fusion.linking.clusters import Pair
from fusion.linking.components import (
    UNBREAKABLE,
    Bounds,
    Part,
    Tie,
    is_within_limits,
    parts,
    undivided,
)
from fusion.linking.contents import Contents, PairBits, SelfBits, grouped_by_profile
from fusion.linking.judging import Ground, honour, settle
from fusion.linking.links import Link, links_of

__all__ = ["Link", "Resolution", "all_links", "resolve"]

# Minus the strength in millibits, and the ranks of the names of the two nodes.
_Edge = tuple[int, int, int]
# `MentionFact.founding`, without a call for each mention.
_FOUNDING = attrgetter("reported", "name")


@dataclass(frozen=True, slots=True)
class Resolution:
    """Entities with their mentions, both in founding order, and the links between their nodes."""

    entities: tuple[tuple[MentionFact, ...], ...]
    links: tuple[Link, ...]
    _by_name: dict[str, tuple[MentionFact, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._by_name.update(
            {mention.name: entity for entity in self.entities for mention in entity}
        )

    def entity_of(self, name: str) -> tuple[MentionFact, ...] | None:
        """The entity of the mention of that name; None where no such mention was resolved."""
        return self._by_name.get(name)


def resolve(
    mentions: Sequence[MentionFact],
    claims: Sequence[ClaimFact],
    judgements: Sequence[Judgement],
    *,
    model: Bounds,
    bits: PairBits,
    self_bits: SelfBits,
    edges: Iterable[tuple[Profile, Profile]],
) -> Resolution:
    """Resolve mentions into entities.

    All arguments hold only what one reader may know, and whole components of it. `edges` are the
    pairs of profiles that some key proposes, at least those that content makes *same*: the others
    join nothing, and are left out of `links` where they are left out here. `bits` is symmetric, and
    is asked about other pairs too, where a join hangs on whether their contents conflict.
    """
    known = _known(mentions, claims, judgements, edges, model=model, bits=bits, self_bits=self_bits)
    ordered, ground = known.ordered, known.ground
    if known.nets or not is_within_limits(len(ordered), bounds=model):
        ties = _ties(ground, known.contents, known.nets, model=model)
        allowed = parts(ordered, ground.home, ties, ground.clusters, bounds=model)
    else:
        # No component can be too large, and content that could join two would make them one.
        allowed = [undivided(ground.home, bounds=model)]
    links = known.links(model)
    _Joining(known.names, ground, known.contents, known.stances, model).run(allowed)
    return Resolution(_entities(ordered, ground), links)


def all_links(
    mentions: Sequence[MentionFact],
    claims: Sequence[ClaimFact],
    judgements: Sequence[Judgement],
    *,
    model: Bounds,
    bits: PairBits,
    self_bits: SelfBits,
    edges: Iterable[tuple[Profile, Profile]],
) -> tuple[Link, ...]:
    """The links between all that one reader may know, those that join nothing among them.

    `edges` are the pairs of profiles that some key proposes and that reach *possible*.
    """
    return _known(
        mentions, claims, judgements, edges, model=model, bits=bits, self_bits=self_bits
    ).links(model)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known before anything is joined."""

    ordered: Sequence[MentionFact]
    names: Sequence[str]
    ground: Ground
    stances: Mapping[Pair, Stance]
    nets: Mapping[Pair, int]
    contents: Contents

    def links(self, model: Bounds) -> tuple[Link, ...]:
        return links_of(
            self.names, self.ground, self.contents, self.nets, self.stances, bounds=model
        )


def _known(
    mentions: Sequence[MentionFact],
    claims: Sequence[ClaimFact],
    judgements: Sequence[Judgement],
    edges: Iterable[tuple[Profile, Profile]],
    *,
    model: Bounds,
    bits: PairBits,
    self_bits: SelfBits,
) -> _Known:
    ordered = sorted(mentions, key=_FOUNDING)
    grouped, selves = grouped_by_profile(ordered, self_bits, same=model.same)
    ground, stances = _ground(ordered, grouped, claims, judgements, model=model)
    contents = Contents(ordered, bits=bits, selves=selves)
    contents.propose(ground.home, edges, same=model.same)
    nets = {pair: net_of(stance) for pair, stance in stances_on_nodes(stances, ground.home).items()}
    return _Known(ordered, [m.name for m in ordered], ground, stances, nets, contents)


def _ground(
    ordered: Sequence[MentionFact],
    grouped: list[int],
    claims: Sequence[ClaimFact],
    judgements: Sequence[Judgement],
    *,
    model: Bounds,
) -> tuple[Ground, dict[Pair, Stance]]:
    """Before any score: nodes and honoured rulings, and what is claimed of pairs of mentions."""
    if not claims and not judgements:
        return honour((), grouped, denied=frozenset()), {}
    at = {mention.name: position for position, mention in enumerate(ordered)}
    stances = stances_on_mentions(claims, at, claim_bits=model.claim_bits)
    forbidding = denial_of_b2(model.claim_bits)
    denied = frozenset(
        position
        for pair, stance in stances.items()
        if grouped[pair[0]] == grouped[pair[1]] and net_of(stance) <= -forbidding
        for position in pair
    )
    return honour(settle(judgements, at), grouped, denied=denied), stances


def _ties(
    ground: Ground, contents: Contents, nets: Mapping[Pair, int], *, model: Bounds
) -> list[Tie]:
    """All that holds components together: content, net claims, POSITIVE judgements."""
    ties = [tie for tie in contents.proposed if tie[0] >= model.same]
    ties.extend((net, *pair) for pair, net in nets.items() if net >= model.possible)
    ties.extend(
        (UNBREAKABLE, ground.home[ruling.a], ground.home[ruling.b])
        for ruling in ground.honoured
        if ruling.is_same
    )
    return ties


def _entities(
    ordered: Sequence[MentionFact], ground: Ground
) -> tuple[tuple[MentionFact, ...], ...]:
    """The mentions of each cluster; walking them in founding order leaves nothing to sort."""
    entities: dict[int, list[MentionFact]] = {}
    for mention, root in zip(ordered, ground.clusters.roots(ground.home), strict=True):
        entities.setdefault(root, []).append(mention)
    return tuple(map(tuple, entities.values()))


class _Joining:
    """The content tier and the claim tier, over clusters that POSITIVE judgements have joined."""

    def __init__(
        self,
        names: Sequence[str],
        ground: Ground,
        contents: Contents,
        stances: Mapping[Pair, Stance],
        model: Bounds,
    ) -> None:
        # Ties are broken by name; the rank of a name compares like it, and faster.
        self._by_name = sorted(range(len(names)), key=names.__getitem__)
        self._rank = [0] * len(names)
        for rank, node in enumerate(self._by_name):
            self._rank[node] = rank
        self._loose = ground.loose
        self._clusters = ground.clusters
        self._contents = contents
        roots = ground.clusters.roots(ground.home) if stances else ()
        self._nets = Nets(stances_on_nodes(stances, roots))
        self._conflict = model.conflict
        self._forbidding = denial_of_b2(model.claim_bits)
        self._part: dict[int, Part] = {}

    def run(self, allowed: Iterable[Part]) -> None:
        """Join what may be joined within each part; parts have nothing to do with one another."""
        self._part = {node: part for part in allowed for node in part.nodes}
        root, by_name = self._clusters.root, self._by_name
        for _, one, other in sorted(self._by_content()):
            self._join_by_content(root(by_name[one]), root(by_name[other]))
        self._join_by_claims()

    def _by_content(self) -> Iterator[_Edge]:
        """The content edges that may join, to be taken in ascending order."""
        for score, one, other in self._contents.proposed:
            part = self._part.get(one)
            if part is None or part is not self._part.get(other) or score < part.needed:
                continue
            if one not in self._loose and other not in self._loose:
                yield self._edge(score, one, other)

    def _join_by_content(self, one: int, other: int) -> None:
        """Join two clusters unless a net denial or what forbids every join stands between them."""
        if one == other or self._nets.between(one, other) <= -self._forbidding:
            return
        if not self._is_forbidden(one, other):
            self._join(one, other)

    def _join_by_claims(self) -> None:
        """Join by the best net claim until none is left, netting again after each join."""
        waiting = [edge for pair in self._nets.pairs() for edge in self._by_claims(*pair)]
        heapq.heapify(waiting)
        root = self._clusters.root
        while waiting:
            deficit, *ranks = heapq.heappop(waiting)
            one, other = self._by_name[ranks[0]], self._by_name[ranks[1]]
            # What has changed since it was queued has been queued anew.
            if root(one) != one or root(other) != other:
                continue
            if self._nets.between(one, other) != -deficit or self._is_forbidden(one, other):
                continue
            kept = self._join(one, other)
            for beside in self._nets.beside(kept):
                for edge in self._by_claims(kept, beside):
                    heapq.heappush(waiting, edge)

    def _by_claims(self, one: int, other: int) -> Iterator[_Edge]:
        """The edge between two clusters if their net claims may join them."""
        net = self._nets.between(one, other)
        part = self._part.get(one)
        if part is not None and part is self._part.get(other) and net >= part.needed:
            yield self._edge(net, one, other)

    def _edge(self, strength: int, one: int, other: int) -> _Edge:
        """Best first, ties by the names of the two founding mentions, in ascending order."""
        first, second = self._rank[one], self._rank[other]
        return (-strength, first, second) if first < second else (-strength, second, first)

    def _is_forbidden(self, one: int, other: int) -> bool:
        """Whether a NEGATIVE judgement or a conflict stands between any of two clusters.

        A conflict found is kept as what parts them, so that no pair is ever looked at twice.
        """
        clusters = self._clusters
        if clusters.are_parted(one, other):
            return True
        ones, others = clusters.members(one), clusters.members(other)
        if not self._contents.are_in_conflict(ones, others, bound=self._conflict):
            return False
        clusters.part(one, other)
        return True

    def _join(self, one: int, other: int) -> int:
        kept, gone = self._clusters.join(one, other)
        self._nets.join(kept, gone)
        return kept
