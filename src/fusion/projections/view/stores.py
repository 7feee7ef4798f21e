"""The stores of a process: its connections to the store that is current, taken in turn.

Another store may take the current one's place at any time (`fusion rebuild`). Whoever holds a
connection then finishes on the old store, whoever comes after gets the new one; nobody fails.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from fusion.domain.errors import Unavailable
from fusion.projections.store.sql_store import SqlStore

# As many reads run at once; others wait their turn.
STORES = 8


class Stores:
    """Connections to the current store. Methods may be called from any thread.

    `current` says which file that is, `open_file` opens it.
    """

    def __init__(self, current: Callable[[], Path], open_file: Callable[[Path], Engine]) -> None:
        self._current, self._open_file = current, open_file
        self._turns: queue.LifoQueue[_Connection | None] = queue.LifoQueue()
        for _ in range(STORES):
            self._turns.put(None)
        self._is_closed = False

    def current(self) -> Path:
        """The store that a turn which began now would be on."""
        return self._current()

    @contextmanager
    def turn(self) -> Iterator[tuple[Path, SqlStore]]:
        """A store, nobody else's meanwhile, and which it is; Unavailable once they are closed."""
        kept = self._turns.get()
        try:
            if self._is_closed:
                raise Unavailable("the store is closed")
            current = self._current()
            if kept is not None and kept.file != current:
                kept.close()
                kept = None
            if kept is None:
                kept = _Connection(current, self._open_file(current))
            yield kept.file, kept.store
        finally:
            self._turns.put(kept)

    def close(self) -> None:
        """Let the connections go, once nobody reads any more; whoever comes then is refused."""
        if self._is_closed:
            return
        self._is_closed = True
        for _ in range(STORES):
            kept = self._turns.get()
            if kept is not None:
                kept.close()
        # For those who waited for their turn: each sees that there is none, and hands it on.
        self._turns.put(None)


class _Connection:
    """One connection, to one file."""

    def __init__(self, file: Path, engine: Engine) -> None:
        self.file, self._engine = file, engine
        self.store = SqlStore(engine)

    def close(self) -> None:
        self.store.close()
        self._engine.dispose()
