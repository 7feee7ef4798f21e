"""Walking the graph: entities as nodes, relations as edges, for one class.

The one module that knows networkx. An edge stands only where its relation and both ends may be
known; a relation is marked no lower than its ends, so nothing visible has a hidden end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx as nx

from fusion.access.disclosure import Disclosure, disclosing
from fusion.domain.fact import MentionFact
from fusion.domain.ids import entity_name, signal_of
from fusion.projections.view.entity_documents import schema_of
from fusion.projections.view.scene import Scene, caption

Graph = dict[str, Any]


def neighbourhood(scene: Scene, entity: tuple[MentionFact, ...], hops: int) -> Disclosure[Graph]:
    """What is within so many hops of an entity."""
    walk = _Walk(scene)
    start = walk.add(entity)
    frontier = [start]
    for _ in range(hops):
        frontier = [end for node in frontier for end in walk.step(node)]
    within = nx.ego_graph(walk.graph.to_undirected(as_view=True), start, radius=hops)
    return walk.document(within.nodes)


def evidence_graph(scene: Scene, mentions: Iterable[str]) -> Disclosure[Graph]:
    """The entities of these mentions, and what connects them."""
    walk = _Walk(scene)
    for mention in mentions:
        entity = scene.entity(mention)
        if entity is not None:
            walk.step(walk.add(entity))
    return walk.document(walk.graph.nodes)


class _Walk:
    """A graph while it is walked."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.graph = nx.MultiDiGraph()
        self._entities: dict[str, tuple[MentionFact, ...]] = {}

    def add(self, entity: tuple[MentionFact, ...]) -> str:
        """An entity becomes a node, by its name."""
        name = entity_name(entity[0].name)
        self._entities[name] = entity
        self.graph.add_node(name)
        return name

    def step(self, node: str) -> list[str]:
        """Add what relations of an entity's mentions lead to; the nodes at their other ends."""
        ends = []
        members = {mention.name for mention in self._entities[node]}
        for name in sorted({signal_of(member) for member in members}):
            signal = self._scene.signal(name)
            for relation in signal.relations if signal else ():
                if members & {relation.source, relation.target}:
                    source, target = self._end(relation.source), self._end(relation.target)
                    if source and target:
                        self._connect(source, target, relation.schema, name)
                        ends += [source, target]
        return sorted(set(ends) - {node})

    def _end(self, mention: str) -> str | None:
        entity = self._scene.entity(mention)
        return self.add(entity) if entity else None

    def _connect(self, source: str, target: str, schema: str, signal: str) -> None:
        edge = self.graph.get_edge_data(source, target, key=schema)
        if edge is None:
            self.graph.add_edge(source, target, key=schema, signals={signal})
        else:
            edge["signals"].add(signal)

    def document(self, nodes: Iterable[str]) -> Disclosure[Graph]:
        """The nodes and what connects them, sorted; it shows every mention of a node."""
        kept = sorted(nodes)
        edges = [
            {"from": source, "to": target, "schema": schema, "signals": sorted(edge["signals"])}
            for source, target, schema, edge in self.graph.subgraph(kept).edges(
                keys=True, data=True
            )
        ]
        graph = {
            "nodes": [self._node(name) for name in kept],
            "edges": sorted(edges, key=lambda e: (e["from"], e["to"], e["schema"])),
        }
        shown = {signal_of(mention.name) for name in kept for mention in self._entities[name]}
        return disclosing(graph, shown.union(*(edge["signals"] for edge in edges)))

    def _node(self, name: str) -> dict[str, Any]:
        entity = self._entities[name]
        return {"id": name, "schema": schema_of(entity), "caption": caption(entity)}
