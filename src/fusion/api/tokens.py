"""Bearer tokens: they say who somebody is, for a while, and nothing about what they may know.

A token is a JWT of type `at+jwt` (RFC 9068) under one Ed25519 key, which lies in the data directory
and is readable by its owner alone. The algorithm is fixed here and never taken from the token; a
header with anything but `alg` and `typ` is refused, so that no `kid`, `jku` or `x5u` is followed.
Every fault has the one text of `Unauthenticated`, and expiry goes by the wall clock, never by an
exercise's scripted one. What a reader may know comes from its grants, at every request anew.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, OKPKey

from fusion.domain.clock import MICROS_PER_SECOND, Clock
from fusion.domain.errors import Misused, Unauthenticated
from fusion.domain.ids import random_key

KEY_FILE = "tokens.key"
ISSUER = "fusion"
ALGORITHM: Final = "Ed25519"
# A token can't be taken back (its reader's grants can), so it does not live for ever.
MAX_SECONDS = 31 * 86_400
REFUSAL = "a valid token is needed"

# Ours are below 400 characters; whatever is longer is not worth decoding.
_MAX_CHARACTERS = 2048
# Tokens whose signature was verified before; each is at most `_MAX_CHARACTERS` long. Their times
# are looked at every time. Verifying costs about as much as all the rest of a small request.
_REMEMBERED = 1024
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

Kind = Literal["publisher", "reader"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who holds a valid token."""

    kind: Kind
    name: str


class Tokens:
    """Mints and checks the tokens of one data directory.

    `audience` names the namespace, so that a token of an exercise is nobody's in a live one even
    under an equal key. `clock` is the wall clock.
    """

    def __init__(self, key: OKPKey, *, clock: Clock, audience: str) -> None:
        self._key = key
        self._public = OKPKey.import_key(key.as_dict(private=False))
        self._clock = clock
        self._audience = audience
        self._claims = lru_cache(_REMEMBERED)(self._verified_claims)

    def mint(self, kind: Kind, name: str, seconds: int) -> str:
        """A token for `name`, good for `seconds` from now; `Misused` beyond `MAX_SECONDS`."""
        if not name:
            raise Misused("a token needs a name")
        if not 0 < seconds <= MAX_SECONDS:
            raise Misused(f"a token lives from 1 to {MAX_SECONDS} seconds")
        issued = self._clock.now() // MICROS_PER_SECOND
        claims = _Claims(
            iss=ISSUER,
            aud=self._audience,
            sub=name,
            kind=kind,
            iat=issued,
            exp=issued + seconds,
        )
        return jws.serialize_compact(
            {"alg": ALGORITHM, "typ": "at+jwt"},
            msgspec.json.encode(claims),
            self._key,
            algorithms=[ALGORITHM],
        )

    def check(self, token: str) -> Identity:
        """Who holds this token; `Unauthenticated`, with one text, for every other string."""
        try:
            claims = self._claims(token)
        except (JoseError, ValueError):
            raise Unauthenticated(REFUSAL) from None
        if not claims.iat <= self._clock.now() // MICROS_PER_SECOND < claims.exp:
            raise Unauthenticated(REFUSAL)
        return Identity(claims.kind, claims.sub)

    def _verified_claims(self, token: str) -> _Claims:
        """The claims of a token of ours, whenever it is good; ValueError or JoseError otherwise."""
        content = verified(token, self._public, ALGORITHM)
        _read_header(token)
        claims = msgspec.json.decode(content, type=_Claims)
        if claims.iss != ISSUER or claims.aud != self._audience:
            raise ValueError("a token of somebody else")
        return claims


def verified(token: str, key: Key, algorithm: str) -> bytes:
    """What a compact JWS (RFC 7515) says, once its signature by `key` and `algorithm` holds.

    ValueError or JoseError otherwise. Before anything is decoded it must be three non-empty parts
    of the base64url alphabet; that each has its one canonical spelling is the library's to hold,
    and a test's to watch.
    """
    if len(token) > _MAX_CHARACTERS or not _COMPACT.fullmatch(token):
        raise ValueError("no compact JWS")
    return jws.deserialize_compact(token, key, algorithms=[algorithm]).payload


def open_key(directory: Path, *, seed: str | None = None) -> OKPKey:
    """The key of a data directory, made where there is none yet.

    A new key is random; with the `seed` of an exercise it is derived from it, and then whoever
    knows the seed can mint that exercise's tokens. A key that lies there already stays.
    `Misused` where the file holds no key, or may be read by others than its owner.
    """
    path = directory / KEY_FILE
    if not path.exists():
        secret = random_key() if seed is None else f"fusion exercise tokens\n{seed}"
        made = OKPKey.derive_key(secret, ALGORITHM)
        _write_once(path, json.dumps(made.as_dict(private=True)).encode())
    return _read_key(path)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["Ed25519"]
    typ: Literal["at+jwt"]


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 9068's claims, and `kind`; `iat` and `exp` in seconds since 1970 UTC."""

    iss: str
    aud: str
    sub: str
    kind: Kind
    iat: int
    exp: int


def _read_header(token: str) -> _Header:
    return msgspec.json.decode(_decoded(token.split(".", 1)[0]), type=_Header)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _write_once(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; one that another process wrote meanwhile stays.

    It appears whole or not at all: a second process may read it at any moment.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Misused(f"{path.parent} can't be written: {error.strerror}") from None
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(written)
    except FileExistsError:
        pass
    finally:
        written.unlink()


def _read_key(path: Path) -> OKPKey:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Misused(f"{path} may be read by others than its owner: chmod 600 it")
        key = OKPKey.import_key(json.loads(path.read_bytes()))
    except OSError as error:
        raise Misused(f"{path} can't be read: {error.strerror}") from None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise Misused(f"{path} holds no token key") from None
    if not key.is_private or key.curve_name != ALGORITHM:
        raise Misused(f"{path} holds no token key")
    return key
