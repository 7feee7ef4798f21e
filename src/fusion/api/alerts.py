"""Routes of alerts: what a reader is told, why, and what an office says of it."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from fusion.api.answers import (
    AlertAnswer,
    AlertPage,
    ExplanationAnswer,
    ForesightAnswer,
    GraphAnswer,
    answer,
    disclosed,
)
from fusion.api.bodies import AcknowledgementBody, FeedbackBody, read_decision
from fusion.api.declared import PAST, UNSEEN, DeclaredRoute, decision_route, reader_route
from fusion.api.identity import ForReader
from fusion.api.parts import Parts, Running
from fusion.api.queries import AlertsAsked, Paged
from fusion.api.reading import STATED, ReaderView, ViewAt
from fusion.api.waiting import fused
from fusion.intake.decide import AlertNamed, Decided
from fusion.projections.view.port import View


def list_alerts(query: AlertsAsked, view: ViewAt) -> Response:
    """Alerts, by the time they were first raised for this reader, newest first."""
    page = view.alerts(cursor=query.cursor, limit=query.limit, filters=query.filters)
    return disclosed(page)


def get_alert(name: str, view: ViewAt) -> Response:
    """One alert, with what this reader's offices said of it."""
    return disclosed(view.alert(name))


def get_explanation(name: str, view: ViewAt) -> Response:
    """Each piece of its evidence in bits, the shares, and what would be without each holder."""
    return disclosed(view.explanation(name))


def get_foresight(name: str, view: ViewAt) -> Response:
    """When its fragments would have crossed the line, who held each, who could have been told."""
    return disclosed(view.foresight(name))


def get_alert_graph(name: str, view: ViewAt) -> Response:
    """The mentions of its evidence, and what connects them."""
    return disclosed(view.alert_graph(name))


def get_history(name: str, query: Paged, view: ViewAt) -> Response:
    """Its versions, oldest first."""
    return disclosed(view.history(name, cursor=query.cursor, limit=query.limit))


async def acknowledge(
    request: Request, name: str, view: ReaderView, reader: ForReader, running: Parts
) -> Response:
    """Take note of the version that stands, for this reader's office."""
    await read_decision(request, AcknowledgementBody)
    alert = await _named(view, name)
    decided = await running.parts.decisions.acknowledge(reader, alert)
    await _seen(running, decided)
    return answer({"id": decided.id}, status=201)


async def give_feedback(
    request: Request, name: str, view: ReaderView, reader: ForReader, running: Parts
) -> Response:
    """Say what this reader's office holds of an alert; it hides the alert from nobody."""
    body = await read_decision(request, FeedbackBody)
    alert = await _named(view, name)
    decided = await running.parts.decisions.give_feedback(
        reader, alert, body.verdict, reason=body.reason, stated=body.marking
    )
    await _seen(running, decided)
    return answer({"id": decided.id}, status=201)


async def _seen(running: Running, decided: Decided) -> None:
    """Wait until who said it would read it too: there is no `wait` to ask for here."""
    await fused(running, [decided.position])


async def _named(view: View, name: str) -> AlertNamed:
    standing = await run_in_threadpool(view.standing, name)
    return AlertNamed(
        name=standing.name,
        names=standing.names,
        version=standing.version,
        least=standing.marking,
    )


def routes() -> list[DeclaredRoute]:
    """The routes of alerts, but for the stream."""
    one = {"refusals": UNSEEN | PAST, "openapi_extra": STATED}
    page = {"refusals": PAST, "openapi_extra": STATED}
    under = "/v1/alerts/{name}"
    return [
        reader_route("/v1/alerts", list_alerts, answer=AlertPage, **page),
        reader_route(under, get_alert, answer=AlertAnswer, **one),
        reader_route(f"{under}/explanation", get_explanation, answer=ExplanationAnswer, **one),
        reader_route(f"{under}/foresight", get_foresight, answer=ForesightAnswer, **one),
        reader_route(f"{under}/graph", get_alert_graph, answer=GraphAnswer, **one),
        reader_route(
            f"{under}/history",
            get_history,
            answer=AlertPage,
            refusals=UNSEEN | PAST,
            openapi_extra=STATED,
        ),
        decision_route(f"{under}/acknowledgement", acknowledge, body=AcknowledgementBody),
        decision_route(f"{under}/feedback", give_feedback, body=FeedbackBody),
    ]
