"""Backup and restore of the embedded directory, while it runs.

The log is the truth, so it is copied after everything that follows from it: a store that is ahead
of its log can't come about, and whatever was acknowledged before the backup began is in it. What
says that a backup is whole is written last; what begins a namespace is restored last. So neither
half a backup nor half a restored directory is ever taken for one.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from fusion.api.tokens import KEY_FILE
from fusion.assembly import CLOCK_FILE, INDEX_FILE, LEDGER_FILE, LOG_FILE
from fusion.domain.clock import WallClock, format_moment
from fusion.domain.errors import Misused
from fusion.events.sqlite_copy import copy_database
from fusion.events.sqlite_log import SqliteLog
from fusion.events.whole_file import beside_of, move_whole, write_whole
from fusion.projections.store.files import FIRST, StoreFiles

MANIFEST = "backup.json"
FORMAT = 1
# A store may be replaced, and swept away, between finding its name and opening it.
_TRIES = 5


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole backup holds: each file with its length and SHA-256.

    `recorded` is when the last event of its log was: as of then it answers what the original did.
    """

    format: int
    fusion: str
    recorded: str
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a backup or a restore: up to which recorded moment, and how many bytes."""

    recorded: str
    size: int


def back_up(data: Path, target: Path) -> Kept:
    """Copy a directory into an empty one, whether a service works on it or not."""
    if (data / INDEX_FILE).exists():
        raise Misused(f"the log of {data} is in Kafka, whose copies are its own backup")
    if not (data / LOG_FILE).exists():
        raise Misused(f"{data} holds no log: there is nothing to back up")
    _require_empty(target, "a backup is made in an empty directory")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_store(data, target)
    if (data / LEDGER_FILE).exists():
        copy_database(data / LEDGER_FILE, target / LEDGER_FILE)
    copy_database(data / LOG_FILE, target / LOG_FILE)
    # After the log: a clock behind what is recorded would be one that goes back.
    for name in (KEY_FILE, CLOCK_FILE):
        if (data / name).exists():
            _copy(data / name, target / name)
    recorded = _last_recorded(target / LOG_FILE)
    files = {file.name: _fingerprint(file) for file in sorted(target.iterdir())}
    manifest = Manifest(format=FORMAT, fusion=version("fusion"), recorded=recorded, files=files)
    write_whole(target / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return Kept(recorded, sum(size for size, _ in files.values()))


def restore(source: Path, data: Path) -> Kept:
    """Copy a whole backup into an empty directory, which then is what the original was."""
    manifest = _manifest(source)
    _require_empty(data, "a backup is restored into an empty directory")
    for name, fingerprint in manifest.files.items():
        if not (source / name).is_file() or _fingerprint(source / name) != fingerprint:
            raise Misused(f"{source / name} is not as it was when the backup was made")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in sorted(manifest.files, key=lambda name: name == LOG_FILE):
        _copy(source / name, data / name)
    return Kept(manifest.recorded, sum(size for size, _ in manifest.files.values()))


def _copy_store(data: Path, target: Path) -> None:
    """The current store, if there is one yet; the copy is the first of its directory."""
    for tried in range(_TRIES):
        current = StoreFiles(data).current()
        if not current.exists() and tried + 1 < _TRIES:
            if current.name == FIRST:
                return
            continue
        try:
            copy_database(current, target / FIRST)
        except Misused:
            (target / FIRST).unlink(missing_ok=True)
            if current == StoreFiles(data).current():
                raise
        else:
            return


def _last_recorded(log_file: Path) -> str:
    """When the last event of a copied log was recorded; opening it makes sure that it is one."""
    log = SqliteLog(log_file, WallClock())
    try:
        recorded = log.last_recorded()
    finally:
        log.close()
    if recorded is None:
        raise Misused(f"{log_file} holds nothing")
    return format_moment(recorded)


def _manifest(source: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        raise Misused(f"{source} is no whole backup: it has no {MANIFEST} that says so") from None
    if manifest.format != FORMAT:
        raise Misused(
            f"{source} is a backup of format {manifest.format}, this program's is {FORMAT}"
        )
    strange = [name for name in manifest.files if Path(name).name != name]
    if strange or LOG_FILE not in manifest.files:
        raise Misused(f"{source / MANIFEST} does not name the files of a backup")
    return manifest


def _require_empty(folder: Path, why: str) -> None:
    try:
        is_empty = not folder.exists() or not any(folder.iterdir())
    except OSError as error:
        raise Misused(f"{folder} can't be used: {error.strerror}") from None
    if not is_empty:
        raise Misused(f"{folder} is not empty: {why}")


def _copy(source: Path, target: Path) -> None:
    """A file with its rights, on the disk under its name only once it is whole."""
    beside = beside_of(target)
    try:
        shutil.copyfile(source, beside)
        shutil.copymode(source, beside)
        move_whole(beside, target)
    except OSError as error:
        raise Misused(f"{source} can't be copied to {target}: {error.strerror}") from None


def _fingerprint(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return path.stat().st_size, digest.hexdigest()
