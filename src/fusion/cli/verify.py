"""`fusion verify`: whether the live store says what one made anew from the log would say.

With `--orphans` it counts the alerts that reach no post which could act, and names them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fusion import rebuilding
from fusion.cli.directory import held, require_directory
from fusion.cli.options import add_data, command
from fusion.cli.progress import shown_progress
from fusion.cli.rebuild import REBUILD_LOCK
from fusion.settings import Settings

FAILED = 1
# What differs is told by its first few names; the count says how much more there is.
_NAMES_SHOWN = 20


def run(arguments: list[str], settings: Settings) -> int:
    """Compare the live store with a rebuilt one, as of one position; 1 on a difference."""
    parser = command("verify", "Compares the live store with one rebuilt from the log.")
    parser.add_argument(
        "--orphans", action="store_true", help="count the alerts that reach nobody who could act"
    )
    add_data(parser, settings)
    asked = parser.parse_args(arguments)
    data = asked.data
    require_directory(data)
    if asked.orphans:
        return _count_orphans(data, settings)
    with held(data, name=REBUILD_LOCK), shown_progress() as progress:
        found = rebuilding.verify(data, settings, progress)
    for name in found.different[:_NAMES_SHOWN]:
        print(f"fusion: not as the log has it: {name}", file=sys.stderr)
    if found.different:
        print(f"fusion: {len(found.different)} differences", file=sys.stderr)
        return FAILED
    print(f"the store is as the log has it: {found.rows} rows, {found.classes} access classes")
    return 0


def _count_orphans(data: Path, settings: Settings) -> int:
    """How many there are, and their names; where nobody could act, if there are any."""
    found, vacant = rebuilding.orphans(data, settings)
    print(len(found.names), *found.names, sep="\n")
    if not found.names:
        return 0
    for fault in vacant:
        print(f"fusion: {fault.pointer}: {fault.detail}", file=sys.stderr)
    return FAILED
