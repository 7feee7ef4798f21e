"""Signals as they are served: the event without what may not be known, or one of its tear-lines.

What is left out leaves no trace: no marker, no count, no gap in what remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fusion.access.disclosure import Rung, banner
from fusion.domain import ids
from fusion.domain.clock import format_moment
from fusion.domain.compiling import Community, compile_marking
from fusion.domain.fact import SignalFacts
from fusion.domain.marking import NormalForm
from fusion.domain.signal import SUBMITTED, Marking, Submission, Tearline, decode_event
from fusion.fusing.known import Admits
from fusion.fusing.store import EventRow

# Set by intake, and nobody's concern.
_OURS = frozenset({"fusionceiling", "fusionpublisher"})


def signal_document(
    event: EventRow, facts: SignalFacts, admits: Admits, community: Community
) -> dict[str, Any]:
    """One signal of an event, for a class that may know it."""
    submission = decode_event(event.body).data
    assert isinstance(submission, Submission)
    if facts.parent is not None:
        return _tearline(facts, admits, community, submission)
    known = _Known(facts, admits, community)
    whole = msgspec.json.decode(event.body)
    document = {name: value for name, value in whole.items() if name not in _OURS}
    document["data"] = known.submission(submission, whole["data"])
    recorded = format_moment(event.since[0])
    return _disclosed(document, Rung.FULL, known.markings, community, recorded=recorded)


def _tearline(
    facts: SignalFacts,
    admits: Admits,
    community: Community,
    submission: Submission,
) -> dict[str, Any]:
    """The authored text and facts; of its parent the agency, the day and the grading only."""
    written = written_tearline(facts, community, submission)
    known = _Known(facts, admits, community)
    source, _, id_ = facts.name.rpartition("/")
    data: dict[str, Any] = {
        "summary": written.text,
        "marking": msgspec.to_builtins(written.marking),
        "grading": {"source": facts.grade.source, "information": facts.grade.information},
        "mentions": known.of(written.mentions),
        "relations": known.of(written.relations),
        "activities": known.of(written.activities),
        "topics": list(written.topics),
    }
    if written.observed:
        data["observed"] = msgspec.to_builtins(written.observed)
    document = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": source,
        "id": id_,
        "time": format_moment(facts.reported),
        "datacontenttype": "application/json",
        "data": {name: value for name, value in data.items() if value not in ([], None)},
    }
    return _disclosed(document, Rung.TEARLINE, known.markings, community, recorded=None)


def written_tearline(facts: SignalFacts, community: Community, submission: Submission) -> Tearline:
    """A tear-line as its parent has it."""
    return submission.tearlines[_place(facts, community, len(submission.tearlines))]


def _place(facts: SignalFacts, community: Community, count: int) -> int:
    """Which of its parent's tear-lines a signal is: handles are made from the place."""
    handle = facts.name.rpartition("/")[2]
    for place in range(count):
        if ids.handle(community.handle_key, "tearline", facts.parent or "", str(place)) == handle:
            return place
    raise AssertionError("a tear-line is one of its parent's")


def _disclosed(
    document: dict[str, Any],
    rung: Rung,
    markings: Iterable[NormalForm],
    community: Community,
    *,
    recorded: str | None,
) -> dict[str, Any]:
    document["rung"] = str(rung)
    document["banner"] = banner(markings, community.levels)
    if recorded is not None:
        document["recorded"] = recorded
    return document


class _Known:
    """What of a signal a class may know, collecting the markings of what it lets through."""

    def __init__(self, facts: SignalFacts, admits: Admits, community: Community) -> None:
        self._facts, self._admits, self._community = facts, admits, community
        self._owner = ids.agency_of(facts.name)
        self.markings = [facts.marking]

    def submission(self, written: Submission, whole: dict[str, Any]) -> dict[str, Any]:
        """The `data` of a signal, each fact and the origin under its own marking."""
        data = dict(whole)
        for name in ("mentions", "relations", "identities", "activities", "tearlines"):
            shown = self._let_through(getattr(written, name), data.pop(name, []))
            # An empty list would tell that something was there.
            if shown:
                data[name] = shown
        if written.origin and not self._may_know(written.origin.marking):
            del data["origin"]
        return data

    def of(self, written: tuple[Any, ...]) -> list[Any]:
        """The facts of one kind of a tear-line."""
        return self._let_through(written, [msgspec.to_builtins(fact) for fact in written])

    def _let_through(self, written: tuple[Any, ...], shown: list[Any]) -> list[Any]:
        return [
            fact for each, fact in zip(written, shown, strict=True) if self._may_know(each.marking)
        ]

    def _may_know(self, marking: Marking | None) -> bool:
        if marking is None:
            return True
        form = compile_marking(marking, owner=self._owner, community=self._community)
        if not self._admits(form):
            return False
        self.markings.append(form)
        return True
