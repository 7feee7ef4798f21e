"""What a stream tells of pointers: that one came, and that one lapsed, tick by tick.

Tellings only grow, and a tick that has passed is never retold; so a place among them is a number,
and what was told up to it has a mark by which whoever resumes is known to have been told the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fusion.domain.clock import midnight
from fusion.fusing.pointer import Pointer
from fusion.fusing.pointing import Pointing

if TYPE_CHECKING:
    from hashlib import _Hash as Mark


@dataclass(frozen=True, slots=True)
class PointerTelling:
    """That a pointer came, or lapsed, at the tick of a moment (µs)."""

    at: int
    pointer: Pointer
    is_lapse: bool

    @property
    def line(self) -> str:
        """By what it is told from another."""
        return f"{'lapsed' if self.is_lapse else 'pointer'} {self.pointer.handle} {self.at}\n"


def pointer_tellings(pointing: Pointing | None) -> list[PointerTelling]:
    """All tellings so far, oldest first; of one tick what lapsed precedes what came."""
    days = pointing.days if pointing else []
    return [
        PointerTelling(midnight(day.day), pointer, is_lapse)
        for day in days
        for is_lapse, pointers in ((True, day.lapsed), (False, day.new))
        for pointer in pointers
    ]


def pointers_left(tellings: Iterable[PointerTelling]) -> list[Pointer]:
    """What stands after these tellings, latest first, then by handle."""
    left: dict[str, Pointer] = {}
    for telling in tellings:
        if telling.is_lapse:
            left.pop(telling.pointer.handle, None)
        else:
            left[telling.pointer.handle] = telling.pointer
    return sorted(left.values(), key=lambda pointer: (-pointer.day, pointer.handle))


def beholder_text(pointing: Pointing | None) -> str:
    """The beholder beyond its class, as text that is equal for equal ones in every process."""
    if pointing is None:
        return ""
    beholder = pointing.sight.beholder
    return f"{int(beholder.standing)} {sorted(beholder.desks)}\n"


def pointer_mark(pointing: Pointing | None, place: int) -> Mark:
    """The mark of the first tellings: whose they are, and what they told."""
    mark = hashlib.sha256(beholder_text(pointing).encode())
    for telling in pointer_tellings(pointing)[:place]:
        mark.update(telling.line.encode())
    return mark
