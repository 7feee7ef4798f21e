"""A program of its own that writes to a log: `second_writer.py PATH NAME COUNT [BROKER PREFIX]`.

The log is the SQLite file at PATH or, with a broker, in Kafka with its index at PATH.

Once it is ready it says so and waits for a line, so that several can start at one moment. Then it
appends COUNT events `shared-0`, `shared-1`, ... by twos, with each pair one of its own (`NAME-0`,
...), and prints a line for each receipt: id, outcome, position, recorded.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from fusion.domain.clock import WallClock
from fusion.events.envelope import Envelope
from fusion.events.kafka_cluster import Cluster
from fusion.events.kafka_log import KafkaLog
from fusion.events.log import EventLog, Receipt
from fusion.events.sqlite_log import SqliteLog

SIGNAL = "signal.submitted"


def main(path: str, name: str, count: int, *cluster: str) -> None:
    with closing(_log(Path(path), *cluster)) as log:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for number in range(0, count, 2):
            ids = [f"{name}-{number}", f"shared-{number}", f"shared-{number + 1}"]
            receipts = log.append([Envelope(SIGNAL, 1, "/fbi", id_, b"{}", b"d") for id_ in ids])
            for id_, receipt in zip(ids, receipts, strict=True):
                sys.stdout.write(_line(id_, receipt))


def _log(path: Path, *cluster: str) -> EventLog:
    if not cluster:
        return SqliteLog(path, WallClock())
    server, prefix = cluster
    return KafkaLog(Cluster((server,), prefix, partitions=3), path, WallClock())


def _line(id_: str, receipt: Receipt) -> str:
    position = receipt.position.encode() if receipt.position else "-"
    return f"{id_} {receipt.outcome} {position} {receipt.recorded}\n"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
