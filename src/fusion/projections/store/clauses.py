"""Clauses that are the same in every database: what is written to, and what becomes of a twin."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Table

OR_IGNORE = " ON CONFLICT DO NOTHING"


@lru_cache(maxsize=64)
def target(table: Table) -> str:
    """A table with its columns in their order."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'"{table.name}" ({columns})'


@lru_cache(maxsize=64)
def or_replace(table: Table) -> str:
    """A row of the same key is put in the place of the one that is there."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    rest = [column.name for column in table.columns if not column.primary_key]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {sets}"
