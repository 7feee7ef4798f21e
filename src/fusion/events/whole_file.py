"""Files that appear whole or not at all, and are on the disk once the call returns.

A kill at any moment leaves what stood there before, or what was written, and never a part of it.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, body: bytes) -> None:
    """Write a file beside and move it over what stands there."""
    beside = beside_of(path)
    beside.write_bytes(body)
    move_whole(beside, path)


def beside_of(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f"{path.name}.new")


def move_whole(beside: Path, path: Path) -> None:
    """Let a file that was written beside take its place, both on the disk."""
    flush(beside)
    beside.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
