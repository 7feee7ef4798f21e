"""A runner for examples that knows only this room and the domain.

Facts come straight from the events, mentions of equal content are one entity, an origin is what the
signal says it is.

The real `fuse` runs the same examples where it stands; this one shows that the arithmetic is right.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fusion.domain.clock import day_of, parse_moment, period_end
from fusion.domain.fact import (
    UNJUDGED,
    ActivityFact,
    Grade,
    MentionFact,
    SignalFacts,
    profile_of,
)
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.ids import agency_of, office_of
from fusion.domain.marking import NormalForm
from fusion.domain.pattern import Pattern
from fusion.patterns.cell import Cell, uses_of
from fusion.patterns.loader import load_library
from fusion.patterns.weigh import readings, weigh
from fusion.vocabulary.loaded import load_vocabulary

OPEN = NormalForm(0)
VOCABULARY = load_vocabulary()
LIBRARY = load_library()


def facts_of(event: dict[str, Any]) -> SignalFacts:
    data, source = event["data"], event["source"]
    name = f"{source}/{event['id']}"
    reported = parse_moment(event["time"])
    observed = data.get("observed", {}).get("to")
    grading = data.get("grading")
    grade = Grade(grading["source"], grading["information"]) if grading else UNJUDGED
    agency, office = agency_of(source), office_of(source)
    mentions = tuple(
        MentionFact(
            name=f"{name}#{mention['ref']}",
            profile=profile_of(
                mention["schema"],
                {key: tuple(values) for key, values in mention.get("properties", {}).items()},
            ),
            role=mention.get("role"),
            marking=OPEN,
            agency=agency,
            office=office,
            reported=reported,
            grade=grade,
        )
        for mention in data.get("mentions", [])
    )
    activities = tuple(
        ActivityFact(
            name=f"{name}#activities/{number}",
            code=activity["code"],
            circumstances=frozenset(activity.get("circumstances", [])),
            subjects=tuple(f"{name}#{ref}" for ref in activity.get("subjects", [])),
            objects=tuple(f"{name}#{ref}" for ref in activity.get("objects", [])),
            place=None,
            topics=tuple(activity.get("topics", [])),
            countries=tuple(activity.get("countries", [])),
            marking=OPEN,
        )
        for number, activity in enumerate(data.get("activities", []))
    )
    origin = data.get("origin")
    return SignalFacts(
        name=name,
        agency=agency,
        office=office,
        reported=reported,
        ends=period_end(observed) if observed else reported,
        marking=OPEN,
        grade=grade,
        is_raw=data.get("vetting") == "raw",
        is_disputed=data.get("disputed", False),
        origin=f"id:{origin['id']}" if origin else None,
        origin_marking=None,
        mentions=mentions,
        relations=(),
        activities=activities,
        claims=(),
    )


def hypotheses(pattern: Pattern, events: list[dict[str, Any]]) -> list[Hypothesis]:
    """Every cell of a pattern, weighed on the day of the last signal."""
    signals = [facts_of(event) for event in events]
    origins = {s.name: s.origin or f"office:{s.office}" for s in signals}
    today = max(day_of(s.reported) for s in signals)
    return [weigh(cell, origins.__getitem__, today) for cell in cells(pattern, signals)]


def cells(pattern: Pattern, signals: list[SignalFacts]) -> list[Cell]:
    """The cells of a pattern, with those of the shipped ones that it uses."""
    mentions = {m.name: m for s in signals for m in s.mentions}
    pieces = defaultdict(list)
    for signal in signals:
        for reading in readings(pattern, signal, mentions.get, VOCABULARY):
            for anchor in reading.anchors:
                key = mentions[anchor].profile.digest if anchor in mentions else anchor
                pieces[key].append(reading)
    uses = defaultdict(list)
    for used in LIBRARY:
        for cell in cells(used, signals) if used.slug in pattern.used else ():
            for key, use in uses_of(pattern, cell):
                uses[key].append(use)
    return [
        Cell(pattern, key, (), tuple(pieces[key]), tuple(uses[key])) for key in {*pieces, *uses}
    ]


def fires(pattern: Pattern, events: list[dict[str, Any]]) -> bool:
    return any(h.status is Status.ABOVE for h in hypotheses(pattern, events))
