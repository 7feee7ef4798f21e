"""The engine's store over SQL: what the step reads in bulk, and its one write.

It spans all markings. import-linter lets the worker and the view import it, and nobody else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, select

from fusion.domain.compiling import Community
from fusion.domain.errors import FusionError
from fusion.domain.fact import SignalFacts
from fusion.domain.marking import NormalForm
from fusion.events.catalog import SIGNALS
from fusion.events.position import Position
from fusion.fusing.arriving import facts_in
from fusion.fusing.ground import Bearing, Instant, StoredSignal
from fusion.fusing.rules import Published, Rules
from fusion.fusing.store import Changes, EventRow, ProfileRow
from fusion.linking.generic import Posting
from fusion.projections.store import tables, writing
from fusion.projections.store.communities import decode_community, encode_community
from fusion.projections.store.markings import Markings
from fusion.projections.store.profiles import Profiles
from fusion.projections.store.published import decode_patterns
from fusion.projections.store.rows import begin_writing, replace, select_in

# Compiled events kept in memory: a batch and what its grounds touch; some 5 KiB each.
EVENTS_KEPT = 20_000

_EVENT = (
    "SELECT number, source, id, type, body, recorded, name, until_recorded, until_name,"
    " gone_by, epoch, fault, publisher FROM event"
)


class Fenced(FusionError):
    """Another worker took the store over, or moved it on: what this one computed is not written."""

    code = "fenced"


class SqlStore:
    """One connection's view of the store. Not for several threads at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._markings = Markings(self._connection)
        self._profiles = Profiles(self._connection)
        self._communities: dict[int, Community] = {}
        self._facts: OrderedDict[int, tuple[SignalFacts, ...]] = OrderedDict()
        self._made: dict[str, Any] = {}
        self._made_at: object = None
        self._is_looked_at = False
        # Whose turn it is to write, as this one knows it; nobody's number until it takes over.
        self._writer = 0
        self._published: tuple[Published, ...] = ()
        self._rules: tuple[Rules, tuple[Published, ...], Rules] | None = None

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent state for all reads inside."""
        if self._connection.in_transaction():
            yield self._connection
            return
        with self._connection.begin():
            self._is_looked_at = False
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._connection.begin():
            self._is_looked_at = False
            begin_writing(self._connection)
            yield self._connection

    # --- where the worker stands

    def take_over(self) -> None:
        """Be the one that writes, from now on: whoever was before is fenced."""
        with self._writing() as c:
            c.exec_driver_sql(
                "INSERT INTO progress VALUES (1, ?, 0, '', 0, 0) ON CONFLICT DO NOTHING",
                (Position.start().encode(),),
            )
            c.exec_driver_sql("UPDATE progress SET writer = writer + 1 WHERE id = 1")
            self._writer = int(
                c.exec_driver_sql("SELECT writer FROM progress WHERE id = 1").scalar_one()
            )

    def position(self) -> Position:
        """Up to where the log is worked in."""
        row = self._progress()
        return Position.decode(row[0]) if row else Position.start()

    def last_instant(self) -> Instant:
        """The latest instant worked in."""
        row = self._progress()
        return (row[1], row[2]) if row else (0, "")

    def today(self) -> int:
        """The day of the last tick."""
        row = self._progress()
        return int(row[3]) if row else 0

    def _progress(self) -> tuple[str, int, str, int] | None:
        with self.reading() as c:
            row = c.exec_driver_sql("SELECT position, recorded, name, day FROM progress").fetchone()
        return tuple(row) if row else None

    def made_of_this_state(self) -> dict[str, Any]:
        """What others made of the store as it is now, for whoever needs it next."""
        with self.reading():
            # Nothing moves within one transaction.
            if not self._is_looked_at:
                state, self._is_looked_at = self._progress(), True
                if state != self._made_at:
                    self._made, self._made_at = {}, state
        return self._made

    def judgements_made(self) -> int:
        """How many judgements were worked in: the next one's place in their sequence."""
        with self.reading() as c:
            return int(c.exec_driver_sql("SELECT max(ordinal) FROM judgement").scalar() or 0)

    def numbers(self) -> tuple[int, int]:
        """The highest number of an event, and of a profile or component, so far."""
        with self.reading() as c:
            events = c.exec_driver_sql("SELECT max(number) FROM event").scalar() or 0
            profiles = c.exec_driver_sql("SELECT max(number) FROM profile").scalar() or 0
            alone = c.exec_driver_sql("SELECT max(component) FROM standalone").scalar() or 0
        return int(events), max(int(profiles), int(alone))

    # --- profiles and keys

    def profiles(self, digests: Collection[str]) -> list[ProfileRow]:
        """The rows of known profiles."""
        return self._profiles.by_digest(digests)

    def profiles_numbered(self, numbers: Collection[int]) -> list[ProfileRow]:
        """The rows of profiles by their numbers."""
        return self._profiles.by_number(numbers)

    def hot(self, keys: Collection[str]) -> set[str]:
        """Which of these keys more contents than the cap ever carried."""
        rows = select_in(self._connection, 'SELECT "key" FROM hot WHERE "key" IN {}', keys)
        return {key for (key,) in rows}

    def carriers(self, keys: Collection[str]) -> dict[str, list[int]]:
        """The profiles that carry each key, in the order in which they came."""
        found: dict[str, list[int]] = {}
        # In the order of the primary key, so that nothing has to be sorted.
        text = 'SELECT "key", profile FROM posting WHERE "key" IN {} ORDER BY "key", profile'
        for key, number in select_in(self._connection, text, keys):
            if key in found:
                found[key].append(number)
            else:
                found[key] = [number]
        return found

    def bearings(self, key: str) -> list[tuple[int, Bearing]]:
        """The profiles' mentions that carry a key, each with its profile's number."""
        text = (
            "SELECT posting.profile, profile.digest, bearing.event, bearing.part FROM posting"
            " JOIN profile ON profile.number = posting.profile"
            " JOIN bearing ON bearing.profile = posting.profile"
            ' WHERE posting."key" = ?'
        )
        with self.reading() as c:
            rows = c.exec_driver_sql(text, (key,)).fetchall()
            events = self.events_numbered({event for _, _, event, _ in rows})
            found = []
            for number, digest, event, part in rows:
                row = events[event]
                for mention in self.facts_of(row)[part].mentions:
                    if mention.profile.digest == digest:
                        posting = Posting(digest, mention.agency, mention.marking)
                        found.append((number, Bearing(posting, row.since, row.until)))
        return found

    def links_among(self, profiles: Collection[int]) -> list[tuple[int, int]]:
        """The links both of whose ends are among these."""
        among = set(profiles)
        rows = select_in(self._connection, "SELECT a, b FROM link WHERE a IN {}", among)
        return [pair for pair in rows if pair[1] in among]

    # --- events and signals

    def event(self, source: str, id_: str) -> EventRow | None:
        """The event of a name."""
        with self.reading() as c:
            row = c.exec_driver_sql(f"{_EVENT} WHERE source = ? AND id = ?", (source, id_))
            found = row.fetchone()
        return _event(tuple(found)) if found else None

    def events_at(self, recorded: int) -> list[EventRow]:
        """The events of one recorded moment."""
        with self.reading() as c:
            rows = c.exec_driver_sql(f"{_EVENT} WHERE recorded = ?", (recorded,)).fetchall()
        return [_event(tuple(row)) for row in rows]

    def events_after(self, number: int, limit: int) -> list[EventRow]:
        """The next events by their numbers."""
        text = f"{_EVENT} WHERE number > ? ORDER BY number LIMIT ?"
        with self.reading() as c:
            return [_event(tuple(row)) for row in c.exec_driver_sql(text, (number, limit))]

    def events_numbered(self, numbers: Collection[int]) -> dict[int, EventRow]:
        """Events by number."""
        rows = select_in(self._connection, f"{_EVENT} WHERE number IN {{}}", numbers)
        return {row[0]: _event(row) for row in rows}

    def signals(self, names: Collection[str]) -> dict[str, StoredSignal]:
        """Signals by name, those that were retracted included."""
        found = {}
        with self.reading() as c:
            text = "SELECT name, event, part FROM signal WHERE name IN {}"
            rows = list(select_in(c, text, names))
            events = self.events_numbered({event for _, event, _ in rows})
            for name, event, part in rows:
                found[name] = self.stored(events[event], part)
        return found

    def stored(self, event: EventRow, part: int) -> StoredSignal:
        """One part of an event with its interval of history."""
        return StoredSignal(self.facts_of(event)[part], event.since, event.until)

    def facts_of(self, event: EventRow) -> tuple[SignalFacts, ...]:
        """The signal of an event and its tear-lines, compiled under the policy of its time."""
        facts = self._facts.get(event.number)
        if facts is None:
            # Of a purged signal nothing is left to be compiled.
            is_readable = event.type in SIGNALS and not event.fault
            facts = facts_in(event.body, self.community(event.epoch)) if is_readable else ()
            self._facts[event.number] = facts
            if len(self._facts) > EVENTS_KEPT:
                self._facts.popitem(last=False)
        else:
            self._facts.move_to_end(event.number)
        return facts

    def community(self, epoch: int) -> Community:
        """The community of an epoch; LookupError for one that was never kept."""
        if epoch not in self._communities:
            with self.reading() as c:
                body = c.execute(
                    select(tables.community.c.body).where(tables.community.c.epoch == epoch)
                ).scalar()
            if body is None:
                raise LookupError(epoch)
            self._communities[epoch] = decode_community(body)
        return self._communities[epoch]

    def keep_community(self, epoch: int, community: Community) -> None:
        """Remember under which community an epoch's markings are compiled."""
        with self._writing() as c:
            held = c.exec_driver_sql(
                "UPDATE progress SET writer = writer WHERE id = 1 AND writer = ?", (self._writer,)
            )
            self._require_one(held.rowcount)
            replace(c, tables.community, [(epoch, encode_community(community))])
        self._communities[epoch] = community

    def retractions(self, names: Collection[str]) -> dict[str, tuple[Instant, str]]:
        """When, and by which event, each of these was first retracted, known or not."""
        text = "SELECT target, recorded, name, gone_by FROM retraction WHERE target IN {}"
        rows = select_in(self._connection, text, names)
        return {t: ((r, n), by) for t, r, n, by in rows}

    # --- claims, relays, judgements

    def standalone(self, mentions: Collection[str]) -> dict[str, int]:
        """The components of mentions that stand for themselves."""
        text = "SELECT mention, component FROM standalone WHERE mention IN {}"
        return dict(select_in(self._connection, text, mentions))

    def claims_on(self, signals: Collection[str]) -> list[tuple[str, str]]:
        """The pairs of others' claims whose second mention is of these signals."""
        text = "SELECT a, b FROM claim WHERE target IN {}"
        return list(select_in(self._connection, text, signals))

    def judged(self, mentions: Collection[str]) -> list[tuple[str, str]]:
        """The pairs of which somebody judged, and of which one is among these mentions."""
        found: set[tuple[str, str]] = set()
        with self.reading() as c:
            if c.exec_driver_sql("SELECT 1 FROM judgement LIMIT 1").fetchone() is not None:
                for column in ("a", "b"):
                    text = f"SELECT a, b FROM judgement WHERE {column} IN {{}}"
                    found.update((a, b) for a, b in select_in(c, text, mentions))
        return sorted(found)

    def relays_of(self, signals: Collection[str]) -> list[tuple[str, str]]:
        """(signal, relay) for what relays these, directly."""
        text = "SELECT target, relay FROM relay WHERE target IN {}"
        return list(select_in(self._connection, text, signals))

    # --- the upper bound

    def weights(self, era: int, grounds: Collection[str]) -> dict[str, dict[tuple[str, str], int]]:
        """The bound's sums of each ground in an era: (pattern, role) → millibits."""
        found: dict[str, dict[tuple[str, str], int]] = {}
        text = (
            "SELECT ground, pattern, role, millibits FROM weight"
            f" WHERE era = {era:d} AND ground IN {{}}"
        )
        for ground, pattern, role, millibits in select_in(self._connection, text, grounds):
            found.setdefault(ground, {})[pattern, role] = millibits
        return found

    def passed(self, grounds: Collection[str]) -> dict[str, set[tuple[int, str]]]:
        """The patterns whose bound ever reached their release level on each ground, by era."""
        found: dict[str, set[tuple[int, str]]] = {}
        text = "SELECT ground, era, pattern FROM passed WHERE ground IN {}"
        for ground, era, pattern in select_in(self._connection, text, grounds):
            found.setdefault(ground, set()).add((era, pattern))
        return found

    def passed_grounds(self) -> set[str]:
        """All grounds on which any pattern ever passed."""
        with self.reading() as c:
            return {ground for (ground,) in c.exec_driver_sql("SELECT DISTINCT ground FROM passed")}

    def places(self, grounds: Collection[str]) -> dict[str, str]:
        """A place on each of these grounds that stays on it."""
        # Rows and free cells are places themselves; of a component any of its own will do.
        found = {ground: ground for ground in grounds if ground[0] != "c" or "|" in ground}
        components = [int(ground[1:]) for ground in grounds if ground not in found]
        for table, column, kind in (("standalone", "mention", "m"), ("profile", "number", "p")):
            is_own = "AND is_specific = 1" if kind == "p" else ""
            text = (
                f"SELECT component, min({column}) FROM {table}"
                f" WHERE component IN {{}} {is_own} GROUP BY component"
            )
            for component, least in select_in(self._connection, text, components):
                found[f"c{component}"] = f"{kind}{least}"
        return found

    # --- the patterns in force

    def published(self) -> tuple[Published, ...]:
        """The patterns that were published since the log began, oldest first."""
        with self.reading() as c:
            count = c.exec_driver_sql("SELECT count(*) FROM published").scalar() or 0
            if count != len(self._published):
                text = "SELECT recorded, name, body FROM published ORDER BY era"
                rows = c.exec_driver_sql(text).fetchall()
                self._published = tuple(
                    Published((recorded, name), decode_patterns(body))
                    for recorded, name, body in rows
                )
        return self._published

    def rules(self, begun: Rules) -> Rules:
        """The rules that a log begins with, and what was published since."""
        published = self.published()
        if self._rules is None or self._rules[0] is not begun or self._rules[1] is not published:
            rules = begun.followed_by(published) if published else begun
            self._rules = (begun, published, rules)
        return self._rules[2]

    def markings(self) -> Mapping[int, NormalForm]:
        """All markings by number."""
        with self.reading():
            return self._markings.by_number()

    # --- the one write

    def commit(
        self, changes: Changes, after: Position, *, expected: Position, last: Instant, today: int
    ) -> None:
        """Write the changes and the position in one transaction; Fenced if another was here."""
        with self._writing() as c:
            # First of all: whoever took over waits for this one, or this one is fenced.
            self._move(c, after, expected, last, today)
            writing.write_events(c, changes, self._markings)
            writing.write_links(c, changes)
            writing.write_published(c, changes)
            writing.write_bounds(c, changes)
        for row in changes.profiles:
            self._profiles.keep(row.number, row.profile)

    def _move(
        self, c: Connection, after: Position, expected: Position, last: Instant, today: int
    ) -> None:
        moved = c.exec_driver_sql(
            "UPDATE progress SET position = ?, recorded = ?, name = ?, day = ?"
            " WHERE id = 1 AND position = ? AND writer = ?",
            (after.encode(), *last, today, expected.encode(), self._writer),
        )
        self._require_one(moved.rowcount)

    def _require_one(self, rows: int) -> None:
        if rows != 1:
            raise Fenced("another worker has taken the store over")


def _event(row: Iterable[Any]) -> EventRow:
    number, source, id_, type_, body, recorded, name, until_at, until_name, *rest = row
    until = None if until_at is None else (until_at, until_name)
    return EventRow(number, source, id_, type_, body, (recorded, name), until, *rest)
