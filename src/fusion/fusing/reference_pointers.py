"""The reference model's pointers (RULES.md 24 to 28), naive and pure.

The third part of the definition: every day anew from the whole of history, by the decisions of
`fusion.fusing.pointer`. Nothing here may be made faster at the price of being harder to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fusion.domain.hypothesis import Hypothesis
from fusion.fusing.chronicle import Chronicle, Entry, advance
from fusion.fusing.pointer import (
    Bearer,
    Cell,
    Day,
    LeftOut,
    Reasons,
    Release,
    Sight,
    merged,
    of_cell,
    of_identifier,
    pointed_alerts,
    released_to,
    weight_in,
    without,
)
from fusion.fusing.reference import Happened, Happening, Known, fuse, in_order, known_to
from fusion.fusing.rules import Rules


@dataclass(frozen=True)
class Told:
    """What each day brought, what is released in the end, and the alerts that this is of."""

    days: list[Day]
    release: Release
    alerts: list[Entry]


def pointers(happenings: Iterable[Happening], rules: Rules, sight: Sight, key: bytes) -> Told:
    """What each day brought, and what stands in the end, from the whole of history.

    A cell's pointers are made when its alert, as D(r) has it at a tick, comes to another version:
    never for bits alone, so that age by itself moves none.
    """
    happened, told, release = Happened(), Chronicle(), Release(key)
    of_alerts: dict[str, Reasons] = {}
    days = []
    for happening in in_order(happenings):
        happened.take(happening)
        if happening.tick is None:
            continue
        known = known_to(happened.signals, happened.judgements, sight.beholder.discovers)
        now = happened.rules(rules)
        fused = fuse(known, now, happened.today)
        for entry in advance(
            told, list(told.standing), fused.hypotheses, fused.home, happening.recorded
        ):
            of_alerts.pop(entry.replaces or "", None)
            of_alerts.pop(entry.alert, None)
            if entry.kind != "withdrawn" and entry.hypothesis:
                cell = _cell(entry.hypothesis, known, now, happened.today, sight)
                of_alerts[entry.alert] = of_cell(cell, sight)
        reasons = merged([*of_alerts.values(), *_of_identifiers(known, rules, sight)])
        days.append(release.day(happened.today, reasons))
    return Told(days, release, pointed_alerts(told.standing, of_alerts, release))


def _cell(hypothesis: Hypothesis, known: Known, rules: Rules, today: int, sight: Sight) -> Cell:
    def weigh(is_out: LeftOut) -> int:
        left = replace(known, signals=tuple(without(s, is_out) for s in known.signals))
        return weight_in(fuse(left, rules, today).hypotheses, hypothesis)

    return Cell(
        pattern=rules.pattern(hypothesis.pattern),
        hypothesis=hypothesis,
        signals={signal.name: signal for signal in known.signals},
        released=released_to(sight.beholder, known.signals),
        weigh=weigh,
    )


def _of_identifiers(known: Known, rules: Rules, sight: Sight) -> Iterator[Reasons]:
    bearers: dict[str, list[Bearer]] = {}
    for signal in known.signals:
        for mention in signal.mentions:
            for identifier in rules.linker.identifiers(mention.profile):
                bearers.setdefault(identifier, []).append(Bearer(signal, mention))
    released = released_to(sight.beholder, known.signals)
    for found in bearers.values():
        yield of_identifier(found, sight, released)
