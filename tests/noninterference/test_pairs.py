"""Law 4 on pairs of worlds, at the view and through whole services; and its twin."""

from __future__ import annotations

import pytest

from tests.noninterference.channels import SHOWN
from tests.noninterference.detecting import (
    BODY,
    check_shared,
    first_difference,
    seen_at_view,
    seen_over_http,
)
from tests.noninterference.exchange import Exchange
from tests.noninterference.pairs import drawn
from tests.noninterference.rich import rich_pair

# A short run of what `make fuzz` does; the same pairs each time.
AT_VIEW, OVER_HTTP, SHARED = range(1_000, 1_008), range(2_000, 2_003), range(3_000, 3_008)


@pytest.mark.parametrize("seed", AT_VIEW)
def test_the_view_of_two_worlds_is_one_for_who_may_not_know_what_differs(seed: int) -> None:
    assert seen_at_view(drawn(seed)) is None


@pytest.mark.parametrize("seed", OVER_HTTP)
def test_two_services_answer_the_same_bytes_to_who_may_not_know_what_differs(seed: int) -> None:
    assert seen_over_http(drawn(seed)) is None


@pytest.mark.parametrize("seed", SHARED)
def test_whatever_follows_from_what_a_reader_may_know_is_shown_on_both_sides(seed: int) -> None:
    check_shared(drawn(seed))


def test_a_pair_that_has_something_to_betray_in_every_place_is_one() -> None:
    assert seen_over_http(rich_pair()) is None
    assert seen_over_http(rich_pair(others=(True, True)), (SHOWN,)) is None
    assert seen_at_view(rich_pair()) is None


def test_a_difference_of_one_byte_is_seen() -> None:
    one = Exchange("GET /", 200, ((b"a", b"b"),), b"x")
    other = Exchange("GET /", 200, ((b"a", b"b"),), b"y")
    found = first_difference([one, one], [one, other])
    assert found is not None
    assert (found.detector, found.one, found.other) == (BODY, b"x", b"y")


def test_a_pair_has_two_different_worlds() -> None:
    pairs = [drawn(seed) for seed in range(40)]
    told = [pair for pair in pairs if pair.sides[0].world != pair.sides[1].world]
    assert len(told) > 30
    assert {side.says for pair in pairs for side in pair.sides} == {
        "whole",
        "without what is hidden",
        "hidden marked otherwise",
        "others instead",
        "others beside",
    }
