"""The real service, as users have it: processes started by the command line, asked by HTTP.

Commands that end by themselves run in this process, through the same entry: starting an interpreter
for each would take most of the time that these tests take.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import httpx

from fusion.cli.main import run

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "tests" / "registry.yaml"
# How long a process may take on a machine that does something else; nothing asserts on it.
PATIENCE_SECONDS = 60


# What the tests of a module set beside the default, for commands and for services.
ENVIRONMENT: dict[str, str] = {}


def fusion(*arguments: str | Path, data: Path | None = None) -> tuple[int, str, str]:
    """Run one command to its end: its exit code, and what it printed."""
    where = [] if data is None else ["--data", str(data)]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([*map(str, arguments), *where], ENVIRONMENT)
    return code, out.getvalue(), err.getvalue()


def done(*arguments: str | Path, data: Path | None = None) -> str:
    """What a command prints that succeeds and complains of nothing."""
    code, out, err = fusion(*arguments, data=data)
    assert (code, err) == (0, "")
    return out.removesuffix("\n")


def refused(*arguments: str | Path, data: Path | None = None) -> str:
    """The one line of a command that fails: exit code 2, nothing on standard output."""
    code, out, err = fusion(*arguments, data=data)
    assert (code, out) == (2, ""), err
    assert err.startswith("fusion: ")
    assert err.count("\n") == 1, err
    return err


@dataclass
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    url: str
    data: Path

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client with a token."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Tell it to end: its exit code, and what it printed after its first line."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Wait until it has ended by itself."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err


@contextmanager
def serving(data: Path, *arguments: str) -> Iterator[Service]:
    """`fusion serve` on a free port, from its line on; killed at the end if it is still there."""
    command = [sys.executable, "-m", "fusion", "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("listening on http://"):
        process.kill()
        raise AssertionError(f"{line!r}, {process.communicate()[1]}")
    try:
        yield Service(process, line.removeprefix("listening on ").strip(), data)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def registered(data: Path) -> Path:
    """A directory with the registry of tests/registry.yaml."""
    done("registry", "load", REGISTRY, data=data)
    return data


def publisher_token(data: Path, name: str = "gauge", source: str = "/river/gauges") -> str:
    return done("token", "publisher", name, "--source", source, data=data)


def reader_token(data: Path, name: str = "rita", *options: str) -> str:
    options = options or ("--agency", "river", "--level", "SECRET", "--purpose", "prevention")
    return done("token", "reader", name, *options, data=data)


def signal_document(id_: str = "1", source: str = "/river/gauges", **data: Any) -> dict[str, Any]:
    """A small signal that can be taken."""
    return {
        "specversion": "1.0",
        "type": "fusion.signal.submitted.v1",
        "source": source,
        "id": id_,
        "time": "2024-05-01T00:00:00Z",
        "data": {"marking": {"level": "OPEN"}, **data},
    }


def written(path: Path, signals: Sequence[dict[str, Any]]) -> Path:
    """A file of signals, one a line."""
    path.write_text("".join(json.dumps(each) + "\n" for each in signals), encoding="utf-8")
    return path
