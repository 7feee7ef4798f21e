"""`fusion grants set|revoke|list`: what readers may know; it bites before the command returns."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from fusion.cli.attributes import add_attributes, attributes_of
from fusion.cli.directory import execute, require_directory
from fusion.cli.options import Arguments, add_data, command
from fusion.intake.administer import Command, ListGrants, RevokeGrants, SetGrants
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Set, revoke or list grants."""
    asked = _parser(settings).parse_args(arguments)
    require_directory(asked.data)
    done = execute(_command(asked), replace(settings, data=asked.data))
    if asked.action == "list":
        _print(done["readers"], is_json=asked.json)
    return 0


def _command(asked: argparse.Namespace) -> Command:
    if asked.action == "set":
        return SetGrants(name=asked.name, stated=attributes_of(asked))
    return RevokeGrants(name=asked.name) if asked.action == "revoke" else ListGrants()


def _print(readers: list[dict[str, Any]], *, is_json: bool) -> None:
    if is_json:
        print(json.dumps(readers, indent=2, ensure_ascii=False))
        return
    for reader in readers:
        stated = [f"{name}={_shown(value)}" for name, value in reader.items() if value]
        print(reader["name"], *stated[1:])


def _shown(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _parser(settings: Settings) -> Arguments:
    parser = command("grants", "What readers may know.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    granted = actions.add_parser("set", help="in the place of all that NAME was granted")
    granted.add_argument("name", metavar="NAME")
    add_attributes(granted, is_agency_needed=False)
    revoked = actions.add_parser("revoke", help="take all grants from NAME")
    revoked.add_argument("name", metavar="NAME")
    listed = actions.add_parser("list", help="all readers with their grants")
    listed.add_argument("--json", action="store_true")
    for action in (granted, revoked, listed):
        add_data(action, settings)
    return parser
