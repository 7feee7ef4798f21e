"""A roster kept along tells what one made at the end tells, and that is what the definition says.

On random worlds, in which offices take note of versions now and then, under markings of all kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.coordination.escalation import Acknowledgement, Version, course_of, turns_of
from fusion.coordination.lead import lead_of
from fusion.coordination.registry_file import load_registry
from fusion.domain.ids import alert_name
from fusion.domain.marking import Knowledge, NormalForm
from fusion.domain.post import Registry
from fusion.events.catalog import AlertAcknowledged, load_marking, store_marking
from fusion.fusing.arrival import Arrival
from fusion.fusing.following import Told
from fusion.fusing.ground import instant_of
from fusion.fusing.store import RemarkRow
from fusion.projections.view import roster
from fusion.projections.view.book import Book
from tests.simulation.engine import Engine
from tests.simulation.logged import registry_document
from tests.simulation.making import HOUR, make_world
from tests.simulation.worlds import EVERYTHING, World, make_reader

WORLDS = settings(max_examples=60)
SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


def registry() -> Registry:
    """Two mechanisms, one above the other, whose four posts are held."""
    document = registry_document()
    document["posts"] += [
        {"id": "/b/lead", "title": "Lead of b", "holder": "bea", "deputy": "/b/second"},
        {"id": "/b/second", "title": "Second of b", "holder": "bob"},
    ]
    below = {"slug": "security", "name": "S", "parent": "overall", "domains": ["security"]}
    document["mechanisms"].append({**below, "lead": "/b/lead", "core": ["b"]})
    return load_registry(document)


REGISTRY = registry()
STRICT = NormalForm(1, frozenset({"K"}))


def acknowledged_world(seed: int, size: int) -> World:
    """A world in which offices take note of alerts, of early versions and of late ones."""
    world, random = make_world(seed, size), Random(seed)
    arrivals: list[Arrival] = []
    alerts = sorted({entry.alert for entry in Engine.of(world, random).told(EVERYTHING)})
    for number, arrival in enumerate(world.arrivals):
        arrivals.append(arrival)
        if alerts and random.random() < 0.5:
            at = instant_of(arrival.at[0], "/fusion/acknowledgements", f"k{number}")
            marking = random.choice((NormalForm(level=0), STRICT))
            arrivals.append(_acknowledgement(at, random.choice(alerts), marking, random))
    return world.of(arrivals)


def _acknowledgement(
    at: tuple[int, str], alert: str, marking: NormalForm, random: Random
) -> Arrival:
    event = AlertAcknowledged(
        id=at[1],
        author="ann",
        agency="a",
        office="/a/x",
        alert=alert,
        names=(alert,),
        version=random.choice((1, 1, 2, 3, 9)),
        marking=store_marking(marking),
    )
    row = RemarkRow("alert.acknowledged", (alert,), at, msgspec.json.encode(event))
    return Arrival(at=at, remark=row)


# --- what is told, in plain values: when, which alert and version, with whom since when

Line = tuple[int, bool, str, int, str | None, int]


def lines_of(book: Book) -> list[Line]:
    return [
        (
            each.since if each.is_escalation else each.told.at[0],
            not each.is_escalation,
            each.told.entry.alert,
            each.told.entry.version,
            each.turn.post if each.turn else None,
            each.since if each.turn else 0,
        )
        for each in book.roster.tellings
    ]


@dataclass
class Looker:
    """A class that looks now and then."""

    knowledge: Knowledge
    book: Book

    def look(self, engine: Engine, now: int, with_registry: Registry = REGISTRY) -> None:
        with engine.scene(self.knowledge) as scene:
            scene.registry = with_registry
            self.book.follow(scene, now=now)


def lookers(world: World, seed: int) -> list[Looker]:
    random = Random(seed)
    readers = [EVERYTHING, make_reader(random), make_reader(random)]
    return [Looker(reader, Book(world.rules, reader)) for reader in readers]


def check_roster(seed: int, size: int) -> None:
    world, random = acknowledged_world(seed, size), Random(seed)
    engine, live = Engine(world.rules), lookers(world, seed)
    end = world.arrivals[-1].at[0] + random.choice((0, 30, 200)) * HOUR
    nexts = [*(a.at[0] for a in world.arrivals[1:]), end]
    for arrival, following in zip(world.arrivals, nexts, strict=True):
        engine.work([arrival])
        for each in live:
            if random.random() < 0.5:
                # All that is recorded before this moment is in the store.
                each.look(engine, following)
    for each, fresh in zip(live, lookers(world, seed), strict=True):
        each.look(engine, end)
        fresh.look(engine, end)
        assert lines_of(fresh.book) == by_definition(world, fresh, end)
        assert lines_of(each.book) == lines_of(fresh.book)
        for told in each.book.latest.values():
            one, other = each.book.roster.of(told), fresh.book.roster.of(told)
            assert (one.turn, one.since) == (other.turn, other.since)
        if each.book.following.revision == 0:
            assert each.book.roster.revision == 0


# --- the definition, over lists


def by_definition(world: World, looker: Looker, now: int) -> list[Line]:
    admits = looker.knowledge.admits
    said = [
        (a.remark.since, msgspec.json.decode(a.remark.body, type=AlertAcknowledged))
        for a in world.arrivals
        if a.remark and a.remark.kind == "alert.acknowledged"
    ]
    acknowledgements = [
        Acknowledgement(at, event.version, frozenset(event.names))
        for at, event in said
        if admits(load_marking(event.marking))
    ]
    told = looker.book.following.told
    places: list[tuple[Any, Line]] = []
    for thread in _threads(told):
        places += _lines(thread, told, acknowledgements, now)
    return [line for _, line in sorted(places)]


def _threads(told: list[Told]) -> list[list[Told]]:
    threads: list[list[Told]] = []
    current: dict[str, list[Told]] = {}
    for each in told:
        thread = current.pop(each.entry.replaces or "", None) or current.get(each.entry.alert)
        if thread is None:
            thread = []
            threads.append(thread)
        current[each.entry.alert] = thread
        thread.append(each)
    return threads


def _lines(
    thread: list[Told], told: list[Told], said: list[Acknowledgement], now: int
) -> list[tuple[Any, Line]]:
    mechanism = REGISTRY.mechanism(_leading())
    assert mechanism is not None
    turns = turns_of(mechanism, REGISTRY)
    versions = [
        Version(t.at, t.entry.version, t.entry.kind != "withdrawn", _names(t)) for t in thread
    ]
    duties = course_of(versions, said, turns=len(turns), hours=24, now=now).duties
    found: list[tuple[Any, Line]] = []
    for each in thread:
        entry = each.entry
        number = entry.version
        mine = [d for d in duties if d.version < number or (d.version == number and d.turn == 0)]
        has = None if entry.kind == "withdrawn" else mine[-1]
        post, since = (turns[has.turn].post, has.since) if has else (None, 0)
        line = (each.at[0], True, entry.alert, number, post, since)
        found.append(((each.at[0], 1, told.index(each), ""), line))
    for duty in duties:
        if duty.turn:
            alert = next(t.entry.alert for t in thread if t.entry.version == duty.version)
            line = (duty.since, False, alert, duty.version, turns[duty.turn].post, duty.since)
            found.append(((duty.since, 0, 0, alert), line))
    return found


def _names(told: Told) -> frozenset[str]:
    members = told.entry.hypothesis.members if told.entry.hypothesis else ()
    return frozenset({told.entry.alert, *(alert_name(told.entry.pattern, m) for m in members)})


def _leading() -> str:
    lead = lead_of("security", None, REGISTRY)
    assert lead is not None
    return lead.mechanism


@WORLDS
@given(seed=SEEDS, size=SIZES)
def test_a_roster_kept_along_is_the_definitions(seed: int, size: int) -> None:
    check_roster(seed, size)


# --- by name


def raised(seed: int = 3) -> tuple[World, Engine, Looker]:
    """A world at whose end an alert waits for somebody who takes note of it."""
    while True:
        world = make_world(seed, 12)
        engine = Engine.of(world, Random(seed))
        looker = Looker(EVERYTHING, Book(world.rules, EVERYTHING))
        looker.look(engine, 0)
        if looker.book.roster.next_at is not None:
            return world, engine, looker
        seed += 1


def test_a_registry_by_which_somebody_else_answers_tells_all_of_it_anew() -> None:
    world, engine, looker = raised()
    end = world.arrivals[-1].at[0] + 300 * HOUR
    looker.look(engine, end)
    before = lines_of(looker.book)
    assert {post for *_, post, _ in before} >= {"/b/lead", "/b/second", "/a/lead", "/a/second"}
    looker.look(engine, end, load_registry(registry_document()))
    assert looker.book.roster.revision == 1
    assert {post for *_, post, _ in lines_of(looker.book)} <= {"/a/lead", "/a/second", None}


def test_a_store_that_falls_behind_takes_no_deadline_back() -> None:
    world, engine, looker = raised()
    looker.look(engine, world.arrivals[-1].at[0] + 300 * HOUR)
    before = lines_of(looker.book)
    looker.look(engine, 0)
    assert lines_of(looker.book) == before
    assert looker.book.roster.revision == 0


def test_an_acknowledgement_of_before_a_deadline_that_was_told_takes_it_back() -> None:
    late: list[roster.Telling] = []
    seed = 0
    while not late:
        world, engine, looker = raised(seed)
        end = world.arrivals[-1].at[0]
        looker.look(engine, end + 300 * HOUR)
        late = [t for t in looker.book.roster.tellings if t.is_escalation and t.since > end]
        seed += 1
    entry = late[0].told.entry
    at = instant_of(end, "/fusion/acknowledgements", "~")
    event = AlertAcknowledged(
        id="k",
        author="ann",
        agency="a",
        office="/a/x",
        alert=entry.alert,
        names=(entry.alert,),
        version=entry.version,
        marking=store_marking(NormalForm(level=0)),
    )
    row = RemarkRow("alert.acknowledged", (entry.alert,), at, msgspec.json.encode(event))
    engine.work([Arrival(at=at, remark=row)])
    looker.look(engine, end + 300 * HOUR)
    assert looker.book.roster.revision == 1
    escalated = [t for t in looker.book.roster.tellings if t.is_escalation]
    assert not [t for t in escalated if t.told.entry.alert == entry.alert and t.since > at[0]]
