"""The channels through which such services have leaked, each planted in turn.

The numbers are those of the list of public precedents that the README's table follows. A plant is
made here, by patching; the product has no switch for one. It is what a plain design would have
done, and has to be caught by the detector named for it, on the routes named for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from fusion import assembly
from fusion.access.disclosure import Disclosure
from fusion.api.answers import DisclosingResponse
from fusion.api.parts import Health
from fusion.api.problems import TooMany
from fusion.api.rates import Limits
from fusion.api.tokens import Identity
from fusion.domain.errors import Forbidden, NotFound
from fusion.domain.fact import MentionFact
from fusion.domain.ids import signal_of
from fusion.domain.marking import NormalForm
from fusion.fusing.following import Following, Told
from fusion.fusing.ground import Fusion, StoredSignal, fuse_ground
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view import alert_documents, book, searching, view, walk
from fusion.projections.view.alert_documents import _Shown
from fusion.projections.view.audit import ReaderAudit
from fusion.projections.view.book import Book, Edition
from fusion.projections.view.port import Frame
from fusion.projections.view.scene import Scene as ReadScene
from fusion.projections.view.view import ReaderView
from fusion.projections.view.views import Views
from fusion.projections.view.watch import Watch
from fusion.projections.view.why import why_document
from tests.noninterference.detecting import BODY, HEADERS, STATUS, STREAM, VIEW

ALERTS, ALERT = ("GET", "/v1/alerts"), ("GET", "/v1/alerts/{name}")
SIGNALS, SIGNAL = ("GET", "/v1/signals"), ("GET", "/v1/signals/{name:path}")
ENTITIES, ENTITY = ("GET", "/v1/entities"), ("GET", "/v1/entities/{name}")
NEAR, WHY = ("GET", "/v1/entities/{name}/neighbourhood"), ("GET", "/v1/why")
JUDGE, JUDGEMENTS = ("POST", "/v1/judgements"), ("GET", "/v1/judgements")
READY, FOLLOWED = ("GET", "/v1/health/ready"), ("GET", "/v1/alerts/stream")
ASK = ("POST", "/v1/disclosure-requests")
SHOWN = ("GET", "/v1/audit/disclosures")
Route = tuple[str, str]


@dataclass(frozen=True)
class Channel:
    """One channel: its number in the list, what is betrayed, how, and who has to see it.

    `routes` are called when it is planted; none: it is looked for at the view.
    """

    number: int
    says: str
    plant: Callable[[pytest.MonkeyPatch], None]
    detector: str
    routes: tuple[Route, ...] = ()
    # On which sides others look around.
    others: tuple[bool, bool] = (True, False)


def _all(_: object) -> bool:
    return True


def _count(store: SqlStore) -> int:
    """How many signals there are, whoever may know them."""
    with store.reading() as c:
        return int(c.exec_driver_sql("SELECT count(*) FROM signal").scalar() or 0)


def _stored(store: SqlStore, mention: str) -> MentionFact | None:
    """A mention, whoever may know it."""
    found = store.signals([signal_of(mention)]).values()
    return next((m for s in found for m in s.facts.mentions if m.name == mention), None)


def _fused_for_all(of: ReadScene, mention: str) -> Fusion | None:
    on = of.ground_of(mention)
    return fuse_ground(on, of.rules, _all, of.at, today=of.today) if on else None


# --- lists, and what stands in them


def _total(patch: pytest.MonkeyPatch) -> None:
    signals = ReaderView.signals

    def counted(self: ReaderView, **asked: Any) -> Disclosure[Any]:
        page = signals(self, **asked)
        with self._stage() as (on, _):
            return replace(page, body={**page.body, "total": _count(on.store)})

    patch.setattr(ReaderView, "signals", counted)


def _whole_signals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoredSignal, "known", lambda self, _: self.facts)


def _hidden_ends(patch: pytest.MonkeyPatch) -> None:
    _whole_signals(patch)

    def end(self: walk._Walk, mention: str) -> str | None:
        fact = _stored(self._scene.store, mention)
        return self.add(self._scene.entity(mention) or (fact,)) if fact else None

    patch.setattr(walk._Walk, "_end", end)


def _first_raised_for_anybody(patch: pytest.MonkeyPatch) -> None:
    """A list stands in the order in which anybody was told, not this reader."""
    follow, newest_first = Book.follow, Edition.newest_first
    anybody: dict[str, int] = {}

    def remembering(self: Book, on: ReadScene, **more: Any) -> None:
        whole = Following(on.rules, _all)
        whole.follow(on.grounds)
        for told in whole.told:
            for signal in told.entry.hypothesis.signals if told.entry.hypothesis else ():
                first = anybody.get(told.entry.pattern + signal, told.entry.raised_at)
                anybody[told.entry.pattern + signal] = min(first, told.entry.raised_at)
        follow(self, on, **more)

    def raised(told: Told) -> int:
        found = told.entry.hypothesis.signals if told.entry.hypothesis else ()
        return min((anybody.get(told.entry.pattern + signal, 0) for signal in found), default=0)

    patch.setattr(Book, "follow", remembering)
    patch.setattr(Edition, "newest_first", lambda self: sorted(newest_first(self), key=raised))


def _limit_first(patch: pytest.MonkeyPatch) -> None:
    walked = searching.signals_newest_first

    def first(*asked: Any) -> Iterator[Any]:
        return islice(walked(*asked), 3)

    patch.setattr(searching, "signals_newest_first", first)


def _searches_hidden_text(patch: pytest.MonkeyPatch) -> None:
    def says(of: ReadScene, row: Any, q: str) -> bool:
        stored = of.store.signals([row.name])[row.name]
        names = [v for m in stored.facts.mentions for v in m.profile.values("name")]
        return q in row.text.lower() or q in names

    patch.setattr(searching, "_says", says)


# --- one thing


def _forbidden_not_unknown(patch: pytest.MonkeyPatch) -> None:
    signal = ReaderView.signal

    def honest(self: ReaderView, name: str) -> Disclosure[Any]:
        with self._stage() as (on, _):
            if on.store.signals([name]) and on.signal(name) is None:
                raise Forbidden("there is something, and it is not yours")
        return signal(self, name)

    patch.setattr(ReaderView, "signal", honest)


def _asks_of_anything(patch: pytest.MonkeyPatch) -> None:
    asked = ReaderView.asked_signal

    def honest(self: ReaderView, name: str) -> Any:
        with self._stage() as (on, _):
            if on.store.signals([name]) and on.signal(name) is None:
                raise Forbidden("there is something, and one may ask for it")
        return asked(self, name)

    patch.setattr(ReaderView, "asked_signal", honest)


def _why_of_anything(patch: pytest.MonkeyPatch) -> None:
    def why(self: ReaderView, a: str, b: str) -> Disclosure[Any]:
        with self._stage() as (on, _):
            if _stored(on.store, a) is None or _stored(on.store, b) is None:
                raise NotFound("no such mention")
            patched = pytest.MonkeyPatch()
            patched.setattr(on, "mention", lambda name: _stored(on.store, name))
            return why_document(on, a, b)

    patch.setattr(ReaderView, "why", why)


def _judges_anything(patch: pytest.MonkeyPatch) -> None:
    def least(self: ReaderView, names: list[str]) -> NormalForm:
        with self._stage() as (on, _):
            if any(_stored(on.store, name) is None for name in names):
                raise NotFound("no such mention")
        return NormalForm(0)

    patch.setattr(ReaderView, "marking_of_mentions", least)


def _judgements_unmarked(patch: pytest.MonkeyPatch) -> None:
    made = view.judgements_on

    def unmarked(*asked: Any) -> list[Any]:
        return [(replace(j, marking=NormalForm(0)), at) for j, at in made(*asked)]

    patch.setattr(view, "judgements_on", unmarked)


def _named_by_founder(patch: pytest.MonkeyPatch) -> None:
    """An entity is named by whoever founds it for all, and called by all of its members."""
    entity = ReadScene.entity

    def founded(self: ReadScene, mention: str) -> tuple[MentionFact, ...] | None:
        found, whole = entity(self, mention), _fused_for_all(self, mention)
        everybody = whole.resolution.entity_of(mention) if whole else None
        return (everybody[0], *found) if found and everybody else found

    patch.setattr(ReadScene, "entity", founded)


def _merged_by_hidden(patch: pytest.MonkeyPatch) -> None:
    """Entities of everything, without their hidden members."""
    entity = ReadScene.entity

    def filtered(self: ReadScene, mention: str) -> tuple[MentionFact, ...] | None:
        whole = _fused_for_all(self, mention) if entity(self, mention) else None
        found = whole.resolution.entity_of(mention) if whole else None
        return tuple(m for m in found if self.admits(m.marking)) if found else None

    patch.setattr(ReadScene, "entity", filtered)


def _degree(patch: pytest.MonkeyPatch) -> None:
    node = walk._Walk._node

    def counted(self: walk._Walk, name: str) -> dict[str, Any]:
        signals = {signal_of(m.name) for m in self._entities[name]}
        stored = self._scene.store.signals(signals).values()
        return {**node(self, name), "degree": sum(len(s.facts.relations) for s in stored)}

    patch.setattr(walk._Walk, "_node", counted)


def _banner_of_ground(patch: pytest.MonkeyPatch) -> None:
    def markings(self: _Shown) -> list[NormalForm]:
        return [m.marking for s in self.ground.signals for m in s.facts.mentions]

    patch.setattr(_Shown, "markings", markings)


def _agencies_of_ground(patch: pytest.MonkeyPatch) -> None:
    drawn = book.alert_document

    def told(of: ReadScene, what: Told) -> dict[str, Any]:
        agencies = {s.facts.agency for s in _Shown(of, what).ground.signals}
        return {**drawn(of, what), "agencies": sorted(agencies)}

    patch.setattr(book, "alert_document", told)


def _title_of_ground(patch: pytest.MonkeyPatch) -> None:
    title = alert_documents._title

    def counted(pattern: Any, shown: _Shown) -> str:
        return f"{title(pattern, shown)} ({len(shown.ground.signals)} reports)"

    patch.setattr(alert_documents, "_title", counted)


# --- how it is answered


def _of_another_reader(patch: pytest.MonkeyPatch) -> None:
    """Answers are kept by what was asked, and not by whom."""
    kept: dict[str, Any] = {}
    entity, begin = ReaderView.entity, Views.__init__

    def begun(self: Views, *parts: Any, **more: Any) -> None:
        kept.clear()
        begin(self, *parts, **more)

    def remembered(self: ReaderView, name: str) -> Any:
        if name not in kept:
            kept[name] = entity(self, name)
        return kept[name]

    patch.setattr(Views, "__init__", begun)
    patch.setattr(ReaderView, "entity", remembered)


def _etag(patch: pytest.MonkeyPatch) -> None:
    def header(position: str, message: Message) -> Message:
        return {**message, "headers": [*message["headers"], (b"etag", position.encode())]}

    _sent_otherwise(patch, header)


def _size_classes(patch: pytest.MonkeyPatch) -> None:
    answered = DisclosingResponse.__call__

    async def padded(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        with scope["app"].state.running.parts.views.store() as store:
            self.body += b" " * _count(store)
        self.headers["content-length"] = str(len(self.body))
        await answered(self, scope, receive, send)

    patch.setattr(DisclosingResponse, "__call__", padded)


def _sent_otherwise(patch: pytest.MonkeyPatch, change: Callable[[str, Message], Message]) -> None:
    answered = DisclosingResponse.__call__

    async def changed(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        with scope["app"].state.running.parts.views.store() as store:
            position = store.position().encode()

        async def sent(message: Message) -> None:
            is_head = message["type"] == "http.response.start"
            await send(change(position, message) if is_head else message)

        await answered(self, scope, receive, sent)

    patch.setattr(DisclosingResponse, "__call__", changed)


def _health_counts(patch: pytest.MonkeyPatch) -> None:
    def health(_log: Any, _chain: Any, views: Views, *_: Any) -> Health:
        with views.store() as store:
            return Health("ok", "ok", float(_count(store)))

    patch.setattr(assembly, "_health", health)


def _shared_rate(patch: pytest.MonkeyPatch) -> None:
    """One bucket for all readers."""
    taken: list[str] = []

    def take(_: Limits, identity: Identity) -> None:
        taken.append(identity.name)
        if len(taken) % 25 == 0:
            raise TooMany(1)

    begin = Limits.__init__

    def begun(self: Limits, **more: Any) -> None:
        taken.clear()
        begin(self, **more)

    patch.setattr(Limits, "__init__", begun)
    patch.setattr(Limits, "take_request", take)


def _whole_account(patch: pytest.MonkeyPatch) -> None:
    def lines(self: ReaderAudit, _: ReadScene, after: Any) -> Iterator[Any]:
        return iter(self._account.disclosures(self._reader.agency, after, 100))

    patch.setattr(ReaderAudit, "_lines", lines)


# --- streams


def _payload_counts(patch: pytest.MonkeyPatch) -> None:
    render = Watch._render

    def counted(self: Watch, telling: Any) -> Disclosure[dict[str, Any]]:
        drawn = render(self, telling)
        assert self._scene is not None
        return replace(drawn, body={**drawn.body, "of": _count(self._scene.store)})

    patch.setattr(Watch, "_render", counted)


def _ids_of_the_store(patch: pytest.MonkeyPatch) -> None:
    def numbered(self: Watch) -> str:
        assert self._scene is not None
        _, last = self._scene.grounds.touches(0)
        return self._seal.close(self._told, last)

    patch.setattr(Watch, "_id", numbered)


def _withdraws_the_unseen(patch: pytest.MonkeyPatch) -> None:
    change = Watch._change_rights

    def of_all(self: Watch, kept: Book) -> list[Frame]:
        assert self._scene is not None
        whole = Following(self._scene.rules, _all)
        whole.follow(self._scene.grounds)
        for entry in whole.standing.values():
            self._shown.setdefault(entry.alert, entry.version)
        return change(self, kept)

    patch.setattr(Watch, "_change_rights", of_all)


def _export_of_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReadScene, "knows", lambda *_: True)


CHANNELS = (
    Channel(1, "a total counts what is hidden", _total, BODY, (SIGNALS,)),
    Channel(2, "a neighbour is reached by a hidden edge", _whole_signals, BODY, (NEAR,)),
    Channel(3, "an edge has a hidden end", _hidden_ends, BODY, (NEAR,)),
    Channel(4, "a hidden judgement stands in a history", _judgements_unmarked, BODY, (JUDGEMENTS,)),
    Channel(5, "a frame counts what is hidden", _payload_counts, STREAM, (FOLLOWED,)),
    Channel(9, "a hidden mention is compared", _why_of_anything, STATUS, (WHY,)),
    Channel(10, "a hidden mention is judged", _judges_anything, STATUS, (JUDGE,)),
    Channel(11, "a search finds by hidden text", _searches_hidden_text, BODY, (SIGNALS,)),
    Channel(12, "an answer of another reader is given", _of_another_reader, BODY, (ENTITY,)),
    Channel(13, "hidden and unknown differ", _forbidden_not_unknown, STATUS, (SIGNAL,)),
    Channel(14, "an entity is named by who is hidden", _named_by_founder, BODY, (ENTITIES,)),
    Channel(15, "a list is in everybody's order", _first_raised_for_anybody, BODY, (ALERTS,)),
    Channel(16, "a page is cut before it is filtered", _limit_first, BODY, (SIGNALS,)),
    Channel(17, "a frame's id numbers what is hidden", _ids_of_the_store, STREAM, (FOLLOWED,)),
    Channel(18, "a header tells of the store's state", _etag, HEADERS, (ALERTS,)),
    Channel(19, "a banner is rolled up over what is hidden", _banner_of_ground, BODY, (ALERT,)),
    Channel(20, "agencies are listed that are hidden", _agencies_of_ground, BODY, (ALERT,)),
    Channel(21, "a degree counts hidden edges", _degree, BODY, (NEAR,)),
    Channel(22, "two are one by who is hidden", _merged_by_hidden, BODY, (ENTITIES,)),
    Channel(24, "an answer's length follows what is hidden", _size_classes, BODY, (ALERTS,)),
    Channel(
        26, "an alert is withdrawn that was never told", _withdraws_the_unseen, STREAM, (READY,)
    ),
    Channel(27, "a measure of the service counts", _health_counts, BODY, (READY,)),
    Channel(28, "an export has what is hidden", _export_of_rows, VIEW),
    Channel(29, "a request tells what there is", _asks_of_anything, STATUS, (ASK,)),
    Channel(32, "a title is made from the whole", _title_of_ground, BODY, (ALERT,)),
    Channel(33, "others use one's rate up", _shared_rate, STATUS, (ALERTS, ENTITY)),
    Channel(34, "an account has what is hidden", _whole_account, BODY, (SHOWN,), (True, True)),
)
