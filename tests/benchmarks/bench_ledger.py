"""What the ledger costs: reads and streams of the same application, with it and without.

The bare peer is the application itself over a ledger that keeps nothing: what is left is what an
entry costs. Many at once are measured in processor time, which is what limits them; one by one in
time on the wall, since each waits for a flush of its own. Short rounds alternate and the best of
each is kept: whatever else the machine does only takes away.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition, Event
from typing import Any

from fastapi import FastAPI

from fusion import assembly
from fusion.access.disclosure import Rung, Shown
from fusion.access.reader import Reader
from fusion.api.application import create_app
from fusion.api.parts import ApiParts, Pace, ended
from fusion.coordination.registry_file import read_document
from fusion.domain.clock import WallClock
from fusion.events.ledger import Chain, Ledger
from fusion.events.ledger_entries import LedgerEntry
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from fusion.intake.administer import Attributes, LoadRegistry, PublisherToken, ReaderToken
from fusion.projections.view.port import Frame
from fusion.settings import Settings
from tests.api.premises import REGISTRY, ToldViews, premises
from tests.benchmarks.figure import Figure
from tests.e2e.service import signal_document

CHANNELS = 50
# Of a frame: as many signals as an alert usually rests on.
SIGNALS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Size:
    """Reads in a round, by how many callers; streams and frames of each; and how many rounds."""

    reads: int
    callers: int
    streams: int
    frames: int
    rounds: int


FULL = Size(reads=640, callers=64, streams=1_000, frames=8, rounds=5)
QUICK = Size(reads=16, callers=4, streams=50, frames=2, rounds=1)


class Forgetful(Ledger):
    """The bare peer: a ledger that keeps nothing."""

    def __init__(self) -> None:
        """Nothing is opened."""

    async def write(self, entries: Sequence[LedgerEntry]) -> Position:
        self.place = getattr(self, "place", 0) + len(entries)
        return Position.start().advanced("log", self.place)


def run(*, quick: bool) -> Iterable[Figure]:
    """Reads by many at once and one by one, then frames of a thousand streams."""
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        token = _prepared(data)
        reads = asyncio.run(_reads(data, token, size))
    note = "bare: the same, over a ledger that keeps nothing"
    for name, (ours, bare) in reads.items():
        unit = "answers/s" if name.endswith("one by one") else "per CPU s"
        yield Figure(name, ours, bare, unit, note)
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = asyncio.run(_streams(Path(folder), size))
    name = f"frames to {size.streams:,} streams, {CHANNELS} classes"
    yield Figure(name, ours, bare, "per CPU s", note)


# --- reads


def _prepared(data: Path) -> str:
    """A directory with a few fused signals; the token of a reader."""
    settings = Settings(data=data)
    assembly.prepare(data, settings, assembly.Namespace())
    with assembly.administration(data, settings) as administration:
        document = read_document(REGISTRY.read_text(encoding="utf-8"))
        administration.execute(LoadRegistry(document=document))
        administration.execute(PublisherToken(name="gauge", source="/river/gauges"))
        rita = Attributes(agency="river", level="SECRET")
        token = administration.execute(ReaderToken(name="rita", stated=rita))["token"]
    return str(token)


async def _reads(data: Path, token: str, size: Size) -> dict[str, tuple[float, float]]:
    """Answers per second with the ledger and without, by many and by one."""
    settings = Settings(data=data)
    async with assembly._api_parts(data, settings) as parts:
        rights = parts.directory.publisher("gauge")
        assert rights is not None
        signals = [signal_document(str(n), summary="high water") for n in range(50)]
        await parts.submissions.submit(signals, rights)
        fused = Event()
        assembly.run_worker(data, settings, announce=fused.set, is_stopping=fused.is_set)
        async with _application(parts) as ours, _application(_without(parts)) as bare:
            many = await _alternating(
                lambda app: _rate_of_reads(app, token, size.reads, size.callers), ours, bare, size
            )
            one = await _alternating(
                lambda app: _rate_of_reads(app, token, size.reads // 4, 1), ours, bare, size
            )
    return {f"GET a signal, {size.callers} at once": many, "GET a signal, one by one": one}


def _without(parts: ApiParts) -> ApiParts:
    return replace(parts, ledger=Forgetful())


@asynccontextmanager
async def _application(parts: ApiParts, pace: Pace | None = None) -> AsyncIterator[FastAPI]:
    app = create_app(replace(parts, limits=None), pace=pace)
    try:
        yield app
    finally:
        await ended(app.state.running)


async def _alternating(
    rate: Callable[[FastAPI], Any], ours: FastAPI, bare: FastAPI, size: Size
) -> tuple[float, float]:
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(size.rounds):
        for app, kept in zip((ours, bare), rates, strict=True):
            kept.append(await rate(app))
    return max(rates[0]), max(rates[1])


async def _rate_of_reads(app: FastAPI, token: str, reads: int, callers: int) -> float:
    async def ask(count: int) -> None:
        for _ in range(count):
            await _get(app, token, "/v1/signals/river/gauges/7")

    clock = time.process_time if callers > 1 else time.perf_counter
    started = clock()
    await asyncio.gather(*(ask(reads // callers) for _ in range(callers)))
    return reads // callers * callers / (clock() - started)


async def _get(app: FastAPI, token: str, path: str) -> None:
    """One call at the level of ASGI; no client takes its share of the time."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message

    await app(_scope(path, token), receive, send)


