"""Rates: a subject is refused by its own past alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from fusion.api.problems import TooMany
from fusion.api.rates import BURST_SECONDS, Limits, Rates
from tests.api.premises import Premises, premises

LINES = {"content-type": "application/x-ndjson"}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(rates: Rates, subject: str) -> int:
    """How many units a subject gets until it is refused."""
    count = 0
    while True:
        try:
            rates.take(subject)
        except TooMany:
            return count
        count += 1


def test_a_bucket_holds_its_burst_and_fills_at_its_rate(clock: Clock) -> None:
    rates = Rates(2, now=clock)
    assert taken(rates, "rita") == 2 * BURST_SECONDS
    clock.seconds += 3
    assert taken(rates, "rita") == 6
    clock.seconds += 1_000
    assert taken(rates, "rita") == 2 * BURST_SECONDS


def test_a_refusal_says_when_there_is_room_again(clock: Clock) -> None:
    rates = Rates(2, now=clock)
    taken(rates, "rita")
    with pytest.raises(TooMany) as refused:
        rates.take("rita", 7)
    assert refused.value.seconds == 4
    clock.seconds += 4
    rates.take("rita", 7)


def test_what_others_ask_takes_nothing_away(clock: Clock) -> None:
    rates = Rates(2, now=clock)
    taken(rates, "rita")
    assert taken(rates, "rolf") == 2 * BURST_SECONDS


def test_more_than_a_bucket_goes_through_a_full_one_which_then_owes_it(clock: Clock) -> None:
    rates = Rates(1, now=clock)
    rates.take("gauge", 3 * BURST_SECONDS)
    with pytest.raises(TooMany) as refused:
        rates.take("gauge")
    assert refused.value.seconds == 2 * BURST_SECONDS + 1


def test_the_buckets_kept_are_those_of_the_latest(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.api.rates.SUBJECTS_KEPT", 2)
    kept = Rates(1, now=clock)
    for subject in ("ann", "ben", "ann", "cy"):
        kept.take(subject, BURST_SECONDS // 2)
    assert taken(kept, "ann") == 0
    assert taken(kept, "ben") == BURST_SECONDS, "forgotten, and so full again"


@pytest.fixture
async def narrow(clock: Clock) -> AsyncIterator[Premises]:
    limits = Limits(reader_requests=1, publisher_signals=1, now=clock)
    async with premises(limits=limits) as opened:
        yield opened


@pytest.mark.anyio
async def test_a_reader_beyond_its_rate_is_told_when_to_come_again(narrow: Premises) -> None:
    async with narrow.client(narrow.token("reader", "rita")) as rita:
        answers = [await rita.get("/v1/alerts") for _ in range(BURST_SECONDS + 1)]
    assert [each.status_code == 429 for each in answers] == [False] * BURST_SECONDS + [True]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["code"] == "too-many"
    async with narrow.client() as anybody:
        assert (await anybody.get("/v1/health/live")).status_code == 200


@pytest.mark.anyio
async def test_the_signals_of_a_batch_count_one_by_one(narrow: Premises) -> None:
    async def post(client: httpx.AsyncClient, count: int) -> int:
        lines = "\n".join(json.dumps({"no": "signal"}) for _ in range(count))
        return (await client.post("/v1/signals", content=lines, headers=LINES)).status_code

    async with narrow.client(narrow.token("publisher", "gauge")) as gauge:
        assert await post(gauge, BURST_SECONDS - 1) == 200
        assert await post(gauge, 1) == 200
        assert await post(gauge, 1) == 429
