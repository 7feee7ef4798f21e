"""What a scenario says of ordinary times around it: whose work its agencies do, and where.

The lines of work, the places and the kinds of organisations that ship are for everybody; a scenario
says which of its offices does which, and may add nations, places, lines and kinds of its own.
Promises that whatever passed here can be told: every word is in the vocabulary, every name that one
part gives to another exists. It must never say what the scenario is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fusion.domain.errors import Fault
from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.cast import KNOWN, PARTS
from fusion.simulate.names import load_cultures
from fusion.simulate.places import load_places
from fusion.simulate.trades import load_kinds
from fusion.simulate.work import part_of, read_work

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(gt=0, le=1000)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=500)]
Ref = Annotated[str, StringConstraints(pattern=r"^m[1-9][0-9]?$")]
Grade = Annotated[str, StringConstraints(pattern=r"^[A-F][1-6]$")]
# Hours ahead of UTC, as far as clocks go.
Hours = Annotated[int, Field(ge=-12, le=14)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NationPart(_Part):
    """A country of the scenario: its towns, the shapes of its numbers, who lives there."""

    hours: Hours
    towns: Texts
    phones: Texts = Field(description="Shapes of numbers; # stands for a digit, at the end.")
    passport: Text
    rest: tuple[Annotated[int, Field(ge=0, le=6)], ...] = Field(
        default=(5, 6), description="Days of rest; Monday is 0."
    )
    cultures: dict[Word, Weight] = Field(
        default={}, description="Whose names are at home there, of those that ship, and how often."
    )


class PlacePart(_Part):
    """Where an office stands whose source has this segment."""

    nation: Word
    town: Text
    hours: Hours | None = None


class KindPart(_Part):
    """A kind of organisation or thing: of what its names are made."""

    schema_: Annotated[str, Field(alias="schema")]
    size: Annotated[int, Field(ge=0, le=1000)] = Field(
        description="How many there are; 0 where each may be another."
    )
    first: Texts
    last: Texts
    form: tuple[Text, ...] = ()


class ReportPart(_Part):
    """One kind of ordinary report; its mentions are m1, m2, ... in the order of the cast."""

    weight: Weight
    code: Word
    about: tuple[Text, ...] = Field(default=(), description="Topics; `a|b` is one of them.")
    where: Word = Field(
        default="here", description="here, own, home, abroad, conflict, or a nation."
    )
    text: Text
    cast: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    relations: tuple[Text, ...] = Field(default=(), description="`Schema m1 m2`.")
    subjects: tuple[Ref, ...] | None = None
    objects: tuple[Ref, ...] = ()
    place: Ref | None = None
    may: dict[Word, Share] = Field(default={}, description="Circumstances and their share.")
    lag: Annotated[int, Field(ge=0, le=3650)] = 0
    gradings: tuple[Grade, ...] | None = None


class LinePart(_Part):
    """A line of work: its hours and traffic, what it knows of people, and what it reports."""

    hours: Literal["watch", "office", "counter"]
    traffic: Weight
    desks: Annotated[tuple[Word, ...], Field(max_length=20)]
    mix: Word | None = Field(
        default=None, description="Whom it meets; absent: people of its country."
    )
    knows: dict[Word, Share] = {}
    spelling: Share
    gradings: Annotated[tuple[Grade, ...], Field(min_length=1)]
    origins: Annotated[tuple[Word, ...], Field(min_length=1)]
    authority: Text
    relays: Share = 0.0
    vetting: Literal["raw", "vetted", "shared"] = "raw"
    itself: Word | None = None
    reports: Annotated[tuple[ReportPart, ...], Field(min_length=1, max_length=100)]


class Surroundings(_Part):
    """`surroundings.yaml`: ordinary times as a scenario's agencies know them."""

    home: Word | None = Field(
        default=None, description="Its country; absent: the one that it tells of most."
    )
    agencies: tuple[tuple[Text, Word], ...] = Field(
        default=(),
        description="Which line an office does: the beginning of a source, or a word in one, first"
        " fit; what none fits is looked up in those that ship.",
    )
    nations: dict[Word, NationPart] = {}
    places: dict[Word, PlacePart] = {}
    kinds: dict[Word, KindPart] = {}
    organisations: dict[Word, Word] = Field(
        default={}, description="The kind of organisation that a code is about."
    )
    lines: dict[Word, LinePart] = {}
    unrepeated: tuple[Word, ...] = Field(
        default=(), description="Codes of what everybody saw: nothing resembles it."
    )


NONE = Surroundings()


