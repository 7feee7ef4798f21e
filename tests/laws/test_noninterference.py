"""Law 4, non-interference, at the view: what a reader is answered depends on what it may know.

Every answer over a log equals that over the log cut down to what the reader may know, and that over
the cut log with strangers in it: hidden facts added and taken away, merged with known ones, judged,
claimed, retracted and corrected, and come at other times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given

from fusion.fusing import attribution
from fusion.fusing.following import Following
from fusion.fusing.ground import Fusion, Ground, StoredSignal, fuse_ground
from fusion.linking import generic
from fusion.projections.view import entity_documents, scene, searching
from fusion.projections.view.alert_documents import _Shown
from fusion.projections.view.scene import Scene
from fusion.projections.view.signal_documents import _Known
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.cutting import as_known, read, with_strangers
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.simulation.making import make_world
from tests.simulation.worlds import make_readers


def check_noninterference(seed: int, size: int) -> None:
    """Every answer to every question, byte for byte."""
    world = make_world(seed, size)
    for number, reader in enumerate(make_readers(seed)[1:]):
        random = Random(seed + number)
        cut = as_known(world, reader)
        answers = read(cut, reader, random, world)
        assert read(world, reader, random, world) == answers
        strange = with_strangers(cut, random)
        assert read(strange, reader, random, world) == answers


@worlds(15)
@given(seed=SEEDS, size=SIZES)
def test_a_view_depends_on_nothing_but_what_its_reader_may_know(seed: int, size: int) -> None:
    check_noninterference(seed, size)


def _all(_: object) -> bool:
    return True


def _fused_for_all_then_filtered(patch: pytest.MonkeyPatch) -> None:
    """What every plain system does: entities of everything, without their hidden members."""
    fusion = Scene.fusion

    def filtered(self: Scene, on: Ground, at: Any = scene.NOW) -> Fusion:
        admits, self.admits = self.admits, _all
        try:
            found = fusion(self, on, at)
        finally:
            self.admits = admits
        seen = [tuple(m for m in e if admits(m.marking)) for e in found.resolution.entities]
        resolution = type(found.resolution)(tuple(e for e in seen if e), found.resolution.links)
        return Fusion(resolution, found.hypotheses, found.pieces, found.origins)

    patch.setattr(Scene, "fusion", filtered)


def _named_by_hidden_founder(patch: pytest.MonkeyPatch) -> None:
    name = entity_documents.entity_name
    founder: dict[str, str] = {}
    entity = Scene.entity

    def founded(self: Scene, mention: str) -> Any:
        found = entity(self, mention)
        on = self.ground_of(mention)
        if found and on:
            whole = fuse_ground(on, self.rules, _all, scene.NOW, today=self.today)
            founder[found[0].name] = whole.home(found[0].name) or found[0].name
        return found

    patch.setattr(Scene, "entity", founded)
    patch.setattr(entity_documents, "entity_name", lambda first: name(founder.get(first, first)))


def _hidden_members_listed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoredSignal, "known", lambda self, _: self.facts)


def _served_whole(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Known, "_may_know", lambda *_: True)


def _banner_over_the_ground(patch: pytest.MonkeyPatch) -> None:
    def whole(self: _Shown) -> Iterable[Any]:
        return [m.marking for s in self.ground.signals for m in s.facts.mentions]

    patch.setattr(_Shown, "markings", whole)


def _limit_before_visibility(patch: pytest.MonkeyPatch) -> None:
    walk = searching.signals_newest_first

    def first(*asked: Any) -> Iterator[Any]:
        return islice(walk(*asked), 3)

    patch.setattr(searching, "signals_newest_first", first)


def _weights_over_everything(patch: pytest.MonkeyPatch) -> None:
    def of_all(on: Ground, rules: Any, _: Any, at: Any, **more: Any) -> Fusion:
        return fuse_ground(on, rules, _all, at, **more)

    patch.setattr(attribution, "fuse_ground", of_all)


def _keys_counted_over_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(generic, "is_no_stricter", lambda *_: True)


def _chronicle_of_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("fusion.projections.view.book.Following", lambda rules, _: Following(rules, _all))


DEFECTS = seen_by(
    check_noninterference,
    Defect("entities are made of everything and then filtered", _fused_for_all_then_filtered),
    Defect("an entity is named by a hidden founding mention", _named_by_hidden_founder),
    Defect("hidden mentions stand in lists of members", _hidden_members_listed),
    Defect("a signal is served whole to whoever may know a part of it", _served_whole),
    Defect("the banner is rolled up over the whole ground", _banner_over_the_ground, 9),
    Defect("a limit applies before visibility", _limit_before_visibility),
    Defect("weights of holders are of everything", _weights_over_everything, 56),
    Defect("contents that carry a key are counted over all markings", _keys_counted_over_all, 5),
    Defect("a chronicle is of everything", _chronicle_of_everything),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
