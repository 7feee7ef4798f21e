"""The golden log: every event in every version that was ever written is read, from every log.

`golden/first.jsonl` was written by the program as it was on 2026-11-24, when every event was at its
first version, `golden/requests.jsonl` on the same day when it had disclosure requests. A file there
never changes; a program that writes another version adds its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec
import pytest

from fusion.domain.clock import ScriptedClock, parse_moment
from fusion.events.catalog import (
    CATALOG,
    DisclosureRequested,
    Event,
    NamespaceOpened,
    StoredMarking,
)
from fusion.events.codec import decode, encode, signal_digest
from fusion.events.envelope import Envelope
from fusion.events.log import EventLog
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from fusion.fusing.rules import Rules
from fusion.linking.linker import FeatureLinker
from fusion.linking.model import default_model
from fusion.patterns.loader import load_library
from fusion.projections.view.everybody import Everybody
from fusion.vocabulary.loaded import load_vocabulary
from tests.simulation.logged import House

FILES = sorted((Path(__file__).parent / "golden").glob("*.jsonl"))
WRITTEN = parse_moment("2015-03-10T00:00:00Z")
# Only a log writes this one.
TICK = "clock.ticked"

# What older versions say today.
TODAY: dict[tuple[str, int], Event] = {
    ("namespace.opened", 1): NamespaceOpened(
        name="exercise:golden",
        kind="exercise",
        seed="golden",
        levels=("OPEN", "OFFICIAL", "SECRET"),
    ),
    ("disclosure.requested", 1): DisclosureRequested(
        id="d1",
        author="rita",
        agency="river",
        kind="alert",
        name="a-0123456789ABCDEF",
        names=("a-0123456789ABCDEF",),
        behind=(),
        reason="the dyke",
        desk="/river/desk",
        mechanism="floods",
        marking=StoredMarking(
            level=0,
            compartments=(),
            clauses=(("domestic",),),
            owners=("river",),
            discovery=1,
            may_break_glass=False,
        ),
    ),
}


def envelopes(file: Path) -> list[Envelope]:
    """What a golden file holds, as a log would have it."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        body = msgspec.json.encode(said["body"])
        digest = signal_digest(said["body"]) if said["type"].startswith("signal.") else body
        name = (said["source"], said["id"])
        found.append(Envelope(said["type"], said["version"], *name, body, digest))
    return found


ALL = [envelope for file in FILES for envelope in envelopes(file)]


def test_every_older_version_of_an_event_is_in_the_golden_log() -> None:
    ever = {(e.name, version) for e in CATALOG.values() for version in range(1, e.version)}
    assert {(each.type, each.version) for each in ALL} >= ever
    assert set(TODAY) == ever


@pytest.mark.parametrize("envelope", ALL, ids=lambda e: f"{e.source}/{e.id}")
def test_what_was_written_says_what_it_said(envelope: Envelope) -> None:
    event = decode(envelope)
    if envelope.version < CATALOG[envelope.type].version:
        assert event == TODAY[envelope.type, envelope.version]
    elif not envelope.type.startswith("signal."):
        assert encode(event, source=envelope.source, id=envelope.id).body == envelope.body


def memory(_folder: Path, clock: ScriptedClock) -> EventLog:
    return MemoryLog(clock)


def sqlite(folder: Path, clock: ScriptedClock) -> EventLog:
    return SqliteLog(folder / "log.sqlite", clock)


@pytest.mark.parametrize("make", [memory, sqlite])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_log_is_fused_from_every_log(
    file: Path, make: Callable[[Path, ScriptedClock], EventLog], tmp_path: Path
) -> None:
    with closing(make(tmp_path, ScriptedClock(WRITTEN))) as log:
        log.append([each for each in envelopes(file) if each.type != TICK])
        house = House(_rules(), log, Random(1))
        house.catch_up()
        assert house.store.position() == log.head() != Position.start()
        assert house.directory.refusals == ()
        assert [grants.name for grants in house.directory.readers()] == ["rita"]
        told = house.told(Everybody(level=3))
        assert [(entry.pattern, entry.kind) for entry in told] == [("bank-run", "raised")]


def _rules() -> Rules:
    return Rules(FeatureLinker(default_model()), load_library(None), load_vocabulary())
