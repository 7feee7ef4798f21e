"""Detectors: what is compared between the two sides of a pair, each under a name.

What one side tells must be what the other tells, byte for byte. The first difference says where it
is: in a status, in headers, in a body, on a stream, or at the view, behind HTTP. The twin of the
law goes the other way: what a reader is told is all that the reference finds for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from random import Random

from tests.laws.cutting import read
from tests.laws.test_no_undersharing import check_alerts, check_entities
from tests.noninterference.calls import Route
from tests.noninterference.exchange import Exchange
from tests.noninterference.pairs import Pair, Side
from tests.noninterference.runs import told
from tests.projections.reading_all import view_of
from tests.simulation.engine import Engine

VIEW, STATUS, HEADERS, BODY, STREAM = "view", "status", "headers", "body", "stream"
DETECTORS = (VIEW, STATUS, HEADERS, BODY, STREAM)


@dataclass(frozen=True)
class Difference:
    """Where two sides of a pair differ, and what each said there."""

    detector: str
    asked: str
    one: bytes
    other: bytes

    def __str__(self) -> str:
        return f"{self.detector}: {self.asked}\n  {self.one!r}\n  {self.other!r}"


def seen_at_view(pair: Pair) -> Difference | None:
    """Every answer of the view, as bytes."""
    one, other = (_read(pair, side) for side in pair.sides)
    if one == other:
        return None
    place = next(n for n, (a, b) in enumerate(zip_longest(one, other)) if a != b)
    around = slice(max(0, place - 120), place + 120)
    return Difference(VIEW, f"everything, at byte {place}", one[around], other[around])


def seen_over_http(pair: Pair, routes: Collection[Route] = ()) -> Difference | None:
    """Every answer and every stream of two whole services, or those of some routes."""
    return asyncio.run(_seen_over_http(pair, routes))


async def _seen_over_http(pair: Pair, routes: Collection[Route]) -> Difference | None:
    one, other = [await told(pair, side, routes) for side in pair.sides]
    return first_difference(one, other)


def first_difference(one: Sequence[Exchange], other: Sequence[Exchange]) -> Difference | None:
    """The first difference between two runs of the same calls."""
    for a, b in zip_longest(one, other):
        if a is None or b is None:
            return Difference(BODY, "one side was asked more", b"", b"")
        if a != b:
            return _difference(a, b)
    return None


def _difference(a: Exchange, b: Exchange) -> Difference:
    if a.asked != b.asked:
        return Difference(BODY, "what is asked follows what was told", *_bytes(a.asked, b.asked))
    if a.status != b.status:
        return Difference(STATUS, a.asked, *_bytes(a.status, b.status))
    if a.body != b.body:
        is_stream = (b"content-type", b"text/event-stream; charset=utf-8") in a.headers
        return Difference(STREAM if is_stream else BODY, a.asked, a.body, b.body)
    return Difference(HEADERS, a.asked, *_bytes(a.headers, b.headers))


def check_shared(pair: Pair) -> None:
    """The twin, on both sides: the view shows what the reference finds; AssertionError if not."""
    for side in pair.sides:
        engine = Engine.of(side.world, Random(pair.seed))
        view = view_of(engine.store, engine.rules, pair.knowledge)
        check_entities(side.world, pair.knowledge, view)
        check_alerts(side.world, pair.knowledge, view)


def _read(pair: Pair, side: Side) -> bytes:
    """What the view answers, and what an export for this reader holds."""
    exported = Engine.of(side.world, Random(pair.seed)).export(pair.knowledge)
    answers = read(side.world, pair.knowledge, Random(pair.seed), pair.names)
    return answers + exported.digest.encode()


def _bytes(*values: object) -> tuple[bytes, bytes]:
    one, other = (str(value).encode() for value in values)
    return one, other
