"""The laws of `resolve`, on worlds made up by Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.judgement import Verdict
from fusion.linking.resolve import Resolution, resolve
from tests.linking.world import (
    NEGATIVE,
    POSITIVE,
    UNSURE,
    Bounds,
    World,
    content_of,
    profile_named,
)

CONTENTS = "pqrstu"
GRADES = ("A1", "A2", "B2", "C3", "F6")
SCORES = (-20_000, -8_000, 0, 8_000, 12_000, 16_000, 18_000, 18_000, 20_000)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Small worlds in which all of it happens: rows, conflicts, denials, limits, contradictions."""
    world = World(
        Bounds(
            component_quota=draw(st.sampled_from([1, 2, 50])),
            component_limit=draw(st.sampled_from([2, 3, 50])),
            bar_top=draw(st.sampled_from([8_000, 18_000, 30_000])),
        )
    )
    for content in draw(st.sets(st.sampled_from(CONTENTS), max_size=2)):
        world.vague(content)
    for one, other in combinations(CONTENTS, 2):
        world.bits(one, other, draw(st.sampled_from(SCORES)), is_proposed=draw(st.booleans()))
    agencies = st.sampled_from(["cia", "fbi", "nsa"])
    for number in range(draw(st.integers(2, 9))):
        world.mention(
            draw(st.sampled_from(CONTENTS)),
            ref=f"m{number}",
            agency=draw(agencies),
            day=draw(st.integers(0, 3)),
            grade=draw(st.sampled_from(GRADES)),
        )
    names = st.sampled_from([mention.name for mention in world.mentions])
    for _ in range(draw(st.integers(0, 6))):
        is_same, grade = draw(st.booleans()), draw(st.sampled_from(GRADES))
        world.claim(draw(names), draw(names), is_same=is_same, agency=draw(agencies), grade=grade)
    for _ in range(draw(st.integers(0, 6))):
        verdict, author = draw(st.sampled_from(Verdict)), draw(st.sampled_from(["ann", "bob"]))
        world.judge(draw(names), draw(names), verdict, author=author)
    return world


def _resolved(world: World, *, shuffle: st.DataObject) -> Resolution:
    """The world with all that is given in another order, and pairs the other way round."""
    edges = world.edges() + [(q, p) for p, q in world.edges()]
    return resolve(
        shuffle.draw(st.permutations(world.mentions)),
        shuffle.draw(st.permutations(world.claims)),
        shuffle.draw(st.permutations(world.judgements)),
        model=world.bounds,
        bits=world.bits_of,
        self_bits=world.self_bits_of,
        edges=shuffle.draw(st.permutations(edges)),
    )


@given(world=worlds(), shuffle=st.data())
def test_the_order_of_no_argument_matters(world: World, shuffle: st.DataObject) -> None:
    assert _resolved(world, shuffle=shuffle) == world.resolve()


@given(world=worlds())
def test_every_mention_is_in_one_entity(world: World) -> None:
    names = [mention.name for entity in world.resolve().entities for mention in entity]
    assert sorted(names) == sorted(mention.name for mention in world.mentions)


@given(world=worlds(), data=st.data())
def test_claims_and_judgements_on_unknown_mentions_change_nothing(
    world: World, data: st.DataObject
) -> None:
    before = world.resolve()
    names = st.sampled_from([mention.name for mention in world.mentions])
    for _ in range(3):
        is_same, grade = data.draw(st.booleans()), data.draw(st.sampled_from(GRADES))
        world.claim(data.draw(names), "/cia/7#unknown", is_same=is_same, grade=grade)
        world.judge(data.draw(names), "/cia/8#unknown", data.draw(st.sampled_from(Verdict)))
    assert world.resolve() == before


@given(world=worlds(), verdict=st.sampled_from([POSITIVE, NEGATIVE]), data=st.data())
def test_a_judgement_taken_back_by_unsure_was_never_there(
    world: World, verdict: Verdict, data: st.DataObject
) -> None:
    before = world.resolve()
    a, b = (data.draw(st.sampled_from([m.name for m in world.mentions])) for _ in range(2))
    world.judge(a, b, verdict, author="cy")
    world.judge(a, b, UNSURE, author="cy")
    assert world.resolve() == before


@given(world=worlds(), data=st.data())
def test_the_newest_judgement_is_always_honoured(world: World, data: st.DataObject) -> None:
    pair = st.lists(st.sampled_from([m.name for m in world.mentions]), min_size=2, max_size=2)
    a, b = data.draw(pair.filter(lambda names: names[0] != names[1]))
    verdict = data.draw(st.sampled_from([POSITIVE, NEGATIVE]))
    for author in ("ann", "bob"):
        world.judge(a, b, verdict, author=author)
    found = world.resolve()
    assert (found.entity_of(a) is found.entity_of(b)) is (verdict is POSITIVE)


@given(world=worlds())
def test_a_claim_heard_again_changes_nothing(world: World) -> None:
    before = world.resolve()
    world.claims *= 2
    assert world.resolve() == before


@given(one=worlds(), other=worlds())
def test_a_component_takes_no_notice_of_another(one: World, other: World) -> None:
    """What the engine rests on: whole components may be resolved one by one, or together."""
    elsewhere = [
        replace(m, name="/x" + m.name, profile=profile_named("x" + content_of(m.profile)))
        for m in other.mentions
    ]
    joint = World(
        one.bounds,
        [*one.mentions, *elsewhere],
        [*one.claims, *(replace(c, a="/x" + c.a, b="/x" + c.b) for c in other.claims)],
        [*one.judgements, *(replace(j, a="/x" + j.a, b="/x" + j.b) for j in other.judgements)],
        {**one.selves, **{"x" + content: bits for content, bits in other.selves.items()}},
        {**one.table, **{_moved(pair): bits for pair, bits in other.table.items()}},
        one.unproposed | set(map(_moved, other.unproposed)),
    )
    other.bounds = one.bounds
    apart = {frozenset("/x" + name for name in entity) for entity in other.together()}
    assert joint.together() == one.together() | apart


def _moved(pair: frozenset[str]) -> frozenset[str]:
    return frozenset("x" + content for content in pair)
