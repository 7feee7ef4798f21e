"""A log cut down to what one reader may know, and that log with strangers in it.

Law 4 holds the view of a whole log to that of the cut one. It holds as well for every other log of
which the same is left: `with_strangers` makes such logs, with signals, judgements and remarks that
no reader of these worlds may know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, Protocol

import msgspec
from msgspec import structs

from fusion.domain.compiling import Community
from fusion.domain.ids import alert_name
from fusion.domain.judgement import Judgement
from fusion.domain.marking import Knowledge, NormalForm, join
from fusion.domain.signal import RETRACTED
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, load_marking, store_marking
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of
from fusion.fusing.known import Admits
from fusion.fusing.store import RemarkRow
from tests.projections.reading_all import asked_everything, everything, view_of
from tests.simulation.engine import Engine
from tests.simulation.making import (
    HOUR,
    STORED_RETRACTION,
    STORED_SIGNAL,
    arrival_of_body,
    make_world,
)
from tests.simulation.tiny import PATTERNS
from tests.simulation.worlds import World

Json = dict[str, Any]
# No reader of these worlds is of this group.
NOBODY = "group:nobody"
HIDDEN = NormalForm(1, clauses=frozenset({frozenset({f"need/{NOBODY}"})}))


class Reads(Protocol):
    """Whoever admits some markings and not others: a reader, or what discovery adds to one."""

    def admits(self, marking: NormalForm) -> bool: ...


def as_known(world: World, reader: Reads) -> World:
    """The same log without what the reader may not know."""
    return world.of([cut for _, cut in cuts(world, reader) if cut is not None])


def cuts(world: World, reader: Reads) -> list[tuple[Arrival, Arrival | None]]:
    """Each event with what is left of it for a reader.

    Hidden signals, retractions of them, judgements and remarks are gone; of a signal known in part
    the hidden facts are; of a hidden one whose tear-line is known the shell is left from which the
    tear-line's name is made; of a hidden correction of something known, the retraction.
    """
    known = known_names(world, reader)
    admits = reader.admits
    return [(each, _left(each, known, admits, world.community)) for each in world.arrivals]


def known_names(world: World, reader: Reads) -> set[str]:
    """The signals and tear-lines that a reader may know, and the parents of such tear-lines."""
    known = {f.name for f in world.signals() if reader.admits(f.marking)}
    return known | {f.parent for f in world.signals() if f.parent and f.name in known}


def _left(
    arrival: Arrival, known: set[str], admits: Admits, community: Community
) -> Arrival | None:
    if arrival.judgement:
        return arrival if admits(arrival.judgement.marking) else None
    if arrival.remark:
        return arrival if admits(load_marking(decoded(arrival.remark).marking)) else None
    if not arrival.type:
        return arrival
    if arrival.type == STORED_SIGNAL and arrival.name in known:
        return _cut(arrival, admits, community)
    if arrival.retracts not in known:
        return None
    is_plain = arrival.type == STORED_RETRACTION
    return arrival if is_plain else _only_retracting(arrival, community)


def decoded(remark: RemarkRow) -> FeedbackGiven | AlertAcknowledged:
    """What was said of an alert."""
    shape = FeedbackGiven if remark.kind == "feedback.given" else AlertAcknowledged
    return msgspec.json.decode(remark.body, type=shape)


def _cut(arrival: Arrival, admits: Admits, community: Community) -> Arrival:
    document = json.loads(arrival.body)
    data, parent = document["data"], arrival.facts[0]
    for name, facts in (
        ("mentions", parent.mentions),
        ("relations", parent.relations),
        ("identities", parent.claims),
        ("activities", parent.activities),
    ):
        if name in data:
            both = zip(data[name], facts, strict=True)
            visible = [fact for fact, known in both if admits(known.marking)]
            data[name] = visible if admits(parent.marking) else []
    if parent.origin_marking and not admits(parent.origin_marking):
        del data["origin"]
    for tearline, facts in zip(data.get("tearlines", ()), arrival.facts[1:], strict=True):
        if not admits(facts.marking):
            tearline.update({"text": "?", "mentions": [], "activities": []})
    if not admits(parent.marking):
        data["summary"] = "?"
    return arrival_of_body(arrival.at, document, community)


def _only_retracting(arrival: Arrival, community: Community) -> Arrival:
    document = json.loads(arrival.body)
    target = document["data"]["corrects"]
    document["type"] = RETRACTED
    document["data"] = {"retracts": target, "reason": ""}
    return arrival_of_body(arrival.at, document, community)


def read(world: World, reader: Knowledge, random: Random, names: World) -> bytes:
    """Everything that a reader gets out of a world, asked about the names of another.

    Late enough that some deadlines have passed, and some have not; and of one moment of its past,
    which is the same for equal `names`.
    """
    engine = Engine.of(world.of(in_moments(world.arrivals, random)), random)
    now = max(arrival.at[0] for arrival in names.arrivals) + 12 * HOUR
    view = view_of(engine.store, engine.rules, reader, now=now)
    mentions, signals = names.mentions(), {signal.name for signal in names.signals()}
    past = view.as_of(moment_of(names))
    both = (everything(view, mentions, signals), asked_everything(past, mentions, signals))
    return b"[" + b",".join(both) + b"]"


def moment_of(world: World) -> int:
    """A moment of a world's history that follows from the world."""
    moments = sorted({arrival.at[0] for arrival in world.arrivals})
    return Random(len(moments)).choice(moments) if moments else 0


