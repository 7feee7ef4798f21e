"""The past: a read `as_of` a moment gives what was given then, had today's rights stood.

Whatever came later, signals, retractions, judgements or ticks, changes no byte of it. What was
retracted since is there up to its retraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given

from fusion.domain.errors import NotFound
from fusion.fusing.chronicle import Entry
from fusion.fusing.ground import StoredSignal
from fusion.fusing.reference import chronicle
from fusion.projections.view.book import Book
from fusion.projections.view.port import AlertFilters
from fusion.projections.view.scene import Scene
from fusion.projections.view.view import ReaderView
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.cutting import moment_of
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.projections.reading_all import asked_everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.worlds import World, make_readers


def check_past(seed: int, size: int) -> None:
    """Every answer, byte for byte."""
    world = make_world(seed, size)
    moment = moment_of(world)
    now = Engine.of(world, Random(seed))
    before = Engine.of(_until(world, moment), Random(seed + 1))
    mentions, signals = sorted(world.mentions()), sorted({s.name for s in world.signals()})
    for reader in make_readers(seed):
        was = view_of(before.store, before.rules, reader, now=moment)
        past = view_of(now.store, now.rules, reader).as_of(moment)
        assert asked_everything(past, mentions, signals) == asked_everything(was, mentions, signals)


def check_past_by_reference(seed: int, size: int) -> None:
    """The same against the definition: `fuse` and `chronicle` over the prefix."""
    world = make_world(seed, size)
    moment = moment_of(world)
    then = _until(world, moment)
    engine = Engine.of(world, Random(seed))
    for reader in make_readers(seed):
        view = view_of(engine.store, engine.rules, reader).as_of(moment)
        known = {m.name: e for e in then.fused(reader).entities for m in e}
        for mention in world.mentions():
            assert _entity_of(view, mention) == [m.name for m in known.get(mention, ())]
        told = chronicle(then.happenings(), world.rules, reader.admits)
        assert _versions(view) == {(e.alert, e.version) for e in told if _is_last(e, told)}


def _until(world: World, moment: int) -> World:
    return world.of(arrival for arrival in world.arrivals if arrival.at[0] <= moment)


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


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_a_read_of_the_past_gives_what_was_given_then(seed: int, size: int) -> None:
    check_past(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_a_read_of_the_past_is_the_reference_over_the_prefix(seed: int, size: int) -> None:
    check_past_by_reference(seed, size)


def _alerts_of_today(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Book, "edition", lambda self, _: self.present)


def _judged_later(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scene, "has_happened", lambda *_: True)


def _retracted_is_gone(patch: pytest.MonkeyPatch) -> None:
    def stands(self: StoredSignal, at: tuple[int, str]) -> bool:
        return self.until is None and self.since <= at

    patch.setattr(StoredSignal, "stands", stands)


DEFECTS = seen_by(
    check_past,
    Defect("a read of the past is told the alerts of today", _alerts_of_today, 32),
    Defect("a read of the past is told what people judged later", _judged_later),
    Defect("what was retracted later is missing in the past", _retracted_is_gone),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
