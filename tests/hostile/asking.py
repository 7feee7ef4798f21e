"""Hostile requests: whatever the API's own document allows, and whatever it does not.

schemathesis draws requests from `openapi.json`, right ones and wrong ones, for every operation; two
readers of different rights and a publisher send them to a real service. An answer is a fault of
ours where it is a 5xx (but 503, which says when to come again), where its status is one that the
document does not name, or where it refuses in another form than a problem.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from tests.e2e.documents import SCHEMAS

# It never ends, and is asked apart.
STREAM = "/v1/alerts/stream"
# What a router answers before any operation is found: of a path that a drawn name led elsewhere.
_ANY = {400, 401, 403, 404, 405, 413, 415, 422, 429}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass
class Found:
    """What came of it: requests by status, and each kind of fault with a request that showed it."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        counts = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{self.statuses.total()} requests ({counts}), {len(self.faults)} faults"


def operations() -> Iterator[APIOperation[Any, Any, Any]]:
    """Every operation of the document but the stream."""
    document = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        if operation.path != STREAM:
            yield operation


def ask(
    clients: Mapping[str, httpx.Client],
    operation: APIOperation[Any, Any, Any],
    names: Mapping[str, list[str]],
    *,
    examples: int,
    found: Found,
) -> None:
    """Send so many requests of each kind to one operation as each caller.

    `names` are some that exist, by the beginning of the path that they stand in.
    """
    known = next((names[start] for start in names if operation.path.startswith(start)), [])
    for who, client in clients.items():
        for mode in MODES:
            if mode is GenerationMode.NEGATIVE and not operation.definition.raw.get("parameters"):
                # Nothing of it can be wrong but the body, which routes read themselves.
                continue
            send = partial(_send, who, client, found=found)
            _drawn(operation, known, mode, examples, send)


def _drawn(
    operation: APIOperation[Any, Any, Any],
    known: list[str],
    mode: GenerationMode,
    examples: int,
    send: Callable[[Case], None],
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from([None, *known]))
    def draw(case: Case, name: str | None) -> None:
        if name is not None and "name" in (case.path_parameters or {}):
            case.path_parameters["name"] = name
        send(case)

    draw()


def _send(who: str, client: httpx.Client, case: Case, *, found: Found) -> None:
    request = case.as_transport_kwargs(base_url=str(client.base_url))
    request.pop("cookies", None)
    headers = httpx.Headers(request.pop("headers", None) or {})
    headers.update(client.headers)
    answer = client.request(
        request.pop("method"),
        request.pop("url"),
        headers=headers,
        params=request.get("params"),
        json=request.get("json"),
        content=request.get("data"),
    )
    found.statuses[answer.status_code] += 1
    fault = _fault_of(answer, case)
    if fault:
        asked = f"{case.method} {answer.request.url} as {who}: {answer.text[:300]}"
        found.faults.setdefault(f"{case.operation.label}: {fault}", asked)


def _fault_of(answer: httpx.Response, case: Case) -> str:
    status = answer.status_code
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        return "" if "retry-after" in answer.headers else "503 without Retry-After"
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return f"{status}"
    documented = {int(each) for each in case.operation.definition.raw["responses"]}
    if status not in documented | _ANY:
        return f"{status} is not in the document"
    if status < httpx.codes.BAD_REQUEST:
        return ""
    if answer.headers["content-type"] != "application/problem+json":
        return f"{status} is no problem"
    return "" if answer.json()["status"] == status else f"{status} is told as another status"
