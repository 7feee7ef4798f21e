"""The short form of `make hostile`: a few requests of each kind for each operation and caller."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.hostile.asking import STREAM, Found, ask, operations
from tests.hostile.service import Besieged, besieged

EXAMPLES = 5


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    with besieged(tmp_path_factory.mktemp("hostile")) as standing:
        yield standing


def test_no_request_makes_the_service_fail(town: Besieged) -> None:
    found = Found()
    for operation in operations():
        ask(town.clients, operation, town.names, examples=EXAMPLES, found=found)
    assert found.faults == {}
    assert found.statuses[200] > 0
    assert found.statuses[404] > 0
    assert found.statuses[422] > 0


def test_a_fault_would_be_noticed(town: Besieged) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, text="Traceback", request=request)

    found = Found()
    client = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(broken))
    operation = next(each for each in operations() if each.path == "/v1/alerts")
    ask({"rita": client}, operation, town.names, examples=2, found=found)
    assert list(found.faults) == ["GET /v1/alerts: 500"]


@pytest.mark.parametrize("query", ["status=no", "severity=9", "limit=x", "since=now", "%00=1"])
def test_a_stream_is_asked_for_in_the_right_words(town: Besieged, query: str) -> None:
    answer = town.clients["rita"].get(f"{STREAM}?{query}")
    assert answer.status_code == 422, answer.text
