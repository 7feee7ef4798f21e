"""The laws as checks on one random world each: AssertionError where a law is broken.

The tests run them under Hypothesis; `test_defects` runs the same checks on engines with a planted
defect and asks that one goes red.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fusion.domain.errors import NotFound
from fusion.fusing.arrival import Arrival
from fusion.fusing.chronicle import Entry
from fusion.fusing.reference import chronicle
from fusion.projections.view.port import AlertFilters
from fusion.projections.view.view import ReaderView
from tests.fusing.test_engine import check_chronicle, check_fusing
from tests.laws.cutting import as_known, moment_of, read
from tests.projections.reading_all import asked_everything, view_of
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


def check_past(seed: int, size: int) -> None:
    """`as_of`: a read of a moment gives what was given then, had today's rights stood.

    Byte for byte, whatever came later: signals, retractions, judgements, ticks.
    """
    world = make_world(seed, size)
    moment = moment_of(world)
    then = world.of(arrival for arrival in world.arrivals if arrival.at[0] <= moment)
    now, before = Engine.of(world, Random(seed)), Engine.of(then, Random(seed + 1))
    mentions, signals = sorted(world.mentions()), sorted({s.name for s in world.signals()})
    for reader in make_readers(seed):
        was = view_of(before.store, before.rules, reader, now=moment)
        past = view_of(now.store, now.rules, reader).as_of(moment)
        assert asked_everything(past, mentions, signals) == asked_everything(was, mentions, signals)


def check_past_by_reference(seed: int, size: int) -> None:
    """The same against the definition: `fuse` and `chronicle` over the prefix."""
    world = make_world(seed, size)
    moment = moment_of(world)
    then = world.of(arrival for arrival in world.arrivals if arrival.at[0] <= moment)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        view = view_of(engine.store, engine.rules, reader).as_of(moment)
        known = {m.name: e for e in then.fused(reader).entities for m in e}
        for mention in world.mentions():
            assert _entity_of(view, mention) == [m.name for m in known.get(mention, ())]
        told = chronicle(then.happenings(), world.rules, reader.admits)
        assert _versions(view) == {(e.alert, e.version) for e in told if _is_last(e, told)}


def _entity_of(view: ReaderView, mention: str) -> list[str]:
    try:
        found: list[str] = view.entity_of(mention).body["mentions"]
    except NotFound:
        return []
    return found


def _versions(view: ReaderView) -> set[tuple[str, int]]:
    page = view.alerts(cursor=None, limit=200, filters=AlertFilters())
    return {(alert["alert"], alert["version"]) for alert in page.body["items"]}


def _is_last(entry: Entry, told: Sequence[Entry]) -> bool:
    """Whether no later entry is of the same alert, or replaces it."""
    later = told[told.index(entry) + 1 :]
    return not any(entry.alert in (each.alert, each.replaces) for each in later)


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
