"""An API over real parts in memory, but for its views: those answer what a test lets them.

The registry is tests/registry.yaml; two publishers and two readers are registered through the
administration itself.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from fusion.access.disclosure import Disclosure, Shown
from fusion.access.publisher import PublisherRights
from fusion.access.reader import Reader
from fusion.api.application import create_app
from fusion.api.parts import ApiParts, Health, Pace, ended
from fusion.api.rates import Limits
from fusion.api.tokens import ALGORITHM, Tokens
from fusion.coordination.registry_file import read_document
from fusion.domain.clock import ScriptedClock, parse_moment
from fusion.domain.errors import Fault, FusionError, Invalid, NotFound
from fusion.domain.marking import NormalForm
from fusion.events.catalog import KeyCreated, NamespaceOpened, RequestKind
from fusion.events.codec import encode
from fusion.events.group_commit import GroupCommit
from fusion.events.ledger import Chain, Ledger
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.intake.administer import (
    Administration,
    Attributes,
    Command,
    LoadRegistry,
    PublisherToken,
    ReaderToken,
    RevokeGrants,
    TokenSeconds,
)
from fusion.intake.decide import DecisionDesk
from fusion.intake.decode import Document
from fusion.intake.request import RequestDesk
from fusion.intake.submit import SubmissionDesk
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory
from fusion.projections.view.port import (
    AlertFilters,
    Answer,
    Asked,
    Frame,
    RequestNamed,
    SignalFilters,
    StandingAlert,
)
from fusion.vocabulary.loaded import LoadedVocabulary, load_vocabulary

REGISTRY = Path(__file__).parents[1] / "registry.yaml"
LEVELS = ("OPEN", "OFFICIAL", "SECRET")
NOON = parse_moment("2024-05-01T12:00:00Z")
OPEN_TO_RIVER = NormalForm(
    level=1, clauses=frozenset({frozenset({"domestic/river", "domestic/bank"})})
)


def asked_for(kind: RequestKind, name: str) -> Asked:
    """What more is asked of, of a desk of the river's."""
    return Asked(
        kind=kind,
        name=name,
        names=(name,),
        desk="/river/desk",
        mechanism=None,
        marking=OPEN_TO_RIVER,
    )


@dataclass
class ToldWatch:
    """A watch: each look takes the next of what it was told, then nothing new."""

    told: list[list[Frame]] = field(default_factory=list)
    looks: int = 0

    def frames(self) -> list[Frame]:
        self.looks += 1
        return self.told.pop(0) if self.told else []


@dataclass
class Told:
    """A view that answers what it was told, and remembers what it was asked."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    shows: dict[str, tuple[Shown, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    watching: ToldWatch = field(default_factory=ToldWatch)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def _answer(self, name: str, asked: Any) -> Answer:
        self.asked.append((name, asked))
        if name not in self.known:
            raise NotFound(f"{name} is a secret")
        return Disclosure(self.known[name], self.shows.get(name, ()), self.counts.get(name, 1))

    def as_of(self, moment: int) -> Told:
        self.asked.append(("as_of", moment))
        return self

    def alerts(self, *, cursor: str | None, limit: int, filters: AlertFilters) -> Answer:
        return self._answer("alerts", (cursor, limit, filters))

    def alert(self, name: str) -> Answer:
        return self._answer(name, name)

    def explanation(self, name: str) -> Answer:
        return self._answer(name, name)

    def foresight(self, name: str) -> Answer:
        return self._answer(name, name)

    def alert_graph(self, name: str) -> Answer:
        return self._answer(name, name)

    def history(self, name: str, *, cursor: str | None, limit: int) -> Answer:
        return self._answer(name, (cursor, limit))

    def signals(self, *, cursor: str | None, limit: int, filters: SignalFilters) -> Answer:
        return self._answer("signals", (cursor, limit, filters))

    def signal(self, name: str) -> Answer:
        return self._answer(name, name)

    def entities(self, *, cursor: str | None, limit: int, q: str | None) -> Answer:
        return self._answer("entities", (cursor, limit, q))

    def entity_of(self, mention: str) -> Answer:
        return self._answer(mention, mention)

    def entity(self, name: str) -> Answer:
        return self._answer(name, name)

    def neighbourhood(self, name: str, hops: int) -> Answer:
        return self._answer(name, hops)

    def why(self, a: str, b: str) -> Answer:
        return self._answer(a, (a, b))

    def pointers(self, *, cursor: str | None, limit: int) -> Answer:
        return self._answer("pointers", (cursor, limit))

    def asked_pointer(self, handle: str) -> Asked:
        self._answer(handle, handle)
        return asked_for("handle", handle)

    def judgements(self, mention: str, *, cursor: str | None, limit: int) -> Answer:
        return self._answer(mention, (cursor, limit))

    def asked_signal(self, name: str) -> Asked:
        self._answer(name, name)
        return asked_for("signal", name)

    def asked_alert(self, name: str) -> Asked:
        self._answer(name, name)
        return asked_for("alert", name)

    def open_request(self, asked: Asked) -> str | None:
        self.asked.append(("open_request", asked.name))
        return None

    def requests(self, *, cursor: str | None, limit: int) -> Answer:
        return self._answer("requests", (cursor, limit))

    def request(self, id_: str) -> Answer:
        self.asked.append(("request", id_))
        return Disclosure({"id": id_, "status": "open", "desk": "/river/desk", "due": "then"})

    def request_to_answer(self, id_: str) -> RequestNamed:
        self._answer(id_, id_)
        return RequestNamed(
            id=id_,
            agency="bank",
            name="a-ONE",
            owners=frozenset(),
            post="/river/chief",
            marking=OPEN_TO_RIVER,
        )

    def marking_of_mentions(self, names: Sequence[str]) -> NormalForm:
        for name in names:
            self._answer(name, name)
        return OPEN_TO_RIVER

    def marking_of_signals(self, names: Sequence[str]) -> NormalForm:
        return self.marking_of_mentions(names)

    def standing(self, alert: str) -> StandingAlert:
        self._answer(alert, alert)
        return StandingAlert("a-ONE", 3, ("a-ONE", "a-TWO"), OPEN_TO_RIVER)

    def watch(self, *, last_event_id: str | None, filters: AlertFilters) -> ToldWatch:
        self.asked.append(("watch", (last_event_id, filters)))
        return self.watching

    def disclosures(self, *, cursor: str | None, limit: int) -> Answer:
        return self._answer("disclosures", (cursor, limit))

    def queries(self, *, cursor: str | None, limit: int) -> Answer:
        return self._answer("queries", (cursor, limit))

    def page(self, *, cursor: str | None, limit: int, as_of: int | None = None) -> Answer:
        return self._answer("mine", (cursor, limit, as_of))


@dataclass
class ToldViews:
    """Views that give everybody the same told view, and change when a test says so."""

    view: Told = field(default_factory=Told)
    readers: list[Reader] = field(default_factory=list)
    fused: bool = True
    number: int = 1

    def of(self, reader: Reader) -> Told:
        self.readers.append(reader)
        return self.view

    def mine(self, publisher: str) -> Told:
        self.view.asked.append(("mine", publisher))
        return self.view

    def covers(self, _position: Position) -> bool:
        return self.fused

    def wait_for_change(self, _seen: int, _timeout_seconds: float) -> int:
        return self.number


@cache
def _vocabulary() -> LoadedVocabulary:
    return load_vocabulary()


@cache
def _registry_document() -> dict[str, Any]:
    return read_document(REGISTRY.read_text(encoding="utf-8"))


def only_own(document: Document, rights: PublisherRights) -> FusionError | None:
    """The check of these tests: the source must be the publisher's."""
    if not isinstance(document.get("source"), str) or not rights.covers(document["source"]):
        return Invalid("not your source", faults=(Fault("/source", "is not yours"),))
    return None


