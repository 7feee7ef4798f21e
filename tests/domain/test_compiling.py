from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain import ids
from fusion.domain.clock import parse_moment
from fusion.domain.compiling import MAX_COMPILED, Community, compile_marking, compile_signal
from fusion.domain.errors import Fault, Invalid
from fusion.domain.fact import Grade, SignalFacts
from fusion.domain.marking import Knowledge, NormalForm
from fusion.domain.signal import RETRACTED, SUBMITTED, Marking, SignalEvent, decode_event

KEY = b"a key of this test"
COMMUNITY = Community(
    handle_key=KEY,
    domestic=frozenset({"fbi", "cia", "ins"}),
    partners=frozenset({"mi6"}),
    offices=("/fbi", "/fbi/phoenix/squad-5"),
    ceilings={"fbi": "B2", "mi6": "C3"},
)
PLAIN: dict[str, Any] = {"level": "OPEN"}


def marking(**members: Any) -> Marking:
    return msgspec.convert({"level": "OPEN", **members}, Marking)


def compiled(owner: str = "fbi", community: Community = COMMUNITY, **members: Any) -> NormalForm:
    return compile_marking(marking(**members), owner=owner, community=community)


def clauses(*texts: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(text.split()) for text in texts)


def event(data: dict[str, Any], **attributes: Any) -> SignalEvent:
    whole = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": "/fbi/phoenix",
        "id": "EC-1",
        "time": "2001-07-10T14:30:00Z",
        "data": data,
        **attributes,
    }
    return decode_event(msgspec.json.encode(whole))


def facts(
    data: dict[str, Any], community: Community = COMMUNITY, **attributes: Any
) -> tuple[SignalFacts, ...]:
    return compile_signal(event(data, **attributes), community=community)


# Markings


def test_without_releasability_the_owner_alone_may_know() -> None:
    assert compiled() == NormalForm(0, clauses=clauses("domestic/fbi"), owners=frozenset({"fbi"}))
    assert compiled("mi6").clauses == clauses("partner/mi6")


def test_releasability_is_one_clause_of_owner_agencies_and_nations() -> None:
    found = compiled(releasable_to=["cia", "mi6"], nations=["gb"])
    assert found.clauses == clauses("domestic/fbi domestic/cia partner/mi6 nation/gb")


def test_a_star_is_every_domestic_agency_and_contains_the_listed_ones() -> None:
    assert compiled(releasable_to=["*", "cia"]).clauses == clauses("domestic")
    assert compiled("mi6", releasable_to=["*"]).clauses == clauses("domestic partner/mi6")


def test_originator_control_adds_owner_and_consent_list() -> None:
    found = compiled(releasable_to=["*"], originator_control=True, consent=["ins"])
    assert found.clauses == clauses("domestic/fbi domestic/ins")
    assert compiled(releasable_to=["*"], consent=["ins"]).clauses == clauses("domestic")


def test_need_and_purposes_are_clauses_of_their_own() -> None:
    found = compiled(need="group:a&(role:b|case:c)", purposes=["prevention", "warning"])
    assert found.clauses == clauses(
        "domestic/fbi",
        "need/group:a",
        "need/role:b need/case:c",
        "purpose/prevention purpose/warning",
    )


def test_a_token_of_need_is_never_another_token() -> None:
    forged = compiled(need='"domestic/fbi"|domestic|nation/us')
    assert not Knowledge(0, tokens=frozenset({"domestic", "domestic/cia", "nation/us"})).admits(
        forged
    )
    assert clauses("need/domestic/fbi need/domestic need/nation/us") < forged.clauses


