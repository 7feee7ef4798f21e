"""A copy of an SQLite file that others read and write meanwhile: one state of it, whole.

Made by SQLite's own backup in one step, which holds a read transaction and holds up no writer of a
write-ahead log. The copy is one file, without a log beside it, and is on the disk on return.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from fusion.domain.errors import Misused
from fusion.events.whole_file import flush

# A checkpoint or a recovery holds the file alone for a moment.
BUSY_SECONDS = 10.0


def copy_database(source: Path, target: Path) -> None:
    """Copy `source` to `target`, which is not there yet; Misused where either can't be used."""
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as opened,
            closing(sqlite3.connect(target)) as copy,
        ):
            opened.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Misused(f"{source} can't be copied to {target}: {error}") from None
    flush(target)
