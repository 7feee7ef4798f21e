"""The envelope: what the log knows of an event without reading it.

A body is opaque to every log. `key_id` is reserved: a body will be encryptable under a key of its
own, and purged by destroying that key, without a change to a log or to what it already holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from fusion.events.position import Position


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event before it is recorded.

    `type` and `version` are the stored name and its version (`fusion.events.catalog`).
    (`source`, `id`) is unique in a log; `digest` tells a repetition from another body under it.
    `key_id` names the key under which the body is encrypted; None, as everywhere today: it is not.
    """

    type: str
    version: int
    source: str
    id: str
    body: bytes
    digest: bytes = b""
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that the log holds: `position` is just after it, `recorded` in microseconds.

    `position` says what was read before it, in every partition; `own`, where that says more than
    the event itself, what has to be read to have read it: all before it in its own partition.
    `under` is what it was accepted under, of all that needs one order; None: all that lies before.
    """

    envelope: Envelope
    position: Position
    recorded: int
    own: Position | None = None
    under: Position | None = None

    @property
    def place(self) -> Position:
        """The position just after it in its own partition: whatever covers this has read it."""
        return self.own or self.position
