"""Bodies: how a request's body is read, within its limit, and what a decision's body may say.

A body is read only after its caller was admitted; nothing is read beyond the limit, and no coding
is undone on the way (a small body could become a large one).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from fastapi import Request
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError
from starlette.requests import ClientDisconnect

from fusion.api.answers import reference
from fusion.api.problems import MediaTypeRefused, faults_of
from fusion.domain.errors import Fault, Invalid, TooLarge, Unreadable
from fusion.domain.ids import is_mention_name, is_signal_name
from fusion.domain.judgement import Verdict
from fusion.domain.signal import Marking

JSON = "application/json"
# A decision is a few names and a reason.
MAX_DECISION_BYTES = 64 * 1024

Body = TypeVar("Body", bound=BaseModel)


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request; TooLarge beyond `limit` bytes, of which no more are read."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    chunks, length = [], 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > limit:
                raise _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Unreadable("the body ended before its end") from None
    return b"".join(chunks)


def media_type_of(request: Request) -> str:
    """The media type of the body, lower case, without parameters.

    MediaTypeRefused for a coded body and for a charset that JSON does not have (RFC 8259).
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _media_type("Content-Encoding", "a coded body is not taken")
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in {"utf-8", "utf8", "us-ascii"}:
            raise _media_type("Content-Type", "JSON is UTF-8")
    return media_type.strip().lower()


def refused_media_type(taken: str) -> MediaTypeRefused:
    """What is raised for a body of another type than the `taken` ones."""
    return _media_type("Content-Type", f"taken are {taken}")


def _wire_marking(value: object) -> Marking:
    try:
        return msgspec.convert(value, Marking)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


_Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]


def _mention_name(text: str) -> str:
    if not is_mention_name(text):
        raise PydanticCustomError("mention", "is no mention's name (<source>/<id>#<ref>)")
    return text


def _signal_name(text: str) -> str:
    if not is_signal_name(text):
        raise PydanticCustomError("signal", "is no signal's name (<source>/<id>)")
    return text


def _released(text: str) -> str:
    """A name that begins with a slash is a signal's, any other a case's."""
    return _signal_name(text) if text.startswith("/") else text


_Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_MentionName = Annotated[_Name, AfterValidator(_mention_name)]
_SignalName = Annotated[_Name, AfterValidator(_signal_name)]
_Marking = Annotated[
    Marking,
    PlainValidator(_wire_marking),
    WithJsonSchema(
        {"type": "object", "description": "a marking as a signal has it, the same or stricter"}
    ),
]


class _DecisionBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class AcknowledgementBody(_DecisionBody):
    """An acknowledgement says nothing but that it was made."""


class FeedbackBody(_DecisionBody):
    """What an office holds of an alert."""

    verdict: Literal["confirmed", "dismissed"]
    reason: _Text
    marking: _Marking | None = None


class JudgementBody(_DecisionBody):
    """What a person holds of two mentions; `because` names the signals cited."""

    a: _MentionName
    b: _MentionName
    verdict: Verdict
    reason: _Text
    because: Annotated[list[_SignalName], Field(max_length=100)] = []
    marking: _Marking | None = None


class RequestBody(_DecisionBody):
    """What more is asked of: a signal (a tear-line is one), an alert or a pointer, and what for."""

    handle: _Name | None = None
    signal: _SignalName | None = None
    alert: _Name | None = None
    reason: _Text

    @model_validator(mode="after")
    def _names_one(self) -> RequestBody:
        named = [each for each in (self.handle, self.signal, self.alert) if each is not None]
        if len(named) != 1:
            raise PydanticCustomError("one", "names a handle, a signal or an alert, one of them")
        return self


class AnswerBody(_DecisionBody):
    """What a post answers; `released` names the signal or the case by which it is granted."""

    answer: Literal["granted", "refused"]
    reason: _Text
    released: Annotated[_Name, AfterValidator(_released)] | None = None


async def read_decision(request: Request, model: type[Body]) -> Body:
    """The body of a decision; MediaTypeRefused, TooLarge, Unreadable or Invalid otherwise."""
    if media_type_of(request) != JSON:
        raise refused_media_type(JSON)
    body = await read_body(request, MAX_DECISION_BYTES)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        if any(each["type"] == "json_invalid" for each in errors):
            raise Unreadable("the body is no JSON", faults=(Fault("", errors[0]["msg"]),)) from None
        raise Invalid("the body is not as it must be", faults=faults_of(errors)) from None


def request_body(model: type[BaseModel], media_type: str = JSON) -> dict[str, Any]:
    """A body's part of an OpenAPI operation."""
    content = {media_type: {"schema": reference(model)}}
    return {"requestBody": {"required": True, "content": content}}


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"a body holds at most {limit} bytes here")


def _media_type(header: str, detail: str) -> MediaTypeRefused:
    return MediaTypeRefused("media type", faults=(Fault(header, detail),))
