"""The reference model's links and entities (RULES.md 9 to 16), naive and pure.

The second half of the definition (`fusion.fusing.reference`): everything is recomputed from what
one reader may know, by looking at every pair. Numbers in brackets are the rules. Nothing here may
be made faster at the price of being harder to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeVar

from fusion.domain.fact import B2_PERMILLE, ClaimFact, MentionFact, Profile
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm, is_no_stricter, join
from fusion.fusing.linker import Linker

Node = frozenset[str]  # names of mentions: a profile, or one mention that stands for itself
Cluster = frozenset[Node]
Entity = tuple[MentionFact, ...]  # founding mention first
Pair = frozenset[str]  # the names of two mentions
Ruling = tuple[Pair, bool]  # whether people hold two mentions to be one
Thing = TypeVar("Thing")


@dataclass(frozen=True, order=True)
class Link:
    """What is held of two nodes, each named by its first mention; `a` was founded before `b`.

    `by` says what decides it, and `bits` are that one's: the net of the claims for "claim", what
    the two contents come to for "content" and "judgement".
    """

    a: str
    b: str
    bits: int
    verdict: str
    by: str


def resolve(
    mentions: Sequence[MentionFact],
    claims: Sequence[ClaimFact],
    judgements: Sequence[Judgement],
    linker: Linker,
    *,
    crowd: Sequence[MentionFact],
) -> tuple[tuple[Entity, ...], tuple[Link, ...]]:
    """The entities of mentions, and the links between nodes.

    `crowd` are the mentions that make a key generic: all that the reader may know, also where what
    some holders alone would have is asked for.
    """
    world = World(mentions, claims, judgements, linker, crowd)
    parts = [p for c in world.components() for p in world.parts(c, linker.model.possible)]
    clusters = [cluster for part, bar in parts for cluster in world.clusters(part, bar)]
    grouped = [_mentions(cluster) for cluster in clusters]
    rows = [{name} for name in world.mentions.keys() - set().union(*grouped)]
    entities = [
        tuple(sorted((world.mentions[name] for name in group), key=lambda m: m.founding))
        for group in [*grouped, *rows]
    ]
    return tuple(sorted(entities, key=lambda e: e[0].founding)), tuple(sorted(world.links()))


def rulings(judgements: Iterable[Judgement]) -> list[Ruling]:
    """What people agree on, newest first: the latest of each author on a pair counts [13]."""
    latest: dict[tuple[str, tuple[str, str]], Judgement] = {}
    for judgement in sorted(judgements, key=lambda j: j.order):
        latest[judgement.author, judgement.pair] = judgement
    opinions = defaultdict(list)
    for judgement in latest.values():
        if judgement.verdict is not Verdict.UNSURE:
            opinions[judgement.pair].append(judgement)
    agreed = [held for held in opinions.values() if len({j.verdict for j in held}) == 1]
    newest_first = sorted(agreed, key=lambda held: -max(j.order for j in held))
    return [(frozenset(held[0].pair), held[0].verdict is Verdict.POSITIVE) for held in newest_first]


class World:
    """One reader's mentions as nodes, with every way in which two nodes may be one or not."""

    def __init__(
        self,
        mentions: Iterable[MentionFact],
        claims: Iterable[ClaimFact],
        judgements: Iterable[Judgement],
        linker: Linker,
        crowd: Iterable[MentionFact],
    ) -> None:
        self.linker, self.model = linker, linker.model
        self.mentions = {m.name: m for m in mentions}
        # A claim or judgement sleeps while either mention is unknown [12].
        self.claims = [c for c in claims if {c.a, c.b} <= self.mentions.keys()]
        made = [j for j in judgements if set(j.pair) <= self.mentions.keys()]
        self.carriers = defaultdict(list)
        for mention in crowd:
            for key in linker.keys(mention.profile):
                self.carriers[key].append(mention)
        held = self._honoured(rulings(made))
        self.positive = {pair for pair, is_one in held if is_one}
        self.negative = {pair for pair, is_one in held if not is_one}
        self.apart = self._apart(held)
        self.nodes = sorted(self._nodes(), key=self._founding)

    # nodes: what a judgement, a claim or content speaks of

    def _honoured(self, agreed: list[Ruling]) -> list[Ruling]:
        """Newest first; one that contradicts those honoured counts as UNSURE [13]."""
        held: list[Ruling] = []
        for ruling in agreed:
            if self._is_consistent([*held, ruling]):
                held.append(ruling)
        return held

    def _is_consistent(self, held: list[Ruling]) -> bool:
        """Whether no two mentions that are held to be two are made one by the others."""
        together = [pair for pair, is_one in held if is_one]
        made_one = _groups([*self._profiles(self._apart(held)), *together])
        return not any(pair <= one for pair, is_one in held if not is_one for one in made_one)

    def _apart(self, held: list[Ruling]) -> set[str]:
        """What a NEGATIVE or a net denial takes out of a profile that both mentions share [13]."""
        parted = {pair for pair, is_one in held if not is_one}
        claimed = {frozenset({c.a, c.b}) for c in self.claims if c.a != c.b}
        parted |= {pair for pair in claimed if self.is_denied(*({name} for name in pair))}
        whole = self._profiles(set())
        return {name for pair in parted if any(pair <= one for one in whole) for name in pair}

    def _profiles(self, apart: set[str]) -> list[set[str]]:
        """The mentions of each profile that is specific enough to be one node [10]."""
        found = defaultdict(set)
        for name, mention in self.mentions.items():
            if self.is_specific(mention.profile) and name not in apart:
                found[mention.profile].add(name)
        return list(found.values())

    def _nodes(self) -> list[Node]:
        """Profiles, mentions taken out of one, and rows that a claim or judgement names [10]."""
        named = {name for c in self.claims for name in (c.a, c.b)}
        named |= {name for pair in self.positive | self.negative for name in pair}
        profiles = [frozenset(names) for names in self._profiles(self.apart)]
        alone = (named | self.apart) - set().union(*profiles)
        return [*profiles, *(frozenset({name}) for name in alone)]

    def is_specific(self, profile: Profile) -> bool:
        return self.linker.self_bits(profile) >= self.model.same

    def _founding(self, node: Iterable[str]) -> tuple[int, str]:
        return min(self.mentions[name].founding for name in node)

    def first(self, node: Iterable[str]) -> str:
        """The name of a node's first mention: how ties are broken and links are named."""
        return self._founding(node)[1]

    def profile(self, node: Node) -> Profile:
        return self.mentions[self.first(node)].profile

    # the ways in which two nodes may be one

    def content(self, x: Node, y: Node) -> int | None:
        """Bits of two nodes by what they say, if both are specific and some key proposes that.

        What was taken out of a profile is always linked with the rest of it.
        """
        p, q = self.profile(x), self.profile(y)
        if not (self.is_specific(p) and self.is_specific(q)):
            return None
        if p == q:
            return self.linker.self_bits(p)
        return self.linker.bits(p, q) if self.are_proposed(p, q) else None

    def are_proposed(self, p: Profile, q: Profile) -> bool:
        """Whether some key proposes any two mentions of two profiles [11]."""
        ones = [m for m in self.mentions.values() if m.profile == p]
        others = [m for m in self.mentions.values() if m.profile == q]
        return any(self._is_proposed(a, b) for a, b in product(ones, others))

    def _is_proposed(self, a: MentionFact, b: MentionFact) -> bool:
        """Whether some key of both is not generic under the join of their markings."""
        under, floor = join(a.marking, b.marking), max(a.marking.discovery, b.marking.discovery)
        shared = set(self.linker.keys(a.profile)) & set(self.linker.keys(b.profile))
        return any(self._crowd(key, under, floor, a, b) <= self.model.key_cap for key in shared)

    def _crowd(
        self, key: str, under: NormalForm, floor: int, a: MentionFact, b: MentionFact
    ) -> int:
        """All contents of the pair's own publishers that carry a key, and q of each other's.

        Of what is kept closer by discovery than either of the pair none counts: whoever is pointed
        to one of them need not discover it.
        """
        contents = defaultdict(set)
        for mention in self.carriers[key]:
            if mention.marking.discovery >= floor and is_no_stricter(mention.marking, under):
                contents[mention.agency].add(mention.profile)
        own = contents.pop(a.agency, set()) | contents.pop(b.agency, set())
        quota = self.model.key_quota
        return len(own) + sum(min(quota, len(others - own)) for others in contents.values())

    def net(self, x: Iterable[str], y: Iterable[str]) -> int:
        """What the claims across two sets of mentions come to, each publisher counted once [12]."""
        across = self._claims(x, y)
        total = 0
        for agency in {c.agency for c in across}:
            same = [self._weight(c) for c in across if c.agency == agency and c.is_same]
            different = [self._weight(c) for c in across if c.agency == agency and not c.is_same]
            total += max(same, default=0) - max(different, default=0)
        return total

    def _claims(self, x: Iterable[str], y: Iterable[str]) -> list[ClaimFact]:
        return [c for c in self.claims if (c.a in x and c.b in y) or (c.a in y and c.b in x)]

    def _weight(self, claim: ClaimFact) -> int:
        return self.model.claim_bits * claim.grade.permille // 1000

    def is_denied(self, x: Iterable[str], y: Iterable[str]) -> bool:
        """Whether claims net to a denial of B2 or better."""
        return self.net(x, y) <= -(self.model.claim_bits * B2_PERMILLE // 1000)

    def is_held(self, x: Iterable[str], y: Iterable[str], pairs: set[Pair]) -> bool:
        """Whether a judgement of `pairs` lies across two sets of mentions."""
        return any(frozenset({a, b}) in pairs for a, b in product(x, y))

    def is_conflict(self, x: Node, y: Node) -> bool:
        """Whether what two nodes say cannot be true of one thing."""
        p, q = self.profile(x), self.profile(y)
        return p != q and self.linker.bits(p, q) <= self.model.conflict

    # components, their parts, and the clusters within

    def components(self) -> Iterator[list[Node]]:
        """Connected nodes, of which each publisher brings in no more than its quota [14].

        What is left out stands alone, with what a POSITIVE makes one with it.
        """
        for component in self._connected(self.nodes, self.model.possible):
            kept = self._within_quota(component)
            yield kept
            yield from self._bound([node for node in component if node not in kept])

    def _within_quota(self, component: list[Node]) -> list[Node]:
        """Each publisher's best graded contents, and what a POSITIVE binds to them."""
        brought: defaultdict[str, dict[Profile, tuple[int, tuple[int, str]]]] = defaultdict(dict)
        for mention in (self.mentions[name] for node in component for name in node):
            contents = brought[mention.agency]
            rank = (-mention.grade.permille, mention.founding)
            contents[mention.profile] = min(rank, contents.get(mention.profile, rank))
        quota = self.model.component_quota
        kept = {p for c in brought.values() for p in sorted(c, key=lambda p: c[p])[:quota]}
        bound = [g for g in self._bound(component) if any(self.profile(n) in kept for n in g)]
        return [node for node in component if any(node in group for group in bound)]

    def _bound(self, nodes: list[Node]) -> list[list[Node]]:
        """Nodes in groups that POSITIVE judgements make one."""
        pairs = [(x, y) for x, y in combinations(nodes, 2) if self.is_held(x, y, self.positive)]
        return [list(group) for group in _groups([*pairs, *((node,) for node in nodes)])]

    def parts(self, nodes: list[Node], bar: int) -> Iterator[tuple[list[Node], int]]:
        """A component as it is, or beyond its limit its parts under a higher bar [14]."""
        if len(nodes) <= self.model.component_limit or bar >= self.model.bar_top:
            yield nodes, bar
            return
        higher = min(bar + self.model.bar_step, self.model.bar_top)
        for part in self._connected(nodes, higher):
            yield from self.parts(part, higher)

    def _connected(self, nodes: list[Node], bar: int) -> list[list[Node]]:
        edges = [(x, y) for x, y in combinations(nodes, 2) if self._is_connected(x, y, bar)]
        return [list(group) for group in _groups([*edges, *((node,) for node in nodes)])]

    def _is_connected(self, x: Node, y: Node, bar: int) -> bool:
        """Content holds two together where it could join them, claims where they are possible."""
        content = self.content(x, y)
        return (
            (content is not None and content >= max(self.model.same, bar))
            or self.net(x, y) >= bar
            or self.is_held(x, y, self.positive)
        )

    def clusters(self, nodes: list[Node], bar: int) -> list[Cluster]:
        """Judgements, then content, then claims, best first; nothing is parted afterwards [15]."""
        needed = max(self.model.same, bar)
        clusters = [frozenset(group) for group in self._bound(nodes)]
        for x, y in self._by_content(nodes, needed):
            one, other = _cluster_of(clusters, x), _cluster_of(clusters, y)
            if one != other and not self._is_forbidden(one, other):
                clusters = _joined(clusters, one, other)
        while best := self._best_claimed(clusters, needed):
            clusters = _joined(clusters, *best)
        return clusters

    def _by_content(self, nodes: list[Node], needed: int) -> list[tuple[Node, Node]]:
        """Pairs that content joins, best first; what left its profile is joined by none [13]."""
        firm = [node for node in nodes if not node & self.apart]
        edges = [(self.content(x, y), x, y) for x, y in combinations(firm, 2)]
        strong = [(bits, x, y) for bits, x, y in edges if bits is not None and bits >= needed]
        return [(x, y) for _, x, y in sorted(strong, key=lambda e: (-e[0], self._names(*e[1:])))]

    def _best_claimed(self, clusters: list[Cluster], needed: int) -> tuple[Cluster, Cluster] | None:
        """The two clusters that claims join best."""
        found = [
            (-net, self._names(x, y), (one, other))
            for one, other in combinations(clusters, 2)
            for x, y in [(_mentions(one), _mentions(other))]
            if (net := self.net(x, y)) >= needed and not self._is_forbidden(one, other)
        ]
        return min(found, key=lambda f: f[:2])[2] if found else None

    def _names(self, x: Iterable[str], y: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted((self.first(x), self.first(y))))

    def _is_forbidden(self, one: Cluster, other: Cluster) -> bool:
        """Whether evidence keeps two clusters apart: judged, contradicted or denied [15]."""
        x, y = _mentions(one), _mentions(other)
        return (
            self.is_held(x, y, self.negative)
            or any(self.is_conflict(a, b) for a, b in product(one, other))
            or self.is_denied(x, y)
        )

    # links: what is held of just two nodes; a contradiction that nobody asks about is none

    def links(self) -> Iterator[Link]:
        """What stands between each two nodes: same, possible or different [9, 12, 13]."""
        for x, y in combinations(self.nodes, 2):
            said = self._said(x, y)
            if said is not None:
                verdict, by = said
                content = self._bits(x, y)
                bits = self.net(x, y) if by == "claim" else content
                yield Link(self.first(x), self.first(y), bits, verdict, by)

    def _bits(self, x: Node, y: Node) -> int:
        p, q = self.profile(x), self.profile(y)
        return self.linker.self_bits(p) if p == q else self.linker.bits(p, q)

    def _said(self, x: Node, y: Node) -> tuple[str, str] | None:
        """Judgements before all, then contradictions, denials, and whichever says the most."""
        if self.is_held(x, y, self.positive):
            return "same", "judgement"
        if self.is_held(x, y, self.negative):
            return "different", "judgement"
        if self._claims(x, y) and self.is_conflict(x, y):
            return "different", "content"
        if self.is_denied(x, y):
            return "different", "claim"
        content, net = self.content(x, y) or 0, self.net(x, y)
        if content >= self.model.same and not (x | y) & self.apart:
            return "same", "content"
        if net >= self.model.same:
            return "same", "claim"
        if content >= self.model.possible:
            return "possible", "content"
        return ("possible", "claim") if net >= self.model.possible or net < 0 else None


def _mentions(cluster: Cluster) -> frozenset[str]:
    return frozenset(name for node in cluster for name in node)


def _cluster_of(clusters: list[Cluster], node: Node) -> Cluster:
    return next(cluster for cluster in clusters if node in cluster)


def _joined(clusters: list[Cluster], one: Cluster, other: Cluster) -> list[Cluster]:
    return [c for c in clusters if c not in (one, other)] + [one | other]


def _groups(sets: Iterable[Iterable[Thing]]) -> list[set[Thing]]:
    """The connected groups of overlapping sets."""
    groups: list[set[Thing]] = []
    for members in sets:
        touched = [group for group in groups if not group.isdisjoint(members)]
        groups = [g for g in groups if g not in touched] + [set(members).union(*touched)]
    return groups
