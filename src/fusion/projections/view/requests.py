"""Disclosure requests as they are served: to the asker's agency, and to those who have to answer.

A request is marked with the join of what it names, its answer as the request is. Who may not know
that is told of neither; of others, only readers of the asker's agency are, and those who hold the
posts that it came to. What was released is named only to who may know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from fusion.access.disclosure import Disclosure, Rung, Shown, shown_of
from fusion.access.reader import Reader
from fusion.coordination.escalation import Turn
from fusion.coordination.lead import leading_mechanism
from fusion.coordination.request import (
    Standing,
    all_to_answer,
    desk_for_alert,
    desk_for_signal,
    marking_between,
    standing_of,
    turns_to_answer,
)
from fusion.domain.clock import format_moment
from fusion.domain.errors import Conflict, NotFound
from fusion.domain.fact import SignalFacts
from fusion.domain.ids import agency_of, is_tearline
from fusion.domain.marking import join_all
from fusion.domain.signal import Submission, decode_event
from fusion.events.catalog import DisclosureAnswered, DisclosureRequested, load_marking
from fusion.fusing.following import Told
from fusion.fusing.store import EventRow
from fusion.projections.store.lookups import event_of_signal, request_part, requests_newest_first
from fusion.projections.view.alert_documents import evidence_markings, turn_document
from fusion.projections.view.book import Edition
from fusion.projections.view.pointer_documents import pointers_on
from fusion.projections.view.port import Asked, RequestNamed
from fusion.projections.view.scene import Scene
from fusion.projections.view.signal_documents import written_tearline

_REQUESTED, _ANSWERED = "disclosure.requested", "disclosure.answered"


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request that a reader may see: who answers it, how it stands, and its answer if any.

    `is_answering` says that it came to a post of the reader's.
    """

    event: DisclosureRequested
    recorded: int
    turns: tuple[Turn, ...]
    standing: Standing
    answer: tuple[int, DisclosureAnswered] | None
    is_answering: bool = False

    @property
    def posts(self) -> tuple[str, ...]:
        """The posts that it came to, in turn."""
        return tuple(turn.post for turn in self.turns[: self.standing.turn + 1])


def asked_signal(scene: Scene, name: str) -> Asked:
    """A signal that the reader sees, as a request names it; NotFound where it sees none."""
    facts, event = scene.signal(name), event_of_signal(scene.store, name)
    if facts is None or event is None:
        raise NotFound("there is no signal of this name that you may know")
    # Of a tear-line's parent no office may show, so its agency's first desk is asked.
    source = f"/{agency_of(name)}" if is_tearline(name) else name.rpartition("/")[0]
    desk = desk_for_signal(source, scene.registry, named=_named_desk(scene, facts, event))
    return Asked(
        kind="signal",
        name=name,
        names=(name,),
        desk=_required(desk),
        mechanism=None,
        marking=facts.marking,
    )


def asked_alert(scene: Scene, book: Edition, told: Told) -> Asked:
    """An alert that stands for the reader, as a request names it."""
    pattern = scene.rules.pattern_at(told.entry.pattern, told.at)
    mechanism = leading_mechanism(pattern.domain, pattern.region, scene.registry)
    markings = evidence_markings(scene, told)
    if not markings:
        raise NotFound("nothing of it is left that you may know")
    return Asked(
        kind="alert",
        name=told.entry.alert,
        names=book.names_of(told.entry.alert),
        desk=_required(desk_for_alert(mechanism, scene.registry) if mechanism else None),
        mechanism=mechanism.slug if mechanism else None,
        marking=join_all(markings),
    )


def asked_pointer(scene: Scene, reader: Reader, handle: str) -> Asked:
    """What a pointer of the reader's stands for; NotFound for any other handle, alike."""
    pointer = next((each for each in pointers_on(scene) if each.handle == handle), None)
    if pointer is None:
        raise NotFound("there is no pointer of this handle that you have")
    turns = all_to_answer(pointer.desk, None, scene.registry)
    return Asked(
        kind="handle",
        name=handle,
        names=(handle,),
        behind=tuple(sorted(pointer.reason.behind)),
        desk=_required(pointer.desk if turns else None),
        mechanism=None,
        marking=marking_between(reader.agency, turns, scene.registry),
    )


def open_request(scene: Scene, reader: Reader, asked: Asked) -> str | None:
    """The request of the reader's agency for the same thing that nobody answered yet."""
    for seen in requests_seen(scene, reader, None):
        event = seen.event
        is_same = event.kind == asked.kind and not set(event.names).isdisjoint(asked.names)
        if is_same and event.agency == reader.agency and seen.answer is None:
            return event.id
    return None


def requests_seen(
    scene: Scene, reader: Reader, after: tuple[int, str] | None
) -> Iterator[SeenRequest]:
    """The requests that a reader may see, newest first."""
    for id_, recorded, body in requests_newest_first(scene.store, after):
        seen = _seen(scene, reader, id_, recorded, body)
        if seen is not None:
            yield seen


