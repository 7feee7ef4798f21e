"""Checks that what leaves stands in the ledger: on one call, and on one stream.

Each AssertionError is what a planted defect has to bring about (`test_ledger_defects`).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fusion.access.disclosure import Rung, Shown
from fusion.api.declared import DeclaredRoute
from fusion.api.identity import Act
from fusion.events.ledger import Chain
from fusion.events.ledger_check import check
from fusion.events.ledger_entries import (
    FrameShown,
    LedgerEntry,
    PageShown,
    QueryAnswered,
    StreamFollowed,
    read_entry,
)
from fusion.events.position import Position
from fusion.projections.view.port import Frame
from tests.api.premises import Premises

SHOWN = (Shown(Rung.FULL, "/fbi/phoenix/1"), Shown(Rung.TEARLINE, "/cia/tearline/X"))
MENTION = "/river/gauges/1#m1"
# What a call of a route needs to get past its own checks; what is not here is called plainly, and
# whatever it answers has to be accounted for too.
NEEDS: dict[tuple[str, str], tuple[str, Any]] = {
    ("GET", "/v1/entities"): (f"mention={MENTION.replace('#', '%23')}", None),
    ("GET", "/v1/why"): ("a=x&b=y", None),
    ("GET", "/v1/judgements"): ("mention=x", None),
    ("POST", "/v1/judgements"): (
        "",
        {"a": MENTION, "b": "/river/gauges/2#m1", "verdict": "POSITIVE", "reason": "so"},
    ),
    ("POST", "/v1/alerts/{name}/acknowledgement"): ("", {}),
    ("POST", "/v1/alerts/{name}/feedback"): ("", {"verdict": "confirmed", "reason": "so"}),
    ("POST", "/v1/disclosure-requests"): ("", {"alert": "a-1", "reason": "so"}),
    ("POST", "/v1/disclosure-requests/{name}/answer"): ("", {"answer": "refused", "reason": "so"}),
}
# Who asks a route of each act; any other reader's is rita's.
WHOSE = {Act.PUBLISH: ("publisher", "gauge"), Act.OVERSEE: ("reader", "orla")}


class Everything(dict[str, dict[str, Any]]):
    """Whatever a view is asked for is there, and is an empty page."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> dict[str, Any]:
        return {"items": [], "next": None}


class Shows(dict[str, tuple[Shown, ...]]):
    """Whatever a view is asked for shows the same."""

    def get(self, _name: str, _default: Any = None) -> tuple[Shown, ...]:  # type: ignore[override]
        return SHOWN


def entries_of(chain: Chain) -> list[LedgerEntry]:
    """All that the ledger holds, in order; it is a sound chain whenever it is looked at."""
    assert check(chain).breaches == ()
    rows = chain.read(Position.start(), 10_000)
    return [entry for row in rows if (entry := read_entry(row)) is not None]


def queries_of(chain: Chain) -> list[QueryAnswered]:
    return [entry for entry in entries_of(chain) if isinstance(entry, QueryAnswered)]


@dataclass
class Answer:
    """What left of one call, and what the ledger held of it when the first of it left."""

    status: int = 0
    body: bytes = b""
    held: list[LedgerEntry] = field(default_factory=list)

    @property
    def query(self) -> QueryAnswered:
        (query,) = (entry for entry in self.held if isinstance(entry, QueryAnswered))
        return query

    @property
    def shown(self) -> set[tuple[str, str]]:
        """What the page of the query shows, as the ledger has it."""
        pages = {entry.page: entry.shown for entry in self.held if isinstance(entry, PageShown)}
        return set(pages[self.query.page]) if self.query.page else set()


async def call(
    house: Premises,
    method: str,
    path: str,
    *,
    token: str | None,
    query: str = "",
    body: Any = None,
    content: str = "application/json",
) -> Answer:
    """One call at the level of ASGI; of what the ledger holds only what this call brought."""
    before = len(entries_of(house.chain))
    answer = Answer()
    sent = b"" if body is None else json.dumps(body).encode()
    headers = [(b"content-type", content.encode()), (b"content-length", str(len(sent)).encode())]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
    }
    requests = [{"type": "http.request", "body": sent, "more_body": False}]
    gone = asyncio.Event()

    async def receive() -> Any:
        if requests:
            return requests.pop(0)
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.held = entries_of(house.chain)[before:]
        else:
            answer.body += message.get("body", b"")
        # A stream is left as soon as it is open.
        gone.set()

    await asyncio.wait_for(house.app(scope, receive, send), 20)
    return answer


async def ask(house: Premises, route: DeclaredRoute, method: str) -> Answer:
    """Call a route as somebody whose act it is."""
    query, body = NEEDS.get((method, route.path), ("", None))
    path = route.path.replace("{name:path}", "fbi/phoenix/1").replace("{name}", "x-ONE")
    kind, name = WHOSE.get(route.act, ("reader", "rita"))
    return await call(house, method, path, token=house.token(kind, name), query=query, body=body)


async def check_a_route(house: Premises, route: DeclaredRoute, method: str) -> None:
    """Whatever it answers, the ledger has it, and what it shows, before the first of it leaves."""
    house.views.view.known, house.views.view.shows = Everything(), Shows()
    answer = await ask(house, route, method)
    query = answer.query
    path = route.path.split("{")[0]
    assert query.path.startswith(path)
    assert (query.method, query.status) == (method, answer.status)
    is_page = method == "GET" and answer.status == 200 and not query.stream
    assert answer.shown == (set(map(tuple, SHOWN)) if is_page else set())


async def check_an_empty_page(house: Premises) -> None:
    """That nothing was found is a query all the same."""
    house.views.view.known["alerts"] = {"items": [], "next": None}
    house.views.view.counts["alerts"] = 0
    answer = await call(house, "GET", "/v1/alerts", token=house.token("reader", "rita"))
    assert answer.status == 200
    assert (answer.query.path, answer.query.count, answer.query.page) == ("/v1/alerts", 0, None)


CHANNEL = "c-1"
SNAPSHOT = Frame("snapshot", "i-1", {"items": []}, channel=CHANNEL)
RAISED = Frame("raised", "i-2", {"alert": "a-ONE"}, SHOWN, CHANNEL, "raised a-ONE 1 5")


async def check_a_frame(house: Premises) -> None:
    """Each frame is in the ledger before it is sent, with what it shows."""
    house.views.view.watching.told += [[SNAPSHOT], [RAISED]]
    held: list[tuple[bytes, list[LedgerEntry]]] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        body = message.get("body", b"")
        if body.startswith(b"id: "):
            held.append((body, entries_of(house.chain)))
            house.views.number += 1
        if len(held) == 2:
            gone.set()

    token = house.token("reader", "rita")
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/alerts/stream",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    await asyncio.wait_for(house.app(scope, receive, send), 20)
    (snapshot, at_snapshot), (raised, at_raised) = held
    assert b"event: snapshot" in snapshot and b"event: raised" in raised
    (opened,) = (entry for entry in at_snapshot if isinstance(entry, QueryAnswered))
    assert opened.stream is not None
    assert at_snapshot[-1] == StreamFollowed(stream=opened.stream, channel=CHANNEL, page=None)
    page = PageShown.of(SHOWN)
    assert at_raised[len(at_snapshot) :] == [page, FrameShown(channel=CHANNEL, page=page.page)]
