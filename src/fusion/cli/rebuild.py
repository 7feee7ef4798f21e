"""`fusion rebuild`: the store made anew from the log, in the place of the one that stands.

On a running service it is made beside the live store, which goes on being read and written; the
worker then goes over to it. Ends once it has.
"""

from __future__ import annotations

import time
from pathlib import Path

from fusion import rebuilding
from fusion.cli.directory import held, held_if_free, require_directory
from fusion.cli.options import add_data, command
from fusion.cli.progress import shown_progress
from fusion.domain.errors import Misused
from fusion.rebuilding import Rebuilt
from fusion.settings import Settings

# One rebuild at a time: each begins by removing what another left behind.
REBUILD_LOCK = "rebuild.lock"
# A worker comes to it after the batch that it is at; one that does not is ill.
SWITCH_SECONDS = 120.0
_PAUSE_SECONDS = 0.05


def run(arguments: list[str], settings: Settings) -> int:
    """Rebuild the store of a directory, and let it take the current one's place."""
    parser = command("rebuild", "The store made anew from the log, beside the live one; then swap.")
    add_data(parser, settings)
    data = parser.parse_args(arguments).data
    require_directory(data)
    with (
        held(data, name=REBUILD_LOCK),
        shown_progress() as progress,
        rebuilding.rebuilt(data, settings, progress) as made,
    ):
        wait_for_switch(data, made)
    print(f"{made.name} is the store now")
    return 0


def wait_for_switch(data: Path, made: Rebuilt) -> None:
    """Until the worker went over to it; where no service runs this process is its writer."""
    until = time.monotonic() + SWITCH_SECONDS
    while not made.is_current():
        with held_if_free(data) as is_ours:
            if is_ours:
                made.switch()
        if time.monotonic() >= until:
            raise Misused(f"the worker does not go over to {made.name}: it is offered, and waits")
        time.sleep(_PAUSE_SECONDS)
