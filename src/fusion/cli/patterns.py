"""`fusion patterns check [DIR]`: whether patterns are as they must be, and their examples run."""

from __future__ import annotations

import sys
from pathlib import Path

from fusion import assembly
from fusion.cli.options import command
from fusion.settings import Settings

FAILED = 1


def run(arguments: list[str], settings: Settings) -> int:
    """Check a folder of patterns, else those in force; 1 where one is not as it must be."""
    parser = command("patterns", "Patterns: declared warning problems.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="validate patterns and run their examples")
    check.add_argument("folder", type=Path, nargs="?", default=settings.patterns, metavar="DIR")
    asked = parser.parse_args(arguments)
    checked, faults = assembly.check_patterns(asked.folder, settings)
    for slug, found in faults.items():
        for fault in found:
            print(f"fusion: {slug}: {fault.pointer or '/'}: {fault.detail}", file=sys.stderr)
    if faults:
        return FAILED
    print(f"{len(checked)} patterns are as they must be: {', '.join(checked)}")
    return 0
