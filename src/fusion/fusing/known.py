"""What of one signal may be known: the facts that are admitted, and whether they weigh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fusion.domain.fact import SignalFacts, known_of
from fusion.domain.marking import NormalForm

Admits = Callable[[NormalForm], bool]


def facts_known(signal: SignalFacts, admits: Admits) -> SignalFacts:
    """A signal with those of its facts that are admitted."""
    origin_marking = signal.origin_marking
    hides_origin = origin_marking is not None and not admits(origin_marking)
    mentions = tuple(m for m in signal.mentions if admits(m.marking))
    relations = known_of(signal.relations, "relations", signal.name, admits)
    activities = known_of(signal.activities, "activities", signal.name, admits)
    claims = known_of(signal.claims, "identities", signal.name, admits)
    if (
        not hides_origin
        and len(mentions) == len(signal.mentions)
        and relations is signal.relations
        and activities is signal.activities
        and claims is signal.claims
    ):
        return signal
    return replace(
        signal,
        origin=None if hides_origin else signal.origin,
        mentions=mentions,
        relations=relations,
        activities=activities,
        claims=claims,
    )


def is_weighed(signal: SignalFacts, admits: Admits) -> bool:
    """Whether a signal's facts weigh anything: not a tear-line's whose parent is known."""
    return signal.parent_marking is None or not admits(signal.parent_marking)


def markings_in(signal: SignalFacts) -> frozenset[NormalForm]:
    """All markings within a signal: few, and mostly its own."""
    kinds = (signal.mentions, signal.relations, signal.activities, signal.claims)
    found = {fact.marking for facts in kinds for fact in facts}
    return frozenset(found if signal.origin_marking is None else found | {signal.origin_marking})
