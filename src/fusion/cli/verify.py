"""`fusion verify`: whether the live store says what one made anew from the log would say."""

from __future__ import annotations

import sys

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
    add_data(parser, settings)
    data = parser.parse_args(arguments).data
    require_directory(data)
    with held(data, name=REBUILD_LOCK), shown_progress() as progress:
        found = rebuilding.verify(data, settings, progress)
    for name in found.different[:_NAMES_SHOWN]:
        print(f"fusion: not as the log has it: {name}", file=sys.stderr)
    if found.different:
        print(f"fusion: {len(found.different)} differences", file=sys.stderr)
        return FAILED
    print(f"the store is as the log has it: {found.rows} rows, {found.classes} access classes")
    return 0
