"""Random worlds: small, dense and nasty, each from one seed.

A world is a list of events with recorded times, made of few names, few markings and few sources, so
that within a dozen signals everything meets everything: conflicts, claims and denials, judgements
that contradict each other, generic keys crossed by hidden mentions, retractions and corrections
before and after their object, tear-lines, several owners, relayed origins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from fusion.domain.clock import MICROS_PER_DAY, format_moment, midnight
from fusion.domain.compiling import Community
from fusion.domain.fact import Profile, SignalFacts
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import Knowledge, NormalForm, join, join_all
from fusion.domain.pattern import ActivityTest, Indicator, MentionTest, Pattern, Role, Scope
from fusion.fusing.arriving import facts_in
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.reference import Happening
from fusion.fusing.step import Arrival

FIRST_DAY = 11_000
COMMUNITY = Community(
    levels=("OPEN", "SECRET"),
    domestic=frozenset({"a", "b", "c"}),
    partners=frozenset({"f"}),
    offices=(),
    ceilings={},
    handle_key=b"worlds",
    is_open=False,
)
SOURCES = ("/a/x", "/a/y", "/b/x", "/c/x", "/f/x")
GRADES = (("A", 1), ("B", 2), ("C", 3), ("F", 6), ("E", 5))
CODES = ("meeting-attendance", "entry-into-country")


@dataclass(frozen=True)
class TinyModel:
    """Bounds and limits so low that a dozen signals reach every one of them."""

    same: int = 14_000
    possible: int = 8_000
    conflict: int = -8_000
    key_cap: int = 2
    key_quota: int = 1
    component_quota: int = 2
    component_limit: int = 3
    bar_step: int = 4_000
    bar_top: int = 20_000
    claim_bits: int = 20_000


@dataclass(frozen=True)
class TinyLinker:
    """A comparison that can be worked out by hand: 9 bits a shared word, 15 a number, -30 a date."""

    model: TinyModel = field(default_factory=TinyModel)

    @property
    def version(self) -> str:
        return "tiny"

    def explain(self, one: Profile, other: Profile) -> tuple[()]:
        return ()

    def keys(self, profile: Profile) -> tuple[str, ...]:
        names = [f"n:{word}" for word in profile.values("name")]
        return tuple(sorted(names + [f"i:{number}" for number in profile.values("idNumber")]))

    def bits(self, one: Profile, other: Profile) -> int:
        return min(_bits(one, other), self.self_bits(one), self.self_bits(other))

    def self_bits(self, profile: Profile) -> int:
        return _bits(profile, profile)


@lru_cache(maxsize=100_000)
def _bits(one: Profile, other: Profile) -> int:
    shared = set(one.values("name")) & set(other.values("name"))
    numbers = set(one.values("idNumber")) & set(other.values("idNumber"))
    bits = 9_000 * len(shared) + 15_000 * len(numbers)
    dates, theirs = set(one.values("birthDate")), set(other.values("birthDate"))
    if dates and theirs:
        bits += 3_000 if dates & theirs else -30_000
    return bits


def _role(name: str, code: str, bits: int, **more: object) -> Role:
    indicator = Indicator(
        id=f"{name}-{code}",
        title=name,
        millibits=bits,
        activity=ActivityTest(codes=frozenset({code}), **more),  # type: ignore[arg-type]
    )
    return Role(name=name, cap=6_000, half_life_days=4, indicators=(indicator,), is_needed=True)


def _pattern(slug: str, scope: Scope, roles: tuple[Role, ...], threshold: int) -> Pattern:
    return Pattern(
        slug=slug,
        version=1,
        title=slug,
        domain="security",
        region=None,
        severity="high",
        scope=scope,
        threshold=threshold,
        roles=roles,
        rationale="",
        runbook="",
        acknowledge_hours=24,
    )


_BARE = Indicator(
    id="bare",
    title="named as a subject",
    millibits=3_000,
    mention=MentionTest(schemata=frozenset({"Person"}), roles=frozenset({"subject"})),
)
PATTERNS = (
    _pattern(
        "met-and-entered",
        Scope.ENTITY,
        (_role("met", CODES[0], 7_000), _role("entered", CODES[1], 5_000)),
        7_000,
    ),
    _pattern(
        "named-and-met",
        Scope.ENTITY,
        (Role("named", 5_000, 3, (_BARE,)), _role("met", CODES[0], 4_000)),
        5_500,
    ),
    _pattern("at-one-place", Scope.ORGANISATION, (_role("met", CODES[0], 4_000),), 5_000),
    _pattern(
        "on-a-topic",
        Scope.TOPIC_COUNTRY,
        (_role("met", CODES[0], 5_000, circumstances=frozenset({"stated-concern"})),),
        4_000,
    ),
)


@dataclass
class World:
    """Events in the order of the log, as an engine takes them and as the reference takes them."""

    arrivals: list[Arrival]

    def happenings(self) -> list[Happening]:
        return [_happening(arrival) for arrival in self.arrivals]

    def signals(self) -> list[SignalFacts]:
        return [facts for happening in self.happenings() for facts in happening.signals]

    def judgements(self) -> list[Judgement]:
        return [a.judgement for a in self.arrivals if a.judgement]

    def markings(self) -> set[NormalForm]:
        return {m for s in self.signals() for m in [s.marking, *(f.marking for f in s.mentions)]}

    def only(self, knowledge: Knowledge) -> World:
        """The log as it would be if it held only what a reader may know.

        A signal of which only a tear-line may be known cannot be cut out of its body; such worlds
        are compared through the reference, which takes facts.
        """
        return World([a for a in self.arrivals if _is_known(a, knowledge)])


def _happening(arrival: Arrival) -> Happening:
    source, _, id_ = arrival.at[1].partition("\0")
    return Happening(
        recorded=arrival.at[0],
        source=source,
        id=id_,
        signals=arrival.facts,
        judgement=arrival.judgement,
        tick=arrival.at[0] // MICROS_PER_DAY if not arrival.at[1] else None,
    )


def _is_known(arrival: Arrival, knowledge: Knowledge) -> bool:
    if arrival.judgement:
        return knowledge.admits(arrival.judgement.marking)
    return not arrival.facts or any(knowledge.admits(f.marking) for f in arrival.facts)


def make_world(seed: int, size: int) -> World:
    """A world of `size` signals and decisions."""
    return _Maker(Random(seed), size).world()


def make_readers(seed: int) -> list[Knowledge]:
    """Readers from one that may know everything to one that may know little."""
    random = Random(seed)
    everything = Knowledge(
        1,
        frozenset({"K"}),
        frozenset(
            {"domestic", "domestic/a", "domestic/b", "domestic/c", "partner/f", "nation/xx"}
            | {"need/group:g", "purpose/prevention"}
        ),
    )
    return [everything, *(_reader(random) for _ in range(3))]


def _reader(random: Random) -> Knowledge:
    agency = random.choice("abcf")
    tokens = {"partner/f", "nation/xx"} if agency == "f" else {"domestic", f"domestic/{agency}"}
    tokens |= {t for t in ("need/group:g", "purpose/prevention") if random.random() < 0.5}
    compartments = frozenset({"K"}) if random.random() < 0.5 else frozenset()
    return Knowledge(random.choice((0, 1)), compartments, frozenset(tokens))


class _Maker:
    """One world while it is made. Every choice comes from one generator."""

    def __init__(self, random: Random, size: int) -> None:
        self.random, self.size = random, size
        self.mentions: list[tuple[str, NormalForm]] = []
        self.names: list[tuple[str, str]] = []
        self.arrivals: list[Arrival] = []
        self.now = midnight(FIRST_DAY)
        self.order = 0

    def world(self) -> World:
        self.arrivals.append(Arrival(at=tick_instant(self.now)))
        for number in range(self.size):
            self._pass_time()
            if self.mentions and self.random.random() < 0.2:
                self._judge(number)
            elif self.names and self.random.random() < 0.1:
                self._retract(number)
            else:
                self._submit(number)
        for _ in range(self.random.choice((0, 3))):
            self._tick_until(self.now + self.random.choice((1, 5, 30)) * MICROS_PER_DAY)
        return World(self.arrivals)

    def _pass_time(self) -> None:
        """Often no time at all: events of one moment are the hard case."""
        step = self.random.choice((0, 0, 1, 3_600_000_000, MICROS_PER_DAY, 3 * MICROS_PER_DAY))
        self._tick_until(self.now + step)

    def _tick_until(self, moment: int) -> None:
        day = self.now // MICROS_PER_DAY
        for later in range(day + 1, moment // MICROS_PER_DAY + 1):
            self.arrivals.append(Arrival(at=tick_instant(midnight(later))))
        self.now = moment

    def _submit(self, number: int) -> None:
        source, id_ = self.random.choice(SOURCES), self._id(number)
        marking = self._marking(source)
        refs = [f"m{n}" for n in range(self.random.choice((1, 1, 2, 3)))]
        body: dict[str, object] = {
            "marking": marking,
            "summary": "",
            "mentions": [self._mention(ref) for ref in refs],
            "activities": [self._activity(refs) for _ in range(self.random.choice((0, 1, 1, 2)))],
            "grading": self._grading(),
        }
        self._decorate(body, source, refs, number)
        self._append(source, id_, "fusion.signal.submitted.v1", body)

    def _decorate(
        self, body: dict[str, object], source: str, refs: list[str], number: int
    ) -> None:
        random = self.random
        if self.mentions and random.random() < 0.35:
            body["identities"] = [self._claim(refs) for _ in range(random.choice((1, 1, 2)))]
        if random.random() < 0.3:
            body["origin"] = {"id": self._origin()}
            if random.random() < 0.3:
                body["origin"]["marking"] = self._stricter(body["marking"])  # type: ignore[index]
        if random.random() < 0.15:
            body["vetting"] = "raw"
        if random.random() < 0.08:
            body["disputed"] = True
        if random.random() < 0.15:
            own = [id_ for held, id_ in self.names if held == source]
            body["corrects"] = random.choice(own) if own else f"s{number + 1}"
        if random.random() < 0.25:
            body["tearlines"] = [self._tearline() for _ in range(random.choice((1, 1, 2)))]
        if random.random() < 0.3:
            day = self.now // MICROS_PER_DAY + random.choice((-9, -2, 0, 2))
            body["observed"] = {"to": format_moment(midnight(day))[:10]}
        for mention in body["mentions"]:  # type: ignore[attr-defined]
            if random.random() < 0.2:
                mention["marking"] = self._stricter(body["marking"])
        # What connects is marked no lower than what it connects: here, as strictly as can be.
        for fact in [*body["activities"], *body.get("identities", ())]:  # type: ignore[misc]
            fact["marking"] = self._strictest(body)

    def _strictest(self, body: dict[str, object]) -> dict[str, object]:
        marked = [m["marking"] for m in body["mentions"] if "marking" in m]  # type: ignore[attr-defined]
        if not marked:
            return dict(body["marking"])  # type: ignore[call-overload]
        return {"level": "SECRET", "compartments": ["K"], "need": "group:g", "discovery": "none"} | (
            {"purposes": ["prevention"], "releasable_to": []}
        )

    def _stricter(self, marking: object) -> dict[str, object]:
        stricter = dict(marking)  # type: ignore[call-overload]
        stricter.update(self.random.choice(({"level": "SECRET"}, {"compartments": ["K"]})))
        return stricter

    def _marking(self, source: str) -> dict[str, object]:
        random = self.random
        marking: dict[str, object] = {"level": random.choice(("OPEN", "OPEN", "SECRET"))}
        marking["releasable_to"] = random.choice((["*"], ["*"], ["*", "f"], ["b"], []))
        if random.random() < 0.15:
            marking["compartments"] = ["K"]
        if random.random() < 0.15:
            marking["need"] = "group:g"
        if random.random() < 0.1:
            marking["purposes"] = ["prevention"]
        if random.random() < 0.1:
            marking |= {"originator_control": True, "consent": ["b"]}
        if random.random() < 0.1:
            marking["nations"] = ["xx"]
        return marking

    def _mention(self, ref: str) -> dict[str, object]:
        random = self.random
        schema = random.choice(("Person", "Person", "Person", "Organization"))
        words = random.sample(("ada", "bo", "cy"), k=random.choice((1, 1, 2)))
        properties: dict[str, list[str]] = {"name": words}
        if random.random() < 0.4:
            properties["idNumber"] = [random.choice(("1", "2"))]
        if schema == "Person" and random.random() < 0.3:
            properties["birthDate"] = [random.choice(("1970", "1971"))]
        mention: dict[str, object] = {"ref": ref, "schema": schema, "properties": properties}
        if schema == "Person" and random.random() < 0.5:
            mention["role"] = random.choice(("subject", "subject", "associate", "witness"))
        return mention

    def _activity(self, refs: list[str]) -> dict[str, object]:
        random = self.random
        activity: dict[str, object] = {"code": random.choice(CODES)}
        if random.random() < 0.8:
            activity["subjects"] = random.sample(refs, k=random.randint(1, len(refs)))
        if random.random() < 0.4:
            activity["objects"] = [random.choice(refs)]
        if random.random() < 0.5:
            activity["circumstances"] = ["stated-concern"]
        if random.random() < 0.5:
            activity |= {"topics": ["aviation"], "countries": ["us"]}
        return activity

    def _claim(self, refs: list[str]) -> dict[str, object]:
        random = self.random
        other, _ = random.choice(self.mentions)
        if random.random() < 0.15:
            other = f"/a/x/s{random.randrange(self.size)}#m0"
        claim: dict[str, object] = {
            "a": random.choice(refs),
            "b": other,
            "verdict": random.choice(("same", "same", "different")),
        }
        if random.random() < 0.7:
            claim["grading"] = self._grading()
        return claim

    def _origin(self) -> str:
        if self.names and self.random.random() < 0.6:
            return "/".join(self.random.choice(self.names))
        return self.random.choice(("o1", "o2", f"/b/x/s{self.random.randrange(self.size)}"))

    def _tearline(self) -> dict[str, object]:
        marking = {"level": "OPEN", "releasable_to": self.random.choice((["*"], ["f"], ["b"]))}
        return {
            "text": "released",
            "releaser": "/a/desk",
            "marking": marking,
            "mentions": [self._mention("t0")],
            "activities": [self._activity(["t0"])],
        }

    def _grading(self) -> dict[str, object]:
        source, information = self.random.choice(GRADES)
        return {"source": source, "information": information}

    def _retract(self, number: int) -> None:
        source, target = self.random.choice(self.names)
        if self.random.random() < 0.3:
            target = f"s{self.random.randrange(self.size)}"
        body = {"retracts": target, "reason": "wrong"}
        self._append(source, self._id(number), "fusion.signal.retracted.v1", body)

    def _judge(self, number: int) -> None:
        random = self.random
        (a, one), (b, other) = random.choice(self.mentions), random.choice(self.mentions)
        if a == b:
            return
        self.order += 1
        marking = join(one, other)
        if random.random() < 0.2:
            marking = join_all([marking, NormalForm(1, frozenset({"K"}))])
        judgement = Judgement(
            id=f"j{number}",
            author=random.choice(("ann", "ben")),
            a=min(a, b),
            b=max(a, b),
            verdict=random.choice(tuple(Verdict)),
            reason="",
            order=self.order,
            marking=marking,
        )
        at = instant_of(self.now, "/fusion/judgement", f"j{number}")
        self.arrivals.append(Arrival(at=at, judgement=judgement))

    def _id(self, number: int) -> str:
        return f"s{number}"

    def _append(self, source: str, id_: str, type_: str, data: dict[str, object]) -> None:
        document = {
            "specversion": "1.0",
            "type": type_,
            "source": source,
            "id": id_,
            "time": format_moment(self.now),
            "datacontenttype": "application/json",
            "data": data,
        }
        body = json.dumps(document).encode()
        facts = facts_in(body, COMMUNITY)
        self.names.append((source, id_))
        self.mentions += [(m.name, m.marking) for f in facts for m in f.mentions]
        self.arrivals.append(
            Arrival(
                at=instant_of(self.now, source, id_),
                source=source,
                id=id_,
                type=type_,
                body=body,
                epoch=1,
                facts=facts,
                retracts=next((f.retracts for f in facts if f.retracts), None),
            )
        )
