"""What `fuse` asks of linking: three pure functions of profiles, under one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fusion.domain.fact import Profile


class Bounds(Protocol):
    """The bounds and limits of a model that make entities of links (millibits, counts)."""

    @property
    def same(self) -> int: ...
    @property
    def possible(self) -> int: ...
    @property
    def conflict(self) -> int: ...
    @property
    def key_cap(self) -> int: ...
    @property
    def key_quota(self) -> int: ...
    @property
    def component_quota(self) -> int: ...
    @property
    def component_limit(self) -> int: ...
    @property
    def bar_step(self) -> int: ...
    @property
    def bar_top(self) -> int: ...
    @property
    def claim_bits(self) -> int: ...


class Linker(Protocol):
    """Keys and bits of profiles; all pure, so callers may remember what they got."""

    @property
    def model(self) -> Bounds: ...

    def keys(self, profile: Profile) -> tuple[str, ...]:
        """The keys that propose pairs of this profile, sorted."""
        ...

    def identifiers(self, profile: Profile) -> frozenset[str]:
        """The strong identifiers: numbers each of which would by itself make two profiles *same*.

        Of one kind of thing; a number of another kind is another identifier.
        """
        ...

    def bits(self, one: Profile, other: Profile) -> int:
        """Millibits that two profiles are one thing; symmetric, at most either's self-bits."""
        ...

    def near(self, one: Profile, others: Sequence[Profile], bound: int) -> list[int]:
        """The places of those others whose `bits` with one are at least `bound` (millibits).

        Perhaps found with less work than `bits` takes.
        """
        ...

    def self_bits(self, profile: Profile) -> int:
        """Millibits of a profile against itself: how specific it is."""
        ...

    @property
    def version(self) -> str:
        """The version of the model."""
        ...

    def explain(self, one: Profile, other: Profile) -> Sequence[FeatureLine]:
        """What the bits are made of; the lines sum to them."""
        ...


class FeatureLine(Protocol):
    """One line of an explanation: a feature, the sentence an analyst reads, its millibits."""

    @property
    def feature(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def bits(self) -> int: ...
