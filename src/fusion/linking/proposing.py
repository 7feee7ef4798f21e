"""Proposing: which pairs of contents some key proposes, over all that one reader may know.

The rule (RULES.md 11) over a whole world at once. The engine finds the same pairs one by one while
mentions come and go (`fusion.fusing.hot_keys`); whoever wants to see all links, also those that
join nothing, finds them here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from fusion.domain.fact import MentionFact, Profile
from fusion.domain.marking import NormalForm
from fusion.linking.generic import KeyCounter, Posting

Keys = Callable[[Profile], Iterable[str]]
# The contents that carry a key under one marking, said by one agency.
_Group = tuple[NormalForm, str]


def proposed(
    mentions: Sequence[MentionFact], keys: Keys, *, cap: int, quota: int
) -> Iterator[tuple[Profile, list[Profile]]]:
    """Each content with those that some key proposes it with; each pair once.

    Whether a key proposes two contents is asked for each two of these mentions that say them.
    """
    said: dict[str, list[MentionFact]] = defaultdict(list)
    carriers: dict[str, _Carriers] = defaultdict(lambda: _Carriers(cap, quota))
    for mention in mentions:
        said[mention.profile.digest].append(mention)
        for key in keys(mention.profile):
            carriers[key].add(mention)
    for digest in sorted(said):
        profile = said[digest][0].profile
        partners: set[str] = set()
        for key in keys(profile):
            partners.update(carriers[key].partners(said[digest]))
        yield profile, [said[other][0].profile for other in partners if other > digest]


class _Carriers:
    """The mentions that carry one key."""

    __slots__ = ("_cap", "_counter", "_groups")

    def __init__(self, cap: int, quota: int) -> None:
        self._cap = cap
        self._counter = KeyCounter(cap=cap, quota=quota)
        self._groups: dict[_Group, set[str]] = {}

    def add(self, mention: MentionFact) -> None:
        """One more mention carries the key."""
        self._counter.add(_posting(mention))
        group = self._groups.setdefault((mention.marking, mention.agency), set())
        group.add(mention.profile.digest)

    def partners(self, mentions: Iterable[MentionFact]) -> Iterator[str]:
        """The contents that the key proposes for any of these, which are among its own."""
        postings = {(m.marking, m.agency): _posting(m) for m in mentions}
        for (marking, agency), digests in self._groups.items():
            other = Posting(next(iter(digests)), agency, marking)
            if any(self._counter.proposes(one, other) for one in postings.values()):
                yield from digests


def _posting(mention: MentionFact) -> Posting:
    return Posting(mention.profile.digest, mention.agency, mention.marking)
