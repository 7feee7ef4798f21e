"""The ordinary stream: what agencies report all day, and what means nothing beyond itself.

Surrounds a scenario with signals of the same agencies, offices, markings and naming cultures,
look-alikes among them. Promises documents of the outer contract in order of time, made one by one,
the same for the same seed on every run and version of Python; every summary begins with
"[synthetic] " and every id with "syn-". It must never know what is looked for, nor how things are
linked: what it says is what judges that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.draw import Draw, Weighted
from fusion.simulate.lookalikes import (
    NAMESAKE,
    SAME_FACILITY,
    Resemblance,
    namesake,
    resemblances,
    schedule,
    spread,
)
from fusion.simulate.names import load_cultures
from fusion.simulate.people import Population
from fusion.simulate.places import load_places
from fusion.simulate.rhythm import HOURS_A_WEEK, SECONDS_A_DAY, hour_of_week, moments
from fusion.simulate.script import Script, read_script
from fusion.simulate.sources import sources_of
from fusion.simulate.surroundings import NONE, Surroundings
from fusion.simulate.telling import Document, Source, Teller, relayed
from fusion.simulate.trades import Trades, kind_of, load_kinds
from fusion.simulate.work import read_work

# As many as make the analyst search: the scenario of the first demonstration is a twentieth.
PER_SIGNAL = 20
LOOKALIKE_ID = "syn-like-"

# How often an agency's report comes back to somebody of whom it told before.
_AGAIN = 0.35
# A partner's note is taken over within a month, or not at all.
_RELAY_WITHIN = 30 * SECONDS_A_DAY
_NOTES_REMEMBERED = 32


def ordinary(
    scenario: Sequence[Mapping[str, Any]],
    *,
    per_signal: int = PER_SIGNAL,
    seed: int,
    vocabulary: Vocabulary,
    surroundings: Surroundings = NONE,
) -> Iterator[Document]:
    """Ordinary signals around a scenario, `per_signal` for each that it submits, in order of time.

    They fall within the scenario's span, at least a day. Every office of the scenario is among
    their publishers. Look-alikes have ids that begin with `LOOKALIKE_ID`. ValueError for a scenario
    that submits nothing, or words that the vocabulary lacks.
    """
    return _Stream(read_script(scenario), per_signal, seed, vocabulary, surroundings).signals()


@dataclass(frozen=True, slots=True, eq=False)
class _Duty:
    """A signal that is no matter of chance: who may report it; of a look-alike, which kind."""

    sources: tuple[Source, ...]
    kind: str = ""
    resemblance: Resemblance | None = None


class _Stream:
    """The world around one scenario, and what its agencies tell of it."""

    def __init__(
        self,
        script: Script,
        per_signal: int,
        seed: int,
        vocabulary: Vocabulary,
        surroundings: Surroundings,
    ) -> None:
        own = surroundings.model_dump(by_alias=True, exclude_none=True)
        if surroundings.home is not None:
            script = replace(script, home=surroundings.home)
        places = load_places().with_own(own["nations"], own["places"])
        kinds = {**load_kinds(), **{name: kind_of(spec) for name, spec in own["kinds"].items()}}
        self._cultures = load_cultures()
        self._work = read_work(vocabulary, own)
        self._script = script
        self._count = per_signal * script.count
        # Two streams, so that who is told of does not depend on when.
        self._draw, self._times = Draw(2 * seed), Draw(2 * seed + 1)
        year = datetime.fromtimestamp(script.first, UTC).year
        self._people = Population(self._draw, places, year=year, again=_AGAIN)
        self._trades = Trades(self._draw, again=_AGAIN, kinds=kinds)
        self._teller = Teller(
            self._draw,
            places=places,
            people=self._people,
            trades=self._trades,
            in_conflict=self._work.in_conflict,
            claims=True,
        )
        self._sources = sources_of(script, self._work, places, self._cultures, kinds)
        self._told_of_people = tuple(one for one in self._sources if one.line.personal_reports)
        self._resemblances = resemblances(script, self._work, vocabulary, places.nations, kinds)
        self._names = [name for names in script.names.values() for name in names]
        self._notes: deque[tuple[int, Document]] = deque(maxlen=_NOTES_REMEMBERED)

    def signals(self) -> Iterator[Document]:
        """All of them, in order of time."""
        script = self._script
        by_hour = [
            Weighted((source, source.week[hour]) for source in self._sources)
            for hour in range(HOURS_A_WEEK)
        ]
        week = [sources.total() for sources in by_hour]
        last = max(script.last, script.first + SECONDS_A_DAY)
        duties = self._duties()
        times = moments(self._times, self._count, first=script.first, last=last, week=week)
        waiting: list[_Duty] = []
        left = len(duties)
        for index, second in enumerate(times):
            hour = hour_of_week(second)
            if index in duties:
                waiting.append(duties[index])
            duty = self._next_duty(waiting, hour, is_late=left >= self._count - index)
            if duty is None:
                yield self._ordinary(by_hour[hour].drawn(self._draw), index, second)
            else:
                waiting.remove(duty)
                left -= 1
                yield self._done(duty, index, second)

    def _duties(self) -> dict[int, _Duty]:
        """By index, the signals that are no matter of chance.

        One for each office, so that none is silent, and the look-alikes.
        """
        reserved: dict[int, _Duty] = {}
        offices = len(self._sources)
        if self._count >= offices:
            for turn, source in enumerate(self._sources):
                index = spread(self._draw, turn, offices, self._count)
                while index in reserved:
                    index = (index + 1) % self._count
                reserved[index] = _Duty((source,))
        planned = schedule(
            self._draw,
            self._script,
            count=self._count,
            taken=reserved,
            unrepeated=self._work.unrepeated,
            namesakes=bool(self._told_of_people),
        )
        return reserved | {index: self._resembling(kind) for index, kind in planned.items()}

    def _resembling(self, kind: str) -> _Duty:
        """A look-alike to come, and who may report it: offices that do such work."""
        if kind == NAMESAKE:
            return _Duty(self._told_of_people, kind)
        resemblance = self._draw.one(self._resemblances[kind])
        model = next(one for one in self._sources if one.office == resemblance.model.office)
        return _Duty(
            tuple(
                source
                for source in self._sources
                if source.agency == model.agency and source.line is model.line
            ),
            kind,
            resemblance,
        )

    def _next_duty(self, waiting: Sequence[_Duty], hour: int, *, is_late: bool) -> _Duty | None:
        """The first duty that falls into somebody's working hours; any if time runs out."""
        for duty in waiting:
            if is_late or any(source.is_at_work(hour) for source in duty.sources):
                return duty
        return None

    def _done(self, duty: _Duty, index: int, second: int) -> Document:
        hour = hour_of_week(second)
        source = Weighted((one, one.week[hour]) for one in duty.sources).drawn(self._draw)
        if not duty.kind:
            return self._ordinary(source, index, second)
        id_ = f"{LOOKALIKE_ID}{index:07d}"
        if duty.resemblance is None:
            return self._namesake(source, id_, second)
        return self._lookalike(duty.resemblance, source, id_, second)

    def _ordinary(self, source: Source, index: int, second: int) -> Document:
        line, id_ = source.line, f"syn-{index:07d}"
        if line.relays and self._draw.unit() < line.relays:
            note = self._note(second)
            if note is not None:
                return relayed(note, source, self._draw, second=second, id_=id_)
        told = self._teller.tell(line.reports.drawn(self._draw), source, second=second, id_=id_)
        if line is self._work.lines["partner"]:
            self._notes.append((second, told))
        return told

    def _note(self, second: int) -> Document | None:
        fresh = [note for told, note in self._notes if second - told <= _RELAY_WITHIN]
        return self._draw.one(fresh) if fresh else None

    def _lookalike(
        self, resemblance: Resemblance, source: Source, id_: str, second: int
    ) -> Document:
        draw = self._draw
        culture = source.milieu.cultures.drawn(draw)
        is_there = resemblance.facilities and draw.unit() < SAME_FACILITY
        return self._teller.tell(
            resemblance.report,
            source,
            second=second,
            id_=id_,
            lead=self._people.named(culture.name(draw), culture, source.milieu),
            facility=draw.one(resemblance.facilities) if is_there else None,
            ending=draw.one(self._work.endings),
        )

    def _namesake(self, source: Source, id_: str, second: int) -> Document:
        name, culture = namesake(self._draw, self._cultures, self._names)
        person = self._people.named(name, culture, source.milieu)
        self._people.remember(source.agency, person)
        assert source.line.personal_reports is not None, "only such a source tells of a namesake"
        report = source.line.personal_reports.drawn(self._draw)
        return self._teller.tell(report, source, second=second, id_=id_, lead=person)
