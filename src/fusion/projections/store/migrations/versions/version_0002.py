"""Patterns that are published to a log that stands."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Keep each era's by itself; what there is is of the first."""
    op.execute((Path(__file__).parent / "0002.sql").read_text(encoding="utf-8"))
