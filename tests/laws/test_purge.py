"""Law 2, purge: now and in all of history as if the log had never held the signal.

Save that its id stays taken, and that what it retracted or corrected stays retracted.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given

from fusion.domain.clock import ScriptedClock
from fusion.events.envelope import Envelope
from fusion.events.log import Outcome
from fusion.events.memory_log import MemoryLog
from fusion.fusing import arriving
from fusion.fusing.arrival import Arrival
from fusion.intake import purge as purging
from fusion.intake.purge import purge
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.laws.test_retraction import retraction
from tests.projections.reading_all import everything, view_of
from tests.simulation.logged import EVE, House, envelope_of, opened
from tests.simulation.making import STORED_SIGNAL, make_world
from tests.simulation.worlds import World, make_readers

REASON = "order 7 of a court"


def logged(world: World) -> MemoryLog:
    """A world as it came into a log."""
    clock = ScriptedClock(EVE)
    log = opened(clock)
    for arrival in world.arrivals:
        if arrival.at[0] > clock.now():
            clock.advance(arrival.at[0])
        envelope = envelope_of(arrival)
        if envelope is None:
            log.tick()
        else:
            log.append([envelope])
    return log


def house(world: World, log: MemoryLog, seed: int) -> House:
    made = House(world.rules, log, Random(seed))
    made.catch_up()
    return made


def check_never_held(seed: int, size: int) -> None:
    """A store made of a log after a purge, and one of a log without: every answer, all of history.

    One that goes on lets go of the signal at once.
    """
    world, random = make_world(seed, size), Random(seed)
    submitted = [arrival for arrival in world.arrivals if arrival.type == STORED_SIGNAL]
    if not submitted:
        return
    gone = random.choice(submitted)
    log = logged(world)
    live = house(world, log, seed)
    purge(log, gone.name, reason=REASON)
    live.catch_up_and_die()
    live.catch_up()
    without_it = logged(without(world, gone))
    for each in (log, without_it):
        # Something else of the same moment, for a worker that was started anew within it.
        each.append([_later(gone)])
    live.start()
    live.catch_up()
    purged, never = house(world, log, seed + 1), house(world, without_it, seed)
    mentions, signals = world.mentions(), {s.name for s in world.signals()}
    for reader in make_readers(seed):
        assert purged.told(reader) == never.told(reader)
        assert purged.export(reader).digest == never.export(reader).digest
        assert live.export(reader).digest == never.export(reader).digest
        assert everything(
            view_of(purged.store, purged.rules, reader), mentions, signals
        ) == everything(view_of(never.store, never.rules, reader), mentions, signals)


def _later(gone: Arrival) -> Envelope:
    envelope = envelope_of(retraction(gone.source, "later", "nothing", gone.at))
    assert envelope is not None
    return envelope


def without(world: World, gone: Arrival) -> World:
    """The world without a signal, but with what it corrected retracted."""
    kept = []
    for arrival in world.arrivals:
        if arrival is not gone:
            kept.append(arrival)
        elif gone.retracts:
            target = gone.retracts.removeprefix(f"{gone.source}/")
            kept.append(retraction(gone.source, gone.id, target, gone.at))
    return world.of(kept)


@worlds(12)
@given(seed=SEEDS, size=SIZES)
def test_a_purged_signal_is_as_if_it_had_never_been_in_all_of_history(seed: int, size: int) -> None:
    check_never_held(seed, size)


def test_what_was_purged_is_nowhere_in_the_log_and_its_id_stays_taken() -> None:
    world = make_world(3, 8)
    gone = next(arrival for arrival in world.arrivals if arrival.type == STORED_SIGNAL)
    log = logged(world)
    purge(log, gone.name, reason=REASON)
    purge(log, gone.name, reason="again")
    found = log.find(gone.source, gone.id)
    assert found is not None
    assert found.envelope.type == "signal.purged"
    assert REASON.encode() in found.envelope.body
    envelope = envelope_of(gone)
    assert envelope is not None
    (receipt,) = log.append([envelope])
    assert receipt.outcome is Outcome.CONFLICT


def _forgets_what_it_corrected(patch: pytest.MonkeyPatch) -> None:
    rest = purging._rest_of

    def forgetful(*given_: object) -> object:
        purged = rest(*given_)  # type: ignore[arg-type]
        return type(purged)(signal=purged.signal, retracts=None, reason=purged.reason)

    patch.setattr(purging, "_rest_of", forgetful)


def _keeps_it_in_its_place(patch: pytest.MonkeyPatch) -> None:
    def order_alone(self: MemoryLog, order: object, _rest: object) -> None:
        self.append([order])  # type: ignore[list-item]

    patch.setattr(MemoryLog, "purge", order_alone)


def _goes_on_as_it_was(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(arriving, "_purged", lambda *_: None)


DEFECTS = seen_by(
    check_never_held,
    Defect("what it corrected comes back", _forgets_what_it_corrected),
    Defect("it is retracted, and history keeps it", _keeps_it_in_its_place),
    Defect("whoever goes on serves it still", _goes_on_as_it_was),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
