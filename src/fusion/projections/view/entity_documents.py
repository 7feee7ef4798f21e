"""Entities as they are served: the mentions that one class holds to be one thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fusion.access.disclosure import Disclosure, Rung, banner, disclosing
from fusion.domain.fact import MentionFact
from fusion.domain.ids import entity_name, signal_of
from fusion.projections.view.alert_documents import CAVEAT
from fusion.projections.view.scene import Scene, caption

# A schema that says less gives way to one that says more; ties go to the founding mention.
_VAGUE = ("LegalEntity", "Organization")


def entity_document(scene: Scene, entity: tuple[MentionFact, ...]) -> Disclosure[dict[str, Any]]:
    """An entity: its properties merged, its mentions, and the signals that they stand in."""
    signals = sorted({signal_of(mention.name) for mention in entity})
    document = {
        "entity": entity_name(entity[0].name),
        "schema": schema_of(entity),
        "caption": caption(entity),
        "properties": _merged(entity),
        "mentions": [mention.name for mention in entity],
        "signals": signals,
        "pointers": [],
        "rung": str(_rung(scene, entity)),
        "banner": banner((mention.marking for mention in entity), scene.levels),
        "caveat": CAVEAT,
    }
    return disclosing(document, signals)


def schema_of(entity: Iterable[MentionFact]) -> str:
    """The schema of an entity: the first of its mentions' that is not a vague one."""
    schemata = [mention.profile.schema for mention in entity]
    return next((schema for schema in schemata if schema not in _VAGUE), schemata[0])


def _merged(entity: tuple[MentionFact, ...]) -> dict[str, list[str]]:
    """Each property with its distinct values, in the order in which mentions were founded."""
    merged: dict[str, dict[str, None]] = {}
    for mention in entity:
        for name, values in mention.profile.stated:
            merged.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: list(merged[name]) for name in sorted(merged)}


def _rung(scene: Scene, entity: tuple[MentionFact, ...]) -> Rung:
    signals = [scene.signal(signal_of(mention.name)) for mention in entity]
    is_released = all(signal is not None and signal.parent is not None for signal in signals)
    return Rung.TEARLINE if is_released else Rung.FULL
