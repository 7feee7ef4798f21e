"""The programme: what is posted when, and where the clock stands then.

A signal of the scenario goes alone, at its own time; ordinary ones go by the day, one batch for
each agency, at the time of the batch's last. Promises that a batch never passes a signal of the
scenario, that nothing is posted before its time, and that no two postings share a moment: what one
moment holds has no order but that of names.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fusion.cli.demonstration.scenario import Document, moment_of
from fusion.domain.clock import day_of
from fusion.domain.ids import agency_of


@dataclass(frozen=True, slots=True)
class Posting:
    """What one agency posts at one moment (µs): a signal of the scenario, or ordinary ones."""

    at: int
    signals: tuple[Document, ...]
    is_ordinary: bool


def programme(scenario: Iterable[Document], ordinary: Iterable[Document]) -> Iterator[Posting]:
    """The postings in their order; both streams are in the order of time already."""
    merged = heapq.merge(
        ((moment_of(signal), False, signal) for signal in scenario),
        ((moment_of(signal), True, signal) for signal in ordinary),
        key=lambda each: each[:2],
    )
    batches: dict[str, list[tuple[int, Document]]] = {}
    last = before = 0
    for moment, is_ordinary, signal in merged:
        if batches and (not is_ordinary or day_of(moment) > day_of(before)):
            for posting in _by_agency(batches, last):
                last = posting.at
                yield posting
            batches = {}
        if is_ordinary:
            batches.setdefault(agency_of(signal["source"]), []).append((moment, signal))
        else:
            last = max(moment, last + 1)
            yield Posting(last, (signal,), is_ordinary=False)
        before = moment
    yield from _by_agency(batches, last)


def with_last(postings: Iterable[Posting]) -> Iterator[tuple[Posting, bool]]:
    """Each posting, and whether it is the last."""
    held: Posting | None = None
    for posting in postings:
        if held is not None:
            yield held, False
        held = posting
    if held is not None:
        yield held, True


def _by_agency(batches: dict[str, list[tuple[int, Document]]], last: int) -> Iterator[Posting]:
    """A posting for each agency, the one first that is ready first."""
    for batch in sorted(batches.values(), key=lambda batch: batch[-1][0]):
        last = max(batch[-1][0], last + 1)
        yield Posting(last, tuple(signal for _, signal in batch), is_ordinary=True)
