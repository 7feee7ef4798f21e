"""Reading: the view that a route reads by, bound to its caller, and what a search has to state.

Routes that read are plain functions, which FastAPI runs on threads: a view blocks. What they depend
on is asynchronous, though it awaits nothing, since FastAPI would take a thread for each of it too.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends

from fusion.access.reader import Reader
from fusion.api.identity import CASE_HEADER, PURPOSE_HEADER, ForReader
from fusion.api.parts import Parts
from fusion.api.problems import HeaderMissing
from fusion.api.queries import AsOf
from fusion.domain.errors import Fault
from fusion.projections.view.port import View


async def view_of(reader: ForReader, running: Parts) -> View:
    """The view of the caller."""
    return running.parts.views.of(reader)


ReaderView: TypeAlias = Annotated[View, Depends(view_of)]


async def view_at(view: ReaderView, as_of: AsOf = None) -> View:
    """The view of the caller, of the moment that it asks for."""
    return view if as_of is None else view.as_of(as_of)


# Every GET of signals, alerts and entities reads by it (CONTRACT.md section 3).
ViewAt: TypeAlias = Annotated[View, Depends(view_at)]


def require_stated_reason(reader: Reader) -> None:
    """HeaderMissing unless the caller says for what, and in which case, it looks for a person."""
    stated = {PURPOSE_HEADER: reader.purpose, CASE_HEADER: reader.case}
    missing = [name for name, value in stated.items() if value is None]
    if missing:
        faults = tuple(Fault(name, "a search for a person needs it") for name in missing)
        raise HeaderMissing("a search states its purpose and its case", faults=faults)


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "description": description, "schema": schema}


# What every reader's call may state, as its OpenAPI operation has it.
STATED: Final[dict[str, Any]] = {
    "parameters": [
        _header(PURPOSE_HEADER, "the granted purpose for which the reader acts"),
        _header(CASE_HEADER, "the case in which the reader acts"),
    ]
}
