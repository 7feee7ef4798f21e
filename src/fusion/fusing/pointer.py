"""Pointers: whom to ask where something may not be known (RULES.md 24 to 28). Pure, and naive.

**What this releases**, and nothing beyond it, is that a desk holds something that bears on a fact
of the reader's own. It is a function of D(r): what the reader may know, with the facts whose
owners' discovery policies all admit it. Nothing outside D(r) is read. Of what is hidden shows:

- the desk that answers for it, by its id in the registry or as its owner named it;
- which fact, one that the reader knows in full, it bears on; to the common steward, who may know
  nothing of it, the name of a fact that its owner keeps from all others (RULES 27);
- the day on which it came to be pointed to, and on which it ceased to, never more finely;
- which pattern's alert or whose entity it concerns, where that is the reader's own.

No count (one for each anchor and desk, however much is behind), no level, no score, no time, no
order by weight, no name of a hidden fact. At most `DAILY_POINTERS` a day are new for one beholder;
the rest waits. A handle is an HMAC of anchor and desk, which the reader is told anyway.

`fusion.fusing.reference_pointers` is the definition: every day anew from the whole of history.
`fusion.fusing.pointing` is the same kept up, and has to equal it on random worlds. Both decide by
`of_cell`, `of_identifier` and `Release` below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fusion.access.discovery import Beholder
from fusion.domain.fact import Fact, MentionFact, SignalFacts
from fusion.domain.hypothesis import Evidence, Hypothesis
from fusion.domain.ids import handle
from fusion.domain.pattern import Pattern
from fusion.domain.post import Kind, Registry
from fusion.fusing.chronicle import Entry
from fusion.fusing.known import facts_known

# New pointers for one beholder and day: as many desks as somebody can call in a day, and few enough
# that a stream of invented mentions is not worth its posting.
DAILY_POINTERS = 10

# Anchor and desk: all that a pointer says. The anchor is named as the reader knows it.
Pair = tuple[str, str]
# Whether a fact is left out when a cell is weighed without it.
LeftOut = Callable[[SignalFacts, Fact], bool]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pair is pointed to. All of this but `behind` bears on what is served.

    `patterns` are those of the cells (none: a shared identifier), `mentions` the reader's own of
    the entity concerned. `behind` are the signals that the desk would answer for, for it alone.
    `is_entrusted` where the anchor is not the reader's own, but one that only the common steward is
    told of.
    """

    patterns: frozenset[str]
    mentions: frozenset[str]
    behind: frozenset[str]
    is_mirror: bool = False
    is_entrusted: bool = False

    def beside(self, other: Reason) -> Reason:
        """Both reasons as one; a notice gives way to a pointer proper."""
        return Reason(
            self.patterns | other.patterns,
            self.mentions | other.mentions,
            self.behind | other.behind,
            self.is_mirror and other.is_mirror,
            self.is_entrusted or other.is_entrusted,
        )


Reasons = Mapping[Pair, Reason]


@dataclass(frozen=True)
class Cell:
    """One alert-worthy cell of D(r): its hypothesis, and all facts of D(r) that stand beside it.

    `released` are the signals of which the reader has a tear-line: it is on that rung and needs no
    pointer. `weigh` says what the cell comes to, `fuse` done again, without some facts.
    """

    pattern: Pattern
    hypothesis: Hypothesis
    signals: Mapping[str, SignalFacts]
    released: Collection[str]
    weigh: Callable[[LeftOut], int]

    @property
    def bar(self) -> int:
        """What holds it up: the threshold, or the release level once it is below that."""
        pattern = self.pattern
        is_above = self.hypothesis.millibits >= pattern.threshold
        return pattern.threshold if is_above else pattern.release


