"""The way into the ledger: durable, linked, one flush for many, and never more than one page."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from fusion.domain.clock import MICROS_PER_DAY, Clock, ScriptedClock, midnight
from fusion.domain.errors import Unavailable
from fusion.events.envelope import Envelope, Recorded
from fusion.events.ledger import Chain, Ledger, Link, last_link
from fusion.events.ledger_check import check
from fusion.events.ledger_entries import (
    FrameShown,
    LedgerEntry,
    LedgerOpened,
    PageShown,
    QueryAnswered,
    entry_envelope,
    read_entry,
)
from fusion.events.log import Receipt
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog

pytestmark = pytest.mark.anyio
NOON = midnight(11_513) + MICROS_PER_DAY // 2
PAGE = PageShown.of([("full", "/fbi/phoenix/1"), ("tearline", "/cia/tearline/X")])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def asked(path: str = "/v1/alerts", page: str | None = None) -> QueryAnswered:
    return QueryAnswered(
        kind="reader",
        name="rita",
        agency="river",
        purpose=None,
        case=None,
        method="GET",
        path=path,
        query="",
        status=200,
        count=0,
        page=page,
    )


def rows_of(chain: Chain) -> list[Recorded]:
    return chain.read(Position.start(), 1_000)


def entries_of(chain: Chain) -> list[LedgerEntry]:
    return [entry for row in rows_of(chain) if (entry := read_entry(row)) is not None]


class FailingLog(MemoryLog):
    """A log that refuses when a test says so, before it writes or after."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.refuses = self.forgets = False
        self.appends: list[int] = []

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        if self.refuses:
            raise Unavailable("the disk is full")
        self.appends.append(len(envelopes))
        receipts = super().append(envelopes)
        if self.forgets:
            raise Unavailable("the disk reports an error")
        return receipts


async def test_what_was_written_is_read_back_and_is_a_sound_chain() -> None:
    chain = Chain(MemoryLog, ScriptedClock(NOON))
    ledger = Ledger(chain)
    await ledger.open()
    await ledger.write([PAGE, asked(page=PAGE.page)])
    await ledger.close()
    assert entries_of(chain) == [LedgerOpened(), PAGE, asked(page=PAGE.page)]
    assert check(chain).breaches == ()


async def test_many_who_write_at_once_share_a_flush() -> None:
    logs: list[FailingLog] = []

    def make(clock: Clock) -> FailingLog:
        logs.append(FailingLog(clock))
        return logs[0]

    ledger = Ledger(Chain(make, ScriptedClock(NOON)))
    await asyncio.gather(*(ledger.write([asked(f"/v1/{n}")]) for n in range(50)))
    await ledger.close()
    assert sum(logs[0].appends) == 50
    assert len(logs[0].appends) <= 3


async def test_a_page_is_written_once_however_often_it_is_shown() -> None:
    chain = Chain(MemoryLog, ScriptedClock(NOON))
    ledger = Ledger(chain)
    for _ in range(3):
        await ledger.write([PAGE, asked(page=PAGE.page)])
    other = PageShown.of([*PAGE.shown, ("full", "/fbi/phoenix/2")])
    await ledger.write([other, FrameShown(channel="c", page=other.page)])
    await ledger.close()
    assert [type(e).__name__ for e in entries_of(chain)] == [
        "PageShown", "QueryAnswered", "QueryAnswered", "QueryAnswered", "PageShown", "FrameShown",
    ]  # fmt: skip


def test_the_chain_is_what_it_was_when_the_first_ledger_was_begun() -> None:
    # Whoever changes these bytes breaks every ledger and every checkpoint that stands.
    chain = Chain(MemoryLog, ScriptedClock(NOON))
    chain.append([entry_envelope(LedgerOpened()), entry_envelope(PAGE)])
    chain.append([entry_envelope(asked(page=PAGE.page))])
    found = [row.envelope.digest.hex()[:16] for row in rows_of(chain)[1:]]
    assert found == ["d6c6d6aeae8b12eb", "7c825764f3f5b66c", "e7ab368fe392f6df"]


