"""A reader brings to a marking what its grants give for what it acts for, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.access.reader import Grants, Reader, class_of, grants_document, reader_of
from fusion.domain.compiling import Community
from fusion.domain.errors import Forbidden, Invalid
from fusion.domain.marking import NormalForm

LEVELS = ("OPEN", "OFFICIAL", "SECRET")
ANNA = Grants(
    name="anna",
    agency="fbi",
    level="OFFICIAL",
    nation="us",
    compartments=frozenset({"K"}),
    groups=frozenset({"counterterrorism"}),
    roles=frozenset({"analyst"}),
    purposes=frozenset({"prevention", "protection"}),
    cases=frozenset({"17", "18"}),
)


def admits(marking: NormalForm, reader: Reader | None = None, *, is_domestic: bool = True) -> bool:
    return (reader or Reader(ANNA)).knowledge(LEVELS, is_domestic=is_domestic).admits(marking)


def behind(*tokens: str) -> NormalForm:
    """A marking that asks for one of these tokens."""
    return NormalForm(level=0, clauses=frozenset({frozenset(tokens)}))


def test_a_reader_knows_up_to_its_level_and_within_its_compartments() -> None:
    assert admits(NormalForm(level=1, compartments=frozenset({"K"})))
    assert not admits(NormalForm(level=2))
    assert not admits(NormalForm(level=0, compartments=frozenset({"K", "L"})))


def test_a_reader_cleared_for_an_unknown_level_knows_nothing() -> None:
    assert not admits(NormalForm(level=0), Reader(replace(ANNA, level="COSMIC")))


def test_a_domestic_reader_is_among_the_domestic_and_no_partner() -> None:
    assert admits(behind("domestic"))
    assert admits(behind("domestic/fbi"))
    assert not admits(behind("domestic/cia"))
    assert not admits(behind("partner/fbi"))


def test_a_partner_is_never_among_the_domestic() -> None:
    assert not admits(behind("domestic"), is_domestic=False)
    assert not admits(behind("domestic/fbi"), is_domestic=False)
    assert admits(behind("partner/fbi"), is_domestic=False)


def test_a_reader_is_of_its_one_nation_or_of_none() -> None:
    assert admits(behind("nation/us"))
    assert not admits(behind("nation/gb"))
    assert not admits(behind("nation/None"), Reader(replace(ANNA, nation=None)))


def test_groups_and_roles_are_brought_always() -> None:
    assert admits(behind("need/group:counterterrorism"))
    assert admits(behind("need/role:analyst"))
    assert not admits(behind("need/group:analyst"))


def test_a_purpose_is_brought_only_by_who_acts_for_it() -> None:
    assert not admits(behind("purpose/prevention", "purpose/None"))
    assert admits(behind("purpose/prevention"), Reader(ANNA, purpose="prevention"))
    assert not admits(behind("purpose/prevention"), Reader(ANNA, purpose="protection"))


def test_a_case_is_brought_only_by_a_member_who_acts_for_it() -> None:
    assert not admits(behind("need/case:17", "need/case:None"))
    assert admits(behind("need/case:17"), Reader(ANNA, case="17"))
    assert not admits(behind("need/case:17"), Reader(ANNA, case="18"))


def test_nobody_acts_for_a_purpose_that_is_not_granted() -> None:
    with pytest.raises(Forbidden):
        Reader(ANNA, purpose="punishment")


def test_a_case_that_is_anothers_and_a_case_that_is_none_are_refused_alike() -> None:
    details = set()
    for case in ("19", "no such case", ""):
        with pytest.raises(Forbidden) as raised:
            Reader(ANNA, case=case)
        details.add(raised.value.detail)
    assert len(details) == 1


def test_readers_with_equal_attributes_are_of_one_class_whatever_their_names() -> None:
    one, other = Reader(ANNA), Reader(replace(ANNA, name="bert", cases=frozenset()))
    classes = {reader.knowledge(LEVELS, is_domestic=True) for reader in (one, other)}
    assert len(classes) == 1
    assert Reader(ANNA, case="17").knowledge(LEVELS, is_domestic=True) not in classes


@pytest.mark.parametrize(
    ("agency", "is_open", "token"),
    [
        ("fbi", False, "domestic/fbi"),
        ("sis", False, "partner/sis"),
        ("acme", False, "partner/acme"),
        ("acme", True, "domestic/acme"),
        ("sis", True, "partner/sis"),
    ],
)
def test_the_class_of_a_reader_reads_its_agency_as_markings_do(
    agency: str, is_open: bool, token: str
) -> None:
    """An agency that nobody registered is a stranger, and domestic only where all are (offline)."""
    community = Community(
        handle_key=b"",
        levels=LEVELS,
        domestic=frozenset({"fbi"}),
        partners=frozenset({"sis"}),
        is_open=is_open,
    )
    known = class_of(Reader(replace(ANNA, agency=agency)), community)
    assert known.admits(behind(token))
    assert known.admits(behind("domestic")) == token.startswith("domestic/")
    assert known.level == LEVELS.index("OFFICIAL")


NAMES = st.text("abc1", min_size=1, max_size=3)
GRANTS = st.builds(
    Grants,
    name=NAMES,
    agency=NAMES,
    level=st.sampled_from(LEVELS),
    nation=st.none() | NAMES,
    compartments=st.frozensets(NAMES),
    groups=st.frozensets(NAMES),
    roles=st.frozensets(NAMES),
    purposes=st.frozensets(NAMES),
    cases=st.frozensets(NAMES),
)


@given(GRANTS, st.data())
def test_a_printed_reader_reads_back_equal(grants: Grants, data: st.DataObject) -> None:
    purpose = data.draw(st.sampled_from([None, *sorted(grants.purposes)]))
    case = data.draw(st.sampled_from([None, *sorted(grants.cases)]))
    document = grants_document(grants) | {"purpose": purpose, "case": case}
    assert reader_of(document) == Reader(grants, purpose=purpose, case=case)


@given(GRANTS, GRANTS)
def test_more_grants_never_know_less(some: Grants, others: Grants) -> None:
    more = replace(
        some,
        level=max(some.level, others.level, key=LEVELS.index),
        compartments=some.compartments | others.compartments,
        groups=some.groups | others.groups,
        roles=some.roles | others.roles,
    )
    less_known = Reader(some).knowledge(LEVELS, is_domestic=True)
    more_known = Reader(more).knowledge(LEVELS, is_domestic=True)
    assert less_known.level <= more_known.level
    assert less_known.compartments <= more_known.compartments
    assert less_known.tokens <= more_known.tokens


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "anna", "agency": "fbi"},
        {"name": "anna", "agency": "fbi", "level": 2},
        {"name": "anna", "agency": "fbi", "level": "OPEN", "groups": "counterterrorism"},
        {"name": "anna", "agency": "fbi", "level": "OPEN", "clearance": "high"},
    ],
)
def test_a_document_that_is_no_reader_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        reader_of(document)


def test_a_reader_file_cannot_act_for_what_it_does_not_grant() -> None:
    with pytest.raises(Forbidden):
        reader_of({"name": "anna", "agency": "fbi", "level": "OPEN", "purpose": "prevention"})
