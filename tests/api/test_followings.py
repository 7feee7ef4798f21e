"""What streams are shown: once for a channel, or for the one stream that alone is shown it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from fusion.access.disclosure import Rung, Shown
from fusion.api.followings import Channels, Following
from fusion.domain.clock import ScriptedClock
from fusion.domain.errors import Unavailable
from fusion.events.envelope import Envelope
from fusion.events.ledger import Chain, Ledger
from fusion.events.ledger_entries import (
    FrameShown,
    LedgerEntry,
    PageShown,
    QueryAnswered,
    StreamClosed,
    StreamFollowed,
)
from fusion.events.memory_log import MemoryLog
from fusion.projections.view.port import Frame
from tests.api.accounting import CHANNEL, RAISED, SNAPSHOT, check_a_frame, entries_of
from tests.api.premises import Premises

pytestmark = pytest.mark.anyio


class Desk:
    """A ledger with the channels of one process."""

    def __init__(self) -> None:
        self.chain = Chain(MemoryLog, ScriptedClock(0))
        self.ledger = Ledger(self.chain)
        self.channels = Channels(self.ledger)

    def following(self, stream: str) -> Following:
        return Following(self.channels, stream)

    def entries(self) -> list[LedgerEntry]:
        return entries_of(self.chain)

    def of(self, kind: type[Any]) -> list[Any]:
        return [entry for entry in self.entries() if isinstance(entry, kind)]


@pytest.fixture
async def desk() -> Any:
    opened = Desk()
    yield opened
    await opened.ledger.close()


def frame(mark: str | None, signal: str, channel: str = CHANNEL) -> Frame:
    shown = (Shown(Rung.FULL, signal),)
    return Frame("raised", "i", {}, shown, channel, mark)


async def test_each_frame_is_in_the_ledger_before_it_is_sent(house: Premises) -> None:
    await check_a_frame(house)


async def test_a_frame_is_entered_once_for_a_thousand_streams_of_a_channel(desk: Desk) -> None:
    streams = [desk.following(f"w-{number}") for number in range(1_000)]
    await asyncio.gather(*(stream.before([SNAPSHOT]) for stream in streams))
    assert len(desk.of(StreamFollowed)) == 1_000
    await asyncio.gather(*(stream.before([RAISED]) for stream in streams))
    assert len(desk.of(FrameShown)) == 1
    assert len(desk.of(PageShown)) == 1
    assert len(desk.of(StreamFollowed)) == 1_000


async def test_streams_of_two_channels_are_told_apart(desk: Desk) -> None:
    one, other = desk.following("w-1"), desk.following("w-2")
    await one.before([frame(None, "/a/x/1", "c-1")])
    await other.before([frame(None, "/a/x/1", "c-2")])
    await one.before([frame("m", "/a/x/2", "c-1")])
    await other.before([frame("m", "/a/x/2", "c-2")])
    assert [shown.channel for shown in desk.of(FrameShown)] == ["c-1", "c-2"]


async def test_what_a_channel_was_told_before_a_stream_joined_is_entered_for_that_stream(
    desk: Desk,
) -> None:
    early, late = desk.following("w-1"), desk.following("w-2")
    await early.before([SNAPSHOT])
    await early.before([RAISED])
    await late.before([SNAPSHOT])
    # It looked before the frame came, and joined after others were shown it.
    await late.before([RAISED])
    page = PageShown.of(RAISED.shown).page
    assert desk.entries()[-1] == StreamFollowed(stream="w-2", channel=CHANNEL, page=page)
    assert len(desk.of(FrameShown)) == 1


async def test_what_a_stream_missed_while_it_was_away_is_entered_for_it_alone(desk: Desk) -> None:
    resumed = desk.following("w-1")
    await resumed.before([frame("m1", "/a/x/1"), frame("m2", "/a/x/2")])
    (followed,) = desk.of(StreamFollowed)
    assert followed.page == PageShown.of([("full", "/a/x/1"), ("full", "/a/x/2")]).page
    assert desk.of(FrameShown) == []


async def test_who_gets_other_rights_follows_another_channel_from_there(desk: Desk) -> None:
    stream = desk.following("w-1")
    await stream.before([frame(None, "/a/x/1", "c-1")])
    await stream.before([frame(None, "/a/x/2", "c-2")])
    await stream.before([frame("m", "/a/x/3", "c-2")])
    assert [followed.channel for followed in desk.of(StreamFollowed)] == ["c-1", "c-2"]
    assert [shown.channel for shown in desk.of(FrameShown)] == ["c-2"]


async def test_the_end_of_a_stream_is_entered_once_it_was_shown_something(desk: Desk) -> None:
    shown, unshown = desk.following("w-1"), desk.following("w-2")
    await shown.before([SNAPSHOT])
    await shown.close()
    await unshown.before([])
    await unshown.close()
    assert desk.of(StreamClosed) == [StreamClosed("w-1")]


class Refusing:
    """A patch of a chain that lets a test say when it refuses."""

    def __init__(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full, self._append = False, chain.append
        monkeypatch.setattr(chain, "append", self.append)

    def append(self, envelopes: Sequence[Envelope]) -> Any:
        if self.is_full:
            raise Unavailable("the disk is full")
        return self._append(envelopes)


async def test_a_frame_that_was_not_written_is_tried_again_for_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(desk.chain, monkeypatch)
    streams = [desk.following(f"w-{number}") for number in range(3)]
    for stream in streams:
        await stream.before([SNAPSHOT])
    refusing.is_full = True
    looks = [stream.before([RAISED]) for stream in streams]
    found = await asyncio.gather(*looks, return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable] * 3
    refusing.is_full = False
    await streams[0].before([RAISED])
    assert len(desk.of(FrameShown)) == 1


async def test_a_stream_that_leaves_while_a_frame_is_written_takes_nobody_s_entry_along(
    desk: Desk,
) -> None:
    one, other = desk.following("w-1"), desk.following("w-2")
    await one.before([SNAPSHOT])
    await other.before([SNAPSHOT])
    leaving = asyncio.create_task(one.before([RAISED]))
    staying = asyncio.create_task(other.before([RAISED]))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert len(desk.of(FrameShown)) == 1


async def test_a_stream_whose_frame_can_not_be_accounted_for_is_cut_off_without_it(
    house: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.views.view.watching.told += [[SNAPSHOT], [RAISED]]
    refusing = Refusing(house.chain, monkeypatch)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body", b"").startswith(b"id: "):
            refusing.is_full = True
            house.views.number += 1

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/alerts/stream",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {house.token('reader', 'rita')}".encode())],
    }
    seats = house.app.state.running.seats.free
    await asyncio.wait_for(house.app(scope, receive, send), 20)
    start, snapshot = sent
    assert start["status"] == 200
    assert b"event: snapshot" in snapshot["body"]
    assert house.app.state.running.seats.free == seats


async def test_a_stream_is_opened_and_closed_in_the_ledger_under_one_name(house: Premises) -> None:
    await check_a_frame(house)
    entries = entries_of(house.chain)
    (opened,) = (entry for entry in entries if isinstance(entry, QueryAnswered))
    assert entries[-1] == StreamClosed(str(opened.stream))
    assert (opened.status, opened.count) == (200, 0)
