"""Problems: how a refusal is said over HTTP (RFC 9457, CONTRACT.md section 3).

The one place where what went wrong meets a status. Promises one form for every refusal, whoever
raised it: `type`, `title`, `status`, `code`, `errors`, never `instance`. The texts for what
somebody may not know are constants, byte for byte. It must never show what an exception that nobody
expected had to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from fusion.domain.errors import (
    Conflict,
    Fault,
    Forbidden,
    FusionError,
    Invalid,
    Misused,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unreadable,
)

MEDIA_TYPE = "application/problem+json"
PRIVATE = "private, no-store"
# CONTRACT.md section 3; whoever has more to mend finds the rest on the next try.
MAX_ERRORS = 100
# How long a client waits before it comes again: the log's group commit has drained by then.
RETRY_SECONDS = 5


class MediaTypeRefused(FusionError):
    """The body, or its encoding, is of a kind that the route does not take."""

    code = "media-type"


class ParameterRefused(Invalid):
    """A query parameter is unknown or wrong; `faults` name it, without a slash."""


class HeaderMissing(FusionError):
    """The call needs headers that it does not have; `faults` name them."""

    code = "header-missing"


class HeaderForbidden(Forbidden):
    """A header states a purpose or a case that is not the caller's; `faults` name it."""


class TooMany(FusionError):
    """A subject asks for more than its rate; it may come again after `seconds`."""

    code = "too-many"

    def __init__(self, seconds: int) -> None:
        super().__init__("more than your rate")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Kind:
    """What a class of errors is to a client. `is_constant`: its text depends on nothing at all."""

    status: HTTPStatus
    title: str
    code: str
    is_constant: bool = False
    headers: tuple[tuple[str, str], ...] = ()


_RETRY = (("retry-after", str(RETRY_SECONDS)),)
_UNAVAILABLE = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE, "Not now", Unavailable.code, is_constant=True, headers=_RETRY
)
_KINDS: Mapping[type[FusionError], Kind] = {
    Unreadable: Kind(HTTPStatus.BAD_REQUEST, "Unreadable", Unreadable.code),
    HeaderMissing: Kind(HTTPStatus.BAD_REQUEST, "A header is missing", HeaderMissing.code),
    Unauthenticated: Kind(
        HTTPStatus.UNAUTHORIZED,
        "A valid token is needed",
        Unauthenticated.code,
        is_constant=True,
        headers=(("www-authenticate", "Bearer"),),
    ),
    Forbidden: Kind(HTTPStatus.FORBIDDEN, "Not yours to do", Forbidden.code, is_constant=True),
    HeaderForbidden: Kind(HTTPStatus.FORBIDDEN, "Not yours to do", Forbidden.code),
    NotFound: Kind(HTTPStatus.NOT_FOUND, "Not found", NotFound.code, is_constant=True),
    Conflict: Kind(HTTPStatus.CONFLICT, "Another body stands under this id", Conflict.code),
    TooLarge: Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large", TooLarge.code),
    MediaTypeRefused: Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Media type not taken", MediaTypeRefused.code
    ),
    Invalid: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", Invalid.code),
    TooMany: Kind(HTTPStatus.TOO_MANY_REQUESTS, "Too many", TooMany.code, is_constant=True),
    Unavailable: _UNAVAILABLE,
    # A directory that turned read-only while the service runs: nothing that a client did.
    Misused: _UNAVAILABLE,
}
_METHOD = Kind(
    HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", "method-not-allowed", is_constant=True
)
_UNEXPECTED = Kind(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", "internal-error", is_constant=True
)


def problem(error: FusionError, *, place: str = "pointer") -> dict[str, Any]:
    """The problem document of an error; `place` says what its faults' pointers are.

    `pointer` for a body, `parameter` for a query, `header` for headers.
    """
    return _document(_kind_of(error), _errors(error, place))


def status_of(error: FusionError) -> int:
    """The status with which an error is answered."""
    return _kind_of(error).status


