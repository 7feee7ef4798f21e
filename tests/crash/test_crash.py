"""The short form of `make crash`: every kind of accident once, and a harness that would notice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from fusion.assembly import LOG_FILE
from tests.crash.cycles import PLANTS, Count, Directory, run

# Python 3.12 warns of a fork beside threads, which earlier tests may have left; ours needs none.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def test_no_accident_loses_or_doubles_a_signal_or_parts_a_store_from_its_log(
    tmp_path: Path,
) -> None:
    count = Count()
    for count in run(tmp_path, len(PLANTS), seed=1):
        assert count.is_clean, str(count)
    assert count.cycles == dict.fromkeys(PLANTS, 1)
    assert count.acknowledged > 100
    assert count.unanswered > 0, "some were posted into a death"


def test_what_is_lost_or_written_wrongly_would_be_noticed(tmp_path: Path) -> None:
    count = Count()
    directory = Directory(tmp_path / "data", Random(2), count)
    directory.cycle("worker killed")
    directory.verify()
    assert count.is_clean, str(count)
    _spoil(tmp_path / "data" / "store.sqlite", "UPDATE event SET publisher = 'somebody'")
    directory.verify()
    assert count.divergent == 1
    _spoil(tmp_path / "data" / LOG_FILE, "DELETE FROM events WHERE id = 's-1'")
    directory.hold_the_log()
    assert count.lost == 1
    directory.close()


def _spoil(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0
