"""Readers: what the grants give somebody, and for what they act just now.

A reader acts for exactly one agency and nation, and for at most one purpose and one case at a time;
grants give attributes and never admit to a single fact (RULES.md 3). What a reader brings to a
marking is its `Knowledge`; readers with equal knowledge may know exactly the same, so that is the
key under which views are shared. Nothing here looks at a marking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from fusion.domain.compiling import Community
from fusion.domain.errors import Forbidden, Invalid
from fusion.domain.marking import DOMESTIC, Knowledge

# Readers who may know exactly the same markings (DESIGN.md section 3).
AccessClass: TypeAlias = Knowledge

# Whoever was granted this role reads who asked for what; it admits to no content.
OVERSIGHT = "oversight"
# Below every level that a marking can have: who is cleared for an unknown level knows nothing.
_NO_LEVEL = -1


@dataclass(frozen=True, slots=True)
class Grants:
    """What a reader was granted: the latest `grants.set` of its name. `level` is a level's name."""

    name: str
    agency: str
    level: str
    nation: str | None = None
    compartments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with grants, who acts for one purpose and one case, or for none.

    `Forbidden` for a purpose that is not granted and for a case that the reader does not belong to;
    the text is one, whether or not there is such a case.
    """

    grants: Grants
    purpose: str | None = None
    case: str | None = None

    def __post_init__(self) -> None:
        if self.purpose is not None and self.purpose not in self.grants.purposes:
            raise Forbidden("the purpose is not granted")
        if self.case is not None and self.case not in self.grants.cases:
            raise Forbidden("the case is not one of yours")

    @property
    def name(self) -> str:
        return self.grants.name

    @property
    def agency(self) -> str:
        return self.grants.agency

    @property
    def oversees(self) -> bool:
        """Whether the reader is oversight."""
        return OVERSIGHT in self.grants.roles

    def knowledge(self, levels: Sequence[str], *, is_domestic: bool) -> AccessClass:
        """What the reader brings to a marking, as `fusion.domain.marking` has the tokens.

        `levels` are the names of the levels, lowest first; `is_domestic` is said of the reader's
        agency. A level that is not among them admits to nothing.
        """
        level = self.grants.level
        return Knowledge(
            level=levels.index(level) if level in levels else _NO_LEVEL,
            compartments=self.grants.compartments,
            tokens=frozenset(self._tokens(is_domestic=is_domestic)),
        )

    def _tokens(self, *, is_domestic: bool) -> list[str]:
        grants = self.grants
        tokens = [f"need/group:{group}" for group in grants.groups]
        tokens += [f"need/role:{role}" for role in grants.roles]
        if is_domestic:
            tokens += [DOMESTIC, f"{DOMESTIC}/{grants.agency}"]
        else:
            tokens.append(f"partner/{grants.agency}")
        if grants.nation is not None:
            tokens.append(f"nation/{grants.nation}")
        if self.purpose is not None:
            tokens.append(f"purpose/{self.purpose}")
        if self.case is not None:
            tokens.append(f"need/case:{self.case}")
        return tokens


def class_of(reader: Reader, community: Community) -> AccessClass:
    """The access class of a reader; an agency that is unknown here is never domestic."""
    token = community.token_of(reader.agency)
    is_domestic = token is not None and token.startswith(f"{DOMESTIC}/")
    return reader.knowledge(community.levels, is_domestic=is_domestic)


def classes_of(grants: Grants, community: Community) -> Iterator[tuple[str, AccessClass]]:
    """The access classes of who has these grants, for no purpose and for each, with titles."""
    for purpose in (None, *sorted(grants.purposes)):
        title = f"{grants.name} for {purpose}" if purpose else grants.name
        yield title, class_of(Reader(grants, purpose=purpose), community)


def grants_document(grants: Grants) -> dict[str, Any]:
    """Grants as `fusion grants list --json` prints them: every set a sorted list."""
    return {
        "name": grants.name,
        "agency": grants.agency,
        "nation": grants.nation,
        "level": grants.level,
        "compartments": sorted(grants.compartments),
        "groups": sorted(grants.groups),
        "roles": sorted(grants.roles),
        "purposes": sorted(grants.purposes),
        "cases": sorted(grants.cases),
    }


def reader_of(document: Mapping[str, Any]) -> Reader:
    """The reader that a reader's file says: printed grants, and the `purpose` and `case` acted for.

    `Invalid` for what is no such document, `Forbidden` for a purpose or case that it doesn't grant.
    """
    try:
        file = msgspec.convert(document, _ReaderFile)
    except msgspec.ValidationError as error:
        raise Invalid(f"the reader can't be taken: {error}") from None
    granted = msgspec.structs.asdict(file)
    purpose, case = granted.pop("purpose"), granted.pop("case")
    return Reader(Grants(**granted), purpose=purpose, case=case)


class _ReaderFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wall to the outside, where unknown members are refused."""

    name: str
    agency: str
    level: str
    nation: str | None = None
    compartments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    purpose: str | None = None
    case: str | None = None