def problem_response(error: FusionError, *, place: str = "pointer") -> Response:
    """The answer to a call that ended in this error."""
    again = (("retry-after", str(error.seconds)),) if isinstance(error, TooMany) else ()
    return _response(_kind_of(error), _errors(error, place), again)


def add_problems(app: FastAPI) -> None:
    """Let every refusal of `app` be said as a problem: ours, FastAPI's, the router's, the rest."""
    # Decorators only in form: this one call registers them, and mypy knows what each is given.
    app.exception_handler(FusionError)(_fusion_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_router_error)
    app.exception_handler(Exception)(_unexpected)


def faults_of(errors: Iterable[Mapping[str, Any]], *, skip: int = 0) -> tuple[Fault, ...]:
    """Pydantic's errors as faults, by RFC 6901 pointers; the first `skip` steps fall away."""
    return tuple(
        Fault("".join(f"/{_escaped(str(step))}" for step in each["loc"][skip:]), _said(each))
        for each in errors
    )


def _said(error: Mapping[str, Any]) -> str:
    """What a check of ours, or pydantic itself, says of a value."""
    return str(error["msg"]).removeprefix("Value error, ")


# --- handlers -----------------------------------------------------------------------------------


async def _fusion_error(request: Request, error: FusionError) -> Response:
    if isinstance(error, HeaderForbidden | HeaderMissing | MediaTypeRefused):
        return problem_response(error, place="header")
    # A GET has no body: what is wrong with it stands in its query.
    is_of_query = isinstance(error, ParameterRefused) or request.method == "GET"
    return problem_response(error, place="parameter" if is_of_query else "pointer")


async def _validation_error(_request: Request, error: RequestValidationError) -> Response:
    """FastAPI checks path, query and headers alone: routes read their bodies themselves."""
    places = {"query": "parameter", "header": "header"}
    found = error.errors()
    if any(each["loc"][0] not in places for each in found):
        return problem_response(NotFound("no such thing"))
    errors = [
        {places[each["loc"][0]]: str(each["loc"][1]), "detail": _said(each)} for each in found
    ]
    return _response(_KINDS[Invalid], errors)


async def _router_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _response(_METHOD, [], (("allow", ", ".join(_allowed(request))),))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _response(_KINDS[NotFound], [])
    return _response(_UNEXPECTED, [])


async def _unexpected(_request: Request, _error: Exception) -> Response:
    return _response(_UNEXPECTED, [])


# --- private parts ------------------------------------------------------------------------------


def _allowed(request: Request) -> list[str]:
    """The methods of all routes on a request's path (the router names the first one's only)."""
    routes: list[APIRoute] = request.app.routes
    path = request.scope["path"]
    matching = [route for route in routes if route.path_regex.match(path)]
    return sorted({method for route in matching for method in route.methods or ()})


def _kind_of(error: FusionError) -> Kind:
    for each in type(error).__mro__:
        if each in _KINDS:
            return _KINDS[each]
    return _UNEXPECTED


def _errors(error: FusionError, place: str) -> list[dict[str, str]]:
    if _kind_of(error).is_constant:
        return []
    faults = error.faults or (Fault("", error.detail),)
    return [{place: fault.pointer, "detail": fault.detail} for fault in faults]


def _document(kind: Kind, errors: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "type": f"urn:fusion:problem:{kind.code}",
        "title": kind.title,
        "status": int(kind.status),
        "code": kind.code,
        "errors": list(errors[:MAX_ERRORS]),
    }


def _response(
    kind: Kind, errors: Sequence[Mapping[str, str]], headers: Sequence[tuple[str, str]] = ()
) -> Response:
    return Response(
        content=msgspec.json.encode(_document(kind, errors)),
        status_code=kind.status,
        media_type=MEDIA_TYPE,
        headers={"cache-control": PRIVATE, **dict(kind.headers), **dict(headers)},
    )


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
