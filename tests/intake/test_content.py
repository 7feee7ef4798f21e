from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fusion.domain.signal import SignalEvent
from fusion.intake.content import MAX_MENTIONS, MAX_VALUE_CHARACTERS, MAX_VALUES
from tests.intake.signals import (
    COMMUNITY,
    DATA,
    MARKING,
    RIGHTS,
    event,
    judged,
    of_data,
    pointers,
)

STRICTER: dict[str, Any] = {"level": "SECRET", "releasable_to": ["cia"], "discovery": "stewards"}
M1, M2 = DATA["mentions"]


def of_mention(**members: Any) -> list[str]:
    return of_data(mentions=[{**M1, **members}, M2])


def of_activity(**members: Any) -> list[str]:
    return of_data(activities=[{"code": "travel", **members}])


def of_relation(**members: Any) -> list[str]:
    return of_data(relations=[{"schema": "Membership", "from": "m1", "to": "m2", **members}])


def of_claim(**members: Any) -> list[str]:
    return of_data(identities=[{"a": "m1", "b": "/cia/x/1#m1", "verdict": "same", **members}])


def of_marking(**members: Any) -> list[str]:
    return of_data(marking={**MARKING, **members})


def of_tearline(**members: Any) -> list[str]:
    line = {"text": "words", "releaser": "asac", "marking": {"level": "OPEN"}, **members}
    return of_data(tearlines=[line])


def test_a_right_signal_passes_whatever_it_holds() -> None:
    assert of_data() == []
    assert of_data(mentions=[]) == []
    assert pointers(event(data={"marking": MARKING})) == []


# Mentions and their properties


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"ref": "a b"}, "/ref"),
        ({"ref": ""}, "/ref"),
        ({"ref": "m2"}, None),
        ({"schema": "Spaceship"}, "/schema"),
        ({"schema": "person"}, "/schema"),
        ({"schema": "Ownership"}, "/schema"),
        ({"schema": "Call"}, "/schema"),
        ({"schema": "Thing"}, "/schema"),
        ({"properties": {"shoeSize": ["44"]}}, "/properties/shoeSize"),
        ({"properties": {"a/b": ["44"]}}, "/properties/a~1b"),
        ({"properties": {"addressEntity": ["m2"]}}, "/properties/addressEntity"),
        ({"properties": {"name": ["x", ""]}}, "/properties/name/1"),
        ({"properties": {"name": [" \t"]}}, "/properties/name/0"),
        ({"properties": {"name": ["x" * (MAX_VALUE_CHARACTERS + 1)]}}, "/properties/name/0"),
        ({"properties": {"name": ["x"] * (MAX_VALUES + 1)}}, "/properties/name"),
        ({"properties": {"birthDate": ["1957", "1957-13"]}}, "/properties/birthDate/1"),
        ({"properties": {"birthDate": ["March 1957"]}}, "/properties/birthDate/0"),
    ],
)
def test_what_a_mention_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str | None
) -> None:
    where = "/data/mentions/1/ref" if expected is None else f"/data/mentions/0{expected}"
    assert of_mention(**members) == [where]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"name": []},
        {"name": ["x" * MAX_VALUE_CHARACTERS], "alias": ["x"] * MAX_VALUES},
        {"birthDate": ["1957", "1957-03", "1957-03-10"]},
        {"modifiedAt": ["2001-07-10T12:00:00", "2001-07-10T12:00:00+02:00"]},
    ],
)
def test_what_a_mention_may_say_passes(properties: dict[str, list[str]]) -> None:
    assert of_mention(properties=properties) == []


def test_five_hundred_mentions_are_taken_and_no_more() -> None:
    mentions = [{"ref": f"m{n}", "schema": "Person"} for n in range(MAX_MENTIONS)]
    assert of_data(mentions=mentions) == []
    assert of_data(mentions=[*mentions, {"ref": "x", "schema": "Person"}]) == ["/data/mentions"]
    line = {"text": "words", "releaser": "asac", "marking": MARKING, "mentions": [M1]}
    assert of_data(mentions=mentions, tearlines=[line]) == ["/data/mentions"]


