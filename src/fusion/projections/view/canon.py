"""The canon of a store: all that it would ever answer with, in a form that two stores share.

Two stores made of one log number their rows by the order in which batches came; what they say is
the same (law 3). A canon is read over all markings and releases nothing but names and digests, to
the operator who compares two of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.fusing.rules import Rules
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.book import Book
from fusion.projections.view.export import export
from fusion.projections.view.scene import Scene

# A row of a canon: what kind of thing it is, its name, the digest of all that is said of it.
Canon = Mapping[tuple[str, str], bytes]

# What is kept beside what is computed for a class, with the columns that two stores share.
_KEPT = {
    "event": "SELECT source || '/' || id, type, body, recorded, name, until_recorded, until_name,"
    " gone_by, epoch, fault, publisher FROM event",
    "signal": "SELECT signal.name, event.source, event.id, part, marking.body, reported, agency,"
    " text FROM signal JOIN event ON event.number = signal.event"
    " JOIN marking ON marking.number = signal.marking",
    "retraction": "SELECT target, recorded, name, gone_by FROM retraction",
    # A signal that was retracted at the very moment at which it came may have left its names.
    "name": "SELECT entity || ' ' || mention FROM naming"
    " JOIN signal ON signal.name = substr(mention, 1, instr(mention, '#') - 1)"
    " JOIN event ON event.number = signal.event WHERE event.until_recorded IS NULL",
    "identifier": "SELECT identifier || ' ' || mention, marking.body FROM identifier"
    " JOIN marking ON marking.number = identifier.marking"
    " JOIN event ON event.number = identifier.event WHERE event.until_recorded IS NULL",
    "judgement": "SELECT name, a, b, recorded, body FROM judgement",
    "request": "SELECT request || ' ' || kind, recorded, body FROM request",
    "remark": "SELECT alert || ' ' || name, recorded, kind, body FROM remark",
}

# The kind of the rows that say for which classes a canon was computed.
CLASS = "class"

Progress = Callable[[int, int], None]


def canon(
    store: SqlStore,
    rules: Rules,
    classes: Mapping[str, Knowledge],
    *,
    levels: tuple[str, ...],
    progress: Progress = lambda _, __: None,
) -> Canon:
    """The canon of a store that stands still, for these classes by their titles."""
    rows: dict[tuple[str, str], bytes] = {}
    with store.reading():
        rows.update(_kept(store))
        for done, (title, knowledge) in enumerate(classes.items(), 1):
            rows[CLASS, title] = b""
            for kind, name, said in _computed(store, rules, knowledge, levels):
                rows[f"{kind} of {title}", name] = _digest(said)
            progress(done, len(classes))
    return rows


def differences(one: Canon, other: Canon) -> Iterator[str]:
    """What two canons do not say alike, by kind and name, sorted."""
    for kind, name in sorted(one.keys() | other.keys()):
        if one.get((kind, name)) != other.get((kind, name)):
            yield f"{kind} {name}".replace("\1", "/")


def _kept(store: SqlStore) -> Iterator[tuple[tuple[str, str], bytes]]:
    with store.reading() as c:
        for kind, query in _KEPT.items():
            for name, *said in c.exec_driver_sql(query):
                yield (kind, name), _digest(said)


def _computed(
    store: SqlStore, rules: Rules, knowledge: Knowledge, levels: tuple[str, ...]
) -> Iterable[tuple[str, str, Any]]:
    """What a class gets: entities, links and hypotheses as they stand, alerts as they were told."""
    book = Book(rules, knowledge)
    scene = Scene(store, rules, book.admits, levels=levels, registry=Registry())
    whole = export(scene)
    for mention, entity in whole.entities:
        yield "entity", mention, entity
    for link in whole.links:
        yield "link", f"{link.a} {link.b}", asdict(link)
    for hypothesis in whole.hypotheses:
        yield "hypothesis", f"{hypothesis.pattern} {hypothesis.cell_key}", hypothesis
    book.follow(scene)
    for place, told in enumerate(book.following.told, 1):
        yield "alert", f"{place} {told.entry.alert}", told.entry


def _digest(said: Any) -> bytes:
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()
