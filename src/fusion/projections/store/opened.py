"""A store that is opened for a while, and let go of with its connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fusion.projections.store.places import P, StorePlaces
from fusion.projections.store.sql_store import SqlStore


@contextmanager
def opened_store(places: StorePlaces[P], place: P) -> Iterator[SqlStore]:
    """The store at a place, made where there is none."""
    engine = places.open(place)
    store = SqlStore(engine)
    try:
        yield store
    finally:
        store.close()
        engine.dispose()
