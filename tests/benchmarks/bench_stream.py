"""From the post that tips an alert to its frame on an open stream, through the real service.

Beside it the bare way there and back in the same run: a post of the same kind whose answer comes
once it is durable, with nothing to fuse and nobody to tell.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter

import httpx

from fusion.cli.watch import events_of
from tests.benchmarks.figure import Figure
from tests.e2e.service import publisher_token, reader_token, registered, serving, signal_document

ALERTS = 60
QUICK_ALERTS = 2
OPEN = {"level": "OPEN", "releasable_to": ["*"]}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
PATIENCE_SECONDS = 30.0


def run(*, quick: bool) -> Iterable[Figure]:
    """Tip alert after alert, and wait for each frame."""
    with tempfile.TemporaryDirectory() as folder:
        data = registered(Path(folder) / "data")
        post = publisher_token(data)
        read = reader_token(data)
        with serving(data) as service:
            alone, told = _timed(service.url, post, read, QUICK_ALERTS if quick else ALERTS)
    for name, share in (("median", 0.5), ("p99", 0.99)):
        yield Figure(
            f"post to stream, {name}",
            _quantile(told, share) * 1000,
            _quantile(alone, share) * 1000,
            "ms",
            "bare: a durable post alone, in the same run",
        )


def _timed(url: str, post: str, read: str, alerts: int) -> tuple[list[float], list[float]]:
    """Seconds of posts alone, and of posts until their frame."""
    alone, told = [], []
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        headers = {"Authorization": f"Bearer {read}"}
        with client.stream("GET", "/v1/alerts/stream", headers=headers) as stream:
            frames = events_of(stream.iter_lines())
            next(frames)
            for number in range(alerts):
                began = perf_counter()
                _post(client, post, _side(number, "c", "meeting-of-planners"))
                alone.append(perf_counter() - began)
                began = perf_counter()
                _post(client, post, _side(number, "p", "entry-into-country"))
                while next(frames).kind != "raised":
                    pass
                told.append(perf_counter() - began)
    return alone, told


def _side(number: int, side: str, code: str) -> dict[str, object]:
    """One of the two halves of the story of one person; persons share nothing."""
    person = {
        "ref": "m1",
        "schema": "Person",
        "role": "subject",
        "properties": {
            "name": [f"Orvel Tamsin Quarrenby {number}"],
            "passportNumber": [f"Q{7_100_000 + 37 * number}"],
        },
    }
    return signal_document(
        f"{side}{number}",
        marking=OPEN,
        grading={"source": "A", "information": 1},
        mentions=[person],
        activities=[{"code": code, "subjects": ["m1"]}],
        observed={"to": "2026-11-01"},
    )


def _post(client: httpx.Client, token: str, document: dict[str, object]) -> None:
    headers = {"Authorization": f"Bearer {token}", **STRUCTURED}
    answer = client.post("/v1/signals", json=document, headers=headers)
    answer.raise_for_status()


def _quantile(seconds: list[float], share: float) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[round(share * 100) - 1]
