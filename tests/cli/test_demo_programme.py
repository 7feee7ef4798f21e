from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fusion.cli.demonstration.programme import Posting, programme, with_last
from fusion.cli.demonstration.scenario import in_order, moment_of, name_of
from fusion.domain.clock import day_of
from fusion.domain.ids import agency_of

START = datetime(2015, 1, 5, tzinfo=UTC)
# Few agencies and moments, so that what may meet does.
SIGNALS = st.lists(st.tuples(st.sampled_from(["/river/gauges", "/bank/press"]), st.integers(0, 60)))


def documents(drawn: list[tuple[str, int]], prefix: str) -> list[dict[str, Any]]:
    """Signals at hours after the start."""
    return in_order(
        [
            {
                "source": source,
                "id": f"{prefix}{number}",
                "time": (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            for number, (source, hours) in enumerate(drawn)
        ]
    )


def names(postings: list[Posting]) -> list[str]:
    return [name_of(signal) for posting in postings for signal in posting.signals]


@given(SIGNALS, SIGNALS)
def test_everything_is_posted_once_on_its_day_and_never_before_its_time(
    own: list[tuple[str, int]], around: list[tuple[str, int]]
) -> None:
    scenario, ordinary = documents(own, "own"), documents(around, "syn-")
    postings = list(programme(scenario, ordinary))
    assert sorted(names(postings)) == sorted(map(name_of, scenario + ordinary))
    for posting in postings:
        for signal in posting.signals:
            assert posting.at >= moment_of(signal)
            assert day_of(posting.at) == day_of(moment_of(signal))


@given(SIGNALS, SIGNALS)
def test_no_two_postings_share_a_moment_and_none_holds_two_agencies(
    own: list[tuple[str, int]], around: list[tuple[str, int]]
) -> None:
    postings = list(programme(documents(own, "own"), documents(around, "syn-")))
    assert all(one.at < other.at for one, other in pairwise(postings))
    for posting in postings:
        assert len({agency_of(signal["source"]) for signal in posting.signals}) == 1
        assert posting.is_ordinary or len(posting.signals) == 1


@given(SIGNALS, SIGNALS)
def test_no_ordinary_signal_passes_one_of_the_scenario(
    own: list[tuple[str, int]], around: list[tuple[str, int]]
) -> None:
    postings = list(programme(documents(own, "own"), documents(around, "syn-")))
    for place, posting in enumerate(postings):
        if posting.is_ordinary:
            continue
        moment = moment_of(posting.signals[0])
        before = [s for each in postings[:place] for s in each.signals]
        after = [s for each in postings[place + 1 :] for s in each.signals]
        assert all(moment_of(signal) <= moment for signal in before)
        assert all(moment_of(signal) >= moment for signal in after)


def test_a_day_of_one_agency_is_one_batch_at_the_time_of_its_last() -> None:
    ordinary = documents([("/river/gauges", 1), ("/river/gauges", 9), ("/bank/press", 3)], "syn-")
    first, second = programme([], ordinary)
    assert [name_of(each) for each in first.signals] == ["/bank/press/syn-2"]
    assert [name_of(each) for each in second.signals] == [
        "/river/gauges/syn-0",
        "/river/gauges/syn-1",
    ]
    assert second.at == moment_of(second.signals[-1])


def test_the_last_posting_is_known_before_there_is_no_other() -> None:
    taken: list[str] = []

    def stream() -> Iterator[dict[str, Any]]:
        for signal in documents([("/bank/press", hours) for hours in (1, 30, 60)], "syn-"):
            taken.append(name_of(signal))
            yield signal

    postings = with_last(programme([], stream()))
    assert [is_last for _, is_last in [next(postings)]] == [False]
    # Made one by one: whatever comes later has not been asked for yet.
    assert len(taken) == 3
    assert [is_last for _, is_last in postings] == [False, True]
    assert list(with_last([])) == []
