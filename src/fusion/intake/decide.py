"""Decisions: what a person decided about mentions and alerts, as an event.

The marking of a decision is fixed when it is accepted: the join of what it names and cites, or a
stricter one that its author states; who may not know what was judged never learns of the judgement.
Callers bring that join from the author's own view, where what may not be known is not found.
Promises that a decision's name depends on its author and its words alone, so that nothing hidden
shows in it, and that the same decision made again is a new one.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from fusion.access.directory import Directory
from fusion.access.reader import Reader
from fusion.domain import ids
from fusion.domain.compiling import compile_marking
from fusion.domain.errors import Fault, Invalid, Unavailable
from fusion.domain.judgement import Verdict
from fusion.domain.marking import NormalForm, is_same_or_stricter, join
from fusion.domain.signal import Marking
from fusion.events.catalog import (
    AlertAcknowledged,
    FeedbackGiven,
    JudgementMade,
    StoredMarking,
    store_marking,
)
from fusion.events.codec import encode
from fusion.events.envelope import Envelope
from fusion.events.group_commit import GroupCommit
from fusion.events.log import EventLog
from fusion.events.position import Position
from fusion.intake.numbering import first_free

Decision: TypeAlias = JudgementMade | AlertAcknowledged | FeedbackGiven

# Under which source each kind of decision stands in the log, and how its names begin.
_PLACES: dict[type[Decision], tuple[str, str]] = {
    JudgementMade: ("/fusion/judgements", "j-"),
    AlertAcknowledged: ("/fusion/acknowledgements", "k-"),
    FeedbackGiven: ("/fusion/feedback", "f-"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNamed:
    """The alert that a decision is about, as its author sees it now.

    `names` are all that it answers to, `least` the join of its evidence's markings.
    """

    name: str
    names: tuple[str, ...]
    version: int
    least: NormalForm


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that the log holds, and the position just after it."""

    id: str
    position: Position


class DecisionDesk:
    """Takes decisions of readers into the log."""

    def __init__(self, commit: GroupCommit, log: EventLog, directory: Directory) -> None:
        self._commit = commit
        self._log = log
        self._directory = directory

    async def judge(
        self,
        author: Reader,
        pair: tuple[str, str],
        verdict: Verdict,
        *,
        reason: str,
        because: tuple[str, ...],
        least: NormalForm,
        stated: Marking | None,
    ) -> Decided:
        """Judge whether two mentions are one; the latest of an author on a pair counts.

        `least` is the join of the two mentions and of the signals cited.
        """
        a, b = sorted(pair)
        if a == b:
            fault = Fault("/b", "a judgement is on two mentions")
            raise Invalid("a mention is itself", faults=(fault,))
        event = JudgementMade(
            id="",
            author=author.name,
            agency=author.agency,
            a=a,
            b=b,
            verdict=verdict,
            reason=reason,
            because=tuple(dict.fromkeys(because)),
            marking=self._marking(author, stated, least),
        )
        return await self._decide(event)

    async def acknowledge(self, author: Reader, alert: AlertNamed) -> Decided:
        """Take note of the version that stands, for the author's office."""
        event = AlertAcknowledged(
            id="",
            author=author.name,
            agency=author.agency,
            office=self._office_of(author),
            alert=alert.name,
            names=alert.names,
            version=alert.version,
            marking=store_marking(alert.least),
        )
        return await self._decide(event)

    async def give_feedback(
        self,
        author: Reader,
        alert: AlertNamed,
        verdict: Literal["confirmed", "dismissed"],
        *,
        reason: str,
        stated: Marking | None,
    ) -> Decided:
        """Say what the author's office holds of an alert."""
        event = FeedbackGiven(
            id="",
            author=author.name,
            agency=author.agency,
            office=self._office_of(author),
            alert=alert.name,
            names=alert.names,
            verdict=verdict,
            reason=reason,
            marking=self._marking(author, stated, alert.least),
        )
        return await self._decide(event)

    def _marking(self, author: Reader, stated: Marking | None, least: NormalForm) -> StoredMarking:
        """The join, or what the author stated where that is the same or stricter; else Invalid."""
        if stated is None:
            return store_marking(least)
        community = self._directory.community()
        try:
            form = compile_marking(stated, owner=author.agency, community=community)
        except Invalid as error:
            faults = tuple(Fault(f"/marking{each.pointer}", each.detail) for each in error.faults)
            raise Invalid(error.detail, faults=faults) from None
        if not is_same_or_stricter(form, least):
            fault = Fault("/marking", "is less strict than what the decision names and cites")
            raise Invalid("the marking is too wide", faults=(fault,))
        return store_marking(join(form, least))

    def _office_of(self, author: Reader) -> str:
        """The office of the first post that the author holds, else the author's agency."""
        registry = self._directory.registry()
        posts = [post for post in registry.posts_of(author.name) if post.agency == author.agency]
        if not posts:
            return f"/{author.agency}"
        return ids.office_of(posts[0].id, registry.offices)

    async def _decide(self, event: Decision) -> Decided:
        """Append under a name of its own; Unavailable or Misused where the log does not take it."""
        envelope = await asyncio.to_thread(self._named, event)
        receipt = (await self._commit.submit([envelope]))[0]
        if receipt.position is None:
            # Only a hash collision, or another program at the log, could have taken the name.
            raise Unavailable("the decision was not taken; try again")
        return Decided(envelope.id, receipt.position)

    def _named(self, event: Decision) -> Envelope:
        source, prefix = _PLACES[type(event)]
        words = hashlib.sha256(msgspec.json.encode(event)).hexdigest()

        def name(number: int) -> str:
            return ids.decision_name(prefix, event.author, words, str(number))

        number = first_free(lambda n: self._log.find(source, name(n)) is not None)
        named = msgspec.structs.replace(event, id=name(number))
        return encode(named, source=source, id=named.id)
