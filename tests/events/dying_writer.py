"""A writer that dies: `dying_writer.py PATH MOMENT LABEL VISIT START,START,START,START`.

Four clients submit batches of three through a group commit, `<client>-<number>` from their START
on, and
say on standard output what they submit and what they are answered, a line each, before they go on.
At its VISIT-th visit of LABEL the process kills itself as `kill -9` would.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import closing

from fusion.domain.clock import ScriptedClock
from fusion.events.crash_point import Label
from fusion.events.envelope import Envelope
from fusion.events.group_commit import GroupCommit
from fusion.events.sqlite_log import SqliteLog

CLIENTS = 4
BATCH = 3
# Never reached by a process that dies as it should.
NUMBERS = 3_000


class DeathAt:
    """A crash point that ends the process at one visit of one label."""

    def __init__(self, label: str, visit: int) -> None:
        self._label = label
        self._left = visit

    def __call__(self, label: Label) -> None:
        if label == self._label:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def say(*words: object) -> None:
    """Hand a line to the pipe at once: what it holds outlives this process."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def write(commits: GroupCommit, client: int, start: int) -> None:
    for first in range(start, start + NUMBERS, BATCH):
        names = [f"{client}-{number}" for number in range(first, first + BATCH)]
        say("submits", *names)
        receipts = await commits.submit(
            [Envelope("x", 1, "/fbi", name, name.encode(), name.encode()) for name in names]
        )
        for name, receipt in zip(names, receipts, strict=True):
            assert receipt.position is not None
            say("answer", name, receipt.outcome, receipt.position.encode(), receipt.recorded)


async def write_all(log: SqliteLog, death: DeathAt, starts: list[int]) -> None:
    commits = GroupCommit(log, crash_point=death)
    await asyncio.gather(*(write(commits, client, starts[client]) for client in range(CLIENTS)))


def main(path: str, moment: int, label: str, visit: int, starts: list[int]) -> None:
    death = DeathAt(label, visit)
    with closing(SqliteLog(path, ScriptedClock(moment), crash_point=death)) as log:
        asyncio.run(write_all(log, death, starts))


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        sys.argv[3],
        int(sys.argv[4]),
        [int(start) for start in sys.argv[5].split(",")],
    )
