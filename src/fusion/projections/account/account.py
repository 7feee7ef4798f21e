"""The account: who asked, for oversight; who was shown its signals, for an owner, by day.

Derived from the ledger and from nothing else, in a file of its own that can be made again at any
time. It is brought up to date when somebody reads it and at no other time, so that it costs nobody
who is being accounted for anything. It spans all readers and owners: views alone may read it, and
let through what its reader may be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from fusion.domain.clock import day_of
from fusion.domain.errors import Misused, Unavailable, Unreadable
from fusion.domain.ids import agency_of
from fusion.events.envelope import Recorded
from fusion.events.ledger_entries import (
    SOURCE,
    FrameShown,
    LedgerEntry,
    LedgerOpened,
    PageShown,
    QueryAnswered,
    StreamClosed,
    StreamFollowed,
    read_entry,
)
from fusion.events.position import Position
from fusion.projections.account.tables import metadata

# Entries worked in by one transaction.
_BATCH = 2_000

_SHOWN_TO_READER = """INSERT OR IGNORE INTO shown
    SELECT owner, -?, signal, ?, ?, ?, rung, NULL FROM page WHERE page = ?"""
_SHOWN_TO_STREAMS = """INSERT OR IGNORE INTO shown
    SELECT p.owner, -?, p.signal, s.reader, s.agency, s.purpose, p.rung, NULL
    FROM page p, stream s WHERE p.page = ? AND {which}"""
_WATCHED = """INSERT OR IGNORE INTO watched
    SELECT s.stream, p.signal, p.rung, ?, p.owner
    FROM page p, stream s WHERE p.page = ? AND {which}"""
_OF_CHANNEL, _OF_STREAM = "s.channel = ?", "s.stream = ?"
_UNTIL = """UPDATE shown SET until = MAX(COALESCE(shown.until, ?), ?)
    FROM watched w, stream s
    WHERE s.stream = ? AND w.stream = s.stream AND shown.owner = w.owner AND shown.before = -w.day
      AND shown.signal = w.signal AND shown.rung = w.rung AND shown.reader = s.reader
      AND shown.agency = s.agency AND shown.purpose = s.purpose"""
_QUERIES = """SELECT number, recorded, name, agency, purpose, matter, method, path, status, count
    FROM query WHERE number < ? ORDER BY number DESC LIMIT ?"""
_DISCLOSURES = """SELECT -before, signal, reader, agency, purpose, rung, until FROM shown
    WHERE owner = ? AND (before, signal, reader, agency, purpose, rung) > (?, ?, ?, ?, ?, ?)
    ORDER BY before, signal, reader, agency, purpose, rung LIMIT ?"""
_NEWEST: Key = (-(1 << 40), "", "", "", "", "")
_LAST_NUMBER = 1 << 62

Key = tuple[int, str, str, str, str, str]


class Ledger(Protocol):
    """What the account is made from."""

    def read(self, after: Position, limit: int) -> list[Recorded]: ...

    def head(self) -> Position: ...

    def find(self, source: str, id: str) -> Recorded | None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, as oversight reads it: what was asked for by its path, nothing of what was found.

    `number` is the entry's and orders queries.
    """

    number: int
    recorded: int
    name: str
    agency: str | None
    purpose: str | None
    case: str | None
    method: str
    path: str
    status: int
    count: int


@dataclass(frozen=True, slots=True)
class ShownSignal:
    """That a reader was shown a signal on a day; `until` is the day on which a stream ended."""

    day: int
    signal: str
    reader: str
    agency: str
    purpose: str
    rung: str
    until: int | None

    @property
    def key(self) -> Key:
        """Its place in the order of the account: newest day first, then by name."""
        return (-self.day, self.signal, self.reader, self.agency, self.purpose, self.rung)


