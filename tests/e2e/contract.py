"""What an outside client of the contract needs: an exercise, publishers, readers, and the checks.

Written from CONTRACT.md alone. Nothing here knows how the service is made; a registry names the
agencies (tests/registry.yaml), the command line makes tokens, everything else is HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.documents import hold_answer, hold_frame
from tests.e2e.service import REGISTRY, Service, done, serving

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
PROBLEM = "application/problem+json"

CLOCK = "2015-03-10"
OPEN = {"level": "OPEN", "releasable_to": ["*"]}
# Six digits and Z, as every time in an answer has it.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# The members of a problem (RFC 9457), all and no other.
PROBLEM_MEMBERS = {"type", "title", "status", "code", "errors"}
# What differs between two answers that say the same.
NEVER_COMPARED = {"date"}

Document = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """One frame of the stream."""

    id: str
    kind: str
    said: Document


@dataclass
class Exercise:
    """A running exercise and the clients of those who take part in it, made when first asked."""

    service: Service
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def publisher(self, source: str, *options: str) -> httpx.Client:
        """A publisher under a prefix; its name follows from what it may."""
        name = "p" + re.sub(r"[^a-z0-9]", "-", "-".join([source, *options]).lower())
        if name not in self.clients:
            token = done("token", "publisher", name, "--source", source, *options, data=self.data)
            self.clients[name] = self.service.client(token)
        return self.clients[name]

    def reader(
        self, name: str, options: str, *, purpose: str | None = None, case: str | None = None
    ) -> httpx.Client:
        """A reader with the options of `token reader`, acting for a purpose and a case."""
        key = f"{name} {options} {purpose} {case}"
        if key not in self.clients:
            token = done("token", "reader", name, *options.split(), data=self.data)
            stated = {"Fusion-Purpose": purpose, "Fusion-Case": case}
            headers = {header: value for header, value in stated.items() if value is not None}
            self.clients[key] = self.service.client(token, **headers)
        return self.clients[key]

    @property
    def data(self) -> Path:
        return self.service.data

    def post(self, *signals: Document) -> list[Document]:
        """Post as each signal's agency and wait until all is fused: what became of each."""
        results = []
        for signal in signals:
            client = self.publisher("/" + signal["source"].split("/")[1])
            results.append(accepted(one(client, signal, wait="fused")))
        return results

    def advance(self, moment: str) -> None:
        done("clock", "advance", moment, data=self.data)


@contextmanager
def exercise(folder: Path, *, seed: str = "contract", clock: str = CLOCK) -> Iterator[Exercise]:
    """A new exercise with the registry of the tests."""
    with serving(folder / "data", "--exercise", seed, "--clock", clock) as service:
        done("registry", "load", registry(folder), data=service.data)
        taking_part = Exercise(service)
        yield taking_part
        for client in taking_part.clients.values():
            client.close()


def registry(folder: Path) -> Path:
    """The registry of the tests, its made-up nations being ones that ISO 3166-1 has."""
    text = REGISTRY.read_text(encoding="utf-8")
    path = folder / "registry.yaml"
    path.write_text(text.replace("nation: ov", "nation: nl").replace("nation: nb", "nation: be"))
    return path


def signal(
    id_: str, source: str = "/river/gauges", *, time: str = "2015-03-01T00:00:00Z", **data: Any
) -> Document:
    """A signal that can be taken, open to every domestic agency unless marked otherwise."""
    return {
        "specversion": "1.0",
        "type": "fusion.signal.submitted.v1",
        "source": source,
        "id": id_,
        "time": time,
        "datacontenttype": "application/json",
        "data": {"marking": OPEN, **data},
    }


def retraction(id_: str, of: str, source: str = "/river/gauges", **more: Any) -> Document:
    """What takes a signal of the same source back."""
    document = signal(id_, source)
    document["type"] = "fusion.signal.retracted.v1"
    document["data"] = {"retracts": of, "reason": "a counting error", **more}
    return document


def person(ref: str, name: str, **properties: str) -> Document:
    """A person with a name and more, each property of one value."""
    named = {key: [value] for key, value in {"name": name, **properties}.items()}
    return {"ref": ref, "schema": "Person", "properties": named}


