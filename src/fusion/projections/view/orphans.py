"""Orphans: standing alerts that reach no post that could act (DESIGN.md, law 6).

An alert reaches a post if somebody who acts for it is told of the alert, by what that person may
know, or is pointed to a desk that holds more of it: who may ask can act. Posts that could act are
those to which it goes when nobody takes note (the accountable lead, its deputy, those of the
mechanisms above), those that answer for the desks of its evidence, and the common steward's.

This spans all markings and everybody's rights. **What it releases**, and nothing beyond it: how
many alerts stand, and the names of those that reach nobody, which say nothing of what is behind;
to the operator alone, who asks for it at the directory. No reader is ever answered from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fusion.access.discovery import Beholder
from fusion.coordination.escalation import all_turns
from fusion.coordination.lead import leading_mechanism
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.fusing.chronicle import Entry
from fusion.fusing.following import Following
from fusion.fusing.pointer import Sight
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.scene import NOW


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who acts for posts, as one of the readers that this person can be."""

    posts: frozenset[str]
    beholder: Beholder


@dataclass(frozen=True, slots=True)
class Orphans:
    """How many alerts stand, and the names of those that reach nobody, sorted."""

    alerts: int
    names: tuple[str, ...]


def orphans_in(
    store: SqlStore,
    rules: Rules,
    registry: Registry,
    *,
    key: bytes,
    classes: Iterable[Knowledge],
    officers: Sequence[Officer],
) -> Orphans:
    """The orphans of a store that stands still.

    `classes` are those whose alerts count: whoever knows everything, and every reader, since an
    alert may stand for one that another's evidence refutes. `key` is that of handles.
    """
    grounds = GroundReader(store, rules)
    rules = grounds.rules
    told = []
    for officer in officers:
        pointing = Pointing(rules, Sight(officer.beholder, registry), key)
        pointing.follow(grounds, store.today())
        known = _standing(grounds, rules, officer.beholder.knowledge)
        told.append((officer.posts, [*known, *pointing.alerts]))
    alerts: dict[str, Entry] = {}
    for knowledge in classes:
        for entry in _standing(grounds, rules, knowledge):
            if not any(_is_same(entry, other) for other in alerts.values()):
                alerts[entry.alert] = entry
    names = [e.alert for e in alerts.values() if not _reaches(e, told, rules, registry)]
    return Orphans(len(alerts), tuple(sorted(names)))


def _reaches(
    entry: Entry,
    told: Iterable[tuple[frozenset[str], list[Entry]]],
    rules: Rules,
    registry: Registry,
) -> bool:
    posts = posts_for(entry, rules, registry)
    return any(
        _is_same(entry, mine)
        for own, alerts in told
        if not own.isdisjoint(posts)
        for mine in alerts
    )


def posts_for(entry: Entry, rules: Rules, registry: Registry) -> frozenset[str]:
    """The posts that could act on an alert."""
    pattern = rules.pattern_at(entry.pattern, NOW)
    mechanism = leading_mechanism(pattern.domain, pattern.region, registry)
    posts = {turn.post for turn in all_turns(mechanism, registry)} if mechanism else set()
    for signal in entry.hypothesis.signals if entry.hypothesis else ():
        desk = registry.desk_for(signal.rpartition("/")[0])
        post = registry.post(desk.post) if desk else None
        posts |= {post.id, *filter(None, [post.deputy])} if post else set()
    return frozenset(posts | ({registry.steward} if registry.steward else set()))


def _standing(grounds: GroundReader, rules: Rules, knowledge: Knowledge) -> Iterator[Entry]:
    following = Following(rules, knowledge.admits)
    following.follow(grounds)
    yield from following.standing.values()


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two classes' alerts are one: of one pattern, at one cell, or of one entity."""
    if one.pattern != other.pattern:
        return False
    return one.cell_key == other.cell_key or not _members(one).isdisjoint(_members(other))


def _members(entry: Entry) -> set[str]:
    hypothesis: Hypothesis | None = entry.hypothesis
    return set(hypothesis.members) if hypothesis else set()
