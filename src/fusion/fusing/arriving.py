"""From the log to the step: what a recorded event brings.

A signal is compiled under the community that stood when it was accepted. One that cannot be read
any more is quarantined: it arrives with its fault and without facts, and everybody sees that.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from fusion.domain.compiling import Community, compile_signal
from fusion.domain.errors import FusionError
from fusion.domain.fact import SignalFacts
from fusion.domain.ids import signal_name
from fusion.domain.judgement import Judgement
from fusion.domain.signal import SignalEvent, Submission, decode_event
from fusion.events.catalog import (
    SIGNALS,
    AlertAcknowledged,
    DisclosureAnswered,
    DisclosureRequested,
    FeedbackGiven,
    JudgementMade,
    LibraryPublished,
    SignalPurged,
    load_marking,
)
from fusion.events.codec import decode
from fusion.events.envelope import Recorded
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import Instant, instant_of, tick_instant
from fusion.fusing.store import RemarkRow, RequestRow
from fusion.patterns.loader import load_pattern

_REMARKS = frozenset({"alert.acknowledged", "feedback.given"})
_REQUESTS = frozenset({"disclosure.requested", "disclosure.answered"})


def facts_in(body: bytes, community: Community) -> tuple[SignalFacts, ...]:
    """The facts of a stored signal and of its tear-lines."""
    return compile_signal(decode_event(body), community=community)


def arrival_of(
    recorded: Recorded, community: Community, *, epoch: int, order: int
) -> Arrival | None:
    """What an event brings to the step; None for one that does not concern it.

    `order` is the event's place in the sequence of decisions, for a judgement.
    """
    envelope = recorded.envelope
    if envelope.type in SIGNALS:
        return _signal(recorded, community, epoch)
    if envelope.type == "signal.purged":
        return _purged(recorded, epoch)
    if envelope.type == "clock.ticked":
        return Arrival(at=tick_instant(recorded.recorded))
    if envelope.type in _REMARKS:
        remark = decode(recorded)
        assert isinstance(remark, AlertAcknowledged | FeedbackGiven)
        at = _instant(recorded)
        names = tuple(sorted({remark.alert, *remark.names}))
        return Arrival(at=at, remark=RemarkRow(envelope.type, names, at, envelope.body))
    if envelope.type in _REQUESTS:
        asked = decode(recorded)
        assert isinstance(asked, DisclosureRequested | DisclosureAnswered)
        at = _instant(recorded)
        request = asked.id if isinstance(asked, DisclosureRequested) else asked.request
        # As this version says it, whichever wrote it.
        body = msgspec.json.encode(asked)
        return Arrival(at=at, request=RequestRow(envelope.type, request, at, body))
    if envelope.type == "library.published":
        library = decode(recorded)
        assert isinstance(library, LibraryPublished)
        at = _instant(recorded)
        return Arrival(at=at, published=tuple(map(load_pattern, library.patterns)))
    if envelope.type == "judgement.made":
        made = decode(recorded)
        assert isinstance(made, JudgementMade)
        at = _instant(recorded)
        return Arrival(at=at, judgement=_judgement(made, order))
    return None


def _purged(recorded: Recorded, epoch: int) -> Arrival | None:
    """What is left of a purged signal: in its own place what it retracted, else that it is gone.

    A store that took it in before lets go of it like of a retracted one, until it is made anew.
    """
    envelope, purged = recorded.envelope, decode(recorded)
    assert isinstance(purged, SignalPurged)
    is_own_place = signal_name(envelope.source, envelope.id) == purged.signal
    retracts = purged.retracts if is_own_place else purged.signal
    if retracts is None:
        return None
    return replace(_posted(recorded, epoch), retracts=retracts)


def _signal(recorded: Recorded, community: Community, epoch: int) -> Arrival:
    envelope = recorded.envelope
    facts: tuple[SignalFacts, ...] = ()
    texts: tuple[str, ...] = ()
    publisher = ""
    fault = None
    try:
        event = decode_event(envelope.body)
        publisher = event.fusionpublisher or ""
        facts = compile_signal(event, community=community)
        texts = _texts(event)
    except FusionError as error:
        fault = error.detail
    return replace(
        _posted(recorded, epoch),
        facts=facts,
        texts=texts,
        retracts=next((f.retracts for f in facts if f.retracts), None),
        fault=fault,
        publisher=publisher,
    )


def _posted(recorded: Recorded, epoch: int) -> Arrival:
    """What was posted, or stands in its place, before anything of it is read."""
    envelope = recorded.envelope
    return Arrival(
        at=_instant(recorded),
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        body=envelope.body,
        epoch=epoch,
    )


def _instant(recorded: Recorded) -> Instant:
    return instant_of(recorded.recorded, recorded.envelope.source, recorded.envelope.id)


def _texts(event: SignalEvent) -> tuple[str, ...]:
    """What a signal and each of its tear-lines are searched by."""
    if not isinstance(event.data, Submission):
        return ("",)
    return (event.data.summary, *(line.text for line in event.data.tearlines))


def _judgement(made: JudgementMade, order: int) -> Judgement:
    return Judgement(
        id=made.id,
        author=made.author,
        a=min(made.a, made.b),
        b=max(made.a, made.b),
        verdict=made.verdict,
        reason=made.reason,
        order=order,
        marking=load_marking(made.marking),
        because=made.because,
    )
