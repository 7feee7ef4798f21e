"""Routes of the audit: an owner reads who was shown its signals, oversight who asked for what."""

from __future__ import annotations

from fastapi import Response

from fusion.api.answers import QueryPage, ShownPage, disclosed
from fusion.api.declared import CURSOR, DeclaredRoute, oversight_route, reader_route
from fusion.api.identity import ForReader
from fusion.api.parts import Parts
from fusion.api.queries import Paged
from fusion.api.reading import STATED


def list_disclosures(query: Paged, reader: ForReader, running: Parts) -> Response:
    """Who was shown signals of this reader's agency that it may know, newest day first."""
    audit = running.parts.audits.of(reader)
    return disclosed(audit.disclosures(cursor=query.cursor, limit=query.limit))


def list_queries(query: Paged, reader: ForReader, running: Parts) -> Response:
    """Who asked for what, and was refused, newest first; for oversight."""
    audit = running.parts.audits.of(reader)
    return disclosed(audit.queries(cursor=query.cursor, limit=query.limit))


def routes() -> list[DeclaredRoute]:
    """The routes of the audit."""
    page = {"refusals": CURSOR, "openapi_extra": STATED}
    return [
        reader_route("/v1/audit/disclosures", list_disclosures, answer=ShownPage, **page),
        oversight_route("/v1/audit/queries", list_queries, answer=QueryPage, **page),
    ]
