"""Schemas: all that `schemas/` holds, gathered from the rooms that know their own shapes.

What people write (patterns, a registry), what programs write (signals) and read (answers, frames),
and what the log holds. `schemas/` is generated from here and never edited.
"""

from __future__ import annotations

from typing import Any

from fusion.api.application import described
from fusion.api.stream_document import stream_document
from fusion.cli.demonstration.scenario import scenario_schemas
from fusion.coordination.registry_file import registry_schema
from fusion.domain.signal_schema import signal_schema
from fusion.events.schemas import event_schemas
from fusion.patterns.pattern_file import pattern_schema


def all_schemas() -> dict[str, dict[str, Any]]:
    """Every document that is generated, by the name of its file in `schemas/`."""
    return {
        "asyncapi.json": stream_document(),
        "openapi.json": described(),
        "pattern.json": pattern_schema(),
        "registry.json": registry_schema(),
        "signal.json": signal_schema(),
        **scenario_schemas(),
        **event_schemas(),
    }
