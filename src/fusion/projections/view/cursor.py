"""Cursors and stream ids: opaque text that is good for one reader and one query.

What is sealed is only what the reader was shown (the place after the last thing on the page), so
that a broken seal would tell nothing; the seal makes it unusable for anybody and anything else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec

from fusion.domain.errors import Fault, Unreadable

_MAC_BYTES = 12
# A page's place is a time and a name; longer text is none of ours.
_LONGEST = 2_048


class Seal:
    """Seals places under a key, for a scope: who asks, and what."""

    def __init__(self, key: bytes, *scope: str) -> None:
        self._key = hashlib.sha256(b"cursor\n" + key).digest()
        self._scope = "\n".join(scope).encode()

    def close(self, *place: Any) -> str:
        """The opaque text of a place."""
        body = msgspec.json.encode(place)
        return base64.urlsafe_b64encode(self._mac(body) + body).decode().rstrip("=")

    def open(self, text: str) -> list[Any]:
        """The place of a text that this seal closed; ValueError for any other."""
        if len(text) > _LONGEST:
            raise ValueError("too long")
        try:
            whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("no seal") from error
        mac, body = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise ValueError("another seal")
        return msgspec.json.decode(body, type=list[Any])

    def _mac(self, body: bytes) -> bytes:
        digest = hmac.new(self._key, self._scope + b"\n" + body, hashlib.sha256).digest()
        return digest[:_MAC_BYTES]


def opened(seal: Seal, cursor: str | None) -> list[Any] | None:
    """The place of a cursor, None for none; Unreadable for one of another reader or query."""
    if cursor is None:
        return None
    try:
        return seal.open(cursor)
    except ValueError:
        fault = Fault("cursor", "is not one that this query gave this reader")
        raise Unreadable("the cursor can't be used", faults=(fault,)) from None
