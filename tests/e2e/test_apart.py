"""An exercise and a live directory are apart, tried by every way from the one to the other.

Both services run at once, with the same names on both sides.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.contract import frames, got, one, problem, signal, snapshot
from tests.e2e.service import (
    PATIENCE_SECONDS,
    ROOT,
    Service,
    done,
    publisher_token,
    reader_token,
    refused,
    registered,
    serving,
)

EXERCISE = ("--exercise", "drill", "--clock", "2015-03-10")
KEY = "tokens.key"
TEARLINE = {
    "text": "Somebody was seen",
    "releaser": "/river/gauges/chief",
    "marking": {"level": "OPEN", "releasable_to": ["*"], "discovery": "all"},
}


@dataclass
class Side:
    """One of the two, with a publisher and a reader of the same names."""

    service: Service
    publisher: str
    reader: str
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def client(self, token: str) -> httpx.Client:
        if token not in self.clients:
            self.clients[token] = self.service.client(token)
        return self.clients[token]

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    @property
    def own(self) -> httpx.Client:
        return self.client(self.reader)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """An exercise, and a live service that was even given the exercise's key."""
    folder = tmp_path_factory.mktemp("apart")
    with serving(folder / "drill", *EXERCISE) as drill:
        registered(folder / "drill")
        tokens = publisher_token(folder / "drill"), reader_token(folder / "drill")
        (folder / "live").mkdir(mode=0o700)
        shutil.copy(folder / "drill" / KEY, folder / "live" / KEY)
        with serving(registered(folder / "live")) as live:
            own = publisher_token(folder / "live"), reader_token(folder / "live")
            both = Side(drill, *tokens), Side(live, *own)
            yield both
            for side in both:
                side.close()


def test_a_token_of_one_opens_nothing_of_the_other(sides: tuple[Side, Side]) -> None:
    for here, there in (sides, reversed(sides)):
        for path in ("/v1/signals", "/v1/alerts", "/v1/alerts/stream", "/v1/entities/e-0"):
            problem(there.client(here.reader).get(path), 401)
        problem(one(there.client(here.publisher), signal("crossing")), 401)
        problem(there.client(here.publisher).get("/v1/signals/mine"), 401)


def test_what_is_posted_to_an_exercise_is_nowhere_live(sides: tuple[Side, Side]) -> None:
    drill, live = sides
    told = signal("told", tearlines=[TEARLINE], mentions=[], time="2015-03-01T00:00:00Z")
    assert one(drill.client(drill.publisher), told, wait="fused").status_code == 202
    found = got(drill.own, "/signals")["items"]
    assert {each["id"] for each in found} >= {"told"}
    handles = [f"{each['source']}/{each['id']}" for each in found]
    for name in handles:
        assert live.own.get(f"/v1/signals{name}").status_code == 404
    assert got(live.own, "/signals")["items"] == []
    # Under live rights it is a live signal of whoever posts it, and joined to nothing else.
    assert one(live.client(live.publisher), told, wait="fused").status_code == 202
    here = {f"{each['source']}/{each['id']}" for each in got(live.own, "/signals")["items"]}
    assert here & set(handles) == {"/river/gauges/told"}, "a tear-line's name is of its namespace"


def test_a_cursor_and_a_streams_id_of_one_are_none_of_the_other(sides: tuple[Side, Side]) -> None:
    for here, there in (sides, reversed(sides)):
        for number in range(2):
            posted = signal(f"page-{number}", time="2015-03-02T00:00:00Z")
            one(here.client(here.publisher), posted, wait="fused")
        cursor = got(here.own, "/signals", limit=1)["next"]
        assert cursor is not None
        answer = there.own.get("/v1/signals", params={"limit": 1, "cursor": cursor})
        assert [error["parameter"] for error in problem(answer, 400)] == ["cursor"]
        with here.own.stream("GET", "/v1/alerts/stream") as told:
            last = next(frames(told.iter_lines())).id
        headers = {"Last-Event-ID": last}
        with there.own.stream("GET", "/v1/alerts/stream", headers=headers) as told:
            assert snapshot(frames(told.iter_lines())) == []


def posted_to(service: Service, token: str, document: dict[str, Any]) -> None:
    with service.client(token) as publisher:
        assert one(publisher, document, wait="fused").status_code == 202


@pytest.fixture
def directories(tmp_path: Path) -> tuple[Path, Path]:
    """An exercise's directory and a live one, each with a signal fused, both stopped."""
    drill, live = tmp_path / "drill", tmp_path / "live"
    with serving(drill, *EXERCISE) as service:
        registered(drill)
        posted = signal("drilled", time="2015-03-01T00:00:00Z")
        posted_to(service, publisher_token(drill), posted)
        service.end()
    with serving(registered(live)) as service:
        posted = signal("lived", time="2015-03-01T00:00:00Z")
        posted_to(service, publisher_token(live), posted)
        service.end()
    return drill, live


def refused_to_serve(data: Path, *options: str) -> str:
    """What a service that does not start says, as a process of its own."""
    command = [sys.executable, "-m", "fusion", "serve", "--port", "0", "--data", str(data)]
    ended = subprocess.run(
        [*command, *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE_SECONDS,
    )
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    return ended.stderr


def swap(name: str, one_: Path, other: Path) -> None:
    """Exchange two databases, each with the log that SQLite may have left beside it."""
    for suffix in ("", "-wal", "-shm"):
        file, beside = name + suffix, one_ / "aside"
        for source, target in ((one_ / file, beside), (other / file, one_ / file)):
            if source.exists():
                shutil.move(source, target)
        if beside.exists():
            shutil.move(beside, other / file)


def test_logs_that_were_swapped_are_refused(directories: tuple[Path, Path]) -> None:
    drill, live = directories
    swap("log.sqlite", drill, live)
    assert "exercise" in refused("serve", "--port", "0", data=live)
    assert "live" in refused("serve", "--port", "0", "--exercise", "drill", data=drill)
    for data in (drill, live):
        options = ("token", "reader", "rita", "--agency", "river", "--level", "OPEN")
        assert "its log is of another" in refused(*options, data=data)
        assert "its log is of another" in refused("grants", "list", data=data)


def test_stores_that_were_swapped_are_refused_until_they_are_made_anew(
    directories: tuple[Path, Path],
) -> None:
    drill, live = directories
    swap("store.sqlite", drill, live)
    for data, options in ((live, ()), (drill, ("--exercise", "drill"))):
        assert "fusion rebuild" in refused_to_serve(data, *options)
        done("rebuild", data=data)
    for data, options, id_ in ((live, (), "lived"), (drill, ("--exercise", "drill"), "drilled")):
        with serving(data, *options) as service:
            with service.client(reader_token(data)) as reader:
                page = got(reader, "/signals")
            assert [each["id"] for each in page["items"]] == [id_]


def test_a_store_that_is_ahead_of_its_log_is_refused(
    directories: tuple[Path, Path], tmp_path: Path
) -> None:
    """An older copy of the log beside a newer store: what a backup in the wrong order would be."""
    _, live = directories
    kept = tmp_path / "kept"
    done("backup", kept, data=live)
    with serving(live) as service:
        posted = signal("later", time="2015-03-01T00:00:00Z")
        posted_to(service, publisher_token(live), posted)
    shutil.copy(kept / "log.sqlite", live / "log.sqlite")
    assert "ahead of its log" in refused_to_serve(live)
