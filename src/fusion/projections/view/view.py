"""The view: the only read there is, bound to one reader at birth.

Every method works on a scene of one consistent state, as the reader's access class may know it, and
returns disclosures. No method takes a reader, so none can be asked on behalf of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from fusion.access.disclosure import Disclosure, disclosing
from fusion.access.reader import Reader
from fusion.domain.clock import format_moment
from fusion.domain.errors import Fault, Invalid, NotFound
from fusion.domain.fact import MentionFact
from fusion.domain.ids import entity_name, is_mention_name, signal_of
from fusion.domain.judgement import Judgement
from fusion.domain.marking import NormalForm, join_all
from fusion.fusing.following import Told
from fusion.projections.store.lookups import event_of_signal, judgements_on, mentions_named
from fusion.projections.view import alert_documents, requests, signal_documents, walk
from fusion.projections.view.book import Edition
from fusion.projections.view.cursor import Seal, opened
from fusion.projections.view.entity_documents import entity_document
from fusion.projections.view.filters import admits_alert, filters_text
from fusion.projections.view.foresight_documents import foresight_document, last_that_stood
from fusion.projections.view.pointer_documents import (
    of_alert,
    of_entity,
    pointer_document,
    pointers_on,
    with_pointers,
)
from fusion.projections.view.port import (
    AlertFilters,
    Answer,
    Asked,
    RequestNamed,
    SignalFilters,
    StandingAlert,
)
from fusion.projections.view.remarks import remarks_on
from fusion.projections.view.scene import Scene
from fusion.projections.view.searching import entities_matching, signals_matching
from fusion.projections.view.watch import Watch
from fusion.projections.view.why import why_document

UNSEEN = "there is nothing here that you may know"

Staged = tuple[Scene, Edition]


class ReaderView:
    """What one reader may know: now, or of a past moment by today's rights."""

    def __init__(
        self,
        reader: Reader,
        stage: Callable[[], AbstractContextManager[Staged]],
        seal: Callable[..., Seal],
        watch: Callable[[AlertFilters, str | None], Watch],
        past: Callable[[int], ReaderView],
    ) -> None:
        self._reader, self._stage, self._seal, self._watch = reader, stage, seal, watch
        self._past = past

    def as_of(self, moment: int) -> ReaderView:
        """The same reader's view of a past moment (µs); Unreadable for one to come."""
        return self._past(moment)

    # --- alerts

    def alerts(self, *, cursor: str | None, limit: int, filters: AlertFilters) -> Answer:
        """A page of alerts, newest first raised first."""
        seal = self._seal("alerts", filters_text(filters))
        after = opened(seal, cursor)
        with self._stage() as (scene, book):
            found = (
                (told, alert)
                for told in book.newest_first()
                if _is_beyond(told, after)
                if admits_alert(filters, (alert := book.drawn(scene, told)).body)
            )
            return _page(found, limit, lambda t: seal.close(t.entry.raised_at, t.entry.alert))

    def alert(self, name: str) -> Answer:
        """One alert, with what offices said of it."""
        with self._stage() as (scene, book):
            told = _named(book, name)
            alert = book.drawn(scene, told)
            remarks = remarks_on(scene, book, told)
            alert = with_pointers(scene, alert, of_alert(told))
            return Disclosure({**alert.body, **remarks}, alert.shown)

    def explanation(self, name: str) -> Answer:
        """Why it stands."""
        with self._stage() as (scene, book):
            told = _named(book, name)
            explanation = alert_documents.explanation_document(scene, told)
            return disclosing(explanation, alert_documents.signals_behind(told))

    def foresight(self, name: str) -> Answer:
        """When its fragments would have crossed the line, had each been shared when reported."""
        with self._stage() as (scene, book):
            told = last_that_stood(book.history(_named(book, name).entry.alert))
            if told is None:
                raise NotFound(UNSEEN)
            return disclosing(foresight_document(scene, told), alert_documents.signals_behind(told))

    def alert_graph(self, name: str) -> Answer:
        """The entities of its evidence, and what connects them."""
        with self._stage() as (scene, book):
            told = _named(book, name)
            hypothesis = told.entry.hypothesis
            signals = hypothesis.signals if hypothesis else ()
            known = filter(None, map(scene.signal, signals))
            mentions = {m.name for signal in known for m in signal.mentions}
            mentions |= set(hypothesis.members if hypothesis else ())
            return walk.evidence_graph(scene, sorted(mentions))

    def history(self, name: str, *, cursor: str | None, limit: int) -> Answer:
        """Its versions, oldest first."""
        seal = self._seal("history", name)
        after = opened(seal, cursor)
        with self._stage() as (scene, book):
            versions = book.history(_named(book, name).entry.alert)
            found = (
                (told, book.drawn(scene, told))
                for told in versions
                if after is None or told.entry.version > after[0]
            )
            return _page(found, limit, lambda told: seal.close(told.entry.version))

    def standing(self, alert: str) -> StandingAlert:
        """What a decision about an alert has to name."""
        with self._stage() as (scene, book):
            told = _named(book, alert)
            markings = alert_documents.evidence_markings(scene, told)
            entry = told.entry
            names = book.names_of(entry.alert)
            marking = join_all(markings) if markings else NormalForm(level=0)
            return StandingAlert(entry.alert, entry.version, names, marking)

    def watch(self, *, last_event_id: str | None, filters: AlertFilters) -> Watch:
        """A stream of them."""
        return self._watch(filters, last_event_id)

    # --- signals

    def signals(self, *, cursor: str | None, limit: int, filters: SignalFilters) -> Answer:
        """A page of signals, newest reported first."""
        seal = self._seal("signals", filters_text(filters))
        after = opened(seal, cursor)
        with self._stage() as (scene, _):
            found = (
                ((row.reported, row.name), self._signal(scene, row.name))
                for row in signals_matching(scene, filters, after)
            )
            return _page(found, limit, lambda place: seal.close(*place))

    def signal(self, name: str) -> Answer:
        """One signal."""
        with self._stage() as (scene, _):
            return self._signal(scene, name)

    def _signal(self, scene: Scene, name: str) -> Answer:
        facts = scene.signal(name)
        event = event_of_signal(scene.store, name)
        if facts is None or event is None:
            raise NotFound(UNSEEN)
        community = scene.store.community(event.epoch)
        document = signal_documents.signal_document(event, facts, scene.admits, community)
        return disclosing(document, [name])

    def marking_of_signals(self, names: Iterable[str]) -> NormalForm:
        """The join of the markings of signals."""
        with self._stage() as (scene, _):
            found = [scene.signal(name) for name in names]
            if not found or None in found:
                raise NotFound(UNSEEN)
            return join_all(signal.marking for signal in found if signal)

    # --- entities

    def entities(self, *, cursor: str | None, limit: int, q: str | None) -> Answer:
        """A page of entities, by their names."""
        seal = self._seal("entities", q or "")
        after = opened(seal, cursor)
        with self._stage() as (scene, _):
            found = (
                (name, _entity_with_pointers(scene, entity))
                for name, entity in entities_matching(scene, q)
                if after is None or name > after[0]
            )
            return _page(found, limit, seal.close)

    def entity_of(self, mention: str) -> Answer:
        """The entity of a mention."""
        with self._stage() as (scene, _):
            return _entity_with_pointers(scene, _entity(scene, mention))

    def entity(self, name: str) -> Answer:
        """An entity by a name made from any visible member."""
        with self._stage() as (scene, _):
            return _entity_with_pointers(scene, self._entity_named(scene, name))

    def neighbourhood(self, name: str, hops: int) -> Answer:
        """What is within so many hops of it."""
        with self._stage() as (scene, _):
            return walk.neighbourhood(scene, self._entity_named(scene, name), hops)

    def _entity_named(self, scene: Scene, name: str) -> tuple[MentionFact, ...]:
        for mention in mentions_named(scene.store, name):
            entity = scene.entity(mention)
            if entity is not None and entity_name(mention) == name:
                return entity
        raise NotFound(UNSEEN)

    def why(self, a: str, b: str) -> Answer:
        """Why two mentions are one, or are not."""
        with self._stage() as (scene, _):
            for parameter, name in (("a", a), ("b", b)):
                _require_mention_name(parameter, name)
            for name in (a, b):
                if scene.mention(name) is None:
                    raise NotFound(UNSEEN)
            return why_document(scene, a, b)

    # --- pointers

    def pointers(self, *, cursor: str | None, limit: int) -> Answer:
        """A page of what the reader is pointed to, latest first."""
        seal = self._seal("pointers")
        after = opened(seal, cursor)
        with self._stage() as (scene, _):
            found = (
                ((pointer.day, pointer.handle), pointer_document(pointer))
                for pointer in pointers_on(scene)
                if after is None or (-pointer.day, pointer.handle) > (-after[0], after[1])
            )
            return _page(found, limit, lambda place: seal.close(*place))

    # --- judgements

    def judgements(self, mention: str, *, cursor: str | None, limit: int) -> Answer:
        """What people judged of a mention, newest first."""
        seal = self._seal("judgements", mention)
        after = opened(seal, cursor)
        with self._stage() as (scene, _):
            _require_mention_name("mention", mention)
            if scene.mention(mention) is None:
                raise NotFound(UNSEEN)
            made = [
                (judgement, at)
                for judgement, at in judgements_on(scene.store, mention)
                if scene.has_happened(at)
            ]
            # The place is the judgement's own name: numbers would count what is hidden. It is
            # found even where the judgement may not be known any more.
            names = [j.id for j, _ in made]
            start = names.index(after[0]) + 1 if after and after[0] in names else 0
            found = (
                (j, _judgement_document(j, at))
                for j, at in made[start:]
                if scene.admits(j.marking) and all(scene.mention(name) for name in j.pair)
            )
            return _page(found, limit, lambda j: seal.close(j.id))

    # --- disclosure requests

    def asked_signal(self, name: str) -> Asked:
        """A signal, as a request names it."""
        with self._stage() as (scene, _):
            return requests.asked_signal(scene, name)

    def asked_alert(self, name: str) -> Asked:
        """An alert, as a request names it."""
        with self._stage() as (scene, book):
            return requests.asked_alert(scene, book, _named(book, name))

    def asked_pointer(self, handle: str) -> Asked:
        """What a pointer stands for, as a request names it."""
        with self._stage() as (scene, _):
            return requests.asked_pointer(scene, self._reader, handle)

    def open_request(self, asked: Asked) -> str | None:
        """The unanswered request of the reader's agency for the same."""
        with self._stage() as (scene, _):
            return requests.open_request(scene, self._reader, asked)

    def requests(self, *, cursor: str | None, limit: int) -> Answer:
        """A page of the requests that this reader may see, newest first."""
        seal = self._seal("requests")
        after = opened(seal, cursor)
        with self._stage() as (scene, _):
            place = (after[0], after[1]) if after else None
            found = (
                ((seen.recorded, seen.event.id), requests.request_document(scene, seen))
                for seen in requests.requests_seen(scene, self._reader, place)
            )
            return _page(found, limit, lambda last: seal.close(*last))

    def request(self, id_: str) -> Answer:
        """One of them."""
        with self._stage() as (scene, _):
            seen = requests.request_seen(scene, self._reader, id_)
            return requests.request_document(scene, seen)

    def request_to_answer(self, id_: str) -> RequestNamed:
        """One that came to a post of the reader's."""
        with self._stage() as (scene, _):
            return requests.request_named(scene, self._reader, id_)

    def marking_of_mentions(self, names: Iterable[str]) -> NormalForm:
        """The join of the markings of mentions."""
        with self._stage() as (scene, _):
            found = [scene.mention(name) for name in names]
            if not found or None in found:
                raise NotFound(UNSEEN)
            return join_all(mention.marking for mention in found if mention)


