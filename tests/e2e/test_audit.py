"""The account through the real service: owners, oversight, streams, and a kill in between."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from fusion.api.answers import QueryPage, ShownPage
from fusion.assembly import ACCOUNT_FILE
from fusion.cli.watch import events_of
from tests.e2e.service import (
    Service,
    done,
    publisher_token,
    reader_token,
    registered,
    serving,
    signal_document,
)
from tests.e2e.test_alert import sides

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
TO_BANK = {"level": "SECRET", "releasable_to": ["bank"]}
CLOCK = ("--exercise", "audit", "--clock", "2015-03-10")
DAY = "2015-03-10T00:00:00.000000Z"


NUMBERS = count(1)


@dataclass
class House:
    """A running service, with readers and signals of one test's own: `ben-3`, `/river/gauges/3-1`.

    What other tests did is left out of what is read here.
    """

    service: Service
    number: int = field(default_factory=lambda: next(NUMBERS))
    readers: dict[str, httpx.Client] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """A name of this test's own."""
        return f"{name}-{self.number}"

    def name(self, id_: str) -> str:
        """The name of a signal of this test's own."""
        return f"/river/gauges/{self.number}-{id_}"

    def secret(self, id_: str = "1", **data: Any) -> dict[str, Any]:
        """A signal of the river's for the bank."""
        own = self.name(id_).rpartition("/")[2]
        document = signal_document(own, marking=TO_BANK, summary="high water expected", **data)
        return document | {"time": "2015-03-09T00:00:00Z"}

    def post(self, *documents: dict[str, Any]) -> None:
        for each in documents:
            agency = each["source"].split("/")[1]
            token = publisher_token(self.service.data, f"p-{agency}", f"/{agency}")
            with self.service.client(token) as client:
                # A worker on a busy machine may take longer than one wait: then it is asked again.
                answers = (
                    client.post("/v1/signals?wait=fused", json=each, headers=STRUCTURED).json()
                    for _ in range(6)
                )
                assert any(answer["fused"] for answer in answers)

    def reader(self, name: str, *options: str, **headers: str) -> httpx.Client:
        if name not in self.readers:
            token = reader_token(self.service.data, self.named(name), *options)
            self.readers[name] = self.service.client(token, **headers)
        return self.readers[name]

    @property
    def owner(self) -> httpx.Client:
        return self.reader("olga", "--agency", "river", "--level", "SECRET")

    @property
    def oversight(self) -> httpx.Client:
        return self.reader("orla", "--agency", "harbour", "--role", "oversight")

    @property
    def ben(self) -> httpx.Client:
        stated = ("--purpose", "prevention", "--case", "c-1")
        headers = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}
        return self.reader("ben", "--agency", "bank", "--level", "SECRET", *stated, **headers)

    def shown(self, client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
        answer = client.get("/v1/audit/disclosures", params=params)
        assert answer.status_code == 200, answer.text
        ShownPage.model_validate_json(answer.content)
        return [line for line in answer.json()["items"] if self._is_own(line)]

    def own_signals(self) -> list[str]:
        """The signals of this test that its owner reads of, as shown to its readers."""
        named = [line["signal"] for line in self.shown(self.owner)]
        return [name for name in named if name.startswith(self.name(""))]

    def _is_own(self, line: dict[str, Any]) -> bool:
        return bool(line["reader"].endswith(f"-{self.number}"))

    def asked(self) -> list[dict[str, Any]]:
        answer = self.oversight.get("/v1/audit/queries")
        assert answer.status_code == 200, answer.text
        QueryPage.model_validate_json(answer.content)
        return [line for line in answer.json()["items"] if self._is_own(line)]


@contextmanager
def visited(house: House) -> Iterator[House]:
    """A house whose clients are closed at the end."""
    try:
        yield house
    finally:
        for client in house.readers.values():
            client.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("audit") / "data", *CLOCK) as service:
        registered(service.data)
        yield service


@pytest.fixture
def house(running: Service) -> Iterator[House]:
    with visited(House(running)) as house:
        yield house


