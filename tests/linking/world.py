"""What one reader may know, put together a line at a time, for the tests of `resolve`.

Names of mentions are `/<agency>/<day>#<what>`; a world states the bits of two contents by a table
and proposes all its pairs, so that nothing here depends on how contents are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from fusion.domain.fact import ClaimFact, Grade, MentionFact, Profile, profile_of
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm
from fusion.linking.resolve import Link, Resolution, resolve

OPEN = NormalForm(0)
POSITIVE, NEGATIVE, UNSURE = Verdict.POSITIVE, Verdict.NEGATIVE, Verdict.UNSURE


@dataclass(frozen=True, slots=True)
class Bounds:
    """The part of a model that joining asks for, in round figures."""

    same: int = 16_000
    possible: int = 8_000
    conflict: int = -8_000
    claim_bits: int = 20_000
    component_quota: int = 50
    component_limit: int = 50
    bar_step: int = 2_000
    bar_top: int = 30_000


@dataclass
class World:
    """What one reader may know, put together a line at a time."""

    bounds: Bounds = field(default_factory=Bounds)
    mentions: list[MentionFact] = field(default_factory=list)
    claims: list[ClaimFact] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    selves: dict[str, int] = field(default_factory=dict)
    table: dict[frozenset[str], int] = field(default_factory=dict)
    unproposed: set[frozenset[str]] = field(default_factory=set)
    asked: list[frozenset[str]] = field(default_factory=list)

    def mention(
        self, content: str, *, ref: str = "", agency: str = "cia", day: int = 0, grade: str = "B2"
    ) -> str:
        name = f"/{agency}/{day}#{ref or content}"
        graded = Grade(grade[0], int(grade[1]))
        self.mentions.append(
            MentionFact(
                name, profile_named(content), None, OPEN, agency, f"/{agency}/desk", day, graded
            )
        )
        return name

    def vague(self, content: str) -> None:
        """Make a content one that is not specific enough to be one node."""
        self.selves[content] = self.bounds.same - 1

    def bits(self, one: str, other: str, millibits: int, *, is_proposed: bool = True) -> None:
        pair = frozenset((one, other))
        self.table[pair] = millibits
        if not is_proposed:
            self.unproposed.add(pair)

    def claim(
        self, a: str, b: str, *, is_same: bool = True, agency: str = "cia", grade: str = "A1"
    ) -> None:
        graded = Grade(grade[0], int(grade[1]))
        name = f"/{agency}/c{len(self.claims)}#identities/0"
        self.claims.append(ClaimFact(name, a, b, is_same, graded, OPEN, agency, f"/{agency}/desk"))

    def judge(self, a: str, b: str, verdict: Verdict, *, author: str = "ann") -> None:
        order = len(self.judgements)
        a, b = sorted((a, b))
        self.judgements.append(Judgement(f"j{order}", author, a, b, verdict, "", order, OPEN))

    def resolve(self) -> Resolution:
        return resolve(
            self.mentions,
            self.claims,
            self.judgements,
            model=self.bounds,
            bits=self.bits_of,
            self_bits=self.self_bits_of,
            edges=self.edges(),
        )

    def edges(self) -> list[tuple[Profile, Profile]]:
        """The pairs of contents that some key proposes."""
        contents = {mention.profile for mention in self.mentions}
        return [
            (p, q)
            for p, q in combinations(sorted(contents, key=content_of), 2)
            if frozenset((content_of(p), content_of(q))) not in self.unproposed
        ]

    def together(self) -> set[frozenset[str]]:
        """The entities, by the names of their mentions."""
        return {frozenset(m.name for m in entity) for entity in self.resolve().entities}

    def link(self, a: str, b: str) -> Link | None:
        found = [link for link in self.resolve().links if {link.a, link.b} == {a, b}]
        assert len(found) <= 1
        return found[0] if found else None

    def self_bits_of(self, profile: Profile) -> int:
        return self.selves.get(content_of(profile), 20_000)

    def bits_of(self, p: Profile, q: Profile) -> int:
        pair = frozenset((content_of(p), content_of(q)))
        self.asked.append(pair)
        return self.table.get(pair, 0)


def profile_named(content: str) -> Profile:
    return profile_of("Person", {"name": (content,)})


def content_of(profile: Profile) -> str:
    return profile.values("name")[0]


def sets(*entities: tuple[str, ...]) -> set[frozenset[str]]:
    return {frozenset(entity) for entity in entities}
