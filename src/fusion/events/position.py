"""Where in the log one stands: an opaque vector with a component for each partition.

A component counts the events of its partition that were read; an absent one is zero. The vector is
there from the first commit, though the embedded log has one partition, so that cursors, stream ids
and fences built on it survive Kafka. Nothing outside `events` reads the integers, and no served
answer shows them: what is public of a position is `covers` and its encoded text.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

# Leads the encoded text, so that a later form can be told apart and the start is no empty string.
_FORM = "1"
_PARTITION = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
# SQLite's and Kafka's offsets are signed 64-bit integers.
_OFFSET_LIMIT = 2**63
# Longest text that is looked at: far above 100 partitions, far below what could be used to hurt.
_TEXT_LIMIT = 16_384


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log. `components` is sorted by partition and holds no zero."""

    components: tuple[tuple[str, int], ...]

    @classmethod
    def start(cls) -> Position:
        """Before the first event of every partition."""
        return _START

    def covers(self, other: Position) -> bool:
        """Whether all that lies before `other` lies before this one (componentwise ≥)."""
        mine = dict(self.components)
        return all(mine.get(partition, 0) >= offset for partition, offset in other.components)

    @property
    def count(self) -> int:
        """How many events lie before it: for progress alone, and never served."""
        return sum(offset for _, offset in self.components)

    def advanced(self, partition: str, offset: int) -> Position:
        """The position with `offset` events of `partition` read; ValueError if that goes back."""
        mine = dict(self.components)
        if not _PARTITION.match(partition):
            raise ValueError(f"{partition!r} names no partition")
        if not mine.get(partition, 0) <= offset < _OFFSET_LIMIT:
            raise ValueError(f"partition {partition} cannot advance to {offset}")
        if offset == 0:
            return self
        mine[partition] = offset
        return Position(tuple(sorted(mine.items())))

    def encode(self) -> str:
        """URL-safe text for `decode`; equal positions have equal text."""
        parts = [_FORM, *(f"{partition}:{offset}" for partition, offset in self.components)]
        return base64.urlsafe_b64encode(",".join(parts).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Position:
        """The position that `encode` wrote as `text`; ValueError for whatever it never writes."""
        position = cls(tuple(sorted(_components(text).items())))
        # One text for one position: padding, another order, zeros and leading zeros all end here.
        if position.encode() != text:
            raise ValueError("no position")
        return position


_START = Position(())


def _components(text: str) -> dict[str, int]:
    """The components written in `text`, not yet known to be in their one form."""
    if len(text) > _TEXT_LIMIT:
        raise ValueError("no position")
    try:
        written = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        form, *parts = written.decode("ascii").split(",")
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("no position") from error
    if form != _FORM:
        raise ValueError("no position")
    return dict(map(_component, parts))


def _component(part: str) -> tuple[str, int]:
    partition, _, offset = part.partition(":")
    if not _PARTITION.match(partition) or not re.fullmatch(r"[1-9][0-9]{0,18}", offset):
        raise ValueError("no position")
    if int(offset) >= _OFFSET_LIMIT:
        raise ValueError("no position")
    return partition, int(offset)
