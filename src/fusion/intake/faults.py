"""The faults of one document, as they are found."""

from __future__ import annotations

from collections.abc import Iterable

from fusion.domain.errors import Fault

# As many as a problem may hold (CONTRACT.md section 3); nobody mends more at once.
MAX_FAULTS = 100


class Faults:
    """What is wrong so far, in the order of finding; beyond MAX_FAULTS the rest is not kept."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, pointer: str, detail: str) -> None:
        if len(self.found) < MAX_FAULTS:
            self.found.append(Fault(pointer, detail))

    def add_all(self, faults: Iterable[Fault], *, below: str = "") -> None:
        """Faults whose pointers begin at `below`."""
        for fault in faults:
            self.add(below + fault.pointer, fault.detail)
