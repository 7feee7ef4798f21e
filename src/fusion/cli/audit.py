"""`fusion audit checkpoint|verify`: where the ledger stands, and whether it is as it was written.

Both only read, beside a running service too. A checkpoint is one line that an operator keeps where
nobody who can write this host can write; `verify` is given such lines back.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from fusion import assembly
from fusion.cli.directory import require_directory
from fusion.cli.options import Arguments, add_data, command
from fusion.domain.errors import Misused, Unreadable
from fusion.events.ledger_check import (
    MAX_BREACHES,
    Checkpoint,
    check,
    checkpoint_of,
    read_checkpoints,
)
from fusion.events.log import EventLog
from fusion.settings import Settings

FAILED = 1


def run(arguments: list[str], settings: Settings) -> int:
    """Print a checkpoint, or verify; 1 where the ledger is not as it was written."""
    asked = _parser(settings).parse_args(arguments)
    require_directory(asked.data)
    if asked.action == "checkpoint":
        with _ledger(asked.data) as log:
            print(msgspec.json.encode(checkpoint_of(log)).decode())
        return 0
    return _verify(asked.data, [each for file in asked.checkpoint for each in _read(file)])


def _verify(data: Path, checkpoints: list[Checkpoint]) -> int:
    try:
        with _ledger(data) as log:
            checked = check(log, checkpoints)
    except Misused as error:
        # The file is there no more, or is no ledger any more: that is what was to be found out.
        print(f"fusion: {error.detail}", file=sys.stderr)
        return FAILED
    for breach in checked.breaches:
        print(f"fusion: {breach}", file=sys.stderr)
    if len(checked.breaches) >= MAX_BREACHES:
        print(f"fusion: stopped after {MAX_BREACHES}", file=sys.stderr)
    if checked.breaches:
        return FAILED
    kept = f"agree with {len(checkpoints)} checkpoints" if checkpoints else "are a sound chain"
    print(f"{checked.end.entries} entries {kept}")
    return 0


@contextmanager
def _ledger(data: Path) -> Iterator[EventLog]:
    log = assembly.open_ledger(data)
    try:
        yield log
    finally:
        log.close()


def _read(file: Path) -> list[Checkpoint]:
    try:
        return read_checkpoints(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{file} can't be read: {error}") from None
    except Unreadable as error:
        raise Misused(f"{file}: {error.detail}") from None


def _parser(settings: Settings) -> Arguments:
    parser = command("audit", "The ledger: where it stands, and whether it is as it was written.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checkpoint = actions.add_parser(
        "checkpoint",
        help="print one line to keep elsewhere: how many entries, the last one's digest",
    )
    verify = actions.add_parser("verify", help="find what was changed, taken out, put in or moved")
    verify.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="checkpoints kept elsewhere, one a line: find what was cut off or written anew too",
    )
    for action in (checkpoint, verify):
        add_data(action, settings)
    return parser
