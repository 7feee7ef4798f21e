"""An arrival: one event of the log as the step takes it."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.domain.fact import SignalFacts
from fusion.domain.judgement import Judgement
from fusion.domain.pattern import Pattern
from fusion.fusing.ground import Instant
from fusion.fusing.store import RemarkRow, RequestRow


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal with its tear-lines, a retraction, a decision, or a tick.

    A decision is a judgement, a remark on an alert, a disclosure request or its answer, or the
    publication of patterns. A tick has none of these. `facts` is empty for a retraction and for a
    signal that could not be compiled (`fault`).
    """

    at: Instant
    source: str = ""
    id: str = ""
    type: str = ""
    body: bytes = b""
    epoch: int = 0
    facts: tuple[SignalFacts, ...] = ()
    texts: tuple[str, ...] = ()
    retracts: str | None = None
    judgement: Judgement | None = None
    remark: RemarkRow | None = None
    request: RequestRow | None = None
    published: tuple[Pattern, ...] | None = None
    fault: str | None = None
    publisher: str = ""

    @property
    def name(self) -> str:
        return f"{self.source}/{self.id}"
