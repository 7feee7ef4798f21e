"""Alerts as they are served: one version of one alert, for one access class.

The contract's members (CONTRACT.md section 3), each made from what the class may know at the prefix
that the version speaks of. Weights of holders are found by fusing again without the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fusion.access.disclosure import Rung, banner
from fusion.coordination.escalation import Turn, deadline
from fusion.coordination.lead import lead_of, participants
from fusion.domain.clock import format_moment
from fusion.domain.fact import MentionFact, SignalFacts
from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.domain.ids import alert_name, entity_name, signal_of
from fusion.domain.marking import NormalForm
from fusion.domain.pattern import Pattern
from fusion.fusing.attribution import Attribution, attribute
from fusion.fusing.following import Told
from fusion.fusing.ground import Ground
from fusion.linking.links import Link
from fusion.patterns.weigh import confidence, likelihood
from fusion.projections.view.roster import Telling
from fusion.projections.view.scene import Scene, caption

CAVEAT = (
    "This rests on what this reader may know, and on nothing else; others may know more, and it may"
    " refute this."
)


def alert_document(scene: Scene, told: Told) -> dict[str, Any]:
    """One version of an alert."""
    entry = told.entry
    pattern = scene.rules.pattern_at(entry.pattern, told.at)
    shown = _Shown(scene, told)
    hypothesis, attribution = shown.hypothesis, shown.attribution
    document: dict[str, Any] = {
        "alert": entry.alert,
        "version": entry.version,
        "at": format_moment(entry.at),
        "pattern": pattern.slug,
        "domain": pattern.domain,
        "severity": pattern.severity,
        "status": "withdrawn" if entry.kind == "withdrawn" else "raised",
        "title": _title(pattern, shown),
        "bits": _bits(hypothesis.millibits),
        "gain_bits": _bits(attribution.gain(hypothesis.millibits)),
        "cross_agency": attribution.is_cross_agency(hypothesis, pattern.threshold),
        "cross_office": attribution.is_cross_office(hypothesis, pattern.threshold),
        "agencies": sorted({piece.agency for piece in hypothesis.evidence}),
        "signals": list(hypothesis.signals),
        "entities": [entity_name(m) for m in hypothesis.members[:1]],
        "threads": list(_threads(scene, told, hypothesis)),
        "roles": {name: _bits(millibits) for name, millibits in hypothesis.roles},
        "shares": {office: round(share, 4) for office, share in attribution.shares.items()},
        "likelihood": likelihood(hypothesis.millibits, pattern.threshold).words,
        "confidence": str(confidence(hypothesis, shown.permille)),
        "weakest_link_bits": shown.weakest_link(),
        **_coordination(scene, pattern, hypothesis, entry.stood_from),
        "rung": shown.rung(),
        "banner": banner(shown.markings(), scene.levels),
        "caveat": CAVEAT,
    }
    if entry.replaces:
        document["replaces"] = entry.replaces
    return document


def responsible_document(telling: Telling) -> dict[str, Any] | None:
    """Who answers for an alert, and since when: as the class knows, whose silence it counts."""
    turn = telling.turn
    if turn is None:
        return None
    return turn_document(turn) | {"since": format_moment(telling.since)}


def turn_document(turn: Turn) -> dict[str, Any]:
    """A post that answers when its turn comes."""
    return {"mechanism": turn.mechanism, "post": turn.post, "title": turn.title}


def explanation_document(scene: Scene, told: Told) -> dict[str, Any]:
    """Why an alert stands: each piece of its evidence in bits, and what each holder makes of it."""
    pattern = scene.rules.pattern_at(told.entry.pattern, told.at)
    shown = _Shown(scene, told)
    hypothesis, attribution = shown.hypothesis, shown.attribution
    without = {
        holder: {"bits": _bits(millibits), "raised": millibits >= pattern.threshold}
        for holder, millibits in attribution.without.items()
    }
    alone = {**attribution.agencies_alone, **attribution.offices_alone}
    filled = dict(hypothesis.roles)
    return {
        "bits": _bits(hypothesis.millibits),
        "threshold": _bits(pattern.threshold),
        "evidence": list(_evidence(scene, pattern, shown)),
        "shares": {office: round(share, 4) for office, share in attribution.shares.items()},
        "without": without,
        "alone": {holder: _bits(millibits) for holder, millibits in alone.items()},
        "roles": {
            role.name: {
                "bits": _bits(filled.get(role.name, 0)),
                "cap": _bits(role.cap),
                "base": _bits(role.base.millibits if role.base else 0),
            }
            for role in pattern.roles
        },
        "confidence": confidence(hypothesis, shown.permille).because,
        "rationale": pattern.rationale,
        "runbook": pattern.runbook,
        "caveat": CAVEAT,
    }


def signals_behind(told: Told) -> set[str]:
    """The signals of which an alert shows something: those that its banner is made from."""
    hypothesis = told.entry.hypothesis
    if hypothesis is None:
        return set()
    return {*hypothesis.signals, *map(signal_of, hypothesis.members)}


def evidence_markings(scene: Scene, told: Told) -> list[NormalForm]:
    """The markings of what an alert rests on: what a decision about it is marked with."""
    return list(_Shown(scene, told).markings())


class _Shown:
    """One version with the ground and the fusion behind it."""

    def __init__(self, scene: Scene, told: Told) -> None:
        self.scene = scene
        self.ground = _ground(scene, told)
        self.fusion = scene.fusion(self.ground, told.at)
        entry = told.entry
        self.hypothesis = entry.hypothesis or Hypothesis(
            entry.pattern, entry.cell_key, 0, Status.BELOW, (), (), ()
        )
        self.signals = scene.signals_at(self.ground, told.at)
        self.attribution = self._attribution(told)

    def _attribution(self, told: Told) -> Attribution:
        if not self.hypothesis.evidence:
            return Attribution({}, {}, {}, {})
        return attribute(
            self.ground,
            self.scene.rules,
            self.scene.admits,
            told.at,
            self.fusion,
            self.hypothesis,
        )

    def members(self) -> tuple[MentionFact, ...]:
        """The mentions of the entity, founding one first."""
        known = {m.name: m for s in self.signals.values() for m in s.mentions}
        return tuple(known[name] for name in self.hypothesis.members if name in known)

    def permille(self, signal: str) -> int:
        """A signal's grade, halved where it is raw."""
        facts = self.signals[signal]
        return facts.grade.permille // 2 if facts.is_raw else facts.grade.permille

    def rung(self) -> str:
        """Tear-line, if that is all that it rests on."""
        signals = [self.signals[name] for name in self.hypothesis.signals]
        only_tearlines = bool(signals) and all(s.parent is not None for s in signals)
        return str(Rung.TEARLINE if only_tearlines else Rung.FULL)

    def markings(self) -> Iterable[NormalForm]:
        """Of the facts that are its evidence, and of the members of its entity."""
        facts = {m.name: m.marking for s in self.signals.values() for m in s.mentions}
        facts |= {a.name: a.marking for s in self.signals.values() for a in s.activities}
        named = [piece.fact for piece in self.hypothesis.evidence]
        return {facts[name] for name in [*named, *self.hypothesis.members] if name in facts}

    def weakest_link(self) -> float | None:
        """The bits of the weakest link without which the entity would not hold together."""
        members = {m.name for m in self.members()}
        links = [
            link
            for link in self.fusion.resolution.links
            if link.a in members and link.b in members and link.verdict == "same"
        ]
        weakest = _bottleneck(links)
        return None if weakest is None else _bits(weakest)


