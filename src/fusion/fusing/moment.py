"""The present recorded moment: which of its instants concern which ground.

Events of one moment are told in the order of their names, not of their arrival. So once a ground
matters, all that happened to it in this very moment has to be looked at again.
"""

from __future__ import annotations

from fusion.fusing.ground import Instant
from fusion.fusing.store import Touch


class Moment:
    """What happened to each ground in the moment that the step is in."""

    def __init__(self) -> None:
        self.recorded: int | None = None
        self._instants: dict[str, dict[Instant, str]] = {}
        self._told: set[Touch] = set()

    def enter(self, at: Instant) -> bool:
        """Go to the moment of `at`; whether it is a new one."""
        if self.recorded == at[0]:
            return False
        self.recorded = at[0]
        self._instants, self._told = {}, set()
        return True

    def note(self, ground: str, at: Instant, place: str) -> None:
        """An instant concerns a ground, at a place on it."""
        self._instants.setdefault(ground, {})[at] = place

    def share(self, ground: str, cell: str) -> None:
        """All that happened to a ground concerns a free cell too."""
        shared = dict.fromkeys(self._instants.get(ground, ()), cell)
        self._instants.setdefault(cell, {}).update(shared)

    def merge(self, old: str, new: str) -> None:
        """Two grounds became one."""
        if old in self._instants:
            self._instants.setdefault(new, {}).update(self._instants.pop(old))

    def untold(self, ground: str) -> list[Touch]:
        """All that happened to a ground in this moment and was not given out yet."""
        touches = [Touch(instant, place) for instant, place in self._instants[ground].items()]
        fresh = [touch for touch in touches if touch not in self._told]
        self._told.update(fresh)
        return fresh
