"""Foresight as it is served: what an alert's fragments would have meant, had each been shared.

When they would have crossed the line, had each been there when its agency reported it; who held
each; and who could have been told. Made from the fragments that the class may know, their markings,
and the registry's public part. Who *was* told, and when, is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fusion.coordination.escalation import turns_of
from fusion.coordination.lead import leading_mechanism
from fusion.domain.clock import day_of, format_day, format_moment
from fusion.domain.fact import SignalFacts
from fusion.domain.ids import agency_of
from fusion.domain.marking import DOMESTIC, NormalForm, join_all
from fusion.domain.post import Agency, Registry
from fusion.fusing.following import Told
from fusion.fusing.foresight import earliest_crossing
from fusion.projections.view.alert_documents import CAVEAT, signals_behind, turn_document
from fusion.projections.view.scene import Scene

# What a person is given, not an agency: group, role, case, and the purpose that one acts for.
_PERSONAL = ("need/", "purpose/")


def foresight_document(scene: Scene, told: Told) -> dict[str, Any]:
    """What might have been, of the fragments of one version of an alert that stood."""
    entry = told.entry
    ground, hypothesis = scene.ground(told.place), entry.hypothesis
    assert ground is not None, "what was told of stands on a ground"
    assert hypothesis is not None, "a version that stood has its hypothesis"
    pattern = scene.rules.pattern_at(entry.pattern, told.at)
    names = signals_behind(told)
    known = {n: s for n, s in scene.signals_at(ground, told.at).items() if n in names}
    crossing = earliest_crossing(ground, scene.rules, scene.admits, told.at, hypothesis, known)
    recorded = {s.facts.name: s.since[0] for s in ground.all_signals()}
    markings = {n: _marking(s, {*_evidence(told), *hypothesis.members}) for n, s in known.items()}
    tellable = _agencies(scene.registry, join_all(markings.values()))
    return {
        "alert": entry.alert,
        "version": entry.version,
        "threshold": pattern.threshold / 1000,
        "crossed": crossing
        and {
            "date": format_day(crossing.day),
            "bits": crossing.millibits / 1000,
            "by": [n for n in sorted(known) if day_of(known[n].reported) == crossing.day],
        },
        "raised": format_moment(entry.raised_at),
        "days": crossing and day_of(entry.raised_at) - crossing.day,
        "fragments": [
            _fragment(scene.registry, known[n], recorded[n], markings[n])
            for n in sorted(known, key=lambda name: (known[name].reported, name))
        ],
        "could_be_told": {
            "agencies": tellable,
            "posts": _posts(scene.registry, pattern.domain, pattern.region, tellable),
        },
        "caveat": CAVEAT,
    }


def _evidence(told: Told) -> set[str]:
    hypothesis = told.entry.hypothesis
    return {piece.fact for piece in hypothesis.evidence} if hypothesis else set()


def _marking(signal: SignalFacts, named: set[str]) -> NormalForm:
    """The join of a signal's marking and those of its facts that the alert rests on."""
    marked = {m.name: m.marking for m in signal.mentions}
    marked |= {a.name: a.marking for a in signal.activities}
    return join_all([signal.marking, *(marked[name] for name in marked.keys() & named)])


def _fragment(
    registry: Registry, signal: SignalFacts, recorded: int, marking: NormalForm
) -> dict[str, Any]:
    """One fragment: who held it since when; of a tear-line, only what a tear-line says."""
    is_tearline = signal.parent is not None
    return {
        "signal": signal.name,
        "agency": signal.agency,
        "holder": signal.office,
        "reported": format_moment(signal.reported),
        "recorded": None if is_tearline else format_moment(recorded),
        "could_be_told": _agencies(registry, marking),
    }


def _agencies(registry: Registry, marking: NormalForm) -> list[str]:
    """The agencies to whose readers a marking lets something go, if they have what persons need."""
    return sorted(a.slug for a in registry.agencies if _is_releasable(marking, _tokens(a)))


def _tokens(agency: Agency) -> set[str]:
    own = {DOMESTIC, f"{DOMESTIC}/{agency.slug}"}
    tokens = own if agency.is_domestic else {f"partner/{agency.slug}"}
    return tokens | ({f"nation/{agency.nation}"} if agency.nation else set())


def _is_releasable(marking: NormalForm, tokens: set[str]) -> bool:
    return all(
        not tokens.isdisjoint(clause) or any(t.startswith(_PERSONAL) for t in clause)
        for clause in marking.clauses
    )


def _posts(
    registry: Registry, domain: str, region: str | None, agencies: Iterable[str]
) -> list[dict[str, str]]:
    """The posts to which such an alert goes, in turn, of agencies that could have been told."""
    mechanism = leading_mechanism(domain, region, registry)
    turns = turns_of(mechanism, registry) if mechanism else ()
    among = set(agencies)
    return [turn_document(turn) for turn in turns if agency_of(turn.post) in among]


def last_that_stood(versions: Iterable[Told]) -> Told | None:
    """The last version of an alert that was not its withdrawal."""
    return next((t for t in reversed(list(versions)) if t.entry.kind != "withdrawn"), None)
