"""Submission: from decoded documents to durable signals, and what became of each.

Within many, those that can be taken go through, whatever becomes of the others. Promises that
nothing is acknowledged before the log has it, that a refused signal leaves no trace (its id is not
taken), and that the same signal again changes nothing. Intake alone says `fusionceiling` and
`fusionpublisher`; what a client writes there is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from fusion.access.publisher import PublisherRights
from fusion.domain.errors import Conflict, Fault, FusionError, Unreadable
from fusion.events.codec import signal_envelope
from fusion.events.envelope import Envelope, Recorded
from fusion.events.group_commit import GroupCommit
from fusion.events.log import Outcome, Receipt
from fusion.events.position import Position
from fusion.events.sequence import Standing, settle
from fusion.intake.decode import Document

# Checking takes about 50 µs a signal. Up to this many are checked where they arrived; more go to a
# thread, so that they don't hold up everybody else's requests.
MAX_CHECKED_INLINE = 20

Check: TypeAlias = Callable[[Document, PublisherRights], FusionError | None]
Find: TypeAlias = Callable[[str, str], Recorded | None]


class Status(StrEnum):
    """What became of a submitted signal."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one document.

    `source` and `id` are None where the document has none that can be read. `position` is just
    after the signal in the log, `refusal` why it was rejected: one of the two is None.
    """

    source: str | None
    id: str | None
    status: Status
    position: Position | None = None
    refusal: FusionError | None = None


class SubmissionDesk:
    """Takes signals of publishers into the log.

    `check` is what a document has to pass: None, or why it is refused. `find` looks into the log
    for what stands under a name already.
    """

    def __init__(self, commit: GroupCommit, check: Check, find: Find) -> None:
        self._commit = commit
        self._check = check
        self._find = find

    async def submit(
        self, documents: Sequence[Document | FusionError], rights: PublisherRights
    ) -> list[Result]:
        """A result for each document, in order; one that could not be read comes as its error.

        Raises Unavailable (or Misused, for a log that can't be written) where the log does not take
        them; then none is acknowledged, and submitting all again is safe.
        """
        if len(documents) <= MAX_CHECKED_INLINE:
            checked = self._checked(documents, rights)
        else:
            checked = await asyncio.to_thread(self._checked, documents, rights)
        return _results(checked, await self._commit.submit(_envelopes(checked)))

    def try_out(
        self, documents: Sequence[Document | FusionError], rights: PublisherRights
    ) -> list[Result]:
        """What `submit` would make of each document now, and nothing is appended. Blocks."""
        checked = self._checked(documents, rights)
        _, receipts = settle(_envelopes(checked), find=self._standing, offset=0, recorded=0)
        return _results(checked, receipts)

    def _standing(self, source: str, id_: str) -> Standing | None:
        found = self._find(source, id_)
        return None if found is None else Standing(found.envelope.digest, 0, found.recorded)

    def _checked(
        self, documents: Iterable[Document | FusionError], rights: PublisherRights
    ) -> list[Envelope | Result]:
        return [self._envelope(document, rights) for document in documents]

    def _envelope(
        self, document: Document | FusionError, rights: PublisherRights
    ) -> Envelope | Result:
        if isinstance(document, FusionError):
            return Result(None, None, Status.REJECTED, refusal=document)
        refusal = self._check(document, rights)
        if refusal is None:
            try:
                return signal_envelope(document, ceiling=rights.ceiling, publisher=rights.name)
            except Unreadable as error:
                refusal = error
        return Result(
            _text_of(document, "source"), _text_of(document, "id"), Status.REJECTED, refusal=refusal
        )


def _envelopes(checked: Iterable[Envelope | Result]) -> list[Envelope]:
    return [each for each in checked if isinstance(each, Envelope)]


def _results(checked: Iterable[Envelope | Result], receipts: Iterable[Receipt]) -> list[Result]:
    """A result for each: the log's for an envelope, its own for what was refused before."""
    following = iter(receipts)
    return [
        _settled(each, next(following)) if isinstance(each, Envelope) else each for each in checked
    ]


def _settled(envelope: Envelope, receipt: Receipt) -> Result:
    """The result of a receipt. Of the body that stands under a name, a conflict says nothing."""
    if receipt.outcome is Outcome.CONFLICT:
        fault = Fault("/id", "another body stands under this source and id")
        refusal = Conflict("another body stands under this id", faults=(fault,))
        return Result(envelope.source, envelope.id, Status.REJECTED, refusal=refusal)
    status = Status.ACCEPTED if receipt.outcome is Outcome.ACCEPTED else Status.DUPLICATE
    return Result(envelope.source, envelope.id, status, receipt.position)


def _text_of(document: Document, name: str) -> str | None:
    value: Any = document.get(name)
    return value if isinstance(value, str) else None
