"""A program of its own that writes to an SQLite log: `second_writer.py PATH NAME COUNT`.

Once it is ready it says so and waits for a line, so that several can start at one moment. Then it
appends COUNT events `shared-0`, `shared-1`, ... by twos, with each pair one of its own (`NAME-0`,
...), and prints a line for each receipt: id, outcome, position, recorded.
"""

from __future__ import annotations

import sys
from contextlib import closing

from fusion.domain.clock import WallClock
from fusion.events.envelope import Envelope
from fusion.events.log import Receipt
from fusion.events.sqlite_log import SqliteLog


def main(path: str, name: str, count: int) -> None:
    with closing(SqliteLog(path, WallClock())) as log:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for number in range(0, count, 2):
            ids = [f"{name}-{number}", f"shared-{number}", f"shared-{number + 1}"]
            receipts = log.append([Envelope("x", 1, "/fbi", id_, b"{}", b"d") for id_ in ids])
            for id_, receipt in zip(ids, receipts, strict=True):
                sys.stdout.write(_line(id_, receipt))


def _line(id_: str, receipt: Receipt) -> str:
    position = receipt.position.encode() if receipt.position else "-"
    return f"{id_} {receipt.outcome} {position} {receipt.recorded}\n"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