def test_a_page_is_named_by_what_it_shows_in_whatever_order() -> None:
    assert PageShown.of(reversed(PAGE.shown)) == PAGE
    assert PageShown.of(PAGE.shown[:1]).page != PAGE.page


async def test_who_writes_is_told_where_the_ledger_can_not_be_written() -> None:
    logs: list[FailingLog] = []

    def make(clock: Clock) -> FailingLog:
        logs.append(FailingLog(clock))
        return logs[0]

    chain = Chain(make, ScriptedClock(NOON))
    ledger = Ledger(chain)
    await ledger.write([asked("/v1/1")])
    logs[0].refuses = True
    with pytest.raises(Unavailable):
        await ledger.write([PAGE, asked("/v1/2", PAGE.page)])
    logs[0].refuses = False
    # The page did not become known by a write that failed.
    await ledger.write([PAGE, asked("/v1/3", PAGE.page)])
    await ledger.close()
    assert entries_of(chain) == [asked("/v1/1"), PAGE, asked("/v1/3", PAGE.page)]
    assert check(chain).breaches == ()


async def test_an_append_that_failed_and_was_written_all_the_same_breaks_no_chain() -> None:
    logs: list[FailingLog] = []

    def make(clock: Clock) -> FailingLog:
        logs.append(FailingLog(clock))
        return logs[0]

    chain = Chain(make, ScriptedClock(NOON))
    ledger = Ledger(chain)
    await ledger.write([asked("/v1/1")])
    logs[0].forgets = True
    with pytest.raises(Unavailable):
        await ledger.write([asked("/v1/2")])
    logs[0].forgets = False
    await ledger.write([asked("/v1/3")])
    await ledger.close()
    assert entries_of(chain) == [asked("/v1/1"), asked("/v1/2"), asked("/v1/3")]
    assert check(chain).breaches == ()


async def test_the_chain_goes_on_after_a_restart_and_over_midnights(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.sqlite", ScriptedClock(NOON)
    for _ in range(3):
        chain = Chain(lambda by: SqliteLog(path, by), clock)
        ledger = Ledger(chain)
        await ledger.open()
        await ledger.write([asked()])
        await ledger.close()
        chain.close()
        clock.advance(clock.now() + 2 * MICROS_PER_DAY)
    log = SqliteLog(path, clock)
    assert check(log).breaches == ()
    assert check(log).end.entries == 6
    log.close()


async def test_a_clock_that_went_back_breaks_no_chain() -> None:
    clock = ScriptedClock(NOON)
    chain = Chain(MemoryLog, clock)
    ledger = Ledger(chain)
    await ledger.write([asked()])
    clock._moment -= MICROS_PER_DAY
    await ledger.write([asked()])
    await ledger.close()
    assert check(chain).breaches == ()
    assert {row.recorded for row in rows_of(chain)[1:]} == {NOON}


async def test_a_ledger_that_another_program_writes_is_told_of(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.sqlite", ScriptedClock(NOON)
    one, other = (Ledger(Chain(lambda by: SqliteLog(path, by), clock)) for _ in range(2))
    await one.write([asked("/v1/1")])
    await other.write([asked("/v1/2")])
    with pytest.raises(Unavailable):
        await one.write([asked("/v1/3")])
    await one.close()
    await other.close()


async def test_the_end_of_the_chain_is_found_behind_rows_that_were_put_in(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.sqlite", ScriptedClock(NOON)
    chain = Chain(lambda by: SqliteLog(path, by), clock)
    ledger = Ledger(chain)
    await ledger.write([asked("/v1/1"), asked("/v1/2")])
    await ledger.close()
    end = last_link(chain)
    assert end.entries == 2
    with sqlite3.connect(path) as file:
        for number in range(50, 350):
            row = (number, NOON, "x", 1, "/x", str(number), b"", None, b"{}")
            file.execute("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", row)
    assert last_link(chain) == end
    assert isinstance(end, Link)
    chain.close()
