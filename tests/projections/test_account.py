"""The account is what the ledger says, however it was followed: a naive reading defines it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock, midnight
from fusion.domain.errors import Misused, Unavailable
from fusion.domain.ids import agency_of
from fusion.events.envelope import Envelope
from fusion.events.ledger import Chain
from fusion.events.ledger_entries import (
    FrameShown,
    LedgerEntry,
    LedgerOpened,
    PageShown,
    QueryAnswered,
    StreamClosed,
    StreamFollowed,
    entry_envelope,
)
from fusion.events.memory_log import MemoryLog
from fusion.projections.account.account import Account, Asked, ShownSignal

DAY = 11_513
NOON = midnight(DAY) + MICROS_PER_DAY // 2
PAGES = [
    PageShown.of(shown)
    for shown in (
        [("full", "/fbi/phoenix/1")],
        [("full", "/fbi/phoenix/1"), ("full", "/cia/ctc/7")],
        [("tearline", "/fbi/tearline/X"), ("full", "/cia/ctc/7")],
    )
]
STREAMS, CHANNELS, READERS = ("w-1", "w-2", "w-3"), ("c-1", "c-2"), ("ann", "bob")


def asked(reader: str, page: PageShown | None = None, stream: str | None = None) -> QueryAnswered:
    return QueryAnswered(
        kind="reader",
        name=reader,
        agency="fbi",
        purpose="prevention" if reader == "ann" else None,
        case="c-1",
        method="GET",
        path="/v1/alerts",
        query="q=x",
        status=200,
        count=1,
        page=page and page.page,
        stream=stream,
    )


@dataclass
class Naive:
    """Who was shown what, read entry by entry from a list."""

    pages: dict[str, PageShown] = field(default_factory=dict)
    readers: dict[str, QueryAnswered] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    seen: dict[str, set[tuple[str, str, int]]] = field(default_factory=dict)
    shown: dict[tuple[str, int, str, str, str, str], int | None] = field(default_factory=dict)

    def take(self, entry: LedgerEntry, day: int) -> None:
        match entry:
            case LedgerOpened():
                for stream in list(self.readers):
                    self._end(stream, day)
            case PageShown():
                self.pages[entry.page] = entry
            case QueryAnswered():
                self._show(entry, entry.page, day)
                if entry.stream:
                    self.readers[entry.stream] = entry
                    self.seen[entry.stream] = set()
            case StreamFollowed() if entry.stream in self.readers:
                self.channels[entry.stream] = entry.channel
                self._watch(entry.stream, entry.page, day)
            case FrameShown():
                for stream, channel in self.channels.items():
                    if channel == entry.channel:
                        self._watch(stream, entry.page, day)
            case StreamClosed() if entry.stream in self.readers:
                self._end(entry.stream, day)

    def _show(self, query: QueryAnswered, page: str | None, day: int) -> None:
        for rung, signal in self.pages[page].shown if page else ():
            self.shown.setdefault(self._key(query, rung, signal, day), None)

    def _watch(self, stream: str, page: str | None, day: int) -> None:
        self._show(self.readers[stream], page, day)
        for rung, signal in self.pages[page].shown if page else ():
            self.seen[stream].add((rung, signal, day))

    def _end(self, stream: str, day: int) -> None:
        for rung, signal, since in self.seen.pop(stream):
            key = self._key(self.readers[stream], rung, signal, since)
            self.shown[key] = max(self.shown[key] or day, day)
        del self.readers[stream]
        self.channels.pop(stream, None)

    @staticmethod
    def _key(
        query: QueryAnswered, rung: str, signal: str, day: int
    ) -> tuple[str, int, str, str, str, str]:
        return (agency_of(signal), -day, signal, query.name, query.purpose or "", rung)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[LedgerEntry, int]]:
    """Entries as the API writes them, with how many days pass before each."""
    history: list[tuple[LedgerEntry, int]] = [(page, 0) for page in PAGES]
    opened: set[str] = set()
    pages = st.sampled_from([None, *PAGES])
    for _ in range(draw(st.integers(1, 25))):
        days = draw(st.sampled_from((0, 0, 0, 1, 3)))
        page = draw(pages)
        kind = draw(st.sampled_from(("asked", "opened", "followed", "frame", "closed", "restart")))
        stream = draw(st.sampled_from(STREAMS))
        channel = draw(st.sampled_from(CHANNELS))
        entry: LedgerEntry = LedgerOpened()
        if kind == "asked":
            entry = asked(draw(st.sampled_from(READERS)), page)
        elif kind == "opened" and stream not in opened:
            opened.add(stream)
            entry = asked(draw(st.sampled_from(READERS)), None, stream)
        elif kind == "followed" and stream in opened:
            entry = StreamFollowed(stream=stream, channel=channel, page=page and page.page)
        elif kind == "frame":
            entry = FrameShown(channel=channel, page=page and page.page)
        elif kind == "closed" and stream in opened:
            opened.discard(stream)
            entry = StreamClosed(stream)
        elif kind != "restart":
            continue
        if isinstance(entry, LedgerOpened):
            opened.clear()
        history.append((entry, days))
    return history


@contextmanager
def opened(path: Path | None, chain: Chain) -> Iterator[Account]:
    account = Account(path, chain)
    try:
        yield account
    finally:
        account.close()


def chain_of(history: Sequence[tuple[LedgerEntry, int]]) -> tuple[Chain, Naive]:
    clock, naive = ScriptedClock(NOON), Naive()
    chain = Chain(MemoryLog, clock)
    for entry, days in history:
        clock.advance(clock.now() + days * MICROS_PER_DAY)
        chain.append([entry_envelope(entry)])
        naive.take(entry, clock.now() // MICROS_PER_DAY)
    return chain, naive


def lines_of(account: Account, owner: str, limit: int = 1_000) -> list[ShownSignal]:
    """All lines of an owner, page by page."""
    lines: list[ShownSignal] = []
    while page := account.disclosures(owner, lines[-1].key if lines else None, limit):
        lines += page
    return lines


@given(histories(), st.integers(1, 4))
def test_the_account_of_an_owner_is_what_the_ledger_says(
    history: list[tuple[LedgerEntry, int]], limit: int
) -> None:
    chain, naive = chain_of(history)
    with opened(None, chain) as account:
        for owner in ("fbi", "cia"):
            found = {
                (owner, -line.day, line.signal, line.reader, line.purpose, line.rung): line.until
                for line in lines_of(account, owner, limit)
            }
            assert found == {key: until for key, until in naive.shown.items() if key[0] == owner}


@given(histories(), st.data())
def test_an_account_that_is_followed_piece_by_piece_is_the_same(
    history: list[tuple[LedgerEntry, int]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(history)))
    whole, _ = chain_of(history)
    clock = ScriptedClock(NOON)
    chain = Chain(MemoryLog, clock)
    with opened(None, chain) as account, opened(None, whole) as other:
        for number, (entry, days) in enumerate(history):
            if number == cut:
                account.queries(None, 1)
            clock.advance(clock.now() + days * MICROS_PER_DAY)
            chain.append([entry_envelope(entry)])
        assert lines_of(account, "fbi") == lines_of(other, "fbi")
        assert account.queries(None, 1_000) == other.queries(None, 1_000)


def test_lines_come_newest_day_first_then_by_name() -> None:
    pages = [(page, 0) for page in PAGES]
    chain, _ = chain_of([*pages, (asked("bob", PAGES[0]), 0), (asked("ann", PAGES[2]), 2)])
    with opened(None, chain) as account:
        assert [(line.day, line.signal) for line in lines_of(account, "fbi")] == [
            (DAY + 2, "/fbi/tearline/X"),
            (DAY, "/fbi/phoenix/1"),
        ]


def test_a_stream_says_until_when_only_once_it_has_ended() -> None:
    begun = [
        (PAGES[0], 0),
        (asked("ann", None, "w-1"), 0),
        (StreamFollowed(stream="w-1", channel="c-1", page=PAGES[0].page), 0),
    ]
    with opened(None, chain_of(begun)[0]) as account:
        assert [line.until for line in lines_of(account, "fbi")] == [None]
    with opened(None, chain_of([*begun, (StreamClosed("w-1"), 3)])[0]) as account:
        assert [(x.day, x.until) for x in lines_of(account, "fbi")] == [(DAY, DAY + 3)]
    with opened(None, chain_of([*begun, (LedgerOpened(), 5)])[0]) as account:
        assert [(x.day, x.until) for x in lines_of(account, "fbi")] == [(DAY, DAY + 5)]


def test_queries_come_newest_first_with_what_was_asked_for_and_not_what_was_looked_for() -> None:
    history = [(LedgerOpened(), 0), (asked("ann"), 0), (asked("bob"), 1)]
    chain, _ = chain_of(history)
    with opened(None, chain) as account:
        newest, oldest = account.queries(None, 10)
        assert oldest == Asked(
            2, NOON, "ann", "fbi", "prevention", "c-1", "GET", "/v1/alerts", 200, 1
        )
        assert (newest.name, newest.number) == ("bob", 3)
        assert account.queries(newest.number, 10) == [oldest]


def test_an_account_in_a_file_goes_on_and_knows_another_ledger_when_it_sees_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "account.sqlite"
    one, _ = chain_of([(PAGES[0], 0), (asked("ann", PAGES[0]), 0)])
    with opened(path, one) as account:
        assert len(account.queries(None, 10)) == 1
    one.append([entry_envelope(asked("bob", PAGES[0]))])
    with opened(path, one) as account:
        assert [query.name for query in account.queries(None, 10)] == ["bob", "ann"]
        assert [line.reader for line in lines_of(account, "fbi")] == ["ann", "bob"]
    other, _ = chain_of([(PAGES[1], 0), (asked("eve"), 0), (asked("eve"), 0), (asked("eve"), 0)])
    with opened(path, other) as account:
        assert {query.name for query in account.queries(None, 10)} == {"eve"}
        assert lines_of(account, "fbi") == []


def test_an_account_that_is_no_account_is_refused_and_says_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    path.write_bytes(b"no account at all" * 400)
    chain, _ = chain_of([(LedgerOpened(), 0)])
    with pytest.raises(Misused, match="made again"):
        Account(path, chain)
    path.unlink()
    with opened(path, chain) as account:
        assert account.queries(None, 10) == []


def test_an_account_that_can_not_be_written_now_is_unavailable(tmp_path: Path) -> None:
    chain, _ = chain_of([(asked("ann"), 0)])
    with opened(tmp_path / "account.sqlite", chain) as account:
        with sqlite3.connect(tmp_path / "account.sqlite") as file:
            file.execute("DROP TABLE query")
        file.close()
        with pytest.raises(Unavailable):
            account.queries(None, 10)


def test_a_ledger_that_can_not_be_read_gives_no_account() -> None:
    clock = ScriptedClock(NOON)
    chain = Chain(MemoryLog, clock)
    chain.append([Envelope("query.answered", 1, "/fusion/ledger", "", b"{}")])
    with opened(None, chain) as account, pytest.raises(Unavailable):
        account.queries(None, 1)
