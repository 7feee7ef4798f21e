"""What `fuse` goes by beside the facts: how to link, what to look for, what the words mean.

Patterns are published, and what is published is in the log: each prefix of history is judged by the
patterns that were in force at its end (RULES.md 8). Between two publications lies an era.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fusion.domain.pattern import Pattern, in_order_of_use
from fusion.domain.vocabulary import Vocabulary
from fusion.fusing.linker import Linker

if TYPE_CHECKING:
    from fusion.fusing.ground import Instant


@dataclass(frozen=True, slots=True)
class Published:
    """All patterns that are in force from an instant on."""

    at: Instant
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Rules:
    """Versioned and published: the same rules and the same facts give the same result.

    `patterns` are those that a log begins with, `later` what was published since, oldest first.
    """

    linker: Linker
    patterns: tuple[Pattern, ...]
    vocabulary: Vocabulary
    era: int = 0
    later: tuple[Published, ...] = ()

    @cached_property
    def in_order(self) -> tuple[Pattern, ...]:
        """The patterns, each behind those that it uses."""
        return in_order_of_use(self.patterns)

    @cached_property
    def eras(self) -> tuple[Rules, ...]:
        """The rules of each era by themselves, oldest first."""
        first = replace(self, later=()) if self.later else self
        since = (
            replace(first, patterns=published.patterns, era=number)
            for number, published in enumerate(self.later, 1)
        )
        return (first, *since)

    def at(self, instant: Instant) -> Rules:
        """The rules that are in force at an instant, by themselves."""
        return self.eras[bisect_right(self._begun, instant)] if self.later else self

    def since(self, instant: Instant) -> tuple[Rules, ...]:
        """The rules that are in force at an instant, and all that came after them."""
        return self.eras[bisect_right(self._begun, instant) :]

    def changes_after(self, instant: Instant) -> list[Instant]:
        """When others came into force after an instant."""
        return self._begun[bisect_right(self._begun, instant) :]

    def followed_by(self, published: Iterable[Published]) -> Rules:
        """The same beginning, and this published since."""
        return replace(self, later=tuple(published))

    def pattern(self, slug: str) -> Pattern:
        """The pattern of a name; KeyError if it is none of these."""
        for pattern in self.patterns:
            if pattern.slug == slug:
                return pattern
        raise KeyError(slug)

    def pattern_at(self, slug: str, instant: Instant) -> Pattern:
        """The pattern of a name that was in force at an instant, or last before it.

        What is withdrawn with its pattern is told of by the pattern that it was raised by.
        """
        for rules in reversed(self.eras[: bisect_right(self._begun, instant) + 1]):
            for pattern in rules.patterns:
                if pattern.slug == slug:
                    return pattern
        raise KeyError(slug)

    @cached_property
    def _begun(self) -> list[Instant]:
        return [published.at for published in self.later]
