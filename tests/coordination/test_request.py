"""Which desk is asked, who answers in its silence, and how a request stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.coordination.registry_file import load_registry, read_document
from fusion.coordination.request import (
    ANSWER_HOURS,
    all_to_answer,
    desk_for_alert,
    desk_for_signal,
    due_of,
    marking_between,
    may_agency_know,
    standing_of,
    turns_to_answer,
)
from fusion.domain.marking import NormalForm
from fusion.domain.post import Registry

SMALL = load_registry(read_document((Path(__file__).parents[1] / "registry.yaml").read_text()))
PERIOD = due_of(0)


@pytest.mark.parametrize(
    ("source", "named", "desk"),
    [
        ("/river/gauges", None, "/river/desk"),
        ("/river/gauges/upper/7", None, "/river/upper-desk"),
        ("/river/gauges", "/river/upper-desk", "/river/upper-desk"),
        ("/river/gauges", "/river/no-desk", "/river/desk"),
        # An agency without a desk is asked by whoever leads the mechanism nearest to it.
        ("/harbour/quay", None, "/harbour/coordinator"),
        ("/dredgers", None, "/harbour/coordinator"),
    ],
)
def test_the_desk_is_that_of_the_marking_else_of_the_office_else_of_the_agency(
    source: str, named: str | None, desk: str
) -> None:
    assert desk_for_signal(source, SMALL, named=named) == desk


def test_without_a_registry_nobody_is_asked() -> None:
    assert desk_for_signal("/river/gauges", Registry()) is None
    assert turns_to_answer("/river/desk", None, Registry()) == ()


def test_more_of_an_alert_is_asked_of_the_desk_of_its_accountable_lead() -> None:
    desks = {each.slug: desk_for_alert(each, SMALL) for each in SMALL.mechanisms}
    assert desks == {
        "overall": "/harbour/coordinator",
        "floods": "/river/upper-desk",
        "delta-floods": "/river/desk",
        "banks": "/bank/desk",
        "delta": "/harbour/coordinator",
    }


def posts(desk: str, mechanism: str | None = None, registry: Registry = SMALL) -> list[str]:
    return [turn.post for turn in turns_to_answer(desk, mechanism, registry)]


def test_a_request_goes_to_the_desk_its_deputy_and_the_mechanisms_above() -> None:
    assert posts("/river/desk") == ["/river/watch", "/river/chief", "/harbour/coordinator"]
    assert posts("/bank/desk") == ["/bank/second", "/harbour/coordinator", "/river/chief"]
    assert posts("/bank/desk", "floods") == [
        "/bank/second",
        "/river/chief",
        "/river/watch",
        "/harbour/coordinator",
    ]


def test_a_desk_that_is_no_more_leaves_its_requests_to_the_mechanisms() -> None:
    assert posts("/river/closed-desk") == ["/river/watch", "/river/chief", "/harbour/coordinator"]


def test_where_every_post_is_vacant_it_stays_with_the_desks_own() -> None:
    vacant = replace(SMALL, posts=tuple(replace(post, holder=None) for post in SMALL.posts))
    assert posts("/river/upper-desk", registry=vacant) == ["/river/chief"]


def test_a_request_by_a_handle_is_for_its_asker_and_for_whom_it_may_come_to() -> None:
    marking = marking_between("upstream", all_to_answer("/river/desk", None, SMALL), SMALL)
    assert marking == NormalForm(
        level=0,
        clauses=frozenset({frozenset({"partner/upstream", "domestic/river", "domestic/harbour"})}),
        owners=frozenset({"upstream"}),
    )


# --- how it stands


def status(now: int, *answered: tuple[int, Literal["granted", "refused"]]) -> tuple[str, int, int]:
    found = standing_of(0, answered[0] if answered else None, turns=3, now=now)
    return found.status, found.turn, found.due


def test_silence_escalates_and_each_post_has_as_long() -> None:
    assert ANSWER_HOURS * 3_600_000_000 == PERIOD
    assert status(0) == ("open", 0, PERIOD)
    assert status(PERIOD - 1) == ("open", 0, PERIOD)
    assert status(PERIOD) == ("escalated", 1, 2 * PERIOD)
    assert status(9 * PERIOD) == ("escalated", 2, 3 * PERIOD)


def test_an_answer_ends_it_wherever_it_was() -> None:
    assert status(9 * PERIOD, (5, "granted")) == ("granted", 0, PERIOD)
    assert status(9 * PERIOD, (PERIOD + 5, "refused")) == ("refused", 1, 2 * PERIOD)


def test_a_request_that_nobody_holds_a_post_for_stands_all_the_same() -> None:
    assert standing_of(0, None, turns=0, now=9 * PERIOD).status == "open"


# --- what a release is checked by


def releasable(*tokens: str) -> NormalForm:
    return NormalForm(level=2, clauses=frozenset({frozenset(tokens)}))


@pytest.mark.parametrize(
    ("marking", "agency", "may"),
    [
        (releasable("domestic/river"), "harbour", False),
        (releasable("domestic/river", "domestic/harbour"), "harbour", True),
        (releasable("domestic"), "harbour", True),
        (releasable("domestic"), "upstream", False),
        (releasable("partner/upstream", "domestic/river"), "upstream", True),
        (releasable("nation/nb", "domestic/river"), "upstream", True),
        (releasable("need/group:g"), "harbour", True),
        (NormalForm(level=2, compartments=frozenset({"K"})), "harbour", True),
    ],
)
def test_an_agency_may_know_what_is_releasable_to_it_whoever_of_it_is_cleared(
    marking: NormalForm, agency: str, may: bool
) -> None:
    found = SMALL.agency(agency)
    assert found is not None
    assert may_agency_know(marking, found) is may


@given(st.sampled_from([each.slug for each in SMALL.agencies]), st.integers(0, 10))
def test_what_every_clause_releases_is_released(slug: str, number: int) -> None:
    agency = SMALL.agency(slug)
    assert agency is not None
    own = f"domestic/{slug}" if agency.is_domestic else f"partner/{slug}"
    every = frozenset({frozenset({own, f"domestic/x{number}"}), frozenset({own, "nation/zz"})})
    assert may_agency_know(NormalForm(level=0, clauses=every), agency)
    more = every | {frozenset({"domestic/other"})}
    assert not may_agency_know(NormalForm(level=0, clauses=more), agency)
