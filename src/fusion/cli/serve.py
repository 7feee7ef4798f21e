"""`fusion serve`: the embedded service, two processes over one data directory.

This process answers requests; the worker, which fuses, is a process of its own, so that linking
never holds up a request. Either ends with the other: the worker sees the pipe to this process
close, even if this process was killed, and a worker that ends unasked ends the service. Prints one
line, `listening on URL`, once both are ready.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Self

from fusion import assembly
from fusion.cli.directory import held, make_directory
from fusion.cli.options import add_data, command, failure_line, moment, port
from fusion.domain.errors import FusionError, Misused
from fusion.settings import Settings

FAILED = 1
# The worker holds this while it works, so that one of a service that was killed is never joined by
# a second.
WORKER_LOCK = "worker.lock"
# A worker that opens a large store, or waits for the one before it to end.
READY_SECONDS = 120.0
# A worker finishes the batch it is at.
ENDING_SECONDS = 30.0


def run(arguments: list[str], settings: Settings) -> int:
    """Serve until told to end; 1 if the worker ended before."""
    asked = _asked(arguments, settings)
    settings = replace(
        settings, data=asked.data, host=asked.host, port=asked.port, patterns=asked.patterns
    )
    make_directory(settings.data)
    with held(settings.data), _listening(settings.host, settings.port) as listener:
        namespace = assembly.Namespace(seed=asked.exercise, clock=asked.clock)
        assembly.prepare(settings.data, settings, namespace)
        with Worker(settings) as worker:

            def announce() -> None:
                worker.require_ready()
                print(f"listening on {_url(settings.host, listener)}", flush=True)

            assembly.run_api(settings.data, settings, listener=listener, announce=announce)
            has_failed = worker.has_ended
    if has_failed:
        print("fusion: the worker ended, and the service with it", file=sys.stderr)
    return FAILED if has_failed else 0


class Worker:
    """The worker's process, as this one sees it."""

    def __init__(self, settings: Settings) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._ours, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(settings, theirs), name="worker")
        # Ctrl-C reaches both; only this process answers to it, and then tells the worker.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, before)
        theirs.close()
        self._is_told = False
        self.has_ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_told = True
        self._ours.close()
        self._process.join(ENDING_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def require_ready(self) -> None:
        """Wait until the worker follows the log; what it says it can't do is raised."""
        if not self._ours.poll(READY_SECONDS):
            raise Misused("the worker does not start")
        try:
            refusal = self._ours.recv()
        except EOFError:
            raise Misused("the worker ended while it started") from None
        if refusal is not None:
            raise Misused(refusal)
        Thread(target=self._watch, name="worker-watch", daemon=True).start()

    def _watch(self) -> None:
        self._process.join()
        if not self._is_told:
            self.has_ended = True
            os.kill(os.getpid(), signal.SIGTERM)


def _work(settings: Settings, pipe: Connection) -> None:
    """The worker's process, from its first line to its last."""
    stopping = Event()

    def follow_parent() -> None:
        # Nothing is ever sent: the pipe ends with the process at its other end.
        pipe.poll(None)
        stopping.set()

    Thread(target=follow_parent, name="parent-watch", daemon=True).start()
    try:
        with held(settings.data, name=WORKER_LOCK, seconds=READY_SECONDS):
            assembly.run_worker(
                settings.data,
                settings,
                announce=lambda: pipe.send(None),
                is_stopping=stopping.is_set,
            )
    except FusionError as error:
        if not stopping.is_set():
            pipe.send(failure_line(error))
        sys.exit(FAILED)


@contextmanager
def _listening(host: str, number: int) -> Iterator[socket.socket]:
    """A socket that listens; `Misused` where the address is taken or none of this machine's."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise Misused(f"{host} is no address to listen on: {error.strerror}") from None
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise Misused(f"{host}:{number} can't be listened on: {error.strerror}") from None
        yield listener


def _url(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _asked(arguments: list[str], settings: Settings) -> argparse.Namespace:
    parser = command("serve", "The embedded service: API and worker over one data directory.")
    add_data(parser, settings)
    parser.add_argument("--host", default=settings.host, help="(%(default)s)")
    parser.add_argument(
        "--port", type=port, default=settings.port, help="0: a free one (%(default)s)"
    )
    parser.add_argument("--patterns", type=Path, default=settings.patterns, metavar="DIR")
    parser.add_argument("--exercise", metavar="SEED", help="an exercise namespace of this seed")
    parser.add_argument("--clock", type=moment, metavar="TIME", help="where its clock begins")
    asked = parser.parse_args(arguments)
    if asked.clock is not None and asked.exercise is None:
        raise Misused("--clock is of an exercise: the clock of a live directory is the wall's")
    return asked
