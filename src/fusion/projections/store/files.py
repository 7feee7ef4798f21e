"""Which file of a data directory is the store, and how another takes its place.

A store that is rebuilt stands beside the live one under a name of its own; its file is never
renamed, since SQLite finds the log of a file that is open by the file's name. One small file says
which is current; it is replaced in one step, so that a kill leaves the old store or the new one.
A rebuilt store is *offered*, and whoever writes the live one switches, so that no reader is ever
shown less than it was shown before.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine

from fusion.events.whole_file import write_whole
from fusion.projections.store.database import open_database

# The first store of a directory, until another was rebuilt.
FIRST = "store.sqlite"
_CURRENT, _OFFERED = "store.current", "store.offered"
_VERIFIED = "store.verified.sqlite"
_REBUILT = re.compile(r"store\.([1-9][0-9]{0,8})\.sqlite")
# What SQLite keeps beside a file, and what it leaves there after a kill.
_BESIDE = ("", "-wal", "-shm", "-journal")


class StoreFiles:
    """The stores of one data directory."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def current(self) -> Path:
        """The store that is read and written."""
        return self._data / (self._read(_CURRENT) or FIRST)

    def fresh(self) -> Path:
        """A name for another store, which no file has."""
        found = [_REBUILT.fullmatch(file.name) for file in self._data.iterdir()]
        number = max([int(match[1]) for match in found if match], default=0) + 1
        return self._data / f"store.{number}.sqlite"

    def scratch(self) -> Path:
        """Where a store is made only to be compared."""
        return self._data / _VERIFIED

    def offer(self, store: Path) -> None:
        """Let a store that is whole take the current one's place, when its writer comes to it."""
        self._write(_OFFERED, store.name)

    def offered(self) -> Path | None:
        """The store that waits to take the current one's place."""
        name = self._read(_OFFERED)
        return self._data / name if name else None

    def switch(self, store: Path) -> None:
        """Let a store that was offered be the current one; the caller alone writes either."""
        self._write(_CURRENT, store.name)
        if self.offered() == store:
            (self._data / _OFFERED).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove every store that is neither current nor offered.

        Nobody may have one of them open: whoever reads a store that was replaced is still there
        for a moment after the switch.
        """
        kept = {self.current(), self.offered()}
        for file in list(self._data.iterdir()):
            is_store = file.name == FIRST or _REBUILT.fullmatch(file.name)
            if is_store and file not in kept:
                self.discard(file)

    def discard(self, store: Path) -> None:
        """Remove a store and what SQLite keeps beside it."""
        for suffix in _BESIDE:
            store.with_name(store.name + suffix).unlink(missing_ok=True)

    def open(self, store: Path) -> Engine:
        """A store, made where there is none; Misused where it has other tables than these."""
        return open_database(store)

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self, name: str) -> str:
        try:
            return (self._data / name).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def _write(self, name: str, text: str) -> None:
        write_whole(self._data / name, f"{text}\n".encode())
