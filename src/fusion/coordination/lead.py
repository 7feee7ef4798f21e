"""Who leads and who is at the table: pure deciders over the registry.

They are given what one reader may know of an alert, and say what follows from that and from the
registry's public part; they never look further, so that a hidden holder changes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fusion.domain.post import Mechanism, Registry


@dataclass(frozen=True, slots=True)
class Lead:
    """The accountable lead of an alert: a mechanism, the post that leads it, that post's deputy.

    `title` is the post's. `also` names the other mechanisms that the alert goes to, deepest first:
    those of its domain or region that do not lead it, and the parents that they have in common.
    """

    mechanism: str
    post: str
    title: str
    deputy: str
    also: tuple[str, ...] = ()


def lead_of(
    domain: str, region: str | None, registry: Registry, *, holders: Iterable[str] = ()
) -> Lead | None:
    """The lead of an alert of a pattern of this domain and region; None without a registry.

    The most specific mechanism leads: one of the domain and the region, else of the domain, else of
    the region, else the overall one; among equals the deeper in the tree, then the file's first.
    `holders` are the agencies that hold what carries the weight: where one of them belongs to
    another mechanism and not to this one, the alert spans the two.
    An alert that spans two mechanisms goes to their nearest common parent too.
    """
    concerned = mechanisms_of(domain, region, registry)
    if not concerned:
        return None
    leading, others = concerned[0], list(concerned[1:])
    parents = [_common_parent(registry, leading, other) for other in others]
    for agency in sorted(set(holders)):
        parents += _parent_shared_with(registry, leading, agency)
    also = {each.slug: each for each in others + parents if each is not leading}
    nearest_first = sorted(also.values(), key=lambda each: -len(registry.lineage(each)))
    post, deputy = registry.lead_and_deputy(leading)
    return Lead(
        mechanism=leading.slug,
        post=post.id,
        title=post.title,
        deputy=deputy.id,
        also=tuple(each.slug for each in nearest_first),
    )


def leading_mechanism(domain: str, region: str | None, registry: Registry) -> Mechanism | None:
    """The mechanism that leads such an alert, as `lead_of` says; None without a registry."""
    return next(iter(mechanisms_of(domain, region, registry)), None)


def mechanisms_of(domain: str, region: str | None, registry: Registry) -> tuple[Mechanism, ...]:
    """The mechanisms that answer for a domain and region, the most specific first.

    Those that stand above another one here are left out: they take what no nearer one takes.
    """
    matching = [each for each in registry.mechanisms if _answers_for(each, domain, region)]
    above = {up.slug for each in matching for up in registry.lineage(each)[1:]}
    nearest = [each for each in matching if each.slug not in above]
    return tuple(
        sorted(
            nearest,
            key=lambda each: (
                not each.domains,
                not each.regions,
                -len(registry.lineage(each)),
            ),
        )
    )


def participants(
    core_agencies: Iterable[str], auxiliary_agencies: Iterable[str]
) -> dict[str, list[str]]:
    """Who must be at the table (`core`: owners of what carries the weight) and who may be."""
    core = set(core_agencies)
    return {"core": sorted(core), "auxiliary": sorted(set(auxiliary_agencies) - core)}


def _answers_for(mechanism: Mechanism, domain: str, region: str | None) -> bool:
    return (not mechanism.domains or domain in mechanism.domains) and (
        not mechanism.regions or region in mechanism.regions
    )


def _parent_shared_with(registry: Registry, leading: Mechanism, agency: str) -> list[Mechanism]:
    """The nearest common parent of `leading` and a mechanism of `agency`, if it has any.

    Of a member of `leading` that is `leading` itself.
    """
    shared = [
        _common_parent(registry, leading, other)
        for other in registry.mechanisms
        if agency in other.members
    ]
    return sorted(shared, key=lambda each: -len(registry.lineage(each)))[:1]


def _common_parent(registry: Registry, one: Mechanism, other: Mechanism) -> Mechanism:
    """The nearest mechanism that stands above both, or is one of them and above the other."""
    above = {each.slug for each in registry.lineage(other)}
    return next(each for each in registry.lineage(one) if each.slug in above)
