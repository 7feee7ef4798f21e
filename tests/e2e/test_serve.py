"""The service starts, says so, ends when it is told to, and refuses in one line what can't be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.service import (
    REGISTRY,
    Service,
    done,
    publisher_token,
    reader_token,
    refused,
    registered,
    serving,
    signal_document,
)

STRUCTURED = {"Content-Type": "application/cloudevents+json"}


def workers_of(pid: int) -> list[int]:
    """The workers that a process started (Linux); Python starts a tracker beside them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == pid and b"spawn_main" in command:
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_prints_one_line_and_ends_cleanly_when_told(
    tmp_path: Path, number: signal.Signals
) -> None:
    data = registered(tmp_path / "new")
    with serving(data) as service, service.client(reader_token(data)) as client:
        assert client.get("/v1/health/live").json() == {"status": "ok"}
        ready = client.get("/v1/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")
        assert "server" not in ready.headers
        workers = workers_of(service.process.pid)
        with client.stream("GET", "/v1/alerts/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("id: ")
            service.process.send_signal(number)
            # An open stream comes to its end; it is not cut off.
            assert list(lines)[-1] == ""
        assert service.ended() == (0, "", "")
    assert workers
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_what_can_not_be_served_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no directory", encoding="utf-8")
    assert "is no directory" in refused("serve", "--port", "0", data=file)
    assert "can't be made" in refused("serve", "--port", "0", data=file / "below")
    assert "can't be made" in refused("serve", "--port", "0", data=Path("/proc/nothing/here"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused("serve", "--port", port, data=tmp_path / "data")
    assert f"127.0.0.1:{port} can't be listened on: Address already in use" in line
    line = refused("serve", "--host", "no.such.host.invalid", data=tmp_path / "data")
    assert "no.such.host.invalid is no address" in line
    line = refused("serve", "--port", "0", "--patterns", tmp_path / "none", data=tmp_path / "data")
    assert "none is no folder of patterns" in line


def test_a_directory_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(b"no database" * 100)
    assert "is not a fusion log" in refused("serve", "--port", "0", data=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to what is read-only for others")
def test_a_read_only_directory_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in refused("serve", "--port", "0", data=tmp_path)
        assert "Permission denied" in refused("registry", "load", REGISTRY, data=tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_worker_that_dies_ends_the_service_and_a_new_one_goes_on(tmp_path: Path) -> None:
    data = registered(tmp_path)
    token = publisher_token(data)
    with serving(data) as service:
        with service.client(token) as client:
            posted = client.post("/v1/signals", json=signal_document(), headers=STRUCTURED)
            assert posted.status_code == 202
        for worker in workers_of(service.process.pid):
            os.kill(worker, signal.SIGKILL)
        code, out, err = service.ended()
    assert (code, out) == (1, "")
    assert err == "fusion: the worker ended, and the service with it\n"
    with serving(data) as service, service.client(token) as client:
        again = client.post("/v1/signals?wait=fused", json=signal_document(), headers=STRUCTURED)
        assert again.json()["status"] == "duplicate"
        assert again.json()["fused"] is True


def test_a_service_that_is_killed_leaves_no_worker_and_loses_nothing(tmp_path: Path) -> None:
    data = registered(tmp_path)
    token = publisher_token(data)
    with serving(data) as service:
        with service.client(token) as client:
            for number in range(5):
                signal_ = signal_document(str(number))
                assert client.post("/v1/signals", json=signal_, headers=STRUCTURED).is_success
        service.end(signal.SIGKILL)
    # The next one waits for the worker of the one that was killed.
    with serving(data) as service, service.client(token) as client:
        for number in range(5):
            signal_ = signal_document(str(number))
            answer = client.post("/v1/signals", json=signal_, headers=STRUCTURED)
            assert answer.json()["status"] == "duplicate"
        mine = client.get("/v1/signals/mine").json()
        assert {each["id"] for each in mine["items"]} == set(map(str, range(5)))


def test_commands_work_on_a_stopped_and_on_a_running_directory_alike(tmp_path: Path) -> None:
    data = registered(tmp_path)
    before = reader_token(data)
    with serving(data) as service:
        line = refused("serve", "--port", "0", data=data)
        assert line == f"fusion: {data} is in use by another fusion process\n"
        after = reader_token(data)
        assert "5 agencies" in done("registry", "load", REGISTRY, data=data)
        listed = done("grants", "list", data=data)
        assert listed == "rita agency=river level=SECRET purposes=prevention"
        for token in (before, after):
            with service.client(token) as client:
                assert client.get("/v1/alerts").status_code == 200
        assert "rita is of river" in refused(
            "token", "reader", "rita", "--agency", "bank", data=data
        )
        assert "live directory" in refused("clock", "advance", "2030-01-01", data=data)
        done("grants", "revoke", "rita", data=data)
        assert done("grants", "list", data=data) == ""
        assert "rita has no grants" in refused("grants", "revoke", "rita", data=data)
        a_grant_bites_before_the_command_returns(service, data)
    assert done("grants", "list", "--json", data=data) == "[]"


def a_grant_bites_before_the_command_returns(service: Service, data: Path) -> None:
    gauge, rita = publisher_token(data), reader_token(data, "rita", "--agency", "river")
    secret = signal_document("s", marking={"level": "SECRET"})
    with service.client(gauge) as client:
        posted = client.post("/v1/signals?wait=fused", json=secret, headers=STRUCTURED)
        assert posted.json() == {
            "source": "/river/gauges", "id": "s", "status": "accepted", "fused": True,
        }  # fmt: skip
    with service.client(rita) as client:
        path = "/v1/signals/river/gauges/s"
        hidden = client.get(path)
        assert hidden.status_code == 404
        done("grants", "set", "rita", "--level", "SECRET", data=data)
        assert client.get(path).status_code == 200
        done("grants", "revoke", "rita", data=data)
        gone = client.get(path)
        assert (gone.status_code, gone.content) == (404, hidden.content)


def test_an_exercise_has_a_clock_of_its_own_that_moves_by_command(tmp_path: Path) -> None:
    exercise = ("--exercise", "seed-1")
    assert "--clock" in refused("serve", "--port", "0", *exercise, data=tmp_path / "new")
    data = tmp_path / "exercise"
    with serving(data, *exercise, "--clock", "2001-07-01") as service:
        assert done("clock", "advance", "2001-07-10T09:00:00Z", data=data) == (
            "2001-07-10T09:00:00.000000Z"
        )
        assert "the clock stands at 2001-07-10" in refused(
            "clock", "advance", "2001-07-09", data=data
        )
        assert service.end() == (0, "", "")
    assert "exercise" in refused("serve", "--port", "0", data=data)
    line = refused("serve", "--port", "0", "--exercise", "seed-2", data=data)
    assert "seed-1" in line
    # Stopped, and where it was left.
    assert "the clock stands at 2001-07-10" in refused("clock", "advance", "2001-07-09", data=data)
    assert done("clock", "advance", "2001-07-11", data=data).startswith("2001-07-11T00:00:00")


def test_a_token_is_alone_on_standard_output(tmp_path: Path) -> None:
    data = registered(tmp_path)
    command = [sys.executable, "-m", "fusion", "token", "publisher", "gauge"]
    finished = subprocess.run(
        [*command, "--source", "/river/gauges", "--data", data],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.count("\n") == 1
    assert finished.stdout.count(".") == 2
    assert finished.stderr == ""
