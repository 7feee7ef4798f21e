"""Control: how a command reaches the service that holds a data directory.

Lines of JSON over a Unix socket in the directory, which only the directory's owner may open: one
command, one answer, in the words of `fusion.intake.administer`. What a command changed holds before
its answer is sent. Nothing here decides anything.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from fusion.domain.errors import Fault, FusionError, Misused, Unavailable
from fusion.intake.administer import Administration, Command

SOCKET_FILE = "control.sock"
# The largest command is a registry (`registry_file.MAX_BYTES`), escaped at worst twofold.
MAX_LINE_BYTES = 4 * 1024 * 1024
# A registry of a thousand agencies is taken in well under a second; a clock that moves by years
# waits for as many ticks.
ANSWER_SECONDS = 120.0
# What the kernel takes as the path of a Unix socket (sun_path, less its closing zero).
_MAX_PATH_BYTES = 100


class _Answer(msgspec.Struct, omit_defaults=True):
    """What came of a command: `done`, or a refusal with its code."""

    done: dict[str, Any] | None = None
    code: str | None = None
    detail: str | None = None
    faults: tuple[tuple[str, str], ...] = ()


class Refused(FusionError):
    """The service did not do it; `code` is the refusal's own."""

    def __init__(self, code: str, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail, faults=faults)
        self.code = code


def ask(directory: Path, command: Command) -> dict[str, Any]:
    """Have the service that holds `directory` do `command`, and what came of it.

    Refused where the service refused, Unavailable where none answers.
    """
    line = msgspec.json.encode(command) + b"\n"
    try:
        with _address(directory) as address, _connected(address) as connection:
            connection.sendall(line)
            text = _line_from(connection)
    except OSError as error:
        raise Unavailable(f"the service in {directory} does not answer: {error.strerror}") from None
    answer = msgspec.json.decode(text, type=_Answer)
    if answer.done is None:
        faults = tuple(Fault(pointer, detail) for pointer, detail in answer.faults)
        raise Refused(answer.code or "error", answer.detail or "", faults=faults)
    return answer.done


@asynccontextmanager
async def listening(directory: Path, administration: Administration) -> AsyncIterator[None]:
    """Take commands for `administration` at the socket in `directory`, until left."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await asyncio.to_thread(_execute, administration, line)
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            # The command's process has gone, or sends what is no line: nobody is there to be told.
            pass
        finally:
            writer.close()

    listener = _listener(directory)
    server = await asyncio.start_unix_server(serve, sock=listener, limit=MAX_LINE_BYTES)
    try:
        yield
    finally:
        server.close()
        (directory / SOCKET_FILE).unlink(missing_ok=True)


def _execute(administration: Administration, line: bytes) -> _Answer:
    try:
        command = msgspec.json.decode(line, type=Command)
        return _Answer(done=administration.execute(command))
    except msgspec.MsgspecError as error:
        return _Answer(code="unreadable", detail=f"no command of this version: {error}")
    except FusionError as error:
        faults = tuple((fault.pointer, fault.detail) for fault in error.faults)
        return _Answer(code=error.code, detail=error.detail, faults=faults)


def _listener(directory: Path) -> socket.socket:
    """A listening socket that nobody but the owner may open; an old one's file makes place.

    The caller holds the directory's lock, so that no other service can listen there.
    """
    (directory / SOCKET_FILE).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with _address(directory) as address:
            listener.bind(address)
    except OSError as error:
        listener.close()
        raise Misused(f"{directory / SOCKET_FILE} can't be made: {error.strerror}") from None
    finally:
        os.umask(mask)
    listener.listen()
    return listener


@contextmanager
def _address(directory: Path) -> Iterator[str]:
    """The address of a directory's socket, by way of an open directory where it is too long."""
    path = str(directory.absolute() / SOCKET_FILE)
    if len(os.fsencode(path)) <= _MAX_PATH_BYTES:
        yield path
        return
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{SOCKET_FILE}"
    finally:
        os.close(opened)


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(address)
        yield connection


def _line_from(connection: socket.socket) -> bytes:
    chunks: list[bytes] = []
    while not (chunks and chunks[-1].endswith(b"\n")):
        chunk = connection.recv(64 * 1024)
        if not chunk:
            raise ConnectionResetError(0, "it ended before it answered")
        chunks.append(chunk)
    return b"".join(chunks)
