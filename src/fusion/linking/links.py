"""Links: what the evidence on two nodes says of just these two (RULES.md 9, 12, 13).

A link is a statement, not a join: two of one entity may have none, and a link that says *same* may
stand between two entities, where something else forbade the join. It depends on its two nodes and
the model alone, never on what stands around them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fusion.linking.claims import denial_of_b2
from fusion.linking.clusters import Pair
from fusion.linking.components import Bounds
from fusion.linking.contents import Contents
from fusion.linking.judging import Ground


@dataclass(frozen=True, slots=True)
class Link:
    """One statement on two nodes, `a` and `b` being the names of their first mentions.

    `a` was founded first; `verdict` is "same", "possible" or "different"; `count` the number of
    pairs of mentions that it stands for. `by` says what decides it: "judgement", "content" or
    "claim". `bits` are millibits: the net of the claims for "claim", else of the two contents.
    """

    a: str
    b: str
    bits: int
    verdict: str
    count: int
    by: str


def links_of(
    names: Sequence[str],
    ground: Ground,
    contents: Contents,
    nets: Mapping[Pair, int],
    claimed: Iterable[Pair],
    *,
    bounds: Bounds,
) -> tuple[Link, ...]:
    """The links between nodes, in founding order; a pair with nothing worth keeping has none.

    `nets` are the net claims on pairs of nodes, `claimed` the pairs of mentions that they rest on.
    """
    links = _Links(names, ground, contents, bounds)
    links.state_contents()
    links.state_claims(nets, Counter(_lifted(claimed, ground.home)))
    links.state_judgements()
    return links.in_founding_order()


class _Links:
    """Links being found: what is stated later overrides what was stated before."""

    def __init__(
        self, names: Sequence[str], ground: Ground, contents: Contents, bounds: Bounds
    ) -> None:
        self._names = names
        self._ground = ground
        self._contents = contents
        self._bounds = bounds
        self._sizes = Counter(ground.home)
        # By first position × number of positions + second: sorts as the pairs do, and faster.
        self._found: dict[int, Link] = {}

    def in_founding_order(self) -> tuple[Link, ...]:
        return tuple([self._found[key] for key in sorted(self._found)])

    def state_contents(self) -> None:
        """Proposed pairs; what was taken out of its profile is *possible* at most."""
        possible, same = self._bounds.possible, self._bounds.same
        conflict, loose = self._bounds.conflict, self._ground.loose
        for score, one, other in self._contents.proposed:
            if score >= possible:
                is_capped = score < same or one in loose or other in loose
                self._state_content(one, other, score, "possible" if is_capped else "same")
            elif score <= conflict:
                self._state_content(one, other, score, "different")

    def state_claims(self, nets: Mapping[Pair, int], counts: Mapping[Pair, int]) -> None:
        """Claimed pairs, unless their contents conflict or answer better than the claims do."""
        for (one, other), net in nets.items():
            score = self._contents.between(one, other)
            if score <= self._bounds.conflict:
                self._state_content(one, other, score, "different")
                continue
            stated = self._found.get(self._key(one, other))
            so_far = stated.verdict if stated else None
            verdict = _verdict_of_claims(so_far, net, bounds=self._bounds)
            if verdict is not None:
                self._state(one, other, net, verdict, count=counts[one, other], by="claim")

    def state_judgements(self) -> None:
        """Judged pairs: nothing outranks them. Their bits are what the contents would have said."""
        home, honoured = self._ground.home, self._ground.honoured
        counts = Counter(_lifted(((ruling.a, ruling.b) for ruling in honoured), home))
        for ruling in honoured:
            for pair in _lifted([(ruling.a, ruling.b)], home):
                verdict = "same" if ruling.is_same else "different"
                score = self._contents.between(*pair)
                self._state(*pair, score, verdict, count=counts[pair], by="judgement")

    def _state_content(self, one: int, other: int, score: int, verdict: str) -> None:
        count = self._sizes[one] * self._sizes[other]
        self._state(one, other, score, verdict, count=count, by="content")

    def _state(self, one: int, other: int, bits: int, verdict: str, *, count: int, by: str) -> None:
        link = Link(self._names[one], self._names[other], bits, verdict, count, by)
        self._found[self._key(one, other)] = link

    def _key(self, one: int, other: int) -> int:
        return one * len(self._names) + other


def _verdict_of_claims(stated: str | None, net: int, *, bounds: Bounds) -> str | None:
    """What net claims say beyond the contents; None where they leave those their word.

    A net denial weaker than B2 makes an open question of what nothing else answers, no more.
    """
    if net <= -denial_of_b2(bounds.claim_bits):
        return "different"
    if stated == "same":
        return None
    if net >= bounds.same:
        return "same"
    return "possible" if stated is None and (net >= bounds.possible or net < 0) else None


def _lifted(pairs: Iterable[Pair], home: Sequence[int]) -> Iterator[Pair]:
    """Pairs of mentions as pairs of their nodes, the smaller first, without those within one."""
    for one, other in pairs:
        a, b = home[one], home[other]
        if a != b:
            yield (a, b) if a < b else (b, a)
