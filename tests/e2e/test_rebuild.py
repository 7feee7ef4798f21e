"""A rebuild beside a service that goes on, and the comparison that finds a store out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.contract import (
    OPEN,
    Document,
    Exercise,
    exercise,
    got,
    retraction,
    signal,
    snapshot,
    stream,
    walked,
)
from tests.e2e.service import done, fusion, refused

BANK = {
    "ref": "m1",
    "schema": "Company",
    "properties": {"name": ["Harrowgate Meridian Savings"], "registrationNumber": ["774401928"]},
}
TOLD = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
ACTIVITIES = (
    {"code": "uninsured-deposits-share"},
    {"code": "failed-capital-raising"},
    {"code": "funding-rumour", "circumstances": ["public-spread"]},
    {"code": "withdrawal-surge", "circumstances": ["above-baseline"]},
)
SOURCES = ("/river/gauges", "/bank/markets", "/bank/press", "/river/gauges")
GRANTED = "--agency river --level SECRET --purpose prevention"


def side(number: int, bank: Document = BANK, marking: Document = OPEN, **data: Any) -> Document:
    """One agency's fragment of a bank that is run on."""
    return signal(
        f"bank-{bank['properties']['registrationNumber'][0]}-{number}",
        SOURCES[number],
        time="2015-03-09T00:00:00Z",
        marking=marking,
        grading={"source": "A", "information": 2},
        mentions=[bank],
        activities=[{**ACTIVITIES[number], **TOLD}],
        **data,
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("rebuild")) as running:
        running.post(*map(side, range(4)))
        running.post(signal("wrong", "/river/gauges", marking=OPEN, mentions=[BANK]))
        running.post(retraction("back", "wrong"))
        yield running


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    return town.reader("rita", GRANTED, purpose="prevention")


def everything(client: httpx.Client) -> list[Any]:
    """What a reader gets of everything there is."""
    alerts = walked(client, "/alerts", limit=200)
    entity = got(client, "/entities", mention="/river/gauges/bank-774401928-0#m1")
    histories = [walked(client, f"/alerts/{each['alert']}/history", limit=200) for each in alerts]
    return [walked(client, "/signals", limit=200), alerts, histories, entity]


def test_a_rebuilt_store_takes_the_live_ones_place_and_nobody_notices(
    town: Exercise, rita: httpx.Client
) -> None:
    before = everything(rita)
    assert before[1], "there is an alert to be kept"
    with stream(rita) as frames:
        snapshot(frames)
        assert done("rebuild", data=town.data) == "store.1.sqlite is the store now"
        assert everything(rita) == before
        other = {**BANK, "properties": {"name": ["Pellworm"], "registrationNumber": ["118804653"]}}
        town.advance("2015-03-10T00:01:00Z")
        town.post(*(side(number, other) for number in range(4)))
        # The next frame is what is new: no snapshot, for the stream never broke.
        frame = next(frames)
        assert (frame.kind, frame.said["agencies"]) == ("raised", ["bank", "river"])
    assert done("rebuild", data=town.data) == "store.2.sqlite is the store now"
    assert not (town.data / "store.sqlite").exists()
    assert done("verify", data=town.data).startswith("the store is as the log has it: ")


@pytest.fixture(scope="module")
def stopped(town: Exercise) -> Path:
    """What the service left, once nothing else is asked of it."""
    assert town.service.end()[0] == 0
    return town.data


@pytest.fixture
def data(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it to be spoilt."""
    return shutil.copytree(stopped, tmp_path / "data", ignore=shutil.ignore_patterns("*.socket"))


def test_a_stopped_directory_is_rebuilt_too(data: Path) -> None:
    before = (data / "store.current").read_text()
    assert done("rebuild", data=data) == "store.3.sqlite is the store now"
    assert (data / "store.current").read_text() != before
    assert done("verify", data=data).startswith("the store is as the log has it: ")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ("UPDATE event SET until_recorded = NULL, gone_by = NULL", "event /river/gauges/wrong"),
        ("UPDATE signal SET agency = 'bank'", "signal /river/gauges/bank-774401928-0"),
        ("DELETE FROM touch", "alert of "),
    ],
)
def test_a_store_that_does_not_say_what_the_log_says_is_found_out(
    data: Path, spoil: str, named: str
) -> None:
    current = data / (data / "store.current").read_text().strip()
    with closing(sqlite3.connect(current, isolation_level=None)) as store:
        assert store.execute(spoil).rowcount > 0
    code, out, err = fusion("verify", data=data)
    assert (code, out) == (1, "")
    assert f"fusion: not as the log has it: {named}" in err
    done("rebuild", data=data)
    assert done("verify", data=data).startswith("the store is as the log has it: ")


def test_what_can_not_be_rebuilt_is_refused(tmp_path: Path) -> None:
    assert "is no data directory" in refused("rebuild", data=tmp_path / "none")
    assert "holds no log" in refused("verify", data=tmp_path)
