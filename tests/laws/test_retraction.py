"""Law 2, retraction: afterwards all is as if the log had never held the signal.

Save that its id stays taken, and that what it retracted or corrected stays retracted. What was told
before stays told: history keeps a signal up to the moment of its retraction.
"""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given

from fusion.domain.clock import ScriptedClock
from fusion.domain.signal import RETRACTED, SUBMITTED
from fusion.events.log import Outcome
from fusion.events.memory_log import MemoryLog
from fusion.fusing.arrival import Arrival
from fusion.fusing.batch import Batch
from fusion.fusing.ground import Ground, Instant, StoredSignal, instant_of
from fusion.projections.store.ground_reader import GroundReader
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.simulation.engine import Engine
from tests.simulation.logged import envelope_of
from tests.simulation.making import STORED_SIGNAL, arrival_of_body, make_world
from tests.simulation.worlds import World, make_readers


def check_never_held(seed: int, size: int) -> None:
    """With and without what was retracted: before it came, after it, or by a correction."""
    random = Random(seed)
    world = make_world(seed, size)
    world = retracted(world, random)
    engine, never = Engine.of(world, Random(seed)), Engine.of(never_held(world), Random(seed + 1))
    for reader in make_readers(seed):
        assert engine.export(reader).digest == never.export(reader).digest


def check_history(seed: int, size: int) -> None:
    """What was told before a retraction stays told."""
    world = make_world(seed, size)
    later = Engine.of(retracted(world, Random(seed)), Random(seed))
    before = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        told = before.told(reader)
        assert later.told(reader)[: len(told)] == told


def retracted(world: World, random: Random) -> World:
    """The world, and after all of it a retraction of one of its signals."""
    submitted = [a for a in world.arrivals if a.type == STORED_SIGNAL]
    if not submitted:
        return world
    gone = random.choice(submitted)
    last = max(arrival.at[0] for arrival in world.arrivals) + 1
    at = instant_of(last, gone.source, "gone")
    return world.of([*world.arrivals, retraction(gone.source, "gone", gone.id, at)])


def retraction(source: str, id_: str, target: str, at: Instant) -> Arrival:
    document = {
        "specversion": "1.0",
        "type": RETRACTED,
        "source": source,
        "id": id_,
        "time": "2000-01-01T00:00:00Z",
        "data": {"retracts": target, "reason": "wrong"},
    }
    return arrival_of_body(at, document)


def never_held(world: World) -> World:
    """A log without the signals that were retracted, but with what these retracted retracted."""
    gone = {arrival.retracts for arrival in world.arrivals}
    kept = []
    for arrival in world.arrivals:
        if arrival.type != STORED_SIGNAL or arrival.name not in gone:
            kept.append(arrival)
        elif arrival.retracts:
            target = json.loads(arrival.body)["data"]["corrects"]
            kept.append(retraction(arrival.source, arrival.id, target, arrival.at))
    return world.of(kept)


@worlds(40)
@given(seed=SEEDS, size=SIZES)
def test_a_retracted_signal_is_as_if_it_had_never_been(seed: int, size: int) -> None:
    check_never_held(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_what_was_told_before_a_retraction_stays_told(seed: int, size: int) -> None:
    check_history(seed, size)


def test_the_id_of_a_retracted_signal_stays_taken() -> None:
    log = MemoryLog(ScriptedClock(0))
    signal, taken_back, another = (envelope_of(arrival) for arrival in _three())
    assert signal and taken_back and another
    log.append([signal, taken_back])
    outcomes = [receipt.outcome for receipt in log.append([signal, another])]
    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]


def _three() -> list[Arrival]:
    """A signal, its retraction, and another body under its id."""
    at = instant_of(0, "/a/x", "s1")
    bodies = [
        {"marking": {"level": "OPEN"}, "summary": "first"},
        {"retracts": "s1", "reason": "wrong"},
        {"marking": {"level": "OPEN"}, "summary": "second"},
    ]
    return [
        arrival_of_body(
            at,
            {
                "specversion": "1.0",
                "type": RETRACTED if "retracts" in data else SUBMITTED,
                "source": "/a/x",
                "id": "r1" if "retracts" in data else "s1",
                "time": "2000-01-01T00:00:00Z",
                "data": data,
            },
        )
        for data in bodies
    ]


def _goes_on_counting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoredSignal, "stands", lambda self, at: self.since <= at)


def _comes_before_its_object(patch: pytest.MonkeyPatch) -> None:
    take = Batch._take_event

    def unaware(self: Batch, arrival: Arrival) -> None:
        self._retracted.pop(arrival.name, None)
        take(self, arrival)

    patch.setattr(Batch, "_take_event", unaware)


def _what_it_retracted_comes_back(patch: pytest.MonkeyPatch) -> None:
    retract = Batch._retract

    def undone(self: Batch, target: str, at: Instant, by: str) -> None:
        retract(self, target, at, by)
        source, _, id_ = target.rpartition("/")
        if (event := self._store.event(source, id_)) is not None:
            for facts in self._store.facts_of(event)[:1]:
                self.changes.ended = [e for e in self.changes.ended if facts.retracts is None]

    patch.setattr(Batch, "_retract", undone)


def _goes_on_making_keys_generic(patch: pytest.MonkeyPatch) -> None:
    hot = GroundReader._hot

    def ever(self: GroundReader, profiles: object) -> object:
        bearings = hot(self, profiles)  # type: ignore[arg-type]
        return {
            key: tuple(type(b)(b.posting, b.since, None) for b in bearings[key]) for key in bearings
        }

    patch.setattr(GroundReader, "_hot", ever)


def _takes_the_past_along(patch: pytest.MonkeyPatch) -> None:
    def now_or_never(self: StoredSignal, at: Instant) -> bool:
        return self.since <= at and self.until is None

    patch.setattr(StoredSignal, "stands", now_or_never)


def _takes_judgements_of_the_past_along(patch: pytest.MonkeyPatch) -> None:
    whole = GroundReader._whole

    def without(self: GroundReader, *parts: object) -> Ground:
        ground = whole(self, *parts)  # type: ignore[arg-type]
        left = {m.name for s in ground.signals if not s.until for m in s.facts.mentions}
        kept = tuple(j for j in ground.judgements if set(j.judgement.pair) <= left)
        object.__setattr__(ground, "judgements", kept)
        return ground

    patch.setattr(GroundReader, "_whole", without)


DEFECTS = (
    *seen_by(
        check_never_held,
        Defect("a retracted signal goes on counting", _goes_on_counting),
        Defect("a retraction that came before its object is forgotten", _comes_before_its_object),
        Defect("what a retracted signal retracted comes back", _what_it_retracted_comes_back, 28),
        Defect("a retracted mention goes on making keys generic", _goes_on_making_keys_generic, 33),
    ),
    *seen_by(
        check_history,
        Defect("a retraction takes the past along", _takes_the_past_along, 7),
        Defect(
            "judgements on what was retracted are gone from the past",
            _takes_judgements_of_the_past_along,
            first=66,
        ),
    ),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
