"""The application: the routes of `/v1`, behind the doorman, over the parts that are handed down.

One call makes one application, and nothing of it lives anywhere else: two in one process know
nothing of each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from fastapi import FastAPI

from fusion.api import (
    alerts,
    audit,
    documents,
    entities,
    health,
    judgements,
    pointers,
    requests,
    signals,
    stream,
)
from fusion.api.changes import Changes
from fusion.api.clerk import Clerk
from fusion.api.declared import DeclaredRoute, add_routes
from fusion.api.followings import Channels
from fusion.api.identity import Act, Doorman
from fusion.api.parts import ApiParts, Pace, Running, Seats
from fusion.api.problems import add_problems

# Each costs a watch and a socket; a deployment with more watch officers runs more API processes.
MAX_STREAMS = 2000
# Half of the store's connections (`views.STORES`), so that other reads always find one.
FOLLOWING_THREADS = 4

_DESCRIPTION = """\
Agencies publish fragmentary signals; readers are told what follows from those that they may know.

Every answer rests on what *this* reader may know. What may not be known, what never was and what
was retracted answer the same 404.
"""


def create_app(parts: ApiParts, *, pace: Pace | None = None) -> FastAPI:
    """The API over `parts`; `pace` sets the pulse of streams."""
    app = _app()
    changes = Changes(parts.views.wait_for_change)
    app.state.running = Running(
        parts=parts,
        changes=changes,
        seats=Seats(MAX_STREAMS),
        pace=pace or Pace(),
        channels=Channels(parts.ledger),
        following=ThreadPoolExecutor(FOLLOWING_THREADS, thread_name_prefix="following"),
    )
    declared = declared_routes()
    add_routes(app, declared)
    add_problems(app)
    open_paths = frozenset(route.path for route in declared if route.act is Act.OPEN)
    # Whoever is added later stands further out.
    app.add_middleware(Clerk, ledger=parts.ledger, directory=parts.directory)
    app.add_middleware(Doorman, tokens=parts.tokens, open_paths=open_paths, limits=parts.limits)
    return app


def described() -> dict[str, Any]:
    """The OpenAPI document of this API, without a service behind it."""
    app = _app()
    add_routes(app, declared_routes())
    return documents.document(app)


def _app() -> FastAPI:
    return FastAPI(
        title="fusion",
        version="1",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


def declared_routes() -> list[DeclaredRoute]:
    """All routes, in the order in which a path is tried."""
    rooms = (
        *(signals, stream, alerts, entities, pointers, judgements, requests),
        *(audit, health, documents),
    )
    return list(chain.from_iterable(room.routes() for room in rooms))
