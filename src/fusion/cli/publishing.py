"""`fusion patterns publish [DIR]`: shows what a change of patterns moves, then makes it.

The patterns of a folder come into force in the place of all that are, together and at once. What
that raises, withdraws and weighs otherwise is found beside the live store, before anything is
appended, and nothing is appended unless somebody says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fusion import assembly, publishing
from fusion.cli.directory import execute, held, require_directory
from fusion.cli.options import add_data
from fusion.cli.progress import shown_progress
from fusion.domain.errors import Misused
from fusion.intake.administer import PublishLibrary
from fusion.intake.libraries import Change
from fusion.projections.view.preview import Moved
from fusion.settings import Settings

# Two copies of one store at a time would be one too many, and under one name.
PREVIEW_LOCK = "preview.lock"
# Alerts named for each class; all are counted.
SHOWN = 50
FAILED = 1

_WORDS = {
    "raised": "raise",
    "changed": "change",
    "withdrawn": "withdraw",
    "weighed": "weigh otherwise",
}


def add_arguments(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """The arguments of `publish`."""
    parser.add_argument("folder", type=Path, nargs="?", default=settings.patterns, metavar="DIR")
    parser.add_argument("--dry-run", action="store_true", help="show what it would do, no more")
    parser.add_argument("--yes", action="store_true", help="publish without asking")
    parser.add_argument(
        "--reader",
        action="append",
        default=[],
        metavar="NAME",
        help="show what this reader would be told, too; may be repeated",
    )
    add_data(parser, settings)


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """Check, show, ask, publish; 1 where a pattern is wrong or somebody says no."""
    require_directory(asked.data)
    library = publishing.library_in(asked.folder)
    _, faults = assembly.check_patterns(asked.folder, settings)
    for slug, found in faults.items():
        for fault in found:
            place = f"{slug}.yaml: {fault.pointer or '/'}"
            print(f"fusion: {place}: {fault.detail}", file=sys.stderr)
    if faults:
        return FAILED
    with held(asked.data, name=PREVIEW_LOCK), shown_progress() as progress:
        foreseen = publishing.foresee(asked.data, library, settings, progress, asked.reader)
    for line in _told(foreseen):
        print(line, flush=True)
    if not foreseen.changes or asked.dry_run:
        return 0
    if not asked.yes and not _is_wanted():
        print("nothing was published")
        return FAILED
    command = PublishLibrary(patterns=library, after=foreseen.after)
    done = execute(command, replace(settings, data=asked.data))
    print(f"published: in force from {done['at']}")
    return 0


def _is_wanted() -> bool:
    if not sys.stdin.isatty():
        raise Misused("nobody is here to ask: --yes publishes, --dry-run only shows")
    return input("publish? [y/N] ").strip().lower() in {"y", "yes"}


def _told(foreseen: publishing.Foreseen) -> Iterator[str]:
    if not foreseen.changes:
        yield "these patterns are in force already"
    for change in foreseen.changes:
        yield f"pattern {change.slug}: {_becomes(change)}"
    for title, moved in foreseen.moved.items():
        counts = (
            f"{word} {sum(each.kind == kind for each in moved)}" for kind, word in _WORDS.items()
        )
        yield f"{title}: would {', '.join(counts)}"
        yield from _alerts(moved)


def _becomes(change: Change) -> str:
    if change.before is None:
        return f"new, version {change.after}"
    if change.after is None:
        return f"version {change.before} withdrawn"
    return f"version {change.before} becomes {change.after}"


def _alerts(moved: Sequence[Moved]) -> Iterator[str]:
    for each in moved[:SHOWN]:
        weights = f"{_bits(each.before)} -> {_bits(each.after)} bits"
        yield f"  {each.kind}  {each.alert}  {each.pattern}  {weights}"
    if len(moved) > SHOWN:
        yield f"  and {len(moved) - SHOWN} more"


def _bits(millibits: int | None) -> str:
    return "no" if millibits is None else f"{millibits / 1000:g}"
