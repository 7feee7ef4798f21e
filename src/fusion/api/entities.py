"""Routes of entities: who is who, who is near, and why two mentions are one or are not."""

from __future__ import annotations

from fastapi import Response

from fusion.api.answers import EntityAnswer, EntityPage, GraphAnswer, WhyAnswer, disclosed
from fusion.api.declared import PAST, UNSEEN, DeclaredRoute, reader_route
from fusion.api.identity import ForReader
from fusion.api.problems import ParameterRefused
from fusion.api.queries import EntitiesAsked, Hops, MentionName
from fusion.api.reading import STATED, ViewAt, require_stated_reason
from fusion.domain.errors import Fault


def find_entities(query: EntitiesAsked, view: ViewAt, reader: ForReader) -> Response:
    """Entities by a search, or the entity of one mention."""
    if (query.q is None) is (query.mention is None):
        raise ParameterRefused("either a search or a mention", faults=_EITHER)
    if query.mention is not None:
        return disclosed(view.entity_of(query.mention))
    require_stated_reason(reader)
    return disclosed(view.entities(cursor=query.cursor, limit=query.limit, q=query.q))


def get_entity(name: str, view: ViewAt) -> Response:
    """An entity by its name, or by one made from any of its members that this reader may know."""
    return disclosed(view.entity(name))


def get_neighbourhood(name: str, view: ViewAt, hops: Hops = 1) -> Response:
    """What is connected to an entity, 1 to 3 steps away."""
    return disclosed(view.neighbourhood(name, hops))


def get_why(a: MentionName, b: MentionName, view: ViewAt) -> Response:
    """Why two mentions are held to be one thing, or are not, in bits."""
    return disclosed(view.why(a, b))


_EITHER = tuple(Fault(name, "either q or mention stands there") for name in ("q", "mention"))


def routes() -> list[DeclaredRoute]:
    """The routes of entities."""
    one = {"refusals": UNSEEN | PAST, "openapi_extra": STATED}
    search = {400: f"A search without purpose or case. {PAST[400]}"}
    under = "/v1/entities/{name}"
    return [
        reader_route(
            "/v1/entities",
            find_entities,
            answer=EntityPage | EntityAnswer,
            refusals=UNSEEN | PAST | search,
            openapi_extra=STATED,
        ),
        reader_route(under, get_entity, answer=EntityAnswer, **one),
        reader_route(f"{under}/neighbourhood", get_neighbourhood, answer=GraphAnswer, **one),
        reader_route("/v1/why", get_why, answer=WhyAnswer, **one),
    ]