def test_an_owner_reads_who_was_shown_its_signals_by_day_and_without_the_case(
    house: House,
) -> None:
    house.post(house.secret("1"), house.secret("2"))
    for _ in range(2):
        assert house.ben.get(f"/v1/signals{house.name('1')}").status_code == 200
    assert house.shown(house.owner) == [
        {
            "at": DAY,
            "agency": "bank",
            "reader": house.named("ben"),
            "purpose": "prevention",
            "case": None,
            "rung": "full",
            "signal": house.name("1"),
        }
    ]
    # A page shows all that is on it.
    assert house.ben.get("/v1/signals").status_code == 200
    assert house.own_signals() == [house.name("1"), house.name("2")]


def test_the_account_is_the_owner_s_and_of_that_what_each_of_its_readers_may_know(
    house: House,
) -> None:
    house.post(house.secret("1"))
    house.ben.get(f"/v1/signals{house.name('1')}")
    assert len(house.shown(house.owner)) == 1
    # Of the owner, and not cleared; cleared, and of another agency; oversight.
    low = house.reader("lou", "--agency", "river", "--level", "OFFICIAL")
    assert house.shown(low) == []
    assert house.shown(house.ben) == []
    assert house.shown(house.oversight) == []
    # It is of one reader and one query, and an account is an answer like any other.
    again = house.owner.get("/v1/audit/disclosures?limit=0")
    assert again.status_code == 422
    assert house.owner.get("/v1/audit/disclosures?cursor=x").status_code == 400


def test_a_signal_that_was_taken_back_stays_in_the_account(house: House) -> None:
    house.post(house.secret("1"))
    house.ben.get(f"/v1/signals{house.name('1')}")
    retraction = house.secret("2") | {
        "type": "fusion.signal.retracted.v1",
        "data": {"retracts": f"{house.number}-1", "reason": "wrong"},
        "time": "2015-03-09T00:00:00Z",
    }
    house.post(retraction)
    assert house.ben.get(f"/v1/signals{house.name('1')}").status_code == 404
    assert house.own_signals() == [house.name("1")]


def test_pages_of_the_account_hold_each_line_once(house: House) -> None:
    house.post(*(house.secret(str(number)) for number in range(5)))
    house.ben.get("/v1/signals")
    lines, cursor = [], None
    while cursor is not None or not lines:
        given = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = house.owner.get("/v1/audit/disclosures", params=given).json()
        lines += page["items"]
        cursor = page["next"]
    assert len(lines) == len({str(line) for line in lines})
    ben = [line["signal"] for line in lines if line["reader"] == house.named("ben")]
    assert {house.name(str(n)) for n in range(5)} <= set(ben)


def test_oversight_reads_who_asked_and_was_refused_and_nothing_of_what_was_found(
    house: House,
) -> None:
    house.post(house.secret("1"))
    house.ben.get("/v1/entities?q=Nawaf")
    plain = house.reader("pia", "--agency", "bank")
    assert plain.get("/v1/entities?q=Nawaf").status_code == 400
    assert plain.get(f"/v1/signals{house.name('1')}").status_code == 404
    assert plain.get("/v1/audit/queries").status_code == 403
    asked = house.asked()
    assert [(a["reader"], a["agency"], a["path"], a["status"], a["count"]) for a in asked] == [
        (house.named("pia"), "bank", "/v1/audit/queries", 403, 0),
        (house.named("pia"), "bank", f"/v1/signals{house.name('1')}", 404, 0),
        (house.named("pia"), "bank", "/v1/entities", 400, 0),
        (house.named("ben"), "bank", "/v1/entities", 200, 0),
    ]
    assert (asked[3]["purpose"], asked[3]["case"], asked[3]["method"]) == (
        "prevention",
        "c-1",
        "GET",
    )
    # Reading it is a query too, and what was looked for is nobody's to read.
    again = house.oversight.get("/v1/audit/queries")
    assert again.json()["items"][0]["reader"] == house.named("orla")
    assert "Nawaf" not in again.text and "high water" not in again.text


