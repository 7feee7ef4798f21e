"""The clerk: no answer leaves before the ledger has who asked, for what, and what it shows.

Stands inside the doorman, so that every answer to somebody who is known passes by: what was found
and what was not, refusals and routes that do not exist. What an answer discloses it says itself,
and one that should and does not is a defect that is never served. Where the ledger can't be written
the caller is told to come again, whatever the answer was.
Nothing is entered of a call without a valid token, which is nobody's; nor of signals that were
taken, which the log itself holds.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fusion.access.directory import Directory
from fusion.access.disclosure import Disclosure
from fusion.api.answers import DISCLOSURE, STREAM
from fusion.api.declared import DeclaredRoute
from fusion.api.identity import CASE_HEADER, PURPOSE_HEADER, header_in, identity_in
from fusion.api.problems import problem_response
from fusion.api.tokens import Identity
from fusion.domain.errors import FusionError, Unavailable
from fusion.domain.ids import agency_of
from fusion.events.ledger import Ledger
from fusion.events.ledger_entries import LedgerEntry, PageShown, QueryAnswered

# As much of what a caller wrote as an entry keeps: far above what any route can use.
_MAX_PATH = 1_000
_MAX_QUERY = 8_000
_MAX_STATED = 200


class Clerk:
    """ASGI middleware; `directory` knows of which agency somebody is."""

    def __init__(self, app: ASGIApp, *, ledger: Ledger, directory: Directory) -> None:
        self._app = app
        self._ledger = ledger
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = identity_in(scope) if scope["type"] == "http" else None
        if identity is None:
            await self._app(scope, receive, send)
            return
        desk = _Desk(self, scope, identity, send)
        try:
            await self._app(scope, receive, desk.send)
        except _Unwritten:
            await problem_response(Unavailable("the ledger can't be written"))(scope, receive, send)
        except Exception:
            # Whoever is outside says that something went wrong; who asked stands there first.
            await desk.broken(receive)
            raise

    async def enter(self, scope: Scope, identity: Identity, status: int) -> None:
        """Write down what is about to be answered; _Unwritten where that can't be."""
        if not _is_entered(scope, status):
            return
        disclosure = _disclosure_of(scope, status)
        page = PageShown.of(disclosure.shown) if disclosure.shown else None
        query = self._query(scope, identity, status, disclosure, page)
        entries: list[LedgerEntry] = [query] if page is None else [page, query]
        try:
            await self._ledger.write(entries)
        except FusionError as error:
            raise _Unwritten from error

    def _query(
        self,
        scope: Scope,
        identity: Identity,
        status: int,
        disclosure: Disclosure[Any],
        page: PageShown | None,
    ) -> QueryAnswered:
        return QueryAnswered(
            kind=identity.kind,
            name=identity.name,
            agency=self._agency(identity),
            purpose=_cut(header_in(scope, PURPOSE_HEADER), _MAX_STATED),
            case=_cut(header_in(scope, CASE_HEADER), _MAX_STATED),
            method=scope["method"],
            path=scope["path"][:_MAX_PATH],
            query=scope["query_string"].decode("latin-1")[:_MAX_QUERY],
            status=status,
            count=disclosure.count,
            page=None if page is None else page.page,
            stream=scope.get(STREAM),
        )

    def _agency(self, identity: Identity) -> str | None:
        if identity.kind == "publisher":
            rights = self._directory.publisher(identity.name)
            return agency_of(rights.source) if rights else None
        grants = self._directory.grants(identity.name)
        return grants.agency if grants else None


class _Unwritten(Exception):
    """The ledger does not have it: nothing may leave. No FusionError, so that no route answers."""


class _Desk:
    """One call: holds its answer back until the ledger has it."""

    def __init__(self, clerk: Clerk, scope: Scope, identity: Identity, send: Send) -> None:
        self._clerk, self._scope, self._identity, self._send = clerk, scope, identity, send
        self._is_begun = False

    async def send(self, message: Message) -> None:
        """Pass an answer on, its first message once what it says is written down."""
        if message["type"] == "http.response.start":
            await self._clerk.enter(self._scope, self._identity, message["status"])
            self._is_begun = True
        await self._send(message)

    async def broken(self, receive: Receive) -> None:
        """Write down a call that failed before it was answered."""
        if self._is_begun:
            return
        try:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            await self._clerk.enter(self._scope, self._identity, status)
        except _Unwritten:
            problem = problem_response(Unavailable("the ledger can't be written"))
            await problem(self._scope, receive, self._send)


def _is_entered(scope: Scope, status: int) -> bool:
    """Whether an answer is the ledger's: what a route says enters the log stands there already."""
    route = scope.get("route")
    is_logged = isinstance(route, DeclaredRoute) and route.enters_log
    return not (is_logged and status < HTTPStatus.BAD_REQUEST)


def _disclosure_of(scope: Scope, status: int) -> Disclosure[Any]:
    """What an answer discloses; RuntimeError for one that should say so and does not."""
    if status >= HTTPStatus.BAD_REQUEST:
        return _NOTHING
    found: Disclosure[Any] | None = scope.get(DISCLOSURE)
    if found is not None:
        return found
    if scope["method"] == "GET":
        raise RuntimeError(f"{scope['path']} is answered without saying what it discloses")
    return _NOTHING


_NOTHING: Disclosure[Any] = Disclosure(None, count=0)


def _cut(text: str | None, limit: int) -> str | None:
    return None if text is None else text[:limit]
