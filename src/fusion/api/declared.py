"""Declared routes: a route says whose act it is, or it does not register.

Promises that before a route reads anything of a request, its caller was admitted to the act (else
403), and that a query parameter which the route does not declare is refused by name. What a route
declares is its OpenAPI operation, so that the document and the check can't differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import UnionType
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute, request_response
from starlette.types import Receive, Scope, Send

from fusion.api.answers import DecidedAnswer, ProblemAnswer, reference
from fusion.api.bodies import request_body
from fusion.api.identity import Act, admit
from fusion.api.parts import running_in
from fusion.api.problems import MEDIA_TYPE, ParameterRefused
from fusion.api.reading import STATED
from fusion.domain.errors import Fault

# What any route with a token may answer beside its own; the rest stands at the route.
_REFUSALS = {
    401: "No valid token",
    403: "Not this caller's to do",
    422: "A fault of the input, with its place",
    429: "More than this caller's rate; Retry-After says when to come again",
}
UNSEEN = {404: "Not found, or not to know"}
CURSOR = {400: "A cursor of another reader or query"}
# Of every read that may be of the past, a page of it or not.
PAST = {
    400: "A cursor of another reader or query, or a moment to come",
    503: "A moment that is not fused yet",
}
UNTAKEN = {
    400: "A body that can't be read",
    413: "A body beyond a limit",
    415: "A body of another kind",
    503: "The log takes nothing now",
}
_PROBLEM = {MEDIA_TYPE: {"schema": reference(ProblemAnswer)}}


class DeclaredRoute(APIRoute):
    """A route with its act.

    Who asks it, and what it discloses, is entered in the ledger before the answer leaves; of a
    route that `enters_log` only refusals are, since what it takes stands in the log.
    One that `reads_request` takes its request and nothing else, and is called without what FastAPI
    does to find a function's arguments, which takes as long as all the rest of a small answer.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        act: Act,
        reads_request: bool = False,
        enters_log: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(path, endpoint, **options)
        self.act = act
        self.enters_log = enters_log
        if reads_request:
            self.app = request_response(endpoint)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names that a query may hold."""
        return frozenset(_query_parameters(self))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in (self.methods or ()):
            admit(self.act, scope, running_in(scope).parts.directory)
            self._require_known_parameters(scope["query_string"])
        await super().handle(scope, receive, send)

    def _require_known_parameters(self, query: bytes) -> None:
        if not query:
            return
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        unknown = [name for name in given if name not in self.parameters]
        if unknown:
            faults = tuple(Fault(name, "there is no such parameter here") for name in unknown)
            raise ParameterRefused("unknown query parameters", faults=faults)


def open_route(path: str, endpoint: Callable[..., Any], **options: Any) -> DeclaredRoute:
    """A GET that needs no token: health and the documents, nothing else."""
    return _route(path, endpoint, act=Act.OPEN, method="GET", **options)


def publisher_route(
    path: str, endpoint: Callable[..., Any], *, method: str = "GET", **options: Any
) -> DeclaredRoute:
    """A route for publishers' tokens."""
    return _route(path, endpoint, act=Act.PUBLISH, method=method, **options)


def reader_route(path: str, endpoint: Callable[..., Any], **options: Any) -> DeclaredRoute:
    """A GET for readers' tokens."""
    return _route(path, endpoint, act=Act.READ, method="GET", **options)


def oversight_route(path: str, endpoint: Callable[..., Any], **options: Any) -> DeclaredRoute:
    """A GET for readers who were granted oversight."""
    return _route(path, endpoint, act=Act.OVERSEE, method="GET", **options)


def decision_route(
    path: str,
    endpoint: Callable[..., Any],
    *,
    body: type[BaseModel],
    answer: type[BaseModel] = DecidedAnswer,
) -> DeclaredRoute:
    """A POST for readers' tokens that brings a decision into the log; it reads `body` itself."""
    return _route(
        path,
        endpoint,
        act=Act.DECIDE,
        method="POST",
        answer=answer,
        status=201,
        refusals=UNSEEN | UNTAKEN,
        openapi_extra=STATED | request_body(body),
    )


def add_routes(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Register `routes`; ValueError for one that declares no act, and for any other in `app`."""
    app.router.routes.extend(routes)
    undeclared = [route for route in app.routes if not isinstance(route, DeclaredRoute)]
    if undeclared:
        raise ValueError(f"routes without a declared act: {undeclared}")


def _route(
    path: str,
    endpoint: Callable[..., Any],
    *,
    act: Act,
    method: str,
    answer: type[BaseModel] | UnionType | None = None,
    status: int = 200,
    refusals: Mapping[int, str] | None = None,
    **options: Any,
) -> DeclaredRoute:
    """`answer` documents what the route answers with `status`; `refusals` its own problems."""
    known = {} if act is Act.OPEN else _REFUSALS
    responses: dict[int | str, dict[str, Any]] = {
        code: {"description": text, "content": _PROBLEM}
        for code, text in sorted({**known, **(refusals or {})}.items())
    }
    if answer is not None:
        responses[status] = {"model": answer}
    return DeclaredRoute(
        path,
        endpoint,
        act=act,
        methods=[method],
        response_model=None,
        status_code=status,
        responses=responses,
        **options,
    )


def _query_parameters(route: APIRoute) -> Iterable[str]:
    """The names of the parameters that a route's own OpenAPI operation has in its query."""
    document = get_openapi(title="", version="", routes=[route])
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    yield parameter["name"]
