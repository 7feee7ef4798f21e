"""Rules 10 to 16 by name, each in the smallest world that shows it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import pytest

from fusion.linking.resolve import Link
from tests.linking.world import NEGATIVE, POSITIVE, UNSURE, Bounds, World, sets

# ------------------------------------------------------------------------------ nodes (rule 10)


def test_a_specific_profile_is_one_node_with_all_its_mentions() -> None:
    world = World()
    a, b = world.mention("atta"), world.mention("atta", agency="fbi")
    assert world.together() == sets((a, b))


def test_a_profile_that_is_not_specific_leaves_each_mention_alone() -> None:
    world = World()
    world.vague("mohammed ali")
    a, b = world.mention("mohammed ali"), world.mention("mohammed ali", agency="fbi")
    assert world.together() == sets((a,), (b,))


def test_a_profile_that_is_not_specific_has_no_content_edge() -> None:
    world = World()
    world.vague("mohammed ali")
    a, b = world.mention("mohammed ali"), world.mention("m. ali")
    world.bits("mohammed ali", "m. ali", 20_000)
    assert world.together() == sets((a,), (b,))
    assert world.link(a, b) is None


def test_a_vague_mention_is_a_node_where_a_claim_names_it_and_takes_no_other_along() -> None:
    world = World()
    world.vague("mohammed ali")
    a, b = world.mention("mohammed ali"), world.mention("mohammed ali", agency="fbi")
    c = world.mention("atta")
    world.claim(a, c)
    assert world.together() == sets((a, c), (b,))


def test_a_vague_mention_is_a_node_where_a_judgement_names_it() -> None:
    world = World()
    world.vague("mohammed ali")
    a, b = world.mention("mohammed ali"), world.mention("mohammed ali", agency="fbi")
    world.judge(a, b, POSITIVE)
    assert world.together() == sets((a, b))


def test_a_vague_mention_that_conflicts_is_not_joined_by_a_claim() -> None:
    world = World()
    world.vague("ali, born 1960")
    a, b = world.mention("ali, born 1960"), world.mention("ali, born 1970")
    world.bits("ali, born 1960", "ali, born 1970", -9_000)
    world.claim(a, b)
    assert world.together() == sets((a,), (b,))
    link = world.link(a, b)
    assert link is not None
    assert (link.verdict, link.by, link.bits) == ("different", "content", -9_000)


# ----------------------------------------------------------------------------- content (rule 15)


@pytest.mark.parametrize(
    ("millibits", "verdict"),
    [
        (16_000, "same"),
        (15_999, "possible"),
        (8_000, "possible"),
        (7_999, None),
        (-7_999, None),
        (-8_000, "different"),
    ],
)
def test_content_joins_at_same_and_is_kept_at_possible(millibits: int, verdict: str) -> None:
    world = World()
    a, b = world.mention("atta"), world.mention("atta's alias")
    world.bits("atta", "atta's alias", millibits)
    link = world.link(a, b)
    assert (link and link.verdict) == verdict
    assert world.together() == (sets((a, b)) if verdict == "same" else sets((a,), (b,)))


def test_a_link_stands_for_the_pairs_of_mentions_of_its_two_nodes() -> None:
    world = World()
    a = world.mention("atta", day=2)
    world.mention("atta", agency="fbi", day=3)
    b = world.mention("alias", day=1)
    world.mention("alias", agency="fbi", day=4)
    world.mention("alias", agency="nsa", day=5)
    world.bits("atta", "alias", 17_000)
    assert world.link(a, b) == Link(b, a, 17_000, "same", 6, "content")


def test_a_conflict_between_any_two_of_two_clusters_forbids_the_join() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 18_000)
    world.bits("b", "c", 17_000)
    world.bits("a", "c", -9_000, is_proposed=False)
    assert world.together() == sets((a, b), (c,))


def test_content_is_asked_only_where_a_join_hangs_on_it() -> None:
    world = World()
    for content in "abcd":
        world.mention(content)
    world.bits("a", "b", 18_000)
    for pair in combinations("abcd", 2):
        world.unproposed.add(frozenset(pair))
    world.unproposed.remove(frozenset("ab"))
    world.resolve()
    assert world.asked == [frozenset("ab")]


def test_no_pair_is_asked_twice() -> None:
    world = World()
    for content in "abcdef":
        world.mention(content)
    for one, other in combinations("abcdef", 2):
        world.bits(one, other, 18_000)
    world.bits("a", "f", -9_000)
    world.resolve()
    assert len(world.asked) == len(set(world.asked)) == 15


def test_the_best_edge_is_taken_first() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 17_000)
    world.bits("b", "c", 17_001)
    world.bits("a", "c", -9_000)
    assert world.together() == sets((a,), (b, c))


def test_equal_edges_are_taken_by_name_and_not_by_age() -> None:
    world = World()
    a, b, c = world.mention("a", day=9), world.mention("b", day=5), world.mention("c", day=1)
    # Names begin with the agency and the day, so that c, the oldest, comes first by both.
    world.bits("a", "b", 17_000)
    world.bits("b", "c", 17_000)
    world.bits("a", "c", -9_000)
    assert world.together() == sets((a,), (b, c))
    c = "/fbi/1#c"
    world.mentions[2] = replace(world.mentions[2], name=c)
    assert world.together() == sets((a, b), (c,))
    b = "/nsa/5#b"
    world.mentions[1] = replace(world.mentions[1], name=b)
    assert world.together() == sets((a, b), (c,))


# ------------------------------------------------------------------------------ claims (rule 12)


def test_a_claim_sleeps_while_a_mention_is_unknown() -> None:
    world = World()
    a = world.mention("a")
    world.claim(a, "/cia/9#b")
    assert world.together() == sets((a,))
    b = world.mention("b", day=9)
    assert world.together() == sets((a, b))


@pytest.mark.parametrize(("grade", "is_joined"), [("A1", True), ("B2", True), ("C3", False)])
def test_a_claim_weighs_by_its_grade(grade: str, *, is_joined: bool) -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.claim(a, b, grade=grade)
    assert (world.together() == sets((a, b))) is is_joined


def test_a_publisher_counts_once_and_two_publishers_add_up() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    for _ in range(5):
        world.claim(a, b, grade="C3")
    assert world.together() == sets((a,), (b,))
    assert world.link(a, b) == Link(a, b, 9_800, "possible", 1, "claim")
    world.claim(a, b, agency="fbi", grade="C3")
    assert world.together() == sets((a, b))
    assert world.link(a, b) == Link(a, b, 19_600, "same", 1, "claim")


def test_a_claim_adds_no_word_to_contents_that_are_the_same() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.bits("a", "b", 17_000)
    world.claim(a, b, grade="A1")
    assert world.link(a, b) == Link(a, b, 17_000, "same", 1, "content")


def test_a_publisher_that_takes_its_claim_back_leaves_nothing() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.claim(a, b, grade="B2")
    world.claim(a, b, is_same=False, grade="B2")
    assert world.together() == sets((a,), (b,))
    assert world.link(a, b) is None


def test_a_net_denial_of_b2_forbids_what_content_would_join() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.bits("a", "b", 20_000)
    world.claim(a, b, is_same=False, grade="B2")
    assert world.together() == sets((a,), (b,))
    assert world.link(a, b) == Link(a, b, -16_200, "different", 1, "claim")


def test_a_net_denial_below_b2_parts_nothing_and_leaves_a_question() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 20_000)
    world.claim(a, b, is_same=False, grade="B3")
    world.claim(a, c, is_same=False, grade="B3")
    assert world.together() == sets((a, b), (c,))
    assert world.link(a, c) == Link(a, c, -12_600, "possible", 1, "claim")


def test_claims_are_netted_again_after_each_join() -> None:
    """Two publishers speak of two pairs, and add up once those are one pair of clusters."""
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.claim(a, b, grade="A1")
    world.claim(a, c, agency="fbi", grade="C3")
    world.claim(b, c, agency="nsa", grade="C3")
    assert world.together() == sets((a, b, c))
    world.claims[2] = replace(world.claims[2], agency="fbi")
    assert world.together() == sets((a, b), (c,))


def test_a_denial_of_one_member_counts_against_the_whole_cluster() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.claim(a, b, grade="A1")
    world.claim(a, c, grade="B2")
    world.claim(b, c, agency="fbi", is_same=False, grade="C3")
    assert world.together() == sets((a, b), (c,))


def test_content_comes_before_a_claim_that_weighs_more() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 16_000)
    world.bits("a", "c", -9_000)
    world.claim(b, c, grade="A1")
    assert world.together() == sets((a, b), (c,))


def test_a_net_denial_inside_a_profile_takes_both_mentions_out_and_nobody_else() -> None:
    world = World()
    a, b, c, d = (world.mention("atta", ref=ref, day=ord(ref)) for ref in "abcd")
    world.claim(a, b, is_same=False, agency="fbi", grade="B2")
    assert world.together() == sets((a,), (b,), (c, d))
    assert world.link(a, b) == Link(a, b, -16_200, "different", 1, "claim")
    assert world.link(a, c) == Link(a, c, 20_000, "possible", 2, "content")


def test_a_denial_below_b2_takes_nothing_out_of_a_profile() -> None:
    world = World()
    a, b = (world.mention("atta", ref=ref) for ref in "ab")
    world.claim(a, b, is_same=False, agency="fbi", grade="B3")
    assert world.together() == sets((a, b))


def test_what_was_taken_out_of_its_profile_is_joined_by_no_content_but_by_claims() -> None:
    world = World()
    a, b, c = (world.mention("atta", ref=ref, day=ord(ref)) for ref in "abc")
    other = world.mention("alias", day=200)
    world.bits("atta", "alias", 20_000)
    world.claim(a, b, is_same=False, agency="fbi", grade="B2")
    assert world.together() == sets((a,), (b,), (c, other))
    assert world.link(a, other) == Link(a, other, 20_000, "possible", 1, "content")
    world.claim(b, other, agency="nsa", grade="A1")
    assert world.together() == sets((a,), (b, c, other))


def test_khallad_and_mihdhar_are_parted_by_a_denial_and_nobody_else_is_taken_off() -> None:
    """A claim made them one man; the denial that came later undoes that and nothing else."""
    world = World()
    khallad = [
        world.mention("khallad", agency="cia", day=1),
        world.mention("khallad", agency="fbi", day=4),
        world.mention("tawfiq bin attash", agency="fbi", day=5),
    ]
    mihdhar = [
        world.mention("khalid al-mihdhar", agency="nsa", day=2),
        world.mention("khalid al-mihdhar", agency="ins", day=3),
        world.mention("khalid almihdhar", agency="state", day=6),
    ]
    world.bits("khallad", "tawfiq bin attash", 16_500)
    world.bits("khalid al-mihdhar", "khalid almihdhar", 18_000)
    world.bits("khallad", "khalid al-mihdhar", 9_000)
    world.claim(khallad[0], mihdhar[0], agency="cia", grade="B2")
    assert world.together() == sets((*khallad, *mihdhar))
    world.claim(khallad[1], mihdhar[1], agency="fbi", is_same=False, grade="B2")
    assert world.together() == sets(tuple(khallad), tuple(mihdhar))


# -------------------------------------------------------------------------- judgements (rule 13)


def test_a_positive_judgement_joins_whatever_content_and_claims_say() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.bits("a", "b", -9_000)
    world.claim(a, b, is_same=False, grade="A1")
    world.judge(a, b, POSITIVE)
    assert world.together() == sets((a, b))
    assert world.link(a, b) == Link(a, b, -9_000, "same", 1, "judgement")


def test_a_negative_judgement_parts_whatever_content_and_claims_say() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.bits("a", "b", 20_000)
    world.claim(a, b, grade="A1")
    world.judge(a, b, NEGATIVE)
    assert world.together() == sets((a,), (b,))
    assert world.link(a, b) == Link(a, b, 20_000, "different", 1, "judgement")


def test_a_negative_judgement_parts_the_clusters_of_its_mentions() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 18_000)
    world.claim(b, c, grade="A1")
    world.judge(a, c, NEGATIVE)
    assert world.together() == sets((a, b), (c,))


def test_a_conflict_inside_what_a_judgement_joined_still_keeps_others_off() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.judge(a, b, POSITIVE)
    world.bits("a", "c", 20_000)
    world.bits("b", "c", -9_000)
    assert world.together() == sets((a, b), (c,))


def test_a_judgement_sleeps_while_a_mention_is_unknown() -> None:
    world = World()
    a, c = world.mention("a"), world.mention("c")
    world.judge(a, c, POSITIVE)
    world.judge(a, "/cia/9#gone", NEGATIVE)
    world.judge(c, "/cia/9#gone", POSITIVE)
    assert world.together() == sets((a, c))


def test_the_latest_judgement_of_an_author_counts() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.judge(a, b, NEGATIVE)
    world.judge(b, a, POSITIVE)
    assert world.together() == sets((a, b))
    world.judgements.reverse()
    assert world.together() == sets((a, b))


def test_unsure_of_another_author_is_an_abstention() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("b")
    world.judge(a, b, POSITIVE)
    world.judge(a, b, UNSURE, author="bob")
    assert world.together() == sets((a, b))


def test_authors_who_disagree_leave_the_pair_to_the_score() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.bits("a", "b", 18_000)
    for other in (b, c):
        world.judge(a, other, POSITIVE)
        world.judge(a, other, NEGATIVE, author="bob")
    assert world.together() == sets((a, b), (c,))


@pytest.mark.parametrize(
    ("oldest_first", "expected"),
    [
        (("ac", "ab", "bc"), ("abc",)),
        (("ab", "ac", "bc"), ("a", "bc")),
        (("bc", "ab", "ac"), ("ab", "c")),
    ],
)
def test_of_judgements_that_contradict_the_oldest_counts_as_unsure(
    oldest_first: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    world = World()
    named = {content: world.mention(content) for content in "abc"}
    for pair in oldest_first:
        verdict = NEGATIVE if pair == "ac" else POSITIVE
        world.judge(named[pair[0]], named[pair[1]], verdict)
    assert world.together() == {frozenset(map(named.get, entity)) for entity in expected}


def test_the_place_of_a_pair_is_its_newest_judgement_that_counts() -> None:
    world = World()
    a, b, c = world.mention("a"), world.mention("b"), world.mention("c")
    world.judge(a, b, POSITIVE)
    world.judge(a, c, NEGATIVE)
    world.judge(b, c, POSITIVE)
    assert world.together() == sets((a,), (b, c))
    world.judge(a, b, UNSURE, author="bob")
    assert world.together() == sets((a,), (b, c))
    world.judge(a, b, POSITIVE, author="cy")
    assert world.together() == sets((a, b, c))


def test_a_contradiction_through_a_profile_is_settled_newest_first() -> None:
    world = World()
    a, a2, b = world.mention("a"), world.mention("a", agency="fbi"), world.mention("b")
    world.judge(a2, b, NEGATIVE)
    world.judge(a, b, POSITIVE)
    assert world.together() == sets((a, a2, b))
    world.judge(a2, b, NEGATIVE)
    assert world.together() == sets((a, a2), (b,))


def test_a_negative_inside_a_profile_takes_both_mentions_out_and_nobody_else() -> None:
    world = World()
    a, b, c, d = (world.mention("atta", ref=ref, day=ord(ref)) for ref in "abcd")
    other = world.mention("alias", day=200)
    world.bits("atta", "alias", 20_000)
    world.judge(a, b, NEGATIVE)
    assert world.together() == sets((a,), (b,), (c, d, other))
    assert world.link(a, b) == Link(a, b, 20_000, "different", 1, "judgement")
    assert world.link(a, c) == Link(a, c, 20_000, "possible", 2, "content")
    assert world.link(a, other) == Link(a, other, 20_000, "possible", 1, "content")


def test_a_positive_brings_back_one_of_two_that_a_negative_took_out() -> None:
    world = World()
    a, b, c = (world.mention("atta", ref=ref, day=ord(ref)) for ref in "abc")
    world.judge(a, b, NEGATIVE)
    world.judge(b, c, POSITIVE)
    assert world.together() == sets((a,), (b, c))


def test_a_negative_inside_a_profile_that_newer_ones_contradict_takes_nobody_out() -> None:
    world = World()
    a, b, c = (world.mention("atta", ref=ref, day=ord(ref)) for ref in "abc")
    other = world.mention("alias", day=200)
    world.judge(a, b, NEGATIVE)
    world.judge(a, other, POSITIVE)
    world.judge(b, other, POSITIVE)
    assert world.together() == sets((a, b, c, other))
    world.judge(b, other, UNSURE)
    assert world.together() == sets((a, other), (b,), (c,))


# -------------------------------------------------------------------------- components (rule 14)


def test_a_publisher_brings_only_so_many_contents_into_a_component_best_graded_first() -> None:
    world = World(Bounds(component_quota=2))
    hub = world.mention("hub", agency="fbi")
    grades = {"w": "C3", "x": "A1", "y": "B2", "z": "B2"}
    named = {x: world.mention(x, day=9 - i, grade=g) for i, (x, g) in enumerate(grades.items())}
    for content in grades:
        world.bits("hub", content, 18_000)
    # y and z are graded alike; z is the older one.
    assert world.together() == sets((hub, named["x"], named["z"]), (named["w"],), (named["y"],))


def test_a_content_that_any_publisher_is_let_in_with_stays_with_all_its_mentions() -> None:
    world = World(Bounds(component_quota=1))
    a, b = world.mention("a", grade="A1"), world.mention("b", grade="F6")
    assert world.together() == sets((a,), (b,))
    world.bits("a", "b", 18_000)
    assert world.together() == sets((a,), (b,))
    b_of_fbi = world.mention("b", agency="fbi", grade="F6")
    assert world.together() == sets((a, b, b_of_fbi))


def test_a_positive_judgement_binds_beyond_the_quota() -> None:
    world = World(Bounds(component_quota=1))
    hub, beyond = world.mention("hub", agency="fbi"), world.mention("beyond", agency="nsa")
    a, b, c = (world.mention(x, day=i) for i, x in enumerate("abc"))
    for content in "abc":
        world.bits("hub", content, 18_000)
    world.bits("b", "beyond", 18_000)
    assert world.together() == sets((hub, a), (b,), (c,), (beyond,))
    world.judge(a, b, POSITIVE)
    assert world.together() == sets((hub, a, b, beyond), (c,))
    world.judge(a, b, UNSURE)
    world.judge(b, c, POSITIVE)
    assert world.together() == sets((hub, a), (b, c), (beyond,))


def _chain(world: World, *millibits: int) -> list[str]:
    contents = "abcdefgh"[: len(millibits) + 1]
    for (one, other), score in zip(pairwise(contents), millibits, strict=True):
        world.bits(one, other, score)
    return [world.mention(content) for content in contents]


def test_a_component_beyond_its_limit_is_resolved_under_a_raised_bar() -> None:
    world = World(Bounds(component_limit=3))
    a, b, c, d = _chain(world, 19_000, 17_000, 21_000)
    # 8, 10, 12, 14, 16 hold all four together; 18 parts them into two that fit.
    assert world.together() == sets((a, b), (c, d))
    world.bounds = Bounds(component_limit=4)
    assert world.together() == sets((a, b, c, d))


def test_only_the_part_that_does_not_fit_is_raised_further() -> None:
    world = World(Bounds(component_limit=2))
    a, b, c, d, e = _chain(world, 21_000, 19_000, 17_000, 19_000)
    assert world.together() == sets((a, b), (c,), (d, e))


def test_the_bar_is_raised_no_further_than_its_top() -> None:
    world = World(Bounds(component_limit=2, bar_top=18_000))
    a, b, c, d = _chain(world, 21_000, 19_000, 17_000)
    assert world.together() == sets((a, b, c), (d,))


def test_in_a_part_of_a_raised_bar_only_what_reaches_the_bar_joins() -> None:
    world = World(Bounds(component_limit=5))
    a, b, c, d, e = (world.mention(x) for x in "abcde")
    for pair, score in {
        "ab": 20_000,
        "bc": 19_000,
        "bd": 19_000,
        "cd": 17_000,
        "ae": 16_000,
    }.items():
        world.bits(pair[0], pair[1], score)
    for other in "cd":
        world.bits("a", other, -9_000)
    assert world.together() == sets((a, b, e), (c, d))
    # e is off at 18, and 17 joins nobody any more.
    world.bounds = Bounds(component_limit=4)
    assert world.together() == sets((a, b), (c,), (d,), (e,))


def test_a_negative_judgement_holds_no_component_together() -> None:
    world = World(Bounds(component_limit=2))
    a, b, c, d = _chain(world, 17_000, 0, 17_000)
    world.judge(b, c, NEGATIVE)
    assert world.together() == sets((a, b), (c, d))


def test_claims_and_judgements_hold_parts_together_under_a_raised_bar() -> None:
    world = World(Bounds(component_limit=3))
    a, b, c, d = _chain(world, 19_000, 17_000, 21_000)
    world.judge(b, c, POSITIVE)
    # The bar rises until a is off: 20.
    assert world.together() == sets((a,), (b, c, d))
    world.judge(b, c, UNSURE)
    world.claim(b, c, grade="A1")
    assert world.together() == sets((a,), (b, c, d))


def test_claims_too_weak_to_make_a_component_add_up_to_no_join() -> None:
    """Components are held by claims on pairs of nodes; what no link holds is never joined."""
    world = World()
    a, a2, b, b2 = (world.mention(x) for x in ("a", "a2", "b", "b2"))
    world.bits("a", "a2", 18_000)
    world.bits("b", "b2", 18_000)
    for publisher, pair in {"fbi": (a, b), "nsa": (a2, b2), "ins": (a, b2)}.items():
        world.claim(*pair, agency=publisher, grade="F6")
    assert world.together() == sets((a, a2), (b, b2))
    # Content that is merely possible holds nothing together; a claim that is possible does.
    world.bits("a", "b", 15_000)
    assert world.together() == sets((a, a2), (b, b2))
    world.claim(a, b, agency="dea", grade="C3")
    assert world.together() == sets((a, a2, b, b2))


# ---------------------------------------------------------------------------- entities (rule 16)


def test_entities_and_their_mentions_stand_in_founding_order() -> None:
    world = World()
    late, early = world.mention("a", day=5), world.mention("a", day=2)
    first, tie = world.mention("b", day=1), world.mention("b", agency="abc", day=1)
    found = world.resolve()
    names = [[mention.name for mention in entity] for entity in found.entities]
    assert names == [[tie, first], [early, late]]


def test_an_entity_is_found_by_any_of_its_mentions_and_by_no_other_name() -> None:
    world = World()
    a, b = world.mention("a"), world.mention("a", agency="fbi")
    found = world.resolve()
    assert found.entity_of(a) is found.entity_of(b) is found.entities[0]
    assert found.entity_of("/cia/9#nobody") is None
