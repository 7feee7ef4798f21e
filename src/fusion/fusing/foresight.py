"""Foresight: the earliest day on which fragments would have crossed the line, had each been shared.

It asks of one alert what its fragments would have weighed had each been there on the day on which
its agency reported it, with what people had judged by then: `fuse` again, on the facts of those
fragments alone. What was recorded when stays as it is; this is what might have been.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial

from fusion.domain.clock import day_of
from fusion.domain.fact import SignalFacts
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.fusing.ground import Ground, Instant, StoredJudgement, fuse_ground
from fusion.fusing.known import Admits
from fusion.fusing.rules import Rules


@dataclass(frozen=True, slots=True)
class Crossing:
    """The day on which fragments reach their pattern's threshold, and with how many millibits."""

    day: int
    millibits: int


def earliest_crossing(
    ground: Ground,
    rules: Rules,
    admits: Admits,
    at: Instant,
    hypothesis: Hypothesis,
    fragments: Collection[str],
) -> Crossing | None:
    """When the fragments of a hypothesis that stands at `at` would have crossed its line.

    None where they never do by themselves (it is held only since it once was above, or rests on
    what is not among them).
    """
    for day in _days(ground, at, fragments):
        holds = partial(_is_reported, fragments, day)
        fusion = fuse_ground(_as_judged(ground, day), rules, admits, at, today=day, holds=holds)
        for found in fusion.hypotheses:
            if found.status is Status.ABOVE and _is_alike(found, hypothesis):
                return Crossing(day, found.millibits)
    return None


def _as_judged(ground: Ground, day: int) -> Ground:
    """A ground, and those under it, with what people had judged by a day."""
    return replace(
        ground,
        judgements=tuple(j for j in ground.judgements if day_of(j.since[0]) <= day),
        under=tuple(_as_judged(each, day) for each in ground.under),
    )


def _days(ground: Ground, at: Instant, fragments: Collection[str]) -> list[int]:
    """The days on which something came: in between, evidence only fades."""
    reported = {
        day_of(s.facts.reported)
        for s in ground.all_signals()
        if s.stands(at) and s.facts.name in fragments
    }
    judged = {day_of(j.since[0]) for j in _judgements(ground) if j.since <= at}
    first = min(reported, default=0)
    return sorted(reported | {day for day in judged if day > first})


def _judgements(ground: Ground) -> Iterator[StoredJudgement]:
    yield from ground.judgements
    for each in ground.under:
        yield from _judgements(each)


def _is_reported(fragments: Collection[str], day: int, signal: SignalFacts) -> bool:
    return signal.name in fragments and day_of(signal.reported) <= day


def _is_alike(found: Hypothesis, hypothesis: Hypothesis) -> bool:
    """Whether a cell is this one under whatever founding member it has by then."""
    if found.pattern != hypothesis.pattern:
        return False
    if not hypothesis.members:
        return found.cell_key == hypothesis.cell_key
    return not set(found.members).isdisjoint(hypothesis.members)
