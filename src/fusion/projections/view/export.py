"""The export: the state of `fuse` for one reader, whole and canonical, without recorded times.

Equal facts and equal rules give equal bytes, whatever the order of arrival, the batches or the
number of workers (laws 1 to 3). `fusion fuse` writes it; runs are compared by its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fusion.domain.fact import MentionFact, Profile
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.ids import entity_name
from fusion.fusing.linker import Linker
from fusion.linking.links import Link
from fusion.linking.resolve import Resolution
from fusion.projections.store.grounds import census
from fusion.projections.view.scene import Scene


@dataclass(frozen=True, slots=True)
class Export:
    """Entities (mention → entity), links, and hypotheses that are not below, each sorted.

    `profiles` are those that links join, by the names of their first mentions.
    """

    entities: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    hypotheses: tuple[Hypothesis, ...]
    profiles: Mapping[str, Profile]

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        body = msgspec.json.encode([self.entities, self.links, self.hypotheses])
        return hashlib.sha256(body).hexdigest()


def export(scene: Scene, progress: Callable[[int, int], None] = lambda _, __: None) -> Export:
    """All that stands for a scene's class. `progress` is told how many grounds are done, of all."""
    whole = census(scene.store)
    entities: list[tuple[str, str]] = []
    links: list[Link] = []
    hypotheses: list[Hypothesis] = []
    profiles: dict[str, Profile] = {}
    for done, place in enumerate(whole.places, 1):
        ground = scene.ground_at(place)
        fusion = scene.fusion_once(ground)
        for entity in fusion.resolution.entities:
            entities += _named(entity)
        links += fusion.resolution.links
        profiles.update(_linked(fusion.resolution))
        hypotheses += [h for h in fusion.hypotheses if h.status is not Status.BELOW]
        progress(done, len(whole.places))
    entities += [(m.name, entity_name(m.name)) for m in whole.rows if scene.knows(m)]
    return Export(
        tuple(sorted(entities)),
        tuple(sorted(links, key=lambda link: (link.a, link.b))),
        tuple(sorted(hypotheses, key=lambda h: (h.pattern, h.cell_key))),
        profiles,
    )


def _named(entity: tuple[MentionFact, ...]) -> list[tuple[str, str]]:
    name = entity_name(entity[0].name)
    return [(mention.name, name) for mention in entity]


def _linked(resolution: Resolution) -> Iterator[tuple[str, Profile]]:
    """The profiles of the mentions that links name."""
    for link in resolution.links:
        for name in (link.a, link.b):
            entity = resolution.entity_of(name) or ()
            yield from ((name, m.profile) for m in entity if m.name == name)


def link_document(linker: Linker, link: Link, profiles: Mapping[str, Profile]) -> dict[str, Any]:
    """A line of `links.jsonl`: what joins two profiles, and because of what."""
    lines = linker.explain(profiles[link.a], profiles[link.b])
    return {
        "a": link.a,
        "b": link.b,
        "count": link.count,
        "bits": link.bits / 1000,
        "verdict": link.verdict,
        "by": link.by,
        "because": [
            {"feature": line.feature, "text": line.text, "bits": line.bits / 1000} for line in lines
        ],
    }