def surroundings_schema() -> dict[str, Any]:
    """The JSON Schema of `surroundings.yaml`, for `schemas/`."""
    schema = Surroundings.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def surroundings_faults(own: Surroundings, vocabulary: Vocabulary) -> Iterator[Fault]:
    """What its shape can't say: names that nothing bears, words that the vocabulary lacks."""
    work = read_work(vocabulary)
    nations = {*load_places().nations, *own.nations}
    kinds = {*load_kinds(), *own.kinds}
    lines = {*work.lines, *own.lines}
    mixes, cultures = set(work.mixes), set(load_cultures().by_slug)
    if own.home is not None:
        yield from _unless(own.home in nations, "home", f"there is no nation {own.home!r}")
    for place, (_, line) in enumerate(own.agencies):
        yield from _unless(line in lines, f"agencies/{place}", f"there is no line {line!r}")
    for code, nation in own.nations.items():
        is_known = vocabulary.has_country(code)
        yield from _unless(is_known, f"nations/{code}", "the vocabulary has no such country")
        for culture in nation.cultures:
            where = f"nations/{code}/cultures/{culture}"
            yield from _unless(culture in cultures, where, "no such names ship")
    for word, stated in own.places.items():
        where = f"places/{word}/nation"
        yield from _unless(stated.nation in nations, where, f"there is no {stated.nation!r}")
    for name, kind in own.kinds.items():
        is_known = vocabulary.is_mention(kind.schema_)
        yield from _unless(is_known, f"kinds/{name}/schema", f"no mention is a {kind.schema_!r}")
    for code, name in own.organisations.items():
        where = f"organisations/{code}"
        yield from _unless(vocabulary.has_code(code), where, "the vocabulary has no such code")
        yield from _unless(name in kinds, where, f"there is no kind {name!r}")
    for name, line_part in own.lines.items():
        where = f"lines/{name}"
        mix, itself = line_part.mix, line_part.itself
        yield from _unless(mix is None or mix in mixes, f"{where}/mix", f"there is no {mix!r}")
        yield from _unless(
            itself is None or itself in kinds, f"{where}/itself", f"there is no kind {itself!r}"
        )
        for known in line_part.knows:
            yield from _unless(known in KNOWN, f"{where}/knows/{known}", "nobody knows such")
        for number, report in enumerate(line_part.reports):
            at = f"{where}/reports/{number}"
            yield from _report_faults(report, at, vocabulary, nations=nations, kinds=kinds)


def _report_faults(
    report: ReportPart, at: str, vocabulary: Vocabulary, *, nations: set[str], kinds: set[str]
) -> Iterator[Fault]:
    words: tuple[tuple[str, bool], ...] = (
        (report.code, vocabulary.has_code(report.code)),
        *((t, vocabulary.has_topic(t)) for choice in report.about for t in choice.split("|")),
        *((one, vocabulary.has_circumstance(one)) for one in report.may),
    )
    for word, is_known in words:
        yield from _unless(is_known, at, f"the vocabulary has no {word!r}")
    is_there = report.where in {"here", "own", "home", "abroad", "conflict", *nations}
    yield from _unless(is_there, f"{at}/where", f"there is no {report.where!r}")
    refs = [f"m{number + 1}" for number in range(len(report.cast))]
    for number, text in enumerate(report.cast):
        fault = _cast_fault(text, refs[:number], kinds)
        yield from _unless(fault is None, f"{at}/cast/{number}", str(fault))
    named = [*(report.subjects or ()), *report.objects, *([report.place] if report.place else [])]
    for relation in report.relations:
        schema, *ends = relation.split(" ")
        named += ends
        is_edge = vocabulary.is_edge(schema) and len(ends) == 2  # noqa: PLR2004 - from and to
        yield from _unless(is_edge, f"{at}/relations", f"{relation!r} is no `Schema m1 m2`")
    for ref in named:
        yield from _unless(ref in refs, at, f"no mention of the cast is {ref}")
    yield from _text_faults(report.text, {*refs, "town"}, f"{at}/text")


def _cast_fault(text: str, before: list[str], kinds: set[str]) -> str | None:
    what, _, of = text.partition(" ")
    if what.partition(":")[0] not in {*PARTS, *kinds}:
        return f"there is no {what!r} to mention"
    if of and of not in before:
        return f"{of!r} is no mention before it"
    part = part_of(text)
    return f"{what!r} is whose?" if part.what in PARTS and PARTS[part.what] and not of else None


def _text_faults(text: str, known: set[str], at: str) -> Iterator[Fault]:
    try:
        placed = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield Fault(at, str(error))
        return
    for name in placed:
        yield from _unless(name in known, at, f"{{{name}}} stands for nothing")


def _unless(is_so: bool, at: str, said: str) -> Iterable[Fault]:  # noqa: FBT001 - it reads so
    return () if is_so else (Fault(at, said),)
