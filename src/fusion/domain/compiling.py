"""From the wire to facts: a marking becomes its normal form, a signal its facts and tear-lines.

Promises that equal input gives equal output, whoever asks and whenever: nothing here reads a clock
or a store. A marking that can't be read (unknown level or agency, a bad need) raises `Invalid`; it
must never become a wider one, and no part of it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fusion.domain import expression, ids
from fusion.domain.clock import day_of, midnight, parse_moment, period_end
from fusion.domain.errors import Fault, Invalid, shown
from fusion.domain.fact import (
    UNJUDGED,
    ActivityFact,
    ClaimFact,
    Grade,
    MentionFact,
    RelationFact,
    SignalFacts,
    grade_of,
    profile_of,
)
from fusion.domain.far_end import far_ends
from fusion.domain.marking import DISCOVERY, DOMESTIC, Clause, NormalForm, minimal, nobody
from fusion.domain.signal import (
    Activity,
    Grading,
    IdentityClaim,
    Marking,
    Mention,
    Period,
    Relation,
    Retraction,
    SignalEvent,
    Submission,
    Tearline,
)

DEFAULT_LEVELS = ("OPEN", "OFFICIAL", "SECRET", "TOP SECRET")
# Everybody of one's own side, in `releasable_to`.
ALL_DOMESTIC = "*"
# Distinct markings kept compiled. Traffic has tens to hundreds; beyond this, all are forgotten.
MAX_COMPILED = 4096
_BEST = "A1"


class CompiledMarkings:
    """The normal forms of markings met before: equal markings share one object, and its hash."""

    __slots__ = ("_forms",)

    def __init__(self) -> None:
        self._forms: dict[tuple[Marking, str], NormalForm] = {}

    def get(self, marking: Marking, owner: str) -> NormalForm | None:
        return self._forms.get((marking, owner))

    def keep(self, marking: Marking, owner: str, form: NormalForm) -> None:
        if len(self._forms) >= MAX_COMPILED:
            self._forms.clear()
        self._forms[marking, owner] = form


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Who there is and how markings are read: what compiling needs of registry and settings.

    `levels` are ordered, lowest first. `domestic` and `partners` are agency labels, disjoint.
    `offices` are the registered holders (`/fbi/phoenix/squad-5`), `ceilings` Admiralty codes by
    agency (A1 for one without). `is_open`: an agency in neither set counts as domestic (offline,
    where there is no registry). `steward` are the compartments of the common steward, if cleared
    for the highest level; None where there is none (RULES.md 27). `handle_key` makes the names of
    tear-lines.
    """

    handle_key: bytes
    levels: tuple[str, ...] = DEFAULT_LEVELS
    domestic: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    offices: tuple[str, ...] = ()
    ceilings: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    steward: frozenset[str] | None = None
    compiled: CompiledMarkings = field(
        init=False, repr=False, compare=False, default_factory=CompiledMarkings
    )

    def token_of(self, agency: str) -> str | None:
        """The agency's token in an OR-set; None for one that is unknown here."""
        if agency in self.partners:
            return f"partner/{agency}"
        if agency in self.domestic or (self.is_open and ids.is_agency(agency)):
            return f"{DOMESTIC}/{agency}"
        return None

    def has_steward_for(self, compartments: Iterable[str]) -> bool:
        """Whether a common steward is cleared for what is kept in these compartments."""
        return self.steward is not None and self.steward.issuperset(compartments)

    def ceiling_of(self, agency: str) -> Grade:
        """The grade above which nothing of the agency is graded."""
        return grade_of(self.ceilings.get(agency, _BEST))


def compile_marking(marking: Marking, *, owner: str, community: Community) -> NormalForm:
    """The normal form of a marking that agency `owner` set (RULES.md 2).

    `Invalid` where it can't be read, with every fault's pointer from the root of the marking.
    """
    form = community.compiled.get(marking, owner)
    if form is None:
        form = _Reading(marking, owner, community).form()
        community.compiled.keep(marking, owner, form)
    return form


