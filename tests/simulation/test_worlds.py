"""What the worlds contain: a law is worth what its worlds can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import pytest

from fusion.domain.marking import join
from fusion.domain.signal import decode_event
from fusion.fusing.reference import known_to
from fusion.fusing.reference_links import World as Links
from fusion.fusing.reference_links import rulings
from tests.simulation.making import STORED_RETRACTION, make_world
from tests.simulation.worlds import EVERYTHING, World, make_readers

# Of so many worlds each thing stands in at least so many: rare enough to be small, common enough
# that a test of a few dozen worlds meets it.
WORLDS, LEAST = 150, 8

EXPECTED = (
    "a conflict of content",
    "a claim that a denial opposes",
    "a claim before its mention",
    "judgements of which one contradicts those honoured",
    "a NEGATIVE inside a profile",
    "a generic key crossed by hidden mentions",
    "a flood by one publisher",
    "a profile said by two publishers",
    "a retraction after its object",
    "a retraction before its object",
    "a correction",
    "a tear-line whose parent is hidden",
    "several owners in one marking",
    "a relayed origin",
    "a ring of relays",
    "a hidden origin",
    "an office deeper than two segments",
    "a report that comes late",
    "several events of one moment",
    "a source that sorts behind decisions",
    "a relation",
    "a remark",
    "a publication of patterns",
)


@pytest.fixture(scope="module")
def census() -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(WORLDS):
        found.update(set(_contents(make_world(seed, 14), seed)))
    return found


@pytest.mark.parametrize("thing", EXPECTED)
def test_worlds_contain(thing: str, census: Counter[str]) -> None:
    assert census[thing] >= LEAST


def test_nothing_is_counted_that_nobody_expects(census: Counter[str]) -> None:
    assert set(census) == set(EXPECTED)


def _contents(world: World, seed: int) -> Iterator[str]:
    yield from _events(world)
    yield from _markings(world, seed)
    yield from _linking(world)


def _events(world: World) -> Iterator[str]:
    came: dict[str, int] = {}
    for place, arrival in enumerate(world.arrivals):
        if arrival.type:
            came[arrival.name] = place
    floods = Counter(a.id.partition(".")[0] for a in world.arrivals if "." in a.id)
    if floods:
        yield "a flood by one publisher"
    for place, arrival in enumerate(world.arrivals):
        target = arrival.retracts
        if target in came and arrival.type == STORED_RETRACTION:
            later = came[target] > place
            yield f"a retraction {'before' if later else 'after'} its object"
        if target in came and arrival.type != STORED_RETRACTION:
            yield "a correction"
        if arrival.at[1].startswith("/z/"):
            yield "a source that sorts behind decisions"
        if arrival.published is not None:
            yield "a publication of patterns"
        if arrival.remark:
            yield "a remark"
        for claim in arrival.facts[0].claims if arrival.facts else ():
            signal = claim.b.partition("#")[0]
            if came.get(signal, place) > place:
                yield "a claim before its mention"
    moments = Counter(a.at[0] for a in world.arrivals if a.at[1])
    if max(moments.values()) > 2:
        yield "several events of one moment"


def _markings(world: World, seed: int) -> Iterator[str]:
    readers = make_readers(seed)[1:]
    origins = {s.name: (s.origin or "").removeprefix("signal:") for s in world.signals()}
    for arrival in world.arrivals:
        if arrival.judgement and len(arrival.judgement.marking.owners) > 1:
            yield "several owners in one marking"
        if arrival.type == "signal.submitted" and decode_event(arrival.body).time:
            signal = arrival.facts[0]
            if signal.reported < arrival.at[0]:
                yield "a report that comes late"
            if signal.office.count("/") > 2:
                yield "an office deeper than two segments"
            if signal.relations:
                yield "a relation"
            if origins[signal.name] in origins:
                yield "a relayed origin"
                if _is_in_a_ring(signal.name, origins):
                    yield "a ring of relays"
            for reader in readers:
                hidden = signal.origin_marking and not reader.admits(signal.origin_marking)
                if hidden and reader.admits(signal.marking):
                    yield "a hidden origin"
                lines = arrival.facts[1:]
                if not reader.admits(signal.marking) and any(
                    reader.admits(line.marking) for line in lines
                ):
                    yield "a tear-line whose parent is hidden"


def _is_in_a_ring(name: str, origins: dict[str, str]) -> bool:
    walked = [name]
    while (target := origins.get(walked[-1])) in origins:
        if target in walked:
            return True
        walked.append(target)
    return False


def _linking(world: World) -> Iterator[str]:
    happened = world.happened()
    known = known_to(happened.signals, happened.judgements, EVERYTHING.admits)
    mentions = [m for s in known.signals for m in s.mentions]
    claims = [c for s in known.signals for c in s.claims]
    links = Links(mentions, claims, known.judgements, world.rules.linker, mentions)
    if any(links.is_conflict(x, y) for x in links.nodes for y in links.nodes):
        yield "a conflict of content"
    said = [{c.is_same for c in links._claims(x, y)} for x, y in combinations(links.nodes, 2)]
    if {True, False} in said:
        yield "a claim that a denial opposes"
    if links.apart & {name for pair in links.negative for name in pair}:
        yield "a NEGATIVE inside a profile"
    made = [j for j in known.judgements if set(j.pair) <= links.mentions.keys()]
    if len(rulings(made)) > len(links.positive) + len(links.negative):
        yield "judgements of which one contradicts those honoured"
    publishers: dict[object, set[str]] = {}
    for mention in mentions:
        publishers.setdefault(mention.profile, set()).add(mention.agency)
    if any(len(agencies) > 1 for agencies in publishers.values()):
        yield "a profile said by two publishers"
    if _is_crossed(links):
        yield "a generic key crossed by hidden mentions"


def _is_crossed(links: Links) -> bool:
    """Whether a key proposes some pairs and not others, by what stands under their markings."""
    for mentions in links.carriers.values():
        asked = {
            join(a.marking, b.marking): links._is_proposed(a, b)
            for a in mentions
            for b in mentions
            if a.profile != b.profile
        }
        if len(set(asked.values())) > 1:
            return True
    return False
