"""The document of the alert stream, by AsyncAPI 3.0: which frames there are and what they hold.

OpenAPI has no words for a stream of events. Frames are Server-Sent Events; the `event` of each is
the name of its message here, and its `data` the payload.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from fusion.api.answers import SCHEMAS, AlertAnswer, PointerAnswer, Time

STREAM_PATH = "/v1/alerts/stream"


class SnapshotFrame(BaseModel):
    """Alerts and pointers that stand, newest first; the last frame of a snapshot is complete."""

    model_config = ConfigDict(frozen=True, extra="allow")

    items: list[AlertAnswer]
    pointers: list[PointerAnswer]
    complete: bool


class WithdrawnFrame(BaseModel):
    """An alert that the client holds does not stand any more, or is no longer for it to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alert: str
    version: int
    at: Time


class RaisedFrame(AlertAnswer):
    """An alert that the client does not hold."""


class ChangedFrame(AlertAnswer):
    """Another version of an alert that the client holds, under the name that it `replaces`."""

    replaces: str | None = None


class PointerFrame(PointerAnswer):
    """A pointer that the client does not hold; or one that is no more (perhaps one never told)."""

    lapsed: bool | None = None


class PublishedPattern(BaseModel):
    """A pattern that came into force, or another version of one that was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    version: int


class PublishedFrame(BaseModel):
    """Other patterns came into force: a snapshot as of that moment follows in place of changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Time
    patterns: list[PublishedPattern]
    withdrawn: list[str]


# By the `event` of the frame.
FRAMES: dict[str, type[BaseModel]] = {
    "snapshot": SnapshotFrame,
    "raised": RaisedFrame,
    "changed": ChangedFrame,
    "withdrawn": WithdrawnFrame,
    "pointer": PointerFrame,
    "published": PublishedFrame,
}


def stream_document() -> dict[str, Any]:
    """The AsyncAPI document of the stream."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in FRAMES.values()], ref_template=SCHEMAS
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "fusion alerts",
            "version": "1",
            "description": "Every frame has an opaque `id`, good for this reader and query only; "
            "`Last-Event-ID` resumes after it. `: ping` comes every 15 seconds.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "alerts": {
                "address": STREAM_PATH,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in FRAMES},
            }
        },
        "operations": {
            "follow": {"action": "send", "channel": {"$ref": "#/channels/alerts"}},
        },
        "components": {
            "messages": {name: _message(name, model) for name, model in FRAMES.items()},
            "schemas": definitions["$defs"],
        },
    }


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": " ".join((model.__doc__ or "").split()),
        "payload": {"$ref": SCHEMAS.format(model=model.__name__)},
    }
