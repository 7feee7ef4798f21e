"""Publishing: each agency posts its own signals under its own credentials, over HTTP.

A signal of the scenario is posted singly and waited for until it is fused, so that what follows
from it shows before the next; ordinary ones go in lines, unawaited. A refusal ends the demonstration: what it shows
must be what was published.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.scenario import Document, Scenario, name_of
from fusion.domain.errors import Misused, Unavailable

STRUCTURED = "application/cloudevents+json"
LINES = "application/x-ndjson"
# One wait is at most ten seconds (CONTRACT.md section 3); a worker that takes a minute is stuck.
WAITS = 6
# A service that is busy says so, and is not for long.
TRIES = 5
TIMEOUT_SECONDS = 60.0


class Agencies:
    """The agencies' systems, each with a client of its own."""

    def __init__(self, scenario: Scenario, clients: Mapping[str, httpx.Client]) -> None:
        self._scenario = scenario
        self._clients = clients

    def post(self, posting: Posting) -> None:
        """Post it, as its agency; one of the scenario is fused when this returns."""
        client = self._client_of(posting.signals[0])
        if posting.is_ordinary:
            self._post_lines(client, posting.signals)
        else:
            self._post_alone(client, posting.signals[0])

    def _client_of(self, signal: Document) -> httpx.Client:
        publisher = self._scenario.publisher_of(signal["source"])
        if publisher is None:
            raise Misused(f"no publisher of the scenario may post {name_of(signal)}")
        return self._clients[publisher.name]

    def _post_alone(self, client: httpx.Client, signal: Document) -> None:
        body = json.dumps(signal)
        for _ in range(WAITS):
            answer = _posted(client, "/v1/signals?wait=fused", body, STRUCTURED)
            if not answer.is_success:
                raise Misused(f"{name_of(signal)} was refused: {_reason(answer.json())}")
            if answer.json()["fused"]:
                return
        raise Unavailable(f"{name_of(signal)} was taken and is not fused after a minute")

    def _post_lines(self, client: httpx.Client, signals: Sequence[Document]) -> None:
        body = "".join(json.dumps(signal) + "\n" for signal in signals)
        answer = _posted(client, "/v1/signals", body, LINES)
        if not answer.is_success:
            raise Misused(f"ordinary signals were refused: {_reason(answer.json())}")
        for result in answer.json()["results"]:
            if result["status"] == "rejected":
                name = f"{result['source']}/{result['id']}"
                raise Misused(f"{name} was refused: {_reason(result['problem'])}")


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
        time.sleep(min(float(answer.headers.get("retry-after", 2**tried)), 10.0))
    return answer


def _reason(problem: Mapping[str, Any]) -> str:
    first = next(iter(problem.get("errors", ())), {})
    said = [str(problem.get("title", "for no stated reason"))]
    return ": ".join([*said, *(first[part] for part in ("pointer", "detail") if part in first)])
