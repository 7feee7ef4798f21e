"""Facts: what a signal says, compiled, each under the normal form of its own marking.

`fuse` and everything below it see only these. `fusion.domain.compiling` makes them from a signal.
A fact is named by its signal and its place in it: `<signal>#<ref>` a mention,
`<signal>#activities/<n>`, `#relations/<n>`, `#identities/<n>` the rest. `desk` is the one that its
marking names to answer for it, None where the owner's registration says who does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fusion.domain.far_end import FAR
from fusion.domain.marking import NormalForm

# Weight of an Admiralty code in permille, source × information / 1000. "Cannot be judged" (F, 6)
# lies between: it weighs more than E and 5 and less than C and 3 (CONTRACT.md section 1).
_SOURCE_PERMILLE = {"A": 1000, "B": 900, "C": 700, "D": 450, "E": 200, "F": 550}
_INFORMATION_PERMILLE = {1: 1000, 2: 900, 3: 700, 4: 450, 5: 200, 6: 550}
_CODE = re.compile(r"\A[A-F][1-6]\Z")


@dataclass(frozen=True, slots=True)
class Grade:
    """An Admiralty code after the publisher's ceiling."""

    source: str
    information: int

    @property
    def permille(self) -> int:
        """What share of a full weight evidence of this grade carries, in thousandths."""
        return _SOURCE_PERMILLE[self.source] * _INFORMATION_PERMILLE[self.information] // 1000

    @property
    def code(self) -> str:
        """As it is written: `B2`."""
        return f"{self.source}{self.information}"

    def lowered_to(self, ceiling: Grade) -> Grade:
        """The grade, neither part of which weighs more than the ceiling's.

        Better means heavier: under a ceiling of D an F, which weighs more than D, becomes D; under
        F an E stays E. No part ever gains weight.
        """
        return Grade(
            min(self.source, ceiling.source, key=_SOURCE_PERMILLE.__getitem__),
            min(self.information, ceiling.information, key=_INFORMATION_PERMILLE.__getitem__),
        )


def grade_of(code: str) -> Grade:
    """The grade that is written so (`B2`); ValueError for anything else."""
    if not _CODE.match(code):
        raise ValueError(f"{code!r} is no Admiralty code from A1 to F6")
    return Grade(code[0], int(code[1]))


UNJUDGED = Grade("F", 6)
B2_PERMILLE = Grade("B", 2).permille


@dataclass(frozen=True, slots=True)
class Profile:
    """The content of a mention without its marking; what says the same is equal.

    `properties` is sorted by name, values sorted and distinct. Those whose name begins with `FAR`
    are what the mention's relations lead to: linking's evidence, and no property of its schema.
    """

    schema: str
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    digest: str = field(compare=False, default="")

    def values(self, name: str) -> tuple[str, ...]:
        """The values of one property; none is an empty tuple."""
        for key, values in self.properties:
            if key == name:
                return values
        return ()

    @property
    def stated(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The properties that the mention itself states."""
        return (pair for pair in self.properties if not pair[0].startswith(FAR))

    def __hash__(self) -> int:
        return hash(self.digest)


def profile_of(schema: str, properties: dict[str, tuple[str, ...]]) -> Profile:
    """The profile of a mention's schema and properties."""
    kept = tuple(
        [
            (name, tuple(values) if len(values) == 1 else tuple(sorted(set(values))))
            for name, values in sorted(properties.items())
            if values
        ]
    )
    digest = hashlib.sha256(repr((schema, kept)).encode()).hexdigest()[:32]
    return Profile(schema, kept, digest)


@dataclass(frozen=True, slots=True)
class MentionFact:
    """A mention: the profile that it carries, who holds it, and how well it is graded."""

    name: str
    profile: Profile
    role: str | None
    marking: NormalForm
    agency: str
    office: str
    reported: int
    grade: Grade
    desk: str | None = None

    @property
    def founding(self) -> tuple[int, str]:
        """The order in which the founding mention of an entity is found (RULES.md 16)."""
        return (self.reported, self.name)


@dataclass(frozen=True, slots=True)
class RelationFact:
    """What a signal says connects two of its mentions."""

    name: str
    schema: str
    source: str
    target: str
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    marking: NormalForm
    desk: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """What a signal says about two mentions being the same or different; `b` may be unknown."""

    name: str
    a: str
    b: str
    is_same: bool
    grade: Grade
    marking: NormalForm
    agency: str
    office: str
    desk: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityFact:
    """What somebody did; `subjects`, `objects` and `place` are names of mentions."""

    name: str
    code: str
    circumstances: frozenset[str]
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    place: str | None
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    marking: NormalForm
    desk: str | None = None


Fact = MentionFact | RelationFact | ActivityFact | ClaimFact


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """One signal (or one tear-line, which is a signal of its own) as a set of facts.

    `origin` is a token: `id:<origin>` or `signal:<name>`; None where none was given.
    `ends` is the last moment of the observed period, else the reported time.
    `parent_marking` is that of a tear-line's parent: a reader who may know the parent gives the
    tear-line no weight. Whether it knows all of the parent's facts must not decide it, since then a
    hidden one would show.
    `parent` is the name of the tear-line's signal; `retracts` the names that this one takes out.
    """

    name: str
    agency: str
    office: str
    reported: int
    ends: int
    marking: NormalForm
    grade: Grade
    is_raw: bool
    is_disputed: bool
    origin: str | None
    origin_marking: NormalForm | None
    mentions: tuple[MentionFact, ...]
    relations: tuple[RelationFact, ...]
    activities: tuple[ActivityFact, ...]
    claims: tuple[ClaimFact, ...]
    retracts: str | None = None
    parent: str | None = None
    parent_marking: NormalForm | None = None


Numbered = TypeVar("Numbered", RelationFact, ActivityFact, ClaimFact)


def known_of(
    facts: tuple[Numbered, ...], kind: str, signal: str, admits: Callable[[NormalForm], bool]
) -> tuple[Numbered, ...]:
    """The facts of one kind that are admitted, numbered anew: a gap would tell of a hidden one."""
    known = [fact for fact in facts if admits(fact.marking)]
    if len(known) == len(facts):
        return facts
    return tuple(replace(fact, name=f"{signal}#{kind}/{place}") for place, fact in enumerate(known))
