"""The laws of markings, on all readers of a small universe."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.marking import (
    DISCOVERY,
    DOMESTIC,
    Clause,
    Knowledge,
    NormalForm,
    is_no_stricter,
    is_same_or_stricter,
    join,
    join_all,
    minimal,
    nobody,
)

TOKENS = (DOMESTIC, "domestic/fbi", "domestic/cia", "partner/mi6", "nation/us", "need/group:x")
LEVELS = range(3)
COMPARTMENTS = ("K", "L")


def subsets(of: tuple[str, ...]) -> list[frozenset[str]]:
    sizes = range(len(of) + 1)
    return [frozenset(chosen) for chosen in chain.from_iterable(combinations(of, n) for n in sizes)]


# Everybody there can be: a reader of a domestic agency brings `domestic` too.
READERS = [
    Knowledge(level, compartments, tokens)
    for level in LEVELS
    for compartments in subsets(COMPARTMENTS)
    for tokens in subsets(TOKENS)
    if DOMESTIC in tokens or not any(token.startswith("domestic/") for token in tokens)
]

clauses = st.frozensets(st.sampled_from(TOKENS), min_size=0, max_size=4)
clause_sets = st.lists(clauses, max_size=4)


@st.composite
def forms(draw: st.DrawFn) -> NormalForm:
    return NormalForm(
        level=draw(st.sampled_from(LEVELS)),
        compartments=draw(st.frozensets(st.sampled_from(COMPARTMENTS))),
        clauses=minimal(draw(clause_sets)),
        owners=draw(st.frozensets(st.sampled_from(["fbi", "cia"]), min_size=1)),
        discovery=draw(st.integers(0, len(DISCOVERY) - 1)),
        may_break_glass=draw(st.booleans()),
    )


def admitted(form: NormalForm) -> set[int]:
    """Which of all readers may know."""
    return {place for place, reader in enumerate(READERS) if reader.admits(form)}


@given(forms(), forms(), forms())
def test_joining_knows_no_order(one: NormalForm, other: NormalForm, third: NormalForm) -> None:
    assert join(one, other) == join(other, one)
    assert join(one, join(other, third)) == join(join(one, other), third)
    assert join_all([third, one, other]) == join_all([one, other, third, one])


@given(forms())
def test_joining_with_itself_changes_nothing(one: NormalForm) -> None:
    assert join(one, replace(one)) == one


@given(forms(), forms())
def test_the_join_admits_exactly_whom_both_admit(one: NormalForm, other: NormalForm) -> None:
    assert admitted(join(one, other)) == admitted(one) & admitted(other)


@given(forms(), forms())
def test_no_stricter_is_sound_and_complete(one: NormalForm, other: NormalForm) -> None:
    # A form that admits nobody implies every level: there alone the comparison of parts is coarser.
    implies = admitted(other) <= admitted(one)
    if is_no_stricter(one, other):
        assert implies
    elif admitted(other):
        assert not implies


@given(forms(), forms())
def test_the_join_is_the_least_that_is_no_lower_than_both(
    one: NormalForm, other: NormalForm
) -> None:
    joined = join(one, other)
    assert is_same_or_stricter(joined, one)
    assert is_same_or_stricter(joined, other)
    assert is_no_stricter(one, other) == (
        (join(one, other).level, join(one, other).compartments, join(one, other).clauses)
        == (other.level, other.compartments, other.clauses)
    )


@given(forms(), forms(), forms())
def test_no_lower_than_each_is_no_lower_than_the_join(
    inner: NormalForm, one: NormalForm, other: NormalForm
) -> None:
    each = is_same_or_stricter(inner, one) and is_same_or_stricter(inner, other)
    assert is_same_or_stricter(inner, join(one, other)) is each


@given(clause_sets, clause_sets)
def test_equal_meaning_is_equal_value(some: list[Clause], others: list[Clause]) -> None:
    one, other = NormalForm(0, clauses=minimal(some)), NormalForm(0, clauses=minimal(others))
    assert (one == other) is (admitted(one) == admitted(other))


@given(clause_sets)
def test_a_minimal_form_stays_as_it_is_and_says_the_same(some: list[Clause]) -> None:
    found = minimal(some)
    assert minimal(found) == found
    raw = NormalForm(0, clauses=frozenset(some))
    assert admitted(NormalForm(0, clauses=found)) == admitted(raw)


def test_domestic_contains_every_domestic_agency_and_no_partner() -> None:
    everybody = NormalForm(0, clauses=frozenset({frozenset({DOMESTIC})}))
    fbi = NormalForm(0, clauses=frozenset({frozenset({"domestic/fbi"})}))
    mi6 = NormalForm(0, clauses=frozenset({frozenset({"partner/mi6"})}))
    assert is_no_stricter(everybody, fbi)
    assert not is_no_stricter(fbi, everybody)
    assert not is_no_stricter(everybody, mi6)
    assert minimal([frozenset({DOMESTIC, "domestic/fbi", "partner/mi6"})]) == {
        frozenset({DOMESTIC, "partner/mi6"})
    }


def test_a_nearer_marking_may_not_widen_discovery_or_break_glass() -> None:
    outer = NormalForm(1, discovery=DISCOVERY.index("stewards"))
    assert is_same_or_stricter(NormalForm(1, discovery=DISCOVERY.index("none")), outer)
    assert not is_same_or_stricter(NormalForm(1, discovery=DISCOVERY.index("agencies")), outer)
    assert not is_same_or_stricter(NormalForm(1, may_break_glass=True), outer)
    assert is_same_or_stricter(outer, NormalForm(1, discovery=1, may_break_glass=True))


def test_nobody_admits_nobody() -> None:
    assert not admitted(nobody("fbi"))
    assert not admitted(join(nobody("fbi"), NormalForm(0)))


def test_a_form_is_equal_and_found_again_in_another_process() -> None:
    form = NormalForm(2, frozenset("K"), minimal([frozenset({"domestic/fbi", "nation/us"})]))
    other = subprocess.run(
        [sys.executable, "-c", _FIND_IT],
        input=pickle.dumps(form),
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert other.stdout.strip() == b"True"


_FIND_IT = """
import pickle, sys
from fusion.domain.marking import NormalForm, minimal
form = pickle.loads(sys.stdin.buffer.read())
same = NormalForm(2, frozenset("K"), minimal([frozenset({"domestic/fbi", "nation/us"})]))
print(form in {same})
"""