def test_what_others_ask_changes_no_byte_of_what_a_reader_gets(house: House) -> None:
    house.post(house.secret("1"))

    def everything() -> list[tuple[int, bytes, dict[str, str]]]:
        paths = (
            "alerts",
            "signals",
            f"signals{house.name('1')}",
            "judgements?mention=x",
            "nowhere",
        )
        answers = [house.ben.get(f"/v1/{path}") for path in paths]
        return [(a.status_code, a.content, {**a.headers, "date": ""}) for a in answers]

    before = everything()
    for client in (house.owner, house.oversight, house.reader("pia", "--agency", "bank")):
        for path in ("alerts", f"signals{house.name('1')}", "audit/disclosures", "audit/queries"):
            client.get(f"/v1/{path}")
    assert everything() == before


def test_a_search_for_a_person_names_the_header_that_is_missing(house: House) -> None:
    plain = house.reader("pia", "--agency", "bank")
    for path in ("/v1/entities?q=Nawaf", "/v1/signals?q=Nawaf"):
        refused = plain.get(path)
        assert refused.status_code == 400
        named = {error["header"] for error in refused.json()["errors"]}
        assert named == {"Fusion-Purpose", "Fusion-Case"}


def test_what_an_alert_showed_is_its_evidence_on_pages_and_streams_until_the_stream_ends(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "data", *CLOCK) as service:
        registered(service.data)
        with visited(House(service)) as house:
            follow_an_alert(house)


def follow_an_alert(house: House) -> None:
    story = sides(0)
    with house.ben.stream("GET", "/v1/alerts/stream") as stream:
        frames = events_of(stream.iter_lines())
        next(frames)
        house.post(*story)
        raised = next(frames)
        assert raised.kind == "raised"
        of_river = {s["id"] for s in story if s["source"].startswith("/river/")}
        names = {f"/river/gauges/{id_}" for id_ in of_river} & set(raised.said["signals"])
        assert names
        open_lines = house.shown(house.owner)
        assert {line["signal"] for line in open_lines} == names
        assert all("until" not in line for line in open_lines)
        done("clock", "advance", "2015-03-12", data=house.service.data)
    lines = ended_lines(house)
    assert {line["signal"] for line in lines if line["at"] == DAY} == names
    assert {line["until"] for line in lines} == {"2015-03-12T00:00:00.000000Z"}
    # What is read once more on another day is a line of that day, which no stream showed.
    done("clock", "advance", "2015-03-13", data=house.service.data)
    house.ben.get("/v1/alerts")
    newest = [line for line in house.shown(house.owner) if line["at"] > "2015-03-13"]
    assert {line["signal"] for line in newest} == names
    assert not any("until" in line for line in newest)


def ended_lines(house: House) -> list[dict[str, Any]]:
    """The owner's account once no stream is open: that a client has gone is noticed a bit later."""
    for _ in range(100):
        lines = house.shown(house.owner)
        if all("until" in line for line in lines):
            return lines
        for _ in range(20):
            house.ben.get("/v1/health/live")
    raise AssertionError("the stream does not end")


def test_after_a_kill_the_ledger_is_sound_and_what_was_open_has_ended(tmp_path: Path) -> None:
    with serving(tmp_path / "data", *CLOCK) as service:
        registered(service.data)
        with visited(House(service)) as house:
            house.post(house.secret("1"))
            house.ben.get(f"/v1/signals{house.name('1')}")
            kept = tmp_path / "kept.jsonl"
            kept.write_text(done("audit", "checkpoint", data=service.data))
            with house.ben.stream("GET", "/v1/alerts/stream") as stream:
                next(events_of(stream.iter_lines()))
                service.end(signal.SIGKILL)
    verified = done("audit", "verify", "--checkpoint", kept, data=service.data)
    assert "agree with 1 checkpoints" in verified
    # The account is derived: without its file it is made again.
    (service.data / ACCOUNT_FILE).unlink(missing_ok=True)
    with (
        serving(tmp_path / "data", *CLOCK) as service,
        visited(replace(house, service=service, readers={})) as again,
    ):
        assert again.own_signals() == [house.name("1")]
        assert again.asked()[-1]["path"] == f"/v1/signals{house.name('1')}"
    assert done("audit", "verify", "--checkpoint", kept, data=service.data)
