"""The step: works a batch of arrivals into the store, incrementally and over all markings.

It keeps what is true for every reader at once: profiles and the pairs that could ever be linked,
the components they form, and how much evidence each ground could at most have (RULES.md 23). It
decides nothing for a reader; it only says which grounds a reader's `fuse` has to look at, and when.

Components here never part and never forget: a retraction ends a signal's interval, and whoever
fuses a ground looks at intervals. So the order of arrival leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from fusion.domain.clock import day_of
from fusion.domain.fact import MentionFact, Profile, SignalFacts
from fusion.domain.ids import signal_of
from fusion.domain.judgement import Judgement
from fusion.domain.pattern import Pattern, Scope
from fusion.events.position import Position
from fusion.fusing.ground import Instant, signal_readings
from fusion.fusing.hot_keys import HotKeys
from fusion.fusing.origin import relayed_by
from fusion.fusing.rules import Rules
from fusion.fusing.store import (
    Changes,
    EngineStore,
    EventRow,
    ProfileRow,
    RemarkRow,
    SignalRow,
    Touch,
)
from fusion.patterns.weigh import Reading


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event of the log as the step takes it.

    A signal with its tear-lines, a retraction, a judgement, a remark on an alert, or a tick (which
    has none of these).

    `facts` is empty for a retraction and for a signal that could not be compiled (`fault`).
    """

    at: Instant
    source: str = ""
    id: str = ""
    type: str = ""
    body: bytes = b""
    epoch: int = 0
    facts: tuple[SignalFacts, ...] = ()
    texts: tuple[str, ...] = ()
    retracts: str | None = None
    judgement: Judgement | None = None
    remark: RemarkRow | None = None
    fault: str | None = None
    publisher: str = ""

    @property
    def name(self) -> str:
        return f"{self.source}/{self.id}"


