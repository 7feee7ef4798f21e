"""The plainest client of a stream, and a place at an engine where a reader watches.

The client keeps what it is told and nothing else. It refuses what no client could understand: an
alert that is raised twice, or changed or withdrawn without ever having been raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine as Database

from fusion.access.reader import Grants, Reader
from fusion.domain.clock import ScriptedClock
from fusion.domain.marking import Knowledge
from fusion.events.catalog import GrantsRevoked, GrantsSet
from fusion.events.codec import encode
from fusion.fusing.arrival import Arrival
from fusion.fusing.rules import Rules
from fusion.projections.registry.directory import FoldedDirectory
from fusion.projections.store.files import StoreFiles
from fusion.projections.view.book import Book
from fusion.projections.view.cursor import Seal
from fusion.projections.view.port import AlertFilters, Frame
from fusion.projections.view.scene import Scene
from fusion.projections.view.stores import Stores
from fusion.projections.view.view import ReaderView
from fusion.projections.view.views import Views
from fusion.projections.view.watch import Watch
from tests.simulation.engine import Engine
from tests.simulation.logged import EVE, House, envelope_of, opened

Json = dict[str, Any]
NO_FILTERS = AlertFilters()


@dataclass
class Client:
    """What a stream told so far: alerts by name, publications, and the id to resume from."""

    alerts: dict[str, Json] = field(default_factory=dict)
    last_id: str | None = None
    notices: list[Json] = field(default_factory=list)
    _coming: dict[str, Json] = field(default_factory=dict)

    def take_all(self, frames: Iterable[Frame]) -> None:
        """Take frames in, one after the other."""
        for frame in frames:
            self.take(frame)

    def take(self, frame: Frame) -> None:
        """Take one frame in."""
        self.last_id = frame.id
        alert = frame.data.get("alert", "")
        if frame.event == "published":
            self.notices.append(frame.data)
        elif frame.event == "snapshot":
            self._coming.update({each["alert"]: each for each in frame.data["items"]})
            if frame.data["complete"]:
                self.alerts, self._coming = self._coming, {}
        elif frame.event == "withdrawn":
            assert alert in self.alerts, "what is withdrawn had been told"
            assert frame.data["version"] >= self.alerts.pop(alert)["version"]
        else:
            former = self.alerts.pop(frame.data.get("replaces", ""), self.alerts.get(alert))
            assert (frame.event == "changed") == (former is not None), "told once, then changed"
            # The same version again where it went to another post.
            assert former is None or frame.data["version"] >= former["version"]
            assert frame.data != former
            self.alerts[alert] = frame.data


class Desk:
    """One reader's place at an engine, whose rights may change while a stream is open.

    Books are kept by class, as views keep them.
    """

    def __init__(self, engine: Engine, knowledge: Knowledge) -> None:
        self.engine, self.knowledge = engine, knowledge
        self._books: dict[Knowledge, Book] = {}

    @contextmanager
    def stage(self) -> Iterator[tuple[Scene, Book]]:
        """The scene and the book of the class that the reader is in now."""
        book = self._books.setdefault(self.knowledge, Book(self.engine.rules, self.knowledge))
        with self.engine.scene(self.knowledge) as scene:
            book.follow(scene)
            yield scene, book

    def watch(self, last_event_id: str | None, filters: AlertFilters = NO_FILTERS) -> Watch:
        return Watch(self.stage, Seal(b"key", "stream"), filters, last_event_id)

    def fresh(self, filters: AlertFilters = NO_FILTERS) -> dict[str, Json]:
        """What somebody who comes now is told."""
        newcomer = Desk(self.engine, self.knowledge)
        client = Client()
        client.take_all(newcomer.watch(None, filters).frames())
        return client.alerts


READER = "rita"


def drawn_grants(random: Random) -> GrantsSet:
    """Grants of the reader: of some agency, cleared for this and that."""
    agency = random.choice("abczf")
    return GrantsSet(
        name=READER,
        agency=agency,
        nation="xx" if agency == "f" else None,
        level=random.choice(("OPEN", "SECRET", "SECRET")),
        compartments=random.choice(((), ("K",))),
        groups=random.choice(((), ("g",))),
        roles=(),
        purposes=random.choice(((), ("prevention",), ("prevention",))),
        cases=(),
    )


class _InMemory(StoreFiles):
    """Where there is one store, in memory."""

    def __init__(self, database: Database) -> None:
        super().__init__(Path("memory"))
        self._database = database

    def current(self) -> Path:
        return Path("memory")

    def open(self, store: Path) -> Database:
        assert store == self.current()
        return self._database


class Premises:
    """A real log, worker, directory and views, and one reader whose grants come and go."""

    def __init__(self, rules: Rules, random: Random) -> None:
        self._clock = ScriptedClock(EVE)
        self._log = opened(self._clock)
        self._house = House(rules, self._log, random)
        self._directory = FoldedDirectory()
        self._views = self._new_views()
        self._granted = 0

    def come(self, arrival: Arrival) -> None:
        """An event comes into the log and is worked in."""
        self._clock.advance(max(self._clock.now(), arrival.at[0]))
        self._log.tick()
        if (envelope := envelope_of(arrival)) is not None:
            self._log.append([envelope])
        self._house.catch_up()

    def grant(self, random: Random) -> None:
        """Set the reader's grants anew, or revoke them."""
        self.decree(drawn_grants(random) if random.random() < 0.85 else GrantsRevoked(READER))

    def decree(self, event: GrantsSet | GrantsRevoked) -> None:
        """Grants come into force."""
        self._granted += 1
        self._log.append([encode(event, source="/fusion/grants", id=str(self._granted))])
        self._directory.follow(self._log)

    def rights(self) -> object:
        """What the reader is granted now; never None."""
        return self._directory.grants(READER) or "nothing"

    def watch(self, last_event_id: str | None) -> Watch:
        """A stream of the reader, who was granted the purpose when it was opened."""
        granted = Grants(READER, agency="a", level="OPEN", purposes=frozenset({"prevention"}))
        reader = Reader(granted, purpose="prevention")
        watch = self._views.of(reader).watch(last_event_id=last_event_id, filters=NO_FILTERS)
        assert isinstance(watch, Watch)
        return watch

    def fresh(self) -> dict[str, Json]:
        """What the reader would be told if it came now, from books that nobody has read in yet."""
        client = Client()
        for frame in (
            self._view(self._new_views()).watch(last_event_id=None, filters=NO_FILTERS).frames()
        ):
            client.take(frame)
        return client.alerts

    def histories(self) -> dict[str, list[Json]]:
        """All versions of each alert that the reader is told of now, from the books as they are."""
        view = self._view(self._views)
        page = view.alerts(cursor=None, limit=200, filters=NO_FILTERS)
        return {
            alert["alert"]: view.history(alert["alert"], cursor=None, limit=200).body["items"]
            for alert in page.body["items"]
        }

    def _new_views(self) -> Views:
        return Views(
            Stores(_InMemory(self._house.database)),
            self._house.rules,
            self._directory,
            self._log,
            self._clock,
            follow=lambda: self._directory.follow(self._log),
        )

    def _view(self, views: Views) -> ReaderView:
        """A view of the reader by the grants that stand now."""
        granted = self._directory.grants(READER) or Grants(READER, agency="", level="")
        purpose = "prevention" if "prevention" in granted.purposes else None
        return views.of(Reader(granted, purpose=purpose))
