"""Queries: what may stand in a query, and how it is read.

One model a kind of list; the OpenAPI document and the refusals by `parameter` follow from them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from fusion.domain.clock import parse_moment, period_end, period_start
from fusion.projections.view.port import AlertFilters, SignalFilters

# CONTRACT.md section 3.
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
# A graph of three hops is what still fits in a head, and in memory.
MAX_HOPS = 3
# Ours are a few hundred characters; whatever is longer is nobody's.
_MAX_CURSOR = 4096
_MAX_TEXT = 500
_MAX_VALUES = 100


def _moment(value: object) -> object:
    return parse_moment(value) if isinstance(value, str) else value


def _first_moment(value: object) -> object:
    return period_start(value) if isinstance(value, str) else value


def _last_moment(value: object) -> object:
    return period_end(value) if isinstance(value, str) else value


_TIME = WithJsonSchema({"type": "string", "format": "date-time"})
_PERIOD = WithJsonSchema({"type": "string", "description": "YYYY, YYYY-MM, YYYY-MM-DD or a time"})
Moment = Annotated[int, BeforeValidator(_moment), _TIME]
FirstMoment = Annotated[int, BeforeValidator(_first_moment), _PERIOD]
LastMoment = Annotated[int, BeforeValidator(_last_moment), _PERIOD]
Word = Annotated[str, Field(max_length=_MAX_TEXT)]
Words = Annotated[list[Word], Field(max_length=_MAX_VALUES)]
MentionName = Annotated[str, Query(max_length=_MAX_TEXT)]
Hops = Annotated[int, Query(ge=1, le=MAX_HOPS)]
# Of which moment a read is: what was recorded at or before it counts, under today's rights.
AsOf = Annotated[
    Moment | None,
    Query(description="what was recorded at or before this moment, under today's rights"),
]
# How long a caller waits (CONTRACT.md section 3: at most 10 seconds).
Wait = Annotated[Literal["fused"] | None, Query()]


class PageQuery(BaseModel):
    """One page of a list."""

    model_config = ConfigDict(frozen=True)

    cursor: str | None = Field(None, max_length=_MAX_CURSOR)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)


class FilterQuery(BaseModel):
    """Which alerts: a filter may be repeated, any of its values will do."""

    model_config = ConfigDict(frozen=True)

    status: Annotated[list[Literal["raised", "withdrawn"]], Field(max_length=_MAX_VALUES)] = []
    pattern: Words = []
    domain: Words = []
    agency: Words = []
    severity: Annotated[
        list[Literal["low", "medium", "high", "critical"]], Field(max_length=_MAX_VALUES)
    ] = []
    since: Moment | None = Field(None, description="moment of the last version, inclusive")
    until: Moment | None = Field(None, description="moment of the last version, inclusive")
    q: Word | None = None

    @property
    def filters(self) -> AlertFilters:
        return AlertFilters(
            status=frozenset(self.status),
            pattern=frozenset(self.pattern),
            domain=frozenset(self.domain),
            agency=frozenset(self.agency),
            severity=frozenset(self.severity),
            since=self.since,
            until=self.until,
            q=self.q,
        )


class AlertQuery(FilterQuery, PageQuery):
    """A page of alerts."""


class SignalQuery(PageQuery):
    """A page of signals; a `q` is a search for a person and needs purpose and case."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    q: Word | None = None
    from_: FirstMoment | None = Field(None, alias="from")
    to: LastMoment | None = None
    agency: Words = []
    activity: Words = []

    @property
    def filters(self) -> SignalFilters:
        return SignalFilters(
            q=self.q,
            since=self.from_,
            until=self.to,
            agency=frozenset(self.agency),
            activity=frozenset(self.activity),
        )


class EntityQuery(PageQuery):
    """A page of entities by a search, or the entity of a mention."""

    q: Word | None = None
    mention: Word | None = None


class JudgementQuery(PageQuery):
    """A page of judgements that name a mention."""

    mention: Word


Paged: TypeAlias = Annotated[PageQuery, Query()]
AlertsAsked: TypeAlias = Annotated[AlertQuery, Query()]
AlertsFollowed: TypeAlias = Annotated[FilterQuery, Query()]
SignalsAsked: TypeAlias = Annotated[SignalQuery, Query()]
EntitiesAsked: TypeAlias = Annotated[EntityQuery, Query()]
JudgementsAsked: TypeAlias = Annotated[JudgementQuery, Query()]
