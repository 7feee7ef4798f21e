"""`fusion purge`: a signal taken out of the past too, as a legal order to erase asks for.

Its content is overwritten in the log, the store is made anew without it, and the old one removed.
Promises that this is done when the command returns; cut short, it is done by repeating it. What
lies elsewhere (older backups, what readers were shown) it can only name.
"""

from __future__ import annotations

import time
from dataclasses import replace

from fusion import rebuilding
from fusion.cli.directory import execute, held, require_directory
from fusion.cli.options import add_data, command
from fusion.cli.progress import shown_progress
from fusion.cli.rebuild import REBUILD_LOCK, wait_for_switch
from fusion.intake.administer import PurgeSignal
from fusion.settings import Settings

# An answer that was begun on the old store has been made by then.
_GRACE_SECONDS = 1.0


def run(arguments: list[str], settings: Settings) -> int:
    """Purge one signal from a directory, whether or not a service runs on it."""
    parser = command("purge", "Takes a signal out of the log and of history, for good.")
    parser.add_argument("signal", metavar="SIGNAL", help="its name: <source>/<id>")
    parser.add_argument("--reason", required=True, help="on whose order; it is kept in the log")
    add_data(parser, settings)
    asked = parser.parse_args(arguments)
    data = asked.data
    require_directory(data)
    with held(data, name=REBUILD_LOCK), shown_progress() as progress:
        execute(PurgeSignal(signal=asked.signal, reason=asked.reason), replace(settings, data=data))
        with rebuilding.rebuilt(data, settings, progress) as made:
            wait_for_switch(data, made)
            time.sleep(_GRACE_SECONDS)
            made.sweep()
    print(f"{asked.signal} is purged; backups made before hold it still: destroy them")
    return 0
