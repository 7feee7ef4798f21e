from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.clock import midnight
from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.pattern import Pattern
from fusion.patterns.weigh import OriginOf, Reading, next_change, weigh
from tests.patterns.made import activity_indicator, cell, pattern, piece, role

CODE = ["cyberattack"]
TWO_ROLES = pattern(
    role("r", activity_indicator("i", codes=CODE), activity_indicator("j", codes=CODE), cap=6_000),
    role("s", activity_indicator("k", codes=CODE), cap=3_000, half_life_days=30),
)
# In ordinary times role `r` has two bits.
BASED = pattern(
    role("r", *TWO_ROLES.roles[0].indicators, cap=3_000, base=2_000),
    TWO_ROLES.roles[1],
    threshold=5_000,
)


def own(signal: str) -> str:
    return signal


def relayed(_: str) -> str:
    return "id:one"


def weighed(pieces: list[Reading], *, origin_of: OriginOf = own, today: int = 0) -> Hypothesis:
    return weigh(cell(TWO_ROLES, pieces), origin_of, today)


def test_independent_reports_add_up_to_the_cap_of_their_role() -> None:
    pieces = [piece(f"/a/x/{n}#activities/0", millibits=2_500) for n in range(3)]
    assert weighed(pieces[:2]).roles == (("r", 5_000),)
    assert weighed(pieces).roles == (("r", 6_000),)


def test_roles_add_up_to_the_weight() -> None:
    found = weighed(
        [
            piece("/a/x/1#activities/0", millibits=4_000),
            piece("/b/y/1#activities/0", role="s", indicator="k", millibits=2_000),
        ]
    )
    assert (found.roles, found.millibits) == ((("r", 4_000), ("s", 2_000)), 6_000)
    assert found.status is Status.HELD
    assert (found.pattern, found.cell_key, found.members) == ("made", "k", ("m",))


def test_what_is_heard_twice_from_one_origin_counts_once_by_its_strongest() -> None:
    weak = piece("/a/x/1#activities/0", millibits=1_000)
    strong = piece("/b/y/1#activities/0", millibits=2_000)
    found = weighed([weak, strong], origin_of=relayed)
    assert found.millibits == 2_000
    assert [(e.fact, e.millibits, e.counted) for e in found.evidence] == [
        (weak.fact, 1_000, 0),
        (strong.fact, 2_000, 2_000),
    ]
    assert (found.core, found.auxiliary) == (("b",), ("a",))


def test_one_origin_counts_once_for_each_indicator() -> None:
    facts = [piece("/a/x/1#activities/0"), piece("/a/x/1#activities/0", indicator="j")]
    assert weighed(facts, origin_of=relayed).millibits == 2_000


def test_of_equals_the_earlier_counts_and_then_the_one_by_name() -> None:
    today = 10
    late = piece("/a/x/1#activities/0", day=10)
    # The same weight on the day of the last tick: both lie at or after it, so neither has aged.
    later = piece("/a/x/0#activities/0", day=11)
    found = weighed([later, late], origin_of=relayed, today=today)
    assert [e.fact for e in found.evidence if e.counted] == [late.fact]
    twin = piece("/a/x/0#activities/0", day=10)
    found = weighed([late, twin], origin_of=relayed, today=today)
    assert [e.fact for e in found.evidence if e.counted] == [twin.fact]


def test_older_and_double_the_weight_is_an_equal_and_counts_as_the_earlier() -> None:
    old = piece("/a/x/9#activities/0", day=0, millibits=2_000)
    new = piece("/a/x/1#activities/0", day=100, millibits=1_000)
    found = weighed([new, old], origin_of=relayed, today=100)
    assert [(e.fact, e.millibits) for e in found.evidence if e.counted] == [(old.fact, 1_000)]


def test_the_same_reading_twice_is_one_piece() -> None:
    fact = piece("/a/x/1#activities/0")
    assert len(weighed([fact, fact]).evidence) == 1


