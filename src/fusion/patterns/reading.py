"""Which indicator reads which fact of a signal (RULES.md 18), before time and origin are counted.

A reading is a function of one signal's facts alone, so that an engine may keep it. Persons are
protected here: only subjects and associates are weighed against, what is disputed weighs nothing,
and conduct of ordinary life is read only with a stated circumstance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fusion.domain.clock import day_of
from fusion.domain.fact import ActivityFact, MentionFact, SignalFacts
from fusion.domain.pattern import (
    WEIGHED_ROLES,
    ActivityTest,
    Indicator,
    MentionTest,
    Pattern,
    Role,
    Scope,
)
from fusion.domain.vocabulary import Vocabulary
from fusion.patterns.decay import strength, to_millibits, weight_of

MentionOf = Callable[[str], MentionFact | None]

# A bare mention of one of these says nothing against it unless it says what the person is there.
PERSONS = frozenset({"Person", "LegalEntity"})
# What a cell of an organisation may stand for.
ORGANISATIONS = frozenset({"Organization", "Company", "LegalEntity", "PublicBody"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One indicator's reading of one fact, not yet aged.

    `weight` is in 1/2000 millibit (`millibits` rounds it), `ends` the last moment of what was
    observed. `anchors` say in which cells it counts: names of mentions, whose entities' cells those
    are, or the keys of free cells (`aviation|us`). Never empty. `topics` and `countries` are those
    of the activity: by them a hypothesis that rests on it lies somewhere.
    """

    role: str
    indicator: str
    fact: str
    signal: str
    agency: str
    office: str
    ends: int
    weight: int
    anchors: tuple[str, ...]
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def day(self) -> int:
        """The UTC day on which what was observed ended: it ages from there."""
        return day_of(self.ends)

    @property
    def millibits(self) -> int:
        """What it weighs before it ages: the most that it can ever count."""
        return to_millibits(strength(self.weight, age_days=0, half_life_days=1))


def readings(
    pattern: Pattern, signal: SignalFacts, mention_of: MentionOf, vocabulary: Vocabulary
) -> tuple[Reading, ...]:
    """What a pattern's indicators read in the facts of one signal, in the order of the pattern.

    `mention_of` gives a visible mention by its name. A tear-line is a signal of its own; whether it
    weighs for a reader who knows its parent (RULES.md 4) is for the caller to decide.
    """
    if signal.is_disputed:
        return ()
    return tuple(_read(pattern, signal, mention_of, vocabulary))


def _read(
    pattern: Pattern, signal: SignalFacts, mention_of: MentionOf, vocabulary: Vocabulary
) -> Iterator[Reading]:
    for role in pattern.roles:
        for indicator in role.indicators:
            if indicator.activity:
                for activity in signal.activities:
                    if _passes(indicator.activity, activity, vocabulary):
                        anchors = _anchors(pattern.scope, indicator.activity, activity, mention_of)
                        if anchors:
                            yield replace(
                                _reading(role, indicator, signal, activity.name, anchors),
                                topics=activity.topics,
                                countries=activity.countries,
                            )
            elif indicator.mention and not pattern.scope.is_free:
                for mention in signal.mentions:
                    if _is_read(indicator.mention, mention, vocabulary):
                        yield _reading(role, indicator, signal, mention.name, (mention.name,))


def _reading(
    role: Role, indicator: Indicator, signal: SignalFacts, fact: str, anchors: tuple[str, ...]
) -> Reading:
    return Reading(
        role=role.name,
        indicator=indicator.id,
        fact=fact,
        signal=signal.name,
        agency=signal.agency,
        office=signal.office,
        ends=signal.ends,
        weight=weight_of(
            indicator.millibits, grade_permille=signal.grade.permille, is_raw=signal.is_raw
        ),
        anchors=anchors,
    )


def _passes(test: ActivityTest, activity: ActivityFact, vocabulary: Vocabulary) -> bool:
    if activity.code not in test.codes:
        return False
    if not activity.circumstances and vocabulary.is_ordinary(activity.code):
        return False
    return (
        (not test.circumstances or not test.circumstances.isdisjoint(activity.circumstances))
        and (not test.topics or not test.topics.isdisjoint(activity.topics))
        and (not test.countries or not test.countries.isdisjoint(activity.countries))
    )


def _anchors(
    scope: Scope, test: ActivityTest, activity: ActivityFact, mention_of: MentionOf
) -> tuple[str, ...]:
    subjects = tuple(name for name in activity.subjects if _is_weighed_subject(mention_of(name)))
    if scope is Scope.ENTITY:
        return subjects
    if activity.subjects and not subjects:
        return ()
    if scope is Scope.ORGANISATION:
        return tuple(name for name in activity.objects if _is_organisation(mention_of(name)))
    # An activity on two topics of which an indicator asks for one is evidence on that one only.
    return scope.keys(
        [topic for topic in activity.topics if not test.topics or topic in test.topics],
        [one for one in activity.countries if not test.countries or one in test.countries],
    )


def _is_weighed_subject(mention: MentionFact | None) -> bool:
    return mention is not None and (mention.role is None or mention.role in WEIGHED_ROLES)


def _is_organisation(mention: MentionFact | None) -> bool:
    return mention is not None and mention.profile.schema in ORGANISATIONS


def _is_read(test: MentionTest, mention: MentionFact, vocabulary: Vocabulary) -> bool:
    schema, role = mention.profile.schema, mention.role
    if role not in WEIGHED_ROLES and (role is not None or schema in PERSONS):
        return False
    return (
        any(vocabulary.is_a(schema, wanted) for wanted in test.schemata)
        and (not test.roles or role in test.roles)
        and all(
            not values.isdisjoint(mention.profile.values(name)) for name, values in test.properties
        )
    )
