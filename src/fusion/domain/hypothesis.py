"""A hypothesis: a cell with its evidence, weighed, without memory: above, held or below."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a hypothesis stands against its pattern's threshold and release level."""

    ABOVE = "above"
    HELD = "held"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact read by one indicator of one role.

    `millibits` is what the fact weighs by itself now; `counted` what it adds to its role after its
    origin was counted once (0 for all but the strongest of an origin). `origin` is the token of its
    origin, `day` the UTC day on which its observed period ended.

    What comes with the hypothesis of another pattern says `through` which one it came, by pattern
    and cell: the bits of that one are shared out over the facts that carry it.
    """

    role: str
    indicator: str
    fact: str
    signal: str
    agency: str
    office: str
    origin: str
    day: int
    millibits: int
    counted: int
    through: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A pattern at one key of its scope, weighed at `now` on the facts of one reader or holder.

    `cell_key` is the name of the founding mention for a cell of an entity, else the key itself
    (`aviation|us`). `members` are the entity's visible mentions, empty for other cells.
    `roles` maps each role with evidence to its millibits after the cap.
    """

    pattern: str
    cell_key: str
    millibits: int
    status: Status
    roles: tuple[tuple[str, int], ...]
    evidence: tuple[Evidence, ...]
    members: tuple[str, ...]

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals whose facts are its evidence."""
        return tuple(sorted({piece.signal for piece in self.evidence}))

    @property
    def core(self) -> tuple[str, ...]:
        """The agencies that hold what carries the weight."""
        return tuple(sorted({piece.agency for piece in self.evidence if piece.counted}))

    @property
    def auxiliary(self) -> tuple[str, ...]:
        """The agencies that hold evidence which adds nothing to what others hold."""
        core = set(self.core)
        return tuple(sorted({piece.agency for piece in self.evidence} - core))
