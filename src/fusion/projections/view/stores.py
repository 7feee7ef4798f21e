"""The stores of a process: its connections to the store that is current, taken in turn.

Another store may take the current one's place at any time (`fusion rebuild`). Whoever holds a
connection then finishes on the old store, whoever comes after gets the new one; nobody fails.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from fusion.domain.errors import Unavailable
from fusion.projections.store.places import StorePlaces
from fusion.projections.store.sql_store import SqlStore

# As many reads run at once; others wait their turn.
STORES = 8


class Stores:
    """Connections to the current store. Methods may be called from any thread."""

    def __init__(self, places: StorePlaces[Any]) -> None:
        self._places = places
        self._turns: queue.LifoQueue[_Connection | None] = queue.LifoQueue()
        for _ in range(STORES):
            self._turns.put(None)
        self._is_closed = False

    def current(self) -> object:
        """The store that a turn which began now would be on."""
        return self._places.current()

    @contextmanager
    def turn(self) -> Iterator[tuple[object, SqlStore]]:
        """A store, nobody else's meanwhile, and which it is.

        Unavailable once they are closed, and where it does not answer.
        """
        kept = self._turns.get()
        try:
            self._require_open()
            current = self._places.current()
            if kept is not None and kept.place != current:
                kept.close()
                kept = None
            if kept is None:
                kept = _Connection(current, self._places.open(current))
            yield kept.place, kept.store
        except Unavailable:
            # Whoever comes next gets a connection that is whole.
            if kept is not None:
                kept.close()
                kept = None
            raise
        finally:
            self._turns.put(kept)

    def _require_open(self) -> None:
        if self._is_closed:
            raise Unavailable("the store is closed")

    def close(self) -> None:
        """Let the connections go, once nobody reads any more; whoever comes then is refused."""
        if self._is_closed:
            return
        self._is_closed = True
        for _ in range(STORES):
            kept = self._turns.get()
            if kept is not None:
                kept.close()
        self._places.close()
        # For those who waited for their turn: each sees that there is none, and hands it on.
        self._turns.put(None)


class _Connection:
    """One connection, to one store."""

    def __init__(self, place: object, engine: Engine) -> None:
        self.place, self._engine = place, engine
        self.store = SqlStore(engine)

    def close(self) -> None:
        self.store.close()
        self._engine.dispose()
