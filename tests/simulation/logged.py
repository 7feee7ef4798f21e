"""A world in a real log, and the real worker over it.

`House` is a log, a store and a directory, as one process of the service has them, whose worker can
be killed at any point and started again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from sqlalchemy import Engine as Database

from fusion.domain.clock import ScriptedClock, midnight
from fusion.events.catalog import (
    AlertAcknowledged,
    FeedbackGiven,
    JudgementMade,
    KeyCreated,
    NamespaceOpened,
    RegistryLoaded,
    store_marking,
)
from fusion.events.codec import encode, signal_envelope
from fusion.events.envelope import Envelope, Recorded
from fusion.events.log import EventLog
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.fusing.store import Changes
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory
from fusion.projections.store.database import open_database
from fusion.projections.store.sql_store import SqlStore
from fusion.worker.loop import Worker
from tests.simulation.engine import Reads
from tests.simulation.making import FIRST_DAY, HOUR
from tests.simulation.publishing import library_envelope
from tests.simulation.tiny import COMMUNITY

Json = dict[str, Any]
EVE = midnight(FIRST_DAY) - HOUR


def registry_document(offices: Iterable[str] = COMMUNITY.offices) -> Json:
    """The community of the worlds as a registry file."""
    agencies = [
        {
            "slug": slug,
            "name": slug,
            "kind": "domestic" if slug in COMMUNITY.domestic else "foreign",
            "ceiling": COMMUNITY.ceilings.get(slug, "A1"),
            "nation": "ov" if slug in COMMUNITY.domestic else "xx",
            "offices": [
                {"prefix": prefix, "name": prefix}
                for prefix in offices
                if prefix.startswith(f"/{slug}/")
            ],
        }
        for slug in sorted(COMMUNITY.domestic | COMMUNITY.partners)
    ]
    posts = [
        {"id": "/a/lead", "title": "Lead", "holder": "ann", "deputy": "/a/second"},
        {"id": "/a/second", "title": "Second", "holder": "ben"},
    ]
    overall = {"slug": "overall", "name": "Overall", "lead": "/a/lead", "core": ["a"]}
    return {"agencies": agencies, "posts": posts, "mechanisms": [overall]}


def opened(clock: ScriptedClock) -> MemoryLog:
    """A log that holds what every namespace begins with."""
    log = MemoryLog(clock)
    log.append(
        [
            encode(
                NamespaceOpened(
                    name="exercise:worlds", kind="exercise", seed="worlds", levels=COMMUNITY.levels
                ),
                source="/fusion/namespace",
                id="opened",
            ),
            encode(
                KeyCreated(purpose=HANDLE_KEY, key=base64.b64encode(COMMUNITY.handle_key).decode()),
                source="/fusion/keys",
                id="handles",
            ),
            registry_envelope("first", registry_document()),
        ]
    )
    return log


def registry_envelope(id_: str, document: Json) -> Envelope:
    return encode(RegistryLoaded(document), source="/fusion/registry", id=id_)


def envelope_of(arrival: Arrival) -> Envelope | None:
    """What intake would append; None for a tick, which is the log's own."""
    source, _, id_ = arrival.at[1].partition("\1")
    if arrival.judgement:
        judgement = arrival.judgement
        made = JudgementMade(
            id=judgement.id,
            author=judgement.author,
            agency="a",
            a=judgement.a,
            b=judgement.b,
            verdict=judgement.verdict,
            reason=judgement.reason,
            because=judgement.because,
            marking=store_marking(judgement.marking),
        )
        return encode(made, source=source, id=id_)
    if arrival.remark:
        shape = FeedbackGiven if arrival.remark.kind == "feedback.given" else AlertAcknowledged
        remark = msgspec.json.decode(arrival.remark.body, type=shape)
        return encode(remark, source=source, id=id_)
    if arrival.published is not None:
        return library_envelope(arrival)
    if not arrival.type:
        return None
    return signal_envelope(json.loads(arrival.body), ceiling="A1", publisher=f"of {source}")


class Killed(Exception):
    """The worker's process ended here."""


class DyingStore(SqlStore):
    """A store whose process may end just before, or just after, a commit."""

    dies: str | None = None

    def commit(
        self,
        changes: Changes,
        after: Position,
        *,
        expected: Position,
        last: tuple[int, str],
        today: int,
    ) -> None:
        if self.dies == "before":
            raise Killed
        super().commit(changes, after, expected=expected, last=last, today=today)
        if self.dies == "after":
            raise Killed


@dataclass
class Sips:
    """A log that is read in small sips, so that batches end anywhere."""

    log: EventLog
    random: Random

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        sip = min(limit, self.random.choice((1, 2, 3, 7, 1_000)))
        return self.log.read(after, sip, until=until)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


class House(Reads):
    """The worker's side of a deployment over a log."""

    def __init__(
        self, rules: Rules, log: EventLog, random: Random, database: Database | None = None
    ) -> None:
        self.log, self.random = log, random
        self.database = database or open_database(None)
        super().__init__(SqlStore(self.database), rules)
        self.start()

    def start(self) -> None:
        """Start, or start again: of what was, only log and store remain."""
        self.store = self._dying = DyingStore(self.database)
        self.directory = FoldedDirectory()
        sips = Sips(self.log, self.random)
        self._worker = Worker(sips, self.store, Step(self.store, self.rules), self.directory)

    def catch_up(self) -> None:
        """Work in what there is, without an accident."""
        self._dying.dies = None
        self._worker.catch_up()

    def catch_up_and_die(self) -> None:
        """Begin to work in what there is, be killed on the way, and start again."""
        self._dying.dies = self.random.choice(("before", "after"))
        with suppress(Killed):
            self._worker.catch_up()
        self.start()
