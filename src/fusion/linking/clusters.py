"""Clusters: what has been joined so far, and what may never be.

Nodes are positions of mentions in founding order, so the smallest of a cluster is its founding one
and stands for it: nothing here depends on the order in which joins are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

# Two mentions or two nodes, by position, the smaller first.
Pair = tuple[int, int]


class Clusters:
    """Disjoint sets of nodes, with pairs of sets that are held apart.

    `join` does not ask whether two clusters are parted: that is for the caller to decide.
    """

    __slots__ = ("_above", "_members", "_parted")

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._members: dict[int, list[int]] = {}
        self._parted: dict[int, set[int]] = {}

    def root(self, node: int) -> int:
        """The founding node of the cluster that `node` is in."""
        above = self._above
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    def roots(self, nodes: Iterable[int]) -> list[int]:
        """The root of each of `nodes`."""
        return [self.root(node) for node in nodes]

    def members(self, root: int) -> list[int]:
        """The nodes of a cluster, in no order that means anything."""
        return self._members.get(root) or [root]

    def join(self, one: int, other: int) -> tuple[int, int]:
        """Make two clusters, given by their roots, one; returns the root kept and the one gone."""
        kept, gone = (one, other) if one < other else (other, one)
        self._above[gone] = kept
        self._members.setdefault(kept, [kept]).extend(self._members.pop(gone, (gone,)))
        for enemy in self._parted.pop(gone, ()):
            self._parted[enemy].discard(gone)
            self.part(kept, enemy)
        return kept, gone

    def part(self, one: int, other: int) -> None:
        """Hold two clusters, given by their roots, apart: they and whatever joins them."""
        self._parted.setdefault(one, set()).add(other)
        self._parted.setdefault(other, set()).add(one)

    def are_parted(self, one: int, other: int) -> bool:
        """Whether two clusters, given by their roots, are held apart."""
        return other in self._parted.get(one, ())
