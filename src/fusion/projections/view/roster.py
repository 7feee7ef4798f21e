"""The roster of one access class: what its book tells, with who answers for each alert.

The versions of the chronicle in their order, and between them that an alert went on to another post
because nobody took note of it in time (`fusion.coordination.escalation`, which decides). It knows
of those acknowledgements that the class may know, so that its readers are told the same whatever
others said. Each alert's course is recomputed when something happens to it or its deadline passes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from fusion.coordination.escalation import (
    Acknowledgement,
    Duty,
    Turn,
    Version,
    course_of,
    turns_of,
)
from fusion.coordination.lead import leading_mechanism
from fusion.domain.ids import alert_name
from fusion.domain.pattern import Pattern
from fusion.domain.post import Registry
from fusion.events.catalog import AlertAcknowledged, load_marking
from fusion.fusing.following import Told
from fusion.fusing.known import Admits
from fusion.fusing.rules import Rules
from fusion.projections.store.lookups import acknowledgements_from
from fusion.projections.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Telling:
    """A version of an alert, or that it went on to another post since; `turn` answers for it.

    Nobody has to answer for one that was withdrawn, or where there is no registry.
    """

    told: Told
    turn: Turn | None = None
    since: int = 0
    is_escalation: bool = False


class Chronicled(Protocol):
    """A chronicle, or the beginning of one: what was told, and how often it was told anew."""

    @property
    def told(self) -> Sequence[Told]: ...
    @property
    def revision(self) -> int: ...


# The order of what is told: a deadline precedes all else of its moment.
_Key = tuple[int, bool, int, str]


@dataclass(slots=True, eq=False)
class _Thread:
    """One alert under all names that it had, what was told of it, and where its story began."""

    begun: int
    told: list[tuple[int, Told]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    tellings: list[Telling] = field(default_factory=list)
    next_at: int | None = None


class Roster:
    """Tellings in their order. They only grow, unless something comes late; then `revision` does.

    Late is an acknowledgement of before a deadline that was told, and a registry by which somebody
    else answers. `next_at` is when the next deadline passes, None while there is none. `until`
    makes it one of a past moment: what was said later is not heard.
    """

    def __init__(self, rules: Rules, admits: Admits, *, until: int | None = None) -> None:
        self._given, self._admits, self._until = rules, admits, until
        self._rules = rules
        self._registry = Registry()
        self._turns: dict[tuple[str, str | None], tuple[Turn, ...]] = {}
        self._said: dict[str, list[Acknowledgement]] = {}
        self._heard: tuple[int, set[str]] = (0, set())
        self._followed = 0
        self._horizon = 0
        self.revision = 0
        self.next_at: int | None = None
        self._begin()

    def _begin(self) -> None:
        self.tellings: list[Telling] = []
        self._last: _Key = (-1, False, 0, "")
        self._read = 0
        self._threads: dict[str, _Thread] = {}
        self._named: dict[str, list[_Thread]] = {}
        self._begun: dict[int, _Thread] = {}
        self._due: list[tuple[int, int]] = []
        self._latest: dict[tuple[str, int], Telling] = {}

    def _next_due(self) -> int | None:
        """When the next deadline passes."""
        while self._due and self._begun[self._due[0][1]].next_at != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def of(self, told: Told) -> Telling:
        """With whom a version was last."""
        return self._latest[told.entry.alert, told.entry.version]

    def follow(
        self, following: Chronicled, store: SqlStore, registry: Registry, now: int | None
    ) -> None:
        """Take in what the chronicle told since, what offices said, and the deadlines until `now`.

        `now` is None where the store may not hold all that was recorded before the present moment:
        then only deadlines that lie before something told have passed for sure.
        """
        said = self._hear(store)
        self._rules = store.rules(self._given)
        last = following.told[-1].at[0] if following.told else 0
        # It never goes back, though the store may fall behind again.
        self._horizon = max(self._horizon, last, now or 0)
        is_same = registry is self._registry and following.revision == self._followed
        if registry is not self._registry:
            self._registry, self._turns = registry, {}
        self._followed = following.revision
        if not is_same or not self._go_on(following, said):
            former = self.tellings
            self._begin()
            is_in_order = self._go_on(following, ())
            assert is_in_order, "what is told from the beginning comes in its order"
            self.revision += self.tellings[: len(former)] != former
        self.next_at = self._next_due()

    def _hear(self, store: SqlStore) -> list[Acknowledgement]:
        """What was said since the last look, as far as the class may know it."""
        moment, names = self._heard
        said = []
        for recorded, name, body in acknowledgements_from(store, moment):
            if recorded == moment and name in names:
                continue
            if self._until is not None and recorded > self._until:
                break
            if recorded > moment:
                moment, names = recorded, set()
            names.add(name)
            event = msgspec.json.decode(body, type=AlertAcknowledged)
            if self._admits(load_marking(event.marking)):
                known = frozenset({event.alert, *event.names})
                said.append(Acknowledgement((recorded, name), event.version, known))
        self._heard = (moment, names)
        for each in said:
            for name in each.names:
                self._said.setdefault(name, []).append(each)
        return said

    def _go_on(self, following: Chronicled, said: Iterable[Acknowledgement]) -> bool:
        """Tell what follows; False, and half done, where it belongs before what was told."""
        concerned: dict[_Thread, None] = {}
        for place, told in enumerate(following.told[self._read :], self._read):
            concerned[self._entered(place, told)] = None
        self._read = len(following.told)
        for each in said:
            for name in each.names:
                concerned |= dict.fromkeys(self._named.get(name, ()))
        while (due := self._next_due()) is not None and due <= self._horizon:
            concerned[self._begun[heapq.heappop(self._due)[1]]] = None
        fresh: list[tuple[_Key, Telling]] = []
        for thread in concerned:
            tellings = self._tellings_of(thread)
            known = len(thread.tellings)
            if [telling for _, telling in tellings[:known]] != thread.tellings:
                return False
            thread.tellings = [telling for _, telling in tellings]
            fresh += tellings[known:]
        fresh.sort(key=lambda each: each[0])
        if fresh and fresh[0][0] < self._last:
            return False
        for key, telling in fresh:
            self._last = key
            self.tellings.append(telling)
            self._latest[telling.told.entry.alert, telling.told.entry.version] = telling
        return True

    def _entered(self, place: int, told: Told) -> _Thread:
        entry = told.entry
        thread = self._threads.pop(entry.replaces, None) if entry.replaces else None
        thread = thread or self._threads.get(entry.alert) or _Thread(place)
        self._threads[entry.alert] = self._begun[thread.begun] = thread
        thread.told.append((place, told))
        for name in _names(told) - thread.names:
            thread.names.add(name)
            self._named.setdefault(name, []).append(thread)
        return thread

    def _tellings_of(self, thread: _Thread) -> list[tuple[_Key, Telling]]:
        """All that is to be told of an alert, each with its place in the order."""
        # Who answers, and how soon, is said by the pattern that its last version is told by.
        last = thread.told[-1][1]
        pattern = self._rules.pattern_at(last.entry.pattern, last.at)
        turns = self._turns_of(pattern)
        said = {a.at: a for name in thread.names for a in self._said.get(name, ())}
        course = course_of(
            [_version(told) for _, told in thread.told],
            said.values(),
            turns=len(turns),
            hours=pattern.acknowledge_hours,
            now=self._horizon,
        )
        if course.next_at is not None and course.next_at != thread.next_at:
            heapq.heappush(self._due, (course.next_at, thread.begun))
        thread.next_at = course.next_at
        found = [
            ((told.at[0], True, place, ""), _as_told(told, course.duties, turns))
            for place, told in thread.told
        ]
        by_version = {told.entry.version: told for _, told in thread.told}
        for duty in course.duties:
            if duty.turn:
                told = by_version[duty.version]
                telling = Telling(told, turns[duty.turn], duty.since, is_escalation=True)
                found.append(((duty.since, False, 0, told.entry.alert), telling))
        return sorted(found, key=lambda each: each[0])

    def _turns_of(self, pattern: Pattern) -> tuple[Turn, ...]:
        key = (pattern.domain, pattern.region)
        if key not in self._turns:
            mechanism = leading_mechanism(pattern.domain, pattern.region, self._registry)
            turns = turns_of(mechanism, self._registry) if mechanism else ()
            self._turns[key] = turns
        return self._turns[key]


def last_of_each(tellings: Iterable[Telling]) -> list[Telling]:
    """What was told last of each alert, by the time of the first raise, newest first."""
    last: dict[str, Telling] = {}
    for telling in tellings:
        entry = telling.told.entry
        if entry.replaces and not telling.is_escalation:
            last.pop(entry.replaces, None)
        last[entry.alert] = telling
    return sorted(last.values(), key=lambda t: (-t.told.entry.raised_at, t.told.entry.alert))


def _names(told: Told) -> set[str]:
    entry = told.entry
    members = entry.hypothesis.members if entry.hypothesis else ()
    return {entry.alert, *(alert_name(entry.pattern, member) for member in members)}


def _version(told: Told) -> Version:
    entry = told.entry
    is_standing = entry.kind != "withdrawn"
    return Version(told.at, entry.version, is_standing, frozenset(_names(told)))


def _as_told(told: Told, duties: Iterable[Duty], turns: tuple[Turn, ...]) -> Telling:
    """A version with the post that had its alert when it was told."""
    number = told.entry.version
    before = [d for d in duties if d.version < number or (d.version == number and not d.turn)]
    if told.entry.kind == "withdrawn" or not before:
        return Telling(told)
    return Telling(told, turns[before[-1].turn], before[-1].since)
