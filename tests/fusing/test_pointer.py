"""Whom a reader is pointed to: RULES 24 to 28, example by example, by the engine that is served."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from fusion.access.discovery import Beholder, Standing
from fusion.domain.clock import format_day, format_moment, midnight
from fusion.domain.marking import Knowledge
from fusion.domain.signal import SUBMITTED
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.pointer import DAILY_POINTERS, Pointer, Reason, Release, Sight
from fusion.fusing.pointing import Pointing
from tests.laws.pointer_checks import told_by_reference
from tests.simulation.engine import Engine
from tests.simulation.making import FIRST_DAY, arrival_of_body
from tests.simulation.pointing_worlds import KEY, POINTING, REGISTRY
from tests.simulation.tiny import ENTRY, MEETING, RULES
from tests.simulation.worlds import World

Json = dict[str, Any]
ADA = {"name": ["ada", "bo"]}
OWN: Json = {"level": "OPEN", "discovery": "agencies"}
# Examples are of one pattern each, so those that use others stand aside unless asked for.
SINGLE = replace(RULES[1], patterns=tuple(p for p in RULES[1].patterns if not p.used))


def said(
    source: str, code: str | None = MEETING, *, who: Json = ADA, marking: Json = OWN, **more: Any
) -> tuple[str, Json]:
    """A report of an agency, kept to itself unless it says otherwise."""
    subject = {"ref": "m0", "schema": "Person", "role": "associate", "properties": who}
    did = {"code": code, "circumstances": ["stated-concern"], "subjects": ["m0"]}
    body = {
        "marking": marking,
        "grading": {"source": "A", "information": 1},
        "mentions": [subject],
        "activities": [did] if code else [],
        **more,
    }
    return source, body


def world(*days: list[tuple[str, Json]]) -> World:
    """What was reported on each day, and one tick more."""
    arrivals = []
    for number, reports in enumerate(days):
        midnight_ = midnight(FIRST_DAY + number)
        arrivals.append(Arrival(at=tick_instant(midnight_)))
        for place, (source, body) in enumerate(reports, 1):
            at = midnight_ + place * 1_000_000
            id_ = f"d{number}.{place}"
            document = {
                "specversion": "1.0",
                "type": SUBMITTED,
                "source": source,
                "id": id_,
                "time": format_moment(at),
                "data": body,
            }
            arrivals.append(arrival_of_body(instant_of(at, source, id_), document, POINTING))
    arrivals.append(Arrival(at=tick_instant(midnight(FIRST_DAY + len(days)))))
    return World(tuple(arrivals), SINGLE, POINTING)


def reader(agency: str = "a", **more: Any) -> Beholder:
    """Somebody of an agency, cleared for the lowest level and without a post."""
    token = f"domestic/{agency}" if agency in "abc" else f"partner/{agency}"
    tokens = {token, "domestic"} if agency in "abc" else {token}
    standing = Standing.AGENCY if agency in "abc" else Standing.ANYBODY
    return replace(Beholder(Knowledge(0, frozenset(), frozenset(tokens)), standing), **more)


def pointing(told: World, beholder: Beholder) -> Pointing:
    """The beholder's pointers, which the reference has to agree with."""
    sight = Sight(beholder, REGISTRY)
    engine = Engine.of(told, Random(0))
    found = Pointing(told.rules, sight, KEY)
    found.follow(engine.grounds, engine.store.today())
    days, standing, alerts = told_by_reference(told, sight)
    assert found.days == days
    assert sorted(found.standing, key=_pair) == standing
    assert found.alerts == alerts
    return found


def _pair(pointer: Pointer) -> tuple[str, str]:
    return pointer.anchor, pointer.desk


def pairs(told: World, beholder: Beholder) -> list[tuple[str, str]]:
    """Anchor and desk of each of its pointers."""
    return sorted(map(_pair, pointing(told, beholder).standing))


HALVES = [said("/a/x", MEETING), said("/b/x", ENTRY)]


def test_who_holds_half_is_pointed_to_the_desk_that_holds_the_other() -> None:
    told = world(HALVES)
    assert pairs(told, reader("a")) == [("/a/x/d0.1#activities/0", "/b/desk")]
    assert pairs(told, reader("b")) == [("/b/x/d0.2#activities/0", "/a/desk")]


def test_who_holds_nothing_of_it_is_pointed_nowhere() -> None:
    assert pairs(world(HALVES), reader("c")) == []


def test_pointers_come_with_the_tick_and_not_before() -> None:
    told = world(HALVES)
    assert pairs(told.of(told.arrivals[:-1]), reader()) == []


