"""Routes of disclosure requests: ask a desk for more, see how that stands, answer what came."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from fusion.api.answers import (
    RequestedAnswer,
    RequestPage,
    RequestStatusAnswer,
    answer,
    disclosed,
)
from fusion.api.bodies import AnswerBody, RequestBody, read_decision
from fusion.api.declared import CURSOR, DeclaredRoute, decision_route, reader_route
from fusion.api.identity import ForReader
from fusion.api.parts import Parts, Running
from fusion.api.queries import Paged
from fusion.api.reading import STATED, ReaderView
from fusion.api.waiting import fused
from fusion.coordination.request import due_of
from fusion.domain.clock import format_moment
from fusion.domain.errors import Forbidden
from fusion.domain.marking import NormalForm
from fusion.intake.request import Answering, Taken, Wanted
from fusion.projections.view.port import Asked, View


async def ask(request: Request, view: ReaderView, reader: ForReader, running: Parts) -> Response:
    """Ask for more of a signal, an alert or what a pointer stands for.

    Again for the same, it is the request that stands.
    """
    body = await read_decision(request, RequestBody)
    asked = await run_in_threadpool(_asked, view, body)
    known = await run_in_threadpool(view.open_request, asked)
    if known is None:
        wanted = Wanted(
            kind=asked.kind,
            name=asked.name,
            names=asked.names,
            behind=asked.behind,
            desk=asked.desk,
            mechanism=asked.mechanism,
            least=asked.marking,
        )
        taken = await running.parts.requests.ask(reader, wanted, reason=body.reason)
        known = taken.id
        if not await fused(running, [taken.position]):
            # It stands in the log; the store will say the same once it has come that far.
            return _as_taken(taken, asked)
    said = (await run_in_threadpool(view.request, known)).body
    return answer({each: said[each] for each in ("id", "status", "desk", "due")}, status=201)


def _as_taken(taken: Taken, asked: Asked) -> Response:
    due = format_moment(due_of(taken.recorded))
    content = {"id": taken.id, "status": "open", "desk": asked.desk, "due": due}
    return answer(content, status=201)


def _asked(view: View, body: RequestBody) -> Asked:
    if body.signal is not None:
        return view.asked_signal(body.signal)
    if body.alert is not None:
        return view.asked_alert(body.alert)
    assert body.handle is not None, "one of them stands in the body"
    return view.asked_pointer(body.handle)


def list_requests(query: Paged, view: ReaderView) -> Response:
    """The requests of this reader's agency, and those that came to its posts, newest first."""
    return disclosed(view.requests(cursor=query.cursor, limit=query.limit))


async def answer_request(
    request: Request, name: str, view: ReaderView, reader: ForReader, running: Parts
) -> Response:
    """Grant a request by a release, or refuse it with a reason; of two answers the first stands."""
    _require_post(reader.name, running)
    body = await read_decision(request, AnswerBody)
    named = await run_in_threadpool(view.request_to_answer, name)
    answering = Answering(
        id=named.id,
        agency=named.agency,
        name=named.name,
        owners=named.owners,
        post=named.post,
        least=named.marking,
    )
    taken = await running.parts.requests.answer(
        reader,
        answering,
        body.answer,
        reason=body.reason,
        released=body.released,
        released_marking=await run_in_threadpool(_released_marking, view, body.released),
    )
    await fused(running, [taken.position])
    return answer({"id": taken.id, "status": body.answer}, status=201)


def _released_marking(view: View, released: str | None) -> NormalForm | None:
    """The marking of a signal that is named; NotFound where the caller may not know it."""
    if released is None or not released.startswith("/"):
        return None
    return view.marking_of_signals([released])


def _require_post(reader: str, running: Running) -> None:
    """Forbidden for who holds no post at all: answering is a post's, whatever is named."""
    if not running.parts.directory.registry().posts_of(reader):
        raise Forbidden("requests are answered by posts")


def routes() -> list[DeclaredRoute]:
    """The routes of disclosure requests."""
    return [
        decision_route("/v1/disclosure-requests", ask, body=RequestBody, answer=RequestedAnswer),
        reader_route(
            "/v1/disclosure-requests",
            list_requests,
            answer=RequestPage,
            refusals=CURSOR,
            openapi_extra=STATED,
        ),
        decision_route(
            "/v1/disclosure-requests/{name}/answer",
            answer_request,
            body=AnswerBody,
            answer=RequestStatusAnswer,
        ),
    ]
