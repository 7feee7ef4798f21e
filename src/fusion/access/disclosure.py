"""What a reader gets of something: on which rung, under which banner, and the thing itself.

A banner is computed from the markings of what the response contains and of nothing else: one rolled
up over the whole alert would tell the reader that something higher exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from fusion.domain.marking import DOMESTIC, Clause, NormalForm, join_all

Body = TypeVar("Body")

_LOWEST = NormalForm(level=0)
# What a clause asks for, by the kind of its tokens, in the order in which a banner says it.
_ASKED = (("", "REL TO"), ("nation", "REL TO NATION"), ("need", "NEED"), ("purpose", "FOR"))


class Rung(StrEnum):
    """How much of a thing a disclosure shows (DESIGN.md section 6)."""

    FULL = "full"
    TEARLINE = "tearline"


@dataclass(frozen=True, slots=True)
class Disclosure(Generic[Body]):
    """One thing as one reader may see it; views return nothing else."""

    rung: Rung
    banner: str
    body: Body


def banner(markings: Iterable[NormalForm], levels: Sequence[str]) -> str:
    """The banner of a response that contains what is marked so: `SECRET//HUMINT//REL TO cia, fbi`.

    The join of the markings, said in one way: level (`levels` names them, lowest first),
    compartments, then each clause that a reader had to pass. A response that contains nothing
    marked has the lowest level.
    """
    whole = join_all([_LOWEST, *markings])
    parts = [levels[whole.level], "/".join(sorted(whole.compartments))]
    parts += sorted(map(_said, whole.clauses))
    return "//".join(filter(None, parts))


def _said(clause: Clause) -> str:
    """One OR-set in words: whoever has one of these may know."""
    names: dict[str, list[str]] = {}
    for token in sorted(clause):
        kind, _, name = token.partition("/")
        if kind in {DOMESTIC, "partner"}:
            kind, name = "", name or "*"
        names.setdefault(kind, []).append(name)
    return " OR ".join(
        f"{asked} {', '.join(sorted(names[kind]))}" for kind, asked in _ASKED if kind in names
    )
