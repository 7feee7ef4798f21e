"""Rule 11: whether a key proposes a pair, by what stands under the pair's own join alone."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.marking import NormalForm, is_no_stricter, join
from fusion.linking.generic import KeyCounter, Posting, crowd, proposes

OPEN = NormalForm(0)
SECRET = NormalForm(2)
HCS = NormalForm(0, frozenset({"HCS"}))
MARKINGS = (
    OPEN,
    SECRET,
    HCS,
    NormalForm(2, frozenset({"HCS"})),
    NormalForm(0, clauses=frozenset({frozenset({"domestic/cia", "domestic/fbi"})})),
    NormalForm(0, clauses=frozenset({frozenset({"domestic/cia"})})),
    NormalForm(0, discovery=2),
    NormalForm(2, discovery=0),
)


def posting(content: str, agency: str = "cia", marking: NormalForm = OPEN) -> Posting:
    return Posting(content, agency, marking)


def flood(agency: str, count: int, marking: NormalForm = OPEN) -> list[Posting]:
    return [posting(f"{agency}-{number}", agency, marking) for number in range(count)]


A, B = posting("a"), posting("b", "fbi")

postings = st.builds(
    Posting,
    st.sampled_from("abcdefgh"),
    st.sampled_from(["cia", "fbi", "nsa", "ins"]),
    st.sampled_from(MARKINGS),
)
many = st.lists(postings, min_size=2, max_size=14)


# --------------------------------------------------------------------------------- by example


@pytest.mark.parametrize(("contents", "is_proposed"), [(1, True), (2, False)])
def test_a_key_proposes_while_no_more_contents_than_the_cap_carry_it(
    contents: int, *, is_proposed: bool
) -> None:
    known = [A, B, *flood("cia", contents)]
    assert proposes(known, A, B, cap=3, quota=1) is is_proposed


def test_all_contents_of_the_pairs_own_publishers_count() -> None:
    assert crowd([A, B, *flood("cia", 5), *flood("fbi", 4)], A, B, quota=1) == 11


def test_of_each_other_publisher_at_most_the_quota_counts() -> None:
    assert crowd([A, B, *flood("nsa", 5), *flood("ins", 1)], A, B, quota=2) == 2 + 2 + 1


def test_a_content_counts_once_however_many_mentions_carry_it() -> None:
    again = [posting("a"), posting("a", "fbi"), posting("a", "fbi", SECRET)]
    assert crowd([A, B, *again], A, B, quota=1) == 2


def test_what_a_publisher_of_the_pair_says_too_does_not_count_for_another() -> None:
    known = [A, B, posting("a", "nsa"), posting("b", "nsa")]
    assert crowd(known, A, B, quota=5) == 2
    counter = KeyCounter(cap=2, quota=5)
    for added in known:
        counter.add(added)
    assert counter.proposes(A, B)


def test_a_content_of_two_other_publishers_counts_for_each() -> None:
    assert crowd([A, B, posting("c", "nsa"), posting("c", "ins")], A, B, quota=5) == 4


def test_a_stricter_mention_does_not_exist_for_the_pair() -> None:
    hidden = flood("cia", 9, SECRET)
    assert proposes([A, B, *hidden], A, B, cap=2, quota=1)
    secret = posting("b", "fbi", SECRET)
    assert not proposes([A, secret, *hidden], A, secret, cap=2, quota=1)


def test_a_mention_within_the_join_counts_though_neither_marking_is_as_strict() -> None:
    secret, compartmented = posting("a", marking=SECRET), posting("b", marking=HCS)
    within = posting("c", marking=join(SECRET, HCS))
    assert crowd([secret, compartmented, within], secret, compartmented, quota=1) == 3


def test_a_counter_forgets_what_was_removed_and_keeps_what_was_added_twice() -> None:
    counter = KeyCounter(cap=2, quota=1)
    for added in (A, B, posting("c"), posting("c")):
        counter.add(added)
    assert not counter.proposes(A, B)
    counter.remove(posting("c"))
    assert not counter.proposes(A, B)
    counter.remove(posting("c"))
    assert counter.proposes(A, B)


def test_a_counter_answers_anew_once_a_flooded_key_lost_a_content() -> None:
    counter = KeyCounter(cap=3, quota=1)
    for added in (A, B, posting("c"), *flood("nsa", 3)):
        counter.add(added)
    assert not counter.proposes(A, B)
    counter.remove(posting("c"))
    assert counter.proposes(A, B)


def test_a_counter_answers_anew_once_the_pair_says_itself_what_several_others_do() -> None:
    counter, known = KeyCounter(cap=3, quota=5), [A, B, posting("c", "nsa"), posting("c", "ins")]
    for added in known:
        counter.add(added)
    assert not counter.proposes(A, B)
    counter.add(posting("c"))
    assert counter.proposes(A, B)
    assert proposes([*known, posting("c")], A, B, cap=3, quota=5)


def test_a_counter_refuses_to_remove_what_it_does_not_hold() -> None:
    counter = KeyCounter(cap=2, quota=1)
    counter.add(A)
    for absent in (posting("z"), posting("a", "fbi"), posting("a", marking=SECRET)):
        with pytest.raises(KeyError):
            counter.remove(absent)
    assert counter.proposes(A, A)


# ---------------------------------------------------------------------------------------- laws


@given(known=many, stricter=st.lists(postings), quota=st.integers(0, 3), data=st.data())
def test_nothing_stricter_than_the_pairs_join_changes_the_answer(
    known: list[Posting], stricter: list[Posting], quota: int, data: st.DataObject
) -> None:
    a, b = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
    limit = join(a.marking, b.marking)
    hidden = [extra for extra in stricter if not is_no_stricter(extra.marking, limit)]
    assert crowd(known + hidden, a, b, quota=quota) == crowd(known, a, b, quota=quota)


@given(known=many, size=st.integers(0, 40), quota=st.integers(0, 3), data=st.data())
def test_a_flood_by_one_publisher_adds_at_most_its_quota_to_a_pair_of_others(
    known: list[Posting], size: int, quota: int, data: st.DataObject
) -> None:
    a, b = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
    others = [kept for kept in known if kept.agency != "flooder"]
    poured = flood("flooder", size, data.draw(st.sampled_from(MARKINGS)))
    before = crowd(others, a, b, quota=quota)
    assert before <= crowd(others + poured, a, b, quota=quota) <= before + quota


@given(known=many, quota=st.integers(0, 3), data=st.data())
def test_neither_the_order_of_postings_nor_of_the_pair_matters(
    known: list[Posting], quota: int, data: st.DataObject
) -> None:
    a, b = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
    shuffled = data.draw(st.permutations(known))
    assert crowd(shuffled, b, a, quota=quota) == crowd(known, a, b, quota=quota)


@given(
    steps=st.lists(st.tuples(postings, st.booleans()), max_size=40),
    pairs=st.lists(st.tuples(postings, postings), min_size=1, max_size=3),
    cap=st.integers(0, 6),
    quota=st.integers(0, 3),
)
def test_a_counter_answers_like_the_rule_whatever_came_and_went(
    steps: list[tuple[Posting, bool]], pairs: list[tuple[Posting, Posting]], cap: int, quota: int
) -> None:
    counter, held = KeyCounter(cap=cap, quota=quota), []
    for step, is_added in steps:
        if is_added or step not in held:
            counter.add(step)
            held.append(step)
        else:
            counter.remove(step)
            held.remove(step)
        for a, b in pairs:
            assert counter.proposes(a, b) is proposes(held, a, b, cap=cap, quota=quota)


@given(before=many, after=st.lists(postings, max_size=10), cap=st.integers(0, 6))
def test_what_is_shut_stays_shut_whatever_is_added(
    before: list[Posting], after: list[Posting], cap: int
) -> None:
    counter = KeyCounter(cap=cap, quota=2)
    for added in before:
        counter.add(added)
    shut = [marking for marking in MARKINGS if counter.is_shut(marking)]
    after = [added for added in after if added.marking.discovery <= counter.widest]
    for added in after:
        counter.add(added)
    for one, other in combinations([*before, *after], 2):
        limit = join(one.marking, other.marking)
        if any(is_no_stricter(marking, limit) for marking in shut):
            assert not counter.proposes(one, other)


@given(before=many, after=st.lists(postings, max_size=10), cap=st.integers(0, 2))
def test_what_a_flooding_publisher_adds_changes_no_answer(
    before: list[Posting], after: list[Posting], cap: int
) -> None:
    counted, whole = KeyCounter(cap=cap, quota=1), KeyCounter(cap=cap, quota=1)
    kept = list(before)
    for added in before:
        counted.add(added)
        whole.add(added)
    flooding = [p for p in before if counted.is_flooded(p)]
    for added in (p for p in after if p.marking.discovery <= counted.widest):
        whole.add(added)
        if not any(_adds_to(flood, added) for flood in flooding):
            counted.add(added)
            kept.append(added)
    for one, other in combinations(kept, 2):
        assert counted.proposes(one, other) is whole.proposes(one, other)


def _adds_to(flood: Posting, added: Posting) -> bool:
    return flood.agency == added.agency and is_no_stricter(flood.marking, added.marking)


def test_a_key_is_shut_once_enough_is_said_under_the_weakest_marking() -> None:
    counter = KeyCounter(cap=3, quota=2)
    for number, agency in enumerate(["cia", "fbi", "nsa"]):
        counter.add(posting(f"c{number}", agency))
    assert not counter.is_shut(SECRET)
    counter.add(posting("c3", "cia", SECRET))
    assert counter.is_shut(SECRET)
    assert not counter.is_shut(OPEN)


def test_a_publisher_floods_once_it_fills_its_quota_whatever_others_say_too() -> None:
    counter = KeyCounter(cap=3, quota=2)
    for added in flood("cia", 4):
        counter.add(added)
    assert not counter.is_flooded(posting("x"))
    counter.add(posting("x"))
    assert counter.is_flooded(posting("x"))
    assert not counter.is_flooded(posting("x", "fbi"))
