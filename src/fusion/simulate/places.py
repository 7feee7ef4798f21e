"""Where ordinary people live and offices stand (`places.toml`).

Promises that every country has towns, telephone numbers and passports of its own shape. It must
never hold anybody's address: streets, houses and numbers are made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("places.toml")
_SATURDAY_AND_SUNDAY = (5, 6)


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a number: how it begins, and how many digits follow."""

    beginning: str
    digits: int


@dataclass(frozen=True, slots=True)
class Nation:
    """A country: its towns, the shapes of its numbers, hours ahead of UTC, and days of rest."""

    code: str
    towns: tuple[str, ...]
    phones: tuple[Shape, ...]
    passport: Shape
    hours_ahead: int
    rest_days: tuple[int, ...]
    # The slugs of whose names are at home there, and how often; empty where the names say so.
    cultures: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an office stands."""

    nation: Nation
    town: str
    hours_ahead: int


@dataclass(frozen=True, slots=True)
class Places:
    """The countries by code, what segments of a source say about place, and names of streets.

    `offices` are a scenario's own: an office stands where a segment of its source says.
    """

    nations: Mapping[str, Nation]
    offices: Mapping[str, Place]
    streets: tuple[str, ...]

    def with_own(
        self, nations: Mapping[str, Mapping[str, Any]], offices: Mapping[str, Mapping[str, Any]]
    ) -> Places:
        """These, and a scenario's own."""
        known = {**self.nations, **{code: _nation(code, spec) for code, spec in nations.items()}}
        added = {word: _place(spec, known) for word, spec in offices.items()}
        return Places(known, {**self.offices, **added}, self.streets)

    def of_source(self, source: str, *, home: str) -> Place:
        """Where a source reports from: by its segments, else its agency's country, else `home`."""
        segments = source.split("/")[1:]
        for segment in reversed(segments):
            if segment in self.offices:
                return self.offices[segment]
        # `my-service`: a foreign agency's label begins with its country.
        nation = self.nations.get(segments[0].split("-")[0], self.nations[home])
        return Place(nation, nation.towns[0], nation.hours_ahead)


@cache
def load_places() -> Places:
    """The places of `places.toml`; where offices stand is for each scenario to say."""
    declared = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    nations = {code: _nation(code, spec) for code, spec in declared["nations"].items()}
    return Places(nations, {}, listed(declared["streets"]["names"]))


def listed(value: str | Sequence[str]) -> tuple[str, ...]:
    """Several words: a list, or one text with commas between them."""
    return tuple(value.split(", ") if isinstance(value, str) else value)


def _nation(code: str, spec: Mapping[str, Any]) -> Nation:
    return Nation(
        code=code,
        towns=listed(spec["towns"]),
        phones=tuple(map(_shape, listed(spec["phones"]))),
        passport=_shape(spec["passport"]),
        hours_ahead=spec["hours"],
        rest_days=tuple(spec.get("rest", _SATURDAY_AND_SUNDAY)),
        cultures=tuple(spec.get("cultures", {}).items()),
    )


def _shape(text: str) -> Shape:
    beginning = text.rstrip("#")
    return Shape(beginning, len(text) - len(beginning))


def _place(spec: Mapping[str, Any], nations: Mapping[str, Nation]) -> Place:
    nation = nations[spec["nation"]]
    hours = spec.get("hours")
    return Place(nation, spec["town"], nation.hours_ahead if hours is None else hours)
