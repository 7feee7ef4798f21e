"""`fusion publish FILE`: posts a file of signals, one a line, and goes on where it was stopped.

What was taken is noted beside the file, so that the same command after a stop begins there; and
since posting is idempotent, what was posted twice changes nothing. Each rejected signal is a line
on standard error, with its line in the file; the others go through. With `--dry-run` nothing is
posted, and every fault of every signal is a line.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fusion.cli.options import add_url, command
from fusion.domain.errors import Misused, Unavailable
from fusion.settings import Settings

LINES = "application/x-ndjson"
# A batch is one commit and one answer: a thousand signals, far below what the service takes.
MAX_LINES = 1000
MAX_BYTES = 4 * 1024 * 1024
# A service that is restarted or busy is back within these; together they wait about a minute.
TRIES = 8
MAX_PAUSE_SECONDS = 15.0
TIMEOUT_SECONDS = 60.0

REJECTED = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Some lines of the file: the number of the first one, and where in the file they end."""

    lines: list[tuple[int, bytes]]
    end: int


@dataclass(slots=True)
class Tally:
    """What became of the signals so far."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0

    def count(self, status: str) -> None:
        setattr(self, status, getattr(self, status) + 1)

    def __str__(self) -> str:
        return f"{self.accepted} accepted, {self.duplicate} known before, {self.rejected} rejected"


def run(arguments: list[str], _settings: Settings) -> int:
    """Post the file; 2 where something was rejected."""
    parser = command("publish", "Posts a file of signals, one a line; resumable.")
    parser.add_argument("file", type=Path, metavar="FILE")
    add_url(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="only validate: print every fault, post nothing"
    )
    asked = parser.parse_args(arguments)
    headers = {"Authorization": f"Bearer {asked.token}", "Content-Type": LINES}
    with (
        _opened(asked.file) as file,
        httpx.Client(base_url=asked.url, headers=headers, timeout=TIMEOUT_SECONDS) as client,
    ):
        if asked.dry_run:
            tally = _try_out(asked.file, file, client)
        else:
            tally = _publish(asked.file, file, client, asked.url)
    print(f"would be: {tally}" if asked.dry_run else tally)
    return REJECTED if tally.rejected else 0


def _publish(path: Path, file: IO[bytes], client: httpx.Client, address: str) -> Tally:
    tally = Tally()
    place = Place(path, address)
    start, number = place.found(file)
    with _progress(path.stat().st_size, start) as show:
        for batch in batches(file, start=start, number=number):
            content = b"".join(line for _, line in batch.lines)
            for (line, _), result in zip(batch.lines, _post(client, content), strict=True):
                tally.count(result["status"])
                if result["status"] == "rejected":
                    _report(path, line, result)
            place.note(file, batch.end, batch.lines[-1][0])
            show(batch.end)
    place.forget()
    return tally


def _try_out(path: Path, file: IO[bytes], client: httpx.Client) -> Tally:
    """Ask what would become of each signal; every fault of each is a line on standard error."""
    tally = Tally()
    with _progress(path.stat().st_size, 0) as show:
        for batch in batches(file):
            content = b"".join(line for _, line in batch.lines)
            results = _post(client, content, address="/v1/signals?dry_run=true")
            for (line, _), result in zip(batch.lines, results, strict=True):
                tally.count(result["status"])
                if result["status"] == "rejected":
                    _report(path, line, result, most=None)
            show(batch.end)
    return tally


def batches(file: IO[bytes], *, start: int = 0, number: int = 0) -> Iterator[Batch]:
    """The lines of a file from `start`, blank ones left out; `number` lines lie before."""
    file.seek(start)
    lines: list[tuple[int, bytes]] = []
    size, end = 0, start
    while line := file.readline():
        number += 1
        if line.strip():
            if lines and (len(lines) == MAX_LINES or size + len(line) > MAX_BYTES):
                yield Batch(lines, end)
                lines, size = [], 0
            lines.append((number, line if line.endswith(b"\n") else line + b"\n"))
            size += len(line)
        end = file.tell()
    if lines:
        yield Batch(lines, end)


@dataclass(slots=True)
class Place:
    """Where publishing stands, in a small file beside the signals.

    It holds for the same service and for a file that begins as it did then; else it is forgotten.
    Where it can't be written, the file is posted from its beginning the next time.
    """

    path: Path
    address: str
    _digest: Any = field(default_factory=hashlib.sha256)
    _digested: int = 0

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.published")

    def found(self, file: IO[bytes]) -> tuple[int, int]:
        """How many bytes and lines were taken before."""
        try:
            noted = json.loads(self._note.read_bytes())
            end, lines, digest = int(noted["bytes"]), int(noted["lines"]), noted["sha256"]
            is_ours = noted["url"] == self.address
        except (OSError, ValueError, KeyError, TypeError):
            return 0, 0
        self._advance(file, end)
        if is_ours and self._digested == end and self._digest.hexdigest() == digest:
            return end, lines
        self._digest, self._digested = hashlib.sha256(), 0
        return 0, 0

    def note(self, file: IO[bytes], end: int, lines: int) -> None:
        """Note that all up to `end`, which is after the line `lines`, was taken."""
        back = file.tell()
        self._advance(file, end)
        file.seek(back)
        noted = {
            "url": self.address,
            "bytes": end,
            "lines": lines,
            "sha256": self._digest.hexdigest(),
        }
        written = self._note.with_name(f"{self._note.name}.new")
        try:
            written.write_text(json.dumps(noted), encoding="utf-8")
            written.replace(self._note)
        except OSError:
            return

    def forget(self) -> None:
        """All was taken."""
        try:
            self._note.unlink(missing_ok=True)
        except OSError:
            return

    def _advance(self, file: IO[bytes], end: int) -> None:
        file.seek(self._digested)
        while self._digested < end and (chunk := file.read(min(2**20, end - self._digested))):
            self._digest.update(chunk)
            self._digested += len(chunk)


def _post(
    client: httpx.Client, content: bytes, address: str = "/v1/signals"
) -> list[dict[str, Any]]:
    """What became of each line; Unavailable where the service does not take them now."""
    for tried in range(TRIES):
        pause = min(MAX_PAUSE_SECONDS, 0.5 * 2**tried)
        try:
            answer = client.post(address, content=content)
        except httpx.TransportError as error:
            why = f"the service does not answer: {error}"
        else:
            if answer.status_code == httpx.codes.OK:
                results: list[dict[str, Any]] = answer.json()["results"]
                return results
            why = _refusal(answer)
            if answer.status_code not in {429, 503}:
                raise Misused(why)
            pause = float(answer.headers.get("retry-after", pause))
        if tried + 1 < TRIES:
            time.sleep(min(pause, MAX_PAUSE_SECONDS))
    raise Unavailable(f"{why}; the same command goes on where this one stopped")


def _refusal(answer: httpx.Response) -> str:
    """Why a whole batch was refused, in one line."""
    try:
        problem = answer.json()
        errors = "".join(f": {each['detail']}" for each in problem["errors"][:1])
        return f"the service answers {answer.status_code}: {problem['title']}{errors}"
    except (ValueError, KeyError, TypeError):
        return f"the service answers {answer.status_code}"


def _report(path: Path, line: int, result: dict[str, Any], *, most: int | None = 1) -> None:
    """A line for each fault of a rejected signal, up to `most`."""
    problem = result["problem"]
    for error in problem["errors"][:most] or [{"detail": problem["title"]}]:
        where = f"{error.get('pointer') or '/'}: " if "pointer" in error else ""
        print(f"fusion: {path}:{line}: {where}{error['detail']}", file=sys.stderr)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Misused(f"{path} can't be read: {error.strerror}") from None
    with file:
        yield file


@contextmanager
def _progress(total: int, start: int) -> Iterator[Callable[[int], None]]:
    """Shows how far the file was posted, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        TextColumn("publishing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("bytes"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, completed=start)
        yield lambda end: progress.update(task, completed=end)
