"""The `fusion` command: finds the command that was asked for, and says what went wrong in one line.

Exit codes are 0, 1 for a check that failed, and 2 for usage and bad input. What a user did never
ends in a traceback. A command's module is imported when it is asked for, so that the small ones
need not wait for the large.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from typing import Final

from fusion.cli.options import failure_line
from fusion.domain.errors import FusionError, Misused
from fusion.settings import settings_from

COMMANDS: Final[Mapping[str, str]] = {
    "demo": "a scenario through the real service, told as it happens",
    "serve": "the embedded service: API and worker over one data directory",
    "clock": "move the scripted clock of an exercise",
    "publish": "post a file of signals, resumable",
    "watch": "the live stream of alerts in a terminal",
    "registry": "load agencies, offices, desks, posts and mechanisms",
    "token": "a token for a publisher or a reader",
    "grants": "what a reader may know",
    "audit": "where the ledger stands, and whether it is as it was written",
    "patterns": "validate patterns, run their examples, publish them",
    "fuse": "fuse a file of signals, offline",
    "purge": "take a signal out of the log and of history, for good",
    "rebuild": "make the store anew from the log, beside the live one, and swap",
    "verify": "compare the live store with one rebuilt from the log",
    "backup": "copy the data directory while it runs",
    "restore": "make a data directory of a backup",
    "schemas": "write, or check, the schemas in schemas/",
}

USAGE = 2
# What a shell makes of a process that SIGINT ended.
_INTERRUPTED = 130


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command; its exit code."""
    try:
        return _run(list(arguments), environment)
    except FusionError as error:
        print(f"fusion: {failure_line(error)}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. What is still buffered has nowhere to go either.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: list[str], environment: Mapping[str, str]) -> int:
    if not arguments:
        raise Misused(f"a command is needed: {', '.join(COMMANDS)}; fusion --help says more")
    name, *rest = arguments
    if name in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if name == "--version":
        print(f"fusion {version('fusion')}")
        return 0
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        hint = f": did you mean {near[0]}?" if near else f": there are {', '.join(COMMANDS)}"
        raise Misused(f"{name!r} is no command{hint}")
    command = import_module(f"fusion.cli.{name}")
    code: int = command.run(rest, settings_from(environment))
    return code


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {meaning}" for name, meaning in COMMANDS.items()]
    head = "usage: fusion COMMAND ...\n\ncommands (fusion COMMAND --help says more of each):"
    return "\n".join([head, *lines])
