"""The stored, incremental engine equals the reference model on random worlds, for every reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.hypothesis import Status
from fusion.domain.marking import Knowledge, NormalForm
from fusion.events.position import Position
from fusion.fusing.following import Following
from fusion.fusing.ground import fuse_ground
from fusion.fusing.reference import Fused, Happened, chronicle, fuse, in_order, known_to
from fusion.fusing.rules import Rules
from fusion.fusing.step import Arrival, Step
from fusion.projections.store.database import open_database
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore
from fusion.vocabulary.loaded import load_vocabulary
from tests.simulation.worlds import (
    COMMUNITY,
    PATTERNS,
    TinyLinker,
    World,
    make_readers,
    make_world,
)

RULES = Rules(linker=TinyLinker(), patterns=PATTERNS, vocabulary=load_vocabulary())
WORLDS = settings(max_examples=60)
SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


class Engine:
    """The real step over the real store, in memory."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.store = SqlStore(open_database(None))
        self.store.keep_community(1, COMMUNITY)
        self.step = Step(self.store, rules)
        self.grounds = GroundReader(self.store, rules)
        self.offset = 0

    def work(self, arrivals: Sequence[Arrival]) -> None:
        self.offset += len(arrivals)
        self.step.work(arrivals, Position.start().advanced("0", self.offset))

    def work_in_batches(self, arrivals: Sequence[Arrival], random: Random) -> None:
        start = 0
        while start < len(arrivals):
            size = random.choice((1, 2, 5, 100))
            self.work(arrivals[start : start + size])
            start += size

    def following(self, reader: Knowledge) -> Following:
        return Following(self.rules, reader.admits)

    def export(self, world: World, reader: Knowledge) -> object:
        """`fuse` as the engine has it now: entities and every hypothesis that could be told."""
        today = self.store.today()
        entities, hypotheses = set(), set()
        places = {self.grounds.place_of(m.name) for s in world.signals() for m in s.mentions}
        places |= {
            f"{p.slug}|aviation|us" for p in PATTERNS if p.scope.value == "topic-country"
        }
        for place in sorted(place for place in places if place):
            ground = self.grounds.ground(place)
            assert ground is not None
            now = (10**18, "")
            fusion = fuse_ground(ground, self.rules, reader.admits, now, today=today)
            entities |= {tuple(m.name for m in e) for e in fusion.resolution.entities}
            hypotheses |= {h for h in fusion.hypotheses if h.status is not Status.BELOW}
        return frozenset(entities), frozenset(hypotheses)


def reference_export(world: World, reader: Callable[[NormalForm], bool]) -> object:
    fused = reference_fuse(world, reader)
    entities = frozenset(tuple(m.name for m in e) for e in fused.entities)
    return entities, frozenset(h for h in fused.hypotheses if h.status is not Status.BELOW)


def reference_fuse(world: World, admits: Callable[[NormalForm], bool]) -> Fused:
    happened = Happened()
    for happening in in_order(world.happenings()):
        happened.take(happening)
    known = known_to(happened.signals, happened.judgements, admits)
    return fuse(known, RULES, happened.today)


def told(engine: Engine, following: Following) -> list[object]:
    following.follow(engine.grounds)
    return [t.entry for t in following.told]


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_the_engine_fuses_what_the_reference_fuses_for_every_reader(seed: int, size: int) -> None:
    world = make_world(seed, size)
    engine = Engine()
    engine.work_in_batches(world.arrivals, Random(seed))
    for reader in make_readers(seed):
        assert engine.export(world, reader) == reference_export(world, reader.admits)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_the_engine_tells_the_chronicle_of_the_reference(seed: int, size: int) -> None:
    world = make_world(seed, size)
    engine = Engine()
    engine.work_in_batches(world.arrivals, Random(seed))
    for reader in make_readers(seed):
        assert told(engine, engine.following(reader)) == chronicle(
            world.happenings(), RULES, reader.admits
        )


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_following_along_tells_what_following_at_the_end_tells(seed: int, size: int) -> None:
    world = make_world(seed, size)
    engine, random = Engine(), Random(seed)
    readers = make_readers(seed)
    live = [engine.following(reader) for reader in readers]
    for arrival in world.arrivals:
        engine.work([arrival])
        for following in live:
            if random.random() < 0.5:
                following.follow(engine.grounds)
    for reader, following in zip(readers, live, strict=True):
        assert told(engine, following) == told(engine, engine.following(reader))
