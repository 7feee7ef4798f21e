"""Every benchmark runs, small, in every test run, so that none rots; how fast is not asked here."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.benchmarks import bench_linking
from tests.benchmarks.__main__ import benchmarks, figures_of, main, row, table
from tests.benchmarks.figure import Absent, Figure


@pytest.mark.parametrize("name", benchmarks())
def test_a_benchmark_runs_small_and_gives_figures(name: str) -> None:
    try:
        figures = list(figures_of(name, quick=True))
    except Absent as missing:
        pytest.skip(str(missing))
    assert figures
    for figure in figures:
        assert figure.name
        assert figure.unit
        assert math.isfinite(figure.ours)
        assert figure.ours > 0
        assert figure.note if figure.bare is None else figure.bare > 0, (
            "nothing bare, and no reason"
        )


def test_a_line_sets_ours_beside_the_bare_loop() -> None:
    assert row(Figure("append", 42_000.0, 84_000.0, "events/s", "batches of 1,000")).split() == (
        ["append", "42,000", "84,000", "0.50", "events/s", "batches", "of", "1,000"]
    )


def test_a_line_without_a_bare_loop_has_no_ratio() -> None:
    assert row(Figure("post to stream", 1.234, None, "ms", "two processes")).split()[-5:-2] == (
        ["-", "-", "ms"]
    )


def test_a_benchmark_without_its_data_is_passed_over_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench_linking, "SETS", tmp_path / "sets")
    assert list(table(["linking"], quick=True))[1:] == [
        f"linking: passed over, no sets of records at {tmp_path / 'sets'}"
    ]


def test_a_benchmark_that_does_not_exist_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["nonsense"])
    assert left.value.code == 2
    assert "no benchmark nonsense" in capsys.readouterr().err
