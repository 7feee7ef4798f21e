"""The port to who there is: agencies and posts, publishers, readers and what each was granted.

Promises that an answer is of one moment, never older than the last time the implementation was told
to follow the log, and that it is a value nobody changes afterwards. It never says whether somebody
may know a fact: that is decided where the fact is read, on what is answered here.
"""

from __future__ import annotations

from typing import Protocol

from fusion.access.publisher import PublisherRights
from fusion.access.reader import Grants
from fusion.domain.compiling import Community
from fusion.domain.post import Registry

__all__ = ["Directory", "PublisherRights"]


class Directory(Protocol):
    """Agencies, posts, publishers and readers. Methods may be called from any thread."""

    def registry(self, as_of: int | None = None) -> Registry:
        """The registry that stands, or that stood at a moment (µs); an empty one before any."""
        ...

    def community(self) -> Community:
        """What compiling a marking or a signal needs; the same object while nothing of it moves."""
        ...

    def publisher(self, name: str) -> PublisherRights | None:
        """What a publisher is registered for; None for one that is not."""
        ...

    def grants(self, name: str) -> Grants | None:
        """What a reader was granted; None for one that never was, or whose grants were revoked."""
        ...

    def readers(self) -> list[Grants]:
        """All readers that have grants, by name."""
        ...

    def levels(self) -> tuple[str, ...]:
        """The names of the levels, lowest first."""
        ...

    def epoch(self) -> int:
        """How many changes of policy were seen; whoever keeps what depends on policy keeps this.

        It counts what others may not know of and is never served.
        """
        ...
