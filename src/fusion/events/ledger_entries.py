"""What the ledger holds: who asked for what, what was answered, and what that showed.

A shown page is kept once, under a name made from what it shows, and every query that was answered
with it names it; a frame of a stream is kept once for all streams of its channel. So who was shown
a frame is told by when each reader followed its channel: every stream whose `stream.followed` names
the channel and stands before the frame, and that was not closed or turned to another channel before
it. What only some of them were sent, because one had gone meanwhile, counts as shown to all: the
account says too much rather than too little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct

from fusion.domain.errors import Unreadable
from fusion.events.envelope import Envelope, Recorded

# Under this source entries stand in the ledger, by their running number.
SOURCE = "/fusion/ledger"
_VERSION = 1
# 128 bits name a page: nobody who could choose what is shown could find another with the same name.
_NAME_CHARACTERS = 32

# What is shown, as it is kept: rung and signal.
Shown = tuple[tuple[str, str], ...]


class LedgerOpened(Struct, frozen=True):
    """A process began to serve. Streams that no process closed before have ended."""


class PageShown(Struct, frozen=True):
    """What an answer, or a look of a stream, showed of which signals on which rung."""

    page: str
    shown: Shown

    @classmethod
    def of(cls, shown: Iterable[tuple[str, str]]) -> PageShown:
        """The page that shows this, under the name that what it shows gives it."""
        kept = tuple(sorted((str(rung), signal) for rung, signal in shown))
        name = hashlib.sha256(msgspec.json.encode(kept)).hexdigest()[:_NAME_CHARACTERS]
        return cls(name, kept)


class QueryAnswered(Struct, frozen=True, kw_only=True):
    """Somebody asked, and was answered so.

    `name` is a reader's or a publisher's; `purpose` and `case` are what the call stated, granted or
    not. `page` is what was shown, None for nothing. A stream that was opened has a name of its own.
    """

    kind: str
    name: str
    agency: str | None
    purpose: str | None
    case: str | None
    method: str
    path: str
    query: str
    status: int
    count: int
    page: str | None = None
    stream: str | None = None


class StreamFollowed(Struct, frozen=True, kw_only=True):
    """From here on a stream is told what its channel is told; `page` is what it alone was shown."""

    stream: str
    channel: str
    page: str | None


class FrameShown(Struct, frozen=True, kw_only=True):
    """Every stream that follows a channel is shown this."""

    channel: str
    page: str | None


class StreamClosed(Struct, frozen=True):
    """A stream ended: what its channel is told from here on, it is not."""

    stream: str


LedgerEntry = LedgerOpened | PageShown | QueryAnswered | StreamFollowed | FrameShown | StreamClosed

KINDS: Mapping[str, type[LedgerEntry]] = MappingProxyType(
    {
        "ledger.opened": LedgerOpened,
        "query.answered": QueryAnswered,
        "page.shown": PageShown,
        "frame.shown": FrameShown,
        "stream.followed": StreamFollowed,
        "stream.closed": StreamClosed,
    }
)
_NAME_OF = {shape: name for name, shape in KINDS.items()}


def entry_envelope(entry: LedgerEntry) -> Envelope:
    """An entry before it is linked: its number and its digest come from the chain."""
    return Envelope(_NAME_OF[type(entry)], _VERSION, SOURCE, "", msgspec.json.encode(entry))


def read_entry(recorded: Recorded) -> LedgerEntry | None:
    """The entry in an envelope, None for a tick; Unreadable for what is no entry."""
    envelope = recorded.envelope
    if envelope.source != SOURCE:
        return None
    shape = KINDS.get(envelope.type)
    if shape is None or envelope.version != _VERSION:
        raise Unreadable(f"entry {envelope.id} ({envelope.type}) is of a newer program")
    try:
        return msgspec.json.decode(envelope.body, type=shape)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"entry {envelope.id} ({envelope.type}): {error}") from error
