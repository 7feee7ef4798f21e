"""Passing on: which signals their agencies passed on at the time, to whom, and what says so.

What was really shared, as data: without it each agency is alone with what it held. A row of its own
that tells what an agency was told needs no line here: it is that agency's signal already.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator


class PassedOn(BaseModel):
    """One signal that was passed on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal: str
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    because: Annotated[str, Field(min_length=1, max_length=300)]


class PassedOnFile(BaseModel):
    """`passed-on.yaml`: how the fragments were really shared, beyond those who held them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed_on: tuple[PassedOn, ...]

    @model_validator(mode="after")
    def _require_signals_once(self) -> PassedOnFile:
        named = Counter(each.signal for each in self.passed_on)
        twice = [signal for signal, count in named.items() if count > 1]
        if twice:
            raise ValueError(f"{twice[0]} is passed on twice")
        return self
