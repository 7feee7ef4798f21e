"""`make fuzz`: as many pairs of worlds as asked, and the seeds of those that differ.

    make fuzz ARGS="--pairs 1000 --http 100 --seed 7"

A pair is one seed. A run goes through the seeds from the first; it says where it is, so that one
that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.noninterference.detecting import (
    Difference,
    check_shared,
    seen_at_view,
    seen_over_http,
)
from tests.noninterference.pairs import Pair, drawn

# How often a run says where it is.
SAY_SECONDS = 20.0


@dataclass
class Count:
    """One kind of comparison: how many were made, and which differed."""

    says: str
    compare: Callable[[Pair], Difference | None]
    made: int = 0
    red: int = 0


def _shared(pair: Pair) -> Difference | None:
    try:
        check_shared(pair)
    except AssertionError as error:
        return Difference("no under-sharing", "what the reference finds", str(error).encode(), b"")
    return None


def run(count: Count, first: int, pairs: int) -> None:
    """Compare so many pairs, and say what differs."""
    began = said = time.monotonic()
    for seed in range(first, first + pairs):
        found = count.compare(drawn(seed))
        count.made += 1
        if found is not None:
            count.red += 1
            print(f"RED {count.says} --seed {seed}\n{found}", flush=True)
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            rate = count.made / (said - began)
            print(
                f"{count.says}: {_counted(count)}, {rate:.1f}/s, next --seed {seed + 1}", flush=True
            )
    seconds = time.monotonic() - began
    rate = count.made / seconds if seconds else 0.0
    said_last = f"{seconds:.0f} s, {rate:.1f}/s, next --seed {first + pairs}"
    print(f"{count.says}: {_counted(count)}, {said_last}", flush=True)


def _counted(count: Count) -> str:
    return f"{count.made} pairs, {count.red} differ"


def main() -> int:
    """Run; 1 where anything differed."""
    parser = argparse.ArgumentParser(description="Pairs of worlds, compared byte for byte.")
    parser.add_argument("--pairs", type=int, default=200, help="so many at the view")
    parser.add_argument("--http", type=int, default=20, help="so many through whole services")
    parser.add_argument("--seed", type=int, default=0, help="the first pair's")
    asked = parser.parse_args()
    counts = [
        (Count("no under-sharing at the view", _shared), asked.pairs),
        (Count("non-interference at the view", seen_at_view), asked.pairs),
        (Count("non-interference over HTTP", seen_over_http), asked.http),
    ]
    for count, pairs in counts:
        run(count, asked.seed, pairs)
    return 1 if any(count.red for count, _ in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
