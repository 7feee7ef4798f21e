"""`fusion backup DIR`: a copy of the data directory, made while the service runs."""

from __future__ import annotations

from pathlib import Path

from fusion import backup
from fusion.cli.directory import require_directory
from fusion.cli.options import add_data, command
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Back a directory up into an empty one."""
    parser = command("backup", "Copies the data directory, also while the service runs.")
    parser.add_argument("target", type=Path, metavar="DIR", help="an empty directory, or none yet")
    add_data(parser, settings)
    asked = parser.parse_args(arguments)
    require_directory(asked.data)
    kept = backup.back_up(asked.data, asked.target)
    print(f"{asked.target} holds all that was recorded up to {kept.recorded}: {kept.size} bytes")
    return 0
