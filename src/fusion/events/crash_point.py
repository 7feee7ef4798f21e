"""Crash points: labelled moments on the way of an append at which a test may kill the process.

A hook is handed to a constructor and does nothing unless a test hands in another: no setting and no
environment variable reaches it, so that nobody can make a running service die here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Label = Literal["before_append", "in_transaction", "after_commit", "before_reply"]
CrashPoint = Callable[[Label], None]

# Nothing written; written and not committed; committed and nobody knows; receipts at hand, unsent.
LABELS: tuple[Label, ...] = ("before_append", "in_transaction", "after_commit", "before_reply")


def no_crash(_label: Label) -> None:
    """What every product process is given."""
