"""`fusion registry load FILE`: who there is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fusion.cli.directory import execute, make_directory
from fusion.cli.options import add_data, command
from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.errors import Invalid, Misused
from fusion.intake.administer import LoadRegistry
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Load a registry in the place of the one that stands."""
    parser = command("registry", "Agencies, offices, desks, posts and mechanisms.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    load = actions.add_parser("load", help="take a file in the place of the registry that stands")
    load.add_argument("file", type=Path, metavar="FILE")
    add_data(load, settings)
    asked = parser.parse_args(arguments)
    document = read_document(_text_of(asked.file))
    try:
        # Before anything is made: what the file alone shows to be wrong is said with its places.
        load_registry(document)
    except Invalid as error:
        raise Invalid(f"{asked.file}: {error.detail}", faults=error.faults) from None
    make_directory(asked.data)
    counts = execute(LoadRegistry(document=document), replace(settings, data=asked.data))
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 0


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Misused(f"{file} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misused(f"{file} is no UTF-8") from None