# What connects them


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"schema": "Person"}, "/schema"),
        ({"schema": "Friendship"}, "/schema"),
        ({"from": "m9"}, "/from"),
        ({"to": "/fbi/phoenix/EC-1#m2"}, "/to"),
        ({"properties": {"shoeSize": ["44"]}}, "/properties/shoeSize"),
        ({"properties": {"member": ["m1"]}}, "/properties/member"),
    ],
)
def test_what_a_relation_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    assert of_relation(**members) == [f"/data/relations/0{expected}"]


@pytest.mark.parametrize("schema", ["Membership", "UnknownLink", "Call", "Message"])
def test_relations_are_of_the_edge_schemata_and_three_more(schema: str) -> None:
    assert of_relation(schema=schema) == []
    passport = {"ref": "p", "schema": "Passport"}
    identification = {"schema": "Identification", "from": "m1", "to": "p"}
    assert of_data(mentions=[M1, passport], relations=[identification]) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"code": "loitering"}, "/code"),
        ({"circumstances": ["unexplained-funds", "odd"]}, "/circumstances/1"),
        ({"subjects": ["m1", "m9"]}, "/subjects/1"),
        ({"objects": ["m9"]}, "/objects/0"),
        ({"place": "m9"}, "/place"),
        ({"topics": ["nothing"]}, "/topics/0"),
        ({"countries": ["US"]}, "/countries/0"),
    ],
)
def test_what_an_activity_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    assert of_activity(**members) == [f"/data/activities/0{expected}"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"a": "m9"}, "/a"),
        ({"a": "/fbi/phoenix/EC-1#m1"}, "/a"),
        ({"b": "m9"}, "/b"),
        ({"b": "/cia/x/1"}, "/b"),
        ({"b": "cia/x/1#m1"}, "/b"),
        ({"b": "/fbi/phoenix/EC-1#m9"}, "/b"),
        ({"b": "m1"}, "/b"),
        ({"b": "/fbi/phoenix/EC-1#m1"}, "/b"),
    ],
)
def test_what_a_claim_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    assert of_claim(**members) == [f"/data/identities/0{expected}"]


@pytest.mark.parametrize("other", ["m2", "/cia/x/1#m1", "/fbi/phoenix/EC-1#m2", "/kgb/x/1#m1"])
def test_a_claim_may_name_any_mention_known_or_not(other: str) -> None:
    assert of_claim(b=other) == []


# The rest


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"topics": ["aviation", "nothing"]}, "/data/topics/1"),
        ({"observed": {"from": "2001-13"}}, "/data/observed/from"),
        ({"observed": {"to": "July"}}, "/data/observed/to"),
        ({"observed": {"to": "2001-07-10T00:00:00"}}, "/data/observed/to"),
        ({"observed": {"from": "2001-08", "to": "2001-07"}}, "/data/observed"),
        ({"retain_until": "2006-02-30"}, "/data/retain_until"),
        ({"retain_until": "2006"}, "/data/retain_until"),
        ({"origin": {"id": " "}}, "/data/origin/id"),
        ({"origin": {"id": "/cia"}}, "/data/origin/id"),
        ({"grading": {"source": "G"}}, "/data/grading/source"),
        ({"grading": {"information": 0}}, "/data/grading/information"),
    ],
)
def test_what_a_signal_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    assert of_data(**members) == [expected]


@pytest.mark.parametrize(
    "members",
    [
        {"observed": {}},
        {"observed": {"from": "2001-07", "to": "2001-07"}},
        {"observed": {"from": "2001-07-31", "to": "2001-07"}},
        {"observed": {"from": "2001-07-10T00:00:00Z", "to": "9999"}},
        {"retain_until": "2006-07-10"},
        {"origin": {"id": "/cia/x/7"}},
        {"origin": {"id": "/cia/tearline/ABC"}},
        {"grading": {}},
        {"summary": "x" * 200_000},
    ],
)
def test_what_a_signal_may_say_passes(members: dict[str, Any]) -> None:
    assert of_data(**members) == []


