"""Communities as the store keeps them: under which registry an epoch's markings were compiled."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from fusion.domain.compiling import Community


class StoredCommunity(Struct, frozen=True, kw_only=True):
    """A community with every set a sorted list, so that equal is byte-equal."""

    handle_key: bytes
    levels: tuple[str, ...]
    domestic: tuple[str, ...]
    partners: tuple[str, ...]
    offices: tuple[str, ...]
    ceilings: dict[str, str]
    is_open: bool
    steward: tuple[str, ...] | None


def encode_community(community: Community) -> bytes:
    """A community's bytes."""
    stored = StoredCommunity(
        handle_key=community.handle_key,
        levels=community.levels,
        domestic=tuple(sorted(community.domestic)),
        partners=tuple(sorted(community.partners)),
        offices=community.offices,
        ceilings=dict(sorted(community.ceilings.items())),
        is_open=community.is_open,
        steward=None if community.steward is None else tuple(sorted(community.steward)),
    )
    return msgspec.json.encode(stored)


def decode_community(body: bytes) -> Community:
    """The community of these bytes."""
    stored = msgspec.json.decode(body, type=StoredCommunity)
    return Community(
        handle_key=stored.handle_key,
        levels=stored.levels,
        domestic=frozenset(stored.domestic),
        partners=frozenset(stored.partners),
        offices=stored.offices,
        ceilings=stored.ceilings,
        is_open=stored.is_open,
        steward=None if stored.steward is None else frozenset(stored.steward),
    )