def _named(book: Edition, name: str) -> Told:
    told = book.named(name)
    if told is None:
        raise NotFound(UNSEEN)
    return told


def _is_beyond(told: Told, after: list[Any] | None) -> bool:
    """Whether an alert comes after the place of a cursor."""
    return after is None or (-told.entry.raised_at, told.entry.alert) > (-after[0], after[1])


def _entity_with_pointers(scene: Scene, entity: tuple[MentionFact, ...]) -> Answer:
    return with_pointers(scene, entity_document(scene, entity), of_entity(entity))


def _entity(scene: Scene, mention: str) -> tuple[MentionFact, ...]:
    _require_mention_name("mention", mention)
    entity = scene.entity(mention)
    if entity is None:
        raise NotFound(UNSEEN)
    return entity


def _require_mention_name(parameter: str, name: str) -> None:
    if not is_mention_name(name):
        fault = Fault(parameter, "is no mention's name (<source>/<id>#<ref>)")
        raise Invalid("no mention's name", faults=(fault,))


def _judgement_document(judgement: Judgement, recorded: int) -> Answer:
    document = {
        "id": judgement.id,
        "author": judgement.author,
        "a": judgement.a,
        "b": judgement.b,
        "verdict": str(judgement.verdict),
        "reason": judgement.reason,
        "because": list(judgement.because),
        "at": format_moment(recorded),
    }
    return disclosing(document, {*judgement.because, *map(signal_of, judgement.pair)})


def _page(found: Iterator[tuple[object, Answer]], limit: int, close: Callable[..., str]) -> Answer:
    """A page of what is found: limits apply after visibility, never before."""
    items: list[Answer] = []
    last: object = None
    for place, disclosure in found:
        if len(items) == limit:
            return _paged(items, close(last))
        items.append(disclosure)
        last = place
    return _paged(items, None)


def _paged(items: list[Answer], place: str | None) -> Answer:
    """A page; an empty one is a disclosure too."""
    shown = tuple(sorted({each for item in items for each in item.shown}))
    return Disclosure({"items": [i.body for i in items], "next": place}, shown, len(items))