def test_what_has_dropped_out_is_no_evidence() -> None:
    gone = piece("/a/x/1#activities/0", millibits=40_000, day=0)
    faint = piece("/a/x/2#activities/0", weight=900, day=500)
    found = weighed([gone, faint], today=500)
    assert (found.evidence, found.roles, found.millibits) == ((), (), 0)
    assert found.status is Status.BELOW


def test_the_strongest_that_is_still_heard_counts_after_a_stronger_dropped_out() -> None:
    gone = piece("/a/x/1#activities/0", millibits=40_000, day=0)
    fresh = piece("/a/x/2#activities/0", millibits=10, day=499)
    found = weighed([gone, fresh], origin_of=relayed, today=500)
    assert [(e.fact, e.counted) for e in found.evidence] == [(fresh.fact, 10)]


def test_above_held_and_below_meet_at_threshold_and_release() -> None:
    wide = pattern(role("r", activity_indicator("i", codes=CODE), cap=9_000), threshold=8_000)

    def status(millibits: int) -> Status:
        fact = piece("/a/x/1#activities/0", millibits=millibits)
        return weigh(cell(wide, [fact]), own, 0).status

    assert [status(n) for n in (8_000, 7_999, 6_000, 5_999)] == [
        Status.ABOVE,
        Status.HELD,
        Status.HELD,
        Status.BELOW,
    ]


def test_of_a_role_with_a_base_only_the_excess_counts_up_to_its_cap() -> None:
    def roles(*millibits: int) -> tuple[tuple[str, int], ...]:
        facts = [piece(f"/a/x/{n}#m1", millibits=bits) for n, bits in enumerate(millibits)]
        return weigh(cell(BASED, facts), own, 0).roles

    assert roles(1_500) == ()
    assert roles(2_000) == ()
    assert roles(1_500, 1_500) == (("r", 1_000),)
    assert roles(9_000) == (("r", 3_000),)


def test_a_role_that_falls_to_its_base_is_a_change() -> None:
    fact = piece("/a/x/1#m1", millibits=2_100)
    day = next_change(cell(BASED, [fact]), own, 0)
    assert day == 8  # the first on which 2,100 × 2^(−day / 100) is no more than 2,000
    assert weigh(cell(BASED, [fact]), own, 7).roles == (("r", 1),)
    assert weigh(cell(BASED, [fact]), own, 8).roles == ()


# Properties over random cells

rules = st.sampled_from((TWO_ROLES, BASED))

ORIGINS = ("id:1", "id:2", "office:/a/x")


@st.composite
def pieces_of(draw: st.DrawFn) -> list[Reading]:
    indicators = {"i": "r", "j": "r", "k": "s"}
    made = []
    for number in range(draw(st.integers(0, 8))):
        indicator = draw(st.sampled_from(sorted(indicators)))
        made.append(
            piece(
                f"/{draw(st.sampled_from('abc'))}/x/{number}#activities/0",
                indicator=indicator,
                role=indicators[indicator],
                day=draw(st.integers(0, 200)),
                weight=draw(st.integers(1, 10)) * draw(st.sampled_from([1, 400, 810_000])),
            )
        )
    return made


def by_number(signal: str) -> str:
    return ORIGINS[int(signal.rsplit("/", 1)[1]) % len(ORIGINS)]


days = st.integers(-20, 900)


@given(rules, pieces_of(), days, st.randoms())
def test_the_order_of_pieces_changes_nothing(
    made: Pattern, pieces: list[Reading], today: int, random: Random
) -> None:
    shuffled = random.sample(pieces, len(pieces))
    one, other = (weigh(cell(made, p), by_number, today) for p in (pieces, shuffled))
    assert one == other


@given(rules, pieces_of(), days)
def test_weight_is_the_sum_of_roles_and_these_of_what_counts_beyond_their_base_up_to_their_cap(
    made: Pattern, pieces: list[Reading], today: int
) -> None:
    found = weigh(cell(made, pieces), by_number, today)
    bases = {r.name: r.base.millibits if r.base else 0 for r in made.roles}
    beyond = {name: -base for name, base in bases.items()}
    for evidence in found.evidence:
        beyond[evidence.role] += evidence.counted
    caps = {r.name: r.cap for r in made.roles}
    assert dict(found.roles) == {n: min(caps[n], b) for n, b in beyond.items() if b > 0}
    assert found.millibits == sum(bits for _, bits in found.roles)


