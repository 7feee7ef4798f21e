from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fusion.cli.demonstration import publishing
from fusion.cli.demonstration.publishing import LINES, STRUCTURED, WAITS, Agencies
from fusion.cli.demonstration.scenario import load_scenario
from fusion.domain.errors import Misused, Unavailable
from tests.cli.made_scenario import scenario_signals, written_scenario

PROBLEM = {
    "title": "Invalid",
    "errors": [{"pointer": "/data/marking", "detail": "is missing"}],
}

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def asked() -> list[tuple[str, httpx.Request]]:
    """What was posted, and by whose client."""
    return []


@pytest.fixture
def posting(tmp_path: Path, asked: list[tuple[str, httpx.Request]]) -> Callable[[Answer], Agencies]:
    """The agencies of the made-up scenario, before a service that answers so."""
    scenario = load_scenario(str(written_scenario(tmp_path)))

    def client(name: str, answer: Answer) -> httpx.Client:
        def noted(request: httpx.Request) -> httpx.Response:
            asked.append((name, request))
            return answer(request)

        return httpx.Client(base_url="http://fusion", transport=httpx.MockTransport(noted))

    def agencies(answer: Answer) -> Agencies:
        names = [each.name for each in scenario.publishers]
        return Agencies(scenario, {name: client(name, answer) for name in names})

    return agencies


def signals_of(agency: str) -> list[dict[str, Any]]:
    return [each for each in scenario_signals() if each["source"].startswith(f"/{agency}/")]


def test_each_agency_posts_its_own_and_the_last_is_waited_for(
    posting: Callable[[Answer], Agencies], asked: list[tuple[str, httpx.Request]]
) -> None:
    fused = iter([False, True])
    agencies = posting(lambda _: httpx.Response(202, json={"fused": next(fused)}))
    agencies.post_alone(signals_of("bank")[0])
    assert [(name, str(each.url)) for name, each in asked] == [
        ("supervision", "http://fusion/v1/signals?wait=fused")
    ] * 2
    assert {each.headers["content-type"] for _, each in asked} == {STRUCTURED}


def test_ordinary_signals_go_in_lines_and_are_not_waited_for(
    posting: Callable[[Answer], Agencies], asked: list[tuple[str, httpx.Request]]
) -> None:
    accepted = {"results": [{"status": "accepted"}]}
    posting(lambda _: httpx.Response(200, json=accepted)).post_lines(
        signals_of("river"), is_waiting=False
    )
    ((name, request),) = asked
    assert (name, str(request.url)) == ("gauges", "http://fusion/v1/signals")
    assert request.headers["content-type"] == LINES
    assert [json.loads(line) for line in request.content.splitlines()] == signals_of("river")


def test_what_is_refused_ends_it_by_name_and_place(
    posting: Callable[[Answer], Agencies],
) -> None:
    alone = posting(lambda _: httpx.Response(422, json=PROBLEM))
    with pytest.raises(
        Misused, match="/bank/markets/capital was refused, 422: Invalid: /data/mark"
    ):
        alone.post_alone(signals_of("bank")[0])
    rejected = {"source": "/river/gauges", "id": "one", "status": "rejected", "problem": PROBLEM}
    among = posting(lambda _: httpx.Response(200, json={"results": [rejected]}))
    with pytest.raises(Misused, match="/river/gauges/one was refused: Invalid: /data/marking"):
        among.post_lines(signals_of("river"), is_waiting=False)


def test_what_is_never_fused_is_not_waited_for_without_end(
    posting: Callable[[Answer], Agencies], asked: list[tuple[str, httpx.Request]]
) -> None:
    slow = posting(lambda _: httpx.Response(202, json={"fused": False}))
    with pytest.raises(Unavailable, match="is not fused after a minute"):
        slow.post_alone(signals_of("bank")[0])
    assert len(asked) == WAITS


def test_a_signal_of_nobody_is_said_so(posting: Callable[[Answer], Agencies]) -> None:
    agencies = posting(lambda _: httpx.Response(202, json={"fused": True}))
    with pytest.raises(Misused, match="no publisher of the scenario may post /harbour/quay/1"):
        agencies.post_alone({"source": "/harbour/quay", "id": "1"})


def test_many_go_in_batches_and_only_the_last_is_waited_for(
    posting: Callable[[Answer], Agencies],
    asked: list[tuple[str, httpx.Request]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "MAX_LINES", 2)
    accepted = {"results": [], "fused": True}
    posting(lambda _: httpx.Response(200, json=accepted)).post_lines(
        signals_of("river"), is_waiting=True
    )
    sizes = [len(each.content.splitlines()) for _, each in asked]
    assert sizes == [2] * (len(signals_of("river")) // 2)
    assert [str(each.url.query, "ascii") for _, each in asked][-1] == "wait=fused"
    assert {str(each.url.query, "ascii") for _, each in asked[:-1]} == {""}
