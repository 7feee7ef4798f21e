"""Backup and restore of a running service: nothing acknowledged is missing, nothing differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from fusion.backup import MANIFEST
from tests.e2e.contract import BATCH
from tests.e2e.service import (
    done,
    publisher_token,
    reader_token,
    refused,
    registered,
    serving,
    signal_document,
)

PER_POST = 20


def signals(number: int) -> list[dict[str, Any]]:
    """Signals of one post, of people who are somebody in two of them each."""
    documents = []
    for place in range(PER_POST):
        person = {
            "ref": "m1",
            "schema": "Person",
            "properties": {
                "name": [f"Hedda Kirkeby {place // 2}"],
                "idNumber": [f"HK-{place // 2}"],
            },
        }
        documents.append(signal_document(f"post-{number}-{place}", mentions=[person]))
    return documents


class Writer:
    """Posts as fast as it is answered, and keeps what was acknowledged."""

    def __init__(self, client: httpx.Client) -> None:
        self._client, self._stop = client, Event()
        self.begun, self.acknowledged, self.posted = Event(), 0, 0
        self._thread = Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.posted += 1
            body = json.dumps(signals(self.posted))
            answer = self._client.post("/v1/signals", content=body, headers={"Content-Type": BATCH})
            assert answer.status_code == 200, answer.text
            self.acknowledged = self.posted
            self.begun.set()

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._thread.start()
        assert self.begun.wait(60)
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()


def everything(client: httpx.Client, moment: str) -> list[tuple[int, bytes]]:
    """All that a reader is answered of a moment, byte for byte, cursors too."""
    found = []
    for path in ("/v1/signals", "/v1/alerts"):
        cursor: dict[str, str] = {}
        while True:
            answer = client.get(path, params={"limit": "50", "as_of": moment, **cursor})
            found.append((answer.status_code, answer.content))
            if answer.json()["next"] is None:
                break
            cursor = {"cursor": answer.json()["next"]}
    for place in range(0, PER_POST, 5):
        mention = f"/river/gauges/post-1-{place}#m1"
        for path, query in (
            ("/v1/entities", {"mention": mention}),
            ("/v1/why", {"a": mention, "b": "/river/gauges/post-1-0#m1"}),
        ):
            answer = client.get(path, params={**query, "as_of": moment})
            found.append((answer.status_code, answer.content))
    return found


def names(answers: list[tuple[int, bytes]]) -> set[str]:
    pages = [json.loads(body) for _, body in answers]
    return {each["id"] for page in pages for each in page.get("items", ()) if "id" in each}


def test_a_backup_under_load_holds_what_was_acknowledged_and_answers_the_same(
    tmp_path: Path,
) -> None:
    data, kept, again = registered(tmp_path / "data"), tmp_path / "kept", tmp_path / "again"
    publisher, reader = publisher_token(data), reader_token(data)
    with (
        serving(data) as service,
        service.client(publisher) as posting,
        service.client(reader) as asking,
    ):
        writer = Writer(posting)
        with writer.writing():
            acknowledged = writer.acknowledged
            said = done("backup", kept, data=data)
        moment = json.loads((kept / MANIFEST).read_text())["recorded"]
        assert moment in said
        original = everything(asking, moment)
        posted = writer.posted
    assert str(again) in done("restore", kept, data=again)
    # The same key, so the same token; and nothing has to be told again.
    with serving(again) as service, service.client(reader) as asking:
        restored = everything(asking, moment)
    assert restored == original
    held = names(restored)
    of = {f"post-{number}-{place}" for number in range(1, posted + 1) for place in range(PER_POST)}
    must = {f"post-{n}-{place}" for n in range(1, acknowledged + 1) for place in range(PER_POST)}
    assert must <= held <= of
    assert done("verify", data=again)
    assert done("audit", "verify", data=again)


def test_a_backup_of_a_stopped_exercise_goes_on_where_it_stood(tmp_path: Path) -> None:
    data, kept, again = tmp_path / "data", tmp_path / "kept", tmp_path / "again"
    exercise = ("--exercise", "backup", "--clock", "2015-03-10")
    with serving(data, *exercise):
        registered(data)
        reader = reader_token(data)
        done("clock", "advance", "2015-03-12", data=data)
    done("backup", kept, data=data)
    done("restore", kept, data=again)
    assert "exercise" in refused("serve", "--port", "0", data=again)
    with serving(again, "--exercise", "backup") as service, service.client(reader) as client:
        answer = client.get("/v1/signals", params={"as_of": "2015-03-12T00:00:00Z"})
        assert answer.json() == {"items": [], "next": None}
        ahead = client.get("/v1/signals", params={"as_of": "2015-03-12T00:00:01Z"})
        assert ahead.status_code == 400


@pytest.fixture
def stopped(tmp_path: Path) -> tuple[Path, Path]:
    """A directory that was served, and a backup of it."""
    data, kept = registered(tmp_path / "data"), tmp_path / "kept"
    with serving(data):
        pass
    done("backup", kept, data=data)
    return data, kept


def test_only_an_empty_directory_is_written_to(stopped: tuple[Path, Path], tmp_path: Path) -> None:
    data, kept = stopped
    before = {file.name: file.read_bytes() for file in data.iterdir() if file.is_file()}
    assert "is not empty" in refused("restore", kept, data=data)
    assert before == {file.name: file.read_bytes() for file in data.iterdir() if file.is_file()}
    assert "is not empty" in refused("backup", kept, data=data)
    (tmp_path / "empty").mkdir()
    done("restore", kept, data=tmp_path / "empty")
    file = tmp_path / "file"
    file.write_text("x")
    assert "file" in refused("restore", kept, data=file)


def test_what_is_no_whole_backup_is_refused(stopped: tuple[Path, Path], tmp_path: Path) -> None:
    data, kept = stopped
    assert "no whole backup" in refused("restore", data, data=tmp_path / "new")
    whole = (kept / "log.sqlite").read_bytes()
    (kept / "log.sqlite").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "log.sqlite" in refused("restore", kept, data=tmp_path / "new")
    (kept / "log.sqlite").unlink()
    assert "log.sqlite" in refused("restore", kept, data=tmp_path / "new")
    manifest = json.loads((kept / MANIFEST).read_text())
    (kept / MANIFEST).write_text(json.dumps({**manifest, "format": 2}))
    assert "format 2" in refused("restore", kept, data=tmp_path / "new")
    (kept / MANIFEST).write_text(json.dumps({**manifest, "files": {"../log.sqlite": [1, ""]}}))
    assert "does not name" in refused("restore", kept, data=tmp_path / "new")
    assert not (tmp_path / "new").exists(), "nothing was begun"
    assert "no data directory" in refused("backup", tmp_path / "b", data=tmp_path / "none")
