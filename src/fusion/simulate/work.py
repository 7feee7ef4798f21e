"""What agencies report on an ordinary day, by their line of work (`work.toml`).

Promises that every report uses words of the vocabulary alone: one with an unknown code, topic or
circumstance is refused when it is read, so that a world never holds what intake would turn away.
It must never know what anybody looks for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.draw import Weighted

_FILE = Path(__file__).with_name("work.toml")

PERSON_PARTS = ("person", "voice")


@dataclass(frozen=True, slots=True)
class Part:
    """One mention to be made: what, of which other mention (0 for none), in which role."""

    what: str
    of: int = 0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One kind of report. Refs are m1, m2, ... in the order of the cast."""

    code: str
    topics: tuple[tuple[str, ...], ...]
    where: str
    text: str
    cast: tuple[Part, ...]
    relations: tuple[tuple[str, str, str], ...]
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    place: str
    may: tuple[tuple[str, float], ...]
    lag_days: int
    gradings: tuple[tuple[str, int], ...]

    def names_a_person(self) -> bool:
        """Whether somebody is told of who is not merely related to another."""
        return any(part.what in PERSON_PARTS for part in self.cast)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of work: its hours, its traffic, what it knows of a person, and its reports.

    `itself` is the kind of organisation that the publisher is, where it reports of itself.
    """

    name: str
    hours: str
    traffic: float
    desks: tuple[str, ...]
    mix: str
    knows: tuple[tuple[str, float], ...]
    spelling: float
    gradings: tuple[tuple[str, int], ...]
    origins: tuple[str, ...]
    authority: str
    relays: float
    vetting: str
    itself: str
    reports: Weighted[Report]
    # None where it tells of nobody.
    personal_reports: Weighted[Report] | None


@dataclass(frozen=True, slots=True)
class Work:
    """All lines, who does which, the cultures that they meet, and how leads end."""

    lines: Mapping[str, Line]
    agencies: tuple[tuple[str, str], ...]
    mixes: Mapping[str, Mapping[str, float]]
    endings: tuple[str, ...]
    unrepeated: frozenset[str]
    in_conflict: tuple[str, ...]
    organisations: Mapping[str, str]

    def line_of(self, source: str) -> Line:
        """The line of work of a source: by the first needle of the table that fits it."""
        for needle, line in self.agencies:
            if _fits(needle, source):
                return self.lines[line]
        return self.lines["general"]


def _fits(needle: str, source: str) -> bool:
    if not needle.startswith("/"):
        return needle in source
    return (source + "/").startswith(needle if needle.endswith("-") else needle + "/")


def read_work(vocabulary: Vocabulary, own: Mapping[str, Any] | None = None) -> Work:
    """The lines of work of `work.toml`; ValueError for a word that the vocabulary lacks.

    `own` is what a scenario declares of the same: its `agencies` come before the others, its
    `lines` and `organisations` stand in for those of the same name.
    """
    own = own or {}
    declared = {**_declared(), **own.get("lines", {})}
    return Work(
        lines={
            name: _line(name, spec, vocabulary)
            for name, spec in declared.items()
            if isinstance(spec, dict) and "reports" in spec
        },
        agencies=tuple(
            (needle, line) for needle, line in (*own.get("agencies", ()), *declared["agencies"])
        ),
        mixes=declared["mixes"],
        endings=tuple(declared["endings"]),
        unrepeated=frozenset({*declared["unrepeated"], *own.get("unrepeated", ())}),
        in_conflict=tuple(declared["in_conflict"]),
        organisations={**declared["organisations"], **own.get("organisations", {})},
    )


@cache
def _declared() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _line(name: str, spec: Mapping[str, Any], vocabulary: Vocabulary) -> Line:
    gradings = _gradings(spec["gradings"])
    reports = [
        (_report(one, gradings, vocabulary), float(one["weight"])) for one in spec["reports"]
    ]
    # Namesakes are told of in these.
    personal = [(report, weight) for report, weight in reports if report.names_a_person()]
    return Line(
        name=name,
        hours=spec["hours"],
        traffic=float(spec["traffic"]),
        desks=tuple(spec["desks"]),
        mix=spec.get("mix", ""),
        knows=tuple(spec["knows"].items()),
        spelling=spec["spelling"],
        gradings=gradings,
        origins=tuple(spec["origins"]),
        authority=spec["authority"],
        relays=spec.get("relays", 0.0),
        vetting=spec.get("vetting", "raw"),
        itself=spec.get("itself", ""),
        reports=Weighted(reports),
        personal_reports=Weighted(personal) if personal else None,
    )


def _report(
    spec: Mapping[str, Any], gradings: tuple[tuple[str, int], ...], vocabulary: Vocabulary
) -> Report:
    cast = tuple(part_of(text) for text in spec["cast"])
    subjects = spec.get("subjects", ["m1"] if cast[0].what in PERSON_PARTS else [])
    report = Report(
        code=spec["code"],
        topics=tuple(tuple(choice.split("|")) for choice in spec.get("about", [])),
        where=spec["where"],
        text=spec["text"],
        cast=cast,
        relations=tuple(_relation(text) for text in spec.get("relations", [])),
        subjects=tuple(subjects),
        objects=tuple(spec.get("objects", [])),
        place=spec.get("place", ""),
        may=tuple(spec.get("may", {}).items()),
        lag_days=spec.get("lag", 0),
        gradings=_gradings(spec["gradings"]) if "gradings" in spec else gradings,
    )
    _require_words(report, vocabulary)
    return report


def part_of(text: str) -> Part:
    """`passport m1` or `person:witness` as a part of a cast."""
    what, _, of = text.partition(" ")
    what, _, role = what.partition(":")
    return Part(what, int(of[1:]) if of else 0, role)


def _relation(text: str) -> tuple[str, str, str]:
    schema, source, target = text.split(" ")
    return schema, source, target


def _gradings(texts: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple((text[0], int(text[1])) for text in texts)


def _require_words(report: Report, vocabulary: Vocabulary) -> None:
    unknown = [
        *([] if vocabulary.has_code(report.code) else [report.code]),
        *(topic for choice in report.topics for topic in choice if not vocabulary.has_topic(topic)),
        *(one for one, _ in report.may if not vocabulary.has_circumstance(one)),
        *(schema for schema, _, _ in report.relations if not vocabulary.is_edge(schema)),
    ]
    if unknown:
        raise ValueError(f"{report.text!r}: the vocabulary has no {unknown[0]!r}")