class _Reading:
    """One marking being compiled, and what is wrong with it."""

    def __init__(self, marking: Marking, owner: str, community: Community) -> None:
        self._marking = marking
        self._owner = owner
        self._community = community
        self._faults: list[Fault] = []

    def form(self) -> NormalForm:
        marking = self._marking
        level = self._level()
        clauses = [self._releasability(), *self._originator_control(), *self._need()]
        if marking.purposes:
            clauses.append(frozenset(f"purpose/{purpose}" for purpose in marking.purposes))
        if self._faults:
            raise Invalid("the marking can't be read", faults=tuple(self._faults))
        return NormalForm(
            level=level,
            compartments=frozenset(marking.compartments),
            clauses=minimal(clauses),
            owners=frozenset({self._owner}),
            discovery=DISCOVERY.index(marking.discovery),
            may_break_glass=marking.break_glass,
        )

    def _level(self) -> int:
        levels = self._community.levels
        if self._marking.level in levels:
            return levels.index(self._marking.level)
        self._refuse("/level", f"{shown(self._marking.level)} is none of {', '.join(levels)}")
        return 0

    def _releasability(self) -> Clause:
        named = enumerate(self._marking.releasable_to)
        agencies = {
            DOMESTIC if agency == ALL_DOMESTIC else self._token(agency, f"/releasable_to/{place}")
            for place, agency in named
        }
        nations = {f"nation/{nation}" for nation in self._marking.nations}
        return frozenset({self._token(self._owner, ""), *agencies, *nations})

    def _originator_control(self) -> list[Clause]:
        named = enumerate(self._marking.consent)
        consenting = {self._token(agency, f"/consent/{place}") for place, agency in named}
        if not self._marking.originator_control:
            return []
        return [frozenset({self._token(self._owner, ""), *consenting})]

    def _need(self) -> list[Clause]:
        try:
            needed = expression.clauses(self._marking.need)
        except ValueError as error:
            self._refuse("/need", f"is no access expression that can be used: {error}")
            return []
        return [frozenset(f"need/{token}" for token in clause) for clause in needed]

    def _token(self, agency: str, pointer: str) -> str:
        token = self._community.token_of(agency)
        if token is None:
            self._refuse(pointer, f"{shown(agency)} is no agency that is known here")
            return ""
        return token

    def _refuse(self, pointer: str, detail: str) -> None:
        fault = Fault(pointer, detail)
        if fault not in self._faults:
            self._faults.append(fault)


