"""Attribution: who made a hypothesis what it is (RULES.md 22).

`W(S)` is `fuse` again on the facts of the holders in S, links and claims included. What each agency
and office would have alone says whether together they crossed a line that none crossed; what is
left without one of them says who is needed. Shares hold the links fixed: they explain, and a
scorecard may count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fusion.domain.clock import day_of
from fusion.domain.fact import SignalFacts
from fusion.domain.hypothesis import Hypothesis
from fusion.fusing.ground import Fusion, Ground, Holds, Instant, fuse_ground
from fusion.fusing.known import Admits
from fusion.fusing.rules import Rules
from fusion.patterns.shapley import shares
from fusion.patterns.weigh import weigh


@dataclass(frozen=True, slots=True)
class Attribution:
    """Weights in millibits: of each holder alone, of all without it, and shares by office."""

    agencies_alone: Mapping[str, int]
    offices_alone: Mapping[str, int]
    without: Mapping[str, int]
    shares: Mapping[str, float]

    def gain(self, millibits: int) -> int:
        """What fusion adds over the best single agency."""
        return millibits - max(self.agencies_alone.values(), default=0)

    def is_cross_agency(self, hypothesis: Hypothesis, threshold: int) -> bool:
        """Whether together they crossed the line and no agency did alone."""
        return _crosses(hypothesis.millibits, self.agencies_alone, threshold)

    def is_cross_office(self, hypothesis: Hypothesis, threshold: int) -> bool:
        """The same of offices."""
        return _crosses(hypothesis.millibits, self.offices_alone, threshold)


def _crosses(millibits: int, alone: Mapping[str, int], threshold: int) -> bool:
    return len(alone) > 1 and millibits >= threshold > max(alone.values())


def attribute(
    ground: Ground,
    rules: Rules,
    admits: Admits,
    at: Instant,
    fusion: Fusion,
    hypothesis: Hypothesis,
) -> Attribution:
    """Attribute a hypothesis, which is `fusion`'s on this ground at this instant."""
    weigher = _Weigher(ground, rules, admits, at, hypothesis)
    agencies, offices = _holders(fusion, hypothesis)
    return Attribution(
        agencies_alone={a: weigher.weight(partial(_is_agency, a)) for a in agencies},
        offices_alone={o: weigher.weight(partial(_is_office, o)) for o in offices},
        without={a: weigher.weight(partial(_is_not_agency, a)) for a in agencies}
        | {o: weigher.weight(partial(_is_not_office, o)) for o in offices},
        shares=_shares(fusion, hypothesis, day_of(at[0])),
    )


def _holders(fusion: Fusion, hypothesis: Hypothesis) -> tuple[list[str], list[str]]:
    """The agencies and offices that hold its evidence or a mention of its entity.

    Not those of what happens to stand on its ground beside it: a ground spans all markings.
    """
    entity = fusion.resolution.entity_of(hypothesis.cell_key) or ()
    agencies = {mention.agency for mention in entity} | {e.agency for e in hypothesis.evidence}
    offices = {mention.office for mention in entity} | {e.office for e in hypothesis.evidence}
    return sorted(agencies), sorted(offices)


def _is_agency(agency: str, signal: SignalFacts) -> bool:
    return signal.agency == agency


def _is_not_agency(agency: str, signal: SignalFacts) -> bool:
    return signal.agency != agency


def _is_office(office: str, signal: SignalFacts) -> bool:
    return signal.office == office


def _is_not_office(office: str, signal: SignalFacts) -> bool:
    return signal.office != office


@dataclass(frozen=True, slots=True)
class _Weigher:
    """W(S) of one hypothesis."""

    ground: Ground
    rules: Rules
    admits: Admits
    at: Instant
    hypothesis: Hypothesis

    def weight(self, holds: Holds) -> int:
        """The heaviest cell of the holders' own fusion that shares a member with this one."""
        fusion = fuse_ground(self.ground, self.rules, self.admits, self.at, holds=holds)
        members = set(self.hypothesis.members)
        alike = (h for h in fusion.hypotheses if h.pattern == self.hypothesis.pattern)
        own = (h for h in alike if not members or not members.isdisjoint(h.members))
        return max((h.millibits for h in own), default=0)


def _shares(fusion: Fusion, hypothesis: Hypothesis, today: int) -> dict[str, float]:
    cell = fusion.cells[hypothesis.pattern, hypothesis.cell_key]
    # Of what is used only who carries what counts: which cells that count nothing lie below a free
    # one follows from the bound, which spans all markings.
    offices = {piece.office for piece in cell.pieces} | {e.office for e in hypothesis.evidence}

    def value(holders: frozenset[str]) -> int:
        return weigh(cell.held_by(holders), fusion.origins.__getitem__, today).millibits

    return {office: float(share) for office, share in shares(value, sorted(offices)).items()}
