"""Promises: what running a scenario must bring about, declared as data.

Two kinds. An alert: of one of these patterns, resting on the scenario's own signals and on these
holders. A parting: two mentions that were one after a claim are two again after a denial, and
nobody else was taken off either. Judges what readers were told and saw, and knows no scenario.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fusion.cli.demonstration.told import Explanation, Telling
from fusion.domain.ids import signal_of

Words = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agencies(_Part):
    """Holders of what the scenario brings to an alert."""

    all_of: Words = ()
    any_of: Words = ()

    def are_among(self, agencies: frozenset[str]) -> bool:
        """Whether all of the one and, if any are named, one of the other are there."""
        return agencies.issuperset(self.all_of) and (
            not self.any_of or not agencies.isdisjoint(self.any_of)
        )


class Offices(_Part):
    """So many offices of one agency, each with evidence that counts."""

    agency: str
    at_least: Annotated[int, Field(ge=1)]
    state_circumstances: bool = Field(
        default=False,
        description="Only evidence that states its circumstances makes an office count.",
    )

    def are_behind(self, explanation: Explanation) -> bool:
        """Whether the scenario's own evidence comes from so many."""
        offices = {
            piece.office
            for piece in explanation.own
            if piece.agency == self.agency
            if piece.has_circumstances or not self.state_circumstances
        }
        return len(offices) >= self.at_least


class AlertPromise(_Part):
    """An alert that some reader is told."""

    patterns: Annotated[Words, Field(min_length=1)]
    cross_agency: bool = Field(
        default=False, description="Together they cross the line, none does alone."
    )
    agencies: Agencies = Agencies()
    offices: Offices | None = None

    def is_kept_by(self, told: Telling) -> bool:
        """Whether this is such an alert; one that rests mostly on other signals is none."""
        explanation = told.explanation
        if told.kind == "withdrawn" or explanation is None or not explanation.rests_on_scenario:
            return False
        return (
            told.said["pattern"] in self.patterns
            and (told.said["cross_agency"] or not self.cross_agency)
            and self.agencies.are_among(frozenset(piece.agency for piece in explanation.own))
            and (self.offices is None or self.offices.are_behind(explanation))
        )


class PartingPromise(_Part):
    """Two mentions: one after what a signal claims, and two again after what another denies."""

    one: str
    other: str
    joined_by: str
    parted_by: str


class Promise(_Part):
    """One thing that must come about; `main` marks the alert that the verdict tells of."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    says: Annotated[str, Field(min_length=1, max_length=200)]
    main: bool = False
    alert: AlertPromise | None = None
    parting: PartingPromise | None = None

    @model_validator(mode="after")
    def _require_one_kind(self) -> Promise:
        if (self.alert is None) == (self.parting is None):
            raise ValueError(f"{self.name} promises either an alert or a parting")
        if self.main and self.alert is None:
            raise ValueError(f"{self.name}: the main one is an alert")
        return self

    @property
    def signals(self) -> frozenset[str]:
        """The signals that it names."""
        if self.parting is None:
            return frozenset()
        named = self.parting
        mentions = (named.one, named.other)
        return frozenset({named.joined_by, named.parted_by, *map(signal_of, mentions)})


class PromisesFile(_Part):
    """`promises.yaml`: the promises, and what has to be said beside them, in a line or two."""

    promises: Annotated[tuple[Promise, ...], Field(min_length=1)]
    caveat: Annotated[str, Field(min_length=1, max_length=400)] | None = None

    @model_validator(mode="after")
    def _require_names_once(self) -> PromisesFile:
        twice = [n for n, count in Counter(p.name for p in self.promises).items() if count > 1]
        if twice:
            raise ValueError(f"{twice[0]} is promised twice")
        if sum(promise.main for promise in self.promises) > 1:
            raise ValueError("one alert at most is the main one")
        return self


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one reader sees at one moment: the mentions of either's entity; nothing if unseen."""

    one: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parting:
    """What one reader saw: before the claim, by it alone, before the denial, and after it.

    `claimed` differs from `joined` where somebody judged on the claim, `denied` from `after` where
    somebody judged on the denial.
    """

    names: PartingPromise
    before: Sighting = field(default_factory=Sighting)
    claimed: Sighting = field(default_factory=Sighting)
    joined: Sighting = field(default_factory=Sighting)
    denied: Sighting = field(default_factory=Sighting)
    after: Sighting = field(default_factory=Sighting)

    @property
    def were_one(self) -> bool:
        """Whether they were one before the denial."""
        return self.names.other in self.joined.one

    @property
    def is_joined_by_claim(self) -> bool:
        """Whether the claim made them one before anybody judged."""
        return self.names.other in self.claimed.one

    @property
    def is_parted_by_denial(self) -> bool:
        """Whether the denial made them two before anybody judged."""
        return self.were_one and self.names.other not in self.denied.one

    @property
    def are_two(self) -> bool:
        """Whether both are there after the denial, each without the other."""
        return (
            self.names.one in self.after.one
            and self.names.other in self.after.other
            and self.after.one.isdisjoint(self.after.other)
        )

    @property
    def taken_off(self) -> frozenset[str]:
        """Mentions that the denial took off: gone from both, or from where they were before."""
        from_both = self.joined.one - (self.after.one | self.after.other)
        from_their_own = (self.before.one - self.after.one) | (self.before.other - self.after.other)
        return from_both | from_their_own

    @property
    def is_kept(self) -> bool:
        return self.were_one and self.are_two and not self.taken_off


def failure_of(partings: Mapping[str, Parting]) -> str | None:
    """Why a promised parting was not kept for any reader; None where it was for one."""
    if any(parting.is_kept for parting in partings.values()):
        return None
    joined = [parting for parting in partings.values() if parting.were_one]
    if not joined:
        return "no reader ever saw the two as one"
    parted = [parting for parting in joined if parting.are_two]
    if not parted:
        return "no reader saw them parted again"
    return f"others were taken off with them: {', '.join(sorted(parted[0].taken_off))}"
