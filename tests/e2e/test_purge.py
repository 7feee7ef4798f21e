"""`fusion purge` on a running service: served of no moment any more, and in no file."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.contract import (
    Document,
    Exercise,
    exercise,
    got,
    one,
    snapshot,
    stream,
    walked,
)
from tests.e2e.service import done, refused
from tests.e2e.test_rebuild import BANK, GRANTED, side

WIDE = {"level": "OPEN", "releasable_to": ["*", "upstream"]}
OTHER = {**BANK, "properties": {"name": ["Pellworm"], "registrationNumber": ["118804653"]}}
NAME = "/river/gauges/bank-774401928-0"
WORDS = "Quillfeather told us of the queue"
ORDER = "order 7 of the court"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercise]:
    with exercise(tmp_path_factory.mktemp("purge")) as running:
        running.post(side(0, summary=WORDS), *(side(number) for number in range(1, 4)))
        running.advance("2015-03-10T06:00:00Z")
        yield running


@pytest.fixture(scope="module")
def rita(town: Exercise) -> httpx.Client:
    return town.reader("rita", GRANTED, purpose="prevention")


def content_in(town: Exercise) -> set[str]:
    files = [file for file in town.data.rglob("*") if file.is_file()]
    return {file.name for file in files if b"Quillfeather" in file.read_bytes()}


def read_of(client: httpx.Client, as_of: str) -> tuple[int, list[str]]:
    """How the signal, and what was raised with it, are served of a moment."""
    alerts: list[Document] = got(client, "/alerts", as_of=as_of)["items"]
    answer = client.get(f"/v1/signals{NAME}", params={"as_of": as_of})
    return answer.status_code, [signal for alert in alerts for signal in alert["signals"]]


def test_a_purged_signal_is_gone_from_now_from_the_past_and_from_every_file(
    town: Exercise, rita: httpx.Client
) -> None:
    then = "2015-03-10T05:00:00Z"
    status, behind = read_of(rita, then)
    assert (status, NAME in behind) == (200, True)
    assert content_in(town)
    una = town.reader("una", "--agency upstream --nation be --level OPEN")
    with stream(rita) as frames, stream(una) as others:
        assert (snapshot(frames) != [], snapshot(others)) == (True, [])
        said = done("purge", NAME, "--reason", ORDER, data=town.data)
        assert said == f"{NAME} is purged; backups made before hold it still: destroy them"
        # The past that the stream told is another one now, so it begins anew.
        told = next(frames)
        while told.kind != "snapshot":
            told = next(frames)
        assert NAME not in str(told.said)
        assert (read_of(rita, then), rita.get(f"/v1/signals{NAME}").status_code) == ((404, []), 404)
        assert NAME not in str(walked(rita, "/signals", limit=200))
        # Whoever never knew of it is told nothing: what comes next is what is new.
        town.post(*(side(number, OTHER, marking=WIDE) for number in range(4)))
        assert next(others).kind == "raised"
    assert content_in(town) == set()


def test_its_id_stays_taken_and_its_publisher_is_told_nothing_of_it(town: Exercise) -> None:
    publisher = town.publisher("/river")
    assert one(publisher, side(0, summary=WORDS)).status_code == 409
    mine = walked(publisher, "/signals/mine", limit=200)
    assert {each["id"] for each in mine} == {
        "bank-774401928-3",
        "bank-118804653-0",
        "bank-118804653-3",
    }


def test_store_and_ledger_are_whole_and_a_purge_may_be_repeated(town: Exercise) -> None:
    assert done("verify", data=town.data).startswith("the store is as the log has it: ")
    assert done("audit", "verify", data=town.data)
    # The order may be repeated, and stands as it was first given.
    done("purge", NAME, "--reason", "another", data=town.data)
    assert content_in(town) == set()


def test_what_can_not_be_purged_is_refused_in_one_line(town: Exercise) -> None:
    for name in ("/river/gauges/never", "/fusion/registry/registry/0", "no name", "/river/x"):
        assert "the log holds no signal" in refused("purge", name, "--reason", "r", data=town.data)
    assert "states its reason" in refused("purge", NAME, "--reason", " ", data=town.data)


def test_a_backup_of_before_brings_it_back_and_one_of_after_does_not(town: Exercise) -> None:
    copy = town.data.parent / "copy"
    done("backup", copy, data=town.data)
    assert not any(b"Quillfeather" in file.read_bytes() for file in copy.rglob("*.sqlite"))
    assert town.service.end()[0] == 0
    done("purge", "/bank/press/bank-774401928-2", "--reason", ORDER, data=town.data)
    assert done("verify", data=town.data).startswith("the store is as the log has it: ")