@dataclass(frozen=True)
class Sight:
    """A beholder, and by the registry which desk answers and which agencies are civil."""

    beholder: Beholder
    registry: Registry

    def knows(self, signal: SignalFacts, fact: Fact) -> bool:
        """Whether the reader sees a fact in full."""
        return self.beholder.knows(signal.marking) and self.beholder.knows(fact.marking)

    def draws(self, signal: SignalFacts) -> bool:
        """Whether a signal's facts may draw a pointer: not an unvetted tip's, nor a civil one's."""
        agency = self.registry.agency(signal.agency)
        return not signal.is_raw and (agency is None or agency.kind is not Kind.CIVIL)

    def is_anchor(self, signal: SignalFacts, fact: Fact) -> bool:
        return self.knows(signal, fact) and self.draws(signal)

    def is_hidden(self, signal: SignalFacts, fact: Fact, released: Collection[str]) -> bool:
        """Whether a fact of D(r) may be pointed to: neither in full nor by tear-line."""
        is_seen = self.knows(signal, fact) or signal.name in released
        return not is_seen and self.draws(signal)

    def is_entrusted(self, signal: SignalFacts, fact: Fact, released: Collection[str]) -> bool:
        """Whether it stands in for an anchor: hidden, and kept from all but this one."""
        is_kept = self.beholder.is_entrusted(fact.marking)
        return is_kept and self.is_hidden(signal, fact, released)

    def desk(self, signal: SignalFacts, fact: Fact) -> str:
        """Who answers for a fact: as its marking says, else as its owner is registered."""
        if fact.desk is not None:
            return fact.desk
        registered = self.registry.desk_for(signal.name.rpartition("/")[0])
        return registered.id if registered else f"/{signal.agency}"

    def own_name(self, signal: SignalFacts, fact: Fact) -> str:
        """What the reader calls a fact of D(r) that it knows: hidden ones don't count for it."""
        if isinstance(fact, MentionFact):
            return fact.name
        known = facts_known(signal, self.beholder.knows)
        mine = [each for each in signal.activities if self.knows(signal, each)]
        return next(
            mine_.name for each, mine_ in zip(mine, known.activities, strict=True) if each is fact
        )


# --- one cell [25, 26] ------------------------------------------------------------------------


def of_cell(cell: Cell, sight: Sight) -> dict[Pair, Reason]:
    """The pointers and mirror notices of a cell."""
    desks = _desks(cell, sight)
    needed = _needed(cell, sight, desks)
    anchors = _anchors(cell, sight)
    found = _pointed(cell, sight, anchors, needed) if anchors else _entrusted(cell, sight, needed)
    for pair, notice in _mirrored(cell, sight, desks).items():
        found[pair] = found[pair].beside(notice) if pair in found else notice
    return found


def _desks(cell: Cell, sight: Sight) -> dict[str, int]:
    """The hidden desks of a cell, each with what its facts add to it in millibits."""
    counted: Counter[str] = Counter()
    for evidence in cell.hypothesis.evidence:
        counted[evidence.fact] += evidence.counted
    desks: Counter[str] = Counter()
    for signal, fact in _parts(cell):
        if sight.is_hidden(signal, fact, cell.released):
            desks[sight.desk(signal, fact)] += counted[fact.name]
    return dict(desks)


def _parts(cell: Cell) -> Iterator[tuple[SignalFacts, Fact]]:
    """What makes a cell: its evidence, its entity's mentions, and the claims that join these."""
    named = {e.fact for e in cell.hypothesis.evidence} | set(cell.hypothesis.members)
    for signal in cell.signals.values():
        facts: tuple[Fact, ...] = (*signal.mentions, *signal.activities)
        yield from ((signal, fact) for fact in facts if fact.name in named)
        yield from ((signal, claim) for claim in signal.claims if {claim.a, claim.b} <= named)


def _needed(cell: Cell, sight: Sight, desks: Mapping[str, int]) -> frozenset[str]:
    """The desks that are left when each, lightest first, is dropped where the rest holds up."""
    dropped: set[str] = set()
    for desk in sorted(desks, key=lambda d: (desks[d], d)):
        without = dropped | {desk}

        def is_out(signal: SignalFacts, fact: Fact, without: Collection[str] = without) -> bool:
            is_hidden = sight.is_hidden(signal, fact, cell.released)
            return is_hidden and sight.desk(signal, fact) in without

        if cell.weigh(is_out) >= cell.bar:
            dropped = without
    return frozenset(desks) - dropped


