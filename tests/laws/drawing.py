"""Which worlds a law is tried on: so many of every size, and the same ones each time.

A submission then fails for what it changed, never for what the day's worlds happened to show. New
worlds are looked for by `make soak`.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 14)


def worlds(number: int) -> settings:
    """Try so many worlds."""
    return settings(max_examples=number, derandomize=True)
