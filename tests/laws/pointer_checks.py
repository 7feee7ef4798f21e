"""The laws of pointers as checks on one random world each: AssertionError where one is broken.

RULES 24 to 28. `tests/laws/test_pointer_defects` plants defects that turn them red.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from random import Random

from fusion.access.discovery import Beholder, Standing
from fusion.domain.clock import day_of
from fusion.domain.fact import SignalFacts
from fusion.domain.marking import NormalForm
from fusion.fusing.arrival import Arrival
from fusion.fusing.chronicle import Entry
from fusion.fusing.known import facts_known
from fusion.fusing.pointer import DAILY_POINTERS, Day, Pointer, Sight, pointer_handle
from fusion.fusing.pointing import Pointing
from fusion.fusing.reference_pointers import pointers
from tests.laws.cutting import as_known
from tests.simulation.engine import Engine
from tests.simulation.pointing_worlds import KEY, all_knowing, make_beholders, make_world
from tests.simulation.worlds import World


@dataclass(frozen=True)
class Discovered:
    """What discovery lets a beholder into, as a reader of the laws."""

    beholder: Beholder

    def admits(self, marking: NormalForm) -> bool:
        return self.beholder.discovers(marking)


Told = tuple[list[Day], list[Pointer], list[Entry]]


def told_by_reference(world: World, sight: Sight) -> Told:
    """Each day that brought something, what stands in the end, and the alerts that this is of."""
    told = pointers(world.happenings(), world.rules, sight, KEY)
    days = [day for day in told.days if day.new or day.lapsed]
    return days, _sorted(told.release.standing.values()), told.alerts


def told_by_engine(world: World, sight: Sight, random: Random) -> Told:
    """The same by the engine, asked once in the end."""
    engine = Engine.of(world, random)
    pointing = Pointing(world.rules, sight, KEY)
    pointing.follow(engine.grounds, engine.store.today())
    return _told(pointing)


def _told(pointing: Pointing) -> Told:
    return pointing.days, _sorted(pointing.standing), pointing.alerts


def _sorted(found: object) -> list[Pointer]:
    return sorted(found, key=lambda p: (p.anchor, p.desk))  # type: ignore[call-overload]


def check_equal(seed: int, size: int) -> None:
    """What is kept up equals the definition, for every beholder."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        assert told_by_engine(world, sight, Random(seed)) == told_by_reference(world, sight)


def check_along(seed: int, size: int) -> None:
    """Looking often tells what looking once tells."""
    world, random = make_world(seed, size), Random(seed)
    engine = Engine(world.rules, world.community)
    sights = make_beholders(seed)
    live = [Pointing(world.rules, sight, KEY) for sight in sights]
    for arrival in world.arrivals:
        engine.work([arrival])
        for pointing in live:
            if random.random() < 0.5:
                pointing.follow(engine.grounds, engine.store.today())
    for sight, pointing in zip(sights, live, strict=True):
        pointing.follow(engine.grounds, engine.store.today())
        assert _told(pointing) == told_by_reference(world, sight)


def check_only_discovered(seed: int, size: int) -> None:
    """Pointers are a function of D(r): of a log of nothing else they are the same."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        cut = as_known(world, Discovered(sight.beholder))
        whole = told_by_engine(world, sight, Random(seed))
        assert told_by_engine(cut, sight, Random(seed + 1)) == whole


def check_order(seed: int, size: int) -> None:
    """The order in which a day's events arrive changes nothing."""
    world = make_world(seed, size)
    shuffled = _shuffled_by_day(world, Random(seed))
    for sight in make_beholders(seed):
        other = Engine(world.rules, world.community)
        other.work_in_batches(shuffled, Random(seed + 2))
        pointing = Pointing(world.rules, sight, KEY)
        pointing.follow(other.grounds, other.store.today())
        assert _told(pointing) == told_by_reference(world, sight)


def _shuffled_by_day(world: World, random: Random) -> list[Arrival]:
    """Each day's events in another order: pointers are of days, and days have an order."""
    shuffled: list[Arrival] = []
    for _, day in groupby(world.arrivals, lambda arrival: day_of(arrival.at[0])):
        tick, *events = day
        random.shuffle(events)
        shuffled += [tick, *events]
    return shuffled


def check_nothing_visible(seed: int, size: int) -> None:
    """Nobody is pointed to what it sees in full."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        assert told_by_engine(world, all_knowing(sight), Random(seed)) == ([], [], [])


def check_released(seed: int, size: int) -> None:
    """One for each anchor and desk, an anchor that is known, no more a day than the budget."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        days, standing, _ = told_by_engine(world, sight, Random(seed))
        pairs = Counter((pointer.anchor, pointer.desk) for pointer in standing)
        assert all(count == 1 for count in pairs.values())
        for day in days:
            assert len(day.new) <= DAILY_POINTERS
            for pointer in day.new:
                assert pointer.handle == pointer_handle(KEY, (pointer.anchor, pointer.desk))
                _check_sides(world, sight, pointer)


def _check_entrusted(sight: Sight, anchor: SignalFacts, pointer: Pointer) -> None:
    """Only the common steward is told of a fact not its own, and of one kept from all others."""
    assert sight.beholder.standing is Standing.COMMON_STEWARD
    discovered = facts_known(anchor, sight.beholder.discovers)
    facts = {fact.name: fact for fact in (*discovered.mentions, *discovered.activities)}
    marking = facts[pointer.anchor].marking
    assert marking.discovery == Standing.COMMON_STEWARD
    assert not sight.beholder.knows(marking)


def _check_sides(world: World, sight: Sight, pointer: Pointer) -> None:
    """The anchor is the reader's or entrusted to it, what is behind is not; no tip, no company."""
    signals = {signal.name: signal for signal in world.signals()}
    anchor = signals[pointer.anchor.rpartition("#")[0]]
    if pointer.reason.is_entrusted:
        _check_entrusted(sight, anchor, pointer)
    else:
        assert sight.beholder.knows(anchor.marking)
        known = facts_known(anchor, sight.beholder.knows)
        assert pointer.anchor in {fact.name for fact in (*known.mentions, *known.activities)}
    for signal in (anchor, *(signals[name] for name in pointer.reason.behind)):
        assert sight.beholder.discovers(signal.marking)
        assert not signal.is_raw
        assert signal.agency != "z"
