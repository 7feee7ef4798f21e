"""Patterns published to a running service: shown first, then told as one notice on open streams."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fusion.patterns.loader import SHIPPED
from tests.e2e.contract import Exercise, exercise, got, snapshot, stream, walked
from tests.e2e.service import done, fusion, refused
from tests.e2e.test_rebuild import BANK, GRANTED, side

NUMBERS = ("774401928", "118804653", "503377416")
NAMES = ("Harrowgate Meridian Savings", "Pellworm Trust", "Quernmore Building Society")
MOVED = "would raise {}, change 0, withdraw {}, weigh otherwise 0"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("publishing")) as running:
        for name, number in zip(NAMES, NUMBERS, strict=True):
            properties = {"name": [name], "registrationNumber": [number]}
            running.post(*(side(n, {**BANK, "properties": properties}) for n in range(4)))
        yield running


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    return town.reader("rita", GRANTED, purpose="prevention")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped library without the pattern that all alerts here are of."""
    folder = shutil.copytree(SHIPPED, tmp_path / "patterns")
    (folder / "bank-run.yaml").unlink()
    return folder


def test_a_change_is_shown_then_told_as_one_notice_and_taken_back_the_same_way(
    town: Exercise, rita: httpx.Client, folder: Path
) -> None:
    before = walked(rita, "/alerts", limit=200)
    assert [alert["pattern"] for alert in before] == ["bank-run"] * 3
    shown = done("patterns", "publish", folder, "--dry-run", "--reader", "rita", data=town.data)
    lines = shown.splitlines()
    assert lines[0] == "pattern bank-run: version 1 withdrawn"
    for title in ("everybody", "rita", "rita for prevention"):
        assert f"{title}: {MOVED.format(0, 3)}" in lines
    for alert in before:
        assert any(f"withdrawn  {alert['alert']}  bank-run  " in line for line in lines)
    # Only shown: nothing has moved, and nothing of the copy is left.
    assert walked(rita, "/alerts", limit=200) == before
    assert not list(town.data.glob("store.previewed*"))
    with stream(rita) as frames:
        snapshot(frames)
        # A day on: of one moment events are told by name, and the clock of an exercise stands.
        town.advance("2015-03-10T01:00:00Z")
        told = done("patterns", "publish", folder, "--yes", data=town.data)
        assert told.splitlines()[-1].startswith("published: in force from ")
        notice = next(frames)
        assert notice.kind == "published"
        assert (notice.said["patterns"], notice.said["withdrawn"]) == ([], ["bank-run"])
        after = next(frames)
        assert (after.kind, after.said) == (
            "snapshot",
            {"items": [], "pointers": [], "complete": True},
        )
        # What was in force before comes back as it was.
        town.advance("2015-03-10T02:00:00Z")
        told = done("patterns", "publish", SHIPPED, "--yes", data=town.data)
        assert f"everybody: {MOVED.format(3, 0)}" in told
        assert next(frames).said["patterns"] == [{"pattern": "bank-run", "version": 1}]
        again = next(frames)
        assert [each["alert"] for each in again.said["items"]] == [a["alert"] for a in before]
    with stream(rita, last=after.id) as frames:
        # Who was away is told the same.
        kinds = [next(frames).kind, next(frames).kind]
        assert kinds == ["published", "snapshot"]
    versions = walked(rita, f"/alerts/{before[0]['alert']}/history", limit=200)
    assert [each["status"] for each in versions] == ["raised", "withdrawn", "raised"]
    assert got(rita, f"/alerts/{before[0]['alert']}/explanation")["threshold"] == 9
    assert done("verify", data=town.data).startswith("the store is as the log has it: ")


def test_nothing_is_published_unasked_or_twice(town: Exercise, folder: Path) -> None:
    assert "nobody is here to ask" in fusion("patterns", "publish", folder, data=town.data)[2]
    told = done("patterns", "publish", SHIPPED, "--yes", data=town.data)
    assert told == "these patterns are in force already"


def test_a_faulty_pattern_is_refused_by_file_and_place(town: Exercise, folder: Path) -> None:
    path = folder / "known-to-many-apart.yaml"
    text = path.read_text()
    path.write_text(text.replace("threshold: 7\n", "threshold: 39\n"))
    code, out, err = fusion("patterns", "publish", folder, "--yes", data=town.data)
    assert (code, out) == (1, "")
    assert "known-to-many-apart.yaml: /threshold: the caps of all roles together" in err
    path.write_text(text.replace("threshold: 7\n", "threshold: seven\n"))
    assert f"{path}: " in refused("patterns", "publish", folder, "--yes", data=town.data)
    # Changed in earnest, it needs a version of its own.
    path.write_text(text.replace("severity: medium\n", "severity: high\n"))
    said = refused("patterns", "publish", folder, "--yes", data=town.data)
    assert "known-to-many-apart: /version: 1 was published and says something else" in said


def test_a_stopped_directory_is_published_to_and_a_service_takes_it_up(
    town: Exercise, folder: Path, tmp_path: Path
) -> None:
    assert town.service.end()[0] == 0
    data = shutil.copytree(town.data, tmp_path / "data", ignore=shutil.ignore_patterns("*.sock*"))
    shown = done("patterns", "publish", folder, "--yes", data=data)
    assert f"everybody: {MOVED.format(0, 3)}" in shown
    done("rebuild", data=data)
    assert done("verify", data=data).startswith("the store is as the log has it: ")
