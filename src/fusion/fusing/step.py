"""The step: works a batch of arrivals into the store, incrementally and over all markings.

It keeps what is true for every reader at once: profiles and the pairs that could ever be linked,
the components they form, and how much evidence each ground could at most have (RULES.md 23). It
decides nothing for a reader; it only says which grounds a reader's `fuse` has to look at, and when.

Components here never part and never forget: a retraction ends a signal's interval, and whoever
fuses a ground looks at intervals. So the order of arrival leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence

from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.batch import Batch
from fusion.fusing.hot_keys import HotKeys
from fusion.fusing.index import Index
from fusion.fusing.moment import Moment
from fusion.fusing.rules import Published, Rules
from fusion.fusing.store import EngineStore


class Step:
    """Works batches in, one after the other; the only writer of its store."""

    def __init__(self, store: EngineStore, rules: Rules) -> None:
        self._store, self._given = store, rules
        self._rules = rules
        self._forget()

    def work(self, arrivals: Sequence[Arrival], after: Position) -> None:
        """Work in all that lies between the store's position and `after`.

        A publication of patterns comes alone.
        """
        expected = self._store.position()
        ordered = sorted(arrivals, key=lambda arrival: arrival.at)
        published = [Published(a.at, a.published) for a in ordered if a.published is not None]
        assert not published or len(ordered) == 1, "a publication is a batch of its own"
        try:
            self._rules = self._rules.followed_by([*self._rules.later, *published])
            batch = self._batch(ordered)
            for arrival in ordered:
                if arrival.published is None:
                    batch.take(arrival)
            for each in published:
                batch.publish(each)
            last, today = batch.reached()
            self._store.commit(batch.changes, after, expected=expected, last=last, today=today)
        except BaseException:
            # What was learnt of an unwritten batch is worth nothing.
            self._forget()
            raise

    def _batch(self, arrivals: Sequence[Arrival]) -> Batch:
        return Batch(
            self._store,
            self._rules,
            arrivals,
            moment=self._moment,
            hot=self._hot,
            index=self._index,
        )

    def _forget(self) -> None:
        self._rules = self._given.followed_by(self._store.published())
        self._moment = Moment()
        self._hot = HotKeys(self._store, self._given.linker.model)
        self._index = Index(self._store)
