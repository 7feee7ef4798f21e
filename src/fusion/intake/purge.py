"""Purging: a signal taken out of the log for good, by its name.

What is left says that there was one, what it retracted or corrected (which stays retracted), and on
whose order it went. Its id stays taken: who posts it again is told that another body stands there.
"""

from __future__ import annotations

from fusion.domain.errors import Misused
from fusion.domain.ids import is_signal_name, signal_name
from fusion.domain.signal import Submission, decode_event
from fusion.events.catalog import SIGNALS, SignalPurged
from fusion.events.codec import decode, encode
from fusion.events.envelope import Envelope
from fusion.events.log import EventLog

SOURCE = "/fusion/purges"


def purge(log: EventLog, name: str, *, reason: str) -> None:
    """Purge a signal or a retraction; `Misused` where the log holds none of this name.

    Ordered again it is done again, under the first order: that may have been cut short.
    """
    if not reason.strip():
        raise Misused("a purge states its reason: on whose order")
    source, _, id_ = name.rpartition("/")
    ordered = log.find(SOURCE, name[1:])
    if ordered is not None:
        purged = decode(ordered)
        assert isinstance(purged, SignalPurged)
    else:
        held = log.find(source, id_) if is_signal_name(name) else None
        if held is None or held.envelope.type not in SIGNALS:
            raise Misused(f"the log holds no signal {name}")
        purged = _rest_of(held.envelope, reason)
    log.purge(encode(purged, source=SOURCE, id=name[1:]), encode(purged, source=source, id=id_))


def _rest_of(envelope: Envelope, reason: str) -> SignalPurged:
    data = decode_event(envelope.body).data
    other = data.corrects if isinstance(data, Submission) else data.retracts
    return SignalPurged(
        signal=signal_name(envelope.source, envelope.id),
        retracts=signal_name(envelope.source, other) if other else None,
        reason=reason,
    )