# --- strangers


def with_strangers(world: World, random: Random) -> World:
    """The same log and, between its events, others of which nobody here may know.

    They speak of the same names and numbers, claim and judge the world's mentions, relay its
    signals, and retract one another. None is later than the world's last day.
    """
    end = max(arrival.at[0] for arrival in world.arrivals)
    named = sorted(world.mentions())
    strangers = [
        stranger
        for arrival in make_world(random.randrange(2**32), len(world.arrivals) // 2 + 2).arrivals
        if arrival.at[0] <= end and (stranger := _stranger(arrival, named, random)) is not None
    ]
    return world.of(in_moments([*world.arrivals, *strangers], random))


def in_moments(arrivals: Sequence[Arrival], random: Random) -> list[Arrival]:
    """In the order of recorded time; within one moment in any order, but ticks go first."""
    mixed = random.sample(list(arrivals), len(arrivals))
    ordered = sorted(mixed, key=lambda arrival: (arrival.at[0], arrival.at[1] != ""))
    judged = {a.at[0]: [] for a in arrivals}  # type: dict[int, list[Arrival]]
    for arrival in arrivals:
        if arrival.judgement:
            judged[arrival.at[0]].append(arrival)
    # Decisions come in their sequence, wherever they stand among the others.
    return [judged[a.at[0]].pop(0) if a.judgement else a for a in ordered]


def _stranger(arrival: Arrival, named: Sequence[str], random: Random) -> Arrival | None:
    if arrival.judgement:
        return _strange_judgement(arrival.judgement, arrival.at[0], named, random)
    if arrival.remark:
        return _strange_remark(arrival.remark, arrival.at[0], named, random)
    if not arrival.type:
        return None
    document = json.loads(_renamed(arrival.body.decode()))
    if arrival.type == STORED_RETRACTION:
        document["data"]["retracts"] = "x" + document["data"]["retracts"]
    else:
        _hide(document["data"], named, random)
    document["id"] = "x" + document["id"]
    return arrival_of_body(instant_of(arrival.at[0], document["source"], document["id"]), document)


def _renamed(text: str) -> str:
    """Names of signals in a body, made another's."""
    return re.sub(r"(/[a-z/]+)/s(\d)", r"\1/xs\2", text)


def _hide(data: Json, named: Sequence[str], random: Random) -> None:
    for marked in _marked(data):
        marked["marking"]["need"] = NOBODY
    if "corrects" in data:
        data["corrects"] = "x" + data["corrects"]
    for claim in data.get("identities", ()):
        if named and random.random() < 0.7:
            claim["b"] = random.choice(named)
    if named and random.random() < 0.2:
        data["origin"] = {"id": random.choice(named).rpartition("#")[0]}


def _marked(data: Json) -> list[Json]:
    facts = [
        *(
            fact
            for kind in ("mentions", "relations", "identities", "activities")
            for fact in data.get(kind, ())
        ),
        *data.get("tearlines", ()),
        *([data["origin"]] if "origin" in data else ()),
    ]
    return [data, *(fact for fact in facts if "marking" in fact)]


def _strange_remark(
    remark: RemarkRow, recorded: int, named: Sequence[str], random: Random
) -> Arrival | None:
    """Somebody of whom nobody here may know says something of an alert that stands here."""
    if not named:
        return None
    said = decoded(remark)
    alert = alert_name(random.choice(PATTERNS).slug, random.choice(named))
    hidden = store_marking(join(load_marking(said.marking), HIDDEN))
    strange = structs.replace(said, id="x" + said.id, alert=alert, names=(alert,), marking=hidden)
    source = remark.since[1].partition("\1")[0]
    at = instant_of(recorded, source, strange.id)
    row = RemarkRow(remark.kind, (alert,), at, msgspec.json.encode(strange))
    return Arrival(at=at, remark=row)


def _strange_judgement(
    judgement: Judgement, recorded: int, named: Sequence[str], random: Random
) -> Arrival | None:
    if len(named) < 2:
        return None
    a, b = sorted(random.sample(named, 2))
    strange = replace(
        judgement,
        id="x" + judgement.id,
        a=a,
        b=b,
        order=judgement.order + 1_000,
        marking=join(judgement.marking, HIDDEN),
    )
    at = instant_of(recorded, "/fusion/judgements", strange.id)
    return Arrival(at=at, judgement=strange)
