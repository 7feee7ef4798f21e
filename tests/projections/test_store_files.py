"""Which store is current, through offers, switches and what a kill leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.projections.store.files import FIRST, StoreFiles


@pytest.fixture
def files(tmp_path: Path) -> StoreFiles:
    (tmp_path / FIRST).touch()
    return StoreFiles(tmp_path)


def made(files: StoreFiles) -> Path:
    """A store that was rebuilt, with what SQLite leaves beside it."""
    store = files.fresh()
    store.touch()
    store.with_name(store.name + "-wal").touch()
    return store


def names(files: StoreFiles) -> list[str]:
    return sorted(file.name for file in files.current().parent.iterdir())


def test_the_first_store_is_current_until_another_was_switched_to(files: StoreFiles) -> None:
    assert files.current().name == FIRST
    store = made(files)
    files.offer(store)
    assert files.current().name == FIRST, "an offer alone changes nothing for a reader"
    assert files.offered() == store
    files.switch(store)
    assert files.current() == store
    assert files.offered() is None


def test_an_offer_that_came_meanwhile_stands(files: StoreFiles) -> None:
    first, second = made(files), files.current().with_name("store.9.sqlite")
    files.offer(first)
    files.offer(second)
    files.switch(first)
    assert files.current() == first
    assert files.offered() == second


def test_a_fresh_name_is_no_file_s(files: StoreFiles) -> None:
    assert [made(files).name, made(files).name] == ["store.1.sqlite", "store.2.sqlite"]


def test_what_is_neither_current_nor_offered_is_swept_away(files: StoreFiles) -> None:
    current, offered, left = made(files), made(files), made(files)
    files.switch(current)
    files.offer(offered)
    files.sweep()
    kept = names(files)
    assert left.name not in kept
    assert FIRST not in kept
    assert {current.name, f"{current.name}-wal", offered.name} <= set(kept)
