"""Who answers: agencies with their offices and desks, posts, and the tree of mechanisms.

A `Registry` is whole or it does not exist: building one checks that every name in it leads
somewhere, that the mechanisms are one tree, and that each has an accountable lead with a deputy
(DESIGN.md section 7). What it can't be is said by RFC 6901 pointers into its own lists, which stand
in the order of the registry file. It never says what anybody may know: grants do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from fusion.domain.errors import Fault, Invalid
from fusion.domain.fact import Grade
from fusion.domain.ids import TEARLINE_SEGMENT, agency_of


class Kind(StrEnum):
    """What an agency is to the others; it never changes, since `*` means the domestic ones."""

    DOMESTIC = "domestic"
    FOREIGN = "foreign"
    CIVIL = "civil"


@dataclass(frozen=True, slots=True)
class Office:
    """A holder within an agency: all that is published below `prefix`, the longest prefix first."""

    prefix: str
    name: str
    desk: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom to call about an owner's signals: `post` answers. Its id begins with its agency."""

    id: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class Agency:
    """One organisation that publishes or reads. Nothing it publishes is graded above `ceiling`.

    `nation` is ISO 3166-1 alpha-2, lower case. The first of its desks answers for what no office
    and no marking gives to another.
    """

    slug: str
    name: str
    kind: Kind
    ceiling: Grade
    nation: str | None = None
    offices: tuple[Office, ...] = ()
    desks: tuple[Desk, ...] = ()

    @property
    def is_domestic(self) -> bool:
        return self.kind is Kind.DOMESTIC


