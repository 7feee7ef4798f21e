"""What a read of the past costs beside the same read of the present, by one class's view.

A store of ordinary traffic with its ticks, and of banks that are run on, an alert each; pages of
alerts and of signals, and the entities of some mentions, each read on a scene of its own, as the
API makes them. CPU time, so that what else runs on the machine counts for nothing. Each read of the
past is of a moment that nobody asked for before, the dearest there is.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

from fusion import assembly
from fusion.domain.clock import day_of, midnight, parse_moment
from fusion.domain.fact import SignalFacts
from fusion.domain.marking import Knowledge, NormalForm
from fusion.domain.signal import SUBMITTED
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Recorded
from fusion.events.position import Position
from fusion.fusing.arrival import Arrival
from fusion.fusing.arriving import arrival_of
from fusion.fusing.ground import tick_instant
from fusion.fusing.step import Step
from fusion.projections.store.database import open_database
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.port import AlertFilters, SignalFilters
from fusion.projections.view.view import ReaderView
from fusion.settings import Settings
from fusion.simulate.traffic import traffic
from tests.benchmarks.figure import Figure
from tests.projections.reading_all import view_of

MENTIONS, QUICK_MENTIONS = 20_000, 900
BANKS, QUICK_BANKS = 300, 3
READS, QUICK_READS = 40, 2
BATCH = 1_000

Read = Callable[[ReaderView], object]


class Everybody(Knowledge):
    """Who may know everything."""

    def admits(self, _marking: NormalForm) -> bool:
        return True


def run(*, quick: bool) -> Iterable[Figure]:
    """Read the present and as many moments of the past."""
    rules, community, _ = assembly.offline_rules(None, None, Settings())
    mentions = QUICK_MENTIONS if quick else MENTIONS
    documents = list(traffic(mentions=mentions, seed=1, vocabulary=rules.vocabulary))
    times = [str(document["time"]) for document in documents]
    for number in range(QUICK_BANKS if quick else BANKS):
        documents += _run_on(number, times[number * len(times) // BANKS])
    recorded = [
        Recorded(
            signal_envelope(document, ceiling="A1", publisher="bench"),
            Position.start(),
            parse_moment(str(document["time"])),
        )
        for document in documents
    ]
    found = [arrival_of(each, community, epoch=1, order=0) for each in recorded]
    arrivals = [arrival for arrival in found if arrival is not None]
    first, last = (day_of(arrivals[place].at[0]) for place in (0, -1))
    ticks = [Arrival(at=tick_instant(midnight(day))) for day in range(first, last + 1)]
    ordered = sorted([*arrivals, *ticks], key=lambda arrival: arrival.at)
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(open_database(Path(folder) / "store.sqlite"))
        store.take_over()
        store.keep_community(1, community)
        step = Step(store, rules)
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            step.work(batch, Position.start().advanced("0", start + len(batch)))
        view = view_of(store, rules, Everybody(level=len(community.levels)))
        begun, ended = ordered[0].at[0], ordered[-1].at[0]
        count = QUICK_READS if quick else READS
        # Spread over the last half, where there is as much to read as now.
        span = (ended - begun) // 2
        moments = [ended - span * place // count for place in range(1, count + 1)]
        old = [a.facts[0] for a in ordered if a.facts and a.at[0] <= moments[-1]]
        yield from _figures(view, moments, old)
        store.close()


# The four sides of a run (the pattern's own example), each by an office of another agency.
_SIDES = (
    {"code": "uninsured-deposits-share"},
    {"code": "failed-capital-raising"},
    {"code": "funding-rumour", "circumstances": ["public-spread"]},
    {"code": "withdrawal-surge", "circumstances": ["above-baseline"]},
)


def _run_on(number: int, time: str) -> list[dict[str, Any]]:
    """A bank like no other, and what four offices say of it at one time."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    name = "".join(chr(ord("a") + int(digit, 16)) for digit in digits[:12]).capitalize()
    bank = {
        "ref": "m1",
        "schema": "Company",
        "properties": {
            "name": [f"{name} Savings"],
            "registrationNumber": [str(int(digits, 16))[-9:]],
            "jurisdiction": ["us"],
        },
    }
    return [
        {
            "specversion": "1.0",
            "type": SUBMITTED,
            "source": f"/bank-{side}/desk",
            "id": f"run-{number}-{side}",
            "time": time,
            "data": {
                "marking": {"level": "OPEN", "releasable_to": ["*"]},
                "grading": {"source": "A", "information": 2},
                "mentions": [bank],
                "activities": [
                    {**said, "objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
                ],
            },
        }
        for side, said in enumerate(_SIDES)
    ]


def _figures(view: ReaderView, moments: list[int], signals: list[SignalFacts]) -> Iterator[Figure]:
    step = max(1, len(signals) // 20)
    mentions = [signal.mentions[0].name for signal in signals[::step] if signal.mentions]
    reads: list[tuple[str, Read]] = [
        ("alerts", lambda v: v.alerts(cursor=None, limit=50, filters=AlertFilters())),
        ("signals", lambda v: v.signals(cursor=None, limit=50, filters=SignalFilters())),
        ("entities", lambda v: [v.entity_of(mention) for mention in mentions]),
    ]
    alerts = len(view.alerts(cursor=None, limit=10_000, filters=AlertFilters()).body["items"])
    for name, read in reads:
        read(view)  # the chronicle is told once, for both
        present = _milliseconds(read, [view] * len(moments))
        past = _milliseconds(read, [view.as_of(moment) for moment in moments])
        note = f"as of moments not asked for before; bare: now; CPU time, {alerts} alerts"
        yield Figure(f"past, {name}", past, present, "ms", note)


def _milliseconds(read: Read, views: list[ReaderView]) -> float:
    began = process_time()
    for view in views:
        read(view)
    return (process_time() - began) * 1000 / len(views)
