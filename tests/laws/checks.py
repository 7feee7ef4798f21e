"""The laws as checks on one random world each: AssertionError where a law is broken.

The tests run them under Hypothesis; `test_defects` runs the same checks on engines with a planted
defect and asks that one goes red.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fusion.fusing.arrival import Arrival
from fusion.fusing.reference import chronicle
from tests.fusing.test_engine import check_chronicle, check_fusing
from tests.laws.cutting import as_known, read
from tests.simulation.engine import Engine
from tests.simulation.making import arrival_of_body, make_world
from tests.simulation.worlds import World, make_readers


def check_order(seed: int, size: int) -> None:
    """Law 1: the order of arrival, doubles and batches change no byte of the export."""
    world = make_world(seed, size)
    engine, other = Engine.of(world, Random(seed)), Engine(world.rules)
    other.work_in_batches(_shuffled(world.arrivals, Random(seed + 1)), Random(seed + 2))
    for reader in make_readers(seed):
        assert other.export(reader).digest == engine.export(reader).digest


def check_retraction(seed: int, size: int) -> None:
    """Law 2: after a retraction all is as if the log had never held the signal.

    Save that what it retracted stays retracted. And what was told before the retraction stays told.
    """
    world = make_world(seed, size)
    submitted = [a for a in world.arrivals if a.type.endswith("submitted.v1")]
    if not submitted:
        return
    gone = Random(seed).choice(submitted)
    retraction = _retraction(world, gone)
    engine = Engine.of(world.of([*world.arrivals, retraction]), Random(seed))
    never = Engine.of(world.of(_without(world.arrivals, gone)), Random(seed))
    before = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        assert engine.export(reader).digest == never.export(reader).digest
        told = before.told(reader)
        assert engine.told(reader)[: len(told)] == told


def check_rebuild(seed: int, size: int) -> None:
    """Law 3: a store rebuilt from the log equals the live one, which was killed on the way."""
    world = make_world(seed, size)
    live, random = Engine(world.rules), Random(seed)
    cut = random.randrange(len(world.arrivals) + 1)
    live.work_in_batches(world.arrivals[:cut], random)
    live.restart()
    live.work_in_batches(world.arrivals[cut:], random)
    rebuilt = Engine.of(world, Random(seed + 1))
    for reader in make_readers(seed):
        assert rebuilt.export(reader).digest == live.export(reader).digest
        assert rebuilt.told(reader) == live.told(reader)


def check_noninterference(seed: int, size: int) -> None:
    """Law 4, at the view: every answer equals that over a log of what the reader may know."""
    world = make_world(seed, size)
    for number, reader in enumerate(make_readers(seed)[1:]):
        whole = read(world, reader, Random(seed), world)
        cut = read(as_known(world, reader), reader, Random(seed + number + 1), world)
        assert whole == cut


def check_no_undersharing(seed: int, size: int) -> None:
    """Law 5: whatever follows from what a reader may know is there for it, and nothing else."""
    check_fusing(seed, size)
    check_chronicle(seed, size)


def check_bound(seed: int, size: int) -> None:
    """RULES 23: where the bound let nothing through, no reader ever has anything to be told."""
    world = make_world(seed, size)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        expected = chronicle(world.happenings(), world.rules, reader.admits)
        told = {entry.alert for entry in engine.told(reader)}
        assert {entry.alert for entry in expected} <= told


def _shuffled(arrivals: Sequence[Arrival], random: Random) -> list[Arrival]:
    """Another order of arrival; the sequence of decisions and the times of events stay."""
    shuffled = list(arrivals)
    random.shuffle(shuffled)
    return shuffled


def _retraction(world: World, gone: Arrival) -> Arrival:
    """A retraction of a signal, after everything else."""
    last = max(arrival.at[0] for arrival in world.arrivals) + 1
    document = {
        "specversion": "1.0",
        "type": "fusion.signal.retracted.v1",
        "source": gone.source,
        "id": "gone",
        "time": "2000-01-01T00:00:00Z",
        "data": {"retracts": gone.id, "reason": "wrong"},
    }
    return arrival_of_body((last, f"{gone.source}\0gone"), document)


def _without(arrivals: Sequence[Arrival], gone: Arrival) -> list[Arrival]:
    """A log that never held a signal, but holds what it retracted as retracted."""
    kept = []
    for arrival in arrivals:
        if arrival is not gone:
            kept.append(arrival)
        elif gone.retracts is not None:
            target = gone.retracts.rpartition("/")[2]
            document = {
                "specversion": "1.0",
                "type": "fusion.signal.retracted.v1",
                "source": gone.source,
                "id": gone.id,
                "time": "2000-01-01T00:00:00Z",
                "data": {"retracts": target, "reason": ""},
            }
            kept.append(arrival_of_body(gone.at, document))
    return kept