@dataclass(frozen=True, slots=True)
class Post:
    """An office that a person holds. `id` is a path whose first segment is its agency.

    `holder` is the name of the reader who holds it now; None is vacant: the deputy acts.
    """

    id: str
    title: str
    holder: str | None = None
    deputy: str | None = None
    mechanism: str | None = None

    @property
    def agency(self) -> str:
        return agency_of(self.id)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The agencies that answer together for some domains or regions; empty restricts nothing.

    `core` and `auxiliary` are its members; `lead` is the post that is accountable for it.
    """

    slug: str
    name: str
    lead: str
    parent: str | None = None
    domains: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    core: tuple[str, ...] = ()
    auxiliary: tuple[str, ...] = ()

    @property
    def members(self) -> frozenset[str]:
        return frozenset(self.core + self.auxiliary)


@dataclass(frozen=True, slots=True)
class Registry:
    """Agencies, posts and mechanisms that fit together; `Invalid`, with all faults, otherwise.

    The empty registry is what holds before any was loaded, and offline without one. `steward` is
    the post that is trusted with links nobody else may learn of (RULES.md 27).
    """

    agencies: tuple[Agency, ...] = ()
    posts: tuple[Post, ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    steward: str | None = None
    _agencies: dict[str, Agency] = field(init=False, repr=False, compare=False)
    _posts: dict[str, Post] = field(init=False, repr=False, compare=False)
    _mechanisms: dict[str, Mechanism] = field(init=False, repr=False, compare=False)
    _desks: dict[str, Desk] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        desks = {desk.id: desk for agency in self.agencies for desk in agency.desks}
        object.__setattr__(self, "_agencies", {agency.slug: agency for agency in self.agencies})
        object.__setattr__(self, "_posts", {post.id: post for post in self.posts})
        object.__setattr__(self, "_mechanisms", {each.slug: each for each in self.mechanisms})
        object.__setattr__(self, "_desks", desks)
        if faults := tuple(_faults(self)):
            first = f"{faults[0].pointer}: {faults[0].detail}"
            raise Invalid(f"the registry does not hold together: {first}", faults=faults)

    def agency(self, slug: str) -> Agency | None:
        """The agency of this name."""
        return self._agencies.get(slug)

    def post(self, id_: str) -> Post | None:
        """The post of this id."""
        return self._posts.get(id_)

    def mechanism(self, slug: str) -> Mechanism | None:
        """The mechanism of this name."""
        return self._mechanisms.get(slug)

    def desk(self, id_: str) -> Desk | None:
        """The desk of this id."""
        return self._desks.get(id_)

    def is_domestic(self, slug: str) -> bool:
        """Whether `*` contains this agency; an agency that is not named here is a stranger."""
        agency = self._agencies.get(slug)
        return agency is not None and agency.is_domestic

    @property
    def offices(self) -> tuple[str, ...]:
        """The registered prefixes of all offices, for `ids.office_of`."""
        return tuple(office.prefix for agency in self.agencies for office in agency.offices)

    @property
    def root(self) -> Mechanism | None:
        """The overall mechanism; None in the empty registry alone."""
        return next((each for each in self.mechanisms if each.parent is None), None)

    def desk_for(self, source: str) -> Desk | None:
        """The desk that answers for what is published under `source`.

        It is the nearest office's that has one, else the agency's first; None where it has none.
        """
        agency = self._agencies.get(agency_of(source))
        if agency is None:
            return None
        near = [each for each in agency.offices if each.desk and is_within(source, each.prefix)]
        if near:
            return self._desks[max(near, key=lambda office: len(office.prefix)).desk or ""]
        return agency.desks[0] if agency.desks else None

    def posts_of(self, reader: str) -> tuple[Post, ...]:
        """The posts that a reader acts for (RULES.md 29)."""
        return tuple(post for post in self.posts if post.holder == reader)

    def lead_and_deputy(self, mechanism: Mechanism) -> tuple[Post, Post]:
        """The accountable post of a mechanism and its deputy; every mechanism has both."""
        lead = self._posts[mechanism.lead]
        return lead, self._posts[lead.deputy or ""]

    def lineage(self, mechanism: Mechanism) -> tuple[Mechanism, ...]:
        """The mechanism and those above it, up to the overall one."""
        line = [mechanism]
        while (parent := line[-1].parent) is not None:
            line.append(self._mechanisms[parent])
        return tuple(line)


def is_within(source: str, prefix: str) -> bool:
    """Whether a path is `prefix` or lies below it."""
    return source == prefix or source.startswith(prefix + "/")


def succession_faults(previous: Registry, following: Registry) -> tuple[Fault, ...]:
    """Why one registry may not follow another: agencies stay named and keep their kind.

    Markings were compiled with `*` for the domestic agencies of their day; a change of kind would
    move who may know them, without anybody having re-marked anything (RULES.md 2).
    """
    places = {agency.slug: place for place, agency in enumerate(following.agencies)}
    faults = []
    for agency in previous.agencies:
        place = places.get(agency.slug)
        if place is None:
            faults.append(Fault("/agencies", f"{agency.slug!r} was registered and is missing"))
        elif following.agencies[place].kind is not agency.kind:
            detail = f"{agency.slug!r} is {agency.kind}: the kind of an agency never changes"
            faults.append(Fault(f"/agencies/{place}/kind", detail))
    return tuple(faults)


# --- what a registry must be --------------------------------------------------------------------


def _faults(registry: Registry) -> Iterator[Fault]:
    yield from _repeated(registry)
    for place, agency in enumerate(registry.agencies):
        yield from _agency_faults(registry, agency, f"/agencies/{place}")
    for place, post in enumerate(registry.posts):
        yield from _post_faults(registry, post, f"/posts/{place}")
    for place, mechanism in enumerate(registry.mechanisms):
        yield from _mechanism_faults(registry, mechanism, f"/mechanisms/{place}")
    yield from _tree_faults(registry)
    if registry.steward is not None and registry.post(registry.steward) is None:
        yield Fault("/steward", f"there is no post {registry.steward!r}")


def _repeated(registry: Registry) -> Iterator[Fault]:
    """Names that stand twice; a later one would silently replace the first."""
    yield from _twice("/agencies/{}/slug", [agency.slug for agency in registry.agencies])
    yield from _twice("/posts/{}/id", [post.id for post in registry.posts])
    yield from _twice("/mechanisms/{}/slug", [each.slug for each in registry.mechanisms])
    for place, agency in enumerate(registry.agencies):
        at = f"/agencies/{place}"
        yield from _twice(at + "/offices/{}/prefix", [office.prefix for office in agency.offices])
        yield from _twice(at + "/desks/{}/id", [desk.id for desk in agency.desks])


def _twice(pointer: str, names: list[str]) -> Iterator[Fault]:
    seen: Counter[str] = Counter()
    for place, name in enumerate(names):
        if seen[name]:
            yield Fault(pointer.format(place), f"{name!r} stands twice")
        seen[name] += 1


def _agency_faults(registry: Registry, agency: Agency, at: str) -> Iterator[Fault]:
    if agency.kind is Kind.FOREIGN and agency.nation is None:
        yield Fault(f"{at}/nation", "a foreign agency needs its nation")
    desks = {desk.id for desk in agency.desks}
    tearlines = f"/{agency.slug}/{TEARLINE_SEGMENT}"
    for place, office in enumerate(agency.offices):
        here = f"{at}/offices/{place}"
        if not office.prefix.startswith(f"/{agency.slug}/"):
            detail = f"the prefix of an office of {agency.slug!r} begins with '/{agency.slug}/'"
            yield Fault(f"{here}/prefix", detail)
        elif is_within(office.prefix, tearlines):
            yield Fault(f"{here}/prefix", f"{tearlines!r} is kept for tear-lines")
        if office.desk is not None and office.desk not in desks:
            yield Fault(f"{here}/desk", f"{agency.slug!r} has no desk {office.desk!r}")
    for place, desk in enumerate(agency.desks):
        here = f"{at}/desks/{place}"
        if agency_of(desk.id) != agency.slug:
            detail = f"the id of a desk of {agency.slug!r} begins with '/{agency.slug}/'"
            yield Fault(f"{here}/id", detail)
        if registry.post(desk.post) is None:
            yield Fault(f"{here}/post", f"there is no post {desk.post!r}")


def _post_faults(registry: Registry, post: Post, at: str) -> Iterator[Fault]:
    if registry.agency(post.agency) is None:
        yield Fault(f"{at}/id", f"there is no agency {post.agency!r}")
    if post.deputy == post.id:
        yield Fault(f"{at}/deputy", "a post can't be its own deputy")
    elif post.deputy is not None and registry.post(post.deputy) is None:
        yield Fault(f"{at}/deputy", f"there is no post {post.deputy!r}")
    if post.mechanism is not None and registry.mechanism(post.mechanism) is None:
        yield Fault(f"{at}/mechanism", f"there is no mechanism {post.mechanism!r}")


def _mechanism_faults(registry: Registry, mechanism: Mechanism, at: str) -> Iterator[Fault]:
    lead = registry.post(mechanism.lead)
    if lead is None:
        detail = f"there is no post {mechanism.lead!r}: no mechanism is without a lead"
        yield Fault(f"{at}/lead", detail)
    elif lead.deputy is None:
        yield Fault(f"{at}/lead", f"{lead.id!r} has no deputy: silence must escalate to somebody")
    elif lead.agency not in mechanism.core:
        yield Fault(f"{at}/core", f"the lead's agency {lead.agency!r} is a core member")
    for kind, members in (("core", mechanism.core), ("auxiliary", mechanism.auxiliary)):
        for place, member in enumerate(members):
            if registry.agency(member) is None:
                yield Fault(f"{at}/{kind}/{place}", f"there is no agency {member!r}")
    for both in sorted(set(mechanism.core) & set(mechanism.auxiliary)):
        yield Fault(f"{at}/auxiliary", f"{both!r} is a core member already")


def _tree_faults(registry: Registry) -> Iterator[Fault]:
    """The mechanisms are one tree: one without a parent, and from each a way up to it."""
    roots = [place for place, each in enumerate(registry.mechanisms) if each.parent is None]
    if registry.agencies and not roots:
        yield Fault("/mechanisms", "one overall mechanism, without a parent, is needed")
    for place in roots[1:]:
        yield Fault(f"/mechanisms/{place}/parent", "only the overall mechanism has no parent")
    for place, mechanism in enumerate(registry.mechanisms):
        at = f"/mechanisms/{place}"
        is_restricted = bool(mechanism.domains or mechanism.regions)
        if mechanism.parent is None and is_restricted:
            yield Fault(
                at, "the overall mechanism names no domain and no region: it takes the rest"
            )
        elif mechanism.parent is not None and not is_restricted:
            yield Fault(at, "a mechanism below the overall one names a domain or a region")
        yield from _way_up_faults(registry, mechanism, at)


def _way_up_faults(registry: Registry, mechanism: Mechanism, at: str) -> Iterator[Fault]:
    if mechanism.parent is not None and registry.mechanism(mechanism.parent) is None:
        yield Fault(f"{at}/parent", f"there is no mechanism {mechanism.parent!r}")
    passed = {mechanism.slug}
    above = mechanism.parent
    while above is not None and (parent := registry.mechanism(above)) is not None:
        if above in passed:
            if above == mechanism.slug:
                yield Fault(f"{at}/parent", f"{mechanism.slug!r} stands above itself")
            return
        passed.add(above)
        above = parent.parent
