"""The export: the state of `fuse` for one reader, whole and canonical, without recorded times.

Equal facts and equal rules give equal bytes, whatever the order of arrival, the batches or the
number of workers (laws 1 to 3). `fusion fuse` writes it; runs are compared by its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fusion.domain.fact import ClaimFact, MentionFact, Profile
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.ids import entity_name
from fusion.domain.judgement import Judgement
from fusion.fusing.ground import Ground
from fusion.fusing.linker import Linker
from fusion.linking.links import Link
from fusion.linking.proposing import proposed
from fusion.linking.resolve import all_links
from fusion.projections.store.grounds import census
from fusion.projections.view.scene import NOW, Scene


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
    hypotheses: list[Hypothesis] = []
    world = _World()
    for done, place in enumerate(whole.places, 1):
        ground = scene.ground_at(place)
        fusion = scene.fusion_once(ground)
        for entity in fusion.resolution.entities:
            entities += _named(entity)
            world.mentions += entity
        world.add(scene, ground)
        hypotheses += [h for h in fusion.hypotheses if h.status is not Status.BELOW]
        progress(done, len(whole.places))
    rows = [mention for mention in whole.rows if scene.knows(mention)]
    entities += [(row.name, entity_name(row.name)) for row in rows]
    world.mentions += rows
    links = world.links(scene.rules.linker)
    profiles = {mention.name: mention.profile for mention in world.mentions}
    return Export(
        tuple(sorted(entities)),
        tuple(sorted(links, key=lambda link: (link.a, link.b))),
        tuple(sorted(hypotheses, key=lambda h: (h.pattern, h.cell_key))),
        {name: profiles[name] for link in links for name in (link.a, link.b)},
    )


@dataclass(slots=True)
class _World:
    """All that a class may know and that links are found in.

    A ground holds what may be joined; what is merely *possible* lies between grounds as well, and
    is looked for here, by the reader's own keys.
    """

    mentions: list[MentionFact] = field(default_factory=list)
    _claims: dict[str, ClaimFact] = field(default_factory=dict)
    _judgements: dict[int, Judgement] = field(default_factory=dict)

    def add(self, scene: Scene, ground: Ground) -> None:
        """Take in what is claimed and judged on a ground."""
        for stored in ground.signals:
            if stored.facts.claims and stored.stands(NOW) and scene.admits(stored.facts.marking):
                known = stored.known(scene.admits)
                self._claims.update({claim.name: claim for claim in known.claims})
        for judged in ground.judgements:
            if scene.admits(judged.judgement.marking):
                self._judgements[judged.judgement.order] = judged.judgement

    def links(self, linker: Linker) -> tuple[Link, ...]:
        """Every link of at least *possible*, and what was claimed and judged."""
        model = linker.model
        found = proposed(self.mentions, linker.keys, cap=model.key_cap, quota=model.key_quota)
        return all_links(
            self.mentions,
            list(self._claims.values()),
            list(self._judgements.values()),
            model=model,
            bits=linker.bits,
            self_bits=linker.self_bits,
            edges=(
                (one, others[place])
                for one, others in found
                for place in linker.near(one, others, model.possible)
            ),
        )


def _named(entity: tuple[MentionFact, ...]) -> list[tuple[str, str]]:
    name = entity_name(entity[0].name)
    return [(mention.name, name) for mention in entity]


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
