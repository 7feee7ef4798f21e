"""Pointing: one beholder's pointers, kept up day by day as the store moves on.

Equal beholders are pointed to the same, so one is kept for each. Pointers change at ticks alone:
each day looks only at the grounds that were touched since the day before, or that fall due by age,
as of its tick. The result equals `reference_pointers` on the same history, whenever it is asked.

It reads grounds over all markings and takes out of them only what is in D(r).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fusion.domain.clock import day_of, midnight
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.marking import NormalForm
from fusion.fusing.chronicle import Chronicle, Entry, advance
from fusion.fusing.ground import (
    Ground,
    Instant,
    StoredSignal,
    due_day,
    fuse_ground,
    tick_instant,
    turning_day,
)
from fusion.fusing.known import facts_known
from fusion.fusing.pointer import (
    Bearer,
    Cell,
    Day,
    LeftOut,
    Pointer,
    Reasons,
    Release,
    Sight,
    merged,
    of_cell,
    of_identifier,
    pointed_alerts,
    weight_in,
    without,
)
from fusion.fusing.rules import Rules
from fusion.fusing.store import GroundStore, Touch

Admits = Callable[[NormalForm], bool]


class Pointing:
    """The pointers of one beholder. `days` only grows: a tick that has passed is never retold."""

    def __init__(self, rules: Rules, sight: Sight, key: bytes) -> None:
        self._rules, self.sight = rules, sight
        self._discovers = _remembered(sight.beholder.discovers)
        self._knows = _remembered(sight.beholder.knows)
        self._release = Release(key)
        self._told = Chronicle()
        self._places: dict[str, str] = {}
        self._due: dict[str, int] = {}
        self._turning: dict[str, int] = {}
        self._of_alerts: dict[str, Reasons] = {}
        self._of_identifiers: dict[str, Reasons] = {}
        self._waiting: list[Touch] = []
        self._seen = 0
        self._day = 0
        self.is_sound = True
        self.days: list[Day] = []

    @property
    def standing(self) -> list[Pointer]:
        """What the beholder is pointed to, latest first, then by handle."""
        pointers = self._release.standing.values()
        return sorted(pointers, key=lambda pointer: (-pointer.day, pointer.handle))

    @property
    def alerts(self) -> list[Entry]:
        """The alerts of D(r) of which the beholder is pointed to something, by name."""
        return pointed_alerts(self._told.standing, self._of_alerts, self._release)

    def follow(self, grounds: GroundStore, today: int) -> None:
        """Take in the ticks up to that of `today`; the store must stand still meanwhile."""
        if today <= self._day:
            return
        # Whoever is stopped on the way has half a day in hand, and has to begin anew.
        self.is_sound = False
        self._rules = grounds.rules
        touched = self._touched(grounds, today)
        borne = self._borne(grounds, today)
        # Grounds that many days look at are read once for all of them.
        read: dict[str, Ground | None] = {}
        day = self._next_day(self._day, touched, borne)
        while day <= today:
            self._look(touched.get(day, set()), day, grounds, read)
            self._of_identifiers.update(borne.get(day, {}))
            brought = self._release.day(day, self._reasons())
            if brought.new or brought.lapsed:
                self.days.append(brought)
            day = self._next_day(day, touched, borne)
        self._day = today
        self.is_sound = True

    def _reasons(self) -> Reasons:
        return merged([*self._of_alerts.values(), *self._of_identifiers.values()])

    def _next_day(
        self, day: int, touched: Mapping[int, object], borne: Mapping[int, object]
    ) -> int:
        """The next day on which anything can change."""
        days = [*touched, *borne, *self._due.values(), *self._turning.values()]
        if self._release.waiting:
            days.append(day + 1)
        return min((each for each in days if each > day), default=1 << 62)

    # --- cells

    def _touched(self, grounds: GroundStore, today: int) -> dict[int, set[str]]:
        """The places touched since, by the day at whose tick they are looked at."""
        touches, self._seen = grounds.touches(self._seen)
        found: dict[int, set[str]] = {}
        later = []
        for touch in (*self._waiting, *touches):
            day = _day_of_tick(touch.at)
            if day > today:
                later.append(touch)
            elif touch.place:
                found.setdefault(day, set()).add(touch.place)
        self._waiting = later
        return found

    def _look(
        self, places: set[str], day: int, grounds: GroundStore, read: dict[str, Ground | None]
    ) -> None:
        due = {alert for alert, when in self._due.items() if when <= day}
        looked: dict[str, tuple[str, Ground]] = {}
        turning = {place for place, when in self._turning.items() if when <= day}
        for place in sorted(places | {self._places[alert] for alert in due} | turning):
            if place not in read:
                read[place] = grounds.ground(place)
            ground = read[place]
            if ground is not None:
                looked.setdefault(ground.key, (place, ground))
        for place, ground in looked.values():
            self._move(place, ground, day, grounds)

    def _move(self, place: str, ground: Ground, day: int, grounds: GroundStore) -> None:
        at = tick_instant(midnight(day))
        fusion = fuse_ground(ground, self._rules, self._discovers, at)
        self._turning.pop(place, None)
        turns = turning_day(fusion, day)
        if turns is not None:
            self._turning[place] = turns
        concerned = [a for a, entry in self._told.standing.items() if _is_on(entry, ground)]
        for alert in concerned:
            self._places.pop(alert, None)
            self._due.pop(alert, None)
        for entry in advance(self._told, concerned, fusion.hypotheses, fusion.home, at[0]):
            self._of_alerts.pop(entry.replaces or "", None)
            self._of_alerts.pop(entry.alert, None)
            if entry.kind != "withdrawn" and entry.hypothesis:
                cell = self._cell(entry.hypothesis, ground, at, grounds)
                self._of_alerts[entry.alert] = of_cell(cell, self.sight)
        for alert, entry in self._told.standing.items():
            if _is_on(entry, ground):
                self._places[alert] = place
                due = due_day(fusion, entry.pattern, entry.cell_key, day)
                if due is not None:
                    self._due[alert] = due

    def _cell(
        self, hypothesis: Hypothesis, ground: Ground, at: Instant, grounds: GroundStore
    ) -> Cell:
        # What it uses is evidence too: the facts of the grounds under it.
        standing = [s.facts for s in ground.all_signals() if s.stands(at)]
        known = [facts_known(s, self._discovers) for s in standing if self._discovers(s.marking)]

        def weigh(is_out: LeftOut) -> int:
            cut = partial(without, is_out=is_out)
            left = fuse_ground(ground, self._rules, self._discovers, at, cut=cut)
            return weight_in(left.hypotheses, hypothesis)

        return Cell(
            pattern=self._rules.at(at).pattern(hypothesis.pattern),
            hypothesis=hypothesis,
            signals={signal.name: signal for signal in known},
            released=self._released([s.name for s in known], grounds),
            weigh=weigh,
        )

    def _released(self, signals: list[str], grounds: GroundStore) -> frozenset[str]:
        """Those of these signals of which the beholder knows a tear-line."""
        found = grounds.tearlines(signals)
        return frozenset(name for name, lines in found.items() if any(map(self._knows, lines)))

    # --- identifiers

    def _borne(self, grounds: GroundStore, today: int) -> dict[int, dict[str, Reasons]]:
        """What shared identifiers point to, by the days on which that may change."""
        shared = grounds.shared_identifiers(
            known=self._knows,
            discovered=self._discovers,
            entrusted=self.sight.beholder.is_entrusted,
        )
        signals = {s.facts.name for bearers in shared.values() for s, _ in bearers}
        released = self._released(sorted(signals), grounds)
        found: dict[int, dict[str, Reasons]] = {}
        for identifier, bearers in shared.items():
            for day in _days(bearers):
                if self._day < day <= today:
                    standing = list(self._bearers(bearers, tick_instant(midnight(day))))
                    reasons = of_identifier(standing, self.sight, released)
                    found.setdefault(day, {})[identifier] = reasons
        return found

    def _bearers(self, bearers: list[tuple[StoredSignal, str]], at: Instant) -> list[Bearer]:
        return [
            Bearer(stored.facts, mention)
            for stored, name in bearers
            if stored.stands(at)
            for mention in stored.facts.mentions
            if mention.name == name
        ]


def _days(bearers: list[tuple[StoredSignal, str]]) -> set[int]:
    """The days at whose ticks a bearer is new, or gone."""
    moments = [s.since for s, _ in bearers] + [s.until for s, _ in bearers if s.until]
    return {_day_of_tick(at) for at in moments}


def _day_of_tick(at: Instant) -> int:
    """The day at whose tick what happened at an instant is there: a tick's own, else the next."""
    return day_of(at[0]) if at == tick_instant(midnight(day_of(at[0]))) else day_of(at[0]) + 1


def _is_on(entry: Entry, ground: Ground) -> bool:
    """Whether an alert's cell stands on a ground."""
    return entry.cell_key in ground.owned or f"{entry.pattern}|{entry.cell_key}" == ground.key


def _remembered(admits: Admits) -> Admits:
    """The question, which is asked for every fact, answered once for each marking."""
    known: dict[NormalForm, bool] = {}

    def answer(marking: NormalForm) -> bool:
        if marking not in known:
            known[marking] = admits(marking)
        return known[marking]

    return answer
