"""A registry is whole or it does not exist."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.errors import Invalid
from fusion.domain.fact import Grade
from fusion.domain.post import (
    Agency,
    Desk,
    Kind,
    Mechanism,
    Office,
    Post,
    Registry,
    succession_faults,
)

A1 = Grade("A", 1)
ALPHA = Agency("alpha", "Alpha", Kind.DOMESTIC, A1)
BETA = Agency("beta", "Beta", Kind.DOMESTIC, A1)
CHIEF = Post("/alpha/chief", "Chief", deputy="/alpha/second")
SECOND = Post("/alpha/second", "Second", holder="sam")
OVERALL = Mechanism("overall", "Overall", lead="/alpha/chief", core=("alpha",))


def registry(**changes: object) -> Registry:
    whole = {"agencies": (ALPHA, BETA), "posts": (CHIEF, SECOND), "mechanisms": (OVERALL,)}
    return Registry(**(whole | changes))  # type: ignore[arg-type]


def pointers_of(**changes: object) -> list[str]:
    with pytest.raises(Invalid) as raised:
        registry(**changes)
    return [fault.pointer for fault in raised.value.faults]


def below(slug: str, parent: str, **changes: object) -> Mechanism:
    return replace(OVERALL, slug=slug, parent=parent, domains=("security",), **changes)  # type: ignore[arg-type]


def test_the_empty_registry_stands() -> None:
    assert Registry().root is None


def test_a_registry_of_agencies_needs_one_overall_mechanism() -> None:
    assert pointers_of(mechanisms=()) == ["/mechanisms"]


def test_only_one_mechanism_has_no_parent() -> None:
    assert pointers_of(mechanisms=(OVERALL, replace(OVERALL, slug="other"))) == [
        "/mechanisms/1/parent"
    ]


def test_a_mechanism_without_an_existing_lead_is_refused() -> None:
    assert pointers_of(mechanisms=(replace(OVERALL, lead="/alpha/nobody"),)) == [
        "/mechanisms/0/lead"
    ]


def test_a_lead_without_a_deputy_is_refused() -> None:
    assert pointers_of(mechanisms=(replace(OVERALL, lead="/alpha/second"),)) == [
        "/mechanisms/0/lead"
    ]


def test_the_lead_comes_from_a_core_member() -> None:
    assert pointers_of(mechanisms=(replace(OVERALL, core=("beta",)),)) == ["/mechanisms/0/core"]


def test_mechanisms_that_stand_above_each_other_are_refused() -> None:
    ring = (OVERALL, below("one", "two"), below("two", "one"))
    assert pointers_of(mechanisms=ring) == ["/mechanisms/1/parent", "/mechanisms/2/parent"]


def test_a_mechanism_that_stands_above_itself_is_refused() -> None:
    assert pointers_of(mechanisms=(OVERALL, below("one", "one"))) == ["/mechanisms/1/parent"]


def test_a_mechanism_under_an_unknown_parent_is_refused() -> None:
    assert pointers_of(mechanisms=(OVERALL, below("one", "none"))) == ["/mechanisms/1/parent"]


def test_the_overall_mechanism_takes_every_domain() -> None:
    assert pointers_of(mechanisms=(replace(OVERALL, domains=("security",)),)) == ["/mechanisms/0"]


def test_a_mechanism_below_the_overall_one_is_narrower() -> None:
    wide = replace(OVERALL, slug="wide", parent="overall")
    assert pointers_of(mechanisms=(OVERALL, wide)) == ["/mechanisms/1"]


def test_an_unknown_member_is_refused_and_nobody_is_a_member_twice() -> None:
    twice = replace(OVERALL, core=("alpha", "gamma"), auxiliary=("alpha",))
    assert pointers_of(mechanisms=(twice,)) == ["/mechanisms/0/core/1", "/mechanisms/0/auxiliary"]


def test_a_post_names_an_agency_a_deputy_and_a_mechanism_that_exist() -> None:
    lost = Post("/gamma/chief", "Lost", deputy="/gamma/second", mechanism="none")
    assert pointers_of(posts=(CHIEF, SECOND, lost)) == [
        "/posts/2/id",
        "/posts/2/deputy",
        "/posts/2/mechanism",
    ]


def test_a_post_is_not_its_own_deputy() -> None:
    alone = Post("/beta/chief", "Chief", deputy="/beta/chief")
    assert pointers_of(posts=(CHIEF, SECOND, alone)) == ["/posts/2/deputy"]


def test_a_steward_is_an_existing_post() -> None:
    assert pointers_of(steward="/alpha/nobody") == ["/steward"]


def test_a_foreign_agency_names_its_nation() -> None:
    assert pointers_of(agencies=(ALPHA, replace(BETA, kind=Kind.FOREIGN))) == ["/agencies/1/nation"]


@pytest.mark.parametrize("prefix", ["/alpha", "/beta/north", "/alpha/tearline"])
def test_an_office_lies_within_its_agency_and_off_the_tearlines(prefix: str) -> None:
    agency = replace(ALPHA, offices=(Office(prefix, "North"),))
    assert pointers_of(agencies=(agency, BETA)) == ["/agencies/0/offices/0/prefix"]


def test_an_office_names_a_desk_of_its_agency_and_a_desk_an_existing_post() -> None:
    agency = replace(
        ALPHA,
        offices=(Office("/alpha/north", "North", desk="/alpha/none"),),
        desks=(Desk("/beta/desk", "Desk", post="/alpha/nobody"),),
    )
    assert pointers_of(agencies=(agency, BETA)) == [
        "/agencies/0/offices/0/desk",
        "/agencies/0/desks/0/id",
        "/agencies/0/desks/0/post",
    ]


def test_what_stands_twice_is_refused_by_its_second_place() -> None:
    desk, office = Desk("/alpha/desk", "Desk", "/alpha/chief"), Office("/alpha/north", "North")
    agency = replace(ALPHA, offices=(office, office), desks=(desk, desk))
    assert pointers_of(
        agencies=(agency, BETA, BETA), posts=(CHIEF, SECOND, CHIEF), mechanisms=(OVERALL, OVERALL)
    ) == [
        "/agencies/2/slug",
        "/posts/2/id",
        "/mechanisms/1/slug",
        "/agencies/0/offices/1/prefix",
        "/agencies/0/desks/1/id",
        "/mechanisms/1/parent",
    ]


def test_the_nearest_office_that_has_a_desk_answers_for_a_source() -> None:
    desks = tuple(Desk(f"/alpha/{name}", name, CHIEF.id) for name in ("first", "north", "far"))
    offices = (
        Office("/alpha/north", "North", desk="/alpha/north"),
        Office("/alpha/north/far", "Far", desk="/alpha/far"),
        Office("/alpha/north/near", "Near"),
    )
    whole = registry(agencies=(replace(ALPHA, offices=offices, desks=desks), BETA))
    answers = {
        "/alpha/north/far/x": "far",
        "/alpha/north/near": "north",
        "/alpha/north": "north",
        "/alpha/northern": "first",
        "/alpha": "first",
        "/beta/north": None,
        "/gamma": None,
    }
    found = {source: whole.desk_for(source) for source in answers}
    assert {source: desk and desk.name for source, desk in found.items()} == answers


def test_a_reader_acts_for_the_posts_that_it_holds() -> None:
    assert registry().posts_of("sam") == (SECOND,)
    assert registry().posts_of("nobody") == ()


def test_a_stranger_and_a_partner_are_not_domestic() -> None:
    whole = registry(agencies=(ALPHA, replace(BETA, kind=Kind.CIVIL)))
    assert [whole.is_domestic(slug) for slug in ("alpha", "beta", "gamma")] == [True, False, False]


def test_an_agency_never_changes_its_kind_and_never_vanishes() -> None:
    civil = registry(agencies=(replace(ALPHA, name="Renamed"), replace(BETA, kind=Kind.CIVIL)))
    alone = registry(agencies=(ALPHA,))
    assert [fault.pointer for fault in succession_faults(registry(), civil)] == ["/agencies/1/kind"]
    assert [fault.pointer for fault in succession_faults(registry(), alone)] == ["/agencies"]
    assert succession_faults(alone, registry()) == ()


@given(st.lists(st.integers(min_value=-1, max_value=5), min_size=1, max_size=6))
def test_mechanisms_stand_if_and_only_if_every_one_leads_up_to_the_one_root(
    above: list[int],
) -> None:
    """Parents drawn at random: accepted exactly where a walk from each ends at one same root."""
    parents = [parent if parent < len(above) else -1 for parent in above]
    mechanisms = tuple(
        replace(OVERALL, slug=f"m{place}") if parent < 0 else below(f"m{place}", f"m{parent}")
        for place, parent in enumerate(parents)
    )

    def top(place: int) -> int | None:
        for _ in parents:
            if parents[place] < 0:
                return place
            place = parents[place]
        return None

    is_tree = parents.count(-1) == 1 and all(
        top(place) is not None for place in range(len(parents))
    )
    if not is_tree:
        assert pointers_of(mechanisms=mechanisms)
        return
    whole = registry(mechanisms=mechanisms)
    assert {whole.lineage(each)[-1] for each in whole.mechanisms} == {whole.root}
