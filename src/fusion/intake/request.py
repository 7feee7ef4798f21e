"""Disclosure requests and their answers, as events.

A request is marked with the join of what it names (one by a handle for those between whom it goes),
its answer as the request is. Promises that
asking again for the same, while nobody answered, gives the request that there is; and that of two
answers the first stands. What is granted must exist and be releasable to the asker's agency: nobody
is told "granted" of something that it can't get.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Literal

import msgspec

from fusion.access.directory import Directory
from fusion.access.reader import Reader
from fusion.coordination.request import may_agency_know
from fusion.domain import ids
from fusion.domain.errors import Conflict, Fault, Invalid
from fusion.domain.marking import NormalForm
from fusion.events.catalog import (
    DisclosureAnswered,
    DisclosureRequested,
    RequestKind,
    store_marking,
)
from fusion.events.codec import encode
from fusion.events.envelope import Recorded
from fusion.events.group_commit import GroupCommit
from fusion.events.log import EventLog, Outcome
from fusion.events.position import Position
from fusion.intake.numbering import first_free

REQUESTS, ANSWERS = "/fusion/disclosure-requests", "/fusion/disclosure-answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, as its asker sees it: `least` is how the request is marked."""

    kind: RequestKind
    name: str
    names: tuple[str, ...]
    behind: tuple[str, ...] = ()
    desk: str
    mechanism: str | None
    least: NormalForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The request that is answered, by whoever acts for `post`; `agency` is the asker's.

    `owners` are the agencies of whose signals more was asked, none where anybody may release.
    """

    id: str
    agency: str
    name: str
    owners: frozenset[str]
    post: str
    least: NormalForm


@dataclass(frozen=True, slots=True)
class Taken:
    """A request or an answer that the log holds; `is_new` unless it held it before."""

    id: str
    position: Position
    recorded: int
    is_new: bool


class RequestDesk:
    """Takes requests and answers of readers into the log."""

    def __init__(self, commit: GroupCommit, log: EventLog, directory: Directory) -> None:
        self._commit, self._log, self._directory = commit, log, directory

    async def ask(self, author: Reader, wanted: Wanted, *, reason: str) -> Taken:
        """Ask for more; the request that the author's agency has, where it is not answered yet."""
        id_ = await asyncio.to_thread(self._next, author, wanted)
        event = DisclosureRequested(
            id=id_,
            author=author.name,
            agency=author.agency,
            kind=wanted.kind,
            name=wanted.name,
            names=wanted.names,
            behind=wanted.behind,
            reason=reason,
            desk=wanted.desk,
            mechanism=wanted.mechanism,
            marking=store_marking(wanted.least),
        )
        receipt = (await self._commit.submit([encode(event, source=REQUESTS, id=id_)]))[0]
        if receipt.outcome is Outcome.ACCEPTED:
            assert receipt.position is not None
            assert receipt.recorded is not None
            return Taken(id_, receipt.position, receipt.recorded, is_new=True)
        stands = await asyncio.to_thread(self._find, REQUESTS, id_)
        return Taken(id_, stands.position, stands.recorded, is_new=False)

    def _next(self, author: Reader, wanted: Wanted) -> str:
        """The name of the open request for this, else of a new one.

        It comes from what may be known of the request alone: who asks, for what, marked how.
        """
        marking = msgspec.json.encode(store_marking(wanted.least))
        words = (author.agency, wanted.kind, wanted.name, hashlib.sha256(marking).hexdigest())

        def name(number: int) -> str:
            return ids.decision_name("d-", *words, str(number))

        return name(first_free(lambda n: self._log.find(ANSWERS, name(n)) is not None))

    def _find(self, source: str, id_: str) -> Recorded:
        found = self._log.find(source, id_)
        assert found is not None, "what the log holds already is found in it"
        return found

    async def answer(
        self,
        author: Reader,
        request: Answering,
        answer: Literal["granted", "refused"],
        *,
        reason: str,
        released: str | None,
        released_marking: NormalForm | None,
    ) -> Taken:
        """Grant it by a release, or refuse it; Conflict where it was answered otherwise.

        `released_marking` is that of a signal which the author may know, None for a case.
        """
        self._require_release(author, request, answer, released, released_marking)
        event = DisclosureAnswered(
            request=request.id,
            author=author.name,
            agency=author.agency,
            post=request.post,
            answer=answer,
            reason=reason,
            released=released,
            marking=store_marking(request.least),
        )
        receipt = (await self._commit.submit([encode(event, source=ANSWERS, id=request.id)]))[0]
        if receipt.position is None or receipt.recorded is None:
            raise Conflict("the request was answered before")
        is_new = receipt.outcome is Outcome.ACCEPTED
        return Taken(request.id, receipt.position, receipt.recorded, is_new=is_new)

    def _require_release(
        self,
        author: Reader,
        request: Answering,
        answer: str,
        released: str | None,
        marking: NormalForm | None,
    ) -> None:
        if answer == "refused":
            if released is not None:
                raise _unreleased("a refusal releases nothing")
        elif released is None:
            raise _unreleased("a grant names the signal or the case by which it is released")
        elif marking is None:
            if not self._is_shared_case(author, request.agency, released):
                raise _unreleased("is no case of yours that the asker's agency belongs to")
        elif released == request.name:
            raise _unreleased("is what more was asked of")
        elif request.owners and ids.agency_of(released) not in request.owners:
            raise _unreleased("is not of the owner that was asked")
        elif not self._may_know(marking, request.agency):
            raise _unreleased("is not releasable to the asker's agency")

    def _is_shared_case(self, author: Reader, agency: str, case: str) -> bool:
        """Whether the author and a reader of the asker's agency both belong to a case."""
        others = (each for each in self._directory.readers() if each.agency == agency)
        return case in author.grants.cases and any(case in each.cases for each in others)

    def _may_know(self, marking: NormalForm, slug: str) -> bool:
        agency = self._directory.registry().agency(slug)
        return agency is not None and may_agency_know(marking, agency)


def _unreleased(detail: str) -> Invalid:
    return Invalid("the answer is not as it must be", faults=(Fault("/released", detail),))