# Markings by themselves


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"level": "COSMIC"}, "/level"),
        ({"level": "TOP SECRET"}, "/level"),
        ({"compartments": ["K", "L"]}, "/compartments/1"),
        ({"releasable_to": ["*", "kgb"]}, "/releasable_to/1"),
        ({"consent": ["kgb"]}, "/consent/0"),
        ({"nations": ["zz"]}, "/nations/0"),
        ({"nations": ["GB"]}, "/nations/0"),
        ({"need": "group:a&"}, "/need"),
        ({"need": "|".join(f"(a{n}&b{n})" for n in range(7))}, "/need"),
        ({"purposes": ["curiosity"]}, "/purposes/0"),
        ({"discovery": "none"}, "/discovery"),
        ({"discovery": "everybody"}, "/discovery"),
        ({"desk": " "}, "/desk"),
        ({"foo": 1}, "/foo"),
    ],
)
def test_what_a_marking_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    assert of_marking(**members) == [f"/data/marking{expected}"]


@pytest.mark.parametrize(
    "members",
    [
        {"level": "SECRET", "compartments": ["K"]},
        {"releasable_to": ["*", "mi6"], "nations": ["gb"]},
        {"originator_control": True, "consent": ["mi6"], "desk": "/fbi/phoenix/desk"},
        {"need": "|".join(f"(a{n}&b{n})" for n in range(6)), "purposes": ["prevention"]},
    ],
)
def test_what_a_marking_may_say_passes(members: dict[str, Any]) -> None:
    assert of_marking(**members) == []


def test_discovery_by_nobody_needs_a_common_steward() -> None:
    document = event(data={**DATA, "marking": {**MARKING, "discovery": "none"}})
    assert pointers(document) == ["/data/marking/discovery"]
    assert pointers(document, community=replace(COMMUNITY, steward=frozenset())) == []


def test_the_common_steward_is_cleared_for_what_is_kept_from_all_others() -> None:
    closed = {**MARKING, "discovery": "none", "compartments": ["HCS"]}
    document = event(data={**DATA, "marking": closed})
    uncleared, cleared = (replace(COMMUNITY, steward=frozenset(k)) for k in ({"SI"}, {"HCS", "SI"}))
    assert pointers(document, community=uncleared, publisher=None) == ["/data/marking/discovery"]
    assert pointers(document, community=cleared, publisher=None) == []


def test_a_publisher_whose_level_is_unknown_marks_with_none() -> None:
    unknown = replace(RIGHTS, level="COSMIC")
    assert pointers(event(), publisher=unknown) == ["/data/marking/level"]
    assert pointers(event(), publisher=None) == []


def test_every_marking_is_held_against_the_registration() -> None:
    too_high = {"level": "TOP SECRET"}
    assert of_mention(marking=too_high) == ["/data/mentions/0/marking/level"]
    assert of_tearline(marking=too_high) == ["/data/tearlines/0/marking/level"]
    assert of_data(origin={"id": "x", "marking": too_high}) == ["/data/origin/marking/level"]


# Markings in one another


@pytest.mark.parametrize(
    "wider",
    [
        {"level": "OPEN"},
        {"releasable_to": ["*"]},
        {"releasable_to": ["cia", "mi6"]},
        {"releasable_to": ["cia"], "nations": ["gb"]},
        {"need": ""},
        {"discovery": "all"},
        {"break_glass": True},
    ],
)
def test_a_nearer_marking_may_only_be_the_same_or_stricter(wider: dict[str, Any]) -> None:
    outer = {**MARKING, "need": "group:a|group:b"}
    data = {"marking": outer, "mentions": [{**M1, "marking": {**outer, **wider}}]}
    assert pointers(event(data=data)) == ["/data/mentions/0/marking"]
    origin = {"marking": outer, "origin": {"id": "x", "marking": {**outer, **wider}}}
    assert pointers(event(data=origin)) == ["/data/origin/marking"]


@pytest.mark.parametrize(
    "nearer",
    [
        {},
        {"level": "SECRET"},
        {"compartments": ["K"]},
        {"releasable_to": []},
        {"need": "group:a&case:7"},
        {"purposes": ["prevention"]},
        {"originator_control": True},
        {"discovery": "stewards"},
        {"desk": "/fbi/phoenix/desk"},
    ],
)
def test_a_nearer_marking_that_is_the_same_or_stricter_passes(nearer: dict[str, Any]) -> None:
    outer = {**MARKING, "need": "group:a|group:b", "break_glass": True}
    stricter = {**outer, "break_glass": False, **nearer}
    assert of_data(marking=outer, mentions=[{**M1, "marking": stricter}]) == []


