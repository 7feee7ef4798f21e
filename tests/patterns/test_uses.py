"""What a cell weighs that uses the hypotheses of others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.domain.hypothesis import Status
from fusion.domain.pattern import Pattern, Scope, in_order_of_use
from fusion.patterns.cell import uses_of
from fusion.patterns.check_uses import check_uses
from fusion.patterns.weigh import Cell, OriginOf, next_change, weigh
from tests.patterns.made import activity_indicator, cell, hypothesis_indicator, pattern, piece, role

CODE = ["cyberattack"]
USED = pattern(
    role("r", activity_indicator("i", codes=CODE), cap=6_000),
    role("s", activity_indicator("j", codes=CODE), cap=6_000),
    slug="used",
    threshold=2_000,
)
USING = pattern(
    role("u", hypothesis_indicator("h", "used", "r", millibits=3_000), cap=9_000),
    slug="using",
    threshold=5_000,
    scope=Scope.COUNTRY,
)
ACTIVITY = "#activities/0"


def own(signal: str) -> str:
    return signal


def used(key: str, *facts: str, day: int = 0, countries: tuple[str, ...] = ("us",)) -> Cell:
    """A cell that is above for as long as its pieces, of 2,000 millibits each, are young."""
    pieces = [piece(f, millibits=2_000, day=day, countries=countries) for f in facts]
    return cell(USED, pieces, key=key)


def country(*cells: Cell, key: str = "us") -> Cell:
    uses = [use for each in cells for at, use in uses_of(USING, each) if at == key]
    return cell(USING, (), *uses, key=key, members=())


def bits(using: Cell, *, origin_of: OriginOf = own, today: int = 0) -> int:
    return weigh(using, origin_of, today).millibits


def test_what_is_used_has_its_declared_bits_undecayed_for_as_long_as_it_is_above() -> None:
    using = country(used("k", f"/a/x/1{ACTIVITY}", f"/b/x/1{ACTIVITY}"))
    assert [bits(using, today=day) for day in (0, 99, 100, 101)] == [3_000, 3_000, 3_000, 0]


def test_two_that_are_independent_count_twice_and_two_of_one_origin_once() -> None:
    using = country(used("k", f"/a/x/1{ACTIVITY}"), used("l", f"/b/x/1{ACTIVITY}"))
    assert bits(using) == 6_000
    assert bits(using, origin_of=lambda _: "id:one") == 3_000


def test_two_that_share_origins_with_a_third_are_one_until_that_one_is_below() -> None:
    one, other = used("k", f"/a/x/1{ACTIVITY}"), used("m", f"/c/x/1{ACTIVITY}")
    both = used("l", f"/a/x/2{ACTIVITY}", f"/c/x/2{ACTIVITY}", day=-100)
    using = country(one, both, other)

    def agency(signal: str) -> str:
        return signal[:2]

    assert bits(using, origin_of=agency, today=0) == 3_000
    # The day after, time has taken the third away, and has raised what is left.
    assert next_change(using, agency, 0) == 1
    apart = country(used("k", f"/a/x/1{ACTIVITY}", f"/d/x/1{ACTIVITY}"), both, other)
    assert bits(apart, origin_of=agency, today=1) == 3_000


def test_the_bits_are_shared_out_over_the_facts_that_carry_them() -> None:
    heavy, light = piece(f"/a/x/1{ACTIVITY}", millibits=5_990), piece("/b/x/1#m1", millibits=9)
    lone = replace(heavy, countries=("us",)), replace(light, countries=("us",))
    found = weigh(country(cell(USED, lone)), own, 0)
    assert [(e.fact, e.counted, e.through) for e in found.evidence] == [
        (heavy.fact, 2_995, ("used", "k")),
        (light.fact, 5, ("used", "k")),
    ]
    assert (found.roles, found.core) == ((("u", 3_000),), ("a", "b"))
    assert {(e.role, e.indicator) for e in found.evidence} == {("u", "h")}


def test_a_hypothesis_on_an_entity_lies_where_its_evidence_in_the_named_role_does() -> None:
    here = piece(f"/a/x/1{ACTIVITY}", millibits=4_000, countries=("us", "de"))
    there = piece("/b/x/1#m1", role="s", indicator="j", millibits=4_000, day=90, countries=("fr",))
    both = cell(USED, [here, there])
    assert sorted(key for key, _ in uses_of(USING, both)) == ["de", "us"]
    assert bits(country(both, key="de")) == 3_000
    # Still above when what places it has dropped out, and lies there no more.
    assert weigh(both, own, 500).status is Status.BELOW
    strong = cell(USED, [here, replace(there, weight=2_000 * 90_000)])
    assert weigh(strong, own, 500).status is Status.ABOVE
    assert bits(country(strong, key="de"), today=499) == 3_000
    assert bits(country(strong, key="de"), today=500) == 0


def test_a_free_cell_lies_in_the_country_of_its_key() -> None:
    topical = replace(USED, scope=Scope.TOPIC_COUNTRY)
    on_topic = cell(topical, [piece(f"/a/x/1{ACTIVITY}", millibits=4_000)], key="aviation|us")
    assert [(key, use.facts) for key, use in uses_of(USING, on_topic)] == [("us", None)]


def test_what_some_offices_hold_is_weighed_anew_in_what_is_used_too() -> None:
    using = country(used("k", f"/a/x/1{ACTIVITY}", f"/b/y/1{ACTIVITY}"))
    half = replace(USED, threshold=4_000)
    both = replace(
        using, uses=tuple(replace(u, cell=replace(u.cell, pattern=half)) for u in using.uses)
    )
    assert bits(both) == 3_000
    assert bits(both.held_by(frozenset({"/a/x"}))) == 0


# What a library may hold


def faults(using: Pattern, *library: Pattern) -> list[str]:
    return [fault.detail for fault in check_uses(using, [using, *library])]


def test_a_sound_use_has_no_faults() -> None:
    assert faults(USING, USED) == []


def test_what_is_used_is_in_the_library() -> None:
    assert faults(USING) == ["'used' is no pattern of this library"]


def test_patterns_do_not_use_each_other_in_a_circle() -> None:
    back = replace(USED, roles=(role("b", hypothesis_indicator("b", "using")),))
    assert faults(USING, back) == ["'used' uses this pattern in turn"]
    with pytest.raises(ValueError, match="circle"):
        in_order_of_use([USING, back])
    itself = replace(USED, roles=(role("b", hypothesis_indicator("b", "used")),))
    assert faults(itself) == ["'used' uses this pattern in turn"]


def test_patterns_are_weighed_behind_those_that_they_use() -> None:
    first = replace(USING, slug="a")
    assert [p.slug for p in in_order_of_use([first, USED])] == ["used", "a"]


@pytest.mark.parametrize(
    ("using", "other", "is_sound"),
    [
        (Scope.ENTITY, Scope.ORGANISATION, True),
        (Scope.ORGANISATION, Scope.ENTITY, False),
        (Scope.ENTITY, Scope.COUNTRY, False),
        (Scope.TOPIC_COUNTRY, Scope.ENTITY, True),
        (Scope.TOPIC_COUNTRY, Scope.COUNTRY, False),
        (Scope.COUNTRY, Scope.TOPIC_COUNTRY, True),
    ],
)
def test_a_hypothesis_must_lie_somewhere_in_the_scope_of_its_user(
    using: Scope, other: Scope, *, is_sound: bool
) -> None:
    assert (not faults(replace(USING, scope=using), replace(USED, scope=other))) is is_sound


def test_where_it_lies_is_said_by_a_role_of_what_is_used() -> None:
    wrong = replace(USING, roles=(role("u", hypothesis_indicator("h", "used", "q")),))
    assert faults(wrong, USED) == ["used has no role 'q'"]


def test_no_conduct_is_read_here_and_again_in_what_is_used() -> None:
    twice = replace(
        USING, roles=(*USING.roles, role("v", activity_indicator("c", codes=["cyberattack"])))
    )
    assert faults(twice, USED) == [
        "'cyberattack' is read here and in what is used: it would count twice"
    ]
