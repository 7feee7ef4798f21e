"""Vacancies: where in the registry nobody could act, so that what comes there reaches nobody.

A registry may have them (a post is vacant now and then), so loading one refuses none; who asks for
orphans is told of them, by RFC 6901 pointers into the registry file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fusion.domain.errors import Fault
from fusion.domain.post import Registry


def vacancies(registry: Registry, acted_for: Collection[str]) -> tuple[Fault, ...]:
    """The places without anybody, where somebody with grants acts for the posts `acted_for`."""
    return tuple(_vacancies(registry, acted_for))


def _vacancies(registry: Registry, acted_for: Collection[str]) -> Iterator[Fault]:
    for place, mechanism in enumerate(registry.mechanisms):
        posts = [post.id for post in registry.lead_and_deputy(mechanism)]
        if not any(post in acted_for for post in posts):
            detail = f"nobody with grants acts for {posts[0]!r} or its deputy {posts[1]!r}"
            yield Fault(f"/mechanisms/{place}/lead", detail)
    if registry.steward is None:
        yield Fault("/steward", "no common steward is named")
    elif registry.steward not in acted_for:
        yield Fault("/steward", f"nobody with grants acts for {registry.steward!r}")
