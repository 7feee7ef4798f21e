"""Patterns as they are kept: each era's in one value, as they were read, not as they were written.

A store is derived and lives no longer than the tables that this program knows, so that no other
version of it ever reads this.
"""

from __future__ import annotations

import msgspec

from fusion.domain.pattern import Pattern

_PATTERNS = msgspec.json.Decoder(tuple[Pattern, ...])


def encode_patterns(patterns: tuple[Pattern, ...]) -> bytes:
    """The value of an era's patterns; equal for equal ones."""
    return msgspec.json.encode(patterns, order="deterministic")


def decode_patterns(body: bytes) -> tuple[Pattern, ...]:
    """The patterns of such a value."""
    return _PATTERNS.decode(body)
