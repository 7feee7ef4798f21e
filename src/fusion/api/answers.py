"""Answers: the shapes of what the API says, for its OpenAPI document, and how they are sent.

The models document; views make the answers, and `tests/e2e` holds each answer to its model. Clients
ignore members that they do not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from fusion.access.disclosure import Disclosure

Time = Annotated[
    str, Field(description="RFC 3339, UTC, six digits", examples=["2001-07-10T00:00:00.000000Z"])
]
Cursor = Annotated[str | None, Field(description="where to go on, opaque; null: nothing follows")]
# Where schemata stand in an OpenAPI document.
SCHEMAS = "#/components/schemas/{model}"
# Under these a call's scope has what its answer discloses, and the name of the stream it opens.
DISCLOSURE = "fusion.disclosure"
STREAM = "fusion.stream"
Rung = Literal["full", "tearline"]


class DisclosingResponse(Response):
    """An answer that says what it discloses to whoever lets it out (`api.clerk`)."""

    disclosure: Disclosure[Any]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[DISCLOSURE] = self.disclosure
        await super().__call__(scope, receive, send)


def answer(content: Any, *, status: int = 200) -> Response:
    """A JSON answer that discloses nothing of a signal."""
    return Response(
        content=msgspec.json.encode(content), status_code=status, media_type="application/json"
    )


def disclosed(disclosure: Disclosure[Any]) -> Response:
    """A JSON answer of what a view disclosed."""
    response = DisclosingResponse(
        content=msgspec.json.encode(disclosure.body), media_type="application/json"
    )
    response.disclosure = disclosure
    return response


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Where the OpenAPI document has a model's schema; `documents` sees to it that it does."""
    return {"$ref": SCHEMAS.format(model=model.__name__)}


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FaultAnswer(_Answer):
    """One fault: where, and what. One of the three places stands there."""

    detail: str
    pointer: str | None = Field(None, description="RFC 6901, from the root of the signal or body")
    parameter: str | None = None
    header: str | None = None


class ProblemAnswer(_Answer):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    errors: list[FaultAnswer]


class SubmittedAnswer(_Answer):
    """What became of one signal; `fused` with `wait=fused` only."""

    source: str | None
    id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    problem: ProblemAnswer | None = None
    fused: bool | None = None


class BatchAnswer(_Answer):
    """What became of many, in the order of the input; `fused` with `wait=fused` only."""

    results: list[SubmittedAnswer]
    fused: bool | None = None


class OwnSignal(_Answer):
    """One of a publisher's own."""

    source: str
    id: str
    status: Literal["accepted", "fused", "quarantined", "retracted"]
    recorded: Time
    problem: ProblemAnswer | None = None
    retracted_by: str | None = None
    corrected_by: str | None = None
    graded: str | None = Field(
        None, description="what its publisher's ceiling lowered the grading to, where it did"
    )


class OwnSignalPage(_Answer):
    """A page of a publisher's own signals."""

    items: list[OwnSignal]
    next: Cursor


class SignalAnswer(BaseModel):
    """A signal, or a tear-line, as this reader may see it: the CloudEvent, and how it is shown."""

    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: dict[str, Any]
    rung: Rung
    banner: str
    recorded: Time | None = None


class SignalPage(_Answer):
    """A page of signals."""

    items: list[SignalAnswer]
    next: Cursor


class PointerAnswer(BaseModel):
    """That a desk holds something which bears on a fact of the reader's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    rung: Literal["pointer"]
    handle: str = Field(description="names the pointer in a request for disclosure")
    desk: str = Field(description="whom to call, by the registry")
    anchor: str = Field(description="the fact that it bears on, which this reader knows")
    text: str
    request: str = Field(description="where access is asked for")


class PointerPage(_Answer):
    """A page of pointers."""

    items: list[PointerAnswer]
    next: Cursor


class ParticipantsAnswer(_Answer):
    """Who must be at the table, and who may be."""

    core: list[str]
    auxiliary: list[str]


class ThreadAnswer(_Answer):
    """A hypothesis of another pattern that an alert rests on: an alert of its own."""

    alert: str
    pattern: str
    title: str
    bits: float
    holders: list[str]


class AlertAnswer(BaseModel):
    """An alert, by what this reader may know."""

    model_config = ConfigDict(frozen=True, extra="allow")

    alert: str
    version: int
    at: Time
    pattern: str
    domain: str
    severity: Literal["low", "medium", "high", "critical"]
    status: Literal["raised", "withdrawn"]
    title: str
    bits: float
    gain_bits: float
    cross_agency: bool
    cross_office: bool
    agencies: list[str]
    signals: list[str]
    entities: list[str]
    threads: list[ThreadAnswer]
    roles: dict[str, float]
    shares: dict[str, float]
    likelihood: str
    confidence: str
    weakest_link_bits: float | None
    lead: dict[str, Any] | None
    participants: ParticipantsAnswer
    acknowledge_by: Time | None
    responsible: dict[str, Any] | None = Field(
        None, description="the post that answers for it, and since when; null: nobody has to"
    )
    rung: Rung
    banner: str
    caveat: str


class AlertPage(_Answer):
    """A page of alerts."""

    items: list[AlertAnswer]
    next: Cursor


class EvidenceAnswer(_Answer):
    """One fact, and what it weighs in its role."""

    signal: str
    fact: str
    role: str
    holder: str
    bits: float
    text: str


class CounterfactualAnswer(_Answer):
    """What would be without one holder."""

    bits: float
    raised: bool


class ExplanationAnswer(BaseModel):
    """Why: each piece of evidence in bits, and what would be without each holder."""

    model_config = ConfigDict(frozen=True, extra="allow")

    bits: float
    threshold: float
    evidence: list[EvidenceAnswer]
    shares: dict[str, float]
    without: dict[str, CounterfactualAnswer]


class CrossingAnswer(_Answer):
    """The earliest day on which fragments would have crossed the line, and those of that day."""

    date: str = Field(examples=["2001-08-15"])
    bits: float
    by: list[str]


class FragmentAnswer(_Answer):
    """Who held a fragment since when, and whose readers it could have been told."""

    signal: str
    agency: str
    holder: str
    reported: Time
    recorded: Time | None = Field(description="null for a tear-line")
    could_be_told: list[str]


class PostAnswer(_Answer):
    """A post, and the mechanism for which it answers."""

    mechanism: str
    post: str
    title: str


class TellableAnswer(_Answer):
    """Who could have been told all fragments together."""

    agencies: list[str]
    posts: list[PostAnswer]


class ForesightAnswer(BaseModel):
    """What an alert's fragments would have meant, had each been shared when it was reported."""

    model_config = ConfigDict(frozen=True, extra="allow")

    alert: str
    version: int
    threshold: float
    crossed: CrossingAnswer | None
    raised: Time
    days: int | None = Field(description="from that day to the first raise")
    fragments: list[FragmentAnswer]
    could_be_told: TellableAnswer
    caveat: str


