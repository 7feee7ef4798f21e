"""Routes of judgements: a person says whether two mentions are one; it outranks the score."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from fusion.api.answers import JudgementPage, answer, disclosed
from fusion.api.bodies import JudgementBody, read_decision
from fusion.api.declared import PAST, UNSEEN, DeclaredRoute, decision_route, reader_route
from fusion.api.identity import ForReader
from fusion.api.parts import Parts
from fusion.api.queries import JudgementsAsked, Wait
from fusion.api.reading import STATED, ReaderView, ViewAt
from fusion.api.waiting import fused
from fusion.domain.marking import NormalForm, join
from fusion.projections.view.port import View


async def judge(
    request: Request, view: ReaderView, reader: ForReader, running: Parts, wait: Wait = None
) -> Response:
    """POSITIVE joins, NEGATIVE parts; UNSURE leaves it to the score, and takes back."""
    body = await read_decision(request, JudgementBody)
    decided = await running.parts.decisions.judge(
        reader,
        (body.a, body.b),
        body.verdict,
        reason=body.reason,
        because=tuple(body.because),
        least=await run_in_threadpool(_least, view, body),
        stated=body.marking,
    )
    content: dict[str, object] = {"id": decided.id}
    if wait:
        content["fused"] = await fused(running, [decided.position])
    return answer(content, status=201)


def _least(view: View, body: JudgementBody) -> NormalForm:
    """The join of what a judgement names and cites; NotFound if the caller may not know it all."""
    least = view.marking_of_mentions([body.a, body.b])
    if not body.because:
        return least
    return join(least, view.marking_of_signals(body.because))


def list_judgements(query: JudgementsAsked, view: ViewAt) -> Response:
    """The judgements on a mention that this reader may know, newest first."""
    page = view.judgements(query.mention, cursor=query.cursor, limit=query.limit)
    return disclosed(page)


def routes() -> list[DeclaredRoute]:
    """The routes of judgements."""
    return [
        decision_route("/v1/judgements", judge, body=JudgementBody),
        reader_route(
            "/v1/judgements",
            list_judgements,
            answer=JudgementPage,
            refusals=UNSEEN | PAST,
            openapi_extra=STATED,
        ),
    ]
