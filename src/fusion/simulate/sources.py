"""The offices that publish ordinary signals: those of a scenario, each with desks of its own.

Promises the same agencies and offices as the scenario's, at hours and with people that are
plausible for their work and place. A desk is a path below its office, never another office.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from fusion.domain.ids import agency_of
from fusion.simulate.draw import Weighted
from fusion.simulate.names import Culture, Cultures
from fusion.simulate.people import Milieu, Thing
from fusion.simulate.places import Place, Places
from fusion.simulate.rhythm import week_of
from fusion.simulate.script import Script
from fusion.simulate.telling import Source
from fusion.simulate.trades import Kind, load_kinds
from fusion.simulate.work import Line, Work

# Whose scenario tells of none of the countries known here is at home where most reports are from.
DEFAULT_HOME = "us"
# How many of the people whom an agency meets are of the cultures that its own part of the scenario
# shows. Less would make the scenario's names stand out as such; more would fill borders with them.
SCENARIO_CULTURES = 0.3
# How many of the people met at home, or by an office that works with a country's own, are of that
# country, whatever their names.
SETTLED = {"domestic": 0.8, "": 0.85}
# A source has at most eight segments (CONTRACT.md section 1).
_DEEPEST = 8
# An office is two segments; a source of one is an agency that has none.
_OFFICE_DEPTH = 2


def sources_of(
    script: Script,
    work: Work,
    places: Places,
    cultures: Cultures,
    kinds: Mapping[str, Kind] | None = None,
) -> tuple[Source, ...]:
    """The offices of a scenario as sources of ordinary signals, in order of name."""
    home = script.home if script.home in places.nations else DEFAULT_HOME
    kinds = load_kinds() if kinds is None else kinds
    return tuple(
        _source(office, paths, script, work, places, cultures, kinds, home or DEFAULT_HOME)
        for office, paths in script.offices.items()
    )


def _source(
    office: str,
    paths: Sequence[str],
    script: Script,
    work: Work,
    places: Places,
    cultures: Cultures,
    kinds: Mapping[str, Kind],
    home: str,
) -> Source:
    agency = agency_of(office)
    place = places.of_source(office, home=home)
    own = places.of_source(f"/{agency}", home=home).nation.code
    # Whatever a foreign agency does at home, what it sends is a note to a partner.
    line = work.line_of(office) if own == home else work.lines["partner"]
    seen = script.names[agency]
    return Source(
        office=office,
        agency=agency,
        paths=_paths(office, paths, line),
        line=line,
        milieu=Milieu(
            place=place,
            cultures=Weighted(_cultures_met(line, place, work, cultures, seen)),
            settled=SETTLED.get(line.mix, 0.0),
            own=own,
        ),
        habits=script.habits[agency],
        week=working_week(line, place),
        itself=_itself(office, kinds[line.itself], place) if line.itself else None,
    )


def working_week(line: Line, place: Place) -> tuple[float, ...]:
    """How much an office reports in each hour of a week, UTC."""
    week = week_of(line.hours, hours_ahead=place.hours_ahead, rest_days=place.nation.rest_days)
    # `fsum` is exact; `sum` rounds otherwise in later versions of Python.
    total = fsum(week)
    # Traffic is a week's, however it is spread over the hours.
    return tuple(line.traffic * share / total for share in week)


def _paths(office: str, paths: Sequence[str], line: Line) -> tuple[str, ...]:
    """The paths that the scenario uses and, below an office proper, its desks."""
    if not _OFFICE_DEPTH <= office.count("/") < _DEEPEST:
        return tuple(paths)
    return (*paths, *(f"{office}/{desk}" for desk in line.desks))


def _itself(office: str, kind: Kind, place: Place) -> Thing:
    """The organisation that publishes, named as its source is."""
    name = office.rsplit("/", 1)[-1].replace("-", " ").title()
    return Thing(kind.schema, name, name=name, country=place.nation.code)


def _cultures_met(
    line: Line, place: Place, work: Work, cultures: Cultures, seen: Sequence[str]
) -> Iterator[tuple[Culture, float]]:
    met = _ordinarily_met(line, place, work.mixes, cultures)
    total = fsum(weight for _, weight in met)
    yield from met
    counts = Counter(culture.slug for name in seen if (culture := cultures.of(name)))
    share = SCENARIO_CULTURES / (1.0 - SCENARIO_CULTURES) * total
    for slug, count in sorted(counts.items()):
        yield cultures.by_slug[slug], share * count / counts.total()


def _ordinarily_met(
    line: Line, place: Place, mixes: Mapping[str, Mapping[str, float]], cultures: Cultures
) -> list[tuple[Culture, float]]:
    nation = place.nation.code
    if not line.mix and place.nation.cultures:
        return [(cultures.by_slug[slug], weight) for slug, weight in place.nation.cultures]
    # The mix that is called domestic is that of the default home.
    if not line.mix or (line.mix == "domestic" and nation != DEFAULT_HOME):
        local = [(one, 1.0) for one in cultures.at_home_in(nation)]
        if local:
            return local
    mix = mixes[line.mix or "world"]
    return [(cultures.by_slug[slug], float(weight)) for slug, weight in mix.items()]
