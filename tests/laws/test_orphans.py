"""Law 6: every alert reaches a post that can act, whoever holds its evidence.

On random worlds with random registries, in which posts are vacant, their holders know this and
that, and a common steward may know every marking. What counts as an orphan is held to the reference
models as well, where there is no steward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.access.discovery import Beholder, Standing
from fusion.coordination.registry_file import load_registry
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.ids import agency_of
from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.fusing.chronicle import Entry
from fusion.fusing.pointer import Sight
from fusion.fusing.pointing import Pointing
from fusion.fusing.reference import chronicle
from fusion.fusing.reference_pointers import pointers
from fusion.projections.view.orphans import Officer, Orphans, orphans_in, posts_for
from tests.simulation import pointing_worlds
from tests.simulation.engine import Engine
from tests.simulation.logged import registry_document
from tests.simulation.making import make_world
from tests.simulation.tiny import COMMUNITY
from tests.simulation.worlds import EVERYTHING, World, make_reader

KEY = COMMUNITY.handle_key
SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 12)
NOTHING = Knowledge(-1, frozenset(), frozenset())
POSTS = ("/a/lead", "/a/second", "/b/lead", "/b/second", "/b/duty", "/z/duty")


@dataclass(frozen=True)
class Town:
    """A registry, those who act for its posts, and who else reads."""

    registry: Registry
    officers: tuple[Officer, ...]
    readers: tuple[Knowledge, ...]

    def without_steward(self) -> Town:
        left = tuple(each for each in self.officers if "/a/steward" not in each.posts)
        return replace(self, registry=replace(self.registry, steward=None), officers=left)


def make_town(random: Random) -> Town:
    """Some posts are held, each by somebody who knows something; the steward knows everything."""
    held = [post for post in POSTS if random.random() < 0.5]
    registry = load_registry(_document(held, random))
    officers = [_officer(post, make_reader(random), registry) for post in held]
    officers.append(_officer("/a/steward", EVERYTHING, registry))
    return Town(
        registry,
        tuple(officers),
        tuple(make_reader(random) for _ in range(2)),
    )


def _officer(post: str, knowledge: Knowledge, registry: Registry) -> Officer:
    """Who acts for a post; discovery admits it as that post's holder."""
    desks = {desk.id for each in registry.agencies for desk in each.desks if desk.post == post}
    accountable = {each.id for m in registry.mechanisms for each in registry.lead_and_deputy(m)}
    standing = Standing.STEWARD if post in accountable else Standing.AGENCY
    if post == registry.steward:
        standing = Standing.COMMON_STEWARD
    return Officer(frozenset({post}), Beholder(knowledge, standing, frozenset(desks)))


def _document(held: list[str], random: Random) -> dict[str, Any]:
    document = registry_document()
    document["posts"] = [
        {"id": post, "title": post, **({"holder": post} if post in held else {})} for post in POSTS
    ]
    document["posts"].append({"id": "/a/steward", "title": "Steward", "holder": "sten"})
    document["steward"] = "/a/steward"
    posts = {post["id"]: post for post in document["posts"]}
    posts["/a/lead"]["deputy"], posts["/b/lead"]["deputy"] = "/a/second", "/b/second"
    if random.random() < 0.5:
        below = {"slug": "security", "name": "S", "parent": "overall", "domains": ["security"]}
        document["mechanisms"].append({**below, "lead": "/b/lead", "core": ["b"]})
    for agency in document["agencies"]:
        if agency["slug"] in "bz" and random.random() < 0.7:
            slug = agency["slug"]
            agency["desks"] = [{"id": f"/{slug}/desk", "name": "D", "post": f"/{slug}/duty"}]
    return document


def found_in(world: World, town: Town) -> Orphans:
    engine = Engine.of(world, Random(0))
    return orphans_in(
        engine.store,
        world.rules,
        town.registry,
        key=KEY,
        classes=[EVERYTHING, *town.readers],
        officers=town.officers,
    )


def check_none(seed: int, size: int) -> None:
    """Where a steward may know every marking, nothing of it is an orphan."""
    world, town = make_world(seed, size), make_town(Random(seed))
    knowing = replace(town, readers=())
    assert found_in(world, knowing).names == ()