def compile_signal(event: SignalEvent, *, community: Community) -> tuple[SignalFacts, ...]:
    """The facts of a signal, then those of each tear-line, which is a signal of its own.

    A retraction is a signal without facts that nobody is shown; who may know it does not matter,
    since it works on what the reader may know. A tear-line tells of its parent the agency, the
    day and the grading only: its origin is its agency's, and whether the parent was raw or disputed
    does not show in what it weighs.

    `Invalid` where a marking, a time or a grading can't be read.
    """
    try:
        reported = parse_moment(event.time)
        ceiling = _ceiling(event, community)
        if isinstance(event.data, Retraction):
            return (_retraction(event, event.data, reported),)
        signal = _signal(event, event.data, reported, ceiling, community)
        tearlines = enumerate(event.data.tearlines)
        return (
            signal,
            *(_tearline(line, place, signal, ceiling, community) for place, line in tearlines),
        )
    except ValueError as error:
        raise Invalid(f"{event.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Bearer:
    """What the facts of one signal or tear-line have in common."""

    name: str
    agency: str
    office: str
    reported: int
    grade: Grade
    marking: NormalForm
    desk: str | None
    ceiling: Grade
    community: Community

    def desk_of(self, marking: Marking | None) -> str | None:
        """The desk that a nearer marking names, which is whole, else the bearer's."""
        return self.desk if marking is None else marking.desk

    def form(self, marking: Marking | None) -> NormalForm:
        """The normal form of a nearer marking, else the bearer's."""
        if marking is None:
            return self.marking
        return compile_marking(marking, owner=self.agency, community=self.community)

    def mentions(
        self, written: tuple[Mention, ...], relations: tuple[Relation, ...]
    ) -> tuple[MentionFact, ...]:
        forms = {mention.ref: self.form(mention.marking) for mention in written}
        far = relations and far_ends(
            written,
            relations,
            forms=forms,
            forms_of_relations=[self.form(relation.marking) for relation in relations],
        )
        return tuple(
            MentionFact(
                name=ids.mention_name(self.name, mention.ref),
                profile=profile_of(
                    mention.schema,
                    mention.properties | far[mention.ref]
                    if far and mention.ref in far
                    else mention.properties,
                ),
                role=mention.role,
                marking=forms[mention.ref],
                agency=self.agency,
                office=self.office,
                reported=self.reported,
                grade=self.grade,
                desk=self.desk_of(mention.marking),
            )
            for mention in written
        )

    def relations(self, written: tuple[Relation, ...]) -> tuple[RelationFact, ...]:
        return tuple(
            RelationFact(
                name=f"{self.name}#relations/{place}",
                schema=relation.schema,
                source=ids.mention_name(self.name, relation.from_),
                target=ids.mention_name(self.name, relation.to),
                properties=tuple(
                    (name, tuple(sorted(set(values))))
                    for name, values in sorted(relation.properties.items())
                    if values
                ),
                marking=self.form(relation.marking),
                desk=self.desk_of(relation.marking),
            )
            for place, relation in enumerate(written)
        )

    def activities(self, written: tuple[Activity, ...]) -> tuple[ActivityFact, ...]:
        return tuple(
            ActivityFact(
                name=f"{self.name}#activities/{place}",
                code=activity.code,
                circumstances=frozenset(activity.circumstances),
                subjects=self._names(activity.subjects),
                objects=self._names(activity.objects),
                place=activity.place and ids.mention_name(self.name, activity.place),
                topics=_distinct(activity.topics),
                countries=_distinct(activity.countries),
                marking=self.form(activity.marking),
                desk=self.desk_of(activity.marking),
            )
            for place, activity in enumerate(written)
        )

    def claims(self, written: tuple[IdentityClaim, ...]) -> tuple[ClaimFact, ...]:
        return tuple(
            ClaimFact(
                name=f"{self.name}#identities/{place}",
                a=ids.mention_name(self.name, claim.a),
                b=claim.b if "#" in claim.b else ids.mention_name(self.name, claim.b),
                is_same=claim.verdict == "same",
                grade=_grade(claim.grading, self.grade, self.ceiling),
                marking=self.form(claim.marking),
                agency=self.agency,
                office=self.office,
                desk=self.desk_of(claim.marking),
            )
            for place, claim in enumerate(written)
        )

    def _names(self, refs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(ids.mention_name(self.name, ref) for ref in _distinct(refs))


def _signal(
    event: SignalEvent,
    submission: Submission,
    reported: int,
    ceiling: Grade,
    community: Community,
) -> SignalFacts:
    agency = ids.agency_of(event.source)
    bearer = _Bearer(
        name=event.name,
        agency=agency,
        office=ids.office_of(event.source, community.offices),
        reported=reported,
        grade=_grade(submission.grading, UNJUDGED, ceiling),
        marking=compile_marking(submission.marking, owner=agency, community=community),
        desk=submission.marking.desk,
        ceiling=ceiling,
        community=community,
    )
    origin = submission.origin
    return SignalFacts(
        name=bearer.name,
        agency=agency,
        office=bearer.office,
        reported=reported,
        ends=_ends(submission.observed, reported),
        marking=bearer.marking,
        grade=bearer.grade,
        is_raw=submission.vetting == "raw",
        is_disputed=submission.disputed,
        origin=None if origin is None else _origin_token(origin.id),
        origin_marking=(
            None if origin is None or origin.marking is None else bearer.form(origin.marking)
        ),
        mentions=bearer.mentions(submission.mentions, submission.relations),
        relations=bearer.relations(submission.relations),
        activities=bearer.activities(submission.activities),
        claims=bearer.claims(submission.identities),
        retracts=(
            None
            if submission.corrects is None
            else ids.signal_name(event.source, submission.corrects)
        ),
    )


def _tearline(
    written: Tearline, place: int, parent: SignalFacts, ceiling: Grade, community: Community
) -> SignalFacts:
    handle = ids.handle(community.handle_key, "tearline", parent.name, str(place))
    # To the day: the hour of the parent would tell which report it is.
    reported = midnight(day_of(parent.reported))
    bearer = _Bearer(
        name=f"/{parent.agency}/{ids.TEARLINE_SEGMENT}/{handle}",
        agency=parent.agency,
        office=f"/{parent.agency}",
        reported=reported,
        grade=_grade(written.grading, parent.grade, ceiling),
        marking=compile_marking(written.marking, owner=parent.agency, community=community),
        desk=written.marking.desk,
        ceiling=ceiling,
        community=community,
    )
    return SignalFacts(
        name=bearer.name,
        agency=bearer.agency,
        office=bearer.office,
        reported=reported,
        ends=_ends(written.observed, reported),
        marking=bearer.marking,
        grade=bearer.grade,
        is_raw=False,
        is_disputed=False,
        origin=None,
        origin_marking=None,
        mentions=bearer.mentions(written.mentions, written.relations),
        relations=bearer.relations(written.relations),
        activities=bearer.activities(written.activities),
        claims=(),
        parent=parent.name,
        parent_marking=parent.marking,
    )


def _retraction(event: SignalEvent, retraction: Retraction, reported: int) -> SignalFacts:
    agency = ids.agency_of(event.source)
    return SignalFacts(
        name=event.name,
        agency=agency,
        office=ids.office_of(event.source),
        reported=reported,
        ends=reported,
        marking=nobody(agency),
        grade=UNJUDGED,
        is_raw=False,
        is_disputed=False,
        origin=None,
        origin_marking=None,
        mentions=(),
        relations=(),
        activities=(),
        claims=(),
        retracts=ids.signal_name(event.source, retraction.retracts),
    )


def _ceiling(event: SignalEvent, community: Community) -> Grade:
    """The agency's ceiling, lowered to the publisher's that intake noted on the event."""
    ceiling = community.ceiling_of(ids.agency_of(event.source))
    if event.fusionceiling is None:
        return ceiling
    return ceiling.lowered_to(grade_of(event.fusionceiling))


def _grade(grading: Grading | None, default: Grade, ceiling: Grade) -> Grade:
    stated = default if grading is None else Grade(grading.source, grading.information)
    return stated.lowered_to(ceiling)


def _ends(observed: Period | None, reported: int) -> int:
    return reported if observed is None or observed.to is None else period_end(observed.to)


def _origin_token(origin: str) -> str:
    return f"signal:{origin}" if origin.startswith("/") else f"id:{origin}"


def _distinct(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
