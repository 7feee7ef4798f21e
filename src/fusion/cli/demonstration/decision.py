"""Decisions: what readers judge on the way, declared as data, each after a signal has come.

They are the scenario author's and no part of its source; the screen says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.domain.ids import signal_of


class ReaderDecision(BaseModel):
    """A judgement that a reader posts once a signal is fused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: str
    reader: str
    a: str
    b: str
    verdict: Literal["POSITIVE", "NEGATIVE", "UNSURE"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    because: tuple[str, ...] = ()

    @property
    def signals(self) -> frozenset[str]:
        """The signals that it names."""
        return frozenset({self.after, signal_of(self.a), signal_of(self.b), *self.because})


class DecisionsFile(BaseModel):
    """`decisions.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decisions: tuple[ReaderDecision, ...]
