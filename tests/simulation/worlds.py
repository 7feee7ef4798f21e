"""Worlds: a small history each, as an engine takes it and as the reference takes it.

`make_world` draws one from a seed (`tests.simulation.making`); a reader's knowledge comes from a
seed too. What worlds contain is held by `tests/simulation/test_worlds.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from fusion.domain.clock import MICROS_PER_DAY
from fusion.domain.compiling import Community
from fusion.domain.fact import SignalFacts
from fusion.domain.judgement import Judgement
from fusion.domain.marking import Knowledge
from fusion.fusing.arrival import Arrival
from fusion.fusing.reference import Fused, Happened, Happening, fuse, in_order, known_to
from fusion.fusing.rules import Rules
from tests.simulation.tiny import COMMUNITY


@dataclass(frozen=True)
class World:
    """Events in the order of the log, the rules that they are judged by, and who there is."""

    arrivals: tuple[Arrival, ...]
    rules: Rules
    community: Community = COMMUNITY

    def of(self, arrivals: Iterable[Arrival]) -> World:
        """Another history under the same rules."""
        return replace(self, arrivals=tuple(arrivals))

    def happenings(self) -> list[Happening]:
        return [_happening(arrival) for arrival in self.arrivals]

    def signals(self) -> list[SignalFacts]:
        return [facts for arrival in self.arrivals for facts in arrival.facts]

    def judgements(self) -> list[Judgement]:
        return [a.judgement for a in self.arrivals if a.judgement]

    def mentions(self) -> set[str]:
        return {mention.name for signal in self.signals() for mention in signal.mentions}

    def happened(self) -> Happened:
        """All of it, in the order of history."""
        happened = Happened()
        for happening in in_order(self.happenings()):
            happened.take(happening)
        return happened

    def fused(self, reader: Knowledge) -> Fused:
        """What the reference makes of it for a reader, now."""
        happened = self.happened()
        known = known_to(happened.signals, happened.judgements, reader.admits)
        return fuse(known, happened.rules(self.rules), happened.today)


def _happening(arrival: Arrival) -> Happening:
    source, _, id_ = arrival.at[1].partition("\1")
    return Happening(
        recorded=arrival.at[0],
        source=source,
        id=id_,
        signals=arrival.facts,
        judgement=arrival.judgement,
        patterns=arrival.published,
        tick=arrival.at[0] // MICROS_PER_DAY if not arrival.at[1] else None,
    )


_NEEDS = ("need/group:g", "purpose/prevention")
EVERYTHING = Knowledge(
    level=1,
    compartments=frozenset({"K"}),
    tokens=frozenset(
        {"domestic", "domestic/a", "domestic/b", "domestic/c", "domestic/z"}
        | {"partner/f", "nation/xx", *_NEEDS}
    ),
)


def make_readers(seed: int) -> list[Knowledge]:
    """One who may know everything, and three who may know less."""
    random = Random(seed)
    return [EVERYTHING, *(make_reader(random) for _ in range(3))]


def make_reader(random: Random) -> Knowledge:
    """A reader of some agency, cleared for this and that."""
    agency = random.choice("abczf")
    tokens = {"partner/f", "nation/xx"} if agency == "f" else {"domestic", f"domestic/{agency}"}
    tokens |= {token for token in _NEEDS if random.random() < 0.5}
    compartments = frozenset({"K"}) if random.random() < 0.5 else frozenset()
    return Knowledge(random.choice((0, 1)), compartments, frozenset(tokens))
