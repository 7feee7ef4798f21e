"""Bad input: one clear error each, nothing lost, and the service goes on (the issue's point 13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.service import (
    Service,
    fusion,
    publisher_token,
    reader_token,
    refused,
    registered,
    serving,
    signal_document,
    written,
)

STRUCTURED = "application/cloudevents+json"
LINES = "application/x-ndjson"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = registered(tmp_path_factory.mktemp("data"))
    with serving(data) as service:
        yield service
        assert service.end() == (0, "", "")


@pytest.fixture(scope="module")
def gauge(running: Service) -> Iterator[httpx.Client]:
    with running.client(publisher_token(running.data)) as client:
        yield client


def deep(levels: int) -> Any:
    nested: Any = []
    for _ in range(levels):
        nested = [nested]
    return nested


MENTION = {"ref": "m1", "schema": "Person", "properties": {"name": ["Anna"]}}
BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"mentions": [MENTION | {"schema": "Persona"}]}, 422, "/data/mentions/0/schema"),
    (
        {"mentions": [MENTION | {"properties": {"nickname": ["A"]}}]},
        422,
        "/data/mentions/0/properties/nickname",
    ),
    ({"mood": "grim"}, 422, "/data/mood"),
    ({"activities": [{"code": "sorcery"}]}, 422, "/data/activities/0/code"),
    (
        {"activities": [{"code": "surveillance", "subjects": ["m9"]}]},
        422,
        "/data/activities/0/subjects/0",
    ),
    ({"marking": None}, 422, "/data/marking"),
    ({"marking": {}}, 422, "/data/marking/level"),
    ({"marking": {"level": "COSMIC"}}, 422, "/data/marking/level"),
    (
        {"marking": {"level": "OPEN", "compartments": ["UMBRA"]}},
        422,
        "/data/marking/compartments/0",
    ),
    (
        {"marking": {"level": "OPEN", "releasable_to": ["cia"]}},
        422,
        "/data/marking/releasable_to/0",
    ),
    ({"observed": {"from": "2024-02-30"}}, 422, "/data/observed/from"),
    ({"retain_until": "soon"}, 422, "/data/retain_until"),
    ({"summary": "x" * 300_000}, 413, ""),
    ({"summary": "a\0b"}, 422, "/data/summary"),
    ({"mood": deep(40)}, 413, ""),
]


@pytest.mark.parametrize(("members", "status", "pointer"), BAD, ids=lambda each: str(each)[:40])
def test_a_wrong_signal_is_refused_by_its_place(
    gauge: httpx.Client, members: dict[str, Any], status: int, pointer: str
) -> None:
    document = signal_document("wrong", **members)
    answer = gauge.post("/v1/signals", json=document, headers={"Content-Type": STRUCTURED})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    pointers = [each["pointer"] for each in answer.json()["errors"]]
    assert pointer in pointers


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"source": "/bank"}, "/source"),
        ({"id": "a b"}, "/id"),
        ({"time": "2024-05-01"}, "/time"),
        ({"time": "2999-01-01T00:00:00Z"}, "/time"),
        ({"type": "fusion.signal.v9"}, "/type"),
        ({"specversion": "0.3"}, "/specversion"),
    ],
)
def test_a_wrong_attribute_is_refused_by_its_place(
    gauge: httpx.Client, changed: dict[str, Any], pointer: str
) -> None:
    document = signal_document("wrong") | changed
    answer = gauge.post("/v1/signals", json=document, headers={"Content-Type": STRUCTURED})
    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]


def test_no_wrong_signal_took_its_id(gauge: httpx.Client) -> None:
    answer = gauge.post(
        "/v1/signals", json=signal_document("wrong"), headers={"Content-Type": STRUCTURED}
    )
    assert answer.status_code == 202


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b"null", b""])
def test_a_body_that_is_no_event_is_unreadable(gauge: httpx.Client, body: bytes) -> None:
    answer = gauge.post("/v1/signals", content=body, headers={"Content-Type": STRUCTURED})
    assert answer.status_code == 400


def test_a_batch_that_is_too_large_is_refused_whole(gauge: httpx.Client) -> None:
    for body in (b"{}\n" * 10_001, b" " * (16 * 2**20 + 1)):
        answer = gauge.post("/v1/signals", content=body, headers={"Content-Type": LINES})
        assert answer.status_code == 413


def test_a_wrong_token_is_401_and_the_wrong_kind_403(running: Service, gauge: httpx.Client) -> None:
    with running.client("e30.e30.e30") as forged:
        assert forged.get("/v1/alerts").status_code == 401
    assert gauge.get("/v1/alerts").status_code == 403
    with running.client(reader_token(running.data)) as rita:
        assert rita.post("/v1/signals", content=b"{}").status_code == 403


def test_publish_says_which_lines_were_rejected_and_the_others_go_through(
    running: Service, tmp_path: Path
) -> None:
    lines = [signal_document("p-1"), signal_document("p-2", mood=1), signal_document("p-3")]
    file = written(tmp_path / "signals.jsonl", lines)
    token = publisher_token(running.data)
    where = ("--url", running.url, "--token", token)
    code, out, err = fusion("publish", file, *where)
    assert (code, out) == (2, "2 accepted, 0 known before, 1 rejected\n")
    assert err.startswith(f"fusion: {file}:2: /data/mood: ")
    assert err.count("\n") == 1
    _, again, _ = fusion("publish", file, *where)
    assert again == "0 accepted, 2 known before, 1 rejected\n"
    assert "401" in refused("publish", file, "--url", running.url, "--token", "x.y.z")
    assert "does not answer" in refused("watch", "--url", "http://127.0.0.1:1", "--token", "x.y.z")
    assert "401" in refused("watch", "--url", running.url, "--token", "x.y.z")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no mapping"),
        ("agencies: [", "is no YAML"),
        ("agencies: []\nposts: []\nmechanisms: []\n", "/agencies"),
        ("\0", "is no YAML"),
    ],
)
def test_a_registry_that_is_none_is_refused_and_the_old_one_stands(
    running: Service, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(text, encoding="utf-8")
    assert words in refused("registry", "load", file, data=running.data)
    assert reader_token(running.data, "walt", "--agency", "river")


def test_a_registry_file_that_is_no_text_is_refused(running: Service, tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert "is no UTF-8" in refused("registry", "load", file, data=running.data)
    assert "Is a directory" in refused("registry", "load", tmp_path, data=running.data)


def test_answers_are_documents_of_one_form(gauge: httpx.Client) -> None:
    answer = gauge.get("/v1/nothing")
    assert json.loads(answer.content).keys() == {"type", "title", "status", "code", "errors"}
