"""The schemas of what a log holds: one JSON Schema for each event, as the current version has it.

For people and programs that read a log without this one. The schema of an older version is not
generated, since its shape is no more: the file that was written while it was current stays.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fusion.events.catalog import CATALOG, Entry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def file_name(name: str, version: int) -> str:
    """The file that holds the schema of one version of one event, for ever."""
    return f"events/{name}.v{version}.json"


def event_schemas() -> dict[str, dict[str, Any]]:
    """The schema of the body of every event in its current version, by the name of its file."""
    return {file_name(each.name, each.version): _schema(each) for each in CATALOG.values()}


def older_schemas() -> tuple[str, ...]:
    """The files of the versions that are no longer written and still read."""
    return tuple(
        file_name(each.name, version)
        for each in CATALOG.values()
        for version in range(1, each.version)
    )


def _schema(entry: Entry) -> dict[str, Any]:
    schema = msgspec.json.schema(entry.shape)
    return {"$schema": DIALECT, "$comment": f"{entry.name}, version {entry.version}"} | schema
