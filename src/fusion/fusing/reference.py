"""The reference model: `fuse` and `chronicle`, by RULES.md, naive and pure.

This is the definition. It recomputes everything from a list and forgets it again; the stored,
incremental engine must equal it on random worlds, for every reader. Numbers in brackets are the
rules. Nothing here may be made faster at the price of being harder to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import TypeVar

from fusion.domain.clock import day_of
from fusion.domain.fact import (
    B2_PERMILLE,
    ActivityFact,
    ClaimFact,
    MentionFact,
    Profile,
    SignalFacts,
)
from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm, is_no_stricter, join
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
from fusion.fusing.linker import Linker
from fusion.fusing.rules import Rules
from fusion.patterns.decay import strength, to_millibits, weight_of

Admits = Callable[[NormalForm], bool]
Holds = Callable[[SignalFacts], bool]
Node = frozenset[str]  # names of mentions: a profile, or one mention that stands for itself
Cluster = frozenset[Node]
Entity = tuple[MentionFact, ...]  # founding mention first
Thing = TypeVar("Thing")

PERSONS = frozenset({"Person", "LegalEntity"})
ORGANISATIONS = frozenset({"Organization", "Company", "LegalEntity", "PublicBody"})


@dataclass(frozen=True)
class Known:
    """What may be known: signals with their knowable facts, and judgements."""

    signals: tuple[SignalFacts, ...]
    judgements: tuple[Judgement, ...]
    weightless: frozenset[str]  # tear-lines whose parent is known whole


@dataclass(frozen=True)
class Fused:
    """What `fuse` makes of it: entities, links between nodes, hypotheses with any evidence."""

    entities: tuple[Entity, ...]
    links: tuple[tuple[str, str, int, str], ...]
    hypotheses: tuple[Hypothesis, ...]

    def home(self, mention: str) -> str | None:
        """The founding mention of the entity that a mention belongs to, None if it is unknown."""
        for entity in self.entities:
            if any(member.name == mention for member in entity):
                return entity[0].name
        return None


def fuse(known: Known, rules: Rules, today: int) -> Fused:
    """Entities, links and hypotheses of what is known, on the day of the last tick."""
    entities, links = resolve(known, rules.linker)
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
    left = [s for s in signals if s.name not in gone and s.parent not in gone and holds(s)]
    seen = tuple(_as_known(s, admits) for s in left if admits(s.marking))
    whole = frozenset(s.name for s in seen if s.parent and all(map(admits, s.parent_markings)))
    return Known(seen, tuple(j for j in judgements if admits(j.marking)), whole)


def _as_known(signal: SignalFacts, admits: Admits) -> SignalFacts:
    hides_origin = signal.origin_marking is not None and not admits(signal.origin_marking)
    return replace(
        signal,
        origin=None if hides_origin else signal.origin,
        mentions=tuple(m for m in signal.mentions if admits(m.marking)),
        relations=tuple(r for r in signal.relations if admits(r.marking)),
        activities=tuple(a for a in signal.activities if admits(a.marking)),
        claims=tuple(c for c in signal.claims if admits(c.marking)),
    )


# --- links and entities [9-16] ----------------------------------------------------------------


def resolve(
    known: Known, linker: Linker
) -> tuple[tuple[Entity, ...], tuple[tuple[str, str, int, str], ...]]:
    """The entities of the known mentions, and the links that stand between nodes."""
    world = _World(known, linker)
    parts = [p for c in world.components() for p in world.parts(c, linker.model.possible)]
    clusters = [cluster for part, bar in parts for cluster in world.clusters(part, bar)]
    grouped = [frozenset(name for node in cluster for name in node) for cluster in clusters]
    rows = set(world.mentions) - {name for group in grouped for name in group}
    entities = [
        tuple(sorted((world.mentions[n] for n in group), key=lambda m: m.founding))
        for group in [*grouped, *({name} for name in rows)]
    ]
    return tuple(sorted(entities, key=lambda e: e[0].founding)), world.links()


def settled(judgements: Iterable[Judgement]) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """The pairs that people hold to be one, and to be two [13]."""
    latest: dict[tuple[str, tuple[str, str]], Judgement] = {}
    for judgement in sorted(judgements, key=lambda j: j.order):
        latest[judgement.author, judgement.pair] = judgement
    opinions = defaultdict(list)
    for judgement in latest.values():
        if judgement.verdict is not Verdict.UNSURE:
            opinions[judgement.pair].append(judgement)
    agreed = [held for held in opinions.values() if len({j.verdict for j in held}) == 1]
    positive: set[frozenset[str]] = set()
    negative: set[frozenset[str]] = set()
    for held in sorted(agreed, key=lambda held: -max(j.order for j in held)):
        pair = frozenset(held[0].pair)
        if held[0].verdict is Verdict.POSITIVE:
            joined = _groups([*positive, pair])
            if not any(apart <= group for apart in negative for group in joined):
                positive.add(pair)
        elif not any(pair <= group for group in _groups(positive)):
            negative.add(pair)
    return positive, negative


class _World:
    """One reader's mentions as nodes, with every way in which two nodes may be one or not."""

    def __init__(self, known: Known, linker: Linker) -> None:
        self.linker, self.model = linker, linker.model
        self.mentions = {m.name: m for s in known.signals for m in s.mentions}
        self.claims = [
            claim
            for signal in known.signals
            for claim in signal.claims
            if claim.a in self.mentions and claim.b in self.mentions
        ]
        self.positive, self.negative = settled(
            j for j in known.judgements if set(j.pair) <= self.mentions.keys()
        )
        self.carriers = defaultdict(list)
        for mention in self.mentions.values():
            for key in linker.keys(mention.profile):
                self.carriers[key].append(mention)
        self.apart = self._taken_out()
        self.nodes = self._nodes()

    def _is_specific(self, profile: Profile) -> bool:
        return self.linker.self_bits(profile) >= self.model.same

    def _taken_out(self) -> set[str]:
        """Mentions that a judgement or a net denial parts from another of their own profile [13]."""
        denied = {frozenset({c.a, c.b}) for c in self.claims}
        denied = {p for p in denied if len(p) == 2 and self._is_denied(*({n} for n in p))}
        inside = {
            pair
            for pair in self.negative | denied
            if len({self.mentions[name].profile for name in pair}) == 1
        }
        return {n for pair in inside for n in pair if self._is_specific(self.mentions[n].profile)}

    def _nodes(self) -> list[Node]:
        """A specific profile with all its mentions; mentions that stand for themselves [10, 13]."""
        named = {n for c in self.claims for n in (c.a, c.b)}
        named |= {n for pair in self.positive | self.negative for n in pair}
        profiles, alone = defaultdict(set), []
        for name, mention in self.mentions.items():
            if self._is_specific(mention.profile) and name not in self.apart:
                profiles[mention.profile].add(name)
            elif name in self.apart or name in named:
                alone.append(frozenset({name}))
        return sorted([*map(frozenset, profiles.values()), *alone], key=self.first)

    def first(self, node: Iterable[str]) -> str:
        """The name of a node's first mention: how ties are broken and links are named."""
        return min((self.mentions[name] for name in node), key=lambda m: m.founding).name

    def profile(self, node: Node) -> Profile:
        return self.mentions[self.first(node)].profile

    # the ways in which two nodes may be one

    def content(self, x: Node, y: Node) -> int | None:
        """Bits of two nodes by what they say, if both are specific and some key proposes them.

        What was taken out of a profile is always linked with the rest of it.
        """
        p, q = self.profile(x), self.profile(y)
        if not (self._is_specific(p) and self._is_specific(q)):
            return None
        if p == q:
            return self.linker.self_bits(p)
        if not any(self.is_proposed(self.mentions[a], self.mentions[b]) for a in x for b in y):
            return None
        return self.linker.bits(p, q)

    def is_loose(self, x: Node, y: Node) -> bool:
        """Whether one was taken out of its profile: then content joins nothing, it is possible."""
        return bool((x | y) & self.apart)

    def is_proposed(self, a: MentionFact, b: MentionFact) -> bool:
        """Whether some key of both is not generic under the join of their markings [11]."""
        under = join(a.marking, b.marking)
        shared = set(self.linker.keys(a.profile)) & set(self.linker.keys(b.profile))
        return any(self._carriers_under(key, under, a, b) <= self.model.key_cap for key in shared)

    def _carriers_under(self, key: str, under: NormalForm, a: MentionFact, b: MentionFact) -> int:
        contents = defaultdict(set)
        for mention in self.carriers[key]:
            if is_no_stricter(mention.marking, under):
                contents[mention.agency].add(mention.profile)
        own = contents.pop(a.agency, set()) | contents.pop(b.agency, set())
        quota = self.model.key_quota
        return len(own) + sum(min(quota, len(others - own)) for others in contents.values())

    def net(self, x: Iterable[str], y: Iterable[str]) -> int:
        """What the claims across two sets of mentions come to, each publisher counted once [12]."""
        across = [c for c in self.claims if (c.a in x and c.b in y) or (c.a in y and c.b in x)]
        total = 0
        for agency in {c.agency for c in across}:
            same = [self._claim(c) for c in across if c.agency == agency and c.is_same]
            different = [self._claim(c) for c in across if c.agency == agency and not c.is_same]
            total += max(same, default=0) - max(different, default=0)
        return total

    def _claim(self, claim: ClaimFact) -> int:
        return self.model.claim_bits * claim.grade.permille // 1000

    def _is_denied(self, x: Iterable[str], y: Iterable[str]) -> bool:
        return self.net(x, y) <= -(self.model.claim_bits * B2_PERMILLE // 1000)

    def is_held(self, x: Iterable[str], y: Iterable[str], pairs: set[frozenset[str]]) -> bool:
        """Whether a judgement of `pairs` lies across two sets of mentions."""
        return any(frozenset({a, b}) in pairs for a, b in product(x, y))

    def is_connected(self, x: Node, y: Node, bar: int) -> bool:
        """Whether two nodes hold together at a bar [14]."""
        content = self.content(x, y)
        return (
            (content is not None and content >= bar)
            or self.net(x, y) >= bar
            or self.is_held(x, y, self.positive)
        )

    # components, their parts, and the clusters within

    def components(self) -> list[list[Node]]:
        """Connected nodes, of which each publisher brings in no more than its quota [14].

        What is left out stands alone, with what a POSITIVE makes one with it.
        """
        found = []
        for component in self._connected(self.nodes, self.model.possible):
            kept = self._within_quota(component)
            left = [node for node in component if node not in kept]
            found += [kept, *map(list, _groups(self._bound(left).values()))]
        return found

    def _within_quota(self, component: list[Node]) -> list[Node]:
        """Each publisher's best graded contents, and what a POSITIVE binds to them."""
        brought: defaultdict[str, dict[Profile, tuple[int, tuple[int, str]]]] = defaultdict(dict)
        for mention in (self.mentions[name] for node in component for name in node):
            contents = brought[mention.agency]
            rank = (-mention.grade.permille, mention.founding)
            contents[mention.profile] = min(rank, contents.get(mention.profile, rank))
        quota = self.model.component_quota
        kept = {p for c in brought.values() for p in sorted(c, key=lambda p: c[p])[:quota]}
        bound = self._bound(component)
        return [n for n in component if any(self.profile(o) in kept for o in bound[n])]

    def _bound(self, nodes: list[Node]) -> dict[Node, set[Node]]:
        """What POSITIVE judgements make one of these nodes."""
        pairs = [(x, y) for x, y in combinations(nodes, 2) if self.is_held(x, y, self.positive)]
        return {
            node: group for group in _groups([*pairs, *((n,) for n in nodes)]) for node in group
        }

    def parts(self, nodes: list[Node], bar: int) -> Iterator[tuple[list[Node], int]]:
        """A component as it is, or beyond its limit its parts under a higher bar [14]."""
        if len(nodes) <= self.model.component_limit or bar >= self.model.bar_top:
            yield nodes, bar
            return
        higher = min(bar + self.model.bar_step, self.model.bar_top)
        for part in self._connected(nodes, higher):
            yield from self.parts(part, higher)

    def _connected(self, nodes: list[Node], bar: int) -> list[list[Node]]:
        edges = [(x, y) for x, y in combinations(nodes, 2) if self.is_connected(x, y, bar)]
        groups = _groups([*edges, *((n,) for n in nodes)])
        return [[node for node in nodes if node in group] for group in groups]

    def clusters(self, nodes: list[Node], bar: int) -> list[Cluster]:
        """Judgements, then content, then claims, best first; nothing is parted afterwards [15]."""
        needed = max(self.model.same, bar)
        clusters: list[Cluster] = [frozenset({node}) for node in nodes]
        for x, y in combinations(nodes, 2):
            if self.is_held(x, y, self.positive):
                clusters = _joined(clusters, x, y)
        firm = [(x, y) for x, y in combinations(nodes, 2) if not self.is_loose(x, y)]
        edges = [(self.content(x, y), x, y) for x, y in firm]
        strong = [(bits, x, y) for bits, x, y in edges if bits is not None and bits >= needed]
        for _, x, y in sorted(strong, key=lambda e: (-e[0], *self._names(e[1], e[2]))):
            if not self.is_forbidden(_cluster_of(clusters, x), _cluster_of(clusters, y)):
                clusters = _joined(clusters, x, y)
        while best := self._best_claimed(clusters, needed):
            clusters = _joined(clusters, *best)
        return clusters

    def _best_claimed(self, clusters: list[Cluster], needed: int) -> tuple[Node, Node] | None:
        """A node of each of the two clusters that claims join best."""
        found = []
        for one, other in combinations(clusters, 2):
            x, y = _mentions(one), _mentions(other)
            net = self.net(x, y)
            if net >= needed and not self.is_forbidden(one, other):
                found.append((-net, self._names(x, y), (min(one, key=min), min(other, key=min))))
        return min(found, key=lambda f: f[:2])[2] if found else None

    def _names(self, x: Iterable[str], y: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted((self.first(x), self.first(y))))

    def is_forbidden(self, one: Cluster, other: Cluster) -> bool:
        """Whether evidence keeps two clusters apart: judged, contradicted or denied [15]."""
        if one == other:
            return False
        x, y = _mentions(one), _mentions(other)
        return (
            self.is_held(x, y, self.negative)
            or any(self._is_conflict(a, b) for a, b in product(one, other))
            or self._is_denied(x, y)
        )

    def _is_conflict(self, x: Node, y: Node) -> bool:
        return self.linker.bits(self.profile(x), self.profile(y)) <= self.model.conflict

    def links(self) -> tuple[tuple[str, str, int, str], ...]:
        """What stands between each two nodes: same, possible or different, with its bits."""
        found = []
        for x, y in combinations(self.nodes, 2):
            verdict, bits = self._verdict(x, y)
            if verdict:
                a, b = self._names(x, y)
                found.append((a, b, bits, verdict))
        return tuple(sorted(found))

    def _verdict(self, x: Node, y: Node) -> tuple[str | None, int]:
        content, net = self.content(x, y), self.net(x, y)
        bits = (content or 0) + net
        if self.is_held(x, y, self.negative) or self._is_denied(x, y):
            return "different", bits
        if content is not None and content <= self.model.conflict:
            return "different", bits
        by_content = content or 0
        if self.is_loose(x, y):
            by_content = min(by_content, self.model.possible)
        strongest = max(by_content, net)
        if self.is_held(x, y, self.positive) or strongest >= self.model.same:
            return "same", bits
        return ("possible" if strongest >= self.model.possible or net < 0 else None), bits


def _mentions(cluster: Cluster) -> frozenset[str]:
    return frozenset(name for node in cluster for name in node)


def _cluster_of(clusters: list[Cluster], node: Node) -> Cluster:
    return next(cluster for cluster in clusters if node in cluster)


def _joined(clusters: list[Cluster], x: Node, y: Node) -> list[Cluster]:
    one, other = _cluster_of(clusters, x), _cluster_of(clusters, y)
    return [c for c in clusters if c not in (one, other)] + [one | other]


def _groups(sets: Iterable[Iterable[Thing]]) -> list[set[Thing]]:
    """The connected groups of overlapping sets."""
    groups: list[set[Thing]] = []
    for members in sets:
        touched = [group for group in groups if not group.isdisjoint(members)]
        groups = [g for g in groups if g not in touched] + [set(members).union(*touched)]
    return groups


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
    """A cell's evidence, each origin counted once for each indicator, roles capped [18-20]."""
    evidence = []
    for (_, _), group in _by_indicator_and_origin(pieces, origins).items():
        ordered = sorted(group, key=lambda p: _strongest_first(p, today))
        heard = [(p, _decayed(p, today)) for p in ordered]
        audible = [(p, bits) for p, bits in heard if bits > 0]
        for place, (piece, bits) in enumerate(audible):
            evidence.append(_evidence(piece, origins, bits, bits if place == 0 else 0))
    roles = []
    for role in pattern.roles:
        counted = sum(e.counted for e in evidence if e.role == role.name)
        if counted:
            roles.append((role.name, min(role.cap, counted)))
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