@pytest.mark.parametrize(
    ("policy", "admitted"),
    [
        ("none", {Standing.COMMON_STEWARD}),
        ("stewards", {Standing.COMMON_STEWARD, Standing.STEWARD}),
        ("agencies", {Standing.COMMON_STEWARD, Standing.STEWARD, Standing.AGENCY}),
        ("all", set(Standing)),
    ],
)
def test_the_owners_policy_says_who_is_pointed(policy: str, admitted: set[Standing]) -> None:
    told = world([HALVES[0], said("/b/x", ENTRY, marking={**OWN, "discovery": policy})])
    pointed = {s for s in Standing if pairs(told, reader(standing=s))}
    assert pointed == admitted


CLOSED = {**OWN, "discovery": "none"}
STEWARD = Beholder(Knowledge(0, frozenset(), frozenset()), Standing.COMMON_STEWARD)


def test_the_steward_is_pointed_to_what_is_kept_from_all_others_with_nothing_of_its_own() -> None:
    told = world([said("/a/x", MEETING, marking=CLOSED), said("/b/x", ENTRY, marking=CLOSED)])
    assert pairs(told, STEWARD) == [
        ("/a/x/d0.1#activities/0", "/b/desk"),
        ("/b/x/d0.2#activities/0", "/a/desk"),
    ]
    for other in (reader("a"), reader("b"), reader("c", standing=Standing.STEWARD)):
        assert pairs(told, other) == []
    assert all(each.reason.is_entrusted for each in pointing(told, STEWARD).standing)


def test_the_steward_is_pointed_to_a_desk_whose_own_facts_come_to_an_alert() -> None:
    told = world([said("/a/x", MEETING, marking=CLOSED), said("/a/y", ENTRY, marking=CLOSED)])
    assert pairs(told, STEWARD) == [
        ("/a/x/d0.1#activities/0", "/a/desk"),
        ("/a/y/d0.2#activities/0", "/a/desk"),
    ]


def test_what_others_can_be_pointed_to_takes_no_steward() -> None:
    assert pairs(world(HALVES), STEWARD) == []
    one_kept = world([HALVES[0], said("/b/x", ENTRY, marking=CLOSED)])
    assert pairs(one_kept, STEWARD) == [("/b/x/d0.2#activities/0", "/a/desk")]


def test_a_steward_with_something_of_its_own_is_pointed_from_that_alone() -> None:
    open_ = {"level": "OPEN", "releasable_to": ["*"]}
    told = world([said("/a/x", MEETING, marking=open_), said("/b/x", ENTRY, marking=CLOSED)])
    steward = reader("c", standing=Standing.COMMON_STEWARD)
    assert pairs(told, steward) == [("/a/x/d0.1#activities/0", "/b/desk")]
    assert not any(each.reason.is_entrusted for each in pointing(told, steward).standing)


def test_the_steward_is_told_of_one_number_that_two_desks_keep_from_all_others() -> None:
    who: Json = {**ADA, "idNumber": ["1"]}
    sources = ("/b/x", "/b/far", "/c/x")
    told = world([said(source, None, who=who, marking=CLOSED) for source in sources])
    assert pairs(told, STEWARD) == [("/b/x/d0.1#m0", "/b/far/desk"), ("/b/x/d0.1#m0", "/c")]
    assert pairs(told, reader("b")) == []
    apart = world([said("/b/x", None, who=who, marking=CLOSED)] * 2)
    assert pairs(apart, STEWARD) == []


def test_a_tip_is_entrusted_to_nobody() -> None:
    told = world(
        [
            said("/a/x", MEETING, marking=CLOSED, vetting="raw"),
            said("/b/x", ENTRY, marking=CLOSED, vetting="raw"),
        ]
    )
    assert pairs(told, STEWARD) == []


def test_a_steward_is_not_pointed_to_what_it_is_not_cleared_for() -> None:
    closer = {"level": "OPEN", "compartments": ["K"], "discovery": "none"}
    told = world([HALVES[0], said("/b/x", ENTRY, marking=closer)])
    steward = reader(standing=Standing.COMMON_STEWARD)
    cleared = replace(steward.knowledge, compartments=frozenset({"K"}))
    assert pairs(told, steward) == []
    assert len(pairs(told, replace(steward, knowledge=cleared))) == 1


def test_the_pointer_goes_once_its_reader_may_know_what_is_behind() -> None:
    open_now = said("/b/x", ENTRY, marking={**OWN, "releasable_to": ["*"]}, corrects="d0.2")
    found = pointing(world(HALVES, [open_now]), reader())
    assert found.standing == []
    assert [(len(day.new), len(day.lapsed)) for day in found.days] == [(1, 0), (0, 1)]


