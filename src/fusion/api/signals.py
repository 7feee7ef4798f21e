"""Routes of signals: the door in for publishers, and what readers see of what came through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from fusion.api.answers import (
    BatchAnswer,
    OwnSignalPage,
    SignalAnswer,
    SignalPage,
    SubmittedAnswer,
    answer,
    disclosed,
    reference,
)
from fusion.api.binary import JSON, attributes_of, is_binary
from fusion.api.bodies import media_type_of, read_body, refused_media_type
from fusion.api.declared import (
    PAST,
    UNSEEN,
    UNTAKEN,
    DeclaredRoute,
    publisher_route,
    reader_route,
)
from fusion.api.identity import ForPublisher, ForReader, publisher_in
from fusion.api.parts import Parts, Running, running_in
from fusion.api.problems import ParameterRefused, problem, problem_response
from fusion.api.queries import AsOf, Paged, SignalsAsked
from fusion.api.reading import STATED, ViewAt, require_stated_reason
from fusion.api.waiting import fused
from fusion.domain.errors import Fault, FusionError, Invalid, TooLarge, Unreadable
from fusion.intake.decode import (
    MAX_BATCH_BYTES,
    Document,
    decode_batch,
    decode_binary,
    decode_lines,
    decode_structured,
)
from fusion.intake.submit import Result, Status

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
_MANY = {BATCH: decode_batch, LINES: decode_lines}
_TAKEN = f"{STRUCTURED}, {BATCH}, {LINES}, and {JSON} with ce- headers"
_STATUS_CODES = {Status.ACCEPTED: 202, Status.DUPLICATE: 200}


async def post_signals(request: Request) -> Response:
    """Submit signals: one, or many of which those that can be taken go through."""
    running, rights = running_in(request.scope), publisher_in(request.scope)
    asked = _asked(request)
    media_type = media_type_of(request)
    is_one = media_type not in _MANY
    if is_one and media_type != STRUCTURED and not is_binary(request.headers, media_type):
        raise refused_media_type(_TAKEN)
    body = await read_body(request, MAX_BATCH_BYTES)
    if asked.is_dry:
        return await run_in_threadpool(_tried_out, request, media_type, body)
    results = await running.parts.submissions.submit(_documents(request, media_type, body), rights)
    waited = {"fused": await _are_fused(running, results)} if asked.is_waiting else {}
    return _answer_one(results[0], waited) if is_one else _answer_many(results, waited)


def _documents(request: Request, media_type: str, body: bytes) -> Sequence[Document | FusionError]:
    """The documents of a body in whatever form; what can't be read as a whole raises.

    TooMany where they are more than the publisher's rate.
    """
    if media_type in _MANY:
        documents = _MANY[media_type](body)
        limits = running_in(request.scope).parts.limits
        if limits is not None:
            limits.take_signals(publisher_in(request.scope).name, len(documents))
        return documents
    if media_type == STRUCTURED:
        return [decode_structured(body)]
    return [decode_binary(attributes_of(request.headers), body)]


def _tried_out(request: Request, media_type: str, body: bytes) -> Response:
    """What the post would have answered, a problem too, with 200; nothing is appended."""
    submissions = running_in(request.scope).parts.submissions
    try:
        documents = _documents(request, media_type, body)
        results = submissions.try_out(documents, publisher_in(request.scope))
    except (Unreadable, TooLarge, Invalid) as refusal:
        would = problem_response(refusal)
    else:
        would = _answer_many(results, {}) if media_type in _MANY else _answer_one(results[0], {})
    would.status_code = HTTPStatus.OK
    return would


def list_mine(query: Paged, rights: ForPublisher, running: Parts, as_of: AsOf = None) -> Response:
    """A publisher's own signals, newest first, and what became of them."""
    own = running.parts.views.mine(rights.name)
    return disclosed(own.page(cursor=query.cursor, limit=query.limit, as_of=as_of))


