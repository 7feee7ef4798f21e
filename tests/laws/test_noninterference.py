"""Law 4, non-interference, at the view: what a reader is answered depends on what it may know.

Every answer over a log equals that over the log cut down to what the reader may know, and that over
the cut log with strangers in it: hidden facts added and taken away, merged with known ones, judged,
claimed, retracted and corrected, and come at other times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.fact import SignalFacts
from fusion.domain.marking import Knowledge
from fusion.fusing import attribution, following, ground
from fusion.fusing.following import Following, Told
from fusion.fusing.ground import Fusion, Ground, fuse_ground
from fusion.linking import generic
from fusion.projections.store import lookups
from fusion.projections.view import alert_documents, entity_documents, remarks, scene, searching
from fusion.projections.view.alert_documents import _Shown
from fusion.projections.view.book import Book
from fusion.projections.view.scene import Scene
from fusion.projections.view.signal_documents import _Known
from tests.laws.catching import Defect, assert_caught
from tests.laws.cutting import as_known, in_moments, with_strangers
from tests.projections.reading_all import everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers


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


def read(world: World, reader: Knowledge, random: Random, names: World) -> bytes:
    """Everything that a reader gets out of a world, asked about the names of another."""
    engine = Engine.of(world.of(in_moments(world.arrivals, random)), random)
    signals = {signal.name for signal in names.signals()}
    return everything(view_of(engine.store, engine.rules, reader), names.mentions(), signals)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 12))
def test_a_view_depends_on_nothing_but_what_its_reader_may_know(seed: int, size: int) -> None:
    check_noninterference(seed, size)


def _all(_: object) -> bool:
    return True


def _fused_for_all_then_filtered(patch: pytest.MonkeyPatch) -> None:
    """What every plain system does: entities of everything, of which hidden members are left out."""
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
    patch.setattr(scene, "facts_known", lambda signal, _: signal)


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


def _raised_when_anybody_was_told(patch: pytest.MonkeyPatch) -> None:
    """The order of a list follows when the alert was first raised for whoever knows all."""
    newest_first = Book.newest_first

    def by_all(self: Book) -> Iterator[Told]:
        whole = Following(self.following._rules, _all)
        whole.follow(self.grounds)  # type: ignore[attr-defined]
        raised = {t.entry.pattern + t.entry.cell_key: t.entry.raised_at for t in reversed(whole.told)}
        return iter(
            sorted(
                newest_first(self),
                key=lambda t: -raised.get(t.entry.pattern + t.entry.cell_key, 0),
            )
        )

    follow = Book.follow

    def remembering(self: Book, grounds: Any) -> None:
        self.grounds = grounds  # type: ignore[attr-defined]
        follow(self, grounds)

    patch.setattr(Book, "follow", remembering)
    patch.setattr(Book, "newest_first", by_all)


def _hidden_remarks_shown(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remarks, "load_marking", lambda _: scene_lowest())


def scene_lowest() -> Any:
    from fusion.domain.marking import NormalForm

    return NormalForm(0)


def _origins_over_everything(patch: pytest.MonkeyPatch) -> None:
    """Two relays of one hidden signal are told to be one origin."""
    patch.setattr(ground, "facts_known", _with_origin(ground.facts_known))


def _with_origin(known: Callable[..., SignalFacts]) -> Callable[..., SignalFacts]:
    def keeps(signal: SignalFacts, admits: Any) -> SignalFacts:
        found = known(signal, admits)
        object.__setattr__(found, "origin", signal.origin)
        return found

    return keeps


def _one_book_for_all(patch: pytest.MonkeyPatch) -> None:
    shared: dict[int, Following] = {}

    def of_the_first(rules: Any, admits: Any) -> Following:
        return shared.setdefault(id(rules), Following(rules, _all))

    patch.setattr("fusion.projections.view.book.Following", of_the_first)


DEFECTS = (
    Defect("entities are made of everything and then filtered", _fused_for_all_then_filtered),
    Defect("an entity is named by a hidden founding mention", _named_by_hidden_founder),
    Defect("hidden mentions stand in lists of members", _hidden_members_listed),
    Defect("a signal is served whole to whoever may know a part of it", _served_whole),
    Defect("the banner is rolled up over the whole ground", _banner_over_the_ground),
    Defect("a limit applies before visibility", _limit_before_visibility),
    Defect("weights of holders are of everything", _weights_over_everything),
    Defect("contents that carry a key are counted over all markings", _keys_counted_over_all),
    Defect("a list stands in the order in which anybody was told", _raised_when_anybody_was_told),
    Defect("remarks are shown to whoever may know the alert", _hidden_remarks_shown),
    Defect("a hidden origin joins what it is behind", _origins_over_everything),
    Defect("all classes share one chronicle", _one_book_for_all),
)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.says)
def test_the_law_sees_that(defect: Defect) -> None:
    assert_caught(check_noninterference, defect)
