"""What `fuse` goes by beside the facts: how to link, what to look for, what the words mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fusion.domain.pattern import Pattern, in_order_of_use
from fusion.domain.vocabulary import Vocabulary
from fusion.fusing.linker import Linker


@dataclass(frozen=True)
class Rules:
    """Versioned and published: the same rules and the same facts give the same result."""

    linker: Linker
    patterns: tuple[Pattern, ...]
    vocabulary: Vocabulary

    @cached_property
    def in_order(self) -> tuple[Pattern, ...]:
        """The patterns, each behind those that it uses."""
        return in_order_of_use(self.patterns)

    def pattern(self, slug: str) -> Pattern:
        """The pattern of a name; KeyError if it is none of these."""
        for pattern in self.patterns:
            if pattern.slug == slug:
                return pattern
        raise KeyError(slug)