def check_equal(seed: int, size: int) -> None:
    """Without one, what reaches nobody is what by the references nobody is told of."""
    world, town = make_world(seed, size), make_town(Random(seed)).without_steward()
    assert found_in(world, town) == by_definition(world, town)


# --- the definition, over the reference models


def by_definition(world: World, town: Town) -> Orphans:
    alerts: list[Entry] = []
    for knowledge in (EVERYTHING, *town.readers):
        for entry in _standing(world, knowledge):
            if not any(_same(entry, other) for other in alerts):
                alerts.append(entry)
    names = [
        entry.alert
        for entry in alerts
        if not any(
            _is_told(world, officer, town.registry, entry)
            for officer in town.officers
            if officer.posts & posts_for(entry, world.rules, town.registry)
        )
    ]
    return Orphans(len(alerts), tuple(sorted(names)))


def _standing(world: World, knowledge: Knowledge) -> list[Entry]:
    standing: dict[str, Entry] = {}
    for entry in chronicle(world.happenings(), world.rules, knowledge.admits):
        standing.pop(entry.replaces or "", None)
        standing.pop(entry.alert, None)
        if entry.kind != "withdrawn":
            standing[entry.alert] = entry
    return list(standing.values())


def _is_told(world: World, officer: Officer, registry: Registry, entry: Entry) -> bool:
    """Told of it, or pointed to more of it."""
    sight = Sight(officer.beholder, registry)
    pointed = pointers(world.happenings(), world.rules, sight, KEY).alerts
    known = _standing(world, officer.beholder.knowledge)
    return any(_same(entry, mine) for mine in [*known, *pointed])


def _same(one: Entry, other: Entry) -> bool:
    shares = set(_of(one).members) & set(_of(other).members)
    return one.pattern == other.pattern and bool(one.cell_key == other.cell_key or shares)


def _of(entry: Entry) -> Hypothesis:
    assert entry.hypothesis is not None, "what stands has a hypothesis"
    return entry.hypothesis


@settings(max_examples=25)
@given(seed=SEEDS, size=SIZES)
def test_no_alert_is_an_orphan_where_a_steward_may_know_every_marking(seed: int, size: int) -> None:
    check_none(seed, size)


@settings(max_examples=15)
@given(seed=SEEDS, size=SIZES)
def test_an_orphan_is_what_by_the_references_nobody_is_told_of(seed: int, size: int) -> None:
    check_equal(seed, size)


def test_a_mechanism_whose_lead_may_know_nothing_makes_orphans_where_there_is_no_steward() -> None:
    found = set()
    for seed in range(60):
        world, town = make_world(seed, 4 + seed % 10), make_town(Random(seed)).without_steward()
        blind = Officer(frozenset(POSTS), Beholder(NOTHING, Standing.STEWARD))
        orphans = found_in(world, replace(town, officers=(blind,), readers=()))
        standing = {e.alert for e in _standing(world, EVERYTHING)}
        assert set(orphans.names) <= standing
        found |= set(orphans.names)
    assert found


def apart(seed: int) -> tuple[World, Town]:
    """A world of pointers, in which desks' officers know what their own agency may know."""
    world = pointing_worlds.make_world(seed, 4 + seed % 6)
    registry = replace(pointing_worlds.REGISTRY, steward=None)
    posts = [post.id for post in registry.posts if post.id.endswith("/officer")]
    officers = [_officer(post, _of_agency(agency_of(post)), registry) for post in posts]
    return world, Town(registry, tuple(officers), ())


def _of_agency(slug: str) -> Knowledge:
    token = f"domestic/{slug}" if slug in "abc" else f"partner/{slug}"
    return Knowledge(1, frozenset(), frozenset({token}))


def test_an_alert_to_which_a_pointer_alone_leads_is_no_orphan() -> None:
    """Who holds half of it is told of no alert, and can ask whoever holds the rest."""
    reached = 0
    for seed in range(10):
        world, town = apart(seed)
        orphans = found_in(world, town)
        assert orphans == by_definition(world, town)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pointing, "alerts", [])
            reached += len(found_in(world, town).names) - len(orphans.names)
    assert reached
