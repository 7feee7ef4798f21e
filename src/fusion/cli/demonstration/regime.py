"""Regimes: a scenario under three rules of sharing, and what each costs.

As it was (each agency with its own, and with what is on record as passed on), need to know through
fusion (each reader by its grants), and everything open to all. Judges by the scenario's promises;
promises figures that were counted in the run and nothing that was tuned to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fusion import offline
from fusion.access.reader import Grants, Reader
from fusion.cli.demonstration.offline_world import (
    Heard,
    Observer,
    Progress,
    World,
    heard,
    observer_of,
)
from fusion.cli.demonstration.passing_on import PassedOn
from fusion.cli.demonstration.scenario import Document, Scenario, name_of
from fusion.cli.demonstration.told import Telling, is_synthetic
from fusion.domain.clock import day_of
from fusion.domain.ids import agency_of, signal_of
from fusion.domain.signal import SUBMITTED

AS_IT_WAS, NEED_TO_KNOW, OPEN = "as it was", "need to know", "open to all"


@dataclass(frozen=True, slots=True)
class Pointed:
    """From which day a reader was pointed to a promised alert's matter, and to which desks."""

    day: int
    desks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one observer was told under one regime, and at what price.

    Days are those from the first signal to the event. `on` counts those on which some alert stood,
    `on_falsely` those on which one stood that rested mostly on ordinary signals. `precision` is the
    share of the scenario's signals in the promised alerts as they were first raised, None without
    one. `uninvolved` are persons whom an alert named, and of whom ordinary signals alone tell.
    """

    regime: str
    observer: str
    kept: Mapping[str, Telling]
    pointed: Mapping[str, Pointed]
    days: int
    alerts: int
    true: int
    on: int
    on_falsely: int
    precision: float | None
    uninvolved: int


def outcomes(
    scenario: Scenario,
    ordinary: Sequence[Document],
    world: World,
    progress: Progress,
) -> Iterator[Outcome]:
    """One for each observer of each regime, as they are found."""
    signals = [*scenario.signals, *ordinary]
    lowest = world.community.levels[0]
    alone = world.arrivals(as_it_was(signals, scenario.passed_on, level=lowest), scenario.slug)
    with world.fused(alone, progress) as known_to:
        for observer in agencies_of(scenario, level=lowest):
            yield _outcome(AS_IT_WAS, observer, known_to(observer), scenario)
    with world.fused(world.arrivals(signals, scenario.slug), progress) as known_to:
        for reading in scenario.readers:
            observer = observer_of(reading)
            fused = known_to(observer)
            outcome = _outcome(NEED_TO_KNOW, observer, fused, scenario)
            yield replace(outcome, pointed=_pointed(fused, observer, scenario, world))
        # Who may know everything gains nothing from a tear-line beside its parent (RULES 4).
        everybody = Observer("everybody")
        yield _outcome(OPEN, everybody, known_to(everybody), scenario)


def as_it_was(
    signals: Iterable[Document], passed_on: Iterable[PassedOn], *, level: str
) -> Iterator[Document]:
    """Each signal under a marking of its agency and of those to whom it was passed on, no other.

    A tear-line, and what was marked apart within a signal, goes: whoever had the signal had it.
    """
    to = {each.signal: list(each.to) for each in passed_on}
    for signal in signals:
        marking = {"level": level, "releasable_to": to.get(name_of(signal), [])}
        if signal["type"] != SUBMITTED:
            yield signal
            continue
        content = {name: part for name, part in signal["data"].items() if name != "tearlines"}
        yield {**signal, "data": {**_unmarked(content), "marking": marking}}


def _unmarked(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: _unmarked(each) for name, each in part.items() if name != "marking"}
    return [_unmarked(each) for each in part] if isinstance(part, list) else part


def agencies_of(scenario: Scenario, *, level: str) -> Iterator[Observer]:
    """An observer for each agency that publishes or reads, in order of name."""
    named = {agency_of(signal["source"]) for signal in scenario.signals}
    for agency in sorted(named | {reading.agency for reading in scenario.readers}):
        yield Observer(agency, Reader(Grants(name=agency, agency=agency, level=level)))


def _outcome(regime: str, observer: Observer, fused: offline.Fused, scenario: Scenario) -> Outcome:
    told = list(heard(fused, observer))
    kept = _kept(told, scenario)
    days = scenario.event_day - day_of(scenario.start)
    spans = list(_spans(told, end=scenario.event_day))
    return Outcome(
        regime=regime,
        observer=observer.name,
        kept=kept,
        pointed={},
        days=days,
        alerts=len({each.telling.alert for each in told if each.telling.kind == "raised"}),
        true=len(_true(told)),
        on=len(_days(span for span, _ in spans)),
        on_falsely=len(_days(span for span, is_true in spans if not is_true)),
        precision=_precision(told, kept),
        uninvolved=len(set(_uninvolved(told, fused))),
    )


def _pointed(
    fused: offline.Fused, observer: Observer, scenario: Scenario, world: World
) -> dict[str, Pointed]:
    """What the reader was pointed to for a promised alert's pattern, of the scenario's own."""
    assert observer.reader is not None, "who may know everything is pointed to nothing"
    pointers = offline.pointed_to(fused, observer.reader, world.community, until=scenario.event_day)
    found: dict[str, Pointed] = {}
    for promise in scenario.promises:
        patterns = promise.alert.patterns if promise.alert else ()
        own = [
            each
            for each in pointers
            if not each.reason.patterns.isdisjoint(patterns)
            if not all(map(is_synthetic, each.reason.behind))
        ]
        if own:
            desks = tuple(sorted({each.desk for each in own}))
            found[promise.name] = Pointed(own[0].day, desks)
    return found


def _kept(told: Iterable[Heard], scenario: Scenario) -> dict[str, Telling]:
    kept: dict[str, Telling] = {}
    for each in told:
        for promise in scenario.promises:
            if promise.alert is not None and promise.alert.is_kept_by(each.telling):
                kept.setdefault(promise.name, each.telling)
    return kept


def _true(told: Iterable[Heard]) -> set[str]:
    """The alerts that rested mostly on the scenario when they were first raised."""
    first: dict[str, Telling] = {}
    for each in told:
        if each.telling.kind == "raised":
            first.setdefault(each.telling.alert, each.telling)
    return {name for name, telling in first.items() if telling.rests_on_scenario}


def _spans(told: Iterable[Heard], *, end: int) -> Iterator[tuple[range, bool]]:
    """The days on which each version stood, and whether it rested mostly on the scenario."""
    standing: dict[str, Telling] = {}
    for each in told:
        telling = each.telling
        replaced = telling.said.get("replaces", telling.alert)
        for name in {telling.alert, replaced} & standing.keys():
            before = standing.pop(name)
            yield range(day_of(before.at), day_of(telling.at)), before.rests_on_scenario
        if telling.kind != "withdrawn":
            standing[telling.alert] = telling
    for telling in standing.values():
        yield range(day_of(telling.at), end), telling.rests_on_scenario


def _days(spans: Iterable[range]) -> set[int]:
    return {day for span in spans for day in span}


def _precision(told: Sequence[Heard], kept: Mapping[str, Telling]) -> float | None:
    """The share of the scenario's signals where the promised alerts were first raised."""
    wanted = {telling.alert for telling in kept.values()}
    first: dict[str, Sequence[str]] = {}
    for each in told:
        if each.telling.alert in wanted:
            first.setdefault(each.telling.alert, each.telling.said["signals"])
    signals = [name for names in first.values() for name in names]
    if not signals:
        return None
    return sum(not is_synthetic(name) for name in signals) / len(signals)


def _uninvolved(told: Iterable[Heard], fused: offline.Fused) -> Iterator[str]:
    """Persons named by an alert of whom the scenario says nothing, by their first mention."""
    for each in told:
        members = each.hypothesis.members if each.hypothesis else ()
        if members and all(is_synthetic(signal_of(member)) for member in members):
            mention = fused.telling.mention(members[0])
            if mention is not None and mention.profile.schema == "Person":
                yield members[0]
