"""The reference model: `fuse` and `chronicle`, by RULES.md, naive and pure.

This is the definition, with `reference_links` and `reference_weighing` as its parts. It recomputes
everything from a list and forgets it again; the stored, incremental engine must equal it on random
worlds, for every reader. Numbers in brackets are the rules. Nothing here may be made faster at the
price of being harder to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from fusion.domain.fact import MentionFact, SignalFacts, known_of
from fusion.domain.hypothesis import Hypothesis
from fusion.domain.judgement import Judgement
from fusion.domain.marking import NormalForm
from fusion.domain.pattern import Pattern, in_order_of_use
from fusion.fusing.chronicle import Chronicle, Entry, advance
from fusion.fusing.reference_links import Entity, Link, resolve
from fusion.fusing.reference_weighing import cells, origin_of, uses, weigh, with_keys
from fusion.fusing.rules import Rules

Admits = Callable[[NormalForm], bool]
Holds = Callable[[SignalFacts], bool]


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
    weighed = [s for s in known.signals if not s.is_disputed and s.name not in known.weightless]
    found: list[Hypothesis] = []
    for pattern in in_order_of_use(rules.patterns):
        used = uses(pattern, found, weighed, rules)
        own = cells(pattern, weighed, entities, rules.vocabulary)
        for key, members, pieces in with_keys(own, used):
            found.append(weigh(pattern, key, members, pieces, used[key], origins, today))
    told = sorted((h for h in found if h.evidence), key=lambda h: (h.pattern, h.cell_key))
    return Fused(entities, links, tuple(told))


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


# --- holders [22] ---------------------------------------------------------------------------


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
    """One event of the log, as far as `fuse` is concerned: a signal, a decision or a tick."""

    recorded: int
    source: str
    id: str
    signals: tuple[SignalFacts, ...] = ()  # the signal and its tear-lines
    judgement: Judgement | None = None
    patterns: tuple[Pattern, ...] | None = None  # all that are in force from here on
    tick: int | None = None


@dataclass
class Happened:
    """A prefix of the log."""

    signals: list[SignalFacts] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    patterns: tuple[Pattern, ...] | None = None
    today: int = 0

    def take(self, happening: Happening) -> None:
        self.signals += happening.signals
        if happening.judgement:
            self.judgements.append(happening.judgement)
        if happening.patterns is not None:
            self.patterns = happening.patterns
        if happening.tick is not None:
            self.today = happening.tick

    def rules(self, begun: Rules) -> Rules:
        """By what it is judged: the patterns that it began with, or those published last."""
        return begun if self.patterns is None else replace(begun, patterns=self.patterns)


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """By recorded time, source and id; a tick precedes everything else of its instant [6, 8]."""
    return sorted(happenings, key=lambda h: (h.recorded, h.tick is None, h.source, h.id))


def chronicle(happenings: Iterable[Happening], rules: Rules, admits: Admits) -> list[Entry]:
    """Every version of every alert that a reader would have had, oldest first [8]."""
    happened, told, entries = Happened(), Chronicle(), []
    for happening in in_order(happenings):
        happened.take(happening)
        known = known_to(happened.signals, happened.judgements, admits)
        fused = fuse(known, happened.rules(rules), happened.today)
        now = advance(told, list(told.standing), fused.hypotheses, fused.home, happening.recorded)
        entries += now
    return entries
