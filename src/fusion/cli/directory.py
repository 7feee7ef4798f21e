"""The data directory as a command finds it: free, or held by a running service.

Whoever works on a directory holds its lock, which the system lets go of with the process, however
that ends. A command on a directory that is held goes through the holder's socket. Promises one
clear error for a directory that can't serve.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fusion import assembly
from fusion.domain.errors import Misused, Unavailable
from fusion.intake.administer import Command
from fusion.intake.control import ask
from fusion.settings import Settings

LOCK_FILE = "lock"
# A command holds the lock for a fraction of this, a service that was killed not much longer.
WAIT_SECONDS = 5.0
_PAUSE_SECONDS = 0.05


def make_directory(data: Path) -> None:
    """See to it that there is a directory which only its owner may enter."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise Misused(f"{data} is no directory") from None
    except OSError as error:
        raise Misused(f"{data} can't be made: {error.strerror}") from None


def require_directory(data: Path) -> None:
    """`Misused` where there is no data directory yet."""
    if not data.is_dir():
        raise Misused(f"{data} is no data directory: fusion registry load, or serve, makes one")


@contextmanager
def held(data: Path, *, name: str = LOCK_FILE, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold a directory alone; `Misused` where another process still does after `seconds`."""
    until = time.monotonic() + seconds
    lock = _open_lock(data / name)
    try:
        while not _is_taken(lock):
            if time.monotonic() >= until:
                raise Misused(f"{data} is in use by another fusion process")
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(lock)


@contextmanager
def held_if_free(data: Path) -> Iterator[bool]:
    """Hold a directory alone where nobody else does, and whether this process does."""
    lock = _open_lock(data / LOCK_FILE)
    try:
        yield _is_taken(lock)
    finally:
        os.close(lock)


def execute(command: Command, settings: Settings) -> dict[str, Any]:
    """Have a command done on the directory of `settings`: here, or by the service that holds it."""
    data = settings.data
    until = time.monotonic() + WAIT_SECONDS
    lock = _open_lock(data / LOCK_FILE)
    try:
        while not _is_taken(lock):
            try:
                return ask(data, command)
            except Unavailable as silence:
                # A service that starts or ends holds the lock and does not listen.
                if time.monotonic() >= until:
                    raise Misused(f"{data} is in use, and {silence.detail}") from None
                time.sleep(_PAUSE_SECONDS)
        with assembly.administration(data, settings) as administration:
            return administration.execute(command)
    finally:
        os.close(lock)


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misused(f"{path.parent} can't be used: {error.strerror}") from None


def _is_taken(lock: int) -> bool:
    """Whether this process holds the lock, from now on at least."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
