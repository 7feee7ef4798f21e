"""The service as a child process: `fusion serve` on a free port, in an exercise of its own.

It is started in a session of its own, so that Ctrl-C reaches this process alone, which then ends
it: on every way out it is told first, and killed with its worker if it does not listen; only a kill
of this process that it can't see leaves the service up. What the service says on standard error is
kept in the directory; its last line is the error where it can't start.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fusion.domain.clock import format_moment
from fusion.domain.errors import Misused

LOG_FILE = "serve.log"
# A worker at the end of a batch, and streams that are told that it is over.
ENDING_SECONDS = 40.0
_READY = "listening on "
# What ends a process from outside; SIGINT is Python's own exception already.
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Child:
    """A running service of ours; it ends with us unless it is kept."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.url = url
        self.pid = process.pid
        self.is_kept = False

    def keep(self) -> None:
        """Leave it up."""
        self.is_kept = True


@contextmanager
def serving(data: Path, *, seed: str, clock: int) -> Iterator[Child]:
    """The service over a directory, its exercise's clock at a moment (µs); Misused if it can't."""
    child: Child | None = None
    with _ended_by_signals(), (data / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program, under our own interpreter
            [
                *(sys.executable, "-m", "fusion", "serve", "--host", "127.0.0.1", "--port", "0"),
                *("--data", str(data), "--exercise", seed, "--clock", format_moment(clock)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            child = Child(process, _address(process, data / LOG_FILE))
            yield child
        finally:
            if child is None or not child.is_kept:
                _end(process)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Where it listens, once it says so; Misused with what it says where it ends instead."""
    assert process.stdout is not None, "it was started with a pipe"
    line = process.stdout.readline()
    if not line.startswith(_READY):
        process.wait()
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        why = said[-1].removeprefix("fusion: ") if said else f"it ended with {process.returncode}"
        raise Misused(f"the service does not start: {why}")
    return line.removeprefix(_READY).strip()


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let what ends this process from outside unwind it, as Ctrl-C does."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        # What a shell makes of a process that a signal ended.
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handling in before.items():
            signal.signal(number, handling)