@given(pieces_of(), days)
def test_each_indicator_counts_each_origin_once_by_its_most(
    pieces: list[Reading], today: int
) -> None:
    found = weigh(cell(TWO_ROLES, pieces), by_number, today)
    groups: dict[tuple[str, str], list] = {}
    for evidence in found.evidence:
        groups.setdefault((evidence.indicator, evidence.origin), []).append(evidence)
    for group in groups.values():
        (leader,) = [e for e in group if e.counted]
        assert leader.counted == leader.millibits == max(e.millibits for e in group)


@given(rules, pieces_of(), st.data(), days)
def test_more_evidence_never_weighs_less(
    made: Pattern, pieces: list[Reading], data: st.DataObject, today: int
) -> None:
    part = data.draw(st.lists(st.sampled_from(pieces), unique=True) if pieces else st.just([]))
    some, every = (weigh(cell(made, p), by_number, today) for p in (part, pieces))
    assert some.millibits <= every.millibits


def told(pattern: Pattern, pieces: list[Reading], day: int) -> tuple:
    """What of a hypothesis makes a version of an alert."""
    found = weigh(cell(pattern, pieces), by_number, day)
    return (
        found.status,
        [name for name, _ in found.roles],
        [(e.indicator, e.fact, e.counted > 0) for e in found.evidence],
    )


@given(rules, pieces_of(), days)
def test_the_next_change_is_the_first_that_a_day_by_day_watch_would_see(
    made: Pattern, pieces: list[Reading], today: int
) -> None:
    now = told(made, pieces, today)
    until = max((p.day for p in pieces), default=0) + 501
    seen = (d for d in range(today + 1, until + 1) if told(made, pieces, d) != now)
    assert next_change(cell(made, pieces), by_number, today) == next(seen, None)


def test_a_crossing_of_the_threshold_is_a_change() -> None:
    both = [
        piece("/a/x/1#activities/0", millibits=6_000),
        piece("/b/y/3#activities/0", role="s", indicator="k", millibits=2_100),
    ]
    day = next_change(cell(TWO_ROLES, both), own, 0)
    assert day is not None
    assert weighed(both, today=day - 1).status is Status.ABOVE
    assert weighed(both, today=day).status is Status.HELD


def test_a_piece_of_the_future_that_passes_another_of_its_origin_is_a_change() -> None:
    near = piece("/a/x/1#activities/0", millibits=1_000, day=0)
    ahead = piece("/b/y/1#activities/0", millibits=900, day=40)
    day = next_change(cell(TWO_ROLES, [near, ahead]), relayed, 0)
    assert day == 16  # the first on which 1,000 × 2^(−day / 100) is under 900
    assert weighed([near, ahead], origin_of=relayed, today=15).core == ("a",)
    assert weighed([near, ahead], origin_of=relayed, today=16).core == ("b",)


def test_nothing_changes_where_nothing_is_heard() -> None:
    assert next_change(cell(TWO_ROLES, []), own, 0) is None
    assert next_change(cell(TWO_ROLES, [piece("/a/x/1#m1", day=0)]), own, 5_000) is None


def test_evidence_is_listed_by_role_indicator_and_fact() -> None:
    found = weighed(
        [
            piece("/b/y/1#m1", role="s", indicator="k"),
            piece("/b/y/1#m1", indicator="j"),
            piece("/b/y/1#m1"),
            piece("/a/x/1#m1"),
        ]
    )
    assert [(e.role, e.indicator, e.fact) for e in found.evidence] == [
        ("r", "i", "/a/x/1#m1"),
        ("r", "i", "/b/y/1#m1"),
        ("r", "j", "/b/y/1#m1"),
        ("s", "k", "/b/y/1#m1"),
    ]
    assert found.evidence[0].day == midnight(0)
