"""Rates: how much one subject may ask of a process, so that nobody takes it away from the rest.

A token bucket for each publisher and each reader: it holds some seconds' worth, so that a client
that was away catches up at once, and fills at the rate. A subject is refused by its own past alone
(RULES.md 30: one's own rate limits are a declared release); what others do never shows in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic

from fusion.api.problems import TooMany
from fusion.api.tokens import Identity

# What a bucket holds. Ten seconds of a reader's rate is a page of everything that an analyst looks
# at; of a publisher's more than the largest batch.
BURST_SECONDS = 10
# Buckets kept: one that was not asked for so long that this many others were is full again.
SUBJECTS_KEPT = 100_000


@dataclass(slots=True)
class _Bucket:
    held: float
    at: float


class Rates:
    """The buckets of subjects of one kind, each filled with `per_second` units. Thread-safe."""

    def __init__(self, per_second: int, *, now: Callable[[], float] = monotonic) -> None:
        self._per_second, self._now = per_second, now
        self._full = float(per_second * BURST_SECONDS)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, subject: str, units: int = 1) -> None:
        """Take so many units of a subject's; TooMany where the bucket does not hold them.

        What is more than a whole bucket is let through by a full one, which then owes the rest.
        """
        with self._lock:
            bucket, now = self._bucket(subject), self._now()
            bucket.held = min(self._full, bucket.held + (now - bucket.at) * self._per_second)
            bucket.at = now
            missing = min(float(units), self._full) - bucket.held
            if missing > 0:
                raise TooMany(ceil(missing / self._per_second))
            bucket.held -= units

    def _bucket(self, subject: str) -> _Bucket:
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = self._buckets[subject] = _Bucket(self._full, self._now())
            if len(self._buckets) > SUBJECTS_KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(subject)
        return bucket


class Limits:
    """The rates of both kinds of subject: a reader's requests, a publisher's signals."""

    def __init__(
        self,
        *,
        reader_requests: int,
        publisher_signals: int,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._requests = Rates(reader_requests, now=now)
        self._signals = Rates(publisher_signals, now=now)

    def take_request(self, identity: Identity) -> None:
        """One request; TooMany beyond its subject's rate."""
        (self._signals if identity.kind == "publisher" else self._requests).take(identity.name)

    def take_signals(self, publisher: str, count: int) -> None:
        """The signals of a publisher's request, of which the request itself has counted as one."""
        if count > 1:
            self._signals.take(publisher, count - 1)
