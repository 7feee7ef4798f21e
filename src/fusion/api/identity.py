"""Identity: who is calling, before anything else of a request is looked at.

The doorman answers a request without a valid token 401 itself, with one constant problem, before
routing, validation or a byte of the body; then a route's declared act decides whether the caller is
of the right kind (else 403). A token says who somebody is; what they may know or publish is read
from the directory at every request anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fusion.access.directory import Directory, PublisherRights
from fusion.access.reader import Grants, Reader
from fusion.api.problems import PRIVATE, HeaderForbidden, TooMany, problem_response
from fusion.api.rates import Limits
from fusion.api.tokens import Identity, Tokens
from fusion.domain.errors import Fault, Forbidden, Unauthenticated

PURPOSE_HEADER = "Fusion-Purpose"
CASE_HEADER = "Fusion-Case"

_IDENTITY = "fusion.identity"
_CALLER = "fusion.caller"
_TOKENS = "fusion.tokens"


class Act(StrEnum):
    """Whose act a route is."""

    OPEN = "open"  # anybody's: health and the documents
    PUBLISH = "publish"  # a publisher's
    READ = "read"  # a reader's
    OVERSEE = "oversee"  # a reader's who was granted oversight
    DECIDE = "decide"  # a reader's, and it enters the log


class Doorman:
    """ASGI middleware: lets nobody in without a token, and no answer out that may be kept.

    Whoever asks for more than their rate is turned away here too.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        tokens: Tokens,
        open_paths: Collection[str],
        limits: Limits | None,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._open_paths = open_paths
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["path"] not in self._open_paths:
                try:
                    scope[_IDENTITY] = identity = self._tokens.check(_bearer(scope))
                    scope[_TOKENS] = self._tokens
                    if self._limits is not None:
                        self._limits.take_request(identity)
                except (Unauthenticated, TooMany) as error:
                    await problem_response(error)(scope, receive, send)
                    return
            send = _private(send)
        await self._app(scope, receive, send)


def admit(act: Act, scope: Scope, directory: Directory) -> None:
    """Note in `scope` for whom the route acts; Forbidden for a caller whose act it is not."""
    if act is Act.OPEN:
        return
    identity: Identity = scope[_IDENTITY]
    if (identity.kind == "publisher") is not (act is Act.PUBLISH):
        raise Forbidden("a token of the other kind is needed")
    if identity.kind == "publisher":
        rights = directory.publisher(identity.name)
        if rights is None:
            raise Forbidden("the publisher is not registered here")
        scope[_CALLER] = rights
    else:
        grants = directory.grants(identity.name) or _nothing_granted(identity.name)
        purpose, case = header_in(scope, PURPOSE_HEADER), header_in(scope, CASE_HEADER)
        try:
            scope[_CALLER] = Reader(grants, purpose=purpose, case=case)
        except Forbidden as error:
            is_purpose = purpose is not None and purpose not in grants.purposes
            fault = Fault(PURPOSE_HEADER if is_purpose else CASE_HEADER, error.detail)
            raise HeaderForbidden(error.detail, faults=(fault,)) from None
        if act is Act.OVERSEE and not scope[_CALLER].oversees:
            raise Forbidden("oversight's alone")


def identity_in(scope: Scope) -> Identity | None:
    """Who is calling, None on a route that asks nobody who it is."""
    return cast("Identity | None", scope.get(_IDENTITY))


async def reader_of(request: Request) -> Reader:
    """The reader for whom a route of `READ` or `DECIDE` acts."""
    return cast(Reader, request.scope[_CALLER])


def publisher_in(scope: Scope) -> PublisherRights:
    """The publisher for whom a route of `PUBLISH` acts."""
    return cast(PublisherRights, scope[_CALLER])


async def publisher_of(request: Request) -> PublisherRights:
    """The same, for a route."""
    return publisher_in(request.scope)


ForReader: TypeAlias = Annotated[Reader, Depends(reader_of)]
ForPublisher: TypeAlias = Annotated[PublisherRights, Depends(publisher_of)]


async def is_good_of(request: Request) -> Callable[[], bool]:
    """Whether the token of a request is still good, asked again and again by what stays open."""
    scope = request.scope
    tokens: Tokens = scope[_TOKENS]

    def is_good() -> bool:
        try:
            tokens.check(_bearer(scope))
        except Unauthenticated:
            return False
        return True

    return is_good


IsGood: TypeAlias = Annotated[Callable[[], bool], Depends(is_good_of)]


def _nothing_granted(name: str) -> Grants:
    """The grants of a reader whose grants were revoked: a level that is none admits to nothing."""
    return Grants(name=name, agency="", level="")


def _bearer(scope: Scope) -> str:
    """The bearer token of a request (RFC 6750): in the header only, and there once."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = (given[0] if len(given) == 1 else b"").partition(b" ")
    if scheme.lower() != b"bearer":
        raise Unauthenticated("no bearer token")
    return token.strip().decode("latin-1")


def header_in(scope: Scope, name: str) -> str | None:
    """A header's value, several joined as RFC 9110 has it."""
    wire = name.lower().encode()
    given = [value.decode("latin-1") for each, value in scope["headers"] if each == wire]
    return ", ".join(given) if given else None


def _private(send: Send) -> Send:
    async def private(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [each for each in message["headers"] if each[0] != b"cache-control"]
            message["headers"] = [*headers, (b"cache-control", PRIVATE.encode())]
        await send(message)

    return private
