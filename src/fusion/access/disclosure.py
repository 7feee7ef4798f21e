"""What a reader gets of something: the answer itself, and of which signals it shows what.

An answer and what it shows are made in one place and go out together, so that the ledger is told
what was shown by whoever showed it, and nobody has to guess it from the answer.

A banner is computed from the markings of what the response contains and of nothing else: one rolled
up over the whole alert would tell the reader that something higher exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from fusion.domain.ids import is_tearline
from fusion.domain.marking import DOMESTIC, Clause, NormalForm, join_all

Body = TypeVar("Body")

_LOWEST = NormalForm(level=0)
# What a clause asks for, by the kind of its tokens, in the order in which a banner says it.
_ASKED = (("", "REL TO"), ("nation", "REL TO NATION"), ("need", "NEED"), ("purpose", "FOR"))


class Rung(StrEnum):
    """How much of a thing a disclosure shows (DESIGN.md section 6)."""

    FULL = "full"
    TEARLINE = "tearline"
    POINTER = "pointer"


class Shown(NamedTuple):
    """That something of a signal is shown, and on which rung."""

    rung: Rung
    signal: str


@dataclass(frozen=True, slots=True)
class Disclosure(Generic[Body]):
    """One answer as one reader may see it; views return nothing else.

    `shown` names, sorted, every signal of which the body shows anything. `count` is how many things
    the body has: one, or the length of a page.
    """

    body: Body
    shown: tuple[Shown, ...] = ()
    count: int = 1


def disclosing(body: Body, signals: Iterable[str]) -> Disclosure[Body]:
    """The disclosure of one thing that shows something of these signals."""
    return Disclosure(body, shown_of(signals))


def shown_of(signals: Iterable[str]) -> tuple[Shown, ...]:
    """These signals, each on its rung: a tear-line is a signal of its own (RULES.md 4)."""
    rungs = {name: Rung.TEARLINE if is_tearline(name) else Rung.FULL for name in signals}
    return tuple(sorted(Shown(rung, name) for name, rung in rungs.items()))


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
