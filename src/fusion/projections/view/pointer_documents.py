"""Pointers as they are served: a handle, the desk to call, the anchor, and fixed sentences.

What stands behind one is told the ledger, and the desk that answers, and never the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fusion.access.disclosure import Disclosure, Rung, Shown, shown_of
from fusion.domain.fact import MentionFact
from fusion.domain.ids import signal_of
from fusion.fusing.following import Told
from fusion.fusing.pointer import Pointer, Reason
from fusion.projections.view.scene import Scene

TEXT = "Another desk holds something that bears on this. Call it before you act."
NOTICE = "Whoever holds the rest of this may be pointed to your desk. Call this one before you act."
ENTRUSTED = "What is kept from all but you bears on what this desk holds. Call both before you act."
# Where access is asked for, with the handle.
REQUEST = "/v1/disclosure-requests"


def pointers_on(scene: Scene) -> list[Pointer]:
    """What the reader is pointed to, latest first, from what it still knows.

    An anchor that was retracted since the last tick is no more; its pointer goes with the next.
    """
    pointing = scene.pointing()
    standing = pointing.standing if pointing else []
    return [pointer for pointer in standing if scene.has_anchor(pointer)]


def pointer_document(pointer: Pointer) -> Disclosure[dict[str, Any]]:
    """One pointer; what it discloses of the signals behind it is that they are there."""
    body = {
        "rung": str(Rung.POINTER),
        "handle": pointer.handle,
        "desk": pointer.desk,
        "anchor": pointer.anchor,
        "text": _text(pointer.reason),
        "request": REQUEST,
    }
    behind = {Shown(Rung.POINTER, name) for name in pointer.reason.behind}
    anchor = signal_of(pointer.anchor)
    own = [Shown(Rung.POINTER, anchor)] if pointer.reason.is_entrusted else shown_of([anchor])
    return Disclosure(body, tuple(sorted({*behind, *own})))


def _text(reason: Reason) -> str:
    if reason.is_entrusted:
        return ENTRUSTED
    return NOTICE if reason.is_mirror else TEXT


def of_alert(told: Told) -> Callable[[Pointer], bool]:
    """Whether a pointer is of an alert: of its pattern, and from its evidence or its entity."""
    hypothesis = told.entry.hypothesis
    facts = {piece.fact for piece in hypothesis.evidence} if hypothesis else set()
    members = set(hypothesis.members) if hypothesis else set()

    def is_of_it(pointer: Pointer) -> bool:
        reason = pointer.reason
        is_near = pointer.anchor in facts | members or not members.isdisjoint(reason.mentions)
        return is_near and (not reason.patterns or told.entry.pattern in reason.patterns)

    return is_of_it


def of_entity(entity: Iterable[MentionFact]) -> Callable[[Pointer], bool]:
    """Whether a pointer is of an entity: from one of its mentions, or of a cell about it."""
    names = {mention.name for mention in entity}
    return lambda p: p.anchor in names or not names.isdisjoint(p.reason.mentions)


def with_pointers(
    scene: Scene, document: Disclosure[dict[str, Any]], is_of_it: Callable[[Pointer], bool]
) -> Disclosure[dict[str, Any]]:
    """An answer with those of the reader's pointers that are of it."""
    found = [pointer_document(p) for p in pointers_on(scene) if is_of_it(p)]
    shown = {*document.shown, *(each for pointer in found for each in pointer.shown)}
    body = {**document.body, "pointers": [pointer.body for pointer in found]}
    return Disclosure(body, tuple(sorted(shown)), document.count)
