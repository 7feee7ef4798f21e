"""Group commit: who arrives during a commit shares the next one; nobody is answered too early."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from threading import Event

import pytest

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock
from fusion.domain.errors import TooLarge, Unavailable
from fusion.events.crash_point import Label
from fusion.events.envelope import Envelope
from fusion.events.group_commit import MAX_BATCH, MAX_WAITING, MAX_WAITING_BYTES, GroupCommit
from fusion.events.log import EventLog, Outcome, Receipt
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog

CLOCK = ScriptedClock(11_513 * MICROS_PER_DAY)


def event(id_: str, body: bytes = b"{}", digest: bytes = b"d") -> Envelope:
    return Envelope("test.happened", 1, "/fbi", id_, body, digest)


def events(name: str, count: int) -> list[Envelope]:
    return [event(f"{name}-{number}") for number in range(count)]


def ids(log: EventLog) -> list[str]:
    return [found.envelope.id for found in log.read(Position.start(), 100_000)][1:]


class Gate:
    """A crash point that kills nobody: it counts, and holds the writing thread at one label."""

    def __init__(self, held: Label) -> None:
        self.held = held
        self.seen: list[Label] = []
        self.arrived, self.opened = Event(), Event()

    def __call__(self, label: Label) -> None:
        self.seen.append(label)
        if label == self.held:
            self.arrived.set()
            assert self.opened.wait(30)

    @property
    def commits(self) -> int:
        return self.seen.count("before_append")

    async def reached(self) -> None:
        """Until the writing thread stands at the gate."""
        assert await asyncio.to_thread(self.arrived.wait, 30)


@asynccontextmanager
async def committing(log: EventLog, gate: Gate | None = None) -> AsyncIterator[GroupCommit]:
    commits = GroupCommit(log, crash_point=gate) if gate else GroupCommit(log)
    try:
        yield commits
    finally:
        if gate:
            gate.opened.set()
        await commits.close()


async def started(submission: Awaitable[list[Receipt]]) -> asyncio.Task[list[Receipt]]:
    """A submission as a task that has got as far as it gets without the commit."""
    task = asyncio.ensure_future(submission)
    await asyncio.sleep(0)
    assert isinstance(task, asyncio.Task)
    return task


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        # Only a waiter whom nobody ever answers gets here; it should fail and not hang.
        async with asyncio.timeout(60):
            await test()

    asyncio.run(whole())


def test_receipts_come_back_to_each_who_submitted_in_order() -> None:
    log = MemoryLog(CLOCK)

    async def test() -> None:
        async with committing(log) as commits:
            batches = [
                [event("a"), event("b")],
                [event("b"), event("c")],
                [event("a", digest=b"x")],
                [],
            ]
            answers = await asyncio.gather(*map(commits.submit, batches))
        assert [[receipt.outcome.value for receipt in part] for part in answers] == [
            ["accepted", "accepted"],
            ["duplicate", "accepted"],
            ["conflict"],
            [],
        ]
        assert answers[1][1].position == log.head()

    run(test)
    assert ids(log) == ["a", "b", "c"]


def test_nobody_is_answered_before_the_commit(tmp_path: Path) -> None:
    gate = Gate("in_transaction")

    async def test(log: SqliteLog, witness: SqliteLog) -> None:
        async with committing(log, gate) as commits:
            submission = await started(commits.submit([event("a")]))
            await gate.reached()
            await asyncio.sleep(0)
            assert not submission.done()
            assert witness.read(Position.start(), 10) == []
            gate.opened.set()
            (receipt,) = await submission
            assert witness.head() == receipt.position

    with (
        closing(SqliteLog(tmp_path / "log", CLOCK, crash_point=gate)) as log,
        closing(SqliteLog(tmp_path / "log", CLOCK)) as witness,
    ):
        run(lambda: test(log, witness))


def test_the_points_of_a_commit_are_passed_in_their_order(tmp_path: Path) -> None:
    seen: list[Label] = []

    async def test(log: SqliteLog) -> None:
        commits = GroupCommit(log, crash_point=seen.append)
        await commits.submit([event("a")])
        await commits.close()

    with closing(SqliteLog(tmp_path / "log", CLOCK, crash_point=seen.append)) as log:
        run(lambda: test(log))
    assert seen == ["before_append", "in_transaction", "after_commit", "before_reply"]


def test_those_who_come_during_a_commit_share_the_next_one() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        async with committing(log, gate) as commits:
            first = await started(commits.submit([event("first")]))
            await gate.reached()
            others = [await started(commits.submit([event(str(number))])) for number in range(50)]
            gate.opened.set()
            await asyncio.gather(first, *others)
            assert gate.commits == 2

    run(test)
    assert ids(log) == ["first", *map(str, range(50))]


def test_a_commit_gathers_whole_requests_up_to_its_limit() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        async with committing(log, gate) as commits:
            tasks = [await started(commits.submit([event("first")]))]
            await gate.reached()
            for name, count in [("a", 4_000), ("b", 6_000), ("c", 4_000), ("d", 6_000 - 1)]:
                tasks.append(await started(commits.submit(events(name, count))))
            gate.opened.set()
            answers = await asyncio.gather(*tasks)
            assert [len(answer) for answer in answers] == [1, 4_000, 6_000, 4_000, 5_999]
            assert gate.commits == 3

    run(test)
    assert len(ids(log)) == 20_000


def test_a_request_beyond_the_limit_is_refused_and_one_at_it_is_not() -> None:
    log = MemoryLog(CLOCK)

    async def test() -> None:
        async with committing(log) as commits:
            with pytest.raises(TooLarge):
                await commits.submit(events("a", MAX_BATCH + 1))
            assert len(await commits.submit(events("b", MAX_BATCH))) == MAX_BATCH

    run(test)
    assert ids(log) == [envelope.id for envelope in events("b", MAX_BATCH)]


def test_who_comes_when_too_many_wait_is_told_to_come_again() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        async with committing(log, gate) as commits:
            tasks = [await started(commits.submit([event("first")]))]
            await gate.reached()
            tasks += [await started(commits.submit(events(n, MAX_WAITING // 2))) for n in "ab"]
            late = await started(commits.submit([event("late")]))
            assert late.done()
            with pytest.raises(Unavailable):
                await late
            gate.opened.set()
            await asyncio.gather(*tasks)
            assert (await commits.submit([event("late")]))[0].outcome == Outcome.ACCEPTED

    run(test)
    assert len(ids(log)) == MAX_WAITING + 2


def test_who_comes_when_too_much_waits_is_told_to_come_again() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")
    half = b"x" * (MAX_WAITING_BYTES // 2)

    async def test() -> None:
        async with committing(log, gate) as commits:
            tasks = [await started(commits.submit([event("first")]))]
            await gate.reached()
            tasks += [await started(commits.submit([event(name, half)])) for name in "ab"]
            late = await started(commits.submit([event("late", b"x")]))
            assert late.done()
            with pytest.raises(Unavailable):
                await late
            gate.opened.set()
            await asyncio.gather(*tasks)

    run(test)
    assert ids(log) == ["first", "a", "b"]


def test_a_failed_commit_reaches_all_who_were_in_it_and_nobody_after(tmp_path: Path) -> None:
    path = tmp_path / "log"

    async def test(log: SqliteLog, other: sqlite3.Connection) -> None:
        async with committing(log) as commits:
            other.execute("BEGIN IMMEDIATE")
            refused = await asyncio.gather(
                *(commits.submit([event(str(number))]) for number in range(20)),
                return_exceptions=True,
            )
            assert [type(answer) for answer in refused] == [Unavailable] * 20
            other.execute("ROLLBACK")
            assert log.head() == Position.start()
            answers = await asyncio.gather(
                *(commits.submit([event(str(number))]) for number in range(20))
            )
            assert {receipt.outcome for (receipt,) in answers} == {Outcome.ACCEPTED}

    with (
        closing(SqliteLog(path, CLOCK, busy_seconds=0)) as log,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        run(lambda: test(log, other))


def test_a_defect_in_one_request_is_not_hidden_and_does_not_stop_the_next() -> None:
    log = MemoryLog(CLOCK)

    async def test() -> None:
        async with committing(log) as commits:
            with pytest.raises(ValueError, match="own source"):
                await commits.submit([Envelope("x", 1, "/fusion/clock", "2001-07-10", b"")])
            assert len(await commits.submit([event("a")])) == 1

    run(test)
    assert ids(log) == ["a"]


def test_one_who_gives_up_waiting_is_not_written_and_disturbs_nobody() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        async with committing(log, gate) as commits:
            first = await started(commits.submit([event("first")]))
            await gate.reached()
            gone = await started(commits.submit([event("gone")]))
            stays = await started(commits.submit([event("stays")]))
            gone.cancel()
            first.cancel()
            await asyncio.sleep(0)
            gate.opened.set()
            assert (await stays)[0].outcome == Outcome.ACCEPTED
            assert gone.cancelled()
            assert first.cancelled()

    run(test)
    # The first was already being written when it gave up: it is in the log, and may be found there.
    assert ids(log) == ["first", "stays"]


def test_closing_writes_what_waits_and_takes_no_more() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        async with committing(log, gate) as commits:
            first = await started(commits.submit([event("first")]))
            await gate.reached()
            second = await started(commits.submit([event("second")]))
            closing_ = asyncio.ensure_future(commits.close())
            await asyncio.sleep(0)
            with pytest.raises(Unavailable):
                await commits.submit([event("third")])
            assert not closing_.done()
            gate.opened.set()
            await closing_
            assert first.done()
            assert second.done()

    run(test)
    assert ids(log) == ["first", "second"]


def test_a_loop_that_is_torn_down_leaves_nobody_waiting() -> None:
    log, gate = MemoryLog(CLOCK), Gate("before_append")

    async def test() -> None:
        commits = GroupCommit(log, crash_point=gate)
        first = await started(commits.submit([event("first")]))
        await gate.reached()
        second = await started(commits.submit([event("second")]))
        others = asyncio.all_tasks() - {asyncio.current_task(), first, second}
        for task in others:
            task.cancel()
        answers = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 2
        gate.opened.set()
        await commits.close()

    run(test)