def name_of(document: Document) -> str:
    return f"{document['source']}/{document['id']}"


def one(client: httpx.Client, document: Document, **params: str) -> httpx.Response:
    """Post one signal in the structured form."""
    return raw(client, json.dumps(document), STRUCTURED, **params)


def batch(client: httpx.Client, documents: Sequence[Any], **params: str) -> httpx.Response:
    return raw(client, json.dumps(documents), BATCH, **params)


def lines(client: httpx.Client, documents: Sequence[Any], **params: str) -> httpx.Response:
    return raw(client, "".join(json.dumps(each) + "\n" for each in documents), LINES, **params)


def raw(client: httpx.Client, body: str | bytes, form: str, **params: str) -> httpx.Response:
    return client.post("/v1/signals", content=body, headers={"Content-Type": form}, params=params)


def accepted(answer: httpx.Response) -> Document:
    assert answer.status_code == 202, answer.text
    said: Document = answer.json()
    assert said["status"] == "accepted"
    assert said.get("fused", True) is True
    return said


def got(client: httpx.Client, path: str, **params: Any) -> Any:
    """The document of an answer of 200, which is as `schemas/` says."""
    answer = client.get(f"/v1{path}", params=params)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    hold_answer(f"/v1{path}", 200, document)
    return document


def problem(answer: httpx.Response, status: int) -> list[Document]:
    """The errors of a problem that has the form that every problem has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    return told(answer.json(), status)


def told(document: Document, status: int) -> list[Document]:
    """The errors of a problem's document."""
    assert set(document) == PROBLEM_MEMBERS
    assert document["status"] == status
    assert all(isinstance(document[name], str) for name in ("type", "title", "code"))
    errors: list[Document] = document["errors"]
    for error in errors:
        assert len(set(error) & {"pointer", "parameter", "header"}) == 1, error
        assert set(error) - {"pointer", "parameter", "header"} == {"detail"}, error
    return errors


def same_answer(*answers: httpx.Response) -> bool:
    """Whether answers are equal in status, every header but the date, and every byte."""

    def seen(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = [pair for pair in answer.headers.multi_items() if pair[0] not in NEVER_COMPARED]
        return answer.status_code, sorted(headers), answer.content

    return all(seen(answer) == seen(answers[0]) for answer in answers)


def walked(client: httpx.Client, path: str, *, limit: int = 1, **params: Any) -> list[Document]:
    """Everything that a list's pages hold, one after the other."""
    found: list[Document] = []
    cursor: dict[str, str] = {}
    while True:
        page = got(client, path, limit=limit, **params, **cursor)
        assert set(page) == {"items", "next"}
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@contextmanager
def stream(
    client: httpx.Client, last: str | None = None, **params: Any
) -> Iterator[Iterator[Frame]]:
    """The frames of the stream, from now on or after one that was seen."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with client.stream("GET", "/v1/alerts/stream", headers=headers, params=params) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
        yield frames(answer.iter_lines())


def frames(text: Iterator[str]) -> Iterator[Frame]:
    """Server-Sent Events, as the WHATWG's standard has them.

    Raises where two comments come with nothing between: the frame that is waited for won't come.
    """
    fields: dict[str, str] = {}
    silent = False
    for line in text:
        if line.startswith(":"):
            assert not silent, "no frame between two pings"
            silent = True
            continue
        silent = silent and not line
        name, _, value = line.partition(":")
        if name:
            fields[name] = fields.get(name, "") + value.removeprefix(" ")
        elif not line and "data" in fields:
            said = json.loads(fields["data"])
            hold_frame(fields["event"], said)
            yield Frame(fields["id"], fields["event"], said)
            fields = {}


def snapshot(events: Iterator[Frame]) -> list[Document]:
    """The alerts of a whole snapshot, which is what a stream begins with."""
    found: list[Document] = []
    while True:
        frame = next(events)
        assert frame.kind == "snapshot"
        assert set(frame.said) == {"items", "pointers", "complete"}
        found += frame.said["items"]
        if frame.said["complete"]:
            return found