def _bottleneck(links: list[Link]) -> int | None:
    """The lightest edge of a heaviest spanning forest (Kruskal)."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    weakest: int | None = None
    for link in sorted(links, key=lambda link: -link.bits):
        one, other = root(link.a), root(link.b)
        if one != other:
            above[one] = other
            weakest = link.bits
    return weakest


def _ground(scene: Scene, told: Told) -> Ground:
    ground = scene.ground(told.place)
    assert ground is not None, "what was told of stands on a ground"
    return ground


def _title(pattern: Pattern, shown: _Shown) -> str:
    """The pattern's title with what its cell is: an entity's caption, or the key itself."""
    members = shown.members()
    named = caption(members) if members else shown.hypothesis.cell_key.replace("|", ", ")
    return pattern.title if "#" in named else f"{pattern.title}: {named}"


def _threads(scene: Scene, told: Told, hypothesis: Hypothesis) -> Iterable[dict[str, Any]]:
    """What other patterns brought: each an alert of its own, with whom to ask about it.

    Named by pattern and alert: what an alert of no entity joins is desks and threads, never new
    persons.
    """
    brought: dict[tuple[str, str], list[Evidence]] = {}
    for piece in hypothesis.evidence:
        if piece.through:
            brought.setdefault(piece.through, []).append(piece)
    for (slug, key), pieces in sorted(brought.items()):
        yield {
            "alert": alert_name(slug, key),
            "pattern": slug,
            "title": scene.rules.pattern_at(slug, told.at).title,
            "bits": _bits(sum(piece.counted for piece in pieces)),
            "holders": sorted({piece.office for piece in pieces}),
        }


def _coordination(
    scene: Scene, pattern: Pattern, hypothesis: Hypothesis, stood_from: int
) -> dict[str, Any]:
    lead = lead_of(pattern.domain, pattern.region, scene.registry, holders=hypothesis.core)
    return {
        "lead": lead
        and {
            "mechanism": lead.mechanism,
            "post": lead.post,
            "title": lead.title,
            "deputy": lead.deputy,
            "also": list(lead.also),
        },
        "participants": participants(hypothesis.core, hypothesis.auxiliary),
        "acknowledge_by": format_moment(deadline(stood_from, pattern.acknowledge_hours)),
    }


def _evidence(scene: Scene, pattern: Pattern, shown: _Shown) -> Iterable[dict[str, Any]]:
    titles = {i.id: i.title for role in pattern.roles for i in role.indicators}
    heaviest_first = sorted(
        shown.hypothesis.evidence,
        key=lambda e: (-e.counted, -e.millibits, e.fact, e.indicator, e.through or ("", "")),
    )
    for piece in heaviest_first:
        signal = shown.signals[piece.signal]
        said = f"{titles[piece.indicator]}: {_said(scene, signal, piece.fact)}"
        if not piece.counted:
            said += "; adds nothing, since another report of the same origin counts"
        yield {
            "signal": piece.signal,
            "fact": piece.fact,
            "role": piece.role,
            "bits": _bits(piece.counted),
            "text": f"{said} (graded {signal.grade.code})",
            "holder": piece.office,
        }


def _said(scene: Scene, signal: SignalFacts, fact: str) -> str:
    """What a fact says, in the vocabulary's words."""
    vocabulary = scene.rules.vocabulary
    for activity in signal.activities:
        if activity.name == fact:
            stated = [vocabulary.circumstance_title(c) for c in sorted(activity.circumstances)]
            title = vocabulary.code_title(activity.code)
            return f"{title}, {', '.join(stated)}" if stated else title
    for mention in signal.mentions:
        if mention.name == fact:
            return f"{mention.profile.schema} named as {mention.role or 'mentioned'}"
    return fact


def _bits(millibits: int) -> float:
    return millibits / 1000
