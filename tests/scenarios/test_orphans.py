"""At the end of each shipped scenario every alert reaches a post that can act (law 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from fusion.access.discovery import beholder_of, posts_acted_for
from fusion.access.reader import Reader
from fusion.cli.demonstration.offline_world import Observer, World, observer_of, world_of
from fusion.cli.demonstration.scenario import Reading, Scenario, load_scenario, shipped
from fusion.domain.post import Registry
from fusion.projections.view.everybody import Everybody
from fusion.projections.view.orphans import Officer, Orphans, orphans_in
from fusion.settings import Settings

PEOPLE = {name: load_scenario(name) for name in shipped()}


def as_they_act(reading: Reading) -> Iterator[Reader]:
    """Somebody of a scenario, for each purpose and case and for none."""
    reader = observer_of(reading).reader
    assert reader is not None
    grants = reader.grants
    for purpose, case in product((None, *grants.purposes), (None, *grants.cases)):
        yield Reader(grants, purpose=purpose, case=case)


def orphans_of(scenario: Scenario, world: World, registry: Registry) -> Orphans:
    """What `fusion verify --orphans` finds after the last signal."""
    people = (*scenario.readers, *scenario.officers)
    readers = [reader for reading in people for reader in as_they_act(reading)]
    officers = [
        Officer(frozenset(posts), beholder_of(reader, world.community, registry))
        for reader in readers
        if (posts := {post.id for post in posts_acted_for(reader.name, registry)})
    ]
    known = [beholder_of(reader, world.community, registry).knowledge for reader in readers]
    with world.fused(world.arrivals(scenario.signals, scenario.slug)) as known_to:
        return orphans_in(
            known_to(Observer("everybody")).scene.store,
            world.rules,
            registry,
            key=world.community.handle_key,
            classes=[Everybody(level=4), *known],
            officers=officers,
        )


@pytest.mark.parametrize("name", PEOPLE)
def test_every_alert_of_a_scenario_reaches_somebody_who_can_act(name: str) -> None:
    scenario = PEOPLE[name]
    world = world_of(scenario, None, Settings())
    found = orphans_of(scenario, world, world.registry)
    assert found.alerts
    assert found.names == ()


def test_without_its_officers_the_alerts_of_september_11_reach_nobody() -> None:
    """The demonstration's four readers hold no post that answers for what they are told."""
    scenario = PEOPLE["september-11"]
    world = world_of(scenario, None, Settings())
    officers = {officer.name for officer in scenario.officers}
    vacant = tuple(
        replace(post, holder=None if post.holder in officers else post.holder)
        for post in world.registry.posts
    )
    found = orphans_of(scenario, world, replace(world.registry, posts=vacant))
    assert len(found.names) == found.alerts == 3
