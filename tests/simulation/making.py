"""Making worlds: small, dense and nasty, each from one seed.

Few names, few markings and few sources, so that within a dozen signals everything meets everything:
conflicts, claims and denials, judgements that contradict each other, generic keys crossed by hidden
mentions, floods by one publisher, patterns published anew, retractions and corrections before and
after their object, tear-lines, several owners, relayed origins, reports that come late.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from fusion.domain.clock import MICROS_PER_DAY, format_day, format_moment, midnight
from fusion.domain.compiling import Community
from fusion.domain.ids import alert_name
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm, join, join_all
from fusion.domain.signal import RETRACTED, SUBMITTED
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, store_marking
from fusion.fusing.arrival import Arrival
from fusion.fusing.arriving import facts_in
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.store import RemarkRow
from tests.simulation.publishing import Publisher
from tests.simulation.tiny import COMMUNITY, ENTRY, MEETING, PATTERNS, RULES, SOURCES, TRAINING
from tests.simulation.worlds import World

FIRST_DAY = 11_000
GRADES = (("A", 1), ("B", 2), ("C", 3), ("F", 6), ("E", 5))
VERDICTS = (Verdict.POSITIVE,) * 3 + (Verdict.NEGATIVE,) * 3 + (Verdict.UNSURE,)
HOUR = MICROS_PER_DAY // 24
# As strict as anything here: what names something hidden carries it.
STRICTEST = {
    "level": "SECRET",
    "compartments": ["K"],
    "need": "group:g",
    "purposes": ["prevention"],
    "discovery": "none",
}

# By which names the log stores them.
STORED_SIGNAL, STORED_RETRACTION = "signal.submitted", "signal.retracted"
_STORED = {SUBMITTED: STORED_SIGNAL, RETRACTED: STORED_RETRACTION}

Json = dict[str, Any]


def make_world(seed: int, size: int) -> World:
    """A world of about `size` signals and decisions."""
    return _Maker(Random(seed), size, Publisher(seed)).world()


def arrival_of_body(
    at: tuple[int, str], document: Json, community: Community = COMMUNITY
) -> Arrival:
    """The arrival of a signal or retraction, as the worker would have it."""
    body, data = json.dumps(document).encode(), document["data"]
    facts = facts_in(body, community)
    return Arrival(
        at=at,
        source=document["source"],
        id=document["id"],
        type=_STORED[document["type"]],
        body=body,
        epoch=1,
        facts=facts,
        texts=(data.get("summary", ""), *(line["text"] for line in data.get("tearlines", ()))),
        retracts=next((f.retracts for f in facts if f.retracts), None),
    )


@dataclass(frozen=True)
class _Mentioned:
    name: str
    marking: NormalForm
    written: Json


class _Maker:
    """One world while it is made. Every choice comes from one generator."""

    def __init__(self, random: Random, size: int, publisher: Publisher) -> None:
        self.random, self.size, self.publisher = random, size, publisher
        # Known beforehand, so that what is yet to come can be named.
        self.sources = [random.choice(SOURCES) for _ in range(size + 1)]
        self.mentions: list[_Mentioned] = []
        self.judged: list[tuple[_Mentioned, _Mentioned]] = []
        self.claimed: list[str] = []
        self.relays: dict[str, str] = {}
        self.names: list[tuple[str, str]] = []
        self.arrivals: list[Arrival] = []
        self.now = midnight(FIRST_DAY)
        self.decisions = 0

    def world(self) -> World:
        rules = self.random.choice(RULES)
        self.arrivals.append(Arrival(at=tick_instant(self.now)))
        for number in range(self.size):
            self._pass_time()
            self._happen(number)
        for _ in range(self.random.choice((0, 0, 2))):
            self._tick_until(self.now + self.random.choice((1, 5, 30)) * MICROS_PER_DAY)
        return World(tuple(self.arrivals), rules)

    def _is(self, chance: float) -> bool:
        return self.random.random() < chance

    def _happen(self, number: int) -> None:
        self.arrivals += self.publisher.perhaps(self.now)
        if self.mentions and self._is(0.22):
            self._judge(number)
        elif self.names and self._is(0.12):
            self._retract(number)
        elif self.mentions and self._is(0.06):
            self._remark(number)
        elif self._is(0.07):
            self._flood(number)
        else:
            source, id_ = self.sources[number], f"s{number}"
            self._submit(source, id_, self._body(f"{source}/{id_}"))

    def _pass_time(self) -> None:
        """Often no time at all: events of one moment are the hard case."""
        self._tick_until(self.now + self.random.choice((0, 0, 1, HOUR, 24 * HOUR, 72 * HOUR)))

    def _tick_until(self, moment: int) -> None:
        day = self.now // MICROS_PER_DAY
        for later in range(day + 1, moment // MICROS_PER_DAY + 1):
            self.arrivals.append(Arrival(at=tick_instant(midnight(later))))
        self.now = moment

    # --- signals

    def _body(self, name: str) -> Json:
        refs = [f"m{n}" for n in range(self.random.choice((1, 1, 2, 3)))]
        body: Json = {
            "marking": self._marking(),
            "summary": "a report",
            "mentions": [self._mention(ref) for ref in refs],
            "activities": [self._activity(refs) for _ in range(self.random.choice((0, 1, 1, 2)))],
            "grading": self._grading(),
        }
        for mention in body["mentions"]:
            if self._is(0.25):
                mention["marking"] = self._stricter(body["marking"])
        if self.mentions and self._is(0.45):
            body["identities"] = [self._claim(refs) for _ in range(self.random.choice((1, 1, 2)))]
        if len(refs) > 1 and self._is(0.4):
            body["relations"] = [{"schema": "UnknownLink", "from": refs[0], "to": refs[1]}]
        self._mark_connections(body)
        self._decorate(body, name)
        return body

    def _mark_connections(self, body: Json) -> None:
        """What connects is marked no lower than what it connects; now and then by itself."""
        hidden = {m["ref"] for m in body["mentions"] if "marking" in m}
        for kind in ("activities", "identities", "relations"):
            for fact in body.get(kind, ()):
                if hidden & _refs_of(fact) or self._is(0.1):
                    fact["marking"] = STRICTEST

    def _decorate(self, body: Json, name: str) -> None:
        if self._is(0.35):
            body["origin"] = {"id": self._origin(name)}
            if self._is(0.3):
                body["origin"]["marking"] = self._stricter(body["marking"])
        if self._is(0.15):
            body["vetting"] = "raw"
        if self._is(0.08):
            body["disputed"] = True
        if self._is(0.25):
            body["tearlines"] = [self._tearline() for _ in range(self.random.choice((1, 1, 2)))]
        if self._is(0.3):
            day = self.now // MICROS_PER_DAY + self.random.choice((-9, -2, 0, 2))
            body["observed"] = {"to": format_day(day)}

    def _submit(self, source: str, id_: str, body: Json) -> None:
        if self._is(0.15):
            body["corrects"] = self._target(source)
        # Some report late: who is reported first founds an entity, whoever comes first.
        reported = self.now - self.random.choice((0, 0, 0, HOUR, 30 * HOUR))
        self._append(source, id_, SUBMITTED, body, reported)

    def _flood(self, number: int) -> None:
        """One publisher says much of one name at once."""
        source, word = self.sources[number], self.random.choice(("ada", "bo", "cy"))
        for part in range(self.random.choice((2, 3, 4))):
            body = self._body(f"{source}/s{number}.{part}")
            for place, mention in enumerate(body["mentions"]):
                mention["properties"] = {"name": [word, f"{part}{place}"]}
            self._submit(source, f"s{number}.{part}", body)

    def _retract(self, number: int) -> None:
        source = self.random.choice(self.names)[0] if self._is(0.6) else self.sources[number]
        body = {"retracts": self._target(source), "reason": "wrong"}
        self._append(source, f"s{number}", RETRACTED, body, self.now)

    def _target(self, source: str) -> str:
        """The id of a signal of this source: one that came, or one that may be yet to come."""
        came = [id_ for held, id_ in self.names if held == source]
        coming = [f"s{n}" for n, planned in enumerate(self.sources) if planned == source]
        return self.random.choice(came if came and self._is(0.7) else coming or ["s0"])

    def _append(self, source: str, id_: str, type_: str, body: Json, reported: int) -> None:
        document = {
            "specversion": "1.0",
            "type": type_,
            "source": source,
            "id": id_,
            "time": format_moment(reported),
            "datacontenttype": "application/json",
            "data": body,
        }
        arrival = arrival_of_body(instant_of(self.now, source, id_), document)
        self.names.append((source, id_))
        written = [*body.get("mentions", ()), *_tearline_mentions(body)]
        facts = [mention for part in arrival.facts for mention in part.mentions]
        self.mentions += [
            _Mentioned(fact.name, fact.marking, mention)
            for fact, mention in zip(facts, written, strict=True)
        ]
        self.arrivals.append(arrival)

    # --- the facts of a signal

    def _mention(self, ref: str) -> Json:
        mention = self._twin() if self.mentions and self._is(0.3) else self._stranger()
        if mention["schema"] == "Person" and self._is(0.5):
            mention["role"] = self.random.choice(("subject", "subject", "associate", "witness"))
        return {"ref": ref, **mention}

    def _twin(self) -> Json:
        """Somebody who was mentioned before, in the same words."""
        twin = self.random.choice(self.mentions).written
        return {"schema": twin["schema"], "properties": twin["properties"]}

    def _stranger(self) -> Json:
        schema = self.random.choice(("Person", "Person", "Person", "Organization", "LegalEntity"))
        words = self.random.sample(("ada", "bo", "cy"), k=self.random.choice((1, 1, 2)))
        properties: dict[str, list[str]] = {"name": words}
        if self._is(0.4):
            properties["idNumber"] = [self.random.choice(("1", "2"))]
        if schema == "Person" and self._is(0.3):
            properties["birthDate"] = [self.random.choice(("1970", "1971"))]
        return {"schema": schema, "properties": properties}

    def _activity(self, refs: list[str]) -> Json:
        random = self.random
        activity: Json = {"code": random.choice((MEETING, MEETING, ENTRY, TRAINING))}
        if self._is(0.8):
            activity["subjects"] = random.sample(refs, k=random.randint(1, len(refs)))
        if self._is(0.4):
            activity["objects"] = [random.choice(refs)]
        if self._is(0.5):
            activity["circumstances"] = ["stated-concern"]
        if self._is(0.6):
            activity["topics"] = random.choice((["aviation"], ["aviation", "maritime"]))
            activity["countries"] = random.choice((["us"], ["us"], ["de", "us"], ["de"]))
        return activity

    def _claim(self, refs: list[str]) -> Json:
        claim: Json = {
            "a": self.random.choice(refs),
            "b": self._claimed(),
            "verdict": self.random.choice(("same", "same", "same", "different", "different")),
        }
        if self._is(0.7):
            claim["grading"] = self._grading()
        return claim

    def _claimed(self) -> str:
        """Any mention, one that is yet to come, or one that something is claimed of already."""
        if self.claimed and self._is(0.4):
            return self.random.choice(self.claimed)
        name = self.random.choice(self.mentions).name
        if self._is(0.2):
            number = self.random.randrange(self.size)
            name = f"{self.sources[number]}/s{number}#m0"
        self.claimed.append(name)
        return name

    def _origin(self, name: str) -> str:
        """An origin of its own, a signal that came or is yet to come, or one that relays this."""
        if name in self.relays and self._is(0.7):
            return self.relays[name]
        if self.names and self._is(0.4):
            return "/".join(self.random.choice(self.names))
        number = self.random.randrange(self.size)
        coming = f"{self.sources[number]}/s{number}"
        self.relays[coming] = name
        return self.random.choice(("o1", "o2", coming, coming))

    def _tearline(self) -> Json:
        level = self.random.choice(("OPEN", "OPEN", "SECRET"))
        marking = {"level": level, "releasable_to": self.random.choice((["*"], ["f"], ["b"]))}
        return {
            "text": "released",
            "releaser": "/a/desk",
            "marking": marking,
            "mentions": [self._mention("t0")],
            "activities": [self._activity(["t0"])],
        }

    def _grading(self) -> Json:
        source, information = self.random.choice(GRADES)
        return {"source": source, "information": information}

    def _marking(self) -> Json:
        random = self.random
        marking: Json = {"level": random.choice(("OPEN", "OPEN", "SECRET"))}
        marking["releasable_to"] = random.choice((["*"], ["*"], ["*", "f"], ["b"], []))
        if self._is(0.15):
            marking["compartments"] = ["K"]
        if self._is(0.15):
            marking["need"] = "group:g"
        if self._is(0.1):
            marking["purposes"] = ["prevention"]
        if self._is(0.1):
            marking |= {"originator_control": True, "consent": ["b"]}
        if self._is(0.1):
            marking["nations"] = ["xx"]
        return marking

    def _stricter(self, marking: Json) -> Json:
        return marking | self.random.choice(({"level": "SECRET"}, {"compartments": ["K"]}))

    # --- decisions

    def _judge(self, number: int) -> None:
        """One judgement, or a quarrel: three on three mentions, that may not all be held."""
        one, other = self._pair()
        pairs = [(one, other)]
        if self._is(0.35):
            third = self._sibling(one) if self._is(0.4) else self.random.choice(self.mentions)
            pairs += [(other, third), (one, third)]
        for place, (a, b) in enumerate(pairs):
            if a.name != b.name:
                self._say(f"j{number}.{place}", a, b)

    def _say(self, id_: str, one: _Mentioned, other: _Mentioned) -> None:
        self.judged.append((one, other))
        self.decisions += 1
        judgement = Judgement(
            id=id_,
            author=self.random.choice(("ann", "ben")),
            a=min(one.name, other.name),
            b=max(one.name, other.name),
            verdict=self.random.choice(VERDICTS),
            reason="",
            order=self.decisions,
            marking=self._decided(join(one.marking, other.marking)),
        )
        at = instant_of(self.now, "/fusion/judgements", id_)
        self.arrivals.append(Arrival(at=at, judgement=judgement))

    def _pair(self) -> tuple[_Mentioned, _Mentioned]:
        """Two mentions: any, two judged before, or two that say the same as those."""
        if self.judged and self._is(0.4):
            one, other = self.random.choice(self.judged)
            return (self._sibling(one), self._sibling(other)) if self._is(0.5) else (one, other)
        one = self.random.choice(self.mentions)
        return one, self._sibling(one) if self._is(0.4) else self.random.choice(self.mentions)

    def _sibling(self, mention: _Mentioned) -> _Mentioned:
        """Another mention in the same words, if there is one."""
        said = mention.written["properties"]
        alike = [m for m in self.mentions if m.written["properties"] == said]
        return self.random.choice([m for m in alike if m.name != mention.name] or alike)

    def _decided(self, least: NormalForm) -> NormalForm:
        """The marking of a decision: no lower than what it names, now and then stricter."""
        return join_all([least, NormalForm(1, frozenset({"K"}))]) if self._is(0.2) else least

    def _remark(self, number: int) -> None:
        """An office takes note of an alert that some mention founds, or says what it holds."""
        named = self.random.choice(self.mentions)
        alert = alert_name(self.random.choice(PATTERNS).slug, named.name)
        said = {
            "id": f"r{number}",
            "author": "ann",
            "agency": "a",
            "office": "/a/x",
            "alert": alert,
            "names": (alert,),
            "marking": store_marking(self._decided(named.marking)),
        }
        at = instant_of(self.now, "/fusion/feedback", f"r{number}")
        if self._is(0.5):
            kind, remark = "alert.acknowledged", AlertAcknowledged(**said, version=9)
        else:
            kind = "feedback.given"
            remark = FeedbackGiven(**said, verdict="dismissed", reason="")
        row = RemarkRow(kind, (alert,), at, msgspec.json.encode(remark))
        self.arrivals.append(Arrival(at=at, remark=row))


def _refs_of(fact: Json) -> set[str]:
    """The refs that an activity, a claim or a relation names."""
    named = [fact.get(end) for end in ("a", "b", "from", "to", "place")]
    return {ref for ref in named if ref} | {*fact.get("subjects", ()), *fact.get("objects", ())}


def _tearline_mentions(body: Json) -> list[Json]:
    return [mention for line in body.get("tearlines", ()) for mention in line["mentions"]]
