"""The reference model's weighing: cells, what is read and used there, and what it comes to.

The third part of the definition (`reference`, `reference_links`), as naive and as pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from fusion.domain.clock import day_of
from fusion.domain.fact import ActivityFact, MentionFact, SignalFacts
from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.domain.pattern import (
    WEIGHED_ROLES,
    ActivityTest,
    Indicator,
    MentionTest,
    Pattern,
    Role,
    Scope,
)
from fusion.domain.vocabulary import Vocabulary
from fusion.fusing.reference_links import Entity
from fusion.fusing.rules import Rules
from fusion.patterns.decay import strength, to_millibits, weight_of

PERSONS = frozenset({"Person", "LegalEntity"})
ORGANISATIONS = frozenset({"Organization", "Company", "LegalEntity", "PublicBody"})


@dataclass(frozen=True)
class Piece:
    """One fact read by one indicator, before time and origin are counted."""

    role: Role
    indicator: str
    fact: str
    signal: SignalFacts
    weight: int  # in 1/2000 millibit, before it ages


Keyed = tuple[str, tuple[str, ...], list[Piece]]


@dataclass(frozen=True)
class Used:
    """A hypothesis of another pattern that an indicator reads, since it is above."""

    role: Role
    indicator: Indicator
    hypothesis: Hypothesis


def cells(
    pattern: Pattern,
    weighed: Sequence[SignalFacts],
    entities: Sequence[Entity],
    vocabulary: Vocabulary,
) -> Iterator[Keyed]:
    """Each key of a pattern's scope, with the entity's members and what is read there [17, 18]."""
    if pattern.scope in (Scope.TOPIC_COUNTRY, Scope.COUNTRY):
        found: defaultdict[str, list[Piece]] = defaultdict(list)
        for signal in weighed:
            for activity in signal.activities:
                if not activity.subjects or _weighed_subjects(signal, activity):
                    for test, piece in _read(pattern, signal, activity, vocabulary):
                        topics = [t for t in activity.topics if not test.topics or t in test.topics]
                        asked = test.countries or set(activity.countries)
                        countries = [c for c in activity.countries if c in asked]
                        for key in free_keys(pattern, topics, countries):
                            found[key].append(piece)
        yield from ((key, (), pieces) for key, pieces in found.items())
        return
    for entity in entities:
        names = {m.name for m in entity}
        pieces: list[Piece] = []
        for signal in weighed:
            for activity in signal.activities:
                if names & _anchors(pattern, signal, activity):
                    pieces += [p for _, p in _read(pattern, signal, activity, vocabulary)]
            for mention in signal.mentions:
                if mention.name in names:
                    pieces += _read_mention(pattern, signal, mention, vocabulary)
        yield entity[0].name, tuple(m.name for m in entity), pieces


def free_keys(pattern: Pattern, topics: Iterable[str], countries: Iterable[str]) -> set[str]:
    """The cells that are no entity's: a topic in a country, or a country."""
    if pattern.scope is Scope.COUNTRY:
        return set(countries)
    return {f"{topic}|{country}" for topic, country in product(topics, countries)}


def with_keys(own: Iterable[Keyed], used: Iterable[str]) -> list[Keyed]:
    """The cells with evidence of their own, and those in which only others' hypotheses lie."""
    found = list(own)
    return found + [(key, (), []) for key in used if key not in {key for key, _, _ in found}]


def uses(
    pattern: Pattern, found: Iterable[Hypothesis], signals: Sequence[SignalFacts], rules: Rules
) -> defaultdict[str, list[Used]]:
    """The hypotheses that a pattern uses while they are above, by the key where they lie [21]."""
    lying: defaultdict[str, list[Used]] = defaultdict(list)
    for role in pattern.roles:
        for indicator in role.indicators:
            for hypothesis in found:
                test = indicator.hypothesis
                is_above = hypothesis.status is Status.ABOVE
                if test and test.pattern == hypothesis.pattern and is_above:
                    for key in _where(pattern, hypothesis, test.by, signals, rules):
                        lying[key].append(Used(role, indicator, hypothesis))
    return lying