def _scope(path: str, token: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }


# --- streams


@dataclass
class Telling(ToldViews):
    """Views of which each reader's class is told a frame whenever a test says so."""

    told: int = 0
    tells: Condition = field(default_factory=Condition)

    def tell(self) -> None:
        """One frame more for everybody."""
        with self.tells:
            self.told += 1
            self.tells.notify_all()

    def of(self, reader: Reader) -> Any:
        return Listening(self, reader.name)

    def wait_for_change(self, seen: int, timeout_seconds: float) -> int:
        with self.tells:
            self.tells.wait_for(lambda: self.told + 1 > seen, timeout_seconds)
            return self.told + 1


@dataclass
class Listening:
    """One stream's view and its watch."""

    views: Telling
    channel: str
    seen: int = -1
    made: dict[int, Frame] = field(default_factory=dict)

    def watch(self, **_: Any) -> Listening:
        return self

    def frames(self) -> list[Frame]:
        new = range(self.seen + 1, self.views.told + 1)
        self.seen = self.views.told
        return [_frame(self.channel, number) for number in new]


def _frame(channel: str, number: int) -> Frame:
    shown = tuple(Shown(Rung.FULL, f"/river/{channel}/{number}-{n}") for n in range(SIGNALS_SHOWN))
    mark = f"raised {number}" if number else None
    return Frame("raised", f"i-{number}", {"alert": "a", "title": "x" * 800}, shown, channel, mark)


async def _streams(folder: Path, size: Size) -> tuple[float, float]:
    """Frames per second that all streams together were sent."""
    chain = Chain(lambda by: SqliteLog(folder / "ledger.sqlite", by), WallClock())
    ledger = Ledger(chain)
    rates: tuple[list[float], list[float]] = ([], [])
    async with premises() as house:
        tokens = []
        for number in range(CHANNELS):
            reader = Attributes(agency="river")
            made = house.administration.execute(ReaderToken(name=f"r-{number}", stated=reader))
            tokens.append(str(made["token"]))
        parts: ApiParts = house.app.state.running.parts
        for _ in range(size.rounds):
            for each, kept in zip((ledger, Forgetful()), rates, strict=True):
                views = Telling()
                told = replace(parts, ledger=each, views=views)
                async with _application(told, Pace(ping_seconds=600.0)) as app:
                    kept.append(await _rate_of_frames(app, views, tokens, size))
    await ledger.close()
    chain.close()
    return max(rates[0]), max(rates[1])


async def _rate_of_frames(app: FastAPI, views: Telling, tokens: list[str], size: Size) -> float:
    sent = 0
    arrived, leaving = asyncio.Event(), asyncio.Event()
    expected = size.streams

    async def receive() -> dict[str, Any]:
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        if message.get("body", b"").startswith(b"id: "):
            sent += 1
            if sent == expected:
                arrived.set()

    scopes = [_scope("/v1/alerts/stream", tokens[n % CHANNELS]) for n in range(size.streams)]
    streams = [asyncio.create_task(app(scope, receive, send)) for scope in scopes]
    await arrived.wait()
    started = time.process_time()
    for _ in range(size.frames):
        arrived.clear()
        expected += size.streams
        views.tell()
        await arrived.wait()
    seconds = time.process_time() - started
    leaving.set()
    await asyncio.gather(*streams)
    return size.frames * size.streams / seconds
