"""Whose turn it is: what nobody answers to in time goes on to the next post.

The definition, naive and pure: it recomputes everything from a list and a moment. It is given what
one class of readers may know of an alert (its versions as that class was told them, and those
acknowledgements that it may know), so that silence is what this class knows of as silence, and
somebody's hidden word changes nothing here. For a responsible post these are its own: so its
deadline runs from when it was told (RULES.md 29).

Nothing is written when a deadline passes. What follows from it is a function of the log and of the
moment at which one asks, equal for whoever asks when, and after a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fusion.domain.clock import MICROS_PER_SECOND
from fusion.domain.post import Mechanism, Post, Registry

_MICROS_PER_HOUR = 3600 * MICROS_PER_SECOND

# A recorded moment, and the name that orders what happened in it.
At: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """A post that answers when its turn comes, and the mechanism for which it does."""

    mechanism: str
    post: str
    title: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an alert, and the names that the alert answers to from it on."""

    at: At
    number: int
    is_standing: bool
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That an office took note of an alert: of the version that stood for it, under these names."""

    at: At
    version: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Duty:
    """That from `since` on the alert is with a turn, of `version` and those after it.

    The first of each silence is with turn 0, and began with a version; the others are escalations.
    """

    since: int
    turn: int
    version: int


@dataclass(frozen=True, slots=True)
class Course:
    """With whom an alert was, oldest first, and when it goes on unless somebody takes note."""

    duties: tuple[Duty, ...] = ()
    next_at: int | None = None


def turns_of(mechanism: Mechanism, registry: Registry) -> tuple[Turn, ...]:
    """To whom an alert of a mechanism goes: lead, deputy, then those of each mechanism above."""
    return held(all_turns(mechanism, registry), registry)


def all_turns(mechanism: Mechanism, registry: Registry) -> tuple[Turn, ...]:
    """The same with vacant posts. A post comes once."""
    turns: dict[str, Turn] = {}
    for each in registry.lineage(mechanism):
        for post in registry.lead_and_deputy(each):
            turns.setdefault(post.id, Turn(each.slug, post.id, post.title))
    return tuple(turns.values())


def held(turns: Iterable[Turn], registry: Registry) -> tuple[Turn, ...]:
    """The turns of posts that somebody holds: a vacant one is passed over, nobody is there.

    If all are vacant it stays with the first: there is nobody whom it could go to.
    """
    every = tuple(turns)
    kept = [turn for turn in every if _is_held(registry.post(turn.post))]
    return tuple(kept) or every[:1]


def deadline(since: int, hours: int) -> int:
    """The moment by which somebody must have answered to what came to a post at `since`.

    What is recorded at that very moment is late: a deadline comes before all else of its moment, as
    a tick does.
    """
    return since + hours * _MICROS_PER_HOUR


def course_of(
    versions: Iterable[Version],
    acknowledgements: Iterable[Acknowledgement],
    *,
    turns: int,
    hours: int,
    now: int,
) -> Course:
    """With whom an alert was until `now`, where each of `turns` has so many hours.

    `now` lies not before what happened.

    It begins with the first turn when the alert is raised, and goes on with each deadline that
    passes in silence. An acknowledgement of the version that stands, or of a later one, ends the
    silence. A version that nobody took note of lets it run on, so that a busy alert is not put off
    for ever; one that clears an acknowledgement begins another, with the first turn again.
    """
    if turns == 0:
        return Course()
    alert = _Alert(turns, hours)
    happened: Sequence[Version | Acknowledgement] = sorted(
        [*versions, *acknowledgements], key=lambda each: each.at
    )
    for each in happened:
        alert.pass_time(each.at[0])
        alert.take(each)
    alert.pass_time(now)
    return Course(tuple(alert.duties), alert.next_at)


class _Alert:
    """One alert while its history is walked."""

    def __init__(self, turns: int, hours: int) -> None:
        self.duties: list[Duty] = []
        self._turns, self._hours = turns, hours
        self._names: set[str] = set()
        self._said: list[Acknowledgement] = []
        self._version = 0
        self._is_standing = False
        self._is_silent = False

    @property
    def next_at(self) -> int | None:
        """The deadline that stands; none once somebody took note, and none after the last turn."""
        if not self._is_silent or self.duties[-1].turn + 1 == self._turns:
            return None
        return deadline(self.duties[-1].since, self._hours)

    def pass_time(self, now: int) -> None:
        while (due := self.next_at) is not None and due <= now:
            self.duties.append(Duty(due, self.duties[-1].turn + 1, self._version))

    def take(self, happened: Version | Acknowledgement) -> None:
        if isinstance(happened, Acknowledgement):
            self._said.append(happened)
            self._is_silent = self._is_silent and not self._is_acknowledged()
            return
        goes_on = happened.is_standing and self._is_standing and self._is_silent
        is_new = happened.is_standing and not self._is_standing
        self._names |= happened.names
        self._version, self._is_standing = happened.number, happened.is_standing
        self._is_silent = happened.is_standing and not self._is_acknowledged()
        if is_new or (self._is_silent and not goes_on):
            self.duties.append(Duty(happened.at[0], 0, happened.number))

    def _is_acknowledged(self) -> bool:
        """Whether an acknowledgement counts: of this alert, and not of an earlier version."""
        return any(
            said.version >= self._version and not self._names.isdisjoint(said.names)
            for said in self._said
        )


def _is_held(post: Post | None) -> bool:
    return post is not None and post.holder is not None
