"""What readers were told: versions of alerts, the evidence behind them, and who holds it.

Plain values made from answers of the service, and nothing else: whatever the demonstration shows or
promises is read off these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fusion.domain.clock import parse_moment
from fusion.domain.ids import agency_of

Kind = Literal["raised", "changed", "withdrawn"]

# What it is called tells what it is (`fusion.simulate.ordinary`).
_SYNTHETIC_ID = "syn-"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: the fact, what it adds in bits, and the office that holds it."""

    signal: str
    fact: str
    bits: float
    text: str
    office: str
    has_circumstances: bool

    @property
    def agency(self) -> str:
        return agency_of(self.office)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an alert stood when it was told."""

    bits: float
    threshold: float
    pieces: tuple[Piece, ...]
    shares: Mapping[str, float]
    alone: Mapping[str, float]
    without: Mapping[str, float]

    @property
    def counted(self) -> tuple[Piece, ...]:
        """The pieces that add to its weight."""
        return tuple(piece for piece in self.pieces if piece.bits > 0)

    @property
    def own(self) -> tuple[Piece, ...]:
        """Those of them that are of the scenario."""
        return tuple(piece for piece in self.counted if not is_synthetic(piece.signal))

    @property
    def own_bits(self) -> float:
        return sum(piece.bits for piece in self.own)

    @property
    def rests_on_scenario(self) -> bool:
        """Whether more of what was counted is the scenario's than is not."""
        return 2 * self.own_bits > sum(piece.bits for piece in self.counted)


@dataclass(frozen=True, slots=True)
class Foresight:
    """When an alert's fragments would have crossed the line, had each been shared when reported.

    `day` is None where they never do by themselves; `agencies` are those whose readers could have
    been told them all.
    """

    day: str | None
    by: tuple[str, ...]
    agencies: tuple[str, ...]
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """What one reader was told of one alert at one moment (µs)."""

    reader: str
    kind: Kind
    alert: str
    at: int
    said: Mapping[str, Any] = field(default_factory=dict)
    explanation: Explanation | None = None
    foresight: Foresight | None = None

    @property
    def rests_on_scenario(self) -> bool:
        """Whether more of it is the scenario's than is not: in bits, else by signals."""
        if self.explanation is not None:
            return self.explanation.rests_on_scenario
        signals = self.said.get("signals", ())
        return 2 * sum(not is_synthetic(each) for each in signals) > len(signals)


@dataclass(frozen=True, slots=True)
class Pointed:
    """Whom a reader was pointed to, from which of its own facts; it was told so by a moment (µs).

    Pointers come with the day's tick and bear no time, so when it was looked at is what is known.
    """

    reader: str
    handle: str
    desk: str
    anchor: str
    by: int

    @property
    def signal(self) -> str:
        """The reader's own signal that it is pointed from."""
        return self.anchor.rpartition("#")[0]


def is_synthetic(signal: str) -> bool:
    """Whether a signal, by its name, is of the ordinary stream and of no scenario."""
    return signal.rsplit("/", 1)[-1].startswith(_SYNTHETIC_ID)


def subject_of(title: str) -> str:
    """Whom or what an alert is about, by its title: what stands after the pattern's."""
    return title.rpartition(": ")[2]


def telling(
    reader: str, kind: Kind, said: Mapping[str, Any], explanation: Explanation | None = None
) -> Telling:
    """A telling from an alert, or from what a withdrawal says of one."""
    return Telling(reader, kind, said["alert"], parse_moment(said["at"]), said, explanation)


def explanation_of(answer: Mapping[str, Any], *, circumstantial: Iterable[str]) -> Explanation:
    """An explanation from the service's; `circumstantial` are facts that state circumstances."""
    stated = frozenset(circumstantial)
    return Explanation(
        bits=answer["bits"],
        threshold=answer["threshold"],
        pieces=tuple(
            Piece(
                signal=each["signal"],
                fact=each["fact"],
                bits=each["bits"],
                text=each["text"],
                office=each["holder"],
                has_circumstances=each["fact"] in stated,
            )
            for each in answer["evidence"]
        ),
        shares=dict(answer["shares"]),
        alone=dict(answer["alone"]),
        without={holder: each["bits"] for holder, each in answer["without"].items()},
    )


def foresight_of(answer: Mapping[str, Any]) -> Foresight:
    """A foresight from the service's."""
    crossed, tellable = answer["crossed"], answer["could_be_told"]
    return Foresight(
        day=crossed["date"] if crossed else None,
        by=tuple(crossed["by"]) if crossed else (),
        agencies=tuple(tellable["agencies"]),
        posts=tuple(each["title"] for each in tellable["posts"]),
    )