class GraphNode(_Answer):
    """A mention, or an entity, of a graph."""

    id: str
    schema_: str = Field(alias="schema")
    caption: str


class GraphEdge(_Answer):
    """What signals say of two nodes."""

    from_: str = Field(alias="from")
    to: str
    schema_: str = Field(alias="schema")
    signals: list[str]


class GraphAnswer(BaseModel):
    """Mentions as nodes, what signals say of them as edges."""

    model_config = ConfigDict(frozen=True, extra="allow")

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class EntityAnswer(BaseModel):
    """An entity, by what this reader may know."""

    model_config = ConfigDict(frozen=True, extra="allow")

    entity: str
    schema_: str = Field(alias="schema")
    caption: str
    properties: dict[str, list[str]]
    mentions: list[str]
    signals: list[str]
    pointers: list[PointerAnswer]
    rung: Rung
    caveat: str


class EntityPage(_Answer):
    """A page of entities."""

    items: list[EntityAnswer]
    next: Cursor


class ReasonAnswer(_Answer):
    """One feature, and what it weighs."""

    feature: str
    text: str
    bits: float
    signals: list[str]


class WhyAnswer(BaseModel):
    """Why two mentions are held to be one thing, or are not."""

    model_config = ConfigDict(frozen=True, extra="allow")

    a: str
    b: str
    verdict: str
    bits: float
    because: list[ReasonAnswer]


class JudgementAnswer(BaseModel):
    """A judgement that this reader may know."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    a: str
    b: str
    verdict: Literal["POSITIVE", "NEGATIVE", "UNSURE"]


class JudgementPage(_Answer):
    """A page of judgements."""

    items: list[JudgementAnswer]
    next: Cursor


RequestStatus = Literal["open", "escalated", "granted", "refused"]


class RequestedAnswer(_Answer):
    """A disclosure request that stands: who is asked, and until when it has to be answered."""

    id: str
    status: RequestStatus
    desk: str = Field(description="a desk, or the post that answers where there is none")
    due: Time


class RequestAnswer(RequestedAnswer):
    """A disclosure request with its course, for the asker's agency and for who has to answer."""

    asked: dict[Literal["handle", "signal", "alert"], str]
    reason: str
    at: Time
    agency: str
    by: str
    responsible: dict[str, Any] | None
    answer: dict[str, Any] | None
    concerns: list[str] | None = Field(
        default=None, description="what stands behind the handle, to a post that answers"
    )


class RequestPage(_Answer):
    """A page of disclosure requests."""

    items: list[RequestAnswer]
    next: Cursor


class RequestStatusAnswer(_Answer):
    """A disclosure request that was answered."""

    id: str
    status: RequestStatus


class DecidedAnswer(_Answer):
    """A decision that the log holds; `fused` with `wait=fused` only."""

    id: str
    fused: bool | None = None


class ShownLine(_Answer):
    """That a reader was shown one of the owner's signals, by day; a `case` is never told."""

    at: Time
    agency: str
    reader: str
    purpose: str | None
    case: str | None
    rung: str
    signal: str
    until: Time | None = None


class ShownPage(_Answer):
    """A page of who was shown an owner's signals."""

    items: list[ShownLine]
    next: Cursor


class QueryLine(_Answer):
    """That somebody asked for something, and was answered or refused."""

    at: Time
    reader: str
    agency: str | None
    purpose: str | None
    case: str | None
    method: str
    path: str
    status: int
    count: int


class QueryPage(_Answer):
    """A page of who asked for what."""

    items: list[QueryLine]
    next: Cursor


class LiveAnswer(_Answer):
    """The process lives."""

    status: Literal["ok"]


class ReadyAnswer(_Answer):
    """Whether log and store answer, and how far the store lies behind."""

    status: Literal["ok", "unavailable"]
    log: str
    store: str
    lag_seconds: float | None
