"""Ordinary things that resemble a scenario's: namesakes of its people, activities of its kinds.

Each leads nowhere by construction: it is told of people who have no part in the scenario. They
come at a rate a year, not as a share of the stream, since that is what decides how often a warning
is false (measured: at one a year nothing is lost, at fifty everything). It must never know what is
looked for: it resembles whatever the scenario tells of, code by code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.draw import Draw
from fusion.simulate.names import Culture, Cultures, Name, parts_of
from fusion.simulate.names import Part as NamePart
from fusion.simulate.people import Thing
from fusion.simulate.rhythm import SECONDS_A_DAY
from fusion.simulate.script import Model, Script
from fusion.simulate.trades import Kind
from fusion.simulate.work import Part, Report, Work

# About as many of each kind as a field office that is asked to report what strikes it would send in
# a year. Each code of the scenario is a kind, and so are namesakes.
LOOKALIKES_A_YEAR = 3
# In a thin stream they would crowd out what is ordinary: at most this share of it.
LARGEST_SHARE = 0.2
# A look-alike has each circumstance of what it resembles with this chance, and so seldom all.
SHARED_CIRCUMSTANCE = 0.5
# Some happen at the very place that the scenario names: a school has other students.
SAME_FACILITY = 0.1

NAMESAKE = "namesake"
# Half of the namesakes share the family name, half the given one.
_BY_FAMILY = 0.5

_DAYS_A_YEAR = 365.25
_THINGS = {
    "UserAccount": "phone",
    "BankAccount": "account",
    "Vessel": "vessel",
    "Airplane": "plane",
    "Address": "town",
    "PublicBody": "ministry",
}
_OWNED = {"Passport": "passport", "Vehicle": "car"}
_ORGANISATIONS = frozenset({"Organization", "Company", "LegalEntity"})


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A report that resembles a model of the scenario, and where it may have happened."""

    model: Model
    report: Report
    facilities: tuple[Thing, ...]


def schedule(
    draw: Draw,
    script: Script,
    *,
    count: int,
    taken: Collection[int],
    unrepeated: frozenset[str],
    namesakes: bool = True,
) -> dict[int, str]:
    """Which signals of `count` are look-alikes: the kind (a code, or `NAMESAKE`) by index.

    Those of one kind are spread over the whole; indices in `taken` are left alone.
    """
    kinds = [code for code in script.models if code not in unrepeated]
    if namesakes and any(script.names.values()):
        kinds.append(NAMESAKE)
    most = int(min(LARGEST_SHARE * count, count - len(taken)))
    years = (script.last - script.first) / SECONDS_A_DAY / _DAYS_A_YEAR
    each = min(LOOKALIKES_A_YEAR * years, most / max(1, len(kinds)))
    planned: dict[int, str] = {}
    for kind in kinds:
        # A fraction is a chance of one more.
        number = int(each + draw.unit())
        for turn in range(min(number, most - len(planned))):
            index = spread(draw, turn, number, count)
            while index in planned or index in taken:
                index = (index + 1) % count
            planned[index] = kind
    return planned


def spread(draw: Draw, turn: int, number: int, count: int) -> int:
    """An index below `count`, in the share of the stream that falls to a turn of `number`."""
    return min(int((turn + draw.unit()) / number * count), count - 1)


def resemblances(
    script: Script,
    work: Work,
    vocabulary: Vocabulary,
    nations: Collection[str],
    kinds: Mapping[str, Kind],
) -> dict[str, tuple[Resemblance, ...]]:
    """By code, the reports that resemble the scenario's activities of that code.

    What stands for a thing of a schema that is none of those below is of the first kind of it.
    """
    things = {kind.schema: name for name, kind in reversed(list(kinds.items()))}
    return {
        code: tuple(_resemblance(model, work, vocabulary, nations, things) for model in models)
        for code, models in script.models.items()
    }


def _resemblance(
    model: Model,
    work: Work,
    vocabulary: Vocabulary,
    nations: Collection[str],
    things: Mapping[str, str],
) -> Resemblance:
    subjects = _parts(model.subjects, model, work, things, has_owner=False)
    has_owner = bool(subjects) and subjects[0].what == "person"
    objects = _parts(model.objects, model, work, things, has_owner=has_owner)
    cast = [*subjects, *objects]
    place = ""
    if model.has_place or not cast:
        cast.append(Part("town"))
        place = f"m{len(cast)}"
    refs = [f"m{index + 1}" for index in range(len(cast))]
    named = ", ".join(f"{{{ref}}}" for ref in refs)
    report = Report(
        code=model.code,
        topics=tuple((topic,) for topic in model.topics),
        where=next((one for one in model.countries if one in nations), "here"),
        text=f"{vocabulary.code_title(model.code)}: {named}. ",
        cast=tuple(cast),
        relations=(),
        subjects=tuple(refs[: len(subjects)]),
        objects=tuple(refs[len(subjects) : len(subjects) + len(objects)]),
        place=place,
        may=tuple((one, SHARED_CIRCUMSTANCE) for one in model.circumstances),
        lag_days=10,
        gradings=(),
    )
    return Resemblance(
        model, report, tuple(Thing(s, name, name=name) for s, name in model.facilities)
    )


def _parts(
    shape: Sequence[tuple[str, str]],
    model: Model,
    work: Work,
    things: Mapping[str, str],
    *,
    has_owner: bool,
) -> list[Part]:
    """What stands for mentions of these schemata; nothing for one that is not made here."""
    found: list[Part] = []
    for schema, role in shape:
        if schema == "Person":
            found.append(Part("person", role=role))
        elif schema in _ORGANISATIONS:
            found.append(Part(work.organisations.get(model.code, "firm")))
        elif schema in _THINGS:
            found.append(Part(_THINGS[schema]))
        elif schema in _OWNED:
            found += [Part(_OWNED[schema], of=1)] if has_owner else []
        elif schema in things:
            found.append(Part(things[schema]))
    return found


def namesake(draw: Draw, cultures: Cultures, written: Sequence[str]) -> tuple[Name, Culture]:
    """Another person's name that shares its given or its family name with one of the scenario."""
    name = draw.one(written)
    given, family = parts_of(name)
    culture = cultures.of(name) or cultures.most_of(written)
    if family and (not given or draw.unit() < _BY_FAMILY):
        return culture.name(draw, family=NamePart(family)), culture
    return culture.name(draw, given=NamePart(given or name)), culture
