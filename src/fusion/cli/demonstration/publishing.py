"""Publishing: each agency posts its own signals under its own credentials, over HTTP.

A signal of the scenario is posted alone and waited for until it is fused, so that what follows from
it shows before the next; ordinary ones go in lines and are not waited for. A refusal ends the
demonstration: what it shows must be what was published.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from fusion.cli.demonstration.scenario import Document, Scenario, name_of
from fusion.domain.errors import Misused, Unavailable

SIGNALS = "/v1/signals"
WAITING = "/v1/signals?wait=fused"
STRUCTURED = "application/cloudevents+json"
LINES = "application/x-ndjson"
# One wait is at most ten seconds (CONTRACT.md section 3); a worker that takes a minute is stuck.
WAITS = 6
# A batch takes 10,000 signals and 16 MiB (CONTRACT.md section 1): these are a few MiB.
MAX_LINES = 2_000
# A service that is busy says so, and is not for long.
TRIES = 5
MAX_PAUSE_SECONDS = 10.0
TIMEOUT_SECONDS = 60.0


class Agencies:
    """The agencies' systems, each with a client of its own."""

    def __init__(self, scenario: Scenario, clients: Mapping[str, httpx.Client]) -> None:
        self._scenario = scenario
        self._clients = clients

    def post_alone(self, signal: Document) -> None:
        """Post one, as its agency; it is fused when this returns."""
        client = self._client_of(signal)
        for _ in range(WAITS):
            answer = _posted(client, WAITING, json.dumps(signal), STRUCTURED)
            _require_taken(name_of(signal), answer)
            if answer.json()["fused"]:
                return
        raise Unavailable(f"{name_of(signal)} was taken and is not fused after a minute")

    def post_lines(self, signals: Sequence[Document], *, is_waiting: bool) -> None:
        """Post several of one agency; where it waits, all is fused when this returns."""
        for start in range(0, len(signals), MAX_LINES):
            is_last = start + MAX_LINES >= len(signals)
            self._post_batch(signals[start : start + MAX_LINES], is_waiting=is_waiting and is_last)

    def _post_batch(self, signals: Sequence[Document], *, is_waiting: bool) -> None:
        client = self._client_of(signals[0])
        body = "".join(json.dumps(signal) + "\n" for signal in signals)
        for _ in range(WAITS):
            answer = _posted(client, WAITING if is_waiting else SIGNALS, body, LINES)
            _require_taken(f"a batch with {name_of(signals[0])}", answer)
            said = answer.json()
            for result in said["results"]:
                if result["status"] == "rejected":
                    name = f"{result['source']}/{result['id']}"
                    raise Misused(f"{name} was refused: {_reason(result['problem'])}")
            if said.get("fused", True):
                return
        raise Unavailable("what was posted last was taken and is not fused after a minute")

    def _client_of(self, signal: Document) -> httpx.Client:
        publisher = self._scenario.publisher_of(signal["source"])
        if publisher is None:
            raise Misused(f"no publisher of the scenario may post {name_of(signal)}")
        return self._clients[publisher.name]


@contextmanager
def agencies(scenario: Scenario, url: str, tokens: Mapping[str, str]) -> Iterator[Agencies]:
    """The scenario's publishers, by their tokens."""
    with ExitStack() as clients:
        opened = {
            name: clients.enter_context(
                httpx.Client(
                    base_url=url,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=TIMEOUT_SECONDS,
                )
            )
            for name, token in tokens.items()
        }
        yield Agencies(scenario, opened)


def _posted(client: httpx.Client, path: str, body: str, media_type: str) -> httpx.Response:
    """The answer to a post, tried again while the service says that it is busy."""
    for tried in range(TRIES):
        try:
            answer = client.post(path, content=body, headers={"Content-Type": media_type})
        except httpx.TransportError as error:
            raise Unavailable(f"the service does not answer: {error}") from None
        if answer.status_code not in {429, 503}:
            break
        time.sleep(min(float(answer.headers.get("retry-after", 2**tried)), MAX_PAUSE_SECONDS))
    return answer


def _require_taken(what: str, answer: httpx.Response) -> None:
    """Misused, with the reason, where a post was refused."""
    if not answer.is_success:
        raise Misused(f"{what} was refused, {answer.status_code}: {_reason(answer.json())}")


def _reason(problem: Mapping[str, Any]) -> str:
    first: Mapping[str, str] = next(iter(problem.get("errors", ())), {})
    said = [str(problem.get("title", "for no stated reason"))]
    return ": ".join([*said, *(first[part] for part in ("pointer", "detail") if part in first)])