def _anchors(cell: Cell, sight: Sight, of_desks: Collection[str] | None = None) -> set[str]:
    """The reader's strongest fact in each role (of some desks), as the reader calls it."""
    best: dict[str, tuple[int, str, str]] = {}
    facts = {fact.name: (signal, fact) for signal, fact in _parts(cell)}
    for evidence in cell.hypothesis.evidence:
        signal, fact = facts[evidence.fact]
        is_asked = of_desks is None or sight.desk(signal, fact) in of_desks
        if is_asked and sight.is_anchor(signal, fact):
            mine = _strength(evidence, sight.own_name(signal, fact))
            best[evidence.role] = min(mine, best.get(evidence.role, mine))
    return {name for _, _, name in best.values()}


def _entrusted(cell: Cell, sight: Sight, needed: Collection[str]) -> dict[Pair, Reason]:
    """What the common steward is pointed to in a cell of which it knows nothing of its own.

    In each role from the strongest fact that is kept from all others, to each other desk that is
    needed; where there is no other, to its own, which may not see what its facts come to.
    """
    best: dict[str, tuple[tuple[int, str, str], str]] = {}
    facts = {fact.name: (signal, fact) for signal, fact in _parts(cell)}
    for evidence in cell.hypothesis.evidence:
        signal, fact = facts[evidence.fact]
        if sight.is_entrusted(signal, fact, cell.released):
            mine = (_strength(evidence, fact.name), sight.desk(signal, fact))
            best[evidence.role] = min(mine, best.get(evidence.role, mine))
    found: dict[Pair, Reason] = {}
    for (_, _, name), own in best.values():
        found |= _pointed(cell, sight, [name], set(needed) - {own} or needed, is_entrusted=True)
    return found


def _strength(evidence: Evidence, name: str) -> tuple[int, str, str]:
    """Strongest first, ties by name."""
    return (-evidence.millibits, evidence.fact, name)


def _pointed(
    cell: Cell,
    sight: Sight,
    anchors: Iterable[str],
    desks: Collection[str],
    *,
    is_mirror: bool = False,
    is_entrusted: bool = False,
) -> dict[Pair, Reason]:
    mentions = set()
    behind: dict[str, set[str]] = {desk: set() for desk in desks}
    for signal, fact in _parts(cell):
        if sight.is_hidden(signal, fact, cell.released):
            behind.get(sight.desk(signal, fact), set()).add(signal.name)
        elif fact.name in cell.hypothesis.members and sight.knows(signal, fact):
            mentions.add(fact.name)
    why = Reason(
        frozenset({cell.pattern.slug}),
        frozenset(mentions),
        frozenset(),
        is_mirror=is_mirror,
        is_entrusted=is_entrusted,
    )
    return {
        (anchor, desk): replace(why, behind=frozenset(behind[desk]))
        for anchor in anchors
        for desk in desks
    }


def _mirrored(cell: Cell, sight: Sight, hidden: Mapping[str, int]) -> dict[Pair, Reason]:
    """Notices to who answers for a desk without which the cell would not stand.

    Whoever holds the rest is pointed to that desk, so it is told of every desk that holds some of
    the rest and that it may not know.
    """
    mine = sight.beholder.desks
    anchors = _anchors(cell, sight, mine)
    if not anchors or cell.weigh(lambda s, f: sight.desk(s, f) in mine) >= cell.bar:
        return {}
    others = [desk for desk, millibits in hidden.items() if millibits > 0 and desk not in mine]
    return _pointed(cell, sight, anchors, others, is_mirror=True)


def without(signal: SignalFacts, is_out: LeftOut) -> SignalFacts:
    """A signal without the facts that are left out."""
    return replace(
        signal,
        mentions=tuple(f for f in signal.mentions if not is_out(signal, f)),
        relations=tuple(f for f in signal.relations if not is_out(signal, f)),
        activities=tuple(f for f in signal.activities if not is_out(signal, f)),
        claims=tuple(f for f in signal.claims if not is_out(signal, f)),
    )


def released_to(beholder: Beholder, signals: Iterable[SignalFacts]) -> frozenset[str]:
    """The signals of which the beholder knows a tear-line."""
    return frozenset(s.parent for s in signals if s.parent and beholder.knows(s.marking))


def weight_in(hypotheses: Iterable[Hypothesis], hypothesis: Hypothesis) -> int:
    """What a cell weighs in another fusion: the heaviest that shares a member with it."""
    members = set(hypothesis.members)
    return max(
        (
            other.millibits
            for other in hypotheses
            if other.pattern == hypothesis.pattern
            and (members & set(other.members) or other.cell_key == hypothesis.cell_key)
        ),
        default=0,
    )


