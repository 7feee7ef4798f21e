"""The embedded log: one SQLite file in WAL mode, written by any number of threads and processes.

A commit is flushed to the disk before `append` returns (synchronous=FULL). The write lock of SQLite
orders the writers, so commit order is number order and a reader never meets a gap. The unique index
on (source, id) is the reservation of names, inside the append itself.
It must never be given anything but a local disk: WAL needs shared memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from fusion.domain.clock import Clock, midnight
from fusion.domain.errors import FusionError, Misused, Unavailable
from fusion.events.crash_point import CrashPoint, no_crash
from fusion.events.envelope import Envelope, Recorded
from fusion.events.log import Outcome, Receipt
from fusion.events.position import Position
from fusion.events.sequence import (
    Standing,
    days_due,
    lag_after,
    limited,
    offset_at,
    position_at,
    refuse_ticks,
    settle,
    tick_of,
)

# "fusn": tells a log from any other SQLite file.
APPLICATION_ID = 0x6675736E
FORMAT = 1
# How long to wait for another writer's commit: a thousand times an ordinary one.
BUSY_SECONDS = 10.0
# Turning a new file to WAL fails while another process opens it too; each try waits for that one.
OPENING_TRIES = 20

_SCHEMA = (
    """CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    recorded INTEGER NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BLOB NOT NULL,
    key_id TEXT,
    body BLOB NOT NULL
) STRICT""",
    "CREATE UNIQUE INDEX events_name ON events (source, id)",
)
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_READ = """SELECT number, recorded, type, version, source, id, digest, key_id, body
    FROM events WHERE number > ? ORDER BY number LIMIT ?"""
_FIND = """SELECT number, recorded, type, version, source, id, digest, key_id, body
    FROM events WHERE source = ? AND id = ?"""
_BLANK = """UPDATE events SET type = ?, version = ?, digest = ?, key_id = ?, body = ?
    WHERE source = ? AND id = ?"""
_STANDING = "SELECT digest, number, recorded FROM events WHERE source = ? AND id = ?"
_LAST = "SELECT number, recorded FROM events ORDER BY number DESC LIMIT 1"

_REFUSALS: dict[int, tuple[type[FusionError], str]] = {
    sqlite3.SQLITE_BUSY: (Unavailable, "is locked by another program"),
    sqlite3.SQLITE_LOCKED: (Unavailable, "is locked by another program"),
    sqlite3.SQLITE_FULL: (Unavailable, "cannot grow: the disk is full"),
    sqlite3.SQLITE_IOERR: (Unavailable, "cannot be read or written: the disk reports an error"),
    sqlite3.SQLITE_READONLY: (Misused, "is read-only"),
    sqlite3.SQLITE_PERM: (Misused, "is read-only"),
    sqlite3.SQLITE_CANTOPEN: (Misused, "cannot be opened for writing"),
    sqlite3.SQLITE_NOTADB: (Misused, "is not a fusion log"),
    sqlite3.SQLITE_CORRUPT: (Misused, "is damaged"),
}

Row = tuple[int, int, str, int, str, str, bytes, str | None, bytes]


class SqliteLog:
    """An `EventLog` in the file at `path`, which is made if it is not there.

    Misused if the file cannot serve (read-only, not a log, damaged, of a newer program);
    Unavailable if another program holds it locked for longer than `busy_seconds`.
    """

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        *,
        busy_seconds: float = BUSY_SECONDS,
        crash_point: CrashPoint = no_crash,
    ) -> None:
        self._path = path
        self._clock = clock
        self._crash_point = crash_point
        # One connection writes and one reads, so that a reader never waits for a flush.
        self._write_lock, self._read_lock = Lock(), Lock()
        self._is_closed = False
        self._writer = _connect(path, busy_seconds)
        try:
            with _refusals(path):
                _prepare(self._writer, path)
            self._reader = _connect(path, busy_seconds)
        except BaseException:
            self._writer.close()
            raise

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        refuse_ticks(envelopes)
        if not envelopes:
            return []
        # Nearly every append is all new: then the index need not be asked before it is written.
        receipts = self._append_untaken(envelopes)
        return self._append_settled(envelopes) if receipts is None else receipts

    def purge(self, order: Envelope, rest: Envelope) -> Receipt:
        with self._writing() as writer:
            now, ticks, offset = self._next(writer)
            fresh, (receipt,) = settle([order], find=_finder(writer), offset=offset, recorded=now)
            if receipt.outcome is not Outcome.CONFLICT:
                _blank(writer, rest)
            if fresh:
                writer.executemany(_INSERT, ticks + _rows(fresh, offset, now))
        self._flush_whole()
        return receipt

    def _flush_whole(self) -> None:
        """Bring all to the file and empty what SQLite keeps beside it, which still holds old pages.

        Unavailable while another program reads; repeating the purge does it then.
        """
        with self._write_lock, _refusals(self._path):
            self._require_open()
            (is_busy, *_) = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise Unavailable(f"{self._path} is being read: what was purged lies beside it still")

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        start, limit = offset_at(after), limited(after, limit, until)
        with self._reading() as reader:
            rows = reader.execute(_READ, (start, limit)).fetchall()
        return list(map(_recorded, rows))

    def head(self) -> Position:
        with self._reading() as reader:
            return position_at(_last(reader)[0])

    def lag(self, after: Position) -> dict[str, int]:
        with self._reading() as reader:
            return lag_after(after, _last(reader)[0])

    def last_recorded(self) -> int | None:
        """When the last event was recorded; None where there is none."""
        with self._reading() as reader:
            return _last(reader)[1]

    def find(self, source: str, id: str) -> Recorded | None:
        with self._reading() as reader:
            row = reader.execute(_FIND, (source, id)).fetchone()
        return None if row is None else _recorded(row)

    def tick(self) -> bool:
        with self._writing() as writer:
            _, ticks, _ = self._next(writer)
            writer.executemany(_INSERT, ticks)
            return len(ticks) > 0

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._is_closed = True
            self._reader.close()
            self._writer.close()

    def _append_untaken(self, envelopes: Sequence[Envelope]) -> list[Receipt] | None:
        """Record all; or nothing, and None, if one of their names is taken."""
        try:
            with self._writing() as writer:
                now, ticks, offset = self._next(writer)
                rows = _rows(envelopes, offset, now)
                writer.executemany(_INSERT, ticks + rows)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            return None
        numbers = range(offset + 1, offset + len(rows) + 1)
        return [Receipt(Outcome.ACCEPTED, position_at(number), now) for number in numbers]

    def _append_settled(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Record those whose names are not taken."""
        with self._writing() as writer:
            now, ticks, offset = self._next(writer)
            fresh, receipts = settle(envelopes, find=_finder(writer), offset=offset, recorded=now)
            if fresh:
                writer.executemany(_INSERT, ticks + _rows(fresh, offset, now))
            return receipts

    def _next(self, writer: sqlite3.Connection) -> tuple[int, list[Row], int]:
        """The moment to record at, the ticks to write first, and the number reached with them."""
        offset, last = _last(writer)
        now = self._clock.now() if last is None else max(last, self._clock.now())
        ticks = _tick_rows(offset, days_due(last, now))
        return now, ticks, offset + len(ticks)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction under the write lock of all processes: committed whole or not at all."""
        writer = self._writer
        with self._write_lock, _refusals(self._path):
            self._require_open()
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                self._crash_point("in_transaction")
                writer.execute("COMMIT")
            except BaseException:
                # After a full disk SQLite may have rolled back by itself.
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
                raise
            self._crash_point("after_commit")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._read_lock, _refusals(self._path):
            self._require_open()
            yield self._reader

    def _require_open(self) -> None:
        if self._is_closed:
            raise Unavailable(f"{self._path} is closed")


def _blank(writer: sqlite3.Connection, rest: Envelope) -> None:
    """Put what is left of an event in its place; LookupError where there is none."""
    values = (rest.type, rest.version, rest.digest, rest.key_id, rest.body, rest.source, rest.id)
    if writer.execute(_BLANK, values).rowcount == 0:
        raise LookupError(f"no event {rest.source}/{rest.id}")


def _rows(envelopes: Iterable[Envelope], offset: int, recorded: int) -> list[Row]:
    """The rows of `envelopes`, numbered from `offset` + 1."""
    return [
        (number, recorded, e.type, e.version, e.source, e.id, e.digest, e.key_id, e.body)
        for number, e in enumerate(envelopes, offset + 1)
    ]


def _tick_rows(offset: int, days: range) -> list[Row]:
    """The rows of the ticks of `days`, each recorded at its midnight."""
    return [
        row
        for number, day in enumerate(days, offset)
        for row in _rows([tick_of(day)], number, midnight(day))
    ]


def _recorded(row: Row) -> Recorded:
    number, recorded, type_, version, source, id_, digest, key_id, body = row
    envelope = Envelope(type_, version, source, id_, body, digest, key_id)
    return Recorded(envelope, position_at(number), recorded)


def _last(connection: sqlite3.Connection) -> tuple[int, int | None]:
    """Number and recorded time of the last event; (0, None) if there is none."""
    return connection.execute(_LAST).fetchone() or (0, None)


def _finder(writer: sqlite3.Connection) -> Callable[[str, str], Standing | None]:
    def find(source: str, id: str) -> Standing | None:
        row = writer.execute(_STANDING, (source, id)).fetchone()
        return None if row is None else Standing(*row)

    return find


def _connect(path: Path | str, busy_seconds: float) -> sqlite3.Connection:
    """A connection that every thread may use, one at a time; transactions are begun by hand."""
    with _refusals(path):
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        # What a purge blanks is overwritten, not only let go of.
        connection.execute("PRAGMA secure_delete = ON")
        return connection


def _prepare(connection: sqlite3.Connection, path: Path | str) -> None:
    """Make the file a log if it is new, refuse it if it is something else or not writable."""
    if _is_empty(connection):
        _create(connection)
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise Misused(f"{path} is not a fusion log")
    if (form := _pragma(connection, "user_version")) != FORMAT:
        raise Misused(f"{path} is of format {form}; this program knows format {FORMAT}")
    _enter_wal(connection, path)
    # A writer killed between writing and flushing leaves a commit that the next one to open finds
    # whole. It may be acknowledged from now on, as a duplicate, so it is flushed here.
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    # Another process may have made it while this one waited.
    if _is_empty(connection):
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")


def _enter_wal(connection: sqlite3.Connection, path: Path | str) -> None:
    """Turn the file to WAL, where it stays: SQLite does not wait by itself for this one lock."""
    for _ in range(OPENING_TRIES):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        else:
            if mode != "wal":
                raise Misused(f"{path} lies where SQLite cannot keep a write-ahead log")
            return
        # Waits, as SQLite does for this lock, until the other one is done.
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    raise Unavailable(f"{path} is locked by another program")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return _pragma(connection, "schema_version") == 0 == _pragma(connection, "application_id")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return int(value)


@contextmanager
def _refusals(path: Path | str) -> Iterator[None]:
    """Turn what SQLite refuses into one line that names the file; defects of ours pass through."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        refusal = _refusal(error, path)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: sqlite3.DatabaseError, path: Path | str) -> FusionError | None:
    # The low byte is the kind, the rest the detail (sqlite.org/rescode.html).
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if kind not in _REFUSALS:
        return None
    refused, reason = _REFUSALS[kind]
    return refused(f"{path} {reason}")
