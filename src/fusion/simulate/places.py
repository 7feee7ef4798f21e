"""Where ordinary people live and offices stand (`places.toml`).

Promises that every country has towns, telephone numbers and passports of its own shape. It must
never hold anybody's address: streets, houses and numbers are made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an office stands."""

    nation: Nation
    town: str
    hours_ahead: int


@dataclass(frozen=True, slots=True)
class Places:
    """The countries by code, what segments of a source say about place, and names of streets."""

    nations: Mapping[str, Nation]
    offices: Mapping[str, Place]
    streets: tuple[str, ...]

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
    """The places of `places.toml`."""
    declared = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    nations = {code: _nation(code, spec) for code, spec in declared["nations"].items()}
    offices = {word: _place(spec, nations) for word, spec in declared["offices"].items()}
    return Places(nations, offices, tuple(declared["streets"]["names"].split(", ")))


def _nation(code: str, spec: Mapping[str, Any]) -> Nation:
    return Nation(
        code=code,
        towns=tuple(spec["towns"].split(", ")),
        phones=tuple(_shape(text) for text in spec["phones"].split(", ")),
        passport=_shape(spec["passport"]),
        hours_ahead=spec["hours"],
        rest_days=tuple(spec.get("rest", _SATURDAY_AND_SUNDAY)),
    )


def _shape(text: str) -> Shape:
    beginning = text.rstrip("#")
    return Shape(beginning, len(text) - len(beginning))


def _place(spec: Mapping[str, Any], nations: Mapping[str, Nation]) -> Place:
    nation = nations[spec["nation"]]
    return Place(nation, spec["town"], spec.get("hours", nation.hours_ahead))
