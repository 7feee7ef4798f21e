"""`fusion restore DIR`: a data directory from a backup of one."""

from __future__ import annotations

from pathlib import Path

from fusion import backup
from fusion.cli.options import add_data, command
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Restore a backup into an empty directory."""
    parser = command("restore", "Makes a data directory of a backup; it must be empty, or not be.")
    parser.add_argument("source", type=Path, metavar="DIR", help="what fusion backup made")
    add_data(parser, settings)
    asked = parser.parse_args(arguments)
    kept = backup.restore(asked.source, asked.data)
    print(f"{asked.data} is as of {kept.recorded}: {kept.size} bytes")
    return 0
