"""What might have been, held to its definition by the reference model, and on a small story."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.clock import day_of
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.marking import Knowledge
from fusion.fusing.following import Told
from fusion.fusing.foresight import Crossing, earliest_crossing
from fusion.fusing.reference import Happened, fuse, in_order, known_to
from fusion.projections.view.alert_documents import signals_behind
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers


def foreseen(world: World, reader: Knowledge, told: Told) -> Crossing | None:
    """The definition: `fuse` of what each day brought of the fragments, day by day."""
    hypothesis, fragments = told.entry.hypothesis, signals_behind(told)
    assert hypothesis is not None
    happened, judged = Happened(), {}
    for happening in in_order(world.happenings()):
        if (happening.recorded, f"{happening.source}\1{happening.id}") <= told.at:
            happened.take(happening)
            if happening.judgement:
                judged[happening.judgement.id] = day_of(happening.recorded)
    reported = sorted({day_of(s.reported) for s in happened.signals if s.name in fragments})
    for day in sorted({*reported, *(day for day in judged.values() if day > reported[0])}):
        known = known_to(
            happened.signals,
            [j for j in happened.judgements if judged[j.id] <= day],
            reader.admits,
            lambda s, day=day: s.name in fragments and day_of(s.reported) <= day,  # type: ignore[misc]
        )
        for found in fuse(known, happened.rules(world.rules), day).hypotheses:
            if found.status is Status.ABOVE and _is_its(found, hypothesis):
                return Crossing(day, found.millibits)
    return None


def _is_its(found: Hypothesis, hypothesis: Hypothesis) -> bool:
    same_members = set(found.members) & set(hypothesis.members)
    same_key = found.cell_key == hypothesis.cell_key and not hypothesis.members
    return found.pattern == hypothesis.pattern and bool(same_members or same_key)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), size=st.integers(4, 14))
def test_a_crossing_is_that_of_the_reference(seed: int, size: int) -> None:
    world = make_world(seed, size)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        following = engine.following(reader)
        following.follow(engine.grounds)
        for told in following.told:
            if told.entry.kind != "withdrawn":
                ground, hypothesis = engine.grounds.ground(told.place), told.entry.hypothesis
                assert ground is not None
                assert hypothesis is not None
                crossing = earliest_crossing(
                    ground, engine.rules, reader.admits, told.at, hypothesis, signals_behind(told)
                )
                assert crossing == foreseen(world, reader, told)
