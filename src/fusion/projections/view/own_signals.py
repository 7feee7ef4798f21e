"""A publisher's own signals: what became of each, as far as its agency may know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from fusion.domain.clock import format_moment
from fusion.domain.fact import grade_of
from fusion.domain.signal import Submission, decode_event
from fusion.events.envelope import Recorded
from fusion.fusing.store import EventRow

_RETRACTED = "signal.retracted"


def own_signal(event: EventRow, *, is_corrected: bool) -> dict[str, Any]:
    """One of a publisher's signals that the store has; what took it out may be a correction."""
    document: dict[str, Any] = {
        "source": event.source,
        "id": event.id,
        "status": _status(event),
        "recorded": format_moment(event.since[0]),
    }
    if event.fault:
        # Its body may be what cannot be read, so it is left alone.
        return document | {"problem": _quarantine(event.fault)}
    if event.gone_by and event.type != _RETRACTED:
        document["corrected_by" if is_corrected else "retracted_by"] = event.gone_by
    lowered = _lowered(event.body)
    if lowered:
        document["graded"] = lowered
    return document


def event_at(event: EventRow, moment: int) -> EventRow:
    """An event as it was at a moment: what took it out later had not come yet."""
    if event.until is None or event.until[0] <= moment:
        return event
    return replace(event, until=None, gone_by=None)


def unfused_signal(recorded: Recorded) -> dict[str, Any]:
    """One that the log has and the store does not yet."""
    envelope = recorded.envelope
    return {
        "source": envelope.source,
        "id": envelope.id,
        "status": "accepted",
        "recorded": format_moment(recorded.recorded),
    }


def name_of(recorded: Recorded) -> str:
    """The name of a signal that the log has."""
    return f"{recorded.envelope.source}/{recorded.envelope.id}"


def is_of(recorded: Recorded, publisher: str) -> bool:
    """Whether an event of the log is a signal of this publisher."""
    if recorded.envelope.type not in {"signal.submitted", _RETRACTED}:
        return False
    return bool(msgspec.json.decode(recorded.envelope.body)["fusionpublisher"] == publisher)


def _status(event: EventRow) -> str:
    if event.fault:
        return "quarantined"
    # A retraction can't be retracted: what names one changes nothing.
    return "retracted" if event.until and event.type != _RETRACTED else "fused"


def _quarantine(fault: str) -> dict[str, Any]:
    """Why a signal that the log has does not count, in the form of every problem (RFC 9457)."""
    return {
        "type": "urn:fusion:problem:quarantined",
        "title": "It can't be read any more",
        "status": 422,
        "code": "quarantined",
        "errors": [{"pointer": "", "detail": fault}],
    }


def _lowered(body: bytes) -> str | None:
    """The grade that its publisher's ceiling lowered it to, if that did."""
    event = decode_event(body)
    submission = event.data
    if not isinstance(submission, Submission) or not submission.grading or not event.fusionceiling:
        return None
    stated = grade_of(f"{submission.grading.source}{submission.grading.information}")
    held = stated.lowered_to(grade_of(event.fusionceiling))
    return None if held == stated else held.code
