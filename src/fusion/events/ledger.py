"""The ledger: who asked, who was refused, who was shown what, in a log of its own.

An entry is durable before the answer that it speaks of leaves, and many share one flush. Entries
are a hash chain: each one's digest covers the one before it and all of its own, its time included,
so that an entry can't be changed, taken out, put in or moved without breaking the chain
(`ledger_check` finds where). Where the ledger can't be written, whoever writes is told Unavailable,
and no answer leaves.
It must never be read to decide what anybody may know, nor written to the log of what happened:
reading moves nothing that is read.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from fusion.domain.clock import Clock
from fusion.domain.errors import Unavailable
from fusion.events.envelope import Envelope, Recorded
from fusion.events.group_commit import GroupCommit
from fusion.events.ledger_entries import (
    SOURCE,
    LedgerEntry,
    LedgerOpened,
    PageShown,
    entry_envelope,
)
from fusion.events.log import EventLog, Outcome, Receipt
from fusion.events.position import Position
from fusion.events.sequence import offset_at, position_at

# What the first entry follows.
GENESIS = hashlib.sha256(b"fusion ledger\n").digest()
# Pages known to be in the ledger: some 100 bytes each. One that was forgotten is kept once more.
PAGES_KNOWN = 20_000
# The last row is an entry, unless somebody put others behind it.
_LAST_ROWS = 100


class Rows(Protocol):
    """What a ledger is read through: its log, or the chain that writes it."""

    def read(self, after: Position, limit: int) -> list[Recorded]:
        """As `EventLog.read`."""
        ...

    def head(self) -> Position:
        """As `EventLog.head`."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands: how many entries it has, the last one's digest and time."""

    entries: int
    digest: bytes
    recorded: int | None


EMPTY = Link(0, GENESIS, None)


def linked(previous: bytes, envelope: Envelope, recorded: int) -> bytes:
    """The digest of an entry that follows the entry with the digest `previous`."""
    named = (recorded, envelope.type, envelope.version, envelope.source, envelope.id)
    head = msgspec.json.encode((*named, envelope.key_id))
    return hashlib.sha256(previous + head + b"\n" + envelope.body).digest()


def last_link(log: Rows) -> Link:
    """Where the chain in a log stands: at the last entry there is, whatever stands before it.

    A ledger that was tampered with goes on all the same; it is `ledger_check` that says so.
    """
    end = offset_at(log.head())
    while end > 0:
        start = max(0, end - _LAST_ROWS)
        for row in reversed(log.read(position_at(start), end - start)):
            if row.envelope.source == SOURCE and row.envelope.id.isdecimal():
                return Link(int(row.envelope.id), row.envelope.digest, row.recorded)
        end = start
    return EMPTY


class Chain:
    """Links envelopes to the last one of a log and appends them; one thread at a time.

    `open_log` is given the clock by which the log records: the moment that the digests cover.
    """

    def __init__(self, open_log: Callable[[Clock], EventLog], clock: Clock) -> None:
        self._clock, self._moment = clock, _Moment()
        self._log = open_log(self._moment)
        self._tail: Link | None = None

    def append(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Receipts of envelopes without id and digest; Unavailable if the log is not ours alone."""
        tail = self._tail or last_link(self._log)
        # An append that raises may have been written all the same: then the log is asked again.
        self._tail = None
        now = self._clock.now()
        moment = self._moment.moment = now if tail.recorded is None else max(now, tail.recorded)
        links = []
        for envelope in envelopes:
            numbered = replace(envelope, id=str(tail.entries + 1))
            digest = linked(tail.digest, numbered, moment)
            links.append(replace(numbered, digest=digest))
            tail = Link(tail.entries + 1, digest, moment)
        receipts = self._log.append(links)
        if any(r.outcome is not Outcome.ACCEPTED or r.recorded != moment for r in receipts):
            raise Unavailable("the ledger is written by another program")
        self._tail = tail
        return receipts

    def read(self, after: Position, limit: int) -> list[Recorded]:
        """At most so many rows after a position, ticks among them."""
        return self._log.read(after, limit)

    def head(self) -> Position:
        """The position after the last row."""
        return self._log.head()

    def find(self, source: str, id: str) -> Recorded | None:
        """The row under a name, if there is one."""
        return self._log.find(source, id)

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()


class _Moment:
    """A clock that says what the chain last set."""

    def __init__(self) -> None:
        self.moment = 0

    def now(self) -> int:
        return self.moment


class Ledger:
    """The way into a chain for one event loop. `close` it before the chain."""

    def __init__(self, chain: Chain) -> None:
        self._commit = GroupCommit(chain)
        self._pages: OrderedDict[str, None] = OrderedDict()

    async def write(self, entries: Sequence[LedgerEntry]) -> Position:
        """The position after the last of these entries, once all are durable.

        Unavailable (or Misused, for a file that can't be written) where they are not. A page that
        is there already is not written again.
        """
        assert not isinstance(entries[-1], PageShown), "a page is shown by the entry after it"
        fresh = [entry for entry in entries if not self._is_known(entry)]
        receipts = await self._commit.submit([entry_envelope(entry) for entry in fresh])
        for entry in fresh:
            if isinstance(entry, PageShown):
                self._pages[entry.page] = None
        while len(self._pages) > PAGES_KNOWN:
            self._pages.popitem(last=False)
        position = receipts[-1].position
        assert position is not None, "what was accepted has a position"
        return position

    async def open(self) -> None:
        """Say that a process begins to serve."""
        await self.write([LedgerOpened()])

    async def close(self) -> None:
        """Take no more, and write what waits."""
        await self._commit.close()

    def _is_known(self, entry: LedgerEntry) -> bool:
        return isinstance(entry, PageShown) and entry.page in self._pages
