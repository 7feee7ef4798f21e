"""The schema of a signal on the wire, for those who write programs that publish.

Made from the structs that decode it, with the names of CONTRACT.md section 1. It says the shape;
what a shape cannot say (vocabulary, markings, dates) the service alone can tell, by
`?dry_run=true`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fusion.domain import ids
from fusion.domain.signal import RETRACTED, SUBMITTED, Retraction, Submission

_DEFINITIONS = "#/$defs/{name}"


def signal_schema() -> dict[str, Any]:
    """The JSON Schema of a CloudEvent that is a signal; extension attributes may stand there."""
    (submission, retraction), definitions = msgspec.json.schema_components(
        (Submission, Retraction), ref_template=_DEFINITIONS
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Signal",
        "description": "What one agency submitted, or took back: a CloudEvent 1.0.",
        "oneOf": [_event(SUBMITTED, submission), _event(RETRACTED, retraction)],
        "$defs": definitions,
    }


def _event(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "specversion": {"const": "1.0"},
        "type": {"const": type_},
        "source": {"type": "string", "pattern": ids.SOURCE.pattern},
        "id": {"type": "string", "pattern": ids.SIGNAL_ID.pattern},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"enum": ["application/json", None]},
        "data": data,
    }
    required = [name for name in properties if name != "datacontenttype"]
    return {"type": "object", "properties": properties, "required": required}
