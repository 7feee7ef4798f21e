"""Discovery: who may learn that something is held, and of whom to ask for it (RULES.md 24, 27).

A marking says who may know a fact; its discovery policy says who may be pointed to the desk that
holds it. Each policy admits whom the stricter ones admit, and more: `none` the common steward,
`stewards` also whoever is accountable for a mechanism, `agencies` every domestic agency's readers,
`all` partners too. Nothing here reads a fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from fusion.access.reader import AccessClass, Reader, class_of
from fusion.domain.compiling import Community
from fusion.domain.marking import NormalForm
from fusion.domain.post import Post, Registry


class Standing(IntEnum):
    """Whom a policy has to admit, as its place among `marking.DISCOVERY`, strictest first."""

    COMMON_STEWARD = 0
    STEWARD = 1
    AGENCY = 2
    ANYBODY = 3


@dataclass(frozen=True, slots=True)
class Beholder:
    """A reader as pointers see one: what it may know, and how far discovery admits it.

    `desks` are those that it answers for. Equal beholders are pointed to the same.
    """

    knowledge: AccessClass
    standing: Standing
    desks: frozenset[str] = frozenset()

    def knows(self, marking: NormalForm) -> bool:
        """Whether it may know what is marked so, in full."""
        return self.knowledge.admits(marking)

    def discovers(self, marking: NormalForm) -> bool:
        """Whether what is marked so is in D(r): known, or all its owners' policies admit."""
        return self.knows(marking) or self._is_admitted(marking)

    def is_entrusted(self, marking: NormalForm) -> bool:
        """Whether this is kept from all others, and it is the common steward, who may not know it.

        Where nobody else can be pointed to what belongs together, the steward has to be (RULES 27).
        """
        is_kept = marking.discovery == Standing.COMMON_STEWARD
        return is_kept and not self.knows(marking) and self._is_admitted(marking)

    def _is_admitted(self, marking: NormalForm) -> bool:
        if marking.discovery == Standing.COMMON_STEWARD:
            return self.standing is Standing.COMMON_STEWARD and self._is_cleared(marking)
        return self.standing <= marking.discovery

    def _is_cleared(self, marking: NormalForm) -> bool:
        """What intake asked of the steward when it took the marking in."""
        mine = self.knowledge
        return marking.level <= mine.level and marking.compartments <= mine.compartments


def beholder_of(reader: Reader, community: Community, registry: Registry) -> Beholder:
    """The beholder that a reader is, by the registry and the grants that stand."""
    posts = posts_acted_for(reader.name, registry)
    acted = {post.id for post in posts}
    desks = {desk.id for each in registry.agencies for desk in each.desks if desk.post in acted}
    return Beholder(
        knowledge=class_of(reader, community),
        standing=_standing(reader, posts, registry),
        desks=frozenset(desks),
    )


def posts_acted_for(reader: str, registry: Registry) -> tuple[Post, ...]:
    """The posts that a reader holds, and the vacant ones whose deputy it is."""
    held = {post.id for post in registry.posts_of(reader)}
    return tuple(
        post
        for post in registry.posts
        if post.id in held or (post.holder is None and post.deputy in held)
    )


def _standing(reader: Reader, posts: tuple[Post, ...], registry: Registry) -> Standing:
    """By the weightiest of its posts, else by its agency."""
    accountable = {each.lead for each in registry.mechanisms}
    deputies = {registry.lead_and_deputy(each)[1].id for each in registry.mechanisms}
    for post in posts:
        if post.id == registry.steward:
            return Standing.COMMON_STEWARD
    if any(post.id in accountable | deputies for post in posts):
        return Standing.STEWARD
    return Standing.AGENCY if registry.is_domestic(reader.agency) else Standing.ANYBODY