def list_signals(query: SignalsAsked, view: ViewAt, reader: ForReader) -> Response:
    """Signals that this reader may know, newest reported first; `q` is a search for a person."""
    if query.q is not None:
        require_stated_reason(reader)
    page = view.signals(cursor=query.cursor, limit=query.limit, filters=query.filters)
    return disclosed(page)


def get_signal(name: str, view: ViewAt) -> Response:
    """One signal, or one tear-line, as this reader may see it."""
    return disclosed(view.signal(f"/{name}"))


def routes() -> list[DeclaredRoute]:
    """The routes of signals."""
    return [
        publisher_route(
            "/v1/signals",
            post_signals,
            method="POST",
            reads_request=True,
            enters_log=True,
            status=202,
            answer=SubmittedAnswer,
            refusals=UNTAKEN | {409: "Another body stands under this source and id"},
            openapi_extra=_submitted(),
        ),
        publisher_route("/v1/signals/mine", list_mine, answer=OwnSignalPage, refusals=PAST),
        reader_route(
            "/v1/signals",
            list_signals,
            answer=SignalPage,
            refusals=PAST | {400: f"A search without purpose or case. {PAST[400]}"},
            openapi_extra=STATED,
        ),
        reader_route(
            "/v1/signals/{name:path}",
            get_signal,
            answer=SignalAnswer,
            refusals=UNSEEN | PAST,
            openapi_extra=STATED,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a post asks for: an answer once all is fused, or only what it would be."""

    is_waiting: bool
    is_dry: bool


def _asked(request: Request) -> _Asked:
    if not request.scope["query_string"]:
        return _Asked(is_waiting=False, is_dry=False)
    waits = request.query_params.getlist("wait")
    if any(each != "fused" for each in waits):
        fault = Fault("wait", "one may wait for 'fused' only")
        raise ParameterRefused("wait", faults=(fault,))
    dry = request.query_params.getlist("dry_run")
    if not {*dry} <= {"true", "false"}:
        raise ParameterRefused("dry_run", faults=(Fault("dry_run", "is 'true' or 'false'"),))
    return _Asked(is_waiting=bool(waits), is_dry="true" in dry)


async def _are_fused(running: Running, results: Sequence[Result]) -> bool:
    positions = [result.position for result in results if result.position is not None]
    return await fused(running, positions)


def _answer_one(result: Result, waited: Mapping[str, bool]) -> Response:
    if result.refusal is not None:
        return problem_response(result.refusal)
    return answer({**_outcome(result), **waited}, status=_STATUS_CODES[result.status])


def _answer_many(results: Sequence[Result], waited: Mapping[str, bool]) -> Response:
    return answer({"results": [_outcome(result) for result in results], **waited})


def _outcome(result: Result) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "source": result.source,
        "id": result.id,
        "status": result.status.value,
    }
    if result.refusal is not None:
        outcome["problem"] = problem(result.refusal)
    return outcome


def _submitted() -> dict[str, Any]:
    """The bodies that a submission may have, and what answers many, for the OpenAPI document."""
    event = {"type": "object", "description": "a CloudEvent of schemas/signal.json"}
    return {
        "parameters": [
            {
                "name": "wait",
                "in": "query",
                "description": "answer once all of it is fused, after at most 10 seconds",
                "schema": {"enum": ["fused"]},
            },
            {
                "name": "dry_run",
                "in": "query",
                "description": "answer with 200 what the post would have answered; append nothing",
                "schema": {"type": "boolean"},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": event},
                JSON: {
                    "schema": {
                        "type": "object",
                        "description": "the data of a CloudEvent whose attributes are ce- headers",
                    }
                },
                BATCH: {"schema": {"type": "array", "items": event}},
                LINES: {"schema": {"type": "string", "description": "one CloudEvent a line"}},
            },
        },
        "responses": {
            "200": {
                "description": "a duplicate, or what became of each of many",
                "content": {
                    "application/json": {
                        "schema": {"anyOf": [reference(SubmittedAnswer), reference(BatchAnswer)]}
                    }
                },
            }
        },
    }