# --- one strong identifier [25] ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bearer:
    """A mention of D(r) that bears an identifier, in its signal."""

    signal: SignalFacts
    mention: MentionFact


def of_identifier(
    bearers: Iterable[Bearer], sight: Sight, released: Collection[str]
) -> dict[Pair, Reason]:
    """The pointers from an identifier that the reader sees in full and hidden mentions share.

    Where it sees none of them, the common steward is pointed from the first that is kept from all
    others to the other desks.
    """
    bearers = tuple(bearers)
    mine = [b for b in bearers if sight.is_anchor(b.signal, b.mention)]
    kept = [b for b in bearers if sight.is_entrusted(b.signal, b.mention, released)]
    if not mine and not kept:
        return {}
    anchor = min(mine or kept, key=lambda bearer: bearer.mention.founding)
    behind: dict[str, set[str]] = {}
    for bearer in bearers:
        if sight.is_hidden(bearer.signal, bearer.mention, released):
            desk = sight.desk(bearer.signal, bearer.mention)
            behind.setdefault(desk, set()).add(bearer.signal.name)
    if not mine:
        del behind[sight.desk(anchor.signal, anchor.mention)]
    mentions = frozenset(bearer.mention.name for bearer in mine)
    return {
        (anchor.mention.name, desk): Reason(
            frozenset(), mentions, frozenset(names), is_entrusted=not mine
        )
        for desk, names in behind.items()
    }


# --- release, day by day [26, 28] -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a beholder is pointed to since a day."""

    handle: str
    anchor: str
    desk: str
    day: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Day:
    """What one day's tick brought: new pointers, and those that are no more."""

    day: int
    new: tuple[Pointer, ...]
    lapsed: tuple[Pointer, ...]


@dataclass(slots=True)
class Release:
    """What is released so far, and what waits: first come, first released, alerts first.

    Those that come on one day are taken in the order of their handles, which nobody can foretell.
    """

    key: bytes
    standing: dict[Pair, Pointer] = field(default_factory=dict)
    waiting: dict[Pair, int] = field(default_factory=dict)

    def day(self, day: int, reasons: Reasons) -> Day:
        """Go to a day on which there are these reasons."""
        lapsed = [self.standing.pop(pair) for pair in sorted(self.standing.keys() - reasons)]
        for pair, pointer in self.standing.items():
            # It goes on saying what it said when it came: whoever was told then is not told again.
            reason = replace(reasons[pair], is_mirror=pointer.reason.is_mirror)
            self.standing[pair] = replace(pointer, reason=reason)
        due = reasons.keys() - self.standing.keys()
        self.waiting = {pair: self.waiting.get(pair, day) for pair in due}
        new = []
        for pair in sorted(due, key=lambda p: self._place_of(p, reasons[p]))[:DAILY_POINTERS]:
            del self.waiting[pair]
            new.append(Pointer(pointer_handle(self.key, pair), *pair, day, reasons[pair]))
            self.standing[pair] = new[-1]
        return Day(day, tuple(new), tuple(lapsed))

    def _place_of(self, pair: Pair, reason: Reason) -> tuple[bool, int, str]:
        return (not reason.patterns, self.waiting[pair], pointer_handle(self.key, pair))


def pointed_alerts(
    standing: Mapping[str, Entry], of_alerts: Mapping[str, Reasons], release: Release
) -> list[Entry]:
    """The alerts of D(r) of which a pointer is released, by name: the beholder can ask for more."""
    return [
        standing[alert]
        for alert, reasons in sorted(of_alerts.items())
        if not reasons.keys().isdisjoint(release.standing)
    ]


def pointer_handle(key: bytes, pair: Pair) -> str:
    """The handle of a pair: an HMAC of what it stands for."""
    return handle(key, "pointer", *pair)


def merged(parts: Iterable[Reasons]) -> dict[Pair, Reason]:
    """One reason for each pair."""
    found: dict[Pair, Reason] = {}
    for part in parts:
        for pair, reason in part.items():
            found[pair] = found[pair].beside(reason) if pair in found else reason
    return found
