"""`fusion patterns check [DIR]`: whether patterns are as they must be, and their examples run.

`fusion patterns publish [DIR]` is `fusion.cli.publishing`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fusion import assembly
from fusion.cli import publishing
from fusion.cli.options import command
from fusion.cli.progress import shown_progress
from fusion.cli.silent_stream import MOST_ON, share_on
from fusion.domain.pattern import Pattern, Silent
from fusion.settings import Settings

FAILED = 1


def run(arguments: list[str], settings: Settings) -> int:
    """Check a folder of patterns, else those in force; 1 where one is not as it must be."""
    parser = command("patterns", "Patterns: declared warning problems.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="validate patterns and run their examples")
    check.add_argument(
        "--no-streams", action="store_true", help="leave out the silent streams (some seconds each)"
    )
    check.add_argument("folder", type=Path, nargs="?", default=settings.patterns, metavar="DIR")
    publish = actions.add_parser("publish", help="show what a change moves, then make it")
    publishing.add_arguments(publish, settings)
    asked = parser.parse_args(arguments)
    if asked.action == "publish":
        return publishing.run(asked, settings)
    checked, faults = assembly.check_patterns(asked.folder, settings)
    for slug, found in faults.items():
        for fault in found:
            print(f"fusion: {slug}: {fault.pointer or '/'}: {fault.detail}", file=sys.stderr)
    if faults or not (asked.no_streams or _keep_silent(asked.folder, settings)):
        return FAILED
    print(f"{len(checked)} patterns are as they must be: {', '.join(checked)}")
    return 0


def _keep_silent(folder: Path | None, settings: Settings) -> bool:
    """Say for which share of its silent stream each pattern is on; whether none is for too long."""
    rules, community, _ = assembly.offline_rules(folder, None, settings)
    are_silent = True
    with shown_progress() as progress:
        for number, pattern in enumerate(rules.patterns):
            progress("silent streams", number, len(rules.patterns))
            if pattern.silent:
                share = share_on(pattern, pattern.silent, rules, community)
                print(_told(pattern, pattern.silent, share))
                are_silent &= share <= MOST_ON
        progress("silent streams", len(rules.patterns), len(rules.patterns))
    return are_silent


def _told(pattern: Pattern, silent: Silent, share: float) -> str:
    ordinary = f"{silent.days} ordinary days ({silent.signals} signals, seed {silent.seed})"
    verdict = "" if share <= MOST_ON else f": more than {MOST_ON:.0%}"
    return f"{pattern.slug}: on for {share:.1%} of {ordinary}{verdict}"
