from __future__ import annotations

from itertools import islice

import pytest

from fusion.domain.compiling import Community
from fusion.intake.validate import validate
from fusion.simulate.draw import Draw
from fusion.simulate.traffic import START, teller_of, traffic
from fusion.vocabulary.loaded import load_vocabulary

VOCABULARY = load_vocabulary()


def test_it_ends_once_the_mentions_are_reached() -> None:
    signals = list(traffic(mentions=3000, seed=1, vocabulary=VOCABULARY))
    counts = [len(signal["data"]["mentions"]) for signal in signals]
    assert 3000 <= sum(counts) < 3004
    assert sum(counts[:-1]) < 3000


def test_a_signal_has_about_three_mentions() -> None:
    signals = list(traffic(mentions=6000, seed=2, vocabulary=VOCABULARY))
    assert 2.7 < 6000 / len(signals) < 3.3


def test_about_two_in_five_mentions_are_of_what_was_told_of_before() -> None:
    draw = Draw(3)
    teller, sources = teller_of(draw, VOCABULARY, agencies=8)
    for index in range(12_000):
        source = draw.one(sources)
        report = source.line.reports.drawn(draw)
        teller.tell(report, source, second=START + index, id_=f"syn-{index}")
    assert 0.35 < teller.repeated / teller.mentions < 0.45


def test_all_agencies_publish_under_one_marking() -> None:
    signals = list(traffic(mentions=1000, seed=1, vocabulary=VOCABULARY, agencies=5))
    assert {signal["source"] for signal in signals} == {f"/agency{number}" for number in range(5)}
    assert {str(signal["data"]["marking"]) for signal in signals} == {
        str({"level": "OPEN", "releasable_to": ["*"]})
    }


def test_every_document_is_taken_by_intake_in_order_of_time() -> None:
    signals = list(traffic(mentions=4000, seed=4, vocabulary=VOCABULARY))
    times = [signal["time"] for signal in signals]
    assert times == sorted(times)
    assert len({signal["id"] for signal in signals}) == len(signals)
    community = Community(handle_key=b"key", is_open=True)
    now = (START + 30 * 86_400) * 1_000_000
    found = [
        validate(signal, publisher=None, community=community, vocabulary=VOCABULARY, now=now)
        for signal in signals
    ]
    assert [faults for faults in found if isinstance(faults, list)] == []


def test_equal_seeds_give_equal_traffic_and_others_other() -> None:
    one, again, other = (
        list(traffic(mentions=500, seed=seed, vocabulary=VOCABULARY)) for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_traffic_of_any_size_begins_at_once() -> None:
    endless = traffic(mentions=10**12, seed=1, vocabulary=VOCABULARY)
    assert len(list(islice(endless, 20))) == 20


def test_no_agency_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one agency"):
        traffic(mentions=1, seed=1, vocabulary=VOCABULARY, agencies=0)
