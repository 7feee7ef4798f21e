from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fusion.cli import publish
from fusion.cli.publish import MAX_LINES, Batch, Place, batches
from fusion.domain.errors import Misused, Unavailable

URL = "http://fusion"


class Service:
    """Takes lines as the service does: a name once, `bad` never; a test may let it refuse."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.requests = 0
        self.refusals: list[httpx.Response | httpx.TransportError] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.refusals:
            refusal = self.refusals.pop(0)
            if isinstance(refusal, httpx.TransportError):
                raise refusal
            return refusal
        lines = request.content.decode().splitlines()
        return httpx.Response(200, json={"results": [self._result(line) for line in lines]})

    def _result(self, line: str) -> dict[str, Any]:
        id_ = json.loads(line)["id"]
        if id_.startswith("bad"):
            errors = [{"pointer": "/data", "detail": "is bad"}]
            problem = {"title": "Invalid", "status": 422, "errors": errors}
            return {"id": id_, "status": "rejected", "problem": problem}
        if id_ in self.taken:
            return {"id": id_, "status": "duplicate"}
        self.taken.append(id_)
        return {"id": id_, "status": "accepted"}


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    paused: list[float] = []
    monkeypatch.setattr("time.sleep", paused.append)
    return paused


def posted(path: Path, service: Service) -> publish.Tally:
    with (
        path.open("rb") as file,
        httpx.Client(base_url=URL, transport=httpx.MockTransport(service)) as client,
    ):
        return publish._publish(path, file, client, URL)


def written(path: Path, ids: list[str]) -> Path:
    path.write_text("".join(json.dumps({"id": id_}) + "\n" for id_ in ids), encoding="utf-8")
    return path


def names(count: int) -> list[str]:
    return [f"s-{number}" for number in range(count)]


def notes(folder: Path) -> list[Path]:
    return list(folder.glob("*.published*"))


def test_all_is_posted_in_order_in_batches_and_no_note_is_left(
    tmp_path: Path, service: Service
) -> None:
    path = written(tmp_path / "signals.jsonl", names(2 * MAX_LINES + 1))
    tally = posted(path, service)
    assert (tally.accepted, service.requests) == (2 * MAX_LINES + 1, 3)
    assert service.taken == names(2 * MAX_LINES + 1)
    assert notes(tmp_path) == []


def test_a_rejected_signal_is_a_line_with_its_place_and_the_others_go_through(
    tmp_path: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "signals.jsonl"
    path.write_text('{"id": "1"}\n\n{"id": "bad"}\n{"id": "1"}', encoding="utf-8")
    tally = posted(path, service)
    assert str(tally) == "1 accepted, 1 known before, 1 rejected"
    assert capsys.readouterr().err == f"fusion: {path}:3: /data: is bad\n"


def test_after_a_stop_the_same_command_goes_on_where_it_was(
    tmp_path: Path, service: Service
) -> None:
    path = written(tmp_path / "signals.jsonl", names(3 * MAX_LINES))
    with pytest.raises(Unavailable, match="goes on where this one stopped"):
        posted(path, stops_after(service, requests=1))
    assert len(service.taken) == MAX_LINES
    service.refusals.clear()
    tally = posted(path, service)
    assert (tally.accepted, tally.duplicate) == (2 * MAX_LINES, 0)
    assert service.taken == names(3 * MAX_LINES)


def stops_after(service: Service, *, requests: int) -> Callable[[httpx.Request], httpx.Response]:
    """The service, gone for good after some requests."""

    def answer(request: httpx.Request) -> httpx.Response:
        if service.requests >= requests:
            raise httpx.ConnectError("refused")
        return service(request)

    return answer


def test_a_note_of_another_file_or_service_does_not_count(tmp_path: Path, service: Service) -> None:
    path = written(tmp_path / "signals.jsonl", names(2 * MAX_LINES))
    with pytest.raises(Unavailable):
        posted(path, stops_after(service, requests=1))
    with path.open("rb") as file:
        assert Place(path, URL).found(file)[1] == MAX_LINES
        assert Place(path, "http://other").found(file) == (0, 0)
    written(path, ["other", *names(2 * MAX_LINES)])
    assert posted(path, service).duplicate == MAX_LINES


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"bytes": "x"}', "\0"])
def test_a_note_that_is_none_is_forgotten(tmp_path: Path, service: Service, note: str) -> None:
    path = written(tmp_path / "signals.jsonl", names(2))
    (tmp_path / "signals.jsonl.published").write_text(note, encoding="utf-8")
    assert posted(path, service).accepted == 2
    assert notes(tmp_path) == []


def test_a_service_that_is_busy_or_gone_for_a_while_is_asked_again(
    tmp_path: Path, service: Service, no_pause: list[float]
) -> None:
    service.refusals = [
        httpx.Response(503, headers={"retry-after": "3"}, json={}),
        httpx.ConnectError("refused"),
        httpx.Response(429, json={}),
    ]
    assert posted(written(tmp_path / "s.jsonl", names(2)), service).accepted == 2
    assert no_pause[0] == 3.0
    assert len(no_pause) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(401, json={"title": "A token is needed", "errors": []}), "401: A token"),
        (httpx.Response(404, text="not fusion"), "answers 404"),
        (
            httpx.Response(413, json={"title": "Too large", "errors": [{"detail": "16 MiB"}]}),
            "413: Too large: 16 MiB",
        ),
    ],
)
def test_a_refusal_of_all_is_one_line_and_is_not_tried_again(
    tmp_path: Path, service: Service, answer: httpx.Response, words: str
) -> None:
    service.refusals = [answer]
    with pytest.raises(Misused, match=words):
        posted(written(tmp_path / "s.jsonl", names(1)), service)
    assert service.requests == 1


def test_batches_say_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"a\n\nb\nc")
    with path.open("rb") as file:
        assert list(batches(file)) == [Batch([(1, b"a\n"), (3, b"b\n"), (4, b"c\n")], 6)]
        assert list(batches(file, start=3, number=2)) == [Batch([(3, b"b\n"), (4, b"c\n")], 6)]
        assert list(batches(file, start=6, number=4)) == []


def test_a_dry_run_prints_every_fault_and_neither_posts_nor_notes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        errors = [{"pointer": p, "detail": "is bad"} for p in ("/id", "/data/marking")]
        problem = {"title": "Invalid", "status": 422, "errors": errors}
        results = [
            {"id": "good", "status": "accepted"},
            {"id": "bad", "status": "rejected", "problem": problem},
        ]
        return httpx.Response(200, json={"results": results})

    path = written(tmp_path / "signals.jsonl", ["good", "bad"])
    transport = httpx.MockTransport(answers)
    with path.open("rb") as file, httpx.Client(base_url=URL, transport=transport) as client:
        tally = publish._try_out(path, file, client)
    assert (tally.accepted, tally.rejected) == (1, 1)
    assert asked == ["/v1/signals?dry_run=true"]
    assert capsys.readouterr().err.splitlines() == [
        f"fusion: {path}:2: /id: is bad",
        f"fusion: {path}:2: /data/marking: is bad",
    ]
    assert notes(tmp_path) == []
