"""A banner says what the response contains, in one way, and nothing of what it does not."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.access.disclosure import Disclosure, Rung, Shown, banner, disclosing, shown_of
from fusion.domain.marking import NormalForm, join_all, minimal

LEVELS = ("OPEN", "OFFICIAL", "SECRET")


def marked(level: int, *clauses: set[str], compartments: tuple[str, ...] = ()) -> NormalForm:
    return NormalForm(
        level=level,
        compartments=frozenset(compartments),
        clauses=minimal(map(frozenset, clauses)),
    )


TOKENS = st.sampled_from(
    ["domestic", "domestic/cia", "domestic/fbi", "partner/sis", "nation/gb", "purpose/x", "need/g"]
)
MARKINGS = st.builds(
    lambda level, clauses, compartments: marked(level, *clauses, compartments=compartments),
    st.integers(0, 2),
    st.lists(st.sets(TOKENS, min_size=1), max_size=3),
    st.lists(st.sampled_from("KLM"), max_size=2).map(tuple),
)


def test_the_banner_of_nothing_is_the_lowest_level() -> None:
    assert banner([], LEVELS) == "OPEN"


def test_the_highest_level_and_all_compartments_stand_in_the_banner() -> None:
    both = [marked(2, compartments=("L",)), marked(1, compartments=("K", "L"))]
    assert banner(both, LEVELS) == "SECRET//K/L"


def test_whom_it_may_be_released_to_stands_in_the_banner() -> None:
    marking = marked(1, {"domestic/fbi", "domestic/cia", "partner/sis"})
    assert banner([marking], LEVELS) == "OFFICIAL//REL TO cia, fbi, sis"
    assert banner([marked(1, {"domestic"})], LEVELS) == "OFFICIAL//REL TO *"
    by_nation = marked(1, {"domestic/fbi", "nation/gb", "nation/au"})
    assert banner([by_nation], LEVELS) == "OFFICIAL//REL TO fbi OR REL TO NATION au, gb"


def test_need_and_purpose_stand_in_the_banner_each_clause_by_itself() -> None:
    needs = ({"need/group:ct", "need/role:watch"}, {"need/case:7"})
    marking = marked(0, *needs, {"purpose/prevention"})
    expected = "OPEN//FOR prevention//NEED case:7//NEED group:ct, role:watch"
    assert banner([marking], LEVELS) == expected


@given(st.lists(MARKINGS, min_size=1, max_size=4))
def test_the_banner_is_that_of_the_join_in_any_order(markings: list[NormalForm]) -> None:
    assert banner(reversed(markings), LEVELS) == banner(markings, LEVELS)
    assert banner([join_all(markings)], LEVELS) == banner(markings, LEVELS)


@given(MARKINGS, MARKINGS)
def test_markings_that_ask_for_different_things_have_different_banners(
    one: NormalForm, other: NormalForm
) -> None:
    def asked(marking: NormalForm) -> tuple[object, ...]:
        return (marking.level, marking.compartments, marking.clauses)

    assert (banner([one], LEVELS) == banner([other], LEVELS)) == (asked(one) == asked(other))


def test_a_disclosure_cannot_be_changed_after_it_was_made() -> None:
    shown = disclosing({"id": "x"}, ["/fbi/phoenix/1"])
    assert shown == Disclosure({"id": "x"}, (Shown(Rung.FULL, "/fbi/phoenix/1"),))
    with pytest.raises(FrozenInstanceError):
        shown.count = 2  # type: ignore[misc]


def test_what_is_shown_of_signals_is_named_once_on_its_rung_and_in_one_order() -> None:
    names = ["/fbi/tearline/0123456789ABCDEF", "/fbi/phoenix/2", "/cia/1", "/fbi/phoenix/2"]
    assert shown_of(names) == shown_of(reversed(names))
    assert [tuple(each) for each in shown_of(names)] == [
        ("full", "/cia/1"),
        ("full", "/fbi/phoenix/2"),
        ("tearline", "/fbi/tearline/0123456789ABCDEF"),
    ]


@pytest.mark.parametrize("name", ["/fbi/phoenix/tearline", "/tearline/1", "/fbi/x/tearline/1"])
def test_a_signal_of_another_source_is_no_tear_line(name: str) -> None:
    assert shown_of([name]) == (Shown(Rung.FULL, name),)
