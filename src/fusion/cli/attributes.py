"""The options that say what a reader may know; `token reader` and `grants set` share them."""

from __future__ import annotations

import argparse

from fusion.intake.administer import Attributes

_REPEATED = {
    "compartment": "C",
    "group": "G",
    "role": "R",
    "purpose": "P",
    "case": "ID",
}


def add_attributes(parser: argparse.ArgumentParser, *, is_agency_needed: bool) -> None:
    """`--agency`, `--nation`, `--level`, and those that may be repeated."""
    parser.add_argument("--agency", required=is_agency_needed, metavar="A")
    parser.add_argument("--nation", metavar="N", help="ISO 3166-1 alpha-2, lower case")
    parser.add_argument("--level", metavar="L", help="not stated: the lowest")
    for name, metavar in _REPEATED.items():
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar=metavar, help="may be repeated"
        )


def attributes_of(asked: argparse.Namespace) -> Attributes:
    """What was stated by these options."""
    return Attributes(
        agency=asked.agency,
        nation=asked.nation,
        level=asked.level,
        compartments=tuple(asked.compartment),
        groups=tuple(asked.group),
        roles=tuple(asked.role),
        purposes=tuple(asked.purpose),
        cases=tuple(asked.case),
    )
