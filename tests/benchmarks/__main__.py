"""`make bench`: runs every benchmark of this folder and prints its figures as one table.

`--quick` makes everything small (the figures then mean nothing); names choose among the benchmarks:
`python -m tests.benchmarks append_and_replay`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.benchmarks.figure import Absent, Figure

_FOLDER = Path(__file__).parent
_PREFIX = "bench_"


def benchmarks() -> list[str]:
    """The names of all benchmarks, in order: `bench_append.py` is `append`."""
    return sorted(file.stem.removeprefix(_PREFIX) for file in _FOLDER.glob(f"{_PREFIX}*.py"))


def figures_of(name: str, *, quick: bool) -> Iterable[Figure]:
    """Run one benchmark."""
    module = importlib.import_module(f"tests.benchmarks.{_PREFIX}{name}")
    figures: Iterable[Figure] = module.run(quick=quick)
    return figures


def row(figure: Figure) -> str:
    """One line of the table."""
    bare = "-" if figure.bare is None else _number(figure.bare)
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.2f}"
    columns = f"{figure.name:<44} {_number(figure.ours):>10} {bare:>10} {ratio:>6}"
    return f"{columns}  {figure.unit:<12} {figure.note}".rstrip()


def _number(value: float) -> str:
    """Three digits that count: a benchmark's fourth is noise."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(names: Sequence[str], *, quick: bool) -> Iterator[str]:
    """The table, line by line, as the benchmarks finish."""
    yield f"{'benchmark':<44} {'ours':>10} {'bare':>10} {'ratio':>6}  {'unit':<12} note"
    for name in names:
        try:
            for figure in figures_of(name, quick=quick):
                yield row(figure)
        except Absent as missing:
            yield f"{name}: passed over, {missing}"


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 2 for a benchmark that does not exist."""
    parser = argparse.ArgumentParser(prog="make bench", description="Ours beside the bare loop.")
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run?")
    parser.add_argument("names", nargs="*", help=f"which ones (default: all): {benchmarks()}")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.names) - set(benchmarks()))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(benchmarks())}")
    for line in table(asked.names or benchmarks(), quick=asked.quick):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
