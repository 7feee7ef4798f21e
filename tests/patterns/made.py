"""Small patterns and signals for the tests of this room, made in one line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fusion.domain.clock import midnight
from fusion.domain.fact import ActivityFact, Grade, MentionFact, SignalFacts, profile_of
from fusion.domain.marking import NormalForm
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
from fusion.patterns.weigh import Cell, Reading, Use

OPEN = NormalForm(0)


def activity_indicator(id_: str, millibits: int = 3_000, **test: Any) -> Indicator:
    sets = {name: frozenset(words) for name, words in test.items()}
    return Indicator(id_, id_.title(), millibits, activity=ActivityTest(**sets))


def mention_indicator(id_: str, millibits: int = 1_000, **test: Any) -> Indicator:
    test["schemata"] = frozenset(test["schemata"])
    test["roles"] = frozenset(test.get("roles", ()))
    return Indicator(id_, id_.title(), millibits, mention=MentionTest(**test))


def role(name: str, *indicators: Indicator, **more: Any) -> Role:
    return Role(
        name=name,
        cap=more.get("cap", 6_000),
        half_life_days=more.get("half_life_days", 100),
        indicators=indicators,
        is_needed=more.get("is_needed", False),
        base=Base(more["base"], "made-1", "a test") if "base" in more else None,
    )


def hypothesis_indicator(id_: str, slug: str, *by: str, millibits: int = 3_000) -> Indicator:
    return Indicator(id_, id_.title(), millibits, hypothesis=HypothesisTest(slug, frozenset(by)))


def pattern(*roles: Role, scope: Scope = Scope.ENTITY, **more: Any) -> Pattern:
    return Pattern(
        slug=more.get("slug", "made"),
        version=1,
        title="Made",
        domain="security",
        region=None,
        severity="high",
        scope=scope,
        threshold=more.get("threshold", 8_000),
        roles=roles,
        rationale="For a test.",
        runbook="1. Read.",
        acknowledge_hours=24,
        examples=more.get("examples", ()),
    )


def mention(
    name: str, schema: str = "Person", role: str | None = None, **props: Any
) -> MentionFact:
    return MentionFact(
        name=name,
        profile=profile_of(schema, {key: tuple(values) for key, values in props.items()}),
        role=role,
        marking=OPEN,
        agency="a",
        office="/a/x",
        reported=0,
        grade=Grade("A", 1),
    )


def activity(name: str, code: str, **more: Any) -> ActivityFact:
    return ActivityFact(
        name=name,
        code=code,
        circumstances=frozenset(more.get("circumstances", ())),
        subjects=tuple(more.get("subjects", ())),
        objects=tuple(more.get("objects", ())),
        place=None,
        topics=tuple(more.get("topics", ())),
        countries=tuple(more.get("countries", ())),
        marking=OPEN,
    )


def signal(*facts: ActivityFact | MentionFact, name: str = "/a/x/1", **more: Any) -> SignalFacts:
    return SignalFacts(
        name=name,
        agency=name.split("/")[1],
        office="/".join(name.split("/")[:3]),
        reported=midnight(more.get("day", 0)),
        ends=midnight(more.get("day", 0)),
        marking=OPEN,
        grade=more.get("grade", Grade("A", 1)),
        is_raw=more.get("is_raw", False),
        is_disputed=more.get("is_disputed", False),
        origin=None,
        origin_marking=None,
        mentions=tuple(f for f in facts if isinstance(f, MentionFact)),
        relations=(),
        activities=tuple(f for f in facts if isinstance(f, ActivityFact)),
        claims=(),
    )


def cell(pattern: Pattern, pieces: Iterable[Reading], *uses: Use, **more: Any) -> Cell:
    """A cell at key `k`, of an entity of one mention unless stated."""
    members = more.get("members", ("m",))
    return Cell(pattern, more.get("key", "k"), members, tuple(pieces), tuple(uses))


def piece(fact: str, **more: Any) -> Reading:
    """A reading by indicator `i` of role `r`, 1,000 millibits on day 0 unless stated."""
    name = fact.rsplit("#", 1)[0]
    return Reading(
        role=more.get("role", "r"),
        indicator=more.get("indicator", "i"),
        fact=fact,
        signal=name,
        agency=name.split("/")[1],
        office="/".join(name.split("/")[:3]),
        ends=midnight(more.get("day", 0)),
        weight=more.get("weight", 2_000 * more.get("millibits", 1_000)),
        anchors=("k",),
        topics=more.get("topics", ()),
        countries=more.get("countries", ()),
    )
