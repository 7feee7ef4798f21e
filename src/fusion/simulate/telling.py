"""Turns one kind of report into one signal, as a document of the outer contract.

Promises documents that intake takes as they are: whole markings, refs that exist, nothing observed
after it was reported. Marking and property lists are shared between documents, so whoever takes
them must not change them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from fusion.domain.clock import format_day
from fusion.domain.signal import SUBMITTED
from fusion.simulate.cast import Stage
from fusion.simulate.draw import Draw
from fusion.simulate.people import Milieu, Person, Population, Thing
from fusion.simulate.places import Places
from fusion.simulate.rhythm import SECONDS_A_DAY
from fusion.simulate.script import Habit
from fusion.simulate.trades import Trades
from fusion.simulate.work import Line, Report

Document = dict[str, Any]

PREFIX = "[synthetic] "

# How many sources, officers or files an office draws its reports from.
_ORIGINS = 40
_RETENTION = timedelta(days=5 * 365)
# Analysts seldom claim in so many words that somebody is whom they told of before.
_CLAIMS = 0.02
# An hour with less than this share of the fullest hour's work is outside of working hours.
_AT_WORK = 0.25


@dataclass(frozen=True, slots=True)
class Source:
    """An office that publishes: its paths, its line of work, whom it meets, how it sends off.

    `week` is how much it reports in each hour of a week, from Monday 00:00 UTC.
    """

    office: str
    agency: str
    paths: tuple[str, ...]
    line: Line
    milieu: Milieu
    habits: Sequence[Habit]
    week: tuple[float, ...]
    itself: Thing | None = None

    def is_at_work(self, hour: int) -> bool:
        """Whether an hour of the week is one in which this office usually reports."""
        return self.week[hour] >= _AT_WORK * max(self.week)


class Teller:
    """Tells signals of one world. `mentions` and `repeated` count what it has told so far."""

    def __init__(
        self,
        draw: Draw,
        *,
        places: Places,
        people: Population,
        trades: Trades,
        in_conflict: Sequence[str],
        claims: bool,
    ) -> None:
        self._draw = draw
        self._places = places
        self._people = people
        self._trades = trades
        self._in_conflict = in_conflict
        self._claims = _CLAIMS if claims else 0.0
        self.mentions = 0
        self.repeated = 0

    def tell(
        self,
        report: Report,
        source: Source,
        *,
        second: int,
        id_: str,
        lead: Person | None = None,
        facility: Thing | None = None,
        ending: str = "",
    ) -> Document:
        """One signal of a kind, reported at a second since 1970.

        `lead` is the first person and `facility` the first organisation, where they are given.
        """
        draw, line = self._draw, source.line
        habit = draw.one(source.habits)
        stage = self._staged(report, source, lead, facility)
        path = draw.one(source.paths)
        letter, figure = draw.one(report.gradings or line.gradings)
        topics = [choice[0] if len(choice) == 1 else draw.one(choice) for choice in report.topics]
        content: dict[str, Any] = {
            "summary": PREFIX + report.text.format_map(stage.captions) + ending,
            "observed": self._observed(report, second),
            "marking": habit.marking,
            "grading": {"source": letter, "information": figure},
            "vetting": habit.vetting or line.vetting,
            "mentions": stage.mentions,
            "activities": [self._activity(report, stage, topics)],
            "topics": topics,
        }
        if report.relations:
            content["relations"] = [
                {"schema": schema, "from": from_, "to": to}
                for schema, from_, to in report.relations
            ]
        self._send_off(content, habit, source, second)
        if self._claims:
            self._claim(content, stage, f"{path}/{id_}")
        self.mentions += len(stage.mentions)
        self.repeated += stage.repeated
        return document(path, id_, second, content)

    def _staged(
        self, report: Report, source: Source, lead: Person | None, facility: Thing | None
    ) -> Stage:
        nations = self._places.nations
        if report.where == "here":
            nation = source.milieu.place.nation
        elif report.where == "abroad":
            nation = self._people.nation()
        elif report.where == "home":
            nation = None
        elif report.where == "conflict":
            nation = nations[self._draw.one(self._in_conflict)]
        else:
            nation = nations[source.milieu.own if report.where == "own" else report.where]
        stage = Stage(
            draw=self._draw,
            people=self._people,
            trades=self._trades,
            line=source.line,
            circle=source.agency,
            milieu=source.milieu,
            nation=nation,
            lead=lead,
            facility=facility,
            itself=source.itself,
        )
        stage.captions["town"] = source.milieu.place.town
        for part in report.cast:
            stage.call(part)
        return stage

    def _activity(self, report: Report, stage: Stage, topics: list[str]) -> dict[str, Any]:
        activity: dict[str, Any] = {"code": report.code, "countries": [stage.there().code]}
        if report.subjects:
            activity["subjects"] = list(report.subjects)
        if report.objects:
            activity["objects"] = list(report.objects)
        if report.place:
            activity["place"] = report.place
        if topics:
            activity["topics"] = topics
        if report.may:
            unit = self._draw.unit
            circumstances = [one for one, share in report.may if unit() < share]
            if circumstances:
                activity["circumstances"] = circumstances
        return activity

    def _observed(self, report: Report, second: int) -> dict[str, str]:
        day = second // SECONDS_A_DAY
        if not report.lag_days:
            return {"from": _day(day), "to": _day(day)}
        share = self._draw.unit()
        happened = _day(day - int(share * share * (report.lag_days + 1)))
        return {"from": happened, "to": happened}

    def _send_off(self, content: dict[str, Any], habit: Habit, source: Source, second: int) -> None:
        draw, line = self._draw, source.line
        if habit.has_origin:
            word, number = draw.one(line.origins), 1 + draw.below(_ORIGINS)
            content["origin"] = {"id": f"{source.office[1:].replace('/', ':')}:{word}-{number}"}
        if habit.has_authority:
            content["authority"] = line.authority
        if habit.is_retained:
            until = datetime.fromtimestamp(second, UTC) + _RETENTION
            content["retain_until"] = until.date().isoformat()

    def _claim(self, content: dict[str, Any], stage: Stage, signal: str) -> None:
        for index, person in enumerate(stage.persons):
            if person is None:
                continue
            ref = f"m{index + 1}"
            if person.mention and self._draw.unit() < self._claims:
                claim = {"a": ref, "b": person.mention, "verdict": "same"}
                content.setdefault("identities", []).append(claim)
            person.mention = f"{signal}#{ref}"


def relayed(original: Document, source: Source, draw: Draw, *, second: int, id_: str) -> Document:
    """A partner's note, told again by an office that took it over: two signals of one origin."""
    told: Mapping[str, Any] = original["data"]
    habit = draw.one(source.habits)
    content = {
        "summary": f"{PREFIX}Relayed: {told['summary'].removeprefix(PREFIX)}",
        "observed": told["observed"],
        "marking": habit.marking,
        "grading": told["grading"],
        "origin": {"id": f"{original['source']}/{original['id']}"},
        "vetting": "shared",
    }
    for member in ("mentions", "relations", "activities", "topics"):
        if member in told:
            content[member] = told[member]
    return document(draw.one(source.paths), id_, second, content)


def document(source: str, id_: str, second: int, content: dict[str, Any]) -> Document:
    """A submitted signal, as a CloudEvents document."""
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": source,
        "id": id_,
        "time": _time(second),
        "datacontenttype": "application/json",
        "data": content,
    }


def _time(second: int) -> str:
    rest = second % SECONDS_A_DAY
    minutes = rest // 60
    return (
        f"{_day(second // SECONDS_A_DAY)}T{minutes // 60:02d}:{minutes % 60:02d}:{rest % 60:02d}Z"
    )


# The days of one lag are asked for again and again.
_day = lru_cache(maxsize=1024)(format_day)
