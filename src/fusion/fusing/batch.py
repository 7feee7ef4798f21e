"""One batch while it is worked in: what was read of the store, and what will be written.

Each arrival goes to the spanning structure, then to the bound, then touches the grounds that it
says something of, in this order: a ground is touched as it stands after the arrival.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from fusion.domain.clock import day_of
from fusion.domain.fact import Profile, SignalFacts
from fusion.domain.ids import is_signal_name, signal_of
from fusion.domain.judgement import Judgement
from fusion.fusing.arrival import Arrival
from fusion.fusing.arrived import Arrived
from fusion.fusing.bounds import Bounds
from fusion.fusing.ground import Instant
from fusion.fusing.hot_keys import HotKeys
from fusion.fusing.index import Index
from fusion.fusing.moment import Moment
from fusion.fusing.origin import relayed_by
from fusion.fusing.rules import Published, Rules
from fusion.fusing.spanning import Spanning
from fusion.fusing.store import (
    Changes,
    EngineStore,
    EventRow,
    IdentifierRow,
    ProfileRow,
    SignalRow,
    Touch,
)
from fusion.fusing.touching import Touching

# Events of the past read together when new patterns read them.
_WEIGHED_AT_ONCE = 1_000
# Later than any instant.
_NEVER: Instant = (1 << 62, "")


class Batch:
    """Takes arrivals in the order of their instants; `changes` is what they make of the store."""

    def __init__(
        self,
        store: EngineStore,
        rules: Rules,
        arrivals: Sequence[Arrival],
        *,
        moment: Moment,
        hot: HotKeys,
        index: Index,
    ) -> None:
        self.changes = Changes()
        self.is_late = False
        self._store, self._rules, self._linker = store, rules, rules.linker
        self._moment, self._hot, self._index_kept = moment, hot, index
        self._number, _ = store.numbers()
        self._last = store.last_instant()
        self._today = store.today()
        self._bound = Bounds(store, rules, self.changes)
        self._spanning = Spanning(
            store,
            rules.linker,
            self.changes,
            index=index,
            hot=hot,
            bound=self._bound,
            moment=moment,
        )
        self._touching = Touching(
            rules, self.changes, moment=moment, bound=self._bound, spanning=self._spanning
        )
        self._prefetch(arrivals)

    def _prefetch(self, arrivals: Sequence[Arrival]) -> None:
        facts = [f for arrival in arrivals for f in arrival.facts]
        names = [f.name for f in facts]
        self._spanning.prefetch(facts)
        self._arrived = Arrived(self._store, names)
        # Pairs of mentions that are claimed or judged, by the signals that bring one of them.
        self._named: dict[str, list[tuple[str, str]]] = {}
        for pair in self._store.claims_on(names):
            self._named.setdefault(signal_of(pair[1]), []).append(pair)
        for pair in self._store.judged({m.name for f in facts for m in f.mentions}):
            for name in pair:
                self._named.setdefault(signal_of(name), []).append(pair)
        parents = [a.name for a in arrivals] + [a.retracts for a in arrivals if a.retracts]
        self._retracted = self._store.retractions(parents)

    # --- what hot keys ask for

    def row_of(self, profile: Profile) -> ProfileRow:
        return self._spanning.row_of(profile)

    def row_numbered(self, number: int) -> ProfileRow:
        return self._spanning.row_numbered(number)

    def link(self, one: ProfileRow, numbers: Sequence[int]) -> None:
        self._spanning.link(one, numbers)

    def touch_links(self, carriers: Collection[int], at: Instant) -> None:
        self._touching.touch_links(carriers, at)

    # --- arrivals

    def take(self, arrival: Arrival) -> None:
        """Work one arrival in."""
        if self._moment.enter(arrival.at) and arrival.at[0] == self._last[0]:
            self._resume_moment()
        self.is_late = arrival.at < self._last
        self._last = max(self._last, arrival.at)
        if arrival.judgement:
            self._judge(arrival.judgement, arrival.at)
        elif arrival.remark:
            self.changes.remarks.append(arrival.remark)
        elif arrival.request:
            self.changes.requests.append(arrival.request)
        elif arrival.type:
            self._take_event(arrival)
        else:
            self._today = max(self._today, day_of(arrival.at[0]))
            self._touching.tick(arrival.at)

    def publish(self, published: Published) -> None:
        """Patterns came into force: weigh by them all that there is, and look where any matter.

        They are the last of the rules that the batch goes by. All at once, so that no store is
        ever seen in which they are in force and half of it is weighed.
        """
        number = 0
        while events := self._store.events_after(number, _WEIGHED_AT_ONCE):
            number = events[-1].number
            self._index_kept.begin()
            self._touching.forget()
            standing = [e for e in events if e.ever_stood and (e.until or _NEVER) > published.at]
            said = [(event, self._store.facts_of(event)) for event in standing]
            self._spanning.prefetch([facts for _, parts in said for facts in parts])
            for event, parts in said:
                for part, facts in enumerate(parts):
                    self._weigh(event.number, part, facts, max(event.since, published.at))
        self.changes.published.append(published)
        self._moment.enter(published.at)
        self._last = max(self._last, published.at)
        grounds = self._store.passed_grounds() | {ground for _, ground, _ in self.changes.passed}
        places = self._store.places(grounds)
        self.changes.touches += [Touch(published.at, places[each]) for each in sorted(grounds)]

    def reached(self) -> tuple[Instant, int]:
        """The latest instant worked in, and the day of the last tick."""
        return self._last, self._today

    def _resume_moment(self) -> None:
        """After a restart within a moment: what of it the store already holds."""
        for event in filter(attrgetter("ever_stood"), self._store.events_at(self._last[0])):
            for facts in self._store.facts_of(event):
                self._touching.note(facts, event.since)

    def _take_event(self, arrival: Arrival) -> None:
        self._number += 1
        number = self._number
        until, gone_by = self._retracted.get(arrival.name, (None, None))
        self._keep(arrival, number, until, gone_by)
        self._arrived.take_event(arrival.name, number)
        # A signal that was retracted before it came never counts, whatever it says.
        if until is None or until > arrival.at:
            for part, facts in enumerate(arrival.facts):
                self._index(number, part, facts, arrival.at)
            if until is not None:
                # It counted for a while of history, before its retraction, which came here first.
                self._leave(arrival.facts, until)
        if arrival.retracts:
            self._retract(arrival.retracts, arrival.at, arrival.name)

    def _keep(
        self, arrival: Arrival, number: int, until: Instant | None, gone_by: str | None
    ) -> None:
        """Write down an event and the signals that it brings."""
        self.changes.events.append(
            EventRow(
                number,
                arrival.source,
                arrival.id,
                arrival.type,
                arrival.body,
                arrival.at,
                until,
                gone_by,
                arrival.epoch,
                arrival.fault,
                arrival.publisher,
            )
        )
        for part, facts in enumerate(arrival.facts):
            self.changes.signals.append(
                SignalRow(
                    facts.name,
                    number,
                    part,
                    facts.marking,
                    facts.reported,
                    facts.agency,
                    arrival.texts[part] if arrival.texts else "",
                )
            )

    def _index(self, number: int, part: int, facts: SignalFacts, at: Instant) -> None:
        """Take in what a signal says that counts."""
        self._arrived.take(facts)
        profiles: set[int] = set()
        for mention in facts.mentions:
            profiles.add(self._spanning.take(mention).number)
            self.changes.mentions.append(mention.name)
            self.changes.identifiers += [
                IdentifierRow(identifier, number, part, mention.name, mention.marking)
                for identifier in sorted(self._linker.identifiers(mention.profile))
            ]
            self._hot.arrive(mention, self._linker.keys(mention.profile), at, self)
        self.changes.bearings += [(profile, number, part) for profile in sorted(profiles)]
        for claim in facts.claims:
            self.changes.claims.append((claim.name, claim.a, claim.b))
            self._named.setdefault(signal_of(claim.b), []).append((claim.a, claim.b))
            self._tie(claim.a, claim.b)
        for a, b in self._named.get(facts.name, ()):
            self._tie(a, b)
        target = relayed_by(facts)
        # What no signal can be named is never waited for.
        if target is not None and is_signal_name(target):
            self.changes.relays.append((target, facts.name))
            self._arrived.take_relay(target, facts.name)
        self._weigh(number, part, facts, at)
        self._touching.touch_signal(facts, at, self._arrived)

    def _weigh(self, number: int, part: int, facts: SignalFacts, at: Instant) -> None:
        """Add what a signal could weigh from an instant on to its grounds' bound (RULES.md 23)."""
        for era, (pattern, read) in self._touching.read(facts, at):
            for reading in read:
                places = self._touching.anchored(pattern, reading, facts)
                # Several anchors of one fact may share a ground; it counts there once.
                grounds = Counter(self._spanning.ground(place) for place in places)
                for ground, mentions in grounds.items():
                    self._bound.add(era, ground, pattern, reading, mentions)
                    if "|" in ground:
                        self.changes.cells.append((ground, number, part))

    # --- claims and judgements

    def _tie(self, a: str, b: str) -> None:
        """Bring the grounds of two named mentions together; it sleeps while either is unknown."""
        one, other = self._arrived.mention(a), self._arrived.mention(b)
        if one is not None and other is not None:
            self._spanning.tie(one, other)

    def _judge(self, judgement: Judgement, at: Instant) -> None:
        self.changes.judgements.append((judgement, at))
        self._tie(judgement.a, judgement.b)
        for name in judgement.pair:
            self._named.setdefault(signal_of(name), []).append(judgement.pair)
            mention = self._arrived.mention(name)
            if mention is not None:
                self._touching.touch_mention(mention, at)

    # --- retractions

    def _retract(self, target: str, at: Instant, by: str) -> None:
        before = self._retracted.get(target)
        if before is not None and before[0] <= at:
            return
        self._retracted[target] = (at, by)
        self.changes.retractions.append((target, at, by))
        number = self._arrived.number(target)
        if number is None:
            return
        self.changes.ended.append((number, at, by))
        parts = list(self._arrived.parts(target))
        if before is None:
            self._leave(parts, at)
        for facts in parts:
            self._touching.touch_signal(facts, at, self._arrived)

    def _leave(self, parts: Iterable[SignalFacts], at: Instant) -> None:
        """What these say counts no longer for what hot keys propose."""
        for facts in parts:
            for mention in facts.mentions:
                self._hot.leave(mention, self._linker.keys(mention.profile), at, self)