class Account:
    """The account of `ledger` in the file at `path`; in memory where there is none."""

    def __init__(self, path: Path | None, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._is_recognised = False
        self._engine = create_engine(
            "sqlite://" if path is None else f"sqlite:///{path}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )

        @event.listens_for(self._engine, "connect")
        def _configure(connection: Any, _: Any) -> None:
            # What is here can be made again: a power cut may lose the last of it, never tear it.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")

        try:
            metadata.create_all(self._engine)
        except DatabaseError as error:
            self._engine.dispose()
            raise Misused(
                f"the account {path} can't be opened ({error.orig}); without it, it is made again"
            ) from error

    def queries(self, before: int | None, limit: int) -> list[Asked]:
        """Queries before an entry, newest first."""
        with self._lock, _usable():
            self._follow()
            with self._engine.connect() as c:
                given = (_LAST_NUMBER if before is None else before, limit)
                return [Asked(*row) for row in c.exec_driver_sql(_QUERIES, given)]

    def disclosures(self, owner: str, after: Key | None, limit: int) -> list[ShownSignal]:
        """Who was shown signals of an owner, after a key, in the order of keys."""
        with self._lock, _usable():
            self._follow()
            with self._engine.connect() as c:
                given = (owner, *(_NEWEST if after is None else after), limit)
                return [ShownSignal(*row) for row in c.exec_driver_sql(_DISCLOSURES, given)]

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # --- following the ledger

    def _follow(self) -> None:
        """Work in what the ledger held when this was called."""
        head = self._ledger.head()
        position = self._position(head)
        while not position.covers(head):
            rows = self._ledger.read(position, _BATCH)
            if not rows:
                break
            position = rows[-1].position
            with self._engine.begin() as c:
                for row in rows:
                    _work_in(c, row)
                _note(c, rows)

    def _position(self, head: Position) -> Position:
        """Up to where it is worked in; the beginning where that was another ledger."""
        with self._engine.begin() as c:
            row = c.exec_driver_sql("SELECT position, entry, digest FROM progress").fetchone()
            if row is None:
                return Position.start()
            position = Position.decode(row[0])
            if self._is_recognised:
                return position
            entry = self._ledger.find(SOURCE, row[1])
            self._is_recognised = True
            if head.covers(position) and entry and entry.envelope.digest.hex() == row[2]:
                return position
            for table in metadata.tables.values():
                c.execute(table.delete())
            return Position.start()


@contextmanager
def _usable() -> Iterator[None]:
    """Unavailable for a file that can't be read or written now."""
    try:
        yield
    except DatabaseError as error:
        raise Unavailable(f"the account can't be used: {error.orig}") from error


def _work_in(c: Connection, row: Recorded) -> None:
    try:
        entry = read_entry(row)
    except Unreadable as error:
        # Served without it, the account would be wrong and nobody would know.
        raise Unavailable(f"the ledger can't be read: {error.detail}") from error
    if entry is not None:
        _enter(c, entry, int(row.envelope.id), row.recorded)


def _enter(c: Connection, entry: LedgerEntry, number: int, recorded: int) -> None:
    day = day_of(recorded)
    match entry:
        case LedgerOpened():
            for (open_stream,) in c.exec_driver_sql("SELECT stream FROM stream").fetchall():
                _end(c, open_stream, day)
        case PageShown():
            rows = [(entry.page, rung, name, agency_of(name)) for rung, name in entry.shown]
            c.exec_driver_sql("INSERT OR IGNORE INTO page VALUES (?, ?, ?, ?)", rows)
        case QueryAnswered():
            _ask(c, entry, number, recorded)
        case StreamFollowed():
            of = (entry.channel, entry.stream)
            c.exec_driver_sql("UPDATE stream SET channel = ? WHERE stream = ?", of)
            _show(c, day, entry.page, _OF_STREAM, entry.stream)
        case FrameShown():
            _show(c, day, entry.page, _OF_CHANNEL, entry.channel)
        case StreamClosed():
            _end(c, entry.stream, day)


def _ask(c: Connection, asked: QueryAnswered, number: int, recorded: int) -> None:
    stated = (asked.name, asked.agency, asked.purpose, asked.case)
    what = (asked.method, asked.path, asked.status, asked.count)
    text = "INSERT INTO query VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    c.exec_driver_sql(text, (number, recorded, *stated, *what))
    who = (asked.name, asked.agency or "", asked.purpose or "")
    if asked.page is not None:
        c.exec_driver_sql(_SHOWN_TO_READER, (day_of(recorded), *who, asked.page))
    if asked.stream is not None:
        c.exec_driver_sql("INSERT INTO stream VALUES (?, ?, ?, ?, NULL)", (asked.stream, *who))


def _show(c: Connection, day: int, page: str | None, which: str, of: str) -> None:
    """Every stream that is meant is shown a page."""
    if page is None:
        return
    for text in (_SHOWN_TO_STREAMS, _WATCHED):
        c.exec_driver_sql(text.format(which=which), (day, page, of))


def _end(c: Connection, ended: str, day: int) -> None:
    c.exec_driver_sql(_UNTIL, (day, day, ended))
    c.exec_driver_sql("DELETE FROM watched WHERE stream = ?", (ended,))
    c.exec_driver_sql("DELETE FROM stream WHERE stream = ?", (ended,))


def _note(c: Connection, rows: Sequence[Recorded]) -> None:
    """Up to where it is worked in, by the last entry among these rows."""
    last = next((row for row in reversed(rows) if row.envelope.source == SOURCE), None)
    if last is not None:
        given = (rows[-1].position.encode(), last.envelope.id, last.envelope.digest.hex())
        c.exec_driver_sql("REPLACE INTO progress VALUES (1, ?, ?, ?)", given)
