"""`fusion clock advance TIME`: moves the scripted clock of an exercise."""

from __future__ import annotations

from dataclasses import replace

from fusion.cli.directory import execute, require_directory
from fusion.cli.options import add_data, command, moment
from fusion.intake.administer import AdvanceClock
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Move the clock, with the ticks on the way; refused on a live directory."""
    parser = command("clock", "The scripted clock of an exercise.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    advance = actions.add_parser("advance", help="move it to TIME, never back")
    advance.add_argument("time", type=moment, metavar="TIME", help="a day, or an RFC 3339 time")
    add_data(advance, settings)
    asked = parser.parse_args(arguments)
    require_directory(asked.data)
    done = execute(AdvanceClock(moment=asked.time), replace(settings, data=asked.data))
    print(done["clock"])
    return 0
