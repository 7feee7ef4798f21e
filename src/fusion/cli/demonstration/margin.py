"""Margins: which row, grade or weight, changed by one step, loses or delays which promised alert.

Each change is tried alone, on the scenario's signals alone, for whoever may know everything and for
the scenario's readers. A warning that hangs on one row is one; a table that says so is worth more
than a figure that hides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from fusion.cli.demonstration.offline_world import (
    Heard,
    Observer,
    World,
    first_kept,
    observer_of,
)
from fusion.cli.demonstration.scenario import Document, Scenario, name_of
from fusion.domain.clock import day_of
from fusion.domain.pattern import MILLI, Pattern, Role
from fusion.fusing.rules import Rules

Kind = Literal["row", "grade", "weight"]

# One step of a weight, in millibits: half a bit, a likelihood 1.4 times another.
WEIGHT_STEP = MILLI // 2
_WORST_SOURCE, _WORST_INFORMATION = "E", 5

# The day on which a promise is first kept, for everybody and for the first reader; None: never.
Dates: TypeAlias = tuple[int | None, int | None]
# What first keeps each promise: for everybody, then for each of the scenario's readers.
Found: TypeAlias = Sequence[Mapping[str, Heard]]


@dataclass(frozen=True, slots=True)
class Change:
    """One step: what is changed, and the signals and rules that come of it."""

    kind: Kind
    what: str
    signals: Sequence[Document]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Margin:
    """What one change did to one promise, for everybody and for the first reader."""

    step: Change
    promise: str
    before: Dates
    after: Dates

    @property
    def is_lost(self) -> bool:
        """Whether somebody loses it for good."""
        return any(
            b is not None and a is None for b, a in zip(self.before, self.after, strict=True)
        )


def found_first(
    scenario: Scenario, world: World, signals: Sequence[Document] | None = None
) -> Found:
    """What first keeps each promise: for everybody, then for each reader."""
    observers = [Observer("everybody"), *map(observer_of, scenario.readers)]
    arrivals = world.arrivals(scenario.signals if signals is None else signals, scenario.slug)
    with world.fused(arrivals) as known_to:
        return [first_kept(known_to(each), each, scenario.promises) for each in observers]


def dates_of(found: Found) -> dict[str, Dates]:
    """The days on which each promise is first kept; a promise that is kept for nobody is absent."""
    everybody, *readers = found
    names = {name for each in found for name in each}
    return {name: (_day(everybody.get(name)), _earliest(readers, name)) for name in sorted(names)}


def margins(scenario: Scenario, world: World, step: Change, base: Found) -> Iterator[Margin]:
    """What one change does to each promise, where it does anything."""
    after = dates_of(found_first(scenario, replace(world, rules=step.rules), step.signals))
    for promise, dates in dates_of(base).items():
        now = after.get(promise, (None, None))
        if now != dates:
            yield Margin(step, promise, dates, now)


def changes(scenario: Scenario, rules: Rules, base: Found) -> Iterator[Change]:
    """Every row taken out; of what counted, every grade and every weight one step down."""
    for signal in scenario.signals:
        rest = [each for each in scenario.signals if each is not signal]
        yield Change("row", f"without {name_of(signal)}", rest, rules)
    counted = {
        piece.signal
        for found in base
        for each in found.values()
        if each.hypothesis is not None
        for piece in each.hypothesis.evidence
        if piece.counted
    }
    for signal in scenario.signals:
        if name_of(signal) in counted:
            for said, lower in _lower_grades(signal):
                signals = [lower if each is signal else each for each in scenario.signals]
                yield Change("grade", f"{name_of(signal)} {said}", signals, rules)
    for pattern in _used(rules, base):
        for said, changed in _lighter(pattern, base):
            patterns = tuple(changed if each is pattern else each for each in rules.patterns)
            yield Change("weight", said, scenario.signals, replace(rules, patterns=patterns))


def _earliest(readers: Sequence[Mapping[str, Heard]], name: str) -> int | None:
    days = [day_of(found[name].telling.at) for found in readers if name in found]
    return min(days, default=None)


def _day(found: Heard | None) -> int | None:
    return day_of(found.telling.at) if found is not None else None


def _lower_grades(signal: Document) -> Iterator[tuple[str, Document]]:
    """A signal with its source, and with its information, one grade lower."""
    grading = signal["data"].get("grading")
    if grading is None:
        return
    source, information = grading["source"], grading["information"]
    if source < _WORST_SOURCE:
        lower = chr(ord(source) + 1)
        yield f"{source}{information} to {lower}{information}", _graded(signal, source=lower)
    if information < _WORST_INFORMATION:
        said = f"{source}{information} to {source}{information + 1}"
        yield said, _graded(signal, information=information + 1)


def _graded(signal: Document, **changed: Any) -> Document:
    content = signal["data"]
    return {**signal, "data": {**content, "grading": {**content["grading"], **changed}}}


def _used(rules: Rules, base: Found) -> list[Pattern]:
    slugs = {each.telling.said["pattern"] for found in base for each in found.values()}
    return [pattern for pattern in rules.patterns if pattern.slug in slugs]


def _lighter(pattern: Pattern, base: Found) -> Iterator[tuple[str, Pattern]]:
    """A pattern with one weight, cap, half-life or the threshold moved one step against it."""
    used = {
        (piece.role, piece.indicator)
        for found in base
        for each in found.values()
        if each.hypothesis is not None and each.hypothesis.pattern == pattern.slug
        for piece in each.hypothesis.evidence
        if piece.counted
    }
    higher = pattern.threshold + WEIGHT_STEP
    yield f"{pattern.slug}: threshold half a bit higher", replace(pattern, threshold=higher)
    for role in pattern.roles:
        if role.name in {name for name, _ in used}:
            yield from _lighter_role(
                pattern, role, {one for name, one in used if name == role.name}
            )


def _lighter_role(pattern: Pattern, role: Role, used: set[str]) -> Iterator[tuple[str, Pattern]]:
    where = f"{pattern.slug}, {role.name}"
    capped = replace(role, cap=max(1, role.cap - WEIGHT_STEP))
    yield f"{where}: cap half a bit lower", _with_role(pattern, capped)
    faster = replace(role, half_life_days=max(1, role.half_life_days * 3 // 4))
    yield f"{where}: half-life a quarter shorter", _with_role(pattern, faster)
    for indicator in role.indicators:
        if indicator.id in used:
            less = replace(indicator, millibits=max(1, indicator.millibits - WEIGHT_STEP))
            others = tuple(less if each is indicator else each for each in role.indicators)
            changed = _with_role(pattern, replace(role, indicators=others))
            yield f"{where}, {indicator.id}: half a bit less", changed


def _with_role(pattern: Pattern, changed: Role) -> Pattern:
    roles = tuple(changed if each.name == changed.name else each for each in pattern.roles)
    return replace(pattern, roles=roles)
