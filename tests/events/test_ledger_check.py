"""A ledger is tampered with in its file, in every way, and the check says so and says where."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock, midnight
from fusion.domain.errors import Unreadable
from fusion.events.ledger import Chain, linked
from fusion.events.ledger_check import (
    MAX_BREACHES,
    Checked,
    Checkpoint,
    check,
    checkpoint_of,
    read_checkpoints,
)
from fusion.events.ledger_entries import StreamClosed, entry_envelope
from fusion.events.sqlite_log import SqliteLog

NOON = midnight(11_513) + MICROS_PER_DAY // 2
ENTRIES = 12
# Entries by three a day: their rows are numbered with the ticks between them.
ROW = """(SELECT number FROM events WHERE source = '/fusion/ledger' AND id = '{}')"""


@dataclass
class Kept:
    """A ledger in a file of its own, closed."""

    path: Path

    def tamper(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as file:
            for statement in statements:
                assert file.execute(statement).rowcount != 0, statement
        file.close()

    def checked(self, *checkpoints: Checkpoint) -> Checked:
        log = SqliteLog(self.path, ScriptedClock(NOON))
        try:
            return check(log, checkpoints)
        finally:
            log.close()

    def checkpoint(self) -> Checkpoint:
        log = SqliteLog(self.path, ScriptedClock(NOON))
        try:
            return checkpoint_of(log)
        finally:
            log.close()

    def found(self, *checkpoints: Checkpoint) -> list[int]:
        return sorted({breach.entry for breach in self.checked(*checkpoints).breaches})


def written(path: Path, entries: int = ENTRIES) -> Kept:
    clock = ScriptedClock(NOON)
    chain = Chain(lambda by: SqliteLog(path, by), clock)
    for number in range(entries):
        chain.append([entry_envelope(StreamClosed(f"w-{number}"))])
        if number % 3 == 2:
            clock.advance(clock.now() + MICROS_PER_DAY)
    chain.close()
    return Kept(path)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return written(tmp_path_factory.mktemp("original") / "ledger.sqlite")


def copied(original: Kept, folder: Path) -> Kept:
    return Kept(Path(shutil.copy(original.path, folder)))


@pytest.fixture
def kept(original: Kept, tmp_path: Path) -> Kept:
    return copied(original, tmp_path)


def test_a_ledger_as_it_was_written_has_no_breach(kept: Kept) -> None:
    checked = kept.checked(kept.checkpoint())
    assert checked.breaches == ()
    assert checked.end == kept.checkpoint()
    assert checked.end.entries == ENTRIES


COLUMNS = {
    "recorded": "recorded + 1",
    "type": "'ledger.opened'",
    "version": "2",
    "digest": "x'00'",
    "key_id": "'k'",
    "body": "CAST(replace(body, 'w-', 'v-') AS BLOB)",
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("entry", [1, 5, ENTRIES])
def test_a_changed_entry_is_found_whatever_was_changed_of_it(
    kept: Kept, column: str, entry: int
) -> None:
    kept.tamper(
        f"UPDATE events SET {column} = {COLUMNS[column]} WHERE number = {ROW.format(entry)}"
    )
    assert kept.found()[0] == entry
    assert set(kept.found()) <= {entry, entry + 1}


@pytest.mark.parametrize("column", ["source", "id"])
def test_an_entry_that_was_given_another_name_is_found(kept: Kept, column: str) -> None:
    kept.tamper(f"UPDATE events SET {column} = 'x' WHERE number = {ROW.format(5)}")
    assert kept.found() == [5]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (5, 5), (4, 9)])
def test_an_entry_that_was_taken_out_is_found(kept: Kept, first: int, last: int) -> None:
    kept.tamper(
        f"DELETE FROM events WHERE number BETWEEN {ROW.format(first)} AND {ROW.format(last)}"
    )
    assert kept.found() == [first]
    assert "missing" in str(kept.checked().breaches[0])


def test_an_entry_that_was_taken_out_is_found_though_the_rest_moved_up(kept: Kept) -> None:
    kept.tamper(f"DELETE FROM events WHERE number = {ROW.format(5)}")
    rows = "SELECT number FROM events WHERE number > 6 ORDER BY number"
    with sqlite3.connect(kept.path) as file:
        for (number,) in file.execute(rows).fetchall():
            file.execute(f"UPDATE events SET number = {number} - 1 WHERE number = {number}")
    assert 5 in kept.found()


def test_an_entry_that_was_put_in_is_found(kept: Kept) -> None:
    kept.tamper(f"UPDATE events SET number = -number WHERE number > {ROW.format(5)}")
    kept.tamper("UPDATE events SET number = 1 - number WHERE number < 0")
    kept.tamper(
        f"INSERT INTO events SELECT number + 1, recorded, type, version, source, '5a', digest,"
        f" key_id, body FROM events WHERE number = {ROW.format(5)}"
    )
    assert kept.found() == [6]
    assert "put in" in str(kept.checked().breaches[0])


def test_an_entry_that_was_put_in_at_the_end_without_its_digest_is_found(kept: Kept) -> None:
    kept.tamper(
        f"INSERT INTO events SELECT number + 1, recorded, type, version, source, '{ENTRIES + 1}',"
        f" digest, key_id, body FROM events WHERE number = {ROW.format(ENTRIES)}"
    )
    assert kept.found() == [ENTRIES + 1]


def test_entries_that_changed_places_are_found(kept: Kept) -> None:
    five, eight = (f"number = {ROW.format(number)}" for number in (5, 8))
    with sqlite3.connect(kept.path) as file:
        places = [
            file.execute(f"SELECT number FROM events WHERE {w}").fetchone()[0]
            for w in (five, eight)
        ]
        file.execute(f"UPDATE events SET number = 0 WHERE number = {places[0]}")
        file.execute(f"UPDATE events SET number = {places[0]} WHERE number = {places[1]}")
        file.execute(f"UPDATE events SET number = {places[1]} WHERE number = 0")
    assert {5, 8} & set(kept.found())


def test_bodies_that_changed_places_are_found(kept: Kept) -> None:
    with sqlite3.connect(kept.path) as file:
        for column in ("body", "digest"):
            one, other = (
                file.execute(
                    f"SELECT {column} FROM events WHERE number = {ROW.format(n)}"
                ).fetchone()[0]
                for n in (5, 6)
            )
            for number, value in ((5, other), (6, one)):
                file.execute(
                    f"UPDATE events SET {column} = ? WHERE number = {ROW.format(number)}", (value,)
                )
    assert kept.found()[0] == 5


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE source = '/fusion/clock' AND number > 1",
        "UPDATE events SET recorded = recorded + 1 WHERE source = '/fusion/clock' AND number > 1",
        "UPDATE events SET body = x'7b7d' WHERE source = '/fusion/clock' AND number > 1",
    ],
)
def test_the_log_s_own_ticks_are_part_of_it(kept: Kept, statement: str) -> None:
    kept.tamper(statement)
    assert kept.found() == [4, 7, 10]


def test_a_row_that_was_put_in_as_a_tick_is_found(kept: Kept) -> None:
    kept.tamper(
        "INSERT INTO events SELECT MAX(number) + 1, recorded, type, version, '/fusion/clock', 'x',"
        " digest, key_id, body FROM events"
    )
    assert kept.found() == [ENTRIES]


def test_an_end_that_was_cut_off_is_found_by_a_checkpoint_alone(kept: Kept) -> None:
    checkpoint = kept.checkpoint()
    kept.tamper(f"DELETE FROM events WHERE number > {ROW.format(9)}")
    assert kept.found() == []
    assert kept.found(checkpoint) == [10]
    (breach,) = kept.checked(checkpoint).breaches
    assert "cut off" in str(breach) and str(checkpoint.at) in str(breach)


def test_a_ledger_that_was_written_anew_is_found_by_a_checkpoint_alone(kept: Kept) -> None:
    early, late = (written(kept.path.with_name(f"{n}"), n).checkpoint() for n in (3, 9))
    _write_anew(kept, first=5)
    assert kept.found() == []
    assert kept.found(early) == []
    assert kept.found(early, late) == [9]


def _write_anew(kept: Kept, first: int) -> None:
    """What somebody can do who may write the file and knows how digests are made."""
    log = SqliteLog(kept.path, ScriptedClock(NOON))
    rows = [r for r in log.read(log.head().start(), 1_000) if r.envelope.source == "/fusion/ledger"]
    log.close()
    previous = b""
    with sqlite3.connect(kept.path) as file:
        for row in rows:
            envelope = row.envelope
            if int(envelope.id) < first:
                previous = envelope.digest
                continue
            forged = entry_envelope(StreamClosed(f"x-{envelope.id}"))
            forged = type(forged)(
                forged.type, forged.version, forged.source, envelope.id, forged.body
            )
            previous = linked(previous, forged, row.recorded)
            file.execute(
                "UPDATE events SET body = ?, digest = ? WHERE source = ? AND id = ?",
                (forged.body, previous, forged.source, forged.id),
            )


def test_no_more_breaches_are_told_than_anybody_reads(tmp_path: Path) -> None:
    kept = written(tmp_path / "many.sqlite", 3 * MAX_BREACHES)
    kept.tamper("UPDATE events SET body = x'7b7d' WHERE source = '/fusion/ledger'")
    assert len(kept.checked().breaches) == MAX_BREACHES


@settings(max_examples=60)
@given(entry=st.integers(1, ENTRIES), bit=st.integers(0, 7), data=st.data())
def test_any_bit_of_any_body_is_covered(
    original: Kept,
    tmp_path_factory: pytest.TempPathFactory,
    entry: int,
    bit: int,
    data: st.DataObject,
) -> None:
    kept = copied(original, tmp_path_factory.mktemp("bit"))
    with sqlite3.connect(kept.path) as file:
        where = f"number = {ROW.format(entry)}"
        body = bytearray(file.execute(f"SELECT body FROM events WHERE {where}").fetchone()[0])
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << bit
        file.execute(f"UPDATE events SET body = ? WHERE {where}", (bytes(body),))
    assert kept.found() == [entry]


def test_checkpoints_are_read_as_they_were_printed() -> None:
    text = '{"entries":3,"digest":"00ff","at":"2024-05-01T00:00:00.000000Z"}\n\n'
    (found,) = read_checkpoints(text)
    assert found == Checkpoint(3, "00ff", "2024-05-01T00:00:00.000000Z")
    with pytest.raises(Unreadable, match="line 2"):
        read_checkpoints('{"entries":3,"digest":"00ff","at":null}\nhello\n')
