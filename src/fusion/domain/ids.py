"""Names: the grammar of those that come from outside, and the making of those that are derived.

A derived name is a hash of visible names only, so that nothing hidden shows in it (DESIGN.md
section 4). Randomness is read here and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b32encode

# A segment is bounded, so that every name fits into an index of every store (PostgreSQL's takes
# 2,704 bytes): the longest mention has 1,234 characters, and two signals stand in one row.
_SOURCE = r"/[a-z0-9][a-z0-9._-]{0,63}(?:/[a-z0-9][a-z0-9._-]{0,119}){0,7}"
_ID = r"[A-Za-z0-9][A-Za-z0-9._:~@+-]{0,255}"
_REF = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
# Schemas are generated from these patterns, so they are written for every dialect. In Python use
# the functions below: `match` with `$` would let a name end with a line feed.
SOURCE = re.compile(rf"^{_SOURCE}$")
SIGNAL_ID = re.compile(rf"^{_ID}$")
REF = re.compile(rf"^{_REF}$")
_AGENCY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# Longer keys are known by their digests.
_KEY_CHARACTERS = 200
_SIGNAL = re.compile(rf"{_SOURCE}/{_ID}")
_MENTION = re.compile(rf"{_SOURCE}/{_ID}#{_REF}")

# The second segment of a tear-line's source; no publisher may use it (RULES.md 4).
TEARLINE_SEGMENT = "tearline"

# Crockford's alphabet in the places of RFC 4648's.
_TO_CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)


def bounded(key: str) -> str:
    """A key that is equal exactly where the given one is, and fits into an index of every store."""
    if len(key) <= _KEY_CHARACTERS:
        return key
    return f"{key[:_KEY_CHARACTERS]}#{hashlib.sha256(key.encode()).hexdigest()}"


def signal_name(source: str, id_: str) -> str:
    """`<source>/<id>`: how a signal is named everywhere."""
    return f"{source}/{id_}"


def mention_name(signal: str, ref: str) -> str:
    """`<source>/<id>#<ref>`: how a mention is named everywhere."""
    return f"{signal}#{ref}"


def is_agency(text: str) -> bool:
    """Whether `text` can be an agency's label: one segment, without its slash."""
    return _AGENCY.fullmatch(text) is not None


def is_source(text: str) -> bool:
    """Whether `text` can be a signal's source, a tear-line's too."""
    return SOURCE.fullmatch(text) is not None


def is_signal_id(text: str) -> bool:
    """Whether `text` can be the id of a signal under its source."""
    return SIGNAL_ID.fullmatch(text) is not None


def is_ref(text: str) -> bool:
    """Whether `text` can be the ref of a mention in its signal."""
    return REF.fullmatch(text) is not None


def is_signal_name(text: str) -> bool:
    """Whether `text` is the full name of a signal."""
    return _SIGNAL.fullmatch(text) is not None


def is_mention_name(text: str) -> bool:
    """Whether `text` is the full name of a mention."""
    return _MENTION.fullmatch(text) is not None


def is_tearline(signal: str) -> bool:
    """Whether a signal's name is that of a tear-line."""
    return signal.split("/", 3)[2:3] == [TEARLINE_SEGMENT]


def signal_of(fact: str) -> str:
    """The signal that a fact's name points into."""
    return fact.rsplit("#", 1)[0]


def agency_of(source: str) -> str:
    """The agency that a source belongs to: its first segment."""
    return source.split("/", 2)[1]


def office_of(source: str, offices: tuple[str, ...] = ()) -> str:
    """The holding office: the longest registered prefix of `source`, else its first two segments.

    A registered prefix of one segment (an agency) never counts: offices are the depth below.
    """
    best = ""
    for office in offices:
        if (source == office or source.startswith(office + "/")) and len(office) > len(best):
            best = office
    first_two = "/".join(source.split("/")[:3])
    return best if len(best) > len(first_two) else first_two


def entity_name(founding_mention: str) -> str:
    """`e-` and 16 characters (Crockford base32 of SHA-256) over the founding visible mention."""
    return "e-" + _sixteen(founding_mention)


def alert_name(pattern: str, cell_key: str) -> str:
    """`a-` and 16 characters over the pattern's slug and the key of its cell."""
    return "a-" + _sixteen(f"{pattern}\n{cell_key}")


def handle(key: bytes, *parts: str) -> str:
    """A handle: an HMAC of what it stands for, under a key in the log (RULES.md 28)."""
    return _crockford(hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).digest())


def decision_name(prefix: str, *parts: str) -> str:
    """`prefix` and 16 characters over what a person decided (a judgement, a feedback)."""
    return prefix + _sixteen("\n".join(parts))


def random_id(prefix: str) -> str:
    """A random 80-bit name for what people decide (a judgement, a feedback)."""
    return prefix + _crockford(secrets.token_bytes(10))


def random_key() -> bytes:
    """256 random bits, for a key."""
    return secrets.token_bytes(32)


def _sixteen(text: str) -> str:
    return _crockford(hashlib.sha256(text.encode()).digest())


def _crockford(digest: bytes) -> str:
    """The first 80 bits in Crockford's base32: 16 characters."""
    return b32encode(digest[:10]).translate(_TO_CROCKFORD).decode()
