"""The stored, incremental engine equals the reference model on random worlds, for every reader."""

from __future__ import annotations

from functools import partial
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.fact import SignalFacts
from fusion.domain.hypothesis import Status
from fusion.domain.ids import entity_name
from fusion.domain.marking import Knowledge
from fusion.fusing.attribution import attribute
from fusion.fusing.ground import fuse_ground
from fusion.fusing.reference import Fused, chronicle, fuse, known_to, weight_of_holders
from fusion.fusing.reference_links import Link
from fusion.projections.store.grounds import census
from fusion.projections.view.export import Export
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers

WORLDS = settings(max_examples=50)
SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


def of_export(found: Export) -> object:
    links = {Link(link.a, link.b, link.bits, link.verdict, link.by) for link in found.links}
    return set(found.entities), links, set(found.hypotheses)


def of_reference(fused: Fused) -> object:
    entities = {(m.name, entity_name(e[0].name)) for e in fused.entities for m in e}
    told = {h for h in fused.hypotheses if h.status is not Status.BELOW}
    return entities, set(fused.links), told


def check_fusing(seed: int, size: int) -> None:
    """`fuse` over everything: entities, links and hypotheses."""
    world = make_world(seed, size)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        assert of_export(engine.export(reader)) == of_reference(world.fused(reader))


def check_chronicle(seed: int, size: int) -> None:
    """What was told, version by version."""
    world = make_world(seed, size)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        expected = chronicle(world.happenings(), world.rules, reader.admits)
        assert engine.told(reader) == expected


def check_following(seed: int, size: int) -> None:
    """Looking often tells what looking once tells."""
    world = make_world(seed, size)
    engine, random = Engine(world.rules), Random(seed)
    readers = make_readers(seed)
    live = [engine.following(reader) for reader in readers]
    for arrival in world.arrivals:
        engine.work([arrival])
        for following in live:
            if random.random() < 0.5:
                following.follow(engine.grounds)
    for reader, following in zip(readers, live, strict=True):
        following.follow(engine.grounds)
        assert [told.entry for told in following.told] == engine.told(reader)


def check_attribution(seed: int, size: int) -> None:
    """What each holder would have alone, and what is left without it."""
    world = make_world(seed, size)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        for key, weights in attributed(engine, reader).items():
            assert weights == attributed_by_reference(world, reader, key, weights)


Key = tuple[str, str]
Weights = dict[tuple[str, str], int]


def attributed(engine: Engine, reader: Knowledge) -> dict[Key, Weights]:
    """Of each hypothesis on each ground: (alone or without, holder) → millibits."""
    found = {}
    with engine.scene(reader) as scene:
        at = (engine.store.last_instant()[0], "~")  # after all of it
        for place in census(engine.store).places:
            ground = scene.ground_at(place)
            fusion = fuse_ground(ground, engine.rules, reader.admits, at)
            for hypothesis in fusion.hypotheses:
                made = attribute(ground, engine.rules, reader.admits, at, fusion, hypothesis)
                found[hypothesis.pattern, hypothesis.cell_key] = {
                    **{("alone", h): w for h, w in made.agencies_alone.items()},
                    **{("alone", h): w for h, w in made.offices_alone.items()},
                    **{("without", h): w for h, w in made.without.items()},
                }
    return found


def attributed_by_reference(world: World, reader: Knowledge, key: Key, asked: Weights) -> Weights:
    happened = world.happened()
    known = known_to(happened.signals, happened.judgements, reader.admits)
    rules = happened.rules(world.rules)
    fused = fuse(known, rules, happened.today)
    (hypothesis,) = (h for h in fused.hypotheses if (h.pattern, h.cell_key) == key)
    return {
        (kind, holder): weight_of_holders(
            hypothesis,
            happened,
            rules,
            happened.today,
            reader.admits,
            partial(_holds, kind, holder),
        )
        for kind, holder in asked
    }


def _holds(kind: str, holder: str, signal: SignalFacts) -> bool:
    is_its_own = holder in (signal.agency, signal.office)
    return is_its_own if kind == "alone" else not is_its_own


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_the_engine_fuses_what_the_reference_fuses_for_every_reader(seed: int, size: int) -> None:
    check_fusing(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_the_engine_tells_the_chronicle_of_the_reference(seed: int, size: int) -> None:
    check_chronicle(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_following_along_tells_what_following_at_the_end_tells(seed: int, size: int) -> None:
    check_following(seed, size)


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_holders_weigh_what_the_reference_weighs_of_them(seed: int, size: int) -> None:
    check_attribution(seed, size)
