"""Signals fused per second into PostgreSQL, beside the same into SQLite, batch by batch in turns.

The server is a real one on this machine, over a Unix socket, and flushes what it commits. Both
hold the same in the end. By this process's own processor time, which leaves out the server's, and
by the clock, which leaves out nothing and is only as good as the machine is idle: read its ratio.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from fusion import assembly
from fusion.domain.compiling import Community
from fusion.events.envelope import Recorded
from fusion.fusing.rules import Rules
from fusion.projections.store.database import open_database
from fusion.projections.store.schemas import FIRST, StoreSchemas
from fusion.projections.store.sql_store import SqlStore
from fusion.settings import Settings
from tests.benchmarks.bench_fusing import Fusing, batches
from tests.benchmarks.figure import Figure
from tests.postgres import running_postgres

MENTIONS = 24_000
QUICK_MENTIONS = 300


@dataclass
class _Side:
    """One store, and the seconds that fusing into it took: of the processor, and by the clock."""

    store: SqlStore
    rules: Rules
    community: Community
    own: float = 0.0
    all: float = 0.0
    fusing: Fusing = field(init=False)

    def __post_init__(self) -> None:
        self.store.take_over()
        self.store.keep_community(1, self.community)
        self.fusing = Fusing(self.store, self.rules, self.community, 0)

    def work(self, batch: list[Recorded]) -> None:
        own, began = process_time(), perf_counter()
        self.fusing.work(batch)
        self.own += process_time() - own
        self.all += perf_counter() - began


def run(*, quick: bool) -> Iterable[Figure]:
    """Fuse the same traffic into both."""
    rules, community, _ = assembly.offline_rules(None, None, Settings())
    mentions, signals = QUICK_MENTIONS if quick else MENTIONS, 0
    with tempfile.TemporaryDirectory() as folder, running_postgres(is_durable=True) as server:
        schemas = StoreSchemas(server.new_database())
        ours = _Side(SqlStore(schemas.open(FIRST)), rules, community)
        theirs = _Side(SqlStore(open_database(Path(folder) / "s.sqlite")), rules, community)
        for place, batch in enumerate(batches(mentions, rules, is_marked=False)):
            for side in (ours, theirs) if place % 2 else (theirs, ours):
                side.work(batch)
            signals += len(batch)
            print(f"  {signals:,} signals", file=sys.stderr, end="\r", flush=True)
        assert ours.store.numbers() == theirs.store.numbers()
        ours.store.close()
        theirs.store.close()
        schemas.close()
    note = f"to {mentions:,} mentions, bare: into SQLite, in turns"
    yield Figure(
        "fused into PostgreSQL",
        signals / ours.own,
        signals / theirs.own,
        "signals/s",
        f"{note}; of this process's processor time",
    )
    yield Figure(
        "fused into PostgreSQL, by the clock",
        signals / ours.all,
        signals / theirs.all,
        "signals/s",
        f"{note}; the server's work included",
    )