def test_desks_that_are_not_needed_are_dropped_lightest_first() -> None:
    weak = {"source": "C", "information": 3}
    told = world([*HALVES, said("/c/x", ENTRY, grading=weak)])
    # By itself c's report would not do, b's does.
    assert pairs(told, reader()) == [("/a/x/d0.1#activities/0", "/b/desk")]


def test_one_pointer_stands_for_all_that_a_desk_holds() -> None:
    told = world([*HALVES, said("/b/x", ENTRY), said("/b/x", ENTRY)])
    assert len(pairs(told, reader())) == 1


def test_the_anchor_is_the_readers_strongest_fact_in_each_role() -> None:
    weak = {"source": "C", "information": 3}
    told = world([said("/a/x", MEETING, grading=weak), *HALVES])
    assert pairs(told, reader()) == [("/a/x/d0.2#activities/0", "/b/desk")]


def test_the_anchor_is_named_as_its_reader_knows_it() -> None:
    closer = {**OWN, "level": "SECRET"}
    met = {"code": MEETING, "circumstances": ["stated-concern"], "subjects": ["m0"]}
    activities = [met | {"code": ENTRY, "marking": closer}, met]
    told = world([said("/a/x", activities=activities)])
    assert pairs(told, reader()) == [("/a/x/d0.1#activities/0", "/a/desk")]


def test_the_desk_is_the_one_that_the_marking_names() -> None:
    named = {**OWN, "desk": "/b/far/desk"}
    told = world([HALVES[0], said("/b/x", ENTRY, marking=named)])
    assert pairs(told, reader()) == [("/a/x/d0.1#activities/0", "/b/far/desk")]


def test_of_an_office_its_own_desk_answers_and_else_the_agency() -> None:
    assert pairs(world([HALVES[0], said("/b/far/off", ENTRY)]), reader())[0][1] == "/b/far/desk"
    assert pairs(world([HALVES[0], said("/c/x", ENTRY)]), reader())[0][1] == "/c"


NUMBERED = {"name": ["ada"], "idNumber": ["1"]}


def test_a_hidden_mention_that_shares_a_strong_identifier_is_pointed_to() -> None:
    told = world([said("/a/x", None, who=NUMBERED), said("/b/x", None, who=NUMBERED)])
    assert pairs(told, reader()) == [("/a/x/d0.1#m0", "/b/desk")]


def test_a_shared_name_is_no_strong_identifier() -> None:
    assert pairs(world([said("/a/x", None), said("/b/x", None)]), reader()) == []


def test_an_unvetted_tip_draws_none_from_either_side() -> None:
    for ours, theirs in (("raw", "vetted"), ("vetted", "raw")):
        told = world(
            [
                said("/a/x", MEETING, who=NUMBERED, vetting=ours),
                said("/b/x", ENTRY, who=NUMBERED, vetting=theirs),
            ]
        )
        assert pairs(told, reader()) == []


def test_a_civil_publisher_draws_none_from_either_side() -> None:
    told = world(
        [
            said("/z/x", MEETING, who=NUMBERED, marking={**OWN, "discovery": "all"}),
            said("/b/x", ENTRY, who=NUMBERED, marking={**OWN, "discovery": "all"}),
        ]
    )
    assert pairs(told, reader("z")) == []
    assert pairs(told, reader("b")) == []


def test_who_has_the_tearline_needs_no_pointer() -> None:
    line = {
        "text": "t",
        "releaser": "/b/desk",
        "marking": {"level": "OPEN", "releasable_to": ["*"], "discovery": "all"},
    }
    told = world([HALVES[0], said("/b/x", ENTRY, tearlines=[line])])
    assert pairs(told, reader()) == []


def test_who_answers_for_a_desk_hears_of_what_others_are_pointed_from() -> None:
    # Of two reports of the meeting b's analyst needs one; c is pointed to b all the same, and the
    # officer at b's desk is told of both.
    told = world([*HALVES, said("/c/x", MEETING)])
    anchor = "/b/x/d0.2#activities/0"
    assert len(pairs(told, reader("b"))) == 1
    officer = pointing(told, reader("b", desks=frozenset({"/b/desk"})))
    assert sorted(map(_pair, officer.standing)) == [(anchor, "/a/desk"), (anchor, "/c")]
    assert sorted(p.reason.is_mirror for p in officer.standing) == [False, True]


def test_a_desk_without_which_the_rest_holds_up_gets_no_notice() -> None:
    told = world([*HALVES, said("/c/x", MEETING), said("/a/y", ENTRY)])
    officer = pointing(told, reader("b", desks=frozenset({"/b/desk"})))
    assert not any(p.reason.is_mirror for p in officer.standing)