class Step:
    """Works batches in, one after the other; the only writer of its store."""

    def __init__(self, store: EngineStore, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._moment = _Moment()
        self._hot = HotKeys(store, rules.linker.model)

    def work(self, arrivals: Sequence[Arrival], after: Position) -> None:
        """Work in all that lies between the store's position and `after`."""
        expected = self._store.position()
        ordered = sorted(arrivals, key=lambda arrival: arrival.at)
        batch = _Batch(self._store, self._rules, ordered, self._moment, self._hot)
        try:
            for arrival in ordered:
                batch.take(arrival)
            last, today = batch.reached()
            self._store.commit(batch.changes, after, expected=expected, last=last, today=today)
        except BaseException:
            # What was learnt of an unwritten batch is worth nothing.
            self._moment, self._hot = _Moment(), HotKeys(self._store, self._rules.linker.model)
            raise


class _Moment:
    """The present recorded moment: which of its instants concern which ground.

    Events of one moment are told in the order of their names, not of their arrival. So once a
    ground matters, all that happened to it in this very moment has to be looked at again.
    """

    def __init__(self) -> None:
        self.recorded: int | None = None
        self.latest: Instant = (0, "")
        self.instants: dict[str, dict[Instant, str]] = {}
        self.told: set[Touch] = set()

    def enter(self, at: Instant) -> bool:
        """Go to the moment of `at`; whether it is a new one."""
        if self.recorded == at[0]:
            return False
        self.recorded = at[0]
        self.instants, self.told = {}, set()
        return True

    def merge(self, old: str, new: str) -> None:
        """Two grounds became one."""
        self.instants.setdefault(new, {}).update(self.instants.pop(old, {}))


class _Batch:
    """One batch while it is worked in: what was read of the store, and what will be written."""

    def __init__(
        self,
        store: EngineStore,
        rules: Rules,
        arrivals: Sequence[Arrival],
        moment: _Moment,
        hot: HotKeys,
    ) -> None:
        self.changes = Changes()
        self._store, self._rules, self._linker = store, rules, rules.linker
        self._moment, self._hot = moment, hot
        self._event_number, self._profile_number = store.numbers()
        self._last = store.last_instant()
        self._today = store.today()
        self.is_late = False
        self._merged: dict[int, int] = {}
        self._arrived: dict[str, SignalFacts] = {}
        self._ended: dict[str, tuple[int, Instant]] = {}
        self._relays: dict[str, list[str]] = {}
        self._readings: dict[tuple[str, str], tuple[Reading, ...]] = {}
        self._prefetch(arrivals)

    # --- reading ahead

    def _prefetch(self, arrivals: Sequence[Arrival]) -> None:
        facts = [f for arrival in arrivals for f in arrival.facts]
        names = [f.name for f in facts]
        self._rows: dict[str, ProfileRow] = {}
        self._numbered: dict[int, ProfileRow] = {}
        profiles = {m.profile.digest: m.profile for f in facts for m in f.mentions}
        for row in self._store.profiles(profiles.keys()):
            self._keep(row)
        fresh = [profile for digest, profile in profiles.items() if digest not in self._rows]
        keys = {key for profile in profiles.values() for key in self._linker.keys(profile)}
        self._hot.load(keys)
        cool = {key for p in fresh for key in self._linker.keys(p) if key not in self._hot}
        self._carriers = self._store.carriers(cool)
        known = {number for carriers in self._carriers.values() for number in carriers}
        for row in self._store.profiles_numbered(known - self._numbered.keys()):
            self._keep(row)
        # Pairs of mentions that are claimed or judged, by the signals that bring one of them.
        self._named: dict[str, list[tuple[str, str]]] = {}
        for pair in self._store.claims_on(names):
            self._named.setdefault(signal_of(pair[1]), []).append(pair)
        for pair in self._store.judged({m.name for f in facts for m in f.mentions}):
            for name in pair:
                self._named.setdefault(signal_of(name), []).append(pair)
        for target, relay in self._store.relays_of(names):
            self._relays.setdefault(target, []).append(relay)
        self._relays_read = set(names)
        parents = [a.name for a in arrivals] + [a.retracts for a in arrivals if a.retracts]
        self._retracted = self._store.retractions(parents)
        grounds = {f"c{row.component}" for row in self._numbered.values()}
        self._weights = self._store.weights(grounds)
        self._passed = self._store.passed(grounds)
        self._weighed_grounds = grounds
        self._standalone: dict[str, int] = {}
        self._asked: set[str] = set()

    def _keep(self, row: ProfileRow) -> None:
        self._rows[row.profile.digest] = row
        self._numbered[row.number] = row

    def row_numbered(self, number: int) -> ProfileRow:
        if number not in self._numbered:
            for row in self._store.profiles_numbered([number]):
                self._keep(row)
        return self._numbered[number]

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
        elif arrival.type:
            self._take_event(arrival)
        else:
            self._today = max(self._today, day_of(arrival.at[0]))
            self.changes.touches.append(Touch(arrival.at, ""))

    def reached(self) -> tuple[Instant, int]:
        """The latest instant worked in, and the day of the last tick."""
        return self._last, self._today

    def _resume_moment(self) -> None:
        """After a restart within a moment: what of it the store already holds."""
        for event in filter(attrgetter("ever_stood"), self._store.events_at(self._last[0])):
            for facts in self._store.facts_of(event):
                for place in self._places(facts):
                    self._moment.instants.setdefault(self._ground(place), {})[event.since] = place

    def _take_event(self, arrival: Arrival) -> None:
        self._event_number += 1
        number = self._event_number
        until, gone_by = self._retracted.get(arrival.name, (None, None))
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
        self._ended[arrival.name] = (number, arrival.at)
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
        # A signal that was retracted before it came never counts, whatever it says.
        if until is None or until > arrival.at:
            for part, facts in enumerate(arrival.facts):
                self._index(number, part, facts, arrival.at)
            if until is not None:
                # It counted for a while of history, before its retraction, which came here first.
                self._leave(arrival.facts, until)
        if arrival.retracts:
            self._retract(arrival.retracts, arrival.at, arrival.name)

    def _index(self, number: int, part: int, facts: SignalFacts, at: Instant) -> None:
        self._arrived[facts.name] = facts
        profiles: set[int] = set()
        for mention in facts.mentions:
            row = self._profile(mention.profile, mention.agency)
            profiles.add(row.number)
            self.changes.mentions.append(mention.name)
            if not row.is_specific:
                self._weighed_grounds.add(f"m{mention.name}")
                self._asked.add(mention.name)
            self._hot.arrive(mention, self._linker.keys(mention.profile), at, self)
        self.changes.bearings += [(profile, number, part) for profile in sorted(profiles)]
        for claim in facts.claims:
            self.changes.claims.append((claim.name, claim.a, claim.b))
            self._named.setdefault(signal_of(claim.b), []).append((claim.a, claim.b))
            self._tie(claim.a, claim.b)
        for a, b in self._named.get(facts.name, ()):
            self._tie(a, b)
        target = relayed_by(facts)
        if target is not None:
            self.changes.relays.append((target, facts.name))
            self._relays.setdefault(target, []).append(facts.name)
        self._weigh(number, part, facts)
        self._touch_signal(facts, at)
        self._touch_relays(facts.name, at)

    # --- profiles, links, components

    def _profile(self, profile: Profile, agency: str) -> ProfileRow:
        """The row of a profile that an agency says."""
        row = self._rows.get(profile.digest)
        if row is None:
            return self._new_profile(profile, agency)
        if agency not in row.agencies:
            row.agencies.add(agency)
            self.changes.agencies[row.number] = row.agencies
            for key in self._linker.keys(profile):
                if key not in self._hot:
                    self._crowd(key)
        return row

    def _new_profile(self, profile: Profile, agency: str) -> ProfileRow:
        self._profile_number += 1
        number = self._profile_number
        is_specific = self._linker.self_bits(profile) >= self._linker.model.same
        row = ProfileRow(number, profile, number, is_specific, {agency})
        self._keep(row)
        self._weighed_grounds.add(f"c{number}")  # new: the store knows nothing of it
        self.changes.profiles.append(row)
        candidates: set[int] = set()
        for key in self._linker.keys(profile):
            self.changes.postings.append((key, number))
            if key in self._hot:
                continue
            carriers = self._carriers.setdefault(key, [])
            carriers.append(number)
            if not self._crowd(key):
                candidates.update(carriers)
        candidates.discard(number)
        if is_specific:
            for candidate in sorted(candidates):
                self.compare(row, self.row_numbered(candidate))
        return row

    def _crowd(self, key: str) -> bool:
        """Whether a key has now come to be hot.

        A content counts once for each agency that says it: no pair can count more (RULES.md 11).
        """
        if key not in self._carriers:
            self._carriers.update(self._store.carriers([key]))
        count = sum(len(self.row_numbered(number).agencies) for number in self._carriers[key])
        if count <= self._linker.model.key_cap:
            return False
        self.changes.hot.append(key)
        self._hot.turn(key)
        return True

    def compare(self, one: ProfileRow, other: ProfileRow) -> None:
        """Link two profiles that some key proposes, where their bits reach `possible`."""
        if not (one.is_specific and other.is_specific):
            return
        if self._linker.reaches(one.profile, other.profile, self._linker.model.possible):
            pair = (min(one.number, other.number), max(one.number, other.number))
            self.changes.links.append(pair)
            self._merge(one.component, other.component)

    def row_of(self, profile: Profile) -> ProfileRow:
        """The row of a profile that has one."""
        row = self._rows.get(profile.digest)
        if row is None:
            for found in self._store.profiles([profile.digest]):
                self._keep(found)
            row = self._rows[profile.digest]
        return row

    def _component(self, component: int) -> int:
        while component in self._merged:
            component = self._merged[component]
        return component

    def _merge(self, one: int, other: int) -> None:
        one, other = self._component(one), self._component(other)
        if one == other:
            return
        kept, gone = min(one, other), max(one, other)
        self._load_weights({f"c{kept}", f"c{gone}"})
        self._merged[gone] = kept
        self.changes.merges.append((gone, kept))
        self._rekey(f"c{gone}", f"c{kept}")

    def _rekey(self, old: str, new: str) -> None:
        """What was weighed on one ground is weighed on another from now on."""
        self.changes.rekeyed.append((old, new))
        self._moment.merge(old, new)
        for slug in self._passed.pop(old, set()) - self._passed.get(new, set()):
            self._pass(new, slug)
        self.changes.weights.pop(old, None)
        moved = self._weights.pop(old, {})
        for cell, bits in moved.items():
            self._add_weight(new, cell, bits)
        if moved:
            for pattern in self._rules.patterns:
                self._check_bound(new, pattern)

    # --- claims and judgements

    def _tie(self, a: str, b: str) -> None:
        """What is claimed or judged of two mentions is looked at on one ground, a denial too.

        It sleeps while either is unknown.
        """
        if self._mention(a) is not None and self._mention(b) is not None:
            self._merge(self._own_component(a), self._own_component(b))

    def _mention(self, name: str) -> MentionFact | None:
        facts = self._facts(signal_of(name))
        return next((m for m in facts.mentions if m.name == name), None) if facts else None

    def _own_component(self, name: str) -> int:
        """The component of a mention that is named: a row gets one of its own."""
        mention = self._mention(name)
        assert mention is not None
        row = self.row_of(mention.profile)
        if row.is_specific:
            return row.component
        component = self._standalone_component(name)
        if component is None:
            self._profile_number += 1
            component = self._standalone[name] = self._profile_number
            self.changes.standalone.append((name, component))
            self._load_weights({f"m{name}", f"c{component}"})
            self._rekey(f"m{name}", f"c{component}")
        return component

    def _standalone_component(self, name: str) -> int | None:
        if name not in self._asked:
            self._asked.add(name)
            self._standalone.update(self._store.standalone([name]))
        return self._standalone.get(name)

    def _judge(self, judgement: Judgement, at: Instant) -> None:
        self.changes.judgements.append((judgement, at))
        self._tie(judgement.a, judgement.b)
        for name in judgement.pair:
            self._named.setdefault(signal_of(name), []).append(judgement.pair)
            mention = self._mention(name)
            if mention is not None:
                self._touch(self._place(mention), at)

    # --- retractions

    def _retract(self, target: str, at: Instant, by: str) -> None:
        before = self._retracted.get(target)
        if before is not None and before[0] <= at:
            return
        self._retracted[target] = (at, by)
        self.changes.retractions.append((target, at, by))
        number = self._number_of(target)
        if number is None:
            return
        self.changes.ended.append((number, at, by))
        parts = list(self._parts_of(target))
        if before is None:
            self._leave(parts, at)
        for facts in parts:
            self._touch_signal(facts, at)
            self._touch_relays(facts.name, at)

    def _leave(self, parts: Iterable[SignalFacts], at: Instant) -> None:
        """What these say counts no longer for what hot keys propose."""
        for facts in parts:
            for mention in facts.mentions:
                self._hot.leave(mention, self._linker.keys(mention.profile), at, self)

    def _number_of(self, name: str) -> int | None:
        if name in self._ended:
            return self._ended[name][0]
        source, _, id_ = name.rpartition("/")
        event = self._store.event(source, id_)
        return event.number if event else None

    def _parts_of(self, name: str) -> Iterable[SignalFacts]:
        """A signal and its tear-lines."""
        if name in self._ended:
            return [f for f in self._arrived.values() if name in (f.name, f.parent)]
        source, _, id_ = name.rpartition("/")
        event = self._store.event(source, id_)
        return self._store.facts_of(event) if event and event.ever_stood else ()

    # --- the upper bound

    def _weigh(self, number: int, part: int, facts: SignalFacts) -> None:
        """Add what a signal could weigh to the bound of its grounds (RULES.md 23)."""
        for pattern in self._rules.patterns:
            grounds: set[str] = set()
            for reading in self._read(pattern, facts):
                # Several anchors of one fact may share a ground; it counts there once.
                for ground in {self._ground(p) for p in self._anchored(pattern, reading, facts)}:
                    self._load_weights({ground})
                    self._add_weight(ground, (pattern.slug, reading.role), reading.millibits)
                    grounds.add(ground)
            for ground in sorted(grounds):
                if "|" in ground:
                    self.changes.cells.append((ground, number, part))
                self._check_bound(ground, pattern)

    def _anchored(self, pattern: Pattern, reading: Reading, facts: SignalFacts) -> list[str]:
        """The places at which a reading counts."""
        if pattern.scope is Scope.TOPIC_COUNTRY:
            return [f"{pattern.slug}|{anchor}" for anchor in reading.anchors]
        return [self._place(m) for m in facts.mentions if m.name in reading.anchors]

    def _read(self, pattern: Pattern, facts: SignalFacts) -> tuple[Reading, ...]:
        key = (pattern.slug, facts.name)
        if key not in self._readings:
            self._readings[key] = signal_readings(pattern, facts, self._rules.vocabulary)
        return self._readings[key]

    def _load_weights(self, grounds: Collection[str]) -> None:
        missing = set(grounds) - self._weighed_grounds
        if missing:
            self._weighed_grounds |= missing
            self._weights.update(self._store.weights(missing))
            self._passed.update(self._store.passed(missing))

    def _add_weight(self, ground: str, cell: tuple[str, str], bits: int) -> None:
        sums = self._weights.setdefault(ground, {})
        sums[cell] = sums.get(cell, 0) + bits
        self.changes.weights[ground] = sums

    def _check_bound(self, ground: str, pattern: Pattern) -> None:
        sums = self._weights.get(ground, {})
        bound = sum(min(role.cap, sums.get((pattern.slug, role.name), 0)) for role in pattern.roles)
        if bound >= pattern.release and pattern.slug not in self._passed.get(ground, ()):
            self._pass(ground, pattern.slug)

    def _pass(self, ground: str, slug: str) -> None:
        self._passed.setdefault(ground, set()).add(slug)
        self.changes.passed.append((ground, slug))

    # --- touches

    def _place(self, mention: MentionFact) -> str:
        row = self.row_of(mention.profile)
        return f"p{row.number}" if row.is_specific else f"m{mention.name}"

    def _places(self, facts: SignalFacts) -> list[str]:
        places = [self._place(mention) for mention in facts.mentions]
        for pattern in self._rules.patterns:
            if pattern.scope is Scope.TOPIC_COUNTRY:
                read = self._read(pattern, facts)
                keys = {anchor for reading in read for anchor in reading.anchors}
                places += [f"{pattern.slug}|{key}" for key in sorted(keys)]
        return places

    def _ground(self, place: str) -> str:
        """The ground of a place, as it stands now."""
        if place[0] == "p" and place[1:].isdigit():
            return f"c{self._component(self.row_numbered(int(place[1:])).component)}"
        if place[0] == "m" and "#" in place:
            component = self._standalone_component(place[1:])
            return place if component is None else f"c{self._component(component)}"
        return place

    def _touch_signal(self, facts: SignalFacts, at: Instant) -> None:
        for place in self._places(facts):
            self._touch(place, at)

    def _touch_relays(self, name: str, at: Instant) -> None:
        """Whoever relays a signal changes its origin with it."""
        reached, waiting = {name}, [name]
        while waiting:
            current = waiting.pop()
            for relay in self._relays_of(current):
                if relay not in reached:
                    reached.add(relay)
                    waiting.append(relay)
        for relay in sorted(reached - {name}):
            facts = self._facts(relay)
            if facts is not None:
                self._touch_signal(facts, at)

    def _relays_of(self, name: str) -> list[str]:
        if name not in self._relays_read:
            self._relays_read.add(name)
            stored = [relay for _, relay in self._store.relays_of([name])]
            self._relays[name] = [*stored, *self._relays.get(name, ())]
        return self._relays.get(name, [])

    def _facts(self, name: str) -> SignalFacts | None:
        """A signal that has come and at some time counted."""
        if name not in self._arrived:
            stored = self._store.signals([name]).get(name)
            if stored is None or not stored.ever_stood:
                return None
            self._arrived[name] = stored.facts
        return self._arrived[name]

    def _touch(self, place: str, at: Instant) -> None:
        """A ground has to be looked at again, if it ever can matter to anybody."""
        ground = self._ground(place)
        self._moment.instants.setdefault(ground, {})[at] = place
        self._load_weights({ground})
        if self._passed.get(ground):
            for instant, there in self._moment.instants[ground].items():
                touch = Touch(instant, there)
                if touch not in self._moment.told:
                    self._moment.told.add(touch)
                    self.changes.touches.append(touch)

    def touch_links(self, carriers: Collection[int], at: Instant) -> None:
        """The grounds on which two of these profiles are linked have to be looked at again."""
        among = set(carriers)
        fresh = [pair for pair in self.changes.links if among.issuperset(pair)]
        for pair in {*self._store.links_among(among), *fresh}:
            self._touch(f"p{pair[0]}", at)
