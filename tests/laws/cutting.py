"""A log cut down to what one reader may know, to hold a view of the whole log to."""

from __future__ import annotations

import json
from random import Random
from typing import Protocol

import msgspec

from fusion.domain.compiling import Community
from fusion.domain.marking import Knowledge, NormalForm
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, load_marking
from fusion.fusing.arrival import Arrival
from fusion.fusing.arriving import facts_in
from fusion.fusing.store import RemarkRow
from tests.projections.reading_all import asked_everything, everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.making import HOUR
from tests.simulation.worlds import World


class Reads(Protocol):
    """Whoever admits some markings and not others: a reader, or what discovery adds to one."""

    def admits(self, marking: NormalForm) -> bool: ...


def as_known(world: World, reader: Reads) -> World:
    """The same log without what the reader may not know.

    Hidden signals, retractions of them, judgements and remarks are gone; of a signal known in part
    the hidden facts are; of a hidden one whose tear-line is known the shell is left from which the
    tear-line's name is made.
    """
    kept = []
    known = {f.name for a in world.arrivals for f in a.facts if reader.admits(f.marking)}
    shells = {a.name for a in world.arrivals for f in a.facts if f.parent and f.name in known}
    retracted_names = known | shells
    for arrival in world.arrivals:
        if arrival.judgement:
            if reader.admits(arrival.judgement.marking):
                kept.append(arrival)
        elif arrival.remark:
            if reader.admits(marking_of(arrival.remark)):
                kept.append(arrival)
        elif not arrival.type:
            kept.append(arrival)
        elif arrival.type.endswith("retracted.v1"):
            if arrival.retracts in retracted_names:
                kept.append(arrival)
        elif arrival.name in known or arrival.name in shells:
            kept.append(_cut(arrival, reader, world.community))
        elif arrival.retracts in retracted_names:
            kept.append(_only_retracting(arrival, world.community))
    return world.of(kept)


def marking_of(remark: RemarkRow) -> NormalForm:
    """The marking of an acknowledgement or a feedback."""
    shape = FeedbackGiven if remark.kind == "feedback.given" else AlertAcknowledged
    return load_marking(msgspec.json.decode(remark.body, type=shape).marking)


def _cut(arrival: Arrival, reader: Reads, community: Community) -> Arrival:
    document = json.loads(arrival.body)
    data = document["data"]
    parent = arrival.facts[0]
    for name, facts in (
        ("mentions", parent.mentions),
        ("relations", parent.relations),
        ("identities", parent.claims),
        ("activities", parent.activities),
    ):
        if name in data:
            both = zip(data[name], facts, strict=True)
            visible = [fact for fact, known in both if reader.admits(known.marking)]
            data[name] = visible if reader.admits(parent.marking) else []
    if parent.origin_marking and not reader.admits(parent.origin_marking):
        del data["origin"]
    for tearline, facts in zip(data.get("tearlines", ()), arrival.facts[1:], strict=True):
        if not reader.admits(facts.marking):
            tearline.update({"text": "?", "mentions": [], "activities": []})
    if not reader.admits(parent.marking):
        data["summary"] = "?"
    return _again(arrival, document, community)


def _only_retracting(arrival: Arrival, community: Community) -> Arrival:
    """A hidden correction of something known: of it only the retraction may be known."""
    document = json.loads(arrival.body)
    target = document["data"]["corrects"]
    document["type"] = "fusion.signal.retracted.v1"
    document["data"] = {"retracts": target, "reason": ""}
    return _again(arrival, document, community)


def _again(arrival: Arrival, document: dict[str, object], community: Community) -> Arrival:
    body = json.dumps(document).encode()
    facts = facts_in(body, community)
    return Arrival(
        at=arrival.at,
        source=arrival.source,
        id=arrival.id,
        type=str(document["type"]),
        body=body,
        epoch=1,
        facts=facts,
        retracts=next((f.retracts for f in facts if f.retracts), None),
    )


def read(world: World, reader: Knowledge, random: Random, names: World) -> bytes:
    """Everything that a reader gets out of a world, asked about the names of another.

    And of one moment of its past, which is the same for equal `names`.
    """
    engine = Engine.of(world, random)
    mentions = {m.name for s in names.signals() for m in s.mentions}
    signals = {s.name for s in names.signals()}
    # Late enough that some deadlines have passed, and some have not.
    now = names.arrivals[-1].at[0] + 12 * HOUR
    view = view_of(engine.store, engine.rules, reader, now=now)
    past = view.as_of(moment_of(names))
    both = (everything(view, mentions, signals), asked_everything(past, mentions, signals))
    return b"[" + b",".join(both) + b"]"


def moment_of(world: World) -> int:
    """A moment of a world's history that follows from the world."""
    moments = sorted({arrival.at[0] for arrival in world.arrivals})
    return Random(len(moments)).choice(moments) if moments else 0
