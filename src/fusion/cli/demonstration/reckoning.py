"""The reckoning: what came of a run, kept as it goes.

Which promises were kept and by what, whom each alert was first told to, and how many others were
raised. Judges by the scenario's promises alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from fusion.cli.demonstration.matter import Moment
from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.promise import Parting, Promise, Sighting, failure_of
from fusion.cli.demonstration.scenario import Scenario
from fusion.cli.demonstration.told import Pointed, Telling

Stage: TypeAlias = Literal["before", "claimed", "joined", "denied", "after"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What first kept a promise of an alert, and its matter."""

    told: Telling
    matter: int


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when (µs) a reader had something; it stands still where `until` is None."""

    since: int
    until: int | None = None


@dataclass(slots=True)
class Reckoning:
    """What came of a run of a scenario."""

    scenario: Scenario
    ordinary: int = 0
    seconds: float = 0.0
    kept: dict[str, Kept] = field(default_factory=dict)
    partings: dict[str, dict[str, Parting]] = field(default_factory=dict)
    # By matter and reader, what the reader was told first of it.
    first: dict[tuple[int, str], Telling] = field(default_factory=dict)
    spans: dict[tuple[int, str], list[Span]] = field(default_factory=dict)
    # Each time that a matter was raised for somebody who did not have it.
    raised: list[tuple[int, Telling]] = field(default_factory=list)
    # Whom each reader was pointed to, in the order in which it was seen.
    pointed: list[Pointed] = field(default_factory=list)

    def note_posting(self, posting: Posting) -> None:
        """Count what was posted."""
        if posting.is_ordinary:
            self.ordinary += len(posting.signals)

    def note(self, moment: Moment) -> None:
        """Take in what was told at one moment."""
        for told in moment.told:
            spans = self.spans.setdefault((moment.matter, told.reader), [])
            stands = bool(spans) and spans[-1].until is None
            if told.kind == "withdrawn":
                if stands:
                    spans[-1] = replace(spans[-1], until=told.at)
                continue
            if not stands:
                spans.append(Span(told.at))
            self.first.setdefault((moment.matter, told.reader), told)
            if told.kind == "raised":
                self.raised.append((moment.matter, told))
            for promise in self.scenario.promises:
                if promise.alert is not None and promise.alert.is_kept_by(told):
                    self.kept.setdefault(promise.name, Kept(told, moment.matter))

    def signals_of(self, matter: int) -> frozenset[str]:
        """All signals on which a matter rested when it was raised for somebody."""
        told = [each for number, each in self.raised if number == matter]
        return frozenset(signal for each in told for signal in each.said["signals"])

    def pointed_of(self, reader: str, signals: Collection[str]) -> list[Pointed]:
        """Whom a reader was pointed to from any of these signals, each desk once, first first."""
        found: dict[str, Pointed] = {}
        for each in self.pointed:
            if each.reader == reader and each.signal in signals:
                found.setdefault(each.desk, each)
        return list(found.values())

    def sight(self, promise: Promise, stage: Stage, reader: str, sighting: Sighting) -> None:
        """Take in what a reader sees of a promised parting."""
        assert promise.parting is not None, "only a parting is looked at so"
        partings = self.partings.setdefault(promise.name, {})
        parting = partings.get(reader, Parting(promise.parting))
        stages: dict[str, Any] = {stage: sighting}
        partings[reader] = replace(parting, **stages)

    def broken(self) -> Iterator[tuple[Promise, str]]:
        """The promises that were not kept, and why."""
        for promise in self.scenario.promises:
            if promise.alert is not None and promise.name not in self.kept:
                yield promise, "no reader was told such an alert"
            if promise.parting is not None:
                failure = failure_of(self.partings.get(promise.name, {}))
                if failure is not None:
                    yield promise, failure

    @property
    def main(self) -> Kept | None:
        """The alert that the verdict tells of: the main promise's, else the first one kept."""
        kept = [each for each in self.scenario.promises if each.name in self.kept]
        if not kept:
            return None
        promise = next((each for each in kept if each.main), kept[0])
        return self.kept[promise.name]

    def priced(self) -> dict[int, list[Telling]]:
        """Matters that were raised and rested mostly on ordinary signals then, by matter."""
        found: dict[int, list[Telling]] = {}
        for matter, told in self.raised:
            if not told.rests_on_scenario:
                found.setdefault(matter, []).append(told)
        return found

    def unpromised(self) -> list[Telling]:
        """Of each matter of the scenario that nothing promised, the first telling."""
        promised = {kept.matter for kept in self.kept.values()}
        first: dict[int, Telling] = {}
        for matter, told in self.raised:
            if matter not in promised and told.rests_on_scenario:
                first.setdefault(matter, told)
        return list(first.values())
