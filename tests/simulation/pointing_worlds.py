"""Worlds for pointers: small histories in which what matters is who holds what, and who may ask.

They are made on purpose apart from the worlds of the laws (`tests.simulation.making`): a pointer
hangs on cells that several desks hold together, on numbers that a hidden mention shares, and on
discovery policies. In ordinary random worlds these meet once in hundreds.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from fusion.access.discovery import Beholder, Standing
from fusion.coordination.registry_file import load_registry
from fusion.domain.clock import MICROS_PER_DAY, format_moment, midnight
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import Knowledge, NormalForm, join
from fusion.domain.post import Registry
from fusion.domain.signal import RETRACTED, SUBMITTED
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.pointer import Sight
from tests.simulation.making import FIRST_DAY, HOUR, arrival_of_body
from tests.simulation.publishing import Publisher
from tests.simulation.tiny import COMMUNITY, ENTRY, MEETING, RULES, TRAINING
from tests.simulation.worlds import World

Json = dict[str, Any]
# `f` is a foreign partner; `z` publishes as a company would. Of `b` two desks answer.
SOURCES = ("/a/x", "/a/y", "/b/x", "/b/far", "/c/x", "/f/x", "/z/x")
POLICIES = ("none", "stewards", "agencies", "agencies", "agencies", "all", "all")
KEY = COMMUNITY.handle_key


def registry() -> Registry:
    """Who answers for whom in these worlds."""
    kinds = {"a": "domestic", "b": "domestic", "c": "domestic", "f": "foreign", "z": "civil"}
    offices = {"b": [{"prefix": "/b/far", "name": "Far", "desk": "/b/far/desk"}]}
    desks = {
        slug: [{"id": f"/{slug}/desk", "name": slug, "post": f"/{slug}/officer"}]
        for slug in ("a", "b", "f", "z")  # none answers for c: its own name stands there
    }
    desks["b"].append({"id": "/b/far/desk", "name": "far", "post": "/b/far/officer"})
    officers = [f"/{slug}/officer" for slug in ("a", "b", "f", "z")]
    posts = [
        *({"id": post, "title": post, "holder": post.strip("/")} for post in officers),
        {"id": "/b/far/officer", "title": "Far", "holder": "b/far"},
        {"id": "/a/lead", "title": "Lead", "holder": "lead", "deputy": "/a/second"},
        {"id": "/a/second", "title": "Second", "holder": "second"},
        {"id": "/a/steward", "title": "Steward", "holder": "steward"},
    ]
    return load_registry(
        {
            "steward": "/a/steward",
            "agencies": [
                {
                    "slug": slug,
                    "name": slug,
                    "kind": kind,
                    "ceiling": "A1",
                    "nation": "xx",
                    "offices": offices.get(slug, []),
                    "desks": desks.get(slug, []),
                }
                for slug, kind in kinds.items()
            ],
            "posts": posts,
            "mechanisms": [{"slug": "all", "name": "All", "lead": "/a/lead", "core": ["a"]}],
        }
    )


REGISTRY = registry()


def make_world(seed: int, size: int) -> World:
    """A world of `size` signals on a few people, told by several agencies over some days."""
    return _Maker(Random(seed), size, Publisher(seed)).world()


def make_beholders(seed: int) -> list[Sight]:
    """Readers of every standing, who know little: pointers are for them."""
    random = Random(seed)
    return [Sight(make_beholder(random), REGISTRY) for _ in range(3)]


def make_beholder(random: Random) -> Beholder:
    """Somebody of an agency with a level, and perhaps a post."""
    agency = random.choice(("a", "b", "c", "f", "z"))
    is_domestic = agency in "abc"
    tokens = {"domestic", f"domestic/{agency}"} if is_domestic else {f"partner/{agency}"}
    knowledge = Knowledge(
        random.choice((0, 1)),
        frozenset({"K"}) if random.random() < 0.3 else frozenset(),
        frozenset(tokens),
    )
    usual = Standing.AGENCY if is_domestic else Standing.ANYBODY
    standing = random.choice((usual, usual, Standing.STEWARD, Standing.COMMON_STEWARD))
    desks = {"b": {"/b/desk", "/b/far/desk"}, "c": {"/c"}}.get(agency, {f"/{agency}/desk"})
    held = frozenset(desk for desk in desks if random.random() < 0.5)
    return Beholder(knowledge, standing, held)


def all_knowing(sight: Sight) -> Sight:
    """The same reader, were it to know in full all that it may discover."""
    beholder = sight.beholder
    return replace(sight, beholder=_Whole(beholder.knowledge, beholder.standing))


class _Whole(Beholder):
    """Who knows in full what another discovers."""

    def knows(self, marking: NormalForm) -> bool:
        return Beholder.knows(self, marking) or self._is_admitted(marking)

    def discovers(self, marking: NormalForm) -> bool:
        return self.knows(marking)


class _Maker:
    def __init__(self, random: Random, size: int, publisher: Publisher) -> None:
        self.random, self.size, self.publisher = random, size, publisher
        self.now = midnight(FIRST_DAY)
        self.arrivals: list[Arrival] = []
        self.signals: list[Arrival] = []
        self.decisions = 0

    def world(self) -> World:
        rules = self.random.choice(RULES)
        self.arrivals.append(Arrival(at=tick_instant(self.now)))
        for number in range(self.size):
            self.arrivals += self.publisher.perhaps(self.now)
            if self.signals and self._is(0.12):
                self._retract(number)
            elif len(self.signals) > 1 and self._is(0.1):
                self._judge(number)
            else:
                self._submit(number)
            self._pass(self.random.choice((0, HOUR, 6 * HOUR, MICROS_PER_DAY)))
        self._pass(self.random.choice((1, 3, 12)) * MICROS_PER_DAY)
        return World(tuple(self.arrivals), rules, POINTING)

    def _is(self, chance: float) -> bool:
        return self.random.random() < chance

    def _pass(self, micros: int) -> None:
        day, self.now = self.now // MICROS_PER_DAY, self.now + micros
        for later in range(day + 1, self.now // MICROS_PER_DAY + 1):
            self.arrivals.append(Arrival(at=tick_instant(midnight(later))))

    def _submit(self, number: int) -> None:
        source = self.random.choice(SOURCES)
        body: Json = {
            "marking": self._marking(),
            "grading": {"source": self.random.choice("AB"), "information": 1},
            "mentions": [self._mention("m0")],
            "activities": [
                {
                    "code": self.random.choice((MEETING, MEETING, ENTRY, ENTRY, TRAINING)),
                    "circumstances": ["stated-concern"],
                    "subjects": ["m0"],
                    "topics": ["aviation"],
                    "countries": ["us"],
                }
                for _ in range(self.random.choice((1, 1, 2)))
            ],
        }
        self._decorate(body, source)
        self._append(source, f"s{number}", SUBMITTED, body)

    def _decorate(self, body: Json, source: str) -> None:
        if self._is(0.12):
            body["vetting"] = "raw"
        if self._is(0.15):
            # One of its facts is kept closer than the rest.
            body["activities"][0]["marking"] = self._closer(body["marking"])
        if self._is(0.15):
            body["tearlines"] = [self._tearline()]
        if self.signals and self._is(0.15):
            other = self.random.choice(self.signals)
            claim = {"a": "m0", "b": f"{other.name}#m0", "verdict": "same"}
            body["identities"] = [claim | {"marking": self._closer(body["marking"])}]
        mine = [arrival for arrival in self.signals if arrival.source == source]
        if mine and self._is(0.2):
            body["corrects"] = self.random.choice(mine).id

    def _retract(self, number: int) -> None:
        gone = self.random.choice(self.signals)
        self._append(gone.source, f"r{number}", RETRACTED, {"retracts": gone.id, "reason": ""})

    def _append(self, source: str, id_: str, type_: str, body: Json) -> None:
        document = {
            "specversion": "1.0",
            "type": type_,
            "source": source,
            "id": id_,
            "time": format_moment(self.now),
            "data": body,
        }
        arrival = arrival_of_body(instant_of(self.now, source, id_), document, POINTING)
        self.arrivals.append(arrival)
        if type_ == SUBMITTED:
            self.signals.append(arrival)

    def _mention(self, ref: str) -> Json:
        names = self.random.choice((["ada", "bo"], ["ada", "bo"], ["ada", "cy"], ["bo", "cy"]))
        properties: Json = {"name": names}
        if self._is(0.4):
            properties["idNumber"] = [self.random.choice(("1", "1", "2"))]
        role = self.random.choice(("subject", "subject", "associate"))
        return {"ref": ref, "schema": "Person", "role": role, "properties": properties}

    def _marking(self) -> Json:
        marking: Json = {
            "level": self.random.choice(("OPEN", "OPEN", "SECRET")),
            "releasable_to": self.random.choice(([], [], ["b"], ["*"])),
            "discovery": self.random.choice(POLICIES),
        }
        if self._is(0.1):
            marking["compartments"] = ["K"]
        if self._is(0.1):
            marking["desk"] = "/named/desk"
        return marking

    def _closer(self, marking: Json) -> Json:
        policies = ["none", "stewards", "agencies", "all"]
        wider = policies.index(marking["discovery"])
        policy = self.random.choice(policies[: wider + 1])
        return marking | {"level": "SECRET", "compartments": ["K"], "discovery": policy}

    def _tearline(self) -> Json:
        wide = {"level": "OPEN", "releasable_to": self.random.choice((["*"], ["b"]))}
        return {
            "text": "released",
            "releaser": "/a/desk",
            "marking": wide | {"discovery": "all"},
            "mentions": [self._mention("t0")],
            "activities": [{"code": MEETING, "subjects": ["t0"]}],
        }

    def _judge(self, number: int) -> None:
        one, other = self.random.sample(self.signals, k=2)
        a, b = (arrival.facts[0].mentions[0] for arrival in (one, other))
        self.decisions += 1
        judgement = Judgement(
            id=f"j{number}",
            author="ann",
            a=min(a.name, b.name),
            b=max(a.name, b.name),
            verdict=self.random.choice(tuple(Verdict)),
            reason="",
            order=self.decisions,
            marking=join(a.marking, b.marking),
        )
        at = instant_of(self.now, "/fusion/judgements", f"j{number}")
        self.arrivals.append(Arrival(at=at, judgement=judgement))


POINTING = replace(
    COMMUNITY,
    domestic=frozenset({"a", "b", "c"}),
    partners=frozenset({"f", "z"}),
    offices=("/b/far",),
    ceilings={},
)
