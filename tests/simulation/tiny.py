"""What worlds are judged by: a comparison that can be worked out by hand, and small patterns.

Bounds and limits are so low that a dozen signals reach every one of them. A world draws one of
several models, so that no law hangs on one set of figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fusion.domain.compiling import Community
from fusion.domain.fact import Profile
from fusion.domain.pattern import (
    ActivityTest,
    Base,
    HypothesisTest,
    Indicator,
    MentionTest,
    Pattern,
    Role,
    Scope,
)
from fusion.fusing.rules import Rules
from fusion.vocabulary.loaded import load_vocabulary

# Four agencies of one side and a partner. Some offices lie deeper than two segments, and one agency
# sorts behind `/fusion`, under which decisions stand.
COMMUNITY = Community(
    levels=("OPEN", "SECRET"),
    domestic=frozenset({"a", "b", "c", "z"}),
    partners=frozenset({"f"}),
    offices=("/a/x/deep", "/b/x/far/off"),
    ceilings={"c": "C3"},
    handle_key=b"worlds",
    is_open=False,
)
SOURCES = ("/a/x", "/a/x/deep/in", "/b/x", "/b/x/far/off", "/c/x", "/f/x", "/z/x")
MEETING, ENTRY, TRAINING = "meeting-attendance", "entry-into-country", "acquisition-of-expertise"


@dataclass(frozen=True)
class TinyModel:
    """Bounds in millibits, limits in contents and nodes."""

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


MODELS = (
    TinyModel(),
    # Nothing is cut, so that evidence alone decides.
    TinyModel(key_cap=50, component_quota=50, component_limit=50),
    # Keys are generic at once, and much is cut.
    TinyModel(key_cap=1, component_quota=1, component_limit=2, bar_step=5_000, bar_top=21_000),
    TinyModel(key_cap=3, key_quota=2, component_quota=3, component_limit=4, claim_bits=15_000),
)


@dataclass(frozen=True)
class TinyLinker:
    """9 bits a shared word, 15 a number, -30 for two dates of birth."""

    model: TinyModel = field(default_factory=TinyModel)

    @property
    def version(self) -> str:
        return "tiny"

    def explain(self, _one: Profile, _other: Profile) -> tuple[()]:
        return ()

    def keys(self, profile: Profile) -> tuple[str, ...]:
        names = [f"n:{word}" for word in profile.values("name")]
        return tuple(sorted(names + [f"i:{number}" for number in profile.values("idNumber")]))

    def identifiers(self, profile: Profile) -> frozenset[str]:
        return frozenset(profile.values("idNumber"))

    def bits(self, one: Profile, other: Profile) -> int:
        return min(_bits(one, other), self.self_bits(one), self.self_bits(other))

    def near(self, one: Profile, others: Sequence[Profile], bound: int) -> list[int]:
        return [at for at, other in enumerate(others) if self.bits(one, other) >= bound]

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


def _reads(code: str, bits: int, **more: frozenset[str]) -> Indicator:
    test = ActivityTest(codes=frozenset({code}), **more)
    return Indicator(id=f"{code}-{len(more)}", title=code, millibits=bits, activity=test)


def _uses(slug: str, bits: int, *by: str) -> Indicator:
    test = HypothesisTest(slug, frozenset(by))
    return Indicator(id=f"uses-{slug}", title=slug, millibits=bits, hypothesis=test)


def _names(schema: str, bits: int, roles: tuple[str, ...] = ()) -> Indicator:
    test = MentionTest(schemata=frozenset({schema}), roles=frozenset(roles))
    return Indicator(id=f"named-{schema}", title=f"a {schema}", millibits=bits, mention=test)


def _pattern(slug: str, scope: Scope, threshold: int, *roles: Role) -> Pattern:
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


_STATED = frozenset({"stated-concern"})
PATTERNS = (
    _pattern(
        "met-and-entered",
        Scope.ENTITY,
        7_000,
        Role("met", 6_000, 4, (_reads(MEETING, 7_000),), is_needed=True),
        Role("entered", 6_000, 4, (_reads(ENTRY, 5_000), _reads(TRAINING, 4_000))),
    ),
    _pattern(
        "named-and-met",
        Scope.ENTITY,
        5_500,
        Role("named", 5_000, 3, (_names("Person", 3_000, ("subject",)),)),
        Role(
            "met", 6_000, 4, (_reads(MEETING, 4_000), _reads(MEETING, 2_000, circumstances=_STATED))
        ),
    ),
    _pattern(
        "at-one-place",
        Scope.ORGANISATION,
        5_000,
        Role("met", 6_000, 4, (_reads(MEETING, 4_000),)),
        Role("known", 2_000, 2, (_names("Organization", 1_500),)),
    ),
    _pattern(
        "on-a-topic",
        Scope.TOPIC_COUNTRY,
        4_000,
        Role("met", 6_000, 4, (_reads(MEETING, 5_000, circumstances=_STATED),)),
    ),
    _pattern(
        "more-than-ordinary",
        Scope.TOPIC_COUNTRY,
        3_000,
        Role("met", 5_000, 4, (_reads(MEETING, 4_000),), base=Base(3_000, "1", "worlds")),
    ),
    # What stands against entities, in the same one, on a topic in a country, in a country; and what
    # uses these in turn.
    _pattern(
        "above-twice",
        Scope.ENTITY,
        5_000,
        Role("apart", 6_000, 4, (_uses("met-and-entered", 3_000), _uses("named-and-met", 3_000))),
        Role("place", 3_000, 4, (_uses("at-one-place", 2_500), _reads(ENTRY, 2_000))),
    ),
    _pattern(
        "several-on-a-topic",
        Scope.TOPIC_COUNTRY,
        5_000,
        Role("named", 8_000, 4, (_uses("named-and-met", 3_000, "met"),)),
        Role("on-topic", 3_000, 4, (_uses("on-a-topic", 2_500), _reads(TRAINING, 2_500))),
    ),
    _pattern(
        "in-a-country",
        Scope.COUNTRY,
        4_500,
        Role("persons", 6_000, 4, (_uses("met-and-entered", 3_000), _uses("above-twice", 2_000))),
        Role("threads", 4_000, 4, (_uses("several-on-a-topic", 3_000), _uses("on-a-topic", 2_000))),
        Role("trained", 3_000, 4, (_reads(TRAINING, 3_000),), base=Base(500, "1", "worlds")),
    ),
    _pattern(
        "in-a-country-again",
        Scope.COUNTRY,
        4_000,
        Role("again", 4_000, 4, (_uses("in-a-country", 4_000),)),
        Role("entered", 2_000, 4, (_reads(ENTRY, 2_000),)),
    ),
)
VOCABULARY = load_vocabulary()
RULES = tuple(Rules(TinyLinker(model), PATTERNS, VOCABULARY) for model in MODELS)