def request_seen(scene: Scene, reader: Reader, id_: str) -> SeenRequest:
    """One of them; NotFound for any other."""
    part = request_part(scene.store, id_, _REQUESTED)
    seen = _seen(scene, reader, id_, *part) if part else None
    if seen is None:
        raise NotFound("there is no request of this id that you may know")
    return seen


def request_named(scene: Scene, reader: Reader, id_: str) -> RequestNamed:
    """A request as an answer names it; NotFound for one that came to no post of the reader's."""
    seen = request_seen(scene, reader, id_)
    post = _post_of(scene, reader, seen)
    if post is None:
        raise NotFound("there is no request of this id that you may answer")
    event = seen.event
    return RequestNamed(
        id=event.id,
        agency=event.agency,
        name=event.name,
        owners=_owners(event),
        post=post,
        marking=load_marking(event.marking),
    )


def request_document(scene: Scene, seen: SeenRequest) -> Disclosure[dict[str, Any]]:
    """A request as it is served."""
    event, standing = seen.event, seen.standing
    answer = _answer_document(scene, seen)
    concerned = _concerned(scene, seen)
    body = {
        "id": event.id,
        "status": standing.status,
        "asked": {event.kind: event.name},
        "reason": event.reason,
        "desk": event.desk,
        "due": format_moment(standing.due),
        "at": format_moment(seen.recorded),
        "agency": event.agency,
        "by": event.author,
        "responsible": _responsible(seen),
        "answer": answer,
        **({"concerns": concerned} if concerned else {}),
    }
    named = [event.name] if event.kind == "signal" else []
    released = (answer or {}).get("released", "")
    shown = shown_of([*named, *concerned, *([released] if "/" in released else [])])
    pointed = {Shown(Rung.POINTER, name) for name in event.behind if name not in concerned}
    return Disclosure(body, tuple(sorted({*shown, *pointed})))


def _concerned(scene: Scene, seen: SeenRequest) -> list[str]:
    """What stands behind a handle, to a post that answers: what its holder may know of that."""
    if not seen.is_answering:
        return []
    return [name for name in seen.event.behind if scene.signal(name) is not None]


def _owners(event: DisclosureRequested) -> frozenset[str]:
    """The agencies of whose signals more is asked; none for an alert, which is many's."""
    named = {"signal": (event.name,), "alert": (), "handle": (event.desk, *event.behind)}
    return frozenset(map(agency_of, named[event.kind]))


def _seen(scene: Scene, reader: Reader, id_: str, recorded: int, body: bytes) -> SeenRequest | None:
    event = msgspec.json.decode(body, type=DisclosureRequested)
    if not scene.admits(load_marking(event.marking)):
        return None
    turns = turns_to_answer(event.desk, event.mechanism, scene.registry)
    part = request_part(scene.store, id_, _ANSWERED)
    answer = (part[0], msgspec.json.decode(part[1], type=DisclosureAnswered)) if part else None
    standing = standing_of(
        recorded,
        (answer[0], answer[1].answer) if answer else None,
        turns=len(turns),
        now=max(scene.moment, recorded, answer[0] if answer else 0),
    )
    seen = SeenRequest(event, recorded, turns, standing, answer)
    is_asker = event.agency == reader.agency
    if _post_of(scene, reader, seen) is not None:
        return replace(seen, is_answering=True)
    return seen if is_asker else None


def _post_of(scene: Scene, reader: Reader, seen: SeenRequest) -> str | None:
    """The post by which a reader answers a request, None if it came to none of the reader's."""
    own = {post.id for post in scene.registry.posts_of(reader.name)}
    return next((post for post in seen.posts if post in own), None)


def _responsible(seen: SeenRequest) -> dict[str, Any] | None:
    if seen.answer is not None or not seen.turns:
        return None
    turn = seen.turns[seen.standing.turn]
    return turn_document(turn) | {"since": format_moment(seen.standing.since)}


def _answer_document(scene: Scene, seen: SeenRequest) -> dict[str, Any] | None:
    if seen.answer is None:
        return None
    recorded, event = seen.answer
    document = {
        "answer": event.answer,
        "reason": event.reason,
        "at": format_moment(recorded),
        "agency": event.agency,
        "post": event.post,
        "by": event.author,
    }
    if event.released is not None and _may_be_named(scene, event.released):
        document["released"] = event.released
    return document


def _may_be_named(scene: Scene, released: str) -> bool:
    """A case is named to who may know the request; a signal to who may know it."""
    return not released.startswith("/") or scene.signal(released) is not None


def _named_desk(scene: Scene, facts: SignalFacts, event: EventRow) -> str | None:
    """The desk that a signal's or a tear-line's own marking names."""
    submission = decode_event(event.body).data
    assert isinstance(submission, Submission), "a signal that stands was submitted"
    if facts.parent is None:
        return submission.marking.desk
    community = scene.store.community(event.epoch)
    return written_tearline(facts, community, submission).marking.desk


def _required(desk: str | None) -> str:
    if desk is None:
        raise Conflict("the registry names nobody who could answer")
    return desk
