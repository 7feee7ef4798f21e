"""A scenario fused offline: what each who asks would have been told, without a service.

The same fusion as the service's, over the scenario's signals and what surrounds them. What readers
judge on the way is left out: a judgement is a person's, and answers what the person was shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fusion import assembly, offline
from fusion.access.reader import Grants, Reader
from fusion.cli.demonstration.promise import Promise
from fusion.cli.demonstration.scenario import Document, Reading, Scenario
from fusion.cli.demonstration.told import Explanation, Kind, Telling, explanation_of, telling
from fusion.domain.compiling import Community
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.ids import signal_of
from fusion.domain.post import Registry
from fusion.fusing.arrival import Arrival
from fusion.fusing.following import Told
from fusion.fusing.rules import Rules
from fusion.settings import Settings

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Observer:
    """Who is told: a reader, or whoever may know everything."""

    name: str
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One version of one alert as an observer was told it, and the hypothesis behind it."""

    telling: Telling
    hypothesis: Hypothesis | None


@dataclass(frozen=True, slots=True)
class World:
    """By what a scenario is fused: the rules, and who there is."""

    rules: Rules
    community: Community
    registry: Registry

    def arrivals(self, signals: Iterable[Document], name: str) -> list[Arrival]:
        """Signals as they arrive, with the ticks between them."""
        lines = (json.dumps(signal).encode() for signal in signals)
        return offline.arrivals_of(lines, name, self.community, self.rules.vocabulary)

    @contextmanager
    def fused(
        self, arrivals: Iterable[Arrival], progress: Progress = lambda *_: None
    ) -> Iterator[Callable[[Observer], offline.Fused]]:
        """What arrived, fused once, as each observer knows it."""
        with offline.fused_arrivals(
            list(arrivals),
            self.rules,
            community=self.community,
            registry=self.registry,
            progress=progress,
        ) as known_to:
            yield lambda observer: known_to(observer.reader)


def world_of(scenario: Scenario, patterns: Path | None, settings: Settings) -> World:
    """The rules that ship, or those of a folder, and the scenario's own registry."""
    return World(*assembly.offline_rules(patterns, scenario.registry_file, settings))


def observer_of(reading: Reading) -> Observer:
    """A reader of the scenario, by its grants, for what it acts."""
    grants = Grants(
        name=reading.name,
        agency=reading.agency,
        level=reading.level or "",
        nation=reading.nation,
        compartments=frozenset(reading.compartments),
        groups=frozenset(reading.groups),
        roles=frozenset(reading.roles),
        purposes=frozenset(reading.purposes),
        cases=frozenset(reading.cases),
    )
    return Observer(reading.name, Reader(grants, purpose=reading.purpose, case=reading.case))


def heard(fused: offline.Fused, observer: Observer) -> Iterator[Heard]:
    """What an observer was told, in order."""
    for told in fused.told():
        yield Heard(_telling(fused, told, observer), told.entry.hypothesis)


def first_kept(
    fused: offline.Fused, observer: Observer, promises: Iterable[Promise]
) -> Mapping[str, Heard]:
    """For each promised alert, the first thing told that keeps it; absent where nothing does."""
    found: dict[str, Heard] = {}
    wanted = {each.name: each.alert for each in promises if each.alert is not None}
    for told in fused.told():
        asked = {name: a for name, a in wanted.items() if told.entry.pattern in a.patterns}
        if asked:
            # Explained only where it may still keep something: that is what takes the time.
            each = Heard(_telling(fused, told, observer), told.entry.hypothesis)
            kept = {name: each for name, alert in asked.items() if alert.is_kept_by(each.telling)}
            found |= kept
            wanted = {name: alert for name, alert in wanted.items() if name not in kept}
    return found


def _telling(fused: offline.Fused, told: Told, observer: Observer) -> Telling:
    kind: Kind = told.entry.kind
    if told.entry.hypothesis is None:
        return Telling(observer.name, kind, told.entry.alert, told.entry.at)
    explained = _explained(fused, told) if kind != "withdrawn" else None
    return telling(observer.name, kind, fused.document(told), explained)


def _explained(fused: offline.Fused, told: Told) -> Explanation:
    answer = fused.explanation(told)
    named = {signal_of(piece["fact"]) for piece in answer["evidence"]}
    signals = [signal for name in named if (signal := fused.telling.signal(name)) is not None]
    stated = (fact.name for signal in signals for fact in signal.activities if fact.circumstances)
    return explanation_of(answer, circumstantial=stated)
