"""Previews: what a publication of patterns moves, before it is in any log.

It is worked into a copy of the store by the very step that would work it in, and the chronicles are
told on: what was looked at is what happens. That spans all markings. **What it releases**, and
nothing beyond it: names, patterns and bits of the alerts that move, to the operator alone, who
decides whether to publish. No reader is ever answered from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fusion.domain.marking import Knowledge
from fusion.fusing.following import Following, Told
from fusion.fusing.ground import Instant, fuse_ground
from fusion.fusing.known import Admits
from fusion.fusing.rules import Rules
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Moved:
    """What becomes of one alert: its weight before and after, in millibits; None: no such cell.

    `kind` is that of the version that it comes to, or `weighed` where no version does.
    """

    kind: str
    alert: str
    pattern: str
    before: int | None
    after: int | None


class Preview:
    """Chronicles of some classes, told up to before a publication; then what it moved."""

    def __init__(self, store: SqlStore, rules: Rules, classes: Mapping[str, Knowledge]) -> None:
        self._store, self._rules = store, rules
        self._of = {title: knowledge.admits for title, knowledge in classes.items()}
        self._followings = {t: Following(rules, admits) for t, admits in self._of.items()}
        with store.reading():
            for following in self._followings.values():
                following.follow(GroundReader(store, rules))

    def moved(self, at: Instant) -> dict[str, list[Moved]]:
        """What moved for each class, once the store has what was published at an instant."""
        with self._store.reading():
            grounds = GroundReader(self._store, self._rules)
            return {
                title: list(self._moved(following, self._of[title], grounds, at))
                for title, following in self._followings.items()
            }

    def _moved(
        self, following: Following, admits: Admits, grounds: GroundReader, at: Instant
    ) -> Iterator[Moved]:
        known = len(following.told)
        following.follow(grounds)
        told = following.told[known:]
        for each in told:
            yield _weighed(each.entry.kind, each, admits, grounds, at)
        moved = {each.entry.alert for each in told}
        for alert, entry in sorted(following.standing.items()):
            if alert not in moved:
                each = Told(entry, at, following.place_of(alert))
                weighed = _weighed("weighed", each, admits, grounds, at)
                if weighed.before != weighed.after:
                    yield weighed


def _weighed(kind: str, told: Told, admits: Admits, grounds: GroundReader, at: Instant) -> Moved:
    entry = told.entry
    # On the same day, with all that was there before it.
    before = (at[0], at[1][:-1])
    weights = [_weight(told, admits, grounds, instant) for instant in (before, at)]
    return Moved(kind, entry.alert, entry.pattern, *weights)


def _weight(told: Told, admits: Admits, grounds: GroundReader, at: Instant) -> int | None:
    ground = grounds.ground(told.place)
    assert ground is not None, "what was told of stands on a ground"
    fusion = fuse_ground(ground, grounds.rules, admits, at)
    cell = (told.entry.pattern, told.entry.cell_key)
    found = (h.millibits for h in fusion.hypotheses if (h.pattern, h.cell_key) == cell)
    return next(found, None)
