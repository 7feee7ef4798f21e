"""One whole service in this process: the real application over an embedded directory.

Assembled by `assembly` itself, so that a part which arrives there is under test here at once. Only
two things are not as in a deployment: the rules are the worlds' own (`tests.simulation.tiny`), and
the worker works when it is told to, so that two services can be looked at in the same state.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from fusion import assembly
from fusion.api.application import create_app
from fusion.api.parts import ApiParts, Pace, ended
from fusion.domain.clock import ScriptedClock
from fusion.events.catalog import GrantsSet
from fusion.events.codec import encode
from fusion.events.envelope import Envelope
from fusion.events.sqlite_log import SqliteLog
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.intake.administer import AdvanceClock, Attributes, Command, LoadRegistry
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.database import open_database
from fusion.projections.store.files import StoreFiles
from fusion.projections.store.sql_store import SqlStore
from fusion.settings import Settings
from fusion.worker.loop import Worker
from tests.noninterference.exchange import Exchange, Following, exchange, follow
from tests.simulation.logged import EVE, registry_document
from tests.simulation.tiny import COMMUNITY, VOCABULARY

# Where there is one, a file system in memory: a pair lives for less than a second.
_MEMORY = Path("/dev/shm")  # noqa: S108 - what lies there has a name of its own and is removed
FOLDER = _MEMORY if _MEMORY.is_dir() else None
SETTINGS = replace(
    Settings(),
    levels=COMMUNITY.levels,
    reader_requests_per_second=1_000_000,
    publisher_signals_per_second=1_000_000,
)
PATTERN_DOCUMENTS = assembly._pattern_documents(None)
# So often a stream says that it has looked: two pings after a change it has told of it.
PULSE = Pace(ping_seconds=0.004)


@dataclass
class Service:
    """A service with its worker's side; everything that a subject can do goes through `app`."""

    app: FastAPI
    parts: ApiParts
    worker: Worker
    log: SqliteLog
    clock: ScriptedClock
    _granted: int = 0

    def command(self, command: Command) -> str:
        """An administrator's command; a token where it makes one."""
        done = self.parts.administration.execute(command)
        return str(done.get("token", "")) if isinstance(done, dict) else ""

    def record(self, at: int, envelopes: Sequence[Envelope]) -> None:
        """Events come into the log at a moment."""
        self.clock.advance(max(self.clock.now(), at))
        self.log.append(envelopes)

    def grant(self, name: str, stated: Attributes) -> None:
        """Grants come into force; also those of the worlds' own nations, which no command takes."""
        self._granted += 1
        event = GrantsSet(
            name=name,
            agency=stated.agency or "",
            nation=stated.nation,
            level=stated.level or "",
            compartments=stated.compartments,
            groups=stated.groups,
            roles=stated.roles,
            purposes=stated.purposes,
            cases=stated.cases,
        )
        self.log.append([encode(event, source="/fusion/grants", id=f"drawn-{self._granted}")])
        self.parts.directory.follow(self.log)  # type: ignore[attr-defined]

    async def reach(self, moment: int) -> None:
        """Let it be a moment, and work in all that came until then."""
        self.clock.advance(max(self.clock.now(), moment))
        self.command(AdvanceClock(moment=self.clock.now()))
        await self.catch_up()

    async def catch_up(self) -> None:
        """Work in all that came.

        A service may take its time with it, and what it holds then is late for everybody: how late
        is in no answer, and is no part of what is compared.
        """
        await asyncio.to_thread(self.worker.catch_up)

    async def call(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> Exchange:
        """One call, to its end; the worker works meanwhile, as it does in a deployment.

        What is written has a moment of its own: events of one moment may be told anew when another
        of them comes, and whether a stream had looked in between is chance.
        """
        if method != "GET":
            self.clock.advance(self.clock.now() + 1)
        asked = asyncio.create_task(exchange(self.app, method, target, headers, body))
        if method != "GET":
            while not asked.done():
                await asyncio.to_thread(self.worker.catch_up)
                await asyncio.wait({asked}, timeout=0.001)
        return await asked

    def follow(self, target: str, headers: dict[str, str]) -> Following:
        """A stream, until it is left."""
        return follow(self.app, target, headers)


@asynccontextmanager
async def served(rules: Rules) -> AsyncIterator[Service]:
    """A service of its own, gone when it is left."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, pytest.MonkeyPatch.context() as patch:
        data = Path(folder)
        patch.setattr(assembly, "published_rules", lambda *_: rules)
        # Read once for all services, since that takes longer than all that a pair asks.
        patch.setattr(assembly, "load_vocabulary", lambda *_: VOCABULARY)
        patch.setattr(assembly, "_pattern_documents", lambda *_: PATTERN_DOCUMENTS)
        assembly.prepare(data, SETTINGS, assembly.Namespace(seed="pairs", clock=EVE))
        async with assembly._api_parts(data, SETTINGS) as parts:
            app = create_app(parts, pace=PULSE)
            try:
                yield _service(data, rules, app, parts)
            finally:
                await ended(app.state.running)


def _service(data: Path, rules: Rules, app: FastAPI, parts: ApiParts) -> Service:
    clock = ScriptedClock(EVE)
    log = SqliteLog(data / assembly.LOG_FILE, clock)
    store = SqlStore(open_database(StoreFiles(data).current()))
    worker = Worker(log, store, Step(store, rules), FoldedDirectory())
    service = Service(app, parts, worker, log, clock)
    service.command(LoadRegistry(document=registry_document()))
    return service
