"""Components: which nodes may be joined with one another at all, and under what bar (RULES.md 14).

A component is what content that says *same*, net claims of at least *possible* and POSITIVE
judgements hold together. What is merely possible by content joins nothing, and would hold all
namesakes of a country together, most of whom the quota would then shut out. One publisher may bring
only so many contents into it, and one that is too large is cut under a raised bar, so that neither
a flood nor a chain of coincidences makes everything one. What stands in different parts is never
joined.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fusion.domain.fact import MentionFact
from fusion.linking.clusters import Clusters

# Strength in millibits, and the two nodes.
Tie = tuple[int, int, int]
# A POSITIVE judgement holds under every bar.
UNBREAKABLE = sys.maxsize


class Bounds(Protocol):
    """What the versioned model says of joining, in millibits and counts."""

    @property
    def same(self) -> int:
        """Bits at or above which a link joins."""
        ...

    @property
    def possible(self) -> int:
        """Bits at or above which a link is kept; net claims hold a component together."""
        ...

    @property
    def conflict(self) -> int:
        """Bits (negative) at or below which content says that two are different."""
        ...

    @property
    def claim_bits(self) -> int:
        """What an identity claim of the best grade weighs."""
        ...

    @property
    def component_quota(self) -> int:
        """How many contents one publisher may bring into a component."""
        ...

    @property
    def component_limit(self) -> int:
        """How many nodes are resolved together without raising the bar."""
        ...

    @property
    def bar_step(self) -> int:
        """By how much the bar is raised at a time; more than nothing."""
        ...

    @property
    def bar_top(self) -> int:
        """The bar at or beyond which it is raised no further."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes that may be joined with one another by links of at least `needed` millibits."""

    nodes: tuple[int, ...]
    needed: int


def parts(
    mentions: Sequence[MentionFact],
    home: Sequence[int],
    ties: Sequence[Tie],
    clusters: Clusters,
    *,
    bounds: Bounds,
) -> list[Part]:
    """The parts in which joins are tried; a node in none of them stands alone.

    `home` gives the node of each mention, `ties` all that holds nodes together, and `clusters` what
    POSITIVE judgements have joined.
    """
    company: dict[int, list[int]] = {}
    for position, node in enumerate(home):
        company.setdefault(node, []).append(position)
    found: list[Part] = []
    for nodes, within in _connected(company, ties):
        if len(nodes) > 1:
            admitted = _admitted(nodes, company, mentions, clusters, bounds.component_quota)
            among = within if len(admitted) == len(nodes) else _among(admitted, within)
            found.extend(_cut(admitted, among, bar=bounds.possible, bounds=bounds))
    return found


def is_within_limits(count: int, *, bounds: Bounds) -> bool:
    """Whether no component of so many mentions can be beyond the quota or the limit."""
    return count <= min(bounds.component_quota, bounds.component_limit)


def undivided(home: Sequence[int], *, bounds: Bounds) -> Part:
    """All nodes as one part, where no limit is in sight and nothing is claimed."""
    return Part(tuple(home), max(bounds.same, bounds.possible))


def _cut(nodes: list[int], ties: list[Tie], *, bar: int, bounds: Bounds) -> Iterable[Part]:
    """Raise the bar by steps until the parts fit or it is at its top."""
    if len(nodes) <= bounds.component_limit or bar >= bounds.bar_top:
        yield Part(tuple(nodes), max(bounds.same, bar))
        return
    raised = min(bar + bounds.bar_step, bounds.bar_top)
    for part, within in _connected(nodes, [tie for tie in ties if tie[0] >= raised]):
        yield from _cut(part, within, bar=raised, bounds=bounds)


def _admitted(
    nodes: list[int],
    company: dict[int, list[int]],
    mentions: Sequence[MentionFact],
    clusters: Clusters,
    quota: int,
) -> list[int]:
    """The nodes that the quota of some publisher lets in, and those a POSITIVE binds to them.

    A publisher's contents are ordered by its best mention of each: grade, then founding order.
    """
    if len(nodes) <= quota:
        return nodes
    best: dict[str, dict[str, tuple[int, int]]] = {}
    for node in nodes:
        for position in company[node]:
            mention = mentions[position]
            contents = best.setdefault(mention.agency, {})
            rank = (-mention.grade.permille, position)
            digest = mention.profile.digest
            contents[digest] = min(rank, contents.get(digest, rank))
    admitted = {
        digest
        for contents in best.values()
        for digest in heapq.nsmallest(quota, contents, key=contents.__getitem__)
    }
    roots = {clusters.root(node) for node in nodes if mentions[node].profile.digest in admitted}
    return [node for node in nodes if clusters.root(node) in roots]


def _among(nodes: Iterable[int], ties: Iterable[Tie]) -> list[Tie]:
    kept = set(nodes)
    return [tie for tie in ties if tie[1] in kept and tie[2] in kept]


def _connected(nodes: Iterable[int], ties: Sequence[Tie]) -> Iterable[tuple[list[int], list[Tie]]]:
    """The connected sets of nodes, each with the ties inside it."""
    above = {node: node for node in nodes}

    def root(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for _, a, b in ties:
        one, other = root(a), root(b)
        if one != other:
            above[max(one, other)] = min(one, other)
    sets: dict[int, tuple[list[int], list[Tie]]] = {}
    for node in above:
        sets.setdefault(root(node), ([], []))[0].append(node)
    for tie in ties:
        sets[root(tie[1])][1].append(tie)
    return sets.values()
