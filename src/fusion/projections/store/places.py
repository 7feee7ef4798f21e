"""Where the stores of a deployment stand: files of a directory, or schemas of a database.

One store is current, for who reads and who writes. Another one that was rebuilt is offered, and
takes its place when whoever writes has caught up with it.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from sqlalchemy import Engine

from fusion.domain.errors import Unavailable

P = TypeVar("P")


class Unreachable(Unavailable):
    """The database of the stores does not answer: whoever comes again finds it when it is back."""


class StorePlaces(Protocol[P]):
    """The stores of one deployment, each at a place of its own; good for any thread."""

    def current(self) -> P:
        """The store that is read and written."""
        ...

    def fresh(self) -> P:
        """A place for another store, where none is."""
        ...

    def scratch(self) -> P:
        """Where a store is made only to be compared."""
        ...

    def offer(self, store: P) -> None:
        """Let a store that is whole take the current one's place, when its writer comes to it."""
        ...

    def offered(self) -> P | None:
        """The store that waits to take the current one's place."""
        ...

    def switch(self, store: P) -> None:
        """Let a store that was offered be the current one; the caller alone writes either."""
        ...

    def sweep(self) -> None:
        """Remove every store that is neither current nor offered; nobody may read one still."""
        ...

    def discard(self, store: P) -> None:
        """Remove a store."""
        ...

    def open(self, store: P) -> Engine:
        """A store with its tables, made where there are none; Misused where it can't serve."""
        ...

    def close(self) -> None:
        """Let go of what is held to find them."""
        ...
