"""Law 5, no under-sharing: whatever follows from what a reader may know is served to that reader.

Every entity and every alert that the reference finds on what a reader may know is in the view, as
the reference has it, found by every name that it answers to; and nothing else is.
"""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given

from fusion.domain.clock import format_moment
from fusion.domain.fact import SignalFacts
from fusion.domain.ids import alert_name, entity_name
from fusion.domain.marking import Knowledge
from fusion.domain.pattern import Role
from fusion.fusing import following, ground
from fusion.fusing.arrived import Arrived
from fusion.fusing.bound import Bound
from fusion.fusing.chronicle import Entry
from fusion.fusing.reference import chronicle
from fusion.linking import generic
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.view import view as view_module
from fusion.projections.view.port import AlertFilters
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.cutting import in_moments
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.projections.reading_all import pages, view_of
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.story import PLAIN_RULES, Story, did, person
from tests.simulation.tiny import MEETING
from tests.simulation.worlds import EVERYTHING, World, make_readers

RAISED = AlertFilters(status=frozenset({"raised"}))


def check_no_undersharing(seed: int, size: int) -> None:
    """Entities as they stand, alerts as they stand, and each alert under all of its names."""
    world, random = make_world(seed, size), Random(seed)
    engine = Engine.of(world.of(in_moments(world.arrivals, random)), random)
    for reader in make_readers(seed):
        view = view_of(engine.store, engine.rules, reader)
        check_entities(world, reader, view)
        check_alerts(world, reader, view)


def check_entities(world: World, reader: Knowledge, view: Any) -> None:
    expected = {
        entity_name(entity[0].name): [mention.name for mention in entity]
        for entity in world.fused(reader).entities
    }
    served = _served(lambda cursor: view.entities(cursor=cursor, limit=3, q=None))
    assert {each["entity"]: each["mentions"] for each in served} == expected
    for mentions in expected.values():
        for mention in mentions:
            assert view.entity(entity_name(mention)).body["mentions"] == mentions


def check_alerts(world: World, reader: Knowledge, view: Any) -> None:
    standing: dict[str, Entry] = {}
    for entry in chronicle(world.happenings(), world.rules, reader.admits):
        standing.pop(entry.replaces or entry.alert, None)
        if entry.kind != "withdrawn":
            standing[entry.alert] = entry
    served = _served(lambda cursor: view.alerts(cursor=cursor, limit=3, filters=RAISED))
    newest_first = sorted(standing.values(), key=lambda entry: (-entry.raised_at, entry.alert))
    assert list(map(_shown, served)) == list(map(_expected, newest_first))
    for entry in newest_first:
        for member in entry.hypothesis.members if entry.hypothesis else ():
            assert view.alert(alert_name(entry.pattern, member)).body["alert"] == entry.alert


def _served(page: Any) -> list[dict[str, Any]]:
    return [each for answer in pages(page) for each in answer.body["items"]]


def _expected(entry: Entry) -> tuple[object, ...]:
    hypothesis = entry.hypothesis
    assert hypothesis is not None
    return (
        entry.alert,
        entry.version,
        format_moment(entry.at),
        hypothesis.millibits / 1000,
        list(hypothesis.signals),
        {role: bits / 1000 for role, bits in hypothesis.roles},
        {"core": list(hypothesis.core), "auxiliary": list(hypothesis.auxiliary)},
    )


def _shown(document: dict[str, Any]) -> tuple[object, ...]:
    members = ("alert", "version", "at", "bits", "signals", "roles", "participants")
    return tuple(document[member] for member in members)


@worlds(40)
@given(seed=SEEDS, size=SIZES)
def test_nothing_that_follows_from_what_a_reader_may_know_is_kept_back(
    seed: int, size: int
) -> None:
    check_no_undersharing(seed, size)


def _half_of_each_weight(patch: pytest.MonkeyPatch) -> None:
    weigh = Bound._raise

    def half(self: Bound, on: str, cell: tuple[str, str], bits: int) -> None:
        weigh(self, on, cell, bits // 2)

    patch.setattr(Bound, "_raise", half)


def _tearlines_weigh_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ground, "is_weighed", lambda signal, _: signal.parent is None)


def _tearlines_weigh_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ground, "is_weighed", lambda *_: True)


def _keys_counted_over_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(generic, "is_no_stricter", lambda *_: True)


def _one_judgement(patch: pytest.MonkeyPatch) -> None:
    judgements = GroundReader._judgements

    def first(self: GroundReader, mentions: Any) -> Any:
        return judgements(self, mentions)[:1]

    patch.setattr(GroundReader, "_judgements", first)


def _never_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(following, "due_day", lambda *_: None)


def _without_base(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Role, "counts", lambda self, millibits: min(self.cap, millibits))


def _first_few_entities(patch: pytest.MonkeyPatch) -> None:
    matching = view_module.entities_matching
    patch.setattr(view_module, "entities_matching", lambda *asked: islice(matching(*asked), 4))


def _hidden_facts_keep_back_the_rest(patch: pytest.MonkeyPatch) -> None:
    known = ground.facts_known

    def whole_or_nothing(signal: SignalFacts, admits: Any) -> SignalFacts:
        found = known(signal, admits)
        return found if found is signal else known(signal, lambda _: False)

    patch.setattr(ground, "facts_known", whole_or_nothing)


def check_relays() -> None:
    """What two relay turns out to be of one origin, and so weighs once; random worlds rarely do."""
    story, engine = Story(), Engine(PLAIN_RULES)
    poor = {"source": "D", "information": 3}
    ada = {"m": person("ada", number="1", role="subject")}
    story.signal("/a/x/s1", ada, did(MEETING, "m"), origin={"id": "/z/x/s0"}, grading=poor)
    story.signal("/b/x/s2", ada, did(MEETING, "m"), origin={"id": "o1"}, grading=poor)
    story.signal("/z/x/s0", {"n": person("bo", number="2")}, origin={"id": "o1"})
    for arrival in story.arrivals:
        engine.work([arrival])
    expected = chronicle(story.world().happenings(), PLAIN_RULES, EVERYTHING.admits)
    assert [entry.kind for entry in expected] == ["raised", "withdrawn"]
    assert engine.told(EVERYTHING) == expected


def test_who_relays_what_comes_or_goes_is_looked_at_again() -> None:
    check_relays()


def test_one_that_is_not_looked_at_weighs_what_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Arrived, "relayed_on", lambda *_: [])
    with pytest.raises(AssertionError):
        check_relays()


DEFECTS = seen_by(
    check_no_undersharing,
    Defect("the bound counts half of each weight", _half_of_each_weight, 7),
    Defect("tear-lines weigh nothing for anybody", _tearlines_weigh_nothing, 90),
    Defect("tear-lines weigh beside a parent that is known", _tearlines_weigh_twice, 30),
    Defect("contents that carry a key are counted over all markings", _keys_counted_over_all),
    Defect("only the first judgement on a ground is looked at", _one_judgement),
    Defect("what ordinary times yield counts as if it were news", _without_base),
    Defect("no tick is ever due", _never_due),
    Defect("of many entities only the first are listed", _first_few_entities),
    Defect("a hidden fact keeps back the rest of its signal", _hidden_facts_keep_back_the_rest),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