def _where(
    pattern: Pattern,
    hypothesis: Hypothesis,
    by: frozenset[str],
    signals: Sequence[SignalFacts],
    rules: Rules,
) -> set[str]:
    """By its own key, or, of an entity used where no entity is, by its evidence in these roles."""
    other = rules.pattern(hypothesis.pattern).scope
    if pattern.scope in (Scope.ENTITY, Scope.ORGANISATION) or other is pattern.scope:
        return {hypothesis.cell_key}
    if other is Scope.TOPIC_COUNTRY:
        return {hypothesis.cell_key.split("|")[1]}
    facts = {e.fact for e in hypothesis.evidence if not by or e.role in by}
    activities = [a for s in signals for a in s.activities if a.name in facts]
    keys = [free_keys(pattern, a.topics, a.countries) for a in activities]
    return set().union(*keys)


def _anchors(pattern: Pattern, signal: SignalFacts, activity: ActivityFact) -> set[str]:
    """The mentions whose entity an activity is evidence about."""
    if pattern.scope is Scope.ENTITY:
        return _weighed_subjects(signal, activity)
    if activity.subjects and not _weighed_subjects(signal, activity):
        return set()
    schemata = {m.name: m.profile.schema for m in signal.mentions}
    return {name for name in activity.objects if schemata.get(name) in ORGANISATIONS}


def _weighed_subjects(signal: SignalFacts, activity: ActivityFact) -> set[str]:
    """Subjects and associates only; a person among the subjects is one unless it says otherwise."""
    return {
        m.name
        for m in signal.mentions
        if m.name in activity.subjects and (m.role is None or m.role in WEIGHED_ROLES)
    }


def _read(
    pattern: Pattern, signal: SignalFacts, activity: ActivityFact, vocabulary: Vocabulary
) -> Iterator[tuple[ActivityTest, Piece]]:
    for role in pattern.roles:
        for indicator in role.indicators:
            if indicator.activity and _passes(indicator.activity, activity, vocabulary):
                weight = _weight(indicator, signal)
                yield indicator.activity, Piece(role, indicator.id, activity.name, signal, weight)


def _passes(test: ActivityTest, activity: ActivityFact, vocabulary: Vocabulary) -> bool:
    return (
        activity.code in test.codes
        and (bool(activity.circumstances) or not vocabulary.is_ordinary(activity.code))
        and (not test.circumstances or bool(test.circumstances & activity.circumstances))
        and (not test.topics or bool(test.topics & set(activity.topics)))
        and (not test.countries or bool(test.countries & set(activity.countries)))
    )


def _read_mention(
    pattern: Pattern, signal: SignalFacts, mention: MentionFact, vocabulary: Vocabulary
) -> Iterator[Piece]:
    for role in pattern.roles:
        for indicator in role.indicators:
            if indicator.mention and _is_read(indicator.mention, mention, vocabulary):
                yield Piece(role, indicator.id, mention.name, signal, _weight(indicator, signal))


def _is_read(test: MentionTest, mention: MentionFact, vocabulary: Vocabulary) -> bool:
    schema, role = mention.profile.schema, mention.role
    is_weighed = role in WEIGHED_ROLES or (role is None and schema not in PERSONS)
    return (
        is_weighed
        and any(vocabulary.is_a(schema, wanted) for wanted in test.schemata)
        and (not test.roles or role in test.roles)
        and all(set(mention.profile.values(name)) & values for name, values in test.properties)
    )


def _weight(indicator: Indicator, signal: SignalFacts) -> int:
    grade = signal.grade.permille
    return weight_of(indicator.millibits, grade_permille=grade, is_raw=signal.is_raw)


def origin_of(name: str, signals: Sequence[SignalFacts]) -> str:
    """The origin behind a signal: what it relays, and what that relays, as far as is known [19]."""
    known = {s.name: s for s in signals}
    walked = [name]
    while (origin := known[walked[-1]].origin) is not None:
        target = origin.removeprefix("signal:")
        if target == origin or target not in known:
            return origin
        if target in walked:
            return "signal:" + min(walked[walked.index(target) :])
        walked.append(target)
    return "office:" + known[walked[-1]].office


