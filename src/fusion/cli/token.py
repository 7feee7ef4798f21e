"""`fusion token publisher|reader NAME`: a token, alone on standard output."""

from __future__ import annotations

import argparse
from dataclasses import replace

from fusion.cli.attributes import add_attributes, attributes_of
from fusion.cli.directory import execute, require_directory
from fusion.cli.options import Arguments, add_data, command, duration
from fusion.intake.administer import Command, PublisherToken, ReaderToken
from fusion.settings import Settings


def run(arguments: list[str], settings: Settings) -> int:
    """Create or find a publisher or a reader, and print a token for it."""
    asked = _parser(settings).parse_args(arguments)
    require_directory(asked.data)
    print(execute(_command(asked), replace(settings, data=asked.data))["token"])
    return 0


def _command(asked: argparse.Namespace) -> Command:
    if asked.kind == "reader":
        return ReaderToken(name=asked.name, stated=attributes_of(asked), seconds=asked.expires)
    return PublisherToken(
        name=asked.name,
        source=asked.source,
        ceiling=asked.ceiling,
        level=asked.level,
        compartments=None if asked.compartment is None else tuple(asked.compartment),
        seconds=asked.expires,
    )


def _parser(settings: Settings) -> Arguments:
    parser = command("token", "Creates or finds NAME, and prints a token alone.")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    publisher = kinds.add_parser("publisher", help="for a system that posts signals")
    publisher.add_argument("name", metavar="NAME")
    publisher.add_argument("--source", required=True, metavar="PREFIX", help="like /fbi/phoenix")
    publisher.add_argument("--ceiling", metavar="B2", help="not stated: its agency's")
    publisher.add_argument("--level", metavar="L", help="highest marking; not stated: any")
    publisher.add_argument("--compartment", action="append", metavar="C", help="may be repeated")
    reader = kinds.add_parser("reader", help="for somebody who reads")
    reader.add_argument("name", metavar="NAME")
    add_attributes(reader, is_agency_needed=True)
    for kind in (publisher, reader):
        kind.add_argument("--expires", type=duration, metavar="24h", help="90s, 15m, 24h, 7d")
        add_data(kind, settings)
    return parser
