"""Disclosure requests: which desk is asked, who answers when it keeps silent, and how one stands.

Pure deciders over the registry's public part, a request and its answer. They never look at what is
asked for, nor at what anybody may know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fusion.coordination.escalation import (
    Acknowledgement,
    Turn,
    Version,
    all_turns,
    course_of,
    deadline,
    held,
)
from fusion.domain.ids import agency_of
from fusion.domain.marking import DOMESTIC, NormalForm, minimal
from fusion.domain.post import Agency, Mechanism, Registry

# How long each post has in routine: a release has to be written by a person who may do so.
ANSWER_HOURS = 72

Status: TypeAlias = Literal["open", "escalated", "granted", "refused"]


def desk_for_signal(source: str, registry: Registry, *, named: str | None = None) -> str | None:
    """The desk that is asked for more of what is published under `source`; None: nobody answers.

    `named` is the one that its marking names, if it does. An agency without a desk is asked by the
    post that leads the mechanism nearest to it.
    """
    if named is not None and registry.desk(named) is not None:
        return named
    desk = registry.desk_for(source)
    if desk is not None:
        return desk.id
    mechanism = _mechanism_of(agency_of(source), registry)
    return mechanism.lead if mechanism else None


def desk_for_alert(mechanism: Mechanism, registry: Registry) -> str:
    """The desk that is asked for more of an alert which `mechanism` leads: its accountable lead's.

    Of that post's desk, else the first of its agency, else the post itself.
    """
    agency = registry.agency(agency_of(mechanism.lead))
    desks = agency.desks if agency else ()
    own = [desk.id for desk in desks if desk.post == mechanism.lead]
    return (own or [desk.id for desk in desks] or [mechanism.lead])[0]


def turns_to_answer(desk: str, mechanism: str | None, registry: Registry) -> tuple[Turn, ...]:
    """Who answers a request: the desk's post, its deputy, then the mechanisms, as in escalation.

    `mechanism` is that of an alert; for anything else it is the one in which the desk's post
    serves, else the nearest of its agency. A desk that is no more leaves its request to the
    mechanisms.
    """
    return held(all_to_answer(desk, mechanism, registry), registry)


def all_to_answer(desk: str, mechanism: str | None, registry: Registry) -> tuple[Turn, ...]:
    """The same with vacant posts."""
    known = registry.desk(desk)
    post = registry.post(known.post if known else desk)
    leading = registry.mechanism(mechanism or (post.mechanism if post else None) or "")
    leading = leading or _mechanism_of(agency_of(desk), registry)
    if leading is None:
        return ()
    first = [post, registry.post(post.deputy or "")] if post else []
    turns = {each.id: Turn(leading.slug, each.id, each.title) for each in first if each}
    for turn in all_turns(leading, registry):
        turns.setdefault(turn.post, turn)
    return tuple(turns.values())


def marking_between(asker: str, turns: Iterable[Turn], registry: Registry) -> NormalForm:
    """How a request by a handle is marked: for the asker's agency and those that it may come to.

    The asker may not know what it asks for, and who answers may not know what it is asked from, so
    that no marking of either fits. What the asker writes is at the lowest level, as pointers are.
    """
    agencies = {asker, *(agency_of(turn.post) for turn in turns)}
    tokens = frozenset(_token(each, registry) for each in agencies)
    return NormalForm(level=0, clauses=minimal([tokens]), owners=frozenset({asker}))


def _token(agency: str, registry: Registry) -> str:
    kind = DOMESTIC if registry.is_domestic(agency) else "partner"
    return f"{kind}/{agency}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: whose turn it is (or was, when it was answered), since when, until."""

    status: Status
    turn: int
    since: int
    due: int


def standing_of(
    recorded: int,
    answered: tuple[int, Literal["granted", "refused"]] | None,
    *,
    turns: int,
    now: int,
) -> Standing:
    """How a request of `recorded` stands at `now`, given when and how it was answered, if it was.

    It goes from turn to turn as an alert does that nobody acknowledges.
    """
    names = frozenset({"request"})
    said = [Acknowledgement((answered[0], "answer"), 1, names)] if answered else []
    asked = Version((recorded, ""), 1, is_standing=True, names=names)
    course = course_of([asked], said, turns=max(turns, 1), hours=ANSWER_HOURS, now=now)
    last = course.duties[-1]
    status: Status = "escalated" if last.turn else "open"
    return Standing(
        status=answered[1] if answered else status,
        turn=last.turn,
        since=last.since,
        due=due_of(last.since),
    )


def due_of(since: int) -> int:
    """The moment by which a post has to answer what came to it at `since`."""
    return deadline(since, ANSWER_HOURS)


def may_agency_know(marking: NormalForm, agency: Agency) -> bool:
    """Whether a marking is releasable to an agency: some reader of it, cleared enough, may know.

    Only who it is released to is looked at, never what a reader of that agency was granted.
    """
    own = {DOMESTIC, f"{DOMESTIC}/{agency.slug}"}
    if not agency.is_domestic:
        own = {f"partner/{agency.slug}"}
    if agency.nation is not None:
        own.add(f"nation/{agency.nation}")
    return all(
        not clause.isdisjoint(own)
        for clause in marking.clauses
        if any(_is_releasability(token) for token in clause)
    )


def _is_releasability(token: str) -> bool:
    return token.partition("/")[0] in {DOMESTIC, "partner", "nation"}


def _mechanism_of(agency: str, registry: Registry) -> Mechanism | None:
    """The deepest mechanism with an agency at its core, else the overall one."""
    own = [each for each in registry.mechanisms if agency in each.core]
    return max(own, key=lambda each: len(registry.lineage(each)), default=registry.root)
