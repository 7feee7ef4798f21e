"""Grounds: what has to be looked at together, and what one reader's `fuse` makes of it.

A ground is either a spanning component (all profiles that any reader could hold together, at any
time) or one free cell, such as a topic in a country. Links never leave a component, so `fuse` over
a ground equals `fuse` over everything, as far as the ground's cells are concerned. That makes the
engine incremental; the reference model is the judge of it.

This module holds facts of all markings. What it gives out has gone through `admits` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from fusion.domain.clock import day_of
from fusion.domain.fact import ClaimFact, MentionFact, Profile, SignalFacts
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.judgement import Judgement
from fusion.domain.marking import NormalForm
from fusion.domain.pattern import Pattern
from fusion.domain.vocabulary import Vocabulary
from fusion.fusing.known import Admits, facts_known, is_weighed, markings_in
from fusion.fusing.origin import origins_of
from fusion.fusing.rules import Rules
from fusion.linking.generic import Posting, proposes
from fusion.linking.resolve import Resolution, resolve
from fusion.patterns.cell import Cell, Use, uses_of
from fusion.patterns.weigh import Reading, next_change, readings, weigh

CellsByKey = Mapping[tuple[str, str], Cell]
# Two profiles, the keys that both carry, and whether all of these are hot.
Crossing = tuple[Profile, Profile, frozenset[str], bool]
Holds = Callable[[SignalFacts], bool]

# A place in the order of history: recorded time, then source and id; a tick has an empty name and
# so precedes everything else of its instant (RULES.md 6, 8).
Instant = tuple[int, str]


def instant_of(recorded: int, source: str, id_: str) -> Instant:
    """The instant of an event. The separator sorts below every character of a source.

    It is not NUL, which no text of PostgreSQL may hold.
    """
    return (recorded, f"{source}\1{id_}")


def tick_instant(midnight: int) -> Instant:
    """The instant of a clock tick."""
    return (midnight, "")


def end_of(moment: int) -> Instant:
    """After all that is recorded at a moment (µs) or before it, and before all else but a tick."""
    return (moment + 1, "")


@dataclass(frozen=True)
class StoredSignal:
    """A signal with the interval of history in which it counts: from `since`, before `until`."""

    facts: SignalFacts
    since: Instant
    until: Instant | None

    @property
    def ever_stood(self) -> bool:
        """Whether it counted at any time; what was retracted before it came did not."""
        return self.until is None or self.since < self.until

    def stands(self, at: Instant) -> bool:
        """Whether it counts in the prefix that ends with `at`."""
        return self.since <= at and (self.until is None or at < self.until)

    @cached_property
    def _markings(self) -> frozenset[NormalForm]:
        """All markings within it: few, and mostly its own."""
        return markings_in(self.facts)

    def known(self, admits: Admits) -> SignalFacts:
        """Its facts that are admitted, where it is itself: the very same ones, where all are."""
        if all(map(admits, self._markings)):
            return self.facts
        return facts_known(self.facts, admits)


@dataclass(frozen=True, slots=True)
class StoredJudgement:
    """A judgement and when it was made."""

    judgement: Judgement
    since: Instant


@dataclass(frozen=True, slots=True)
class Bearing:
    """One mention of a profile that carries a key, with its interval of history."""

    posting: Posting
    since: Instant
    until: Instant | None


@dataclass(frozen=True)
class Ground:
    """A component or a free cell, whole.

    A free cell that uses hypotheses of others has their grounds `under` it: each is looked at by
    itself and they never become one, so that a country glues nothing together. `relayed` are the
    signals behind the origins of its own; `links` the pairs of profiles that any reader could ever
    hold together; `hot` the bearings of those keys that have ever been generic for somebody;
    `passed` the patterns of each era whose upper bound ever reached their release level here.
    """

    key: str
    passed: frozenset[tuple[int, str]]
    signals: tuple[StoredSignal, ...]
    relayed: Mapping[str, StoredSignal]
    judgements: tuple[StoredJudgement, ...]
    links: tuple[tuple[Profile, Profile], ...]
    hot: Mapping[str, tuple[Bearing, ...]]
    profiles: frozenset[str]
    standalone: frozenset[str]
    under: tuple[Ground, ...] = ()

    @cached_property
    def owned(self) -> frozenset[str]:
        """The mentions whose entities stand on this ground."""
        return frozenset(
            mention.name
            for stored in self.signals
            for mention in stored.facts.mentions
            if mention.profile.digest in self.profiles or mention.name in self.standalone
        )

    def readings(
        self, pattern: Pattern, signal: SignalFacts, vocabulary: Vocabulary
    ) -> tuple[Reading, ...]:
        """What a pattern reads in a signal of this ground, as one reader knows it.

        In one that is known whole everybody reads the same, so that is read once.
        """
        if self._whole.get(signal.name) is not signal:
            return signal_readings(pattern, signal, vocabulary)
        key = (pattern.slug, pattern.version, signal.name)
        found = self._read.get(key)
        if found is None:
            found = signal_readings(pattern, signal, vocabulary)
            self._read[key] = found
        return found

    def crossings(self, rules: Rules) -> list[Crossing]:
        """Its links with the keys that both profiles carry, and whether all of them are hot."""
        if not self._crossings:
            for one, other in self.links:
                keys = frozenset(rules.linker.keys(one)) & frozenset(rules.linker.keys(other))
                self._crossings.append((one, other, keys, keys <= self.hot.keys()))
        return self._crossings

    @cached_property
    def _crossings(self) -> list[Crossing]:
        return []

    @cached_property
    def _whole(self) -> dict[str, SignalFacts]:
        return {stored.facts.name: stored.facts for stored in self.signals}

    @cached_property
    def _read(self) -> dict[tuple[str, int, str], tuple[Reading, ...]]:
        return {}

    def patterns(self, rules: Rules) -> Iterator[Pattern]:
        """The patterns of one era that may matter here to anybody, in order of use."""
        return (p for p in rules.in_order if (rules.era, p.slug) in self.passed)

    def all_signals(self) -> Iterator[StoredSignal]:
        """Its signals and those of the grounds under it."""
        yield from self.signals
        for ground in self.under:
            yield from ground.all_signals()


@dataclass(frozen=True, slots=True)
class Fusion:
    """`fuse` on one ground, for one reader or holder, at one instant."""

    resolution: Resolution
    hypotheses: tuple[Hypothesis, ...]
    cells: CellsByKey
    origins: Mapping[str, str]

    def home(self, mention: str) -> str | None:
        """The founding mention of the entity that a mention belongs to."""
        entity = self.resolution.entity_of(mention)
        return entity[0].name if entity else None


def fuse_ground(
    ground: Ground,
    rules: Rules,
    admits: Admits,
    at: Instant,
    *,
    today: int | None = None,
    holds: Holds | None = None,
    cut: Callable[[SignalFacts], SignalFacts] | None = None,
) -> Fusion:
    """`fuse` over the facts of a ground that stand at `at`, are admitted, and are held by `holds`.

    Which pairs of profiles are proposed is decided on all that is admitted, also for holders, and
    where `cut` leaves some facts of a signal out. `today` is the day of the last tick, by default
    that of `at`.
    """
    today = day_of(at[0]) if today is None else today
    rules = rules.at(at)
    seen = [stored.known(admits) for stored in _standing(ground, admits, at)]
    held = seen if holds is None else [s for s in seen if holds(s)]
    held = held if cut is None else [cut(s) for s in held]
    mentions = [m for s in held for m in s.mentions if m.name in ground.owned]
    resolution = resolve(
        mentions,
        _claims(held),
        _judgements(ground, admits, at),
        model=rules.linker.model,
        bits=rules.linker.bits,
        self_bits=rules.linker.self_bits,
        edges=_edges(ground, rules, at, mentions),
    )
    chain = [s for s in ground.relayed.values() if s.stands(at)]
    behind = [s.known(admits) for s in chain if admits(s.facts.marking)]
    behind = behind if holds is None else [s for s in behind if holds(s)]
    under = [
        fuse_ground(each, rules, admits, at, today=today, holds=holds, cut=cut)
        for each in ground.under
    ]
    origins = {name: origin for fusion in under for name, origin in fusion.origins.items()}
    origins |= origins_of(held, {s.name: s for s in behind})
    weighed = [s for s in held if is_weighed(s, admits)]
    patterns = tuple(ground.patterns(rules))
    own = _cells(ground, patterns, rules.vocabulary, weighed, resolution)
    cells = _with_uses(ground, patterns, own, under)
    hypotheses = [weigh(cell, origins.__getitem__, today) for cell in cells.values()]
    return Fusion(resolution, tuple(h for h in hypotheses if h.evidence), cells, origins)


def _standing(ground: Ground, admits: Admits, at: Instant) -> Iterator[StoredSignal]:
    return (s for s in ground.signals if s.stands(at) and admits(s.facts.marking))


def _claims(signals: Iterable[SignalFacts]) -> list[ClaimFact]:
    return [claim for signal in signals for claim in signal.claims]


def _judgements(ground: Ground, admits: Admits, at: Instant) -> list[Judgement]:
    return [
        stored.judgement
        for stored in ground.judgements
        if stored.since <= at and admits(stored.judgement.marking)
    ]


def _edges(
    ground: Ground, rules: Rules, at: Instant, mentions: list[MentionFact]
) -> Iterator[tuple[Profile, Profile]]:
    """The pairs of profiles that some key proposes for two of these mentions (RULES.md 11)."""
    carried: dict[str, list[MentionFact]] = {}
    for mention in mentions:
        carried.setdefault(mention.profile.digest, []).append(mention)
    for one, other, keys, is_hot in ground.crossings(rules):
        if one.digest in carried and other.digest in carried:
            ones, others = carried[one.digest], carried[other.digest]
            if not is_hot or _is_proposed(ground, rules, at, keys, ones, others):
                yield one, other


def _is_proposed(
    ground: Ground,
    rules: Rules,
    at: Instant,
    keys: frozenset[str],
    ones: list[MentionFact],
    others: list[MentionFact],
) -> bool:
    """The rule where every shared key has been generic for somebody: counted at this instant."""
    model = rules.linker.model
    for key in keys:
        standing = [
            bearing.posting
            for bearing in ground.hot[key]
            if bearing.since <= at and (bearing.until is None or at < bearing.until)
        ]
        for one in ones:
            for other in others:
                if proposes(
                    standing,
                    Posting(one.profile.digest, one.agency, one.marking),
                    Posting(other.profile.digest, other.agency, other.marking),
                    cap=model.key_cap,
                    quota=model.key_quota,
                ):
                    return True
    return False


def _cells(
    ground: Ground,
    patterns: Iterable[Pattern],
    vocabulary: Vocabulary,
    weighed: Iterable[SignalFacts],
    resolution: Resolution,
) -> CellsByKey:
    """The cells of these patterns, with what is read there."""
    cells = {}
    for pattern in patterns:
        pieces: dict[str, list[Reading]] = {}
        for signal in weighed:
            for reading in ground.readings(pattern, signal, vocabulary):
                for anchor in reading.anchors:
                    key = _cell_of(pattern, ground, resolution, anchor)
                    if key is not None:
                        pieces.setdefault(key, []).append(reading)
        for key, found in pieces.items():
            members = _members(resolution, key)
            cells[pattern.slug, key] = Cell(pattern, key, members, tuple(found))
    return cells


def _members(resolution: Resolution, key: str) -> tuple[str, ...]:
    """The mentions of the entity that a cell stands against, if it stands against one."""
    return tuple(mention.name for mention in resolution.entity_of(key) or ())


def _with_uses(
    ground: Ground, patterns: Iterable[Pattern], own: CellsByKey, under: Iterable[Fusion]
) -> CellsByKey:
    """The same cells with what they use, and those that only use (RULES.md 21).

    Of entities on this ground, and of the grounds under a free cell.
    """
    cells = dict(own)
    below = [cell for fusion in under for cell in fusion.cells.values()]
    for pattern in patterns:
        used: dict[str, list[Use]] = {}
        for cell in [c for c in [*below, *cells.values()] if c.pattern.slug in pattern.used]:
            for key, use in uses_of(pattern, cell):
                if not pattern.scope.is_free or f"{pattern.slug}|{key}" == ground.key:
                    used.setdefault(key, []).append(use)
        for key, uses in used.items():
            members = () if pattern.scope.is_free else uses[0].cell.members
            own_cell = cells.get((pattern.slug, key), Cell(pattern, key, members, ()))
            cells[pattern.slug, key] = replace(own_cell, uses=tuple(uses))
    return cells


def _cell_of(pattern: Pattern, ground: Ground, resolution: Resolution, anchor: str) -> str | None:
    """The key of the cell on this ground that an anchor belongs to, if it is of this ground."""
    if pattern.scope.is_free:
        return anchor if f"{pattern.slug}|{anchor}" == ground.key else None
    if anchor not in ground.owned:
        return None
    entity = resolution.entity_of(anchor)
    return entity[0].name if entity else None


def due_day(fusion: Fusion, slug: str, cell_key: str, today: int) -> int | None:
    """The first later day on which time alone changes the cell's standing or evidence."""
    cell = fusion.cells.get((slug, cell_key))
    return next_change(cell, fusion.origins.__getitem__, today) if cell else None


def turning_day(fusion: Fusion, today: int) -> int | None:
    """The first later day on which time alone changes a cell that uses others.

    Such a cell can rise by time too, where nothing stands yet.
    """
    using = (cell for cell in fusion.cells.values() if cell.uses)
    days = (next_change(cell, fusion.origins.__getitem__, today) for cell in using)
    return min((day for day in days if day is not None), default=None)


def signal_readings(
    pattern: Pattern, signal: SignalFacts, vocabulary: Vocabulary
) -> tuple[Reading, ...]:
    """What a pattern reads in the facts of one signal."""
    mentions = {mention.name: mention for mention in signal.mentions}
    return readings(pattern, signal, mentions.get, vocabulary)
