"""Law 1, order: `fuse` is a function of the set of signals and the sequence of decisions.

The order in which they are taken in, duplicates and the sizes of batches change no byte of the
canonical export, for any reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from random import Random

import pytest
from hypothesis import given
from sqlalchemy import Connection

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock
from fusion.fusing import ground
from fusion.fusing.arrival import Arrival
from fusion.fusing.batch import Batch
from fusion.fusing.store import Changes
from fusion.linking import resolve
from fusion.projections.store import writing
from fusion.projections.store.sql_store import SqlStore
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.simulation.engine import Engine
from tests.simulation.logged import EVE, House, envelope_of, opened
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers


def check_shuffled(seed: int, size: int) -> None:
    """Signals in any order, each with its own recorded time, as a file is fused offline."""
    world = make_world(seed, size)
    engine, other = Engine.of(world, Random(seed)), Engine(world.rules)
    random = Random(seed + 1)
    other.work_in_batches(shuffled(world.arrivals, random), random)
    for reader in make_readers(seed):
        assert other.export(reader).digest == engine.export(reader).digest


def check_posted(seed: int, size: int) -> None:
    """Signals posted in any order and more than once, so that they are recorded in that order."""
    world, random = make_world(seed, size), Random(seed + 1)
    house, other = posted(world, world.arrivals), posted(world, shuffled(world.arrivals, random))
    for reader in make_readers(seed):
        assert other.export(reader).digest == house.export(reader).digest


def shuffled(arrivals: Sequence[Arrival], random: Random) -> list[Arrival]:
    """Another order, in which decisions keep their sequence."""
    mixed = random.sample(arrivals, len(arrivals))
    decided = iter([arrival for arrival in arrivals if _is_decision(arrival)])
    return [next(decided) if _is_decision(arrival) else arrival for arrival in mixed]


def _is_decision(arrival: Arrival) -> bool:
    return arrival.judgement is not None or arrival.published is not None


def posted(world: World, arrivals: Sequence[Arrival]) -> House:
    """A house in whose log these stand in this order, doubles of some posted again and again."""
    clock, random = ScriptedClock(EVE), Random(len(arrivals))
    log = opened(clock)
    house = House(world.rules, log, random)
    envelopes = [envelope for arrival in arrivals if (envelope := envelope_of(arrival))]
    for place, envelope in enumerate(envelopes):
        log.append([envelope, *random.sample(envelopes[: place + 1], k=min(place, 2))])
        if random.random() < 0.3:
            house.catch_up()
    clock.advance(max(arrival.at[0] for arrival in world.arrivals) + MICROS_PER_DAY)
    log.tick()
    house.catch_up()
    return house


@worlds(40)
@given(seed=SEEDS, size=SIZES)
def test_signals_of_a_file_may_come_in_any_order(seed: int, size: int) -> None:
    check_shuffled(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_signals_may_be_posted_in_any_order_and_again(seed: int, size: int) -> None:
    check_posted(seed, size)


def _founded_by_arrival(patch: pytest.MonkeyPatch) -> None:
    # Reports of one time then stay in the order in which they came.
    patch.setattr(resolve, "_FOUNDING", attrgetter("reported"))


def _first_come_links_stay(patch: pytest.MonkeyPatch) -> None:
    def edges(of: ground.Ground, *_: object) -> list[object]:
        return list(of.links)

    patch.setattr(ground, "_edges", edges)


def _claims_do_not_wake(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "claims_on", lambda *_: [])


def _retractions_do_not_wait(patch: pytest.MonkeyPatch) -> None:
    take = Batch._take_event

    def unaware(self: Batch, arrival: Arrival) -> None:
        self._retracted.pop(arrival.name, None)
        take(self, arrival)

    patch.setattr(Batch, "_take_event", unaware)


def _batches_forget_keys(patch: pytest.MonkeyPatch) -> None:
    write = writing.write_links

    def forgetful(c: Connection, changes: Changes) -> None:
        changes.postings = changes.postings[:1]
        write(c, changes)

    patch.setattr(writing, "write_links", forgetful)


DEFECTS = seen_by(
    check_shuffled,
    Defect(
        "of two reports of one time the first to arrive founds the entity", _founded_by_arrival, 18
    ),
    Defect("what a key proposed before it was generic stays linked", _first_come_links_stay),
    Defect("a claim that came before its mention never wakes", _claims_do_not_wake),
    Defect("a retraction that came before its object is forgotten", _retractions_do_not_wait),
    Defect("of each batch only the first key is remembered", _batches_forget_keys),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