def test_what_connects_is_marked_no_lower_than_what_it_connects() -> None:
    hidden = [{**M1, "marking": STRICTER}, M2]
    relation = {"schema": "Membership", "from": "m1", "to": "m2"}
    activity = {"code": "travel", "subjects": ["m2"], "objects": ["m1"]}
    claim = {"a": "m2", "b": "m1", "verdict": "same"}
    assert of_data(mentions=hidden, relations=[relation]) == ["/data/relations/0"]
    assert of_data(mentions=hidden, activities=[activity]) == ["/data/activities/0"]
    assert of_data(mentions=hidden, activities=[{"code": "travel", "place": "m1"}]) == [
        "/data/activities/0"
    ]
    assert of_data(mentions=hidden, identities=[claim]) == ["/data/identities/0"]
    full_name = {**claim, "b": "/fbi/phoenix/EC-1#m1"}
    assert of_data(mentions=hidden, identities=[full_name]) == ["/data/identities/0"]
    assert (
        of_data(
            mentions=hidden,
            relations=[{**relation, "marking": STRICTER}],
            activities=[{**activity, "marking": STRICTER}, {"code": "travel", "subjects": ["m2"]}],
            identities=[{**claim, "marking": STRICTER}],
        )
        == []
    )


def test_what_connects_is_no_easier_to_discover_than_what_it_connects() -> None:
    hidden = [{**M1, "marking": {**MARKING, "discovery": "stewards"}}, M2]
    relation = {"schema": "Membership", "from": "m1", "to": "m2"}
    assert of_data(mentions=hidden, relations=[relation]) == ["/data/relations/0"]


def test_a_fault_of_the_outer_marking_is_not_told_again_inside() -> None:
    unreadable = {**MARKING, "level": "COSMIC"}
    inside = [{**M1, "marking": STRICTER}, M2]
    relation = {"schema": "Membership", "from": "m1", "to": "m2"}
    assert of_data(marking=unreadable, mentions=inside, relations=[relation]) == [
        "/data/marking/level"
    ]


def test_a_fault_of_a_marking_is_told_wherever_the_marking_stands() -> None:
    curious = {**MARKING, "purposes": ["curiosity"]}
    assert of_data(mentions=[{**M1, "marking": curious}, {**M2, "marking": curious}]) == [
        "/data/mentions/0/marking/purposes/0",
        "/data/mentions/1/marking/purposes/0",
    ]


# Tear-lines


def test_a_tear_line_may_be_marked_lower_than_its_signal() -> None:
    assert of_tearline(marking={"level": "OPEN", "releasable_to": ["*"], "discovery": "all"}) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"text": ""}, "/text"),
        ({"releaser": " "}, "/releaser"),
        ({"mentions": [{**M1, "schema": "Spaceship"}]}, "/mentions/0/schema"),
        # Refs are its own: m1 and m2 are its signal's.
        ({"activities": [{"code": "travel", "subjects": ["m1"]}]}, "/activities/0/subjects/0"),
        ({"topics": ["nothing"]}, "/topics/0"),
        ({"observed": {"to": "x"}}, "/observed/to"),
        (
            {"marking": STRICTER, "mentions": [{**M1, "marking": MARKING}]},
            "/mentions/0/marking",
        ),
        ({"identities": []}, "/identities"),
        ({"marking": ...}, "/marking"),
    ],
)
def test_what_a_tear_line_may_not_say_is_refused_by_its_pointer(
    members: dict[str, Any], expected: str
) -> None:
    kept = {name: value for name, value in members.items() if value is not ...}
    line = {"text": "words", "releaser": "asac", "marking": {"level": "OPEN"}, **kept}
    if members.get("marking") is ...:
        del line["marking"]
    assert of_data(tearlines=[line]) == [f"/data/tearlines/0{expected}"]


def test_a_detail_says_what_is_wrong() -> None:
    found = judged(event(data={**DATA, "mentions": [{**M1, "schema": "Ownership"}]}))
    assert not isinstance(found, SignalEvent)
    assert found[0].detail == "'Ownership' is a relation's schema, no mention's"
