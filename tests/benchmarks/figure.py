"""A figure of a benchmark: what ours does beside what the bare loop does, in the same run.

A rate alone says more about the machine than about the code; the ratio to a bare loop (raw SQLite,
a bare route) that ran a moment before, on the same machine, carries over to others.

A benchmark is a module `bench_<what>.py` of this folder with

    def run(*, quick: bool) -> Iterable[Figure]: ...

`quick` makes everything small: enough to run every line, too small to mean anything. A benchmark
asserts what it computed, never how long that took. One whose data is not part of the project raises
`Absent` where that is missing, and is passed over with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass


class Absent(Exception):
    """What a benchmark is measured on is not here; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    `ours` and `bare` are rates or durations in `unit` (`signals/s`, `ms`). `bare` is None where
    there is nothing bare to compare with, and `note` says why.
    """

    name: str
    ours: float
    bare: float | None
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """`ours` over `bare`: for a rate, the share of the bare loop's speed that is left."""
        return self.ours / self.bare if self.bare else None
