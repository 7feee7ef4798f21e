"""The documents: what the API says of itself, by OpenAPI.

Made from the declared routes alone, so that a route that does not exist is not promised, and
without a page of its own: that would load scripts from elsewhere.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic.json_schema import models_json_schema

from fusion.api.answers import SCHEMAS, BatchAnswer, ProblemAnswer, SubmittedAnswer, answer
from fusion.api.bodies import (
    AcknowledgementBody,
    AnswerBody,
    FeedbackBody,
    JudgementBody,
    RequestBody,
)
from fusion.api.declared import DeclaredRoute, open_route

OPENAPI_PATH = "/v1/openapi.json"
# What routes refer to without being typed by it: bodies that they read themselves, and problems.
_REFERRED = (
    ProblemAnswer,
    SubmittedAnswer,
    BatchAnswer,
    AcknowledgementBody,
    FeedbackBody,
    JudgementBody,
    RequestBody,
    AnswerBody,
)


async def openapi(request: Request) -> Response:
    """The OpenAPI document of this API."""
    return answer(document(request.app))


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    whole = app.openapi()
    _, definitions = models_json_schema(
        [(model, "validation") for model in _REFERRED], ref_template=SCHEMAS
    )
    schemas = whole.setdefault("components", {}).setdefault("schemas", {})
    return whole | {"components": whole["components"] | {"schemas": definitions["$defs"] | schemas}}


def routes() -> list[DeclaredRoute]:
    """The routes of documents."""
    return [open_route(OPENAPI_PATH, openapi)]
