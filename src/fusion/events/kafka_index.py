"""What a reader of Kafka has to know of what it read: names, and what does not stand as written.

Kafka finds nothing by name and refuses no second body. So the first record of a name in its
partition stands and later ones count as never written; a recorded time never goes back in its
partition. Both follow from the records alone, so that everybody comes to the same. This is what
follows, in an SQLite file: lost, it is made again of the log. The processes of one directory share
it; whoever is behind brings it on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from fusion.domain.errors import Unavailable

# "fusk": tells an index from any other SQLite file.
APPLICATION_ID = 0x6675736B
BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE log (id TEXT NOT NULL) STRICT;
CREATE TABLE reached (
    partition TEXT PRIMARY KEY, next INTEGER NOT NULL, last INTEGER NOT NULL, recorded INTEGER
) STRICT;
CREATE TABLE names (
    source TEXT NOT NULL, id TEXT NOT NULL, partition TEXT NOT NULL, next INTEGER NOT NULL,
    recorded INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE amended (
    partition TEXT NOT NULL, next INTEGER NOT NULL, recorded INTEGER,
    PRIMARY KEY (partition, next)
) STRICT, WITHOUT ROWID;
"""
_STANDING = "SELECT partition, next, recorded, digest FROM names WHERE source = ? AND id = ?"

# Two values each, within what one statement of any SQLite may bind.
_ASKED = 400
_STANDING_OF = (
    "SELECT source, id, partition, next, recorded, digest FROM names"
    " WHERE (source, id) IN (VALUES {})"
)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a partition is known.

    The offset to read next, the one after its last standing event, the latest recorded time (µs).
    """

    next: int = 0
    last: int = 0
    recorded: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the first of a name stands: `next` is the offset just after it."""

    partition: str
    next: int
    recorded: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it was read."""

    next: int
    recorded: int
    name: tuple[str, str]
    digest: bytes


class KafkaIndex:
    """The index of the log `log_id` in the file at `path`; one of another log is begun anew."""

    def __init__(self, path: Path, log_id: str) -> None:
        self._path = path
        self._lock = Lock()
        self._is_closed = False
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        with self._using() as c:
            c.execute("PRAGMA journal_mode = WAL")
            # A power cut may take the last steps back, and they are made again.
            c.execute("PRAGMA synchronous = NORMAL")
            self._begin(c, log_id)

    def reached(self) -> dict[str, Reached]:
        """How far each partition is known; one that is absent is not known at all."""
        with self._using() as c:
            rows = c.execute("SELECT partition, next, last, recorded FROM reached").fetchall()
        return {partition: Reached(*rest) for partition, *rest in rows}

    def places(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Place]:
        """Where these names stand, as far as they are known."""
        found: dict[tuple[str, str], Place] = {}
        with self._using() as c:
            for first in range(0, len(names), _ASKED):
                asked = names[first : first + _ASKED]
                text = _STANDING_OF.format(",".join(["(?, ?)"] * len(asked)))
                for source, id_, *place in c.execute(text, [part for n in asked for part in n]):
                    found[source, id_] = Place(*place)
        return found

    def amended(self, partition: str, after: int, until: int) -> Mapping[int, int | None]:
        """What stands otherwise than written, by the offset just after it: when, or None: not."""
        with self._using() as c:
            return dict(
                c.execute(
                    "SELECT next, recorded FROM amended"
                    " WHERE partition = ? AND next > ? AND next <= ?",
                    (partition, after, until),
                ).fetchall()
            )

    def take(self, partition: str, start: int, entries: Sequence[Entry], next_: int) -> int | None:
        """Take in what lies from `start` to before `next_`.

        How many of it do not stand as written; None where the partition is known up to elsewhere,
        and nothing was taken.
        """
        with self._using() as c, _writing(c):
            row = c.execute(
                "SELECT next, last, recorded FROM reached WHERE partition = ?", (partition,)
            ).fetchone()
            reached = Reached(*row) if row else Reached()
            if reached.next != start:
                return None
            last, recorded, amended = self._enter(c, partition, entries, reached)
            known = (partition, next_, last, recorded)
            c.execute("REPLACE INTO reached VALUES (?, ?, ?, ?)", known)
            return amended

    def close(self) -> None:
        """Let go of the file; twice does no harm."""
        with self._lock:
            self._is_closed = True
            self._connection.close()

    def _enter(
        self, c: sqlite3.Connection, partition: str, entries: Sequence[Entry], reached: Reached
    ) -> tuple[int, int | None, int]:
        """Write down what stands; the offset after the last event, the latest time, the amended."""
        last, now = reached.last, reached.recorded
        names: list[tuple[str, str, str, int, int, bytes]] = []
        amended: list[tuple[str, int, int | None]] = []
        for entry in entries:
            written = entry.recorded
            now = written if now is None else max(now, written)
            names.append((*entry.name, partition, entry.next, now, entry.digest))
            if now != written:
                amended.append((partition, entry.next, now))
        before = c.total_changes
        c.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?, ?, ?)", names)
        if c.total_changes - before < len(names):
            lost = {row[3] for row in names if not _stands(c, row)}
            amended += [(partition, next_, None) for next_ in sorted(lost)]
            names = [row for row in names if row[3] not in lost]
        c.executemany("REPLACE INTO amended VALUES (?, ?, ?)", amended)
        return (names[-1][3] if names else last), now, len(amended)

    def _begin(self, c: sqlite3.Connection, log_id: str) -> None:
        with _writing(c):
            known = c.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            if known and c.execute("SELECT id FROM log").fetchone() == (log_id,):
                return
            for table in ("log", "reached", "names", "amended"):
                c.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                c.execute(statement)
            c.execute("INSERT INTO log VALUES (?)", (log_id,))
            c.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._is_closed:
                raise Unavailable("the log is closed")
            try:
                yield self._connection
            except sqlite3.OperationalError as error:
                raise Unavailable(f"{self._path} can't be used: {error}") from error


@contextmanager
def _writing(c: sqlite3.Connection) -> Iterator[None]:
    """One transaction, whole or not at all."""
    c.execute("BEGIN IMMEDIATE")
    try:
        yield
        c.execute("COMMIT")
    except BaseException:
        if c.in_transaction:
            c.execute("ROLLBACK")
        raise


def _stands(c: sqlite3.Connection, row: tuple[object, ...]) -> bool:
    """Whether the first of a name is this very record."""
    source, id_, partition, next_, *_ = row
    found = c.execute(_STANDING, (source, id_)).fetchone()
    return bool(found[:2] == (partition, next_))
