"""The first tables of the store."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.execute((Path(__file__).parent / "0001.sql").read_text(encoding="utf-8"))
