"""The SQLite log as a file: what it refuses, in which words; and a full disk loses nothing."""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock
from fusion.domain.errors import Misused, Unavailable
from fusion.events.envelope import Envelope
from fusion.events.log import Outcome
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog

CLOCK = ScriptedClock(11_513 * MICROS_PER_DAY)
NOBODY = 65_534


def event(id_: str, body: bytes = b"{}") -> Envelope:
    return Envelope("test.happened", 1, "/fbi", id_, body, b"d")


def ids(log: SqliteLog) -> list[str]:
    return [found.envelope.id for found in log.read(Position.start(), 10_000)][1:]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one, so that paths can be given relative to it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_commit_is_flushed_before_it_is_answered(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log", CLOCK)) as log:
        # A look inside: nothing else shows the pragmas of a connection.
        writer: sqlite3.Connection = vars(log)["_writer"]
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_closed_log_leaves_one_file(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log", CLOCK)
    log.append([event("a")])
    log.close()
    log.close()
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    for use in (log.tick, log.head, lambda: log.append([event("b")])):
        with pytest.raises(Unavailable, match="closed"):
            use()


def test_a_new_log_can_be_opened_by_many_at_one_moment(tmp_path: Path) -> None:
    for attempt in range(10):
        path, together = tmp_path / f"log-{attempt}", Barrier(6)

        def open_and_write(
            writer: int, path: Path = path, together: Barrier = together
        ) -> list[Outcome]:
            together.wait()
            with closing(SqliteLog(path, CLOCK)) as log:
                receipts = log.append([event("shared"), event(f"{writer}")])
                return [receipt.outcome for receipt in receipts]

        with ThreadPoolExecutor(6) as threads:
            outcomes = list(threads.map(open_and_write, range(6)))
        assert [shared for shared, _ in outcomes].count(Outcome.ACCEPTED) == 1
        assert {own for _, own in outcomes} == {Outcome.ACCEPTED}


@pytest.mark.usefixtures("here")
def test_opening_waits_for_whoever_is_still_making_the_log() -> None:
    SqliteLog("log", CLOCK).close()
    with closing(sqlite3.connect("log", isolation_level=None)) as maker:
        # As the file stands between its making and its turn to WAL, with the maker at work.
        maker.execute("PRAGMA journal_mode = DELETE")
        maker.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as thread:
            opening = thread.submit(SqliteLog, "log", CLOCK)
            assert not wait([opening], timeout=0.2).done
            maker.execute("ROLLBACK")
            with closing(opening.result()) as log:
                assert log.append([event("a")])[0].outcome == Outcome.ACCEPTED


@pytest.mark.parametrize("content", [b"not a database at all", os.urandom(9_000)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(here: Path, content: bytes) -> None:
    Path("log").write_bytes(content)
    with pytest.raises(Misused, match=r"^log is not a fusion log$"):
        SqliteLog("log", CLOCK)
    assert (here / "log").read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(here: Path) -> None:
    with closing(sqlite3.connect("theirs.db")) as theirs:
        theirs.execute("CREATE TABLE events (number INTEGER PRIMARY KEY)")
    content = (here / "theirs.db").read_bytes()
    with pytest.raises(Misused, match=r"^theirs\.db is not a fusion log$"):
        SqliteLog("theirs.db", CLOCK)
    assert (here / "theirs.db").read_bytes() == content


@pytest.mark.usefixtures("here")
def test_a_log_of_a_newer_format_is_refused() -> None:
    SqliteLog("log", CLOCK).close()
    with closing(sqlite3.connect("log")) as file:
        file.execute("PRAGMA user_version = 2")
    with pytest.raises(Misused, match=r"^log is of format 2; this program knows format 1$"):
        SqliteLog("log", CLOCK)


@pytest.mark.usefixtures("here")
def test_a_damaged_log_is_refused() -> None:
    with closing(SqliteLog("log", CLOCK)) as log:
        log.append([event(str(number), b"x" * 2_000) for number in range(50)])
    with Path("log").open("r+b") as file:
        file.seek(4_096)
        file.write(os.urandom(40 * 4_096))
    with pytest.raises(Misused, match=r"^log is damaged$"), closing(SqliteLog("log", CLOCK)) as log:
        log.append([event("one more")])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("path", ["absent/log", "."])
def test_a_path_that_cannot_be_a_log_is_refused(path: str) -> None:
    with pytest.raises(Misused, match="cannot be opened for writing"):
        SqliteLog(path, CLOCK)


def test_a_log_in_memory_is_refused_since_it_would_not_last() -> None:
    with pytest.raises(Misused, match="write-ahead log"):
        SqliteLog(":memory:", CLOCK)


@pytest.mark.usefixtures("here")
def test_a_locked_log_is_unavailable_and_serves_again_once_it_is_free() -> None:
    with closing(SqliteLog("log", CLOCK, busy_seconds=0)) as log:
        with closing(sqlite3.connect("log", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for use in (log.tick, lambda: log.append([event("a")])):
                with pytest.raises(Unavailable, match=r"^log is locked by another program$"):
                    use()
            with pytest.raises(Unavailable, match=r"^log is locked by another program$"):
                SqliteLog("log", CLOCK, busy_seconds=0)
            assert log.read(Position.start(), 1) == []
            other.execute("ROLLBACK")
        assert log.append([event("a")])[0].outcome == Outcome.ACCEPTED


def test_a_read_only_log_is_refused_at_once() -> None:
    # Under a folder that somebody else may enter, which pytest's own may not be.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        SqliteLog(path, CLOCK).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            with _without_privilege(), pytest.raises(Misused) as refusal:
                SqliteLog(path, CLOCK)
        finally:
            Path(folder).chmod(0o755)
    assert str(path) in refusal.value.detail
    assert "\n" not in refusal.value.detail


def test_an_append_that_does_not_fit_on_the_disk_accepts_nothing(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log", CLOCK)) as log:
        log.append([event("before")])
        large = [event(f"large-{number}", b"x" * 100_000) for number in range(20)]
        with _files_no_larger_than(500_000):
            with pytest.raises(Unavailable, match="log cannot"):
                log.append(large)
            assert ids(log) == ["before"]
            assert log.append([event("small")])[0].outcome == Outcome.ACCEPTED
        assert {receipt.outcome for receipt in log.append(large)} == {Outcome.ACCEPTED}
        assert ids(log) == ["before", "small", *(envelope.id for envelope in large)]


def test_what_stands_in_a_log_survives_a_failed_append_and_reopening(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log", CLOCK)
    log.append([event("before")])
    with _files_no_larger_than(200_000), pytest.raises(Unavailable):
        log.append([event("large", b"x" * 1_000_000)])
    log.close()
    with closing(SqliteLog(tmp_path / "log", CLOCK)) as again:
        assert ids(again) == ["before"]
        assert again.find("/fbi", "large") is None


def test_an_envelope_that_cannot_be_stored_is_a_defect_and_leaves_no_trace(tmp_path: Path) -> None:
    broken = Envelope("x", 1, "/fbi", "b", None)  # type: ignore[arg-type]
    with closing(SqliteLog(tmp_path / "log", CLOCK)) as log:
        with pytest.raises(sqlite3.IntegrityError):
            log.append([event("a"), broken])
        assert log.head() == Position.start()
        assert log.append([event("a")])[0].outcome == Outcome.ACCEPTED


@contextmanager
def _files_no_larger_than(size: int) -> Iterator[None]:
    """The kernel lets no file of this process grow beyond `size`: a full disk, near enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _without_privilege() -> Iterator[None]:
    """Root may write everywhere; for a moment this process is somebody who may not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(0)
