"""The real engine over a real store in memory, as a worker and a view would drive it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from random import Random

from sqlalchemy import Engine as Database

from fusion.domain.compiling import Community
from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.chronicle import Entry
from fusion.fusing.following import Following
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.projections.store.database import open_database
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.export import Export, export
from fusion.projections.view.scene import Scene
from tests.simulation.tiny import COMMUNITY
from tests.simulation.worlds import World

# One value for all scenes, as the directory keeps it: documents are drawn anew for another one.
REGISTRY = Registry()


class Reads:
    """What is read of a store: for any reader, now and as it was told."""

    def __init__(self, store: SqlStore, rules: Rules) -> None:
        self.store, self._given = store, rules

    @property
    def rules(self) -> Rules:
        """By what it is judged now."""
        return self.store.rules(self._given)

    @property
    def grounds(self) -> GroundReader:
        return GroundReader(self.store, self._given)

    def following(self, reader: Knowledge) -> Following:
        return Following(self.rules, reader.admits)

    def told(self, reader: Knowledge) -> list[Entry]:
        """The chronicle of a reader, told from the beginning."""
        following = self.following(reader)
        following.follow(self.grounds)
        return [told.entry for told in following.told]

    @contextmanager
    def scene(self, reader: Knowledge) -> Iterator[Scene]:
        """A scene for a reader."""
        with self.store.reading():
            yield Scene(
                self.store, self.rules, reader.admits, levels=COMMUNITY.levels, registry=REGISTRY
            )

    def export(self, reader: Knowledge) -> Export:
        """The canonical export of a reader."""
        with self.scene(reader) as scene:
            return export(scene)


class Engine(Reads):
    """The step over a store of its own."""

    def __init__(
        self, rules: Rules, community: Community = COMMUNITY, database: Database | None = None
    ) -> None:
        self._database = database or open_database(None)
        super().__init__(SqlStore(self._database), rules)
        self.store.take_over()
        self.store.keep_community(1, community)
        self.step = Step(self.store, rules)
        self.offset = 0

    @classmethod
    def of(cls, world: World, random: Random) -> Engine:
        """An engine that has taken a world in, in batches of any size."""
        engine = cls(world.rules, world.community)
        engine.work_in_batches(world.arrivals, random)
        return engine

    def work(self, arrivals: Sequence[Arrival]) -> None:
        """Take one batch in; what publishes patterns comes alone, as a worker does it."""
        for is_published, part in groupby(arrivals, lambda each: each.published is not None):
            for batch in [[each] for each in part] if is_published else [list(part)]:
                self.offset += len(batch)
                self.step.work(batch, Position.start().advanced("0", self.offset))

    def work_in_batches(self, arrivals: Sequence[Arrival], random: Random) -> None:
        """Take all of these in, cut into batches by chance."""
        start = 0
        while start < len(arrivals):
            size = random.choice((1, 2, 5, 100))
            self.work(arrivals[start : start + size])
            start += size

    def restart(self) -> None:
        """What remains of a worker that was killed: the store, and nothing in memory."""
        self.store = SqlStore(self._database)
        self.store.take_over()
        self.step = Step(self.store, self.rules)
