"""The reckoning: what came of a run, kept as it goes.

Which promises were kept and by what, whom each alert was first told to, and how many others were
raised. Judges by the scenario's promises alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fusion.cli.demonstration.matter import Moment
from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.promise import Parting, Promise, Sighting, failure_of
from fusion.cli.demonstration.scenario import Scenario, name_of
from fusion.cli.demonstration.told import Telling
from fusion.domain.ids import agency_of

Stage: TypeAlias = Literal["before", "joined", "after"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What first kept a promise of an alert, and its matter."""

    told: Telling
    matter: int


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
    # Each time that a matter was raised for somebody who did not have it.
    raised: list[tuple[int, Telling]] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)

    def note_posting(self, posting: Posting) -> None:
        """Count what was posted."""
        if posting.is_ordinary:
            self.ordinary += len(posting.signals)

    def note(self, moment: Moment) -> None:
        """Take in what was told at one moment."""
        for told in moment.told:
            if told.kind == "withdrawn":
                continue
            self.titles[moment.matter] = told.said["title"]
            self.first.setdefault((moment.matter, told.reader), told)
            if told.kind == "raised":
                self.raised.append((moment.matter, told))
            for promise in self.scenario.promises:
                if promise.alert is not None and promise.alert.is_kept_by(told):
                    self.kept.setdefault(promise.name, Kept(told, moment.matter))

    def sight(self, promise: Promise, stage: Stage, reader: str, sighting: Sighting) -> Parting:
        """Take in what a reader sees of a promised parting."""
        assert promise.parting is not None, "only a parting is looked at so"
        partings = self.partings.setdefault(promise.name, {})
        parting = partings.get(reader, Parting(promise.parting))
        stages = {"before": parting.before, "joined": parting.joined, "after": parting.after}
        partings[reader] = Parting(promise.parting, **{**stages, stage: sighting})
        return partings[reader]

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
    def main(self) -> tuple[Promise, Kept] | None:
        """The alert that the verdict tells of: the main promise's, else the first one kept."""
        kept = [each for each in self.scenario.promises if each.name in self.kept]
        if not kept:
            return None
        promise = next((each for each in kept if each.main), kept[0])
        return promise, self.kept[promise.name]

    def priced(self) -> dict[int, list[Telling]]:
        """Matters that were raised and rested mostly on ordinary signals then, by matter."""
        found: dict[int, list[Telling]] = {}
        for matter, told in self.raised:
            if not told.rests_on_scenario:
                found.setdefault(matter, []).append(told)
        return found

    def unpromised(self) -> dict[int, str]:
        """The titles of matters that rest on the scenario and that nothing promised."""
        promised = {kept.matter for kept in self.kept.values()}
        own = {matter for matter, told in self.raised if told.rests_on_scenario}
        return {matter: self.titles[matter] for matter in sorted(own - promised)}

    def by_agency(self) -> Counter[str]:
        """How many signals of the scenario each agency posted."""
        return Counter(agency_of(name_of(signal)) for signal in self.scenario.signals)
