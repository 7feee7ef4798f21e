"""The reference model: `fuse` and `chronicle`, by RULES.md, naive and pure.

This is the definition, with `reference_links` as its second half. It recomputes everything from a
list and forgets it again; the stored, incremental engine must equal it on random worlds, for every
reader. Numbers in brackets are the rules. Nothing here may be made faster at the price of being
harder to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from fusion.domain.clock import day_of
from fusion.domain.fact import ActivityFact, MentionFact, SignalFacts, known_of
from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.domain.judgement import Judgement
from fusion.domain.marking import NormalForm
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
from fusion.fusing.chronicle import Chronicle, Entry, advance
from fusion.fusing.reference_links import Entity, Link, resolve
from fusion.fusing.rules import Rules
from fusion.patterns.decay import strength, to_millibits, weight_of

Admits = Callable[[NormalForm], bool]
Holds = Callable[[SignalFacts], bool]

PERSONS = frozenset({"Person", "LegalEntity"})
ORGANISATIONS = frozenset({"Organization", "Company", "LegalEntity", "PublicBody"})


@dataclass(frozen=True)
class Known:
    """What may be known: signals with their knowable facts, and judgements.

    Where what some holders alone would have is asked for, `signals` are theirs; `crowd`, by which
    keys are generic, stays everybody's: what a key proposes does not hang on who asks [11].
    """

    signals: tuple[SignalFacts, ...]
    judgements: tuple[Judgement, ...]
    weightless: frozenset[str]  # tear-lines whose parent is known whole
    crowd: tuple[MentionFact, ...]


@dataclass(frozen=True)
class Fused:
    """What `fuse` makes of it: entities, links between nodes, hypotheses with any evidence."""

    entities: tuple[Entity, ...]
    links: tuple[Link, ...]
    hypotheses: tuple[Hypothesis, ...]

    def home(self, mention: str) -> str | None:
        """The founding mention of the entity that a mention belongs to, None if it is unknown."""
        for entity in self.entities:
            if any(member.name == mention for member in entity):
                return entity[0].name
        return None


def fuse(known: Known, rules: Rules, today: int) -> Fused:
    """Entities, links and hypotheses of what is known, on the day of the last tick."""
    entities, links = resolve(
        [mention for signal in known.signals for mention in signal.mentions],
        [claim for signal in known.signals for claim in signal.claims],
        known.judgements,
        rules.linker,
        crowd=known.crowd,
    )
    origins = {s.name: origin_of(s.name, known.signals) for s in known.signals}
    hypotheses = [
        weigh(pattern, key, members, pieces, origins, today)
        for pattern in rules.patterns
        for key, members, pieces in cells(pattern, known, entities, rules.vocabulary)
    ]
    found = sorted((h for h in hypotheses if h.evidence), key=lambda h: (h.pattern, h.cell_key))
    return Fused(entities, links, tuple(found))


# --- what may be known [1-5] ------------------------------------------------------------------


def known_to(
    signals: Iterable[SignalFacts],
    judgements: Iterable[Judgement],
    admits: Admits,
    holds: Holds = lambda _: True,
) -> Known:
    """What is left once retractions have worked and only what `admits` and `holds` remains."""
    signals = tuple(signals)
    gone = {s.retracts for s in signals if s.retracts}
    left = [s for s in signals if s.name not in gone and s.parent not in gone]
    seen = [_as_known(s, admits) for s in left if admits(s.marking)]
    whole = frozenset(s.name for s in seen if s.parent_marking and admits(s.parent_marking))
    return Known(
        signals=tuple(s for s in seen if holds(s)),
        judgements=tuple(j for j in judgements if admits(j.marking)),
        weightless=whole,
        crowd=tuple(mention for signal in seen for mention in signal.mentions),
    )


def _as_known(signal: SignalFacts, admits: Admits) -> SignalFacts:
    hides_origin = signal.origin_marking is not None and not admits(signal.origin_marking)
    return replace(
        signal,
        origin=None if hides_origin else signal.origin,
        mentions=tuple(m for m in signal.mentions if admits(m.marking)),
        relations=known_of(signal.relations, "relations", signal.name, admits),
        activities=known_of(signal.activities, "activities", signal.name, admits),
        claims=known_of(signal.claims, "identities", signal.name, admits),
    )


# --- weighing [17-22] -------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """One fact read by one indicator, before time and origin are counted."""

    role: Role
    indicator: str
    fact: str
    signal: SignalFacts
    weight: int  # in 1/2000 millibit, before it ages


def cells(
    pattern: Pattern, known: Known, entities: Sequence[Entity], vocabulary: Vocabulary
) -> Iterator[tuple[str, tuple[str, ...], list[Piece]]]:
    """Each key of a pattern's scope, with the entity's members and what is read there [17, 18]."""
    weighed = [s for s in known.signals if not s.is_disputed and s.name not in known.weightless]
    if pattern.scope is Scope.TOPIC_COUNTRY:
        found: defaultdict[str, list[Piece]] = defaultdict(list)
        for signal in weighed:
            for activity in signal.activities:
                if not activity.subjects or _weighed_subjects(signal, activity):
                    for test, piece in _read(pattern, signal, activity, vocabulary):
                        topics = [t for t in activity.topics if not test.topics or t in test.topics]
                        for topic, country in product(topics, activity.countries):
                            if not test.countries or country in test.countries:
                                found[f"{topic}|{country}"].append(piece)
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
    named = tuple(sorted(evidence, key=lambda e: (e.role, e.indicator, e.fact)))
    return Hypothesis(pattern.slug, key, total, status, tuple(roles), named, members)


def _by_indicator_and_origin(
    pieces: Iterable[Piece], origins: dict[str, str]
) -> dict[tuple[str, str], list[Piece]]:
    groups = defaultdict(list)
    for piece in {(p.indicator, p.fact): p for p in pieces}.values():
        groups[piece.indicator, origins[piece.signal.name]].append(piece)
    return groups


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


def weight_of_holders(
    hypothesis: Hypothesis,
    happened: Happened,
    rules: Rules,
    today: int,
    admits: Admits,
    holds: Holds,
) -> int:
    """W(S): what the holders in S would have of this cell, on their facts alone [22]."""
    fused = fuse(known_to(happened.signals, happened.judgements, admits, holds), rules, today)
    alike = [h for h in fused.hypotheses if h.pattern == hypothesis.pattern]
    if hypothesis.members:
        mine = [h for h in alike if set(h.members) & set(hypothesis.members)]
    else:
        mine = [h for h in alike if h.cell_key == hypothesis.cell_key]
    return max((h.millibits for h in mine), default=0)


# --- history [6-8] ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Happening:
    """One event of the log, as far as `fuse` is concerned: a signal, a judgement or a tick."""

    recorded: int
    source: str
    id: str
    signals: tuple[SignalFacts, ...] = ()  # the signal and its tear-lines
    judgement: Judgement | None = None
    tick: int | None = None


@dataclass
class Happened:
    """A prefix of the log."""

    signals: list[SignalFacts] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    today: int = 0

    def take(self, happening: Happening) -> None:
        self.signals += happening.signals
        if happening.judgement:
            self.judgements.append(happening.judgement)
        if happening.tick is not None:
            self.today = happening.tick


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """By recorded time, source and id; a tick precedes everything else of its instant [6, 8]."""
    return sorted(happenings, key=lambda h: (h.recorded, h.tick is None, h.source, h.id))


def chronicle(happenings: Iterable[Happening], rules: Rules, admits: Admits) -> list[Entry]:
    """Every version of every alert that a reader would have had, oldest first [8]."""
    happened, told, entries = Happened(), Chronicle(), []
    for happening in in_order(happenings):
        happened.take(happening)
        known = known_to(happened.signals, happened.judgements, admits)
        fused = fuse(known, rules, happened.today)
        now = advance(told, list(told.standing), fused.hypotheses, fused.home, happening.recorded)
        entries += now
    return entries