def test_level_compartments_discovery_and_break_glass_are_kept() -> None:
    found = compiled(level="TOP SECRET", compartments=["K"], discovery="agencies", break_glass=True)
    assert (found.level, found.compartments, found.discovery, found.may_break_glass) == (
        3,
        frozenset({"K"}),
        2,
        True,
    )


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"level": "COSMIC"}, "/level"),
        ({"releasable_to": ["cia", "kgb"]}, "/releasable_to/1"),
        ({"consent": ["*"]}, "/consent/0"),
        ({"need": "a&"}, "/need"),
        ({"need": "|".join(f"(a{n}&b{n})" for n in range(9))}, "/need"),
    ],
)
def test_a_marking_that_cannot_be_read_is_refused(members: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        compiled(**members)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_every_fault_of_a_marking_is_told() -> None:
    with pytest.raises(Invalid) as refusal:
        compiled("kgb", level="?", releasable_to=["x"], originator_control=True)
    faults = sorted(refusal.value.faults, key=lambda fault: fault.pointer)
    assert [fault.pointer for fault in faults] == ["", "/level", "/releasable_to/0"]
    assert faults[0] == Fault("", "'kgb' is no agency that is known here")


def test_offline_an_unknown_agency_is_domestic_if_it_can_be_one() -> None:
    opened = Community(handle_key=KEY, is_open=True, partners=frozenset({"mi6"}))
    found = compiled("new", opened, releasable_to=["mi6"])
    assert found.clauses == clauses("domestic/new partner/mi6")
    with pytest.raises(Invalid):
        compiled("new", opened, releasable_to=["NO AGENCY"])


def test_compiled_markings_are_kept_and_the_memory_is_bounded() -> None:
    community = Community(handle_key=KEY, is_open=True)
    first = compiled(community=community, compartments=["0"])
    assert compiled(community=community, compartments=["0"]) is first
    assert compiled("cia", community, compartments=["0"]) != first
    for number in range(1, MAX_COMPILED):
        compiled(community=community, compartments=[str(number)])
    again = compiled(community=community, compartments=["0"])
    assert again == first
    assert again is not first


# Signals


def test_facts_are_named_by_their_signal_and_place() -> None:
    (signal,) = facts(
        {
            "marking": PLAIN,
            "mentions": [
                {"ref": "m1", "schema": "Person", "role": "subject", "properties": {"name": ["B"]}},
                {"ref": "m2", "schema": "Organization"},
            ],
            "relations": [{"schema": "Membership", "from": "m1", "to": "m2"}],
            "activities": [
                {"code": "travel", "subjects": ["m1", "m1"], "place": "m2", "topics": ["rail"]}
            ],
            "identities": [
                {"a": "m1", "b": "/cia/ctc/7#m2", "verdict": "same"},
                {"a": "m1", "b": "m2", "verdict": "different"},
            ],
        }
    )
    name = "/fbi/phoenix/EC-1"
    assert [m.name for m in signal.mentions] == [f"{name}#m1", f"{name}#m2"]
    assert (signal.mentions[0].role, signal.mentions[1].role) == ("subject", None)
    (relation,) = signal.relations
    assert (relation.name, relation.source, relation.target) == (
        f"{name}#relations/0",
        f"{name}#m1",
        f"{name}#m2",
    )
    (activity,) = signal.activities
    assert (activity.name, activity.subjects, activity.place) == (
        f"{name}#activities/0",
        (f"{name}#m1",),
        f"{name}#m2",
    )
    assert [(c.name, c.b, c.is_same) for c in signal.claims] == [
        (f"{name}#identities/0", "/cia/ctc/7#m2", True),
        (f"{name}#identities/1", f"{name}#m2", False),
    ]


def test_a_fact_stands_under_its_own_marking_else_its_signals() -> None:
    (signal,) = facts(
        {
            "marking": PLAIN,
            "mentions": [
                {"ref": "m1", "schema": "Person"},
                {"ref": "m2", "schema": "Person", "marking": {"level": "SECRET"}},
            ],
        }
    )
    assert [mention.marking.level for mention in signal.mentions] == [0, 2]
    assert signal.mentions[0].marking is signal.marking


def test_the_holder_is_counted_at_both_depths() -> None:
    (two,) = facts({"marking": PLAIN})
    assert (two.agency, two.office) == ("fbi", "/fbi/phoenix")
    (longer,) = facts({"marking": PLAIN}, source="/fbi/phoenix/squad-5/desk")
    assert longer.office == "/fbi/phoenix/squad-5"
    (bare,) = facts({"marking": PLAIN}, source="/fbi")
    assert bare.office == "/fbi"


@pytest.mark.parametrize(
    ("observed", "ends"),
    [
        (None, "2001-07-10T14:30:00Z"),
        ({"from": "2001-04"}, "2001-07-10T14:30:00Z"),
        ({"to": "2001-06"}, "2001-06-30T23:59:59.999999Z"),
        ({"from": "2001", "to": "2001-06-05T01:00:00+02:00"}, "2001-06-04T23:00:00Z"),
    ],
)
def test_a_signal_ends_with_its_observed_period_else_when_it_was_reported(
    observed: dict[str, str] | None, ends: str
) -> None:
    (signal,) = facts({"marking": PLAIN, "observed": observed})
    assert signal.ends == parse_moment(ends)


@pytest.mark.parametrize(
    ("stated", "publisher", "source", "grade"),
    [
        (None, None, "/fbi/x", "F6"),
        ({"source": "A", "information": 1}, None, "/cia/x", "A1"),
        ({"source": "A", "information": 1}, None, "/fbi/x", "B2"),
        ({"source": "A", "information": 5}, None, "/fbi/x", "B5"),
        ({"source": "A", "information": 1}, "D1", "/fbi/x", "D2"),
        ({"source": "A", "information": 1}, "A1", "/fbi/x", "B2"),
        # F and 6 weigh more than D and 4, less than C and 3.
        (None, "D4", "/fbi/x", "D4"),
        (None, None, "/mi6/x", "F6"),
        ({"source": "E", "information": 5}, "F6", "/fbi/x", "E5"),
    ],
)
def test_the_worse_of_both_ceilings_lowers_a_grading(
    stated: dict[str, Any] | None, publisher: str | None, source: str, grade: str
) -> None:
    (signal,) = facts({"marking": PLAIN, "grading": stated}, source=source, fusionceiling=publisher)
    assert signal.grade.code == grade


def test_a_claim_may_be_graded_by_itself_under_the_same_ceiling() -> None:
    claim = {"a": "m1", "b": "/cia/x/1#m1", "verdict": "same"}
    (signal,) = facts(
        {
            "marking": PLAIN,
            "grading": {"source": "C", "information": 3},
            "mentions": [{"ref": "m1", "schema": "Person"}],
            "identities": [claim, {**claim, "grading": {"source": "A", "information": 1}}],
        }
    )
    assert [c.grade.code for c in signal.claims] == ["C3", "B2"]


def test_an_origin_names_a_source_or_a_signal() -> None:
    (source,) = facts({"marking": PLAIN, "origin": {"id": "fbi:asset-9"}})
    assert source.origin == "id:fbi:asset-9"
    (relayed,) = facts(
        {"marking": PLAIN, "origin": {"id": "/mi6/x/9", "marking": {"level": "SECRET"}}}
    )
    assert relayed.origin == "signal:/mi6/x/9"
    assert relayed.origin_marking is not None
    assert relayed.origin_marking.level == 2
    (absent,) = facts({"marking": PLAIN})
    assert (absent.origin, absent.origin_marking) == (None, None)


def test_a_correction_and_a_retraction_take_out_a_signal_of_the_same_source() -> None:
    (correction,) = facts({"marking": PLAIN, "corrects": "EC-0"})
    assert correction.retracts == "/fbi/phoenix/EC-0"
    (retraction,) = facts({"retracts": "EC-1", "reason": "wrong man"}, type=RETRACTED, id="R-1")
    assert retraction.retracts == "/fbi/phoenix/EC-1"
    assert not (retraction.mentions or retraction.activities)
    everything = Knowledge(9, frozenset(), frozenset({"domestic", "domestic/fbi"}))
    assert not everything.admits(retraction.marking)


# Tear-lines

TORN: dict[str, Any] = {
    "marking": {"level": "SECRET", "discovery": "none"},
    "summary": "an informant's report",
    "origin": {"id": "fbi:asset-9"},
    "vetting": "raw",
    "disputed": True,
    "grading": {"source": "C", "information": 3},
    "observed": {"to": "2001-06"},
    "mentions": [{"ref": "m1", "schema": "Person", "marking": {"level": "TOP SECRET"}}],
    "tearlines": [
        {
            "text": "Persons enrol",
            "releaser": "asac",
            "marking": {"level": "OPEN", "releasable_to": ["*"]},
            "mentions": [
                {"ref": "t1", "schema": "Person"},
                {"ref": "t2", "schema": "Person", "marking": {"level": "OFFICIAL"}},
            ],
            "relations": [{"schema": "Family", "from": "t1", "to": "t2"}],
            "activities": [{"code": "travel", "subjects": ["t1"]}],
        },
        {
            "text": "Other words",
            "releaser": "asac",
            "marking": {"level": "OFFICIAL"},
            "observed": {"from": "2001-05", "to": "2001-05"},
            "grading": {"source": "A", "information": 1},
        },
    ],
}


def test_a_tear_line_is_a_signal_of_its_own_named_by_its_handle() -> None:
    parent, first, second = facts(TORN)
    handles = [ids.handle(KEY, "tearline", parent.name, place) for place in "01"]
    assert [first.name, second.name] == [f"/fbi/tearline/{handle}" for handle in handles]
    assert first.parent == second.parent == parent.name
    assert parent.parent is None
    assert [m.name for m in first.mentions] == [f"{first.name}#t1", f"{first.name}#t2"]
    assert first.activities[0].subjects == (f"{first.name}#t1",)
    assert first.relations[0].source == f"{first.name}#t1"


def test_a_tear_line_is_named_by_its_parent_and_the_key_alone() -> None:
    again = {**TORN, "summary": "rewritten", "marking": PLAIN}
    assert [line.name for line in facts(again)[1:]] == [line.name for line in facts(TORN)[1:]]
    elsewhere = Community(handle_key=b"another", domestic=frozenset({"fbi"}))
    assert facts(TORN, elsewhere)[1].name != facts(TORN)[1].name


def test_a_tear_line_tells_agency_day_and_grading_and_nothing_else_of_its_parent() -> None:
    _, first, _ = facts(TORN)
    day = parse_moment("2001-07-10T00:00:00Z")
    assert (first.agency, first.office, first.reported, first.ends) == ("fbi", "/fbi", day, day)
    assert (first.origin, first.origin_marking, first.retracts) == (None, None, None)
    assert first.grade == Grade("C", 3)
    assert {(m.agency, m.office, m.reported) for m in first.mentions} == {("fbi", "/fbi", day)}
    hidden = {**TORN, "vetting": "vetted", "disputed": False, "origin": None, "observed": None}
    hidden["mentions"] = []
    differing = facts(hidden, time="2001-07-10T23:59:59Z")[1]
    assert _without_parent(differing) == _without_parent(first)


def _without_parent(signal: SignalFacts) -> tuple[object, ...]:
    return tuple(
        getattr(signal, name) for name in SignalFacts.__slots__ if name != "parent_marking"
    )


def test_a_tear_lines_own_period_and_grading_count_under_the_ceiling() -> None:
    second = facts(TORN)[2]
    assert second.ends == parse_moment("2001-05-31T23:59:59.999999Z")
    assert second.grade == Grade("B", 2)


def test_facts_of_a_tear_line_stand_under_its_marking_unless_they_have_their_own() -> None:
    first = facts(TORN)[1]
    assert [mention.marking.level for mention in first.mentions] == [0, 1]
    assert first.activities[0].marking is first.marking


def test_a_tear_line_knows_the_marking_of_its_parent() -> None:
    parent, first, _ = facts(TORN)
    assert first.parent_marking == parent.marking
    assert parent.parent_marking is None


# What can't be compiled


@pytest.mark.parametrize(
    ("data", "attributes"),
    [
        ({"marking": {"level": "COSMIC"}}, {}),
        ({"marking": PLAIN}, {"source": "/kgb/x"}),
        ({"marking": PLAIN}, {"time": "yesterday"}),
        ({"marking": PLAIN}, {"fusionceiling": "Z9"}),
        ({"marking": PLAIN, "observed": {"to": "2001-02-30"}}, {}),
    ],
)
def test_a_stored_signal_that_cannot_be_read_any_more_is_refused_whole(
    data: dict[str, Any], attributes: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        facts(data, **attributes)


@given(st.sampled_from("ABCDEF"), st.integers(1, 6), st.sampled_from("ABCDEF"), st.integers(1, 6))
def test_a_ceiling_lowers_weight_and_never_raises_it(
    source: str, information: int, best_source: str, best_information: int
) -> None:
    grade, ceiling = Grade(source, information), Grade(best_source, best_information)
    lowered = grade.lowered_to(ceiling)
    assert lowered.permille <= min(grade.permille, ceiling.permille)
    assert lowered.lowered_to(ceiling) == lowered
    if grade.permille <= Grade("E", 5).permille:
        assert lowered == grade