def test_a_notice_stays_one_though_it_becomes_a_pointer_proper() -> None:
    """Else a stream that was told of it would hold another text than one that begins anew."""
    pair = ("/b/x/d0.2#mentions/m0", "/a/desk")
    proper = Reason(frozenset({"p"}), frozenset(), frozenset())
    release = Release(KEY)
    release.day(0, {pair: replace(proper, is_mirror=True)})
    again = release.day(1, {pair: proper})
    assert (again.new, again.lapsed) == ((), ())
    assert release.standing[pair].reason.is_mirror
    lapsed = release.day(2, {}).lapsed
    assert len(lapsed) == 1
    assert not release.day(3, {pair: proper}).new[0].reason.is_mirror


def test_bait_draws_no_more_a_day_than_the_budget_whoever_of_the_class_asks() -> None:
    """A publisher of the reader's own agency invents mentions with numbers that others may hold."""
    numbers = [f"{n}" for n in range(25)]
    held = [said("/b/x", None, who={"name": ["x"], "idNumber": [n]}) for n in numbers]
    bait = [said("/a/x", None, who={"name": ["y"], "idNumber": [n]}) for n in numbers]
    found = pointing(world(held, bait, [], [], []), reader())
    assert [len(day.new) for day in found.days] == [DAILY_POINTERS, DAILY_POINTERS, 5]
    # More bait waits behind what came before it.
    more = [said("/a/y", None, who={"name": ["z"], "idNumber": [n]}) for n in numbers]
    again = pointing(world(held, bait, more, [], []), reader())
    assert [len(day.new) for day in again.days] == [DAILY_POINTERS, DAILY_POINTERS, 5]


def test_all_readers_of_a_class_together_draw_no_more_than_one_of_them() -> None:
    numbers = [f"{n}" for n in range(25)]
    held = [said("/b/x", None, who={"name": ["x"], "idNumber": [n]}) for n in numbers]
    bait = [said("/a/x", None, who={"name": ["y"], "idNumber": [n]}) for n in numbers]
    told = world(held, bait)
    engine = Engine.of(told, Random(0))
    drawn = set()
    for _ in range(3):  # each in a process of its own
        found = Pointing(told.rules, Sight(reader(), REGISTRY), KEY)
        found.follow(engine.grounds, engine.store.today())
        drawn |= {pointer.anchor for pointer in found.standing}
    assert len(drawn) == DAILY_POINTERS


def test_an_alert_is_pointed_to_before_what_merely_shares_a_number() -> None:
    numbers = [f"{n}" for n in range(25)]
    held = [said("/b/x", None, who={"name": ["x"], "idNumber": [n]}) for n in numbers]
    bait = [said("/a/x", None, who={"name": ["y"], "idNumber": [n]}) for n in numbers]
    found = pointing(world(held, bait, HALVES, []), reader())
    assert any(p.reason.patterns for p in found.days[1].new)


def test_a_hidden_crowd_makes_no_key_generic_for_a_pointer() -> None:
    """What discovery does not admit is not counted: a pair's join does not bound D(r)."""
    pair = [
        said("/a/x", MEETING, who=NUMBERED),
        said("/b/x", ENTRY, who={**NUMBERED, "name": ["bo"]}),
    ]
    kept = {**OWN, "discovery": "stewards"}
    crowd = [
        said("/b/far", None, who={"name": [f"n{n}"], "idNumber": ["1"]}, marking=kept)
        for n in range(5)
    ]
    for rules in RULES:
        beside = replace(world([*pair, *crowd]), rules=rules)
        alone = replace(world(pair), rules=rules)
        assert pairs(beside, reader()) == pairs(alone, reader())


def test_a_handle_hangs_on_anchor_and_desk_alone() -> None:
    one = pointing(world(HALVES), reader()).standing[0].handle
    later = pointing(world(HALVES, [said("/b/x", ENTRY)], []), reader()).standing[0].handle
    assert one == later


def test_a_cell_that_uses_others_points_to_the_desk_of_what_it_uses() -> None:
    def met(source: str, name: str) -> tuple[str, Json]:
        names = {"name": [name, f"{name}a"]}
        subject = {"ref": "m0", "schema": "Person", "role": "subject", "properties": names}
        did = {"code": MEETING, "circumstances": ["planners-present"], "subjects": ["m0"]}
        return said(
            source,
            mentions=[subject],
            activities=[did | {"topics": ["aviation"], "countries": ["us"]}],
            observed={"to": format_day(FIRST_DAY + 1)},
        )

    # Two persons on one topic: neither agency has both, and they share no name.
    told = replace(world([met("/a/x", "dee"), met("/b/x", "eve")]), rules=RULES[1])
    (pointer,) = pointing(told, reader()).standing
    assert _pair(pointer) == ("/a/x/d0.1#activities/0", "/b/desk")
    assert "several-on-a-topic" in pointer.reason.patterns
