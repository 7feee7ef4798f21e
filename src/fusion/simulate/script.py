"""What a scenario says of its agencies: who publishes, how it marks, whom and what it tells of.

Reads the documents of the outer contract (CONTRACT.md section 1) and takes from them only what
ordinary signals of the same agencies must have alike, and what look-alikes must resemble. Promises
nothing that depends on what the scenario is about; it must never look for what the signals mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fusion.domain.clock import parse_moment
from fusion.domain.ids import agency_of, office_of
from fusion.domain.signal import SUBMITTED

_MICROS = 1_000_000
# Look-alikes need no crowd: the first two subjects and objects give an activity its shape.
_SHAPE_LIMIT = 2


@dataclass(frozen=True, slots=True)
class Habit:
    """How an agency sends a signal off: one of its own, taken whole, since these go together."""

    marking: Mapping[str, Any]
    vetting: str | None
    has_origin: bool
    has_authority: bool
    is_retained: bool


@dataclass(frozen=True, slots=True)
class Model:
    """An activity of the scenario, by its shape: what a look-alike resembles."""

    office: str
    code: str
    circumstances: tuple[str, ...]
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    subjects: tuple[tuple[str, str], ...]
    objects: tuple[tuple[str, str], ...]
    has_place: bool
    facilities: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario, as far as its surroundings need it. Offices and sources are in order of name."""

    count: int
    first: int
    last: int
    offices: Mapping[str, tuple[str, ...]]
    habits: Mapping[str, tuple[Habit, ...]]
    names: Mapping[str, tuple[str, ...]]
    models: Mapping[str, tuple[Model, ...]]
    home: str | None

    def agencies(self) -> tuple[str, ...]:
        """The agencies that publish, in order of name."""
        return tuple(self.habits)


def read_script(scenario: Sequence[Mapping[str, Any]]) -> Script:
    """What ordinary signals need of a scenario; ValueError for one that submits nothing."""
    signals = [document for document in scenario if document["type"] == SUBMITTED]
    if not signals:
        raise ValueError("a scenario that submits no signal has no surroundings")
    moments = [parse_moment(signal["time"]) for signal in signals]
    agencies = sorted({agency_of(signal["source"]) for signal in signals})
    of_agency = {
        agency: [signal for signal in signals if agency_of(signal["source"]) == agency]
        for agency in agencies
    }
    models = [model for signal in signals for model in _models(signal)]
    return Script(
        count=len(signals),
        # Whole seconds within the span.
        first=-(-min(moments) // _MICROS),
        last=max(moments) // _MICROS,
        offices=_offices(signals),
        habits={agency: tuple(map(_habit, of_agency[agency])) for agency in agencies},
        names={agency: _names(of_agency[agency]) for agency in agencies},
        models={
            code: tuple(model for model in models if model.code == code)
            for code in sorted({model.code for model in models})
        },
        home=_home(models),
    )


def _offices(signals: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The sources of the scenario by their office."""
    sources = sorted({signal["source"] for signal in signals})
    offices = sorted({office_of(source) for source in sources})
    return {
        office: tuple(source for source in sources if office_of(source) == office)
        for office in offices
    }


def _habit(signal: Mapping[str, Any]) -> Habit:
    content = signal["data"]
    return Habit(
        marking=content["marking"],
        vetting=content.get("vetting"),
        has_origin="origin" in content,
        has_authority="authority" in content,
        is_retained="retain_until" in content,
    )


def _names(signals: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of persons that an agency tells of, each once, in the order of the scenario."""
    found: dict[str, None] = {}
    for signal in signals:
        for mention in signal["data"].get("mentions", ()):
            if mention["schema"] == "Person":
                for prop in ("name", "alias", "weakAlias"):
                    found.update(dict.fromkeys(mention.get("properties", {}).get(prop, ())))
    return tuple(found)


def _models(signal: Mapping[str, Any]) -> list[Model]:
    content = signal["data"]
    mentions = {mention["ref"]: mention for mention in content.get("mentions", ())}
    return [
        Model(
            office=office_of(signal["source"]),
            code=activity["code"],
            circumstances=tuple(activity.get("circumstances", ())),
            topics=tuple(activity.get("topics", ())),
            countries=tuple(activity.get("countries", ())),
            subjects=_shape(activity.get("subjects", ()), mentions),
            objects=_shape(activity.get("objects", ()), mentions),
            has_place="place" in activity,
            facilities=tuple(
                (mention["schema"], name)
                for ref in activity.get("objects", ())
                if (mention := mentions.get(ref)) and mention["schema"] in _ORGANISATIONS
                for name in mention.get("properties", {}).get("name", ())
            ),
        )
        for activity in content.get("activities", ())
    ]


_ORGANISATIONS = frozenset({"Organization", "Company", "PublicBody"})


def _shape(
    refs: Sequence[str], mentions: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[str, str], ...]:
    """The schema and role of the first mentions that an activity names."""
    named = [mentions[ref] for ref in refs if ref in mentions][:_SHAPE_LIMIT]
    return tuple((mention["schema"], mention.get("role", "")) for mention in named)


def _home(models: Sequence[Model]) -> str | None:
    """The country that the scenario tells of most; the first by name where two are equal."""
    counts = Counter(country for model in models for country in model.countries)
    return min(counts, key=lambda country: (-counts[country], country)) if counts else None
