"""The route of pointers: which desks hold what bears on something that this reader knows."""

from __future__ import annotations

from fastapi import Response

from fusion.api.answers import PointerPage, disclosed
from fusion.api.declared import CURSOR, DeclaredRoute, reader_route
from fusion.api.queries import Paged
from fusion.api.reading import STATED, ReaderView


def list_pointers(query: Paged, view: ReaderView) -> Response:
    """What this reader is pointed to, latest first; it changes once a day."""
    return disclosed(view.pointers(cursor=query.cursor, limit=query.limit))


def routes() -> list[DeclaredRoute]:
    """The route of pointers."""
    return [
        reader_route(
            "/v1/pointers",
            list_pointers,
            answer=PointerPage,
            refusals=CURSOR,
            openapi_extra=STATED,
        )
    ]
