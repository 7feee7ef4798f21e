"""Searching: what matches, one by one, each let through before it counts.

A match that may not be known is passed over without a trace: pages are made of what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fusion.domain.fact import MentionFact
from fusion.domain.ids import entity_name
from fusion.projections.store.lookups import ListedSignal, profiles_with, signals_newest_first
from fusion.projections.store.profiles import text_of
from fusion.projections.view.port import SignalFilters
from fusion.projections.view.scene import Scene


def signals_matching(
    scene: Scene, filters: SignalFilters, after: list[Any] | None
) -> Iterator[ListedSignal]:
    """Signals that may be known and are asked for, newest reported first."""
    place = (after[0], after[1]) if after else None
    markings = scene.store.markings()
    for row in signals_newest_first(scene.store, scene.at, place, filters.q):
        if scene.admits(markings[row.marking]) and _is_asked_for(scene, filters, row):
            yield row


def _is_asked_for(scene: Scene, filters: SignalFilters, row: ListedSignal) -> bool:
    if filters.since is not None and row.reported < filters.since:
        return False
    if filters.until is not None and row.reported > filters.until:
        return False
    if filters.agency and row.agency not in filters.agency:
        return False
    if filters.q is not None and not _says(scene, row, filters.q.lower()):
        return False
    if not filters.activity:
        return True
    signal = scene.signal(row.name)
    return signal is not None and any(a.code in filters.activity for a in signal.activities)


def _says(scene: Scene, row: ListedSignal, q: str) -> bool:
    """Whether a signal says it, itself or in a mention that may be known."""
    if q in row.text:
        return True
    signal = scene.signal(row.name)
    return signal is not None and any(q in text_of(m.profile) for m in signal.mentions)


def entities_matching(scene: Scene, q: str | None) -> Iterator[tuple[str, tuple[MentionFact, ...]]]:
    """Entities of which a visible mention matches, by their names."""
    found: dict[str, tuple[MentionFact, ...]] = {}
    for mention in profiles_with(scene.store, q):
        entity = scene.entity(mention)
        if entity is not None:
            found[entity_name(entity[0].name)] = entity
    yield from sorted(found.items())
