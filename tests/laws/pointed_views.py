"""The laws of pointers at the view: whole answers and streams, byte by byte."""

from __future__ import annotations

from itertools import groupby
from random import Random
from typing import Any

import msgspec

from fusion.domain.clock import day_of
from fusion.domain.ids import signal_of
from fusion.fusing.pointer import Sight
from fusion.projections.view.pointer_documents import ENTRUSTED, NOTICE, TEXT
from fusion.projections.view.port import AlertFilters, Frame
from tests.laws.cutting import as_known
from tests.laws.pointer_checks import Discovered
from tests.projections.reading_all import everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.pointing_worlds import make_beholders, make_world
from tests.simulation.worlds import World

MEMBERS = {"rung", "handle", "desk", "anchor", "text", "request"}


def check_answers(seed: int, size: int) -> None:
    """Every answer to a reader is a function of D(r), and of the log nothing else."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        cut = as_known(world, Discovered(sight.beholder))
        whole = _read(world, sight, Random(seed), world)
        assert _read(cut, sight, Random(seed + 1), world) == whole


def check_streams(seed: int, size: int) -> None:
    """A stream that is open all along tells the same, and so does one that resumes anywhere."""
    world = make_world(seed, size)
    for sight in make_beholders(seed):
        cut = as_known(world, Discovered(sight.beholder))
        live = _followed(world, sight, Random(seed))
        assert _bytes(_followed(cut, sight, Random(seed))) == _bytes(live)
        _check_client(world, sight, live)


def _read(world: World, sight: Sight, random: Random, names: World) -> bytes:
    engine = Engine.of(world, random)
    mentions = {m.name for s in names.signals() for m in s.mentions}
    signals = {s.name for s in names.signals()}
    view = view_of(engine.store, engine.rules, sight.beholder.knowledge, sight=sight)
    return everything(view, mentions, signals)


def _followed(world: World, sight: Sight, random: Random) -> list[Frame]:
    """The frames of a stream that looks now and then, and is cut and resumed now and then."""
    engine = Engine(world.rules, world.community)
    view = view_of(engine.store, engine.rules, sight.beholder.knowledge, sight=sight)
    watch, frames = None, []
    for _, day in groupby(world.arrivals, lambda arrival: day_of(arrival.at[0])):
        engine.work(list(day))
        if watch is None or random.random() < 0.3:
            last = frames[-1].id if frames else None
            watch = view.watch(last_event_id=last, filters=AlertFilters())
        if random.random() < 0.7:
            frames += watch.frames()
    return frames + (watch.frames() if watch else [])


def _bytes(frames: list[Frame]) -> bytes:
    return msgspec.json.encode(
        [(f.event, f.id, f.data, f.shown, f.channel, f.mark) for f in frames]
    )


def _check_client(world: World, sight: Sight, frames: list[Frame]) -> None:
    """What a client holds in the end is what it would be told if it began now."""
    held: dict[str, Any] = {}
    taken_back = {arrival.retracts for arrival in world.arrivals}
    for frame in frames:
        if frame.event == "snapshot":
            held = {p["handle"]: p for p in frame.data["pointers"]}
        elif frame.event == "pointer":
            assert set(frame.data) - {"lapsed"} == MEMBERS
            assert frame.data["text"] in {TEXT, NOTICE, ENTRUSTED}
            if frame.data.get("lapsed"):
                # A client that began between the retraction of an anchor and the next tick was
                # not told of that pointer.
                was = held.pop(frame.data["handle"], None)
                assert was or signal_of(frame.data["anchor"]) in taken_back
            else:
                assert frame.data["handle"] not in held
                held[frame.data["handle"]] = frame.data
    engine = Engine.of(world, Random(0))
    view = view_of(engine.store, engine.rules, sight.beholder.knowledge, sight=sight)
    (snapshot,) = view.watch(last_event_id=None, filters=AlertFilters()).frames()
    anchored = {p["handle"]: p for p in snapshot.data["pointers"]}
    # One whose anchor was taken back since the last tick is not served anew, and lapses with the
    # next.
    assert anchored.items() <= held.items()
