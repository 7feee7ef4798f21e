"""Pairs of worlds that differ only in what one reader may not know.

From one seed: a world, a reader's grants as they come and go, and two histories that hold the same
as far as the reader may ever know. What differs is drawn: hidden facts there and not there, marked
otherwise, joined by strangers who speak of the same names, judge, claim, relay, retract and
correct; events of one moment in another order; what others are granted, and what they read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from fusion.access.reader import Grants, Reader, class_of
from fusion.domain.marking import Knowledge
from fusion.fusing.arrival import Arrival
from fusion.intake.administer import Attributes
from tests.laws.cutting import NOBODY, as_known, in_moments, known_names, with_strangers
from tests.simulation.making import STORED_SIGNAL, arrival_of_body, make_world
from tests.simulation.tiny import COMMUNITY
from tests.simulation.worlds import World

READER, PURPOSE, CASE = "rita", "prevention", "c-1"
SMALLEST, LARGEST = 3, 12


@dataclass(frozen=True)
class Side:
    """One of two histories: its events in the order of the log, and what others do meanwhile."""

    says: str
    world: World
    has_others: bool


@dataclass(frozen=True)
class Pair:
    """Two histories, and the reader for whom they are one.

    `grants` are what the reader is granted in turn, the widest first: what is hidden from that is
    hidden from the others.
    """

    seed: int
    grants: tuple[Attributes, ...]
    sides: tuple[Side, Side]
    # All that there is or is said to be on either side: what the reader may ask about.
    names: World
    # About so many names of each kind.
    asked: int = 7

    @property
    def do_others_differ(self) -> bool:
        """Whether others read on one side alone."""
        return self.sides[0].has_others != self.sides[1].has_others

    @property
    def knowledge(self) -> Knowledge:
        """What the reader may know at the most."""
        return knowledge_of(self.grants[0])


def drawn(seed: int) -> Pair:
    """The pair of a seed."""
    random = Random(seed)
    world = make_world(random.randrange(2**32), random.randint(SMALLEST, LARGEST))
    widest = _attributes(random)
    knowledge = knowledge_of(widest)
    variants: list[tuple[str, Callable[[], World]]] = [
        ("whole", lambda: world),
        ("without what is hidden", lambda: as_known(world, knowledge)),
        ("hidden marked otherwise", lambda: marked_otherwise(world, knowledge, random)),
        ("others instead", lambda: with_strangers(as_known(world, knowledge), random)),
        ("others beside", lambda: with_strangers(world, random)),
    ]
    (one, first), (other, second) = random.sample(variants, 2)
    here, there = random.choice(((False, True), (True, False), (True, True), (False, False)))
    sides = (
        Side(one, in_order(first(), random), here),
        Side(other, in_order(second(), random), there),
    )
    names = world.of([*sides[0].world.arrivals, *sides[1].world.arrivals, *world.arrivals])
    return Pair(seed, (widest, *_narrower(widest, random)), sides, names)


def in_order(world: World, random: Random) -> World:
    """Within a moment in another order, but decisions in their sequence."""
    return world.of(in_moments(world.arrivals, random))


def knowledge_of(stated: Attributes) -> Knowledge:
    """What a reader with these grants brings to a marking, acting for its purpose and case."""
    grants = Grants(
        READER,
        agency=stated.agency or "",
        level=stated.level or "",
        nation=stated.nation,
        compartments=frozenset(stated.compartments),
        groups=frozenset(stated.groups),
        purposes=frozenset(stated.purposes),
        cases=frozenset(stated.cases),
    )
    return class_of(Reader(grants, purpose=_stated(PURPOSE, grants.purposes), case=CASE), COMMUNITY)


def marked_otherwise(world: World, reader: Knowledge, random: Random) -> World:
    """Of signals of which the reader may know nothing, some are kept from everybody."""
    known = known_names(world, reader)
    return world.of(
        _closed(arrival) if _is_hidden(arrival, known) and random.random() < 0.7 else arrival
        for arrival in world.arrivals
    )


def _is_hidden(arrival: Arrival, known: set[str]) -> bool:
    return arrival.type == STORED_SIGNAL and arrival.name not in known


def _closed(arrival: Arrival) -> Arrival:
    document = json.loads(arrival.body)
    for marked in _marked(document["data"]):
        marked["marking"] = marked["marking"] | {"need": NOBODY}
    return arrival_of_body(arrival.at, document)


def _marked(value: Any) -> list[dict[str, Any]]:
    """Everything in a body that has a marking."""
    if isinstance(value, list):
        return [found for each in value for found in _marked(each)]
    if not isinstance(value, dict):
        return []
    below = [found for each in value.values() for found in _marked(each)]
    return [value, *below] if "marking" in value else below


def _attributes(random: Random) -> Attributes:
    agency = random.choice("abczf")
    return Attributes(
        agency=agency,
        nation="xx" if agency == "f" else None,
        level=random.choice(("OPEN", "SECRET")),
        compartments=random.choice(((), ("K",))),
        groups=random.choice(((), ("g",))),
        purposes=random.choice(((), (PURPOSE,))),
        cases=(CASE,),
    )


def _narrower(widest: Attributes, random: Random) -> tuple[Attributes, ...]:
    """Now and then the reader loses something, and has it back."""
    if random.random() < 0.5:
        return ()
    less = Attributes(agency=widest.agency, nation=widest.nation, level="OPEN", cases=widest.cases)
    return less, widest


def _stated(purpose: str, granted: frozenset[str]) -> str | None:
    return purpose if purpose in granted else None
