"""Writing what a batch changed: rows in bulk, inside the one transaction of `SqlStore.commit`."""

from __future__ import annotations

from operator import attrgetter, itemgetter

from sqlalchemy import Connection, func, select

from fusion.domain.ids import entity_name
from fusion.fusing.store import Changes
from fusion.projections.store import tables
from fusion.projections.store.judgements import store_judgement
from fusion.projections.store.markings import Markings
from fusion.projections.store.profiles import agency_list, profile_values
from fusion.projections.store.published import encode_patterns
from fusion.projections.store.rows import insert, replace


def write_events(c: Connection, changes: Changes, markings: Markings) -> None:
    """The events of a batch and what they say of others."""
    insert(
        c,
        tables.event,
        [
            (
                *(e.number, e.source, e.id, e.type, e.body, *e.since),
                *(*(e.until or (None, None)), e.gone_by, e.epoch, e.fault, e.publisher),
            )
            for e in changes.events
        ],
    )
    start = c.execute(select(func.max(tables.signal.c.number))).scalar() or 0
    insert(
        c,
        tables.signal,
        [
            (
                *(start + place, s.name, s.event, s.part, markings.number(s.marking)),
                *(s.reported, s.agency, s.text.lower()),
            )
            for place, s in enumerate(changes.signals, 1)
        ],
    )
    replace(c, tables.retraction, [(t, *at, by) for t, at, by in changes.retractions])
    if changes.ended:
        c.exec_driver_sql(
            "UPDATE event SET until_recorded = ?, until_name = ?, gone_by = ? WHERE number = ?",
            [(*at, by, number) for number, at, by in changes.ended],
        )
    insert(
        c,
        tables.identifier,
        [
            (i.identifier, i.mention, i.event, i.part, markings.number(i.marking))
            for i in sorted(changes.identifiers, key=attrgetter("identifier"))
        ],
    )
    insert(c, tables.relay, changes.relays, or_ignore=True)
    insert(
        c,
        tables.judgement,
        [(j.order, j.a, j.b, *at, store_judgement(j)) for j, at in changes.judgements],
    )
    insert(
        c,
        tables.remark,
        [(name, *r.since, r.kind, r.body) for r in changes.remarks for name in r.names],
    )
    insert(
        c,
        tables.request,
        [(r.request, r.kind, r.since[0], r.body) for r in changes.requests],
    )


def write_links(c: Connection, changes: Changes) -> None:
    """Profiles, the keys that they carry, and what is linked."""
    insert(
        c,
        tables.profile,
        [profile_values(row) for row in changes.profiles],
    )
    if changes.agencies:
        c.exec_driver_sql(
            "UPDATE profile SET agencies = ? WHERE number = ?",
            [(agency_list(said_by), number) for number, said_by in changes.agencies.items()],
        )
    insert(c, tables.bearing, sorted(changes.bearings))
    insert(c, tables.naming, sorted((entity_name(m), m) for m in changes.mentions))
    # In the order of the key, so that a batch walks the index once.
    insert(c, tables.posting, sorted(changes.postings, key=itemgetter(0)))
    insert(c, tables.hot, [(key,) for key in changes.hot], or_ignore=True)
    insert(c, tables.link, changes.links, or_ignore=True)
    insert(c, tables.standalone, changes.standalone)
    insert(
        c,
        tables.claim,
        [(name, a, b, b.rsplit("#", 1)[0]) for name, a, b in changes.claims],
    )
    if changes.merges:
        moves = [(kept, gone) for gone, kept in changes.merges]
        for table in ("profile", "standalone"):
            c.exec_driver_sql(f"UPDATE {table} SET component = ? WHERE component = ?", moves)


def write_published(c: Connection, changes: Changes) -> None:
    """The patterns of a new era."""
    era = c.execute(select(func.max(tables.published.c.era))).scalar() or 0
    rows = [
        (number, *each.at, encode_patterns(each.patterns))
        for number, each in enumerate(changes.published, era + 1)
    ]
    insert(c, tables.published, rows)


def write_bounds(c: Connection, changes: Changes) -> None:
    """The bound of each ground, and which grounds have to be looked at again."""
    if changes.rekeyed:
        gone = [(old,) for old, _ in changes.rekeyed]
        c.exec_driver_sql("DELETE FROM weight WHERE ground = ?", gone)
        c.exec_driver_sql("DELETE FROM passed WHERE ground = ?", gone)
        c.exec_driver_sql("DELETE FROM lend WHERE ground = ?", gone)
    replace(
        c,
        tables.weight,
        [
            (era, ground, pattern, role, millibits)
            for (era, ground), sums in changes.weights.items()
            for (pattern, role), millibits in sums.items()
        ],
    )
    left = {old for old, _ in changes.rekeyed}
    insert(c, tables.cell, changes.cells, or_ignore=True)
    insert(
        c,
        tables.passed,
        [(g, era, slug) for era, g, slug in changes.passed if g not in left],
        or_ignore=True,
    )
    insert(c, tables.lend, [p for p in changes.lends if p[1] not in left], or_ignore=True)
    start = c.execute(select(func.max(tables.touch.c.number))).scalar() or 0
    insert(
        c,
        tables.touch,
        [(start + place, *t.at, t.place) for place, t in enumerate(changes.touches, 1)],
    )
