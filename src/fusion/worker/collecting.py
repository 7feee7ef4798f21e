"""Garbage collection in a process that keeps large caches.

Python's collector walks all that lives, again and again as more comes to live: a third of a
worker's time at 100,000 mentions. What the worker keeps has no cycles, and is freed by counting
references when it is let go of. So each batch is searched for cycles once, and what remains is set
aside. For the worker's process alone: what is set aside is never searched again.
"""

from __future__ import annotations

import gc

# New things between two searches of the youngest: a batch's worth, since each batch ends with one.
_YOUNGEST = 200_000


def collect_by_batch() -> None:
    """Search seldom from now on; for a process that calls `settle` after each batch."""
    gc.set_threshold(_YOUNGEST, 10, 10)


def settle(_: object = None) -> None:
    """Search what came to live since the last batch, and set aside what goes on living."""
    gc.collect()
    gc.freeze()
