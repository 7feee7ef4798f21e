"""Lives: the API and the worker as processes that die when and where a test says.

Each is forked from this process, which has imported everything, and then does what `fusion serve`
does with it; a start takes a fraction of a second. What makes it die is planted in the child alone,
after the fork, so that the product has no switch for it.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from fusion import assembly
from fusion.cli.directory import held
from fusion.cli.serve import WORKER_LOCK
from fusion.domain.clock import MICROS_PER_SECOND, WallClock
from fusion.events.group_commit import GroupCommit
from fusion.events.sqlite_log import SqliteLog
from fusion.projections.store import sql_store
from fusion.projections.store.sql_store import SqlStore
from fusion.settings import Settings

# Far above what a start takes on a machine that does something else; nothing asserts on it.
START_SECONDS = 120.0

Plant = Callable[[], None]


@dataclass
class Life:
    """One process, until it dies or is ended."""

    pid: int
    said: str
    is_over: bool = False

    def kill(self) -> None:
        """End it as `kill -9` does, if it has not died yet."""
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """Tell it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if not self.is_over:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            os.waitpid(self.pid, 0)
            self.is_over = True

    def has_died(self) -> bool:
        """Whether it is gone by now, by its own hand or ours."""
        if not self.is_over:
            self.is_over = os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        return self.is_over


def api(data: Path, settings: Settings, plant: Plant) -> Life:
    """The API's process, once it listens or has died; `said` is its address, empty then."""

    def live(say: Callable[[str], None]) -> None:
        with held(data), socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            assembly.prepare(data, settings, assembly.Namespace())
            assembly.run_api(
                data,
                settings,
                listener=listener,
                announce=lambda: say(f"http://127.0.0.1:{port}"),
            )

    return _forked(live, plant)


def worker(data: Path, settings: Settings, plant: Plant) -> Life:
    """The worker's process, once it follows the log or has died."""

    def live(say: Callable[[str], None]) -> None:
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        with held(data, name=WORKER_LOCK):
            assembly.run_worker(
                data,
                settings,
                announce=lambda: say("follows"),
                is_stopping=stopping.is_set,
            )

    return _forked(live, plant)


def _forked(live: Callable[[Callable[[str], None]], None], plant: Plant) -> Life:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(live, plant, writing)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], START_SECONDS)
    said = os.read(reading, 200).decode() if ready else ""
    os.close(reading)
    return Life(pid, said)


def _live(live: Callable[[Callable[[str], None]], None], plant: Plant, writing: int) -> NoReturn:
    """The child's whole life; it never returns into the test that forked it."""
    code = 1
    try:
        plant()
        live(lambda text: os.write(writing, text.encode()) and None)
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent must not see it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


# --- what makes a life end


def nothing() -> None:
    """A life that goes on until it is ended."""


def dying_at(label: str, visit: int) -> Plant:
    """Death at a visit of one of the labelled points of an append (`events.crash_point`)."""

    def plant() -> None:
        die = _Countdown(visit)

        def crash_point(here: str) -> None:
            if here == label:
                die()

        for kind in (SqliteLog, GroupCommit):
            assert kind.__init__.__kwdefaults__ is not None
            kind.__init__.__kwdefaults__["crash_point"] = crash_point

    return plant


def dying_around_the_commit(where: str, visit: int) -> Plant:
    """The worker's death before its transaction, within it, or just after it."""

    def plant() -> None:
        die = _Countdown(visit)
        commit, write = SqlStore.commit, sql_store.writing.write_events

        def committed(*arguments: object, **named: object) -> object:
            if where == "before":
                die()
            result = commit(*arguments, **named)  # type: ignore[arg-type]
            if where == "after":
                die()
            return result

        def written(*arguments: object) -> None:
            write(*arguments)  # type: ignore[arg-type]
            if where == "within":
                die()

        SqlStore.commit = committed  # type: ignore[method-assign, assignment]
        sql_store.writing.write_events = written

    return plant


def dying_after(seconds: float) -> Plant:
    """Death at a moment that has nothing to do with what is done then."""

    def plant() -> None:
        timer = threading.Timer(seconds, _die)
        timer.daemon = True
        timer.start()

    return plant


def on_a_full_disk(free_bytes: int, *files: Path) -> Plant:
    """No file grows beyond the largest of these by more than so much."""

    def plant() -> None:
        largest = max((file.stat().st_size for file in files if file.exists()), default=0)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = largest + free_bytes
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return plant


def with_a_clock_off_by(seconds: int) -> Plant:
    """A machine whose clock was set."""

    def plant() -> None:
        now = WallClock.now
        WallClock.now = lambda self: now(self) + seconds * MICROS_PER_SECOND  # type: ignore[method-assign]

    return plant


class _Countdown:
    def __init__(self, visit: int) -> None:
        self._left = visit

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            _die()


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")