def weigh(
    pattern: Pattern,
    key: str,
    members: tuple[str, ...],
    pieces: Iterable[Piece],
    used: Iterable[Used],
    origins: dict[str, str],
    today: int,
) -> Hypothesis:
    """A cell's evidence: an origin once for each indicator, roles beyond base up to cap [18-20]."""
    evidence = []
    for group in _by_indicator_and_origin(pieces, origins).values():
        ordered = sorted(group, key=lambda p: _strongest_first(p, today))
        heard = [(p, _decayed(p, today)) for p in ordered]
        audible = [(p, bits) for p, bits in heard if bits > 0]
        for place, (piece, bits) in enumerate(audible):
            evidence.append(_evidence(piece, origins, bits, bits if place == 0 else 0))
    for kindred in _by_indicator_and_kinship(used):
        first, *others = sorted(kindred, key=lambda u: u.hypothesis.cell_key)
        evidence += _carried(first, first.indicator.millibits)
        evidence += [e for other in others for e in _carried(other, 0)]
    roles = []
    for role in pattern.roles:
        counted = sum(e.counted for e in evidence if e.role == role.name)
        bits = min(role.cap, max(0, counted - (role.base.millibits if role.base else 0)))
        if bits:
            roles.append((role.name, bits))
    total = sum(bits for _, bits in roles)
    status = (
        Status.ABOVE
        if total >= pattern.threshold
        else Status.HELD
        if total >= pattern.release
        else Status.BELOW
    )
    named = tuple(
        sorted(evidence, key=lambda e: (e.role, e.indicator, e.fact, e.through or ("", "")))
    )
    return Hypothesis(pattern.slug, key, total, status, tuple(roles), named, members)


def _by_indicator_and_origin(
    pieces: Iterable[Piece], origins: dict[str, str]
) -> dict[tuple[str, str], list[Piece]]:
    groups = defaultdict(list)
    for piece in {(p.indicator, p.fact): p for p in pieces}.values():
        groups[piece.indicator, origins[piece.signal.name]].append(piece)
    return groups


def _by_indicator_and_kinship(used: Iterable[Used]) -> list[list[Used]]:
    """Of one indicator those belong together that share an origin, or share one with a third."""
    groups: list[list[Used]] = []
    for one in used:
        akin = [g for g in groups if any(_are_akin(one, other) for other in g)]
        groups = [g for g in groups if g not in akin] + [[one, *(u for g in akin for u in g)]]
    return groups


def _are_akin(one: Used, other: Used) -> bool:
    origins = {e.origin for e in one.hypothesis.evidence}
    shared = origins & {e.origin for e in other.hypothesis.evidence}
    return one.indicator == other.indicator and bool(shared)


def _carried(used: Used, millibits: int) -> list[Evidence]:
    """A hypothesis's evidence, with its bits shared out as what counts in it does, to the last."""
    through = (used.hypothesis.pattern, used.hypothesis.cell_key)
    left, weight = millibits, sum(e.counted for e in used.hypothesis.evidence)
    carried = []
    for piece in used.hypothesis.evidence:
        share = 0
        if piece.counted and left:
            share = left if piece.counted == weight else max(1, left * piece.counted // weight)
        left, weight = left - share, weight - piece.counted
        carried.append(
            replace(
                piece,
                role=used.role.name,
                indicator=used.indicator.id,
                counted=share,
                through=through,
            )
        )
    return carried


def _strongest_first(piece: Piece, today: int) -> tuple[int, int, str]:
    """The order within an origin: strongest, then earlier, then by name."""
    return (-_strength(piece, today), piece.signal.ends, piece.fact)


def _decayed(piece: Piece, today: int) -> int:
    return to_millibits(_strength(piece, today))


def _strength(piece: Piece, today: int) -> int:
    age = max(0, today - day_of(piece.signal.ends))
    return strength(piece.weight, age_days=age, half_life_days=piece.role.half_life_days)


def _evidence(piece: Piece, origins: dict[str, str], bits: int, counted: int) -> Evidence:
    signal = piece.signal
    return Evidence(
        role=piece.role.name,
        indicator=piece.indicator,
        fact=piece.fact,
        signal=signal.name,
        agency=signal.agency,
        office=signal.office,
        origin=origins[signal.name],
        day=day_of(signal.ends),
        millibits=bits,
        counted=counted,
    )
