"""Posts over HTTP on loopback, single and in batches, beside a bare FastAPI route.

Both servers are processes of their own, decode with the same decoder and are posted to by the same
client, in alternating rounds; the median of each is kept. Ours checks, signs for the publisher,
hashes, commits to disk and answers for each signal; the bare one only decodes.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion import assembly
from fusion.coordination.registry_file import read_document
from fusion.domain.signal import SUBMITTED
from fusion.intake.administer import LoadRegistry, PublisherToken
from fusion.settings import Settings
from tests.benchmarks.figure import Figure

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "tests" / "registry.yaml"
SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BATCH_SIZE = 1000
# As many as one event loop can keep busy, and a group commit gather.
CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Size:
    """How much is posted in a round, and how many rounds there are."""

    singles: int
    batches: int
    rounds: int


FULL = Size(singles=6_000, batches=20, rounds=3)
QUICK = Size(singles=64, batches=1, rounds=1)


def run(*, quick: bool) -> list[Figure]:
    """Singles and batches, in signals per second."""
    size = QUICK if quick else FULL
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        token = _prepared(folder)
        ours = stack.enter_context(_server("ours", str(folder)))
        bare = stack.enter_context(_server("bare"))
        rates: dict[tuple[str, int], list[float]] = {}
        for turn in range(size.rounds):
            for kind in (SINGLE, BATCH):
                for number, port in enumerate((ours, bare)):
                    rate = _rate(port, token, kind, size, f"{turn}-{number}")
                    rates.setdefault((kind, port), []).append(rate)
    medians = {key: statistics.median(values) for key, values in rates.items()}
    names = {SINGLE: "post one by one", BATCH: f"post batches of {BATCH_SIZE:,}"}
    note = f"{CONNECTIONS} connections; ours checks and commits"
    return [
        Figure(name, medians[kind, ours], medians[kind, bare], "signals/s", note)
        for kind, name in names.items()
    ]


def _prepared(folder: Path) -> str:
    """A data directory with a registry; a publisher's token."""
    settings = Settings(data=folder)
    assembly.prepare(folder, settings, assembly.Namespace())
    with assembly.administration(folder, settings) as administration:
        document = read_document(REGISTRY.read_text(encoding="utf-8"))
        administration.execute(LoadRegistry(document=document))
        asked = PublisherToken(name="gauge", source="/river/gauges")
        return str(administration.execute(asked)["token"])


@contextmanager
def _server(*arguments: str) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.benchmarks.post_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _rate(port: int, token: str, kind: str, size: Size, turn: str) -> float:
    """Signals posted per second; all of a round are new, and made before it begins."""
    count = size.singles if kind == SINGLE else size.batches
    requests = [_request(token, kind, f"{kind[-10:-5]}-{turn}-{number}") for number in range(count)]
    expected = b"HTTP/1.1 202" if kind == SINGLE else b"HTTP/1.1 200"
    started = time.perf_counter()
    asyncio.run(_post_all(port, requests, expected))
    seconds = time.perf_counter() - started
    return count * (1 if kind == SINGLE else BATCH_SIZE) / seconds


def _request(token: str, kind: str, name: str) -> bytes:
    signals = (
        [_signal(name)] if kind == SINGLE else [_signal(f"{name}-{n}") for n in range(BATCH_SIZE)]
    )
    body = json.dumps(signals[0] if kind == SINGLE else signals).encode()
    head = (
        "POST /v1/signals HTTP/1.1\r\nHost: fusion\r\n"
        f"Authorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _signal(name: str) -> dict[str, Any]:
    """A signal as agencies write them: two mentions, a relation, an activity; some 900 bytes."""
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": "/river/gauges",
        "id": name.replace("/", "-"),
        "time": "2024-05-01T00:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "summary": "A man who gave no reason asked for the keys of the upper sluice",
            "marking": {"level": "OFFICIAL", "releasable_to": ["bank"], "discovery": "agencies"},
            "grading": {"source": "B", "information": 2},
            "mentions": [
                {"ref": "m1", "schema": "Person", "properties": {"name": [f"Visitor {name}"]}},
                {"ref": "m2", "schema": "Company", "properties": {"name": ["Upper Sluice Works"]}},
            ],
            "relations": [{"schema": "UnknownLink", "from": "m1", "to": "m2"}],
            "topics": [],
        },
    }


async def _post_all(port: int, requests: Sequence[bytes], expected: bytes) -> None:
    connections = min(CONNECTIONS, len(requests))
    shares = [requests[start::connections] for start in range(connections)]
    await asyncio.gather(*(_post(port, share, expected) for share in shares))


async def _post(port: int, requests: Sequence[bytes], expected: bytes) -> None:
    """Post over one connection, one after the other. As little of a client as will do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        assert head.startswith(expected), (head, answer)
        assert b"rejected" not in answer, answer[:1000]
    writer.close()
