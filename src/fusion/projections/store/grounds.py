"""The census of a store: every ground there is."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.domain.fact import MentionFact
from fusion.projections.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Census:
    """A place of each ground that has to be fused, and the mentions that are alone on theirs.

    Of the latter only those whose signals stand now.
    """

    places: tuple[str, ...]
    rows: tuple[MentionFact, ...]


def census(store: SqlStore) -> Census:
    """Each component by one of its profiles or mentions, each free cell, and each row."""
    with store.reading() as c:
        components = c.exec_driver_sql(
            "SELECT component, min(number) FROM profile WHERE is_specific = 1 GROUP BY component"
        ).fetchall()
        alone = c.exec_driver_sql(
            "SELECT component, min(mention) FROM standalone GROUP BY component"
        ).fetchall()
        named = {m for (m,) in c.exec_driver_sql("SELECT mention FROM standalone")}
        passed = [g for (g,) in c.exec_driver_sql("SELECT DISTINCT ground FROM passed")]
        rows = [m for m in _row_mentions(store) if m.name not in named]
    places = {component: f"m{mention}" for component, mention in alone}
    places.update({component: f"p{number}" for component, number in components})
    lone = {ground for ground in passed if ground[0] == "m" and "#" in ground}
    free = [ground for ground in passed if "|" in ground]
    return Census(
        places=tuple(sorted([*places.values(), *lone, *free])),
        rows=tuple(m for m in rows if f"m{m.name}" not in lone),
    )


def _row_mentions(store: SqlStore) -> list[MentionFact]:
    """The mentions of profiles that are no node, in signals that stand."""
    text = (
        "SELECT DISTINCT profile.digest, bearing.event, bearing.part FROM profile"
        " JOIN bearing ON bearing.profile = profile.number WHERE profile.is_specific = 0"
    )
    with store.reading() as c:
        rows = c.exec_driver_sql(text).fetchall()
        events = store.events_numbered({event for _, event, _ in rows})
        return [
            mention
            for digest, event, part in rows
            if events[event].until is None
            for mention in store.facts_of(events[event])[part].mentions
            if mention.profile.digest == digest
        ]
