"""Ordinary organisations, and what belongs to them: vessels and aircraft (`trades.toml`).

Promises that kinds of which there are few, such as airlines, come again under the same names, and
that firms come back now and then. Remembers a bounded number. It must never hold a real one's name
on purpose; two made of common words may meet one by chance.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fusion.simulate.draw import Draw
from fusion.simulate.people import Thing
from fusion.simulate.places import Nation, Place, listed

_FILE = Path(__file__).with_name("trades.toml")
_DIGITS = re.compile("#+")
_BODIES = frozenset({"Organization", "Company", "PublicBody", "LegalEntity"})
# Of each country: bounds memory, and lets a firm come back in its own country's reports.
_REMEMBERED = 64
# Half of the firms are told of with their number in the register.
_REGISTERED = 0.5

_VESSELS = ("Star", "Pearl", "Spirit", "Wind", "Trader", "Express", "Glory", "Breeze")
_AIRCRAFT = ("Cessna 172", "Piper Archer", "Beech Baron", "Cessna 152", "Boeing 737", "MD-80")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of organisation or thing: of what its names are made, `#` standing for a digit.

    `size` is 0 where each may be another.
    """

    schema: str
    size: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    forms: tuple[str, ...]

    @property
    def is_body(self) -> bool:
        """Whether it is one that a register has under a number."""
        return self.schema in _BODIES


class Trades:
    """The organisations of one simulated world; `again` is how often a firm comes back."""

    def __init__(
        self, draw: Draw, *, again: float, kinds: Mapping[str, Kind] | None = None
    ) -> None:
        self._draw = draw
        self._again = again
        self._kinds = load_kinds() if kinds is None else kinds
        self._few: dict[tuple[str, str], dict[str, Thing]] = {}
        self._firms: dict[tuple[str, str], list[Thing]] = {}
        self._vessels: list[Thing] = []
        self._towns: dict[str, Thing] = {}

    def organisation(self, kind_name: str, nation: Nation) -> Thing:
        """One of a kind, in a country."""
        kind = self._kinds[kind_name]
        if not kind.size:
            return self._firm(kind_name, nation)
        few = self._few.setdefault((kind_name, nation.code), {})
        name = self._name(kind)
        if name not in few and len(few) >= kind.size:
            return self._draw.one(list(few.values()))
        if name not in few:
            few[name] = Thing(kind.schema, name, name=name, country=nation.code)
        return few[name]

    def bank_of(self, account: Thing) -> Thing | None:
        """The bank that keeps an account; None where it is no bank of this world's own."""
        nation, name = account.properties["country"][0], account.properties["bankName"][0]
        return self._few.get(("bank", nation), {}).get(name)

    def vessel(self, nation: Nation) -> Thing:
        """A ship under the flag of a country."""
        draw = self._draw
        if self._vessels and draw.unit() < self._again:
            return draw.one(self._vessels)
        name = f"{draw.one(nation.towns)} {draw.one(_VESSELS)}"
        number = f"IMO{9_000_000 + draw.below(900_000)}"
        vessel = Thing("Vessel", name, name=name, imoNumber=number, flag=nation.code)
        _remember(self._vessels, vessel, draw)
        return vessel

    def plane(self) -> Thing:
        """An aircraft by its tail number."""
        draw = self._draw
        number = f"N{100 + draw.below(900)}{draw.one('ABCDEFGHJKLMNP')}{draw.one('ABCDEFGHJKLMNP')}"
        return Thing("Airplane", number, registrationNumber=number, model=draw.one(_AIRCRAFT))

    def town(self, nation: Nation, town: str) -> Thing:
        """A town, as the place of what happened."""
        key = f"{nation.code}/{town}"
        if key not in self._towns:
            self._towns[key] = Thing("Address", town, full=town, city=town, country=nation.code)
        return self._towns[key]

    def town_of(self, place: Place) -> Thing:
        """The town of a place."""
        return self.town(place.nation, place.town)

    def is_of_bodies(self, kind_name: str) -> bool:
        """Whether a kind is one of organisations, and not of things."""
        return self._kinds[kind_name].is_body

    def _firm(self, kind_name: str, nation: Nation) -> Thing:
        draw, kind = self._draw, self._kinds[kind_name]
        known = self._firms.setdefault((kind_name, nation.code), [])
        if known and draw.unit() < self._again:
            return draw.one(known)
        name = self._name(kind)
        firm = Thing(kind.schema, name, name=name, country=nation.code)
        if kind.is_body and draw.unit() < _REGISTERED:
            firm.properties["registrationNumber"] = [draw.digits(9)]
        _remember(known, firm, draw)
        return firm

    def _name(self, kind: Kind) -> str:
        draw = self._draw
        name = f"{draw.one(kind.first)} {draw.one(kind.last)}"
        name = f"{name} {draw.one(kind.forms)}" if kind.forms else name
        return _DIGITS.sub(lambda found: draw.digits(len(found[0])), name)


def _remember(known: list[Thing], thing: Thing, draw: Draw) -> None:
    if len(known) < _REMEMBERED:
        known.append(thing)
    else:
        known[draw.below(_REMEMBERED)] = thing


@cache
def load_kinds() -> Mapping[str, Kind]:
    """The kinds of `trades.toml`."""
    declared = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: kind_of(spec) for name, spec in declared.items()}


def kind_of(spec: Mapping[str, Any]) -> Kind:
    """A kind as it is declared."""
    return Kind(
        schema=spec["schema"],
        size=spec["size"],
        first=listed(spec["first"]),
        last=listed(spec["last"]),
        forms=listed(spec.get("form", ())),
    )