@dataclass
class Premises:
    """An application, with what a test may want to look at behind it."""

    app: FastAPI
    views: ToldViews
    log: MemoryLog
    chain: Chain
    administration: Administration
    clock: ScriptedClock

    def token(self, kind: str, name: str, seconds: int = 3600) -> str:
        """A token for one of the registered ones."""
        command: Command = ReaderToken(name=name, stated=Attributes(), seconds=seconds)
        if kind == "publisher":
            command = PublisherToken(name=name, source="/river/gauges", seconds=seconds)
        return str(self.administration.execute(command)["token"])

    def revoke(self, name: str) -> None:
        """Take all grants from a reader."""
        self.administration.execute(RevokeGrants(name=name))

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client of the application; with a token, on its behalf."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://fusion", headers=headers)


@asynccontextmanager
async def premises(
    pace: Pace | None = None, *, limits: Limits | None = None
) -> AsyncIterator[Premises]:
    """The application over a log in memory that holds a registry, a publisher and a reader."""
    clock = ScriptedClock(NOON)
    log = MemoryLog(clock)
    log.append(
        [
            encode(
                NamespaceOpened(name="live:1", kind="live", seed=None, levels=LEVELS),
                source="/fusion/namespace",
                id="opened",
            ),
            encode(
                KeyCreated(purpose=HANDLE_KEY, key=base64.b64encode(bytes(32)).decode()),
                source="/fusion/keys",
                id="handles",
            ),
        ]
    )
    directory = FoldedDirectory()
    tokens = Tokens(OKPKey.derive_key("a test", ALGORITHM), clock=clock, audience="test")
    administration = Administration(
        log,
        directory,
        _vocabulary(),
        follow=lambda: directory.follow(log),
        mint=tokens.mint,
        seconds=TokenSeconds(publisher=3600, reader=3600),
        advance=None,
    )
    administration.execute(LoadRegistry(document=_registry_document()))
    administration.execute(PublisherToken(name="gauge", source="/river/gauges"))
    rita = Attributes(agency="river", level="SECRET", purposes=("prevention",), cases=("c-1",))
    administration.execute(ReaderToken(name="rita", stated=rita))
    orla = Attributes(agency="river", roles=("oversight",))
    administration.execute(ReaderToken(name="orla", stated=orla))
    commit = GroupCommit(log)
    chain = Chain(MemoryLog, clock)
    ledger = Ledger(chain)
    views = ToldViews()
    parts = ApiParts(
        directory=directory,
        views=views,
        audits=views,
        submissions=SubmissionDesk(commit, only_own, log.find),
        decisions=DecisionDesk(commit, log, directory),
        requests=RequestDesk(commit, log, directory),
        administration=administration,
        tokens=tokens,
        ledger=ledger,
        health=lambda: Health("ok", "ok", 0.0),
        limits=limits,
    )
    app = create_app(parts, pace=pace)
    try:
        yield Premises(app, views, log, chain, administration, clock)
    finally:
        await ended(app.state.running)
        await commit.close()
        await ledger.close()
