"""What offices said of an alert: acknowledgements and feedback that the reader may know."""

from __future__ import annotations

from typing import Any

import msgspec

from fusion.domain.clock import format_moment
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, load_marking
from fusion.fusing.following import Told
from fusion.projections.store.lookups import Remark, remarks_by_name
from fusion.projections.view.book import Edition
from fusion.projections.view.scene import Scene

_ACKNOWLEDGED = "alert.acknowledged"


def remarks_on(scene: Scene, book: Edition, told: Told) -> dict[str, Any]:
    """`acknowledged` and `feedback` of an alert, oldest first.

    An acknowledgement counts while the version that it was given for is not behind the reader's.
    """
    known: dict[str, Remark] = {}
    for name in book.names_of(told.entry.alert):
        for remark in remarks_by_name(scene.store, name):
            if scene.has_happened(remark.recorded):
                known[msgspec.json.decode(remark.body)["id"]] = remark
    said = sorted(known.values(), key=lambda r: (r.recorded, r.body))
    acknowledged, feedback = [], []
    for remark in said:
        if remark.kind == _ACKNOWLEDGED:
            event = msgspec.json.decode(remark.body, type=AlertAcknowledged)
            if event.version >= told.entry.version and scene.admits(load_marking(event.marking)):
                acknowledged.append({**_who(event, remark), "version": event.version})
        else:
            given = msgspec.json.decode(remark.body, type=FeedbackGiven)
            if scene.admits(load_marking(given.marking)):
                words = {"verdict": given.verdict, "reason": given.reason}
                feedback.append({**_who(given, remark), **words})
    return {"acknowledged": acknowledged, "feedback": feedback}


def _who(event: AlertAcknowledged | FeedbackGiven, remark: Remark) -> dict[str, Any]:
    return {
        "id": event.id,
        "agency": event.agency,
        "office": event.office,
        "by": event.author,
        "at": format_moment(remark.recorded),
    }
