"""Everything that one reader can get out of a view, as one value to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import msgspec

from fusion.access.reader import Grants, Reader
from fusion.coordination.registry_file import load_registry
from fusion.domain.errors import NotFound
from fusion.domain.marking import Knowledge
from fusion.domain.post import Registry
from fusion.fusing.pointer import Sight
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.book import Book, Edition
from fusion.projections.view.cursor import Seal
from fusion.projections.view.port import AlertFilters, Answer, SignalFilters
from fusion.projections.view.scene import Scene
from fusion.projections.view.view import ReaderView
from fusion.projections.view.watch import Watch
from tests.simulation.logged import registry_document

PAGE = 2


# One value for all scenes, as the directory keeps it: the answers of another one are made anew.
REGISTRY = load_registry(registry_document())


def view_of(
    store: SqlStore,
    rules: Rules,
    knowledge: Knowledge,
    *,
    now: int | None = None,
    registry: Registry = REGISTRY,
    sight: Sight | None = None,
) -> ReaderView:
    """The real view of a reader with this knowledge, over a store, when the clock says `now`.

    With a sight the reader is pointed to what discovery admits it to.
    """
    book = Book(rules, knowledge)
    pointing = Pointing(rules, sight, b"key") if sight else None
    registry = sight.registry if sight else registry

    @contextmanager
    def staged(as_of: int | None = None) -> Iterator[tuple[Scene, Book]]:
        with store.reading():
            present = Scene(
                store,
                rules,
                book.admits,
                levels=("OPEN", "SECRET"),
                registry=registry,
                passed=None if now is None else lambda: now,
                pointing=pointing,
            )
            book.follow(present, now=now)
            scene = Scene(
                store,
                rules,
                book.admits,
                levels=("OPEN", "SECRET"),
                registry=registry,
                as_of=as_of,
                passed=None if now is None else lambda: now,
                pointing=None if as_of else pointing,
            )
            yield scene, book

    def watch(filters: AlertFilters, last: str | None) -> Watch:
        return Watch(staged, Seal(b"key", "stream"), filters, last)

    def view(as_of: int | None) -> ReaderView:
        @contextmanager
        def stage() -> Iterator[tuple[Scene, Edition]]:
            with staged(as_of) as (scene, book):
                yield scene, book.edition(scene)

        reader = Reader(Grants("reader", agency="a", level="OPEN"))
        return ReaderView(reader, stage, lambda *query: Seal(b"key", *query), watch, view)

    return view(None)


def everything(view: ReaderView, mentions: Iterable[str], signals: Iterable[str]) -> bytes:
    """Every answer that the view gives to every question about these names, as bytes.

    With what each discloses: what the ledger is told depends on nothing hidden either.
    """
    frames = view.watch(last_event_id=None, filters=AlertFilters()).frames()
    streamed = [(f.event, f.id, f.data, f.shown, f.channel, f.mark) for f in frames]
    return msgspec.json.encode({**_answers(view, mentions, signals), "stream": streamed})


def asked_everything(view: ReaderView, mentions: Iterable[str], signals: Iterable[str]) -> bytes:
    """The same but for the stream, which has no past."""
    return msgspec.json.encode(_answers(view, mentions, signals))


def _answers(view: ReaderView, mentions: Iterable[str], signals: Iterable[str]) -> dict[str, Any]:
    names = sorted(mentions)
    answers: dict[str, Any] = {
        "alerts": pages(
            lambda cursor: view.alerts(cursor=cursor, limit=PAGE, filters=AlertFilters())
        ),
        "signals": pages(
            lambda cursor: view.signals(cursor=cursor, limit=PAGE, filters=SignalFilters())
        ),
        "found": pages(
            lambda cursor: view.signals(cursor=cursor, limit=PAGE, filters=SignalFilters(q="r"))
        ),
        "entities": pages(lambda cursor: view.entities(cursor=cursor, limit=PAGE, q=None)),
        "pointers": pages(lambda cursor: view.pointers(cursor=cursor, limit=PAGE)),
        "named": pages(lambda cursor: view.entities(cursor=cursor, limit=PAGE, q="bo")),
    }
    for page in answers["pointers"]:
        for pointer in page.body["items"]:
            asked = view.asked_pointer(pointer["handle"])
            answers[f"pointed {asked.name}"] = [asked.desk, asked.behind]
    for name in sorted(signals):
        answers[f"signal {name}"] = _asked(view.signal, name)
    for name in names:
        answers[f"entity of {name}"] = _asked(view.entity_of, name)
        answers[f"judged {name}"] = _asked(
            lambda n: view.judgements(n, cursor=None, limit=50), name
        )
    for a, b in list(combinations(names, 2))[:40]:
        answers[f"why {a} {b}"] = _asked(lambda pair: view.why(*pair), (a, b))
    for page in answers["entities"]:
        for entity in page.body["items"]:
            answers[f"around {entity['entity']}"] = view.neighbourhood(entity["entity"], 2)
            answers[f"named {entity['entity']}"] = view.entity(entity["entity"])
    for page in answers["alerts"]:
        for alert in page.body["items"]:
            name = alert["alert"]
            answers[name] = view.alert(name)
            answers[f"{name} explained"] = view.explanation(name)
            answers[f"{name} foreseen"] = _asked(view.foresight, name)
            answers[f"{name} drawn"] = view.alert_graph(name)
            answers[f"{name} told"] = view.history(name, cursor=None, limit=50)
            standing = view.standing(name)
            answers[f"{name} standing"] = (standing.name, standing.version, standing.names)
    return answers


def pages(page: Any) -> list[Answer]:
    """The pages of a list, from the first to the last."""
    found = [page(None)]
    while found[-1].body["next"]:
        found.append(page(found[-1].body["next"]))
    return found


def _asked(ask: Any, name: Any) -> Any:
    try:
        return ask(name)
    except NotFound as error:
        return error.detail
