"""Followings: what each open stream is shown, in the ledger before it is sent.

A frame that all streams of a channel are told is entered once for the channel, however many follow
it; what one stream alone is shown (its snapshot, what it missed while it was away) is entered for
that stream. Whatever a stream is sent stands in the ledger between its `stream.followed` and its
`stream.closed`, so that the account of a channel is the account of each who followed it then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Sequence

from fusion.access.disclosure import Shown
from fusion.domain.errors import FusionError
from fusion.events.ledger import Ledger
from fusion.events.ledger_entries import (
    FrameShown,
    LedgerEntry,
    PageShown,
    StreamClosed,
    StreamFollowed,
)
from fusion.events.position import Position
from fusion.projections.view.port import Frame

# Frames known to be in the ledger: some 300 bytes each. One that was forgotten is entered again.
FRAMES_KNOWN = 20_000

_Key = tuple[str, str | None]


class Channels:
    """Which frames of which channels the ledger has, for all streams of one event loop."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._entered: OrderedDict[_Key, asyncio.Task[Position]] = OrderedDict()

    async def shown(self, frames: Sequence[Frame]) -> list[Position]:
        """Where in the ledger these frames of their channel stand, once they do."""
        missing = {_key(frame): frame for frame in frames if _key(frame) not in self._entered}
        if missing:
            self._enter(missing)
        tasks = {self._entered[_key(frame)] for frame in frames}
        # Who is cancelled takes nobody else's entry along.
        return [await asyncio.shield(task) for task in tasks]

    def _enter(self, missing: dict[_Key, Frame]) -> None:
        """One write for frames that one look brought."""
        entries: list[LedgerEntry] = []
        for frame in missing.values():
            page = _page_entries(frame.shown)
            shown = FrameShown(channel=frame.channel, page=page[0].page if page else None)
            entries += [*page, shown]
        task = asyncio.create_task(self.ledger.write(entries))
        task.add_done_callback(lambda done: self._settle(done, missing))
        self._entered |= dict.fromkeys(missing, task)
        while len(self._entered) > FRAMES_KNOWN:
            self._entered.popitem(last=False)

    def _settle(self, task: asyncio.Task[Position], keys: dict[_Key, Frame]) -> None:
        """Forget what was not written: whoever needs it tries again."""
        if task.cancelled() or task.exception() is not None:
            for key in keys:
                if self._entered.get(key) is task:
                    del self._entered[key]


class Following:
    """One stream's entries. `before` is called with each look, before any of it is sent."""

    def __init__(self, channels: Channels, stream: str) -> None:
        self._channels, self._stream = channels, stream
        self._channel: str | None = None
        self._since: Position | None = None

    async def before(self, frames: Sequence[Frame]) -> None:
        """Returns once the ledger has what these frames show; Unavailable where it can't."""
        if not frames:
            return
        if await self._are_the_channel_s(frames):
            return
        page = _page_entries(tuple({each for frame in frames for each in frame.shown}))
        channel = frames[-1].channel
        followed = StreamFollowed(
            stream=self._stream, channel=channel, page=page[0].page if page else None
        )
        self._since = await self._channels.ledger.write([*page, followed])
        self._channel = channel

    async def close(self) -> None:
        """Say that the stream ended. If that can't be said, a later opening of the ledger does."""
        if self._channel is not None:
            with contextlib.suppress(FusionError):
                await self._channels.ledger.write([StreamClosed(self._stream)])

    async def _are_the_channel_s(self, frames: Sequence[Frame]) -> bool:
        """Whether these stand in the ledger for the whole channel, after this stream joined it."""
        since = self._since
        if since is None or any(f.mark is None or f.channel != self._channel for f in frames):
            return False
        # What others of the channel were told before this one joined is not told to it by that.
        return not any(since.covers(place) for place in await self._channels.shown(frames))


def _page_entries(shown: Sequence[Shown]) -> list[PageShown]:
    return [PageShown.of(shown)] if shown else []


def _key(frame: Frame) -> _Key:
    return (frame.channel, frame.mark)
