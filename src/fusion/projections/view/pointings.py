"""The pointings of one process: one for each beholder that asks, made anew at any time."""

from __future__ import annotations

import threading
from collections import OrderedDict

from fusion.access.discovery import Beholder
from fusion.domain.post import Registry
from fusion.fusing.pointer import Sight
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules

# As many as there are books, and as many again: a class may have several beholders.
POINTINGS_KEPT = 128


class Pointings:
    """Pointings over one store. A pointing is followed by one reader of its class at a time."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._kept: OrderedDict[Beholder, Pointing] = OrderedDict()
        self._guard = threading.Lock()

    def of(self, beholder: Beholder, registry: Registry, key: bytes) -> Pointing:
        """The pointing of a beholder by the registry that stands; another one begins anew.

        So does one that was stopped in the middle of a look.
        """
        with self._guard:
            kept = self._kept.get(beholder)
            if kept is None or kept.sight.registry is not registry or not kept.is_sound:
                kept = self._kept[beholder] = Pointing(self._rules, Sight(beholder, registry), key)
                if len(self._kept) > POINTINGS_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(beholder)
            return kept

    def clear(self) -> None:
        """Forget all: another store took the place of the one that they were made from."""
        with self._guard:
            self._kept.clear()
