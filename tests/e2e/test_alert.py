"""From four posts to one alert: told on the stream, explained, answered to, and taken back.

The signals are the bank run's own example, posted by two agencies; an exercise's clock stands in the
days in which they were reported. Each answer is held to the model that the OpenAPI document has.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from fusion.api.answers import (
    AlertAnswer,
    AlertPage,
    EntityAnswer,
    EntityPage,
    ExplanationAnswer,
    GraphAnswer,
    JudgementPage,
    OwnSignalPage,
    SignalAnswer,
    SignalPage,
    WhyAnswer,
)
from fusion.cli.watch import Event, events_of
from tests.e2e.service import (
    ROOT,
    Service,
    done,
    publisher_token,
    reader_token,
    registered,
    serving,
    signal_document,
)

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BANK = {
    "ref": "m1",
    "schema": "Company",
    "properties": {
        "name": ["Harrowgate Meridian Savings Bank"],
        "registrationNumber": ["HMSB-00417-9"],
        "jurisdiction": ["us"],
    },
}
OPEN = {"level": "OPEN", "releasable_to": ["*"]}
ABOUT = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
SIDES = [
    ("/river/gauges", "2015-02-10", {"code": "uninsured-deposits-share"}),
    ("/bank/markets", "2015-03-08", {"code": "failed-capital-raising"}),
    (
        "/bank/press",
        "2015-03-09",
        {"code": "funding-rumour", "circumstances": ["public-spread"]},
    ),
    (
        "/river/gauges",
        "2015-03-09",
        {"code": "withdrawal-surge", "circumstances": ["above-baseline"]},
    ),
]
CASE = ("--purpose", "prevention", "--case", "c-1")
STATED = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}


def sides() -> list[dict[str, Any]]:
    """The four sides of the story, each as a signal."""
    signals = []
    for number, (source, day, activity) in enumerate(SIDES):
        document = signal_document(
            f"side-{number}",
            source,
            marking=OPEN,
            grading={"source": "A", "information": 2},
            mentions=[BANK],
            activities=[activity | ABOUT],
        )
        signals.append(document | {"time": f"{day}T00:00:00Z"})
    return signals


class Cast:
    """A running exercise, and clients of those who take part."""

    def __init__(self, service: Service) -> None:
        self.service = service
        data = service.data
        self.publishers = {
            "river": service.client(publisher_token(data)),
            "bank": service.client(publisher_token(data, "supervision", "/bank")),
        }
        options = ("--agency", "river", "--level", "SECRET", *CASE)
        self.rita_token = reader_token(data, "rita", *options)
        self.rita = service.client(self.rita_token, **STATED)

    def post(self, signal: dict[str, Any]) -> None:
        """Post as the agency whose signal it is, and wait until it is fused."""
        agency = signal["source"].split("/")[1]
        answer = self.publishers[agency].post(
            "/v1/signals?wait=fused", json=signal, headers=STRUCTURED
        )
        assert (answer.status_code, answer.json()["fused"]) == (202, True), answer.text

    def get(self, path: str, model: type[BaseModel], **params: str) -> dict[str, Any]:
        """An answer to rita, of the documented form."""
        answer = self.rita.get(path, params=params)
        assert answer.status_code == 200, answer.text
        model.model_validate_json(answer.content)
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    data = tmp_path / "exercise"
    with serving(data, "--exercise", "bank-run", "--clock", "2015-03-10") as service:
        registered(data)
        cast = Cast(service)
        yield cast
        for client in (cast.rita, *cast.publishers.values()):
            client.close()


@contextmanager
def stream(client: httpx.Client, last: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with client.stream("GET", "/v1/alerts/stream", headers=headers) as answer:
        assert answer.status_code == 200
        yield events_of(answer.iter_lines())


def test_an_alert_is_told_explained_acknowledged_and_taken_back(cast: Cast) -> None:
    with stream(cast.rita) as events:
        snapshot = next(events)
        assert (snapshot.kind, snapshot.said["items"]) == ("snapshot", [])
        for side in sides():
            cast.post(side)
        raised = next(events)
    assert raised.kind == "raised"
    alert = raised.said
    AlertAnswer.model_validate(alert)
    assert (alert["pattern"], alert["status"]) == ("bank-run", "raised")
    assert alert["agencies"] == ["bank", "river"]

    page = cast.get("/v1/alerts", AlertPage)
    assert [each["alert"] for each in page["items"]] == [alert["alert"]]
    path = f"/v1/alerts/{alert['alert']}"
    assert cast.get(path, AlertAnswer)["bits"] == alert["bits"]
    explanation = cast.get(f"{path}/explanation", ExplanationAnswer)
    assert {each["signal"] for each in explanation["evidence"]} == set(alert["signals"])
    assert cast.get(f"{path}/graph", GraphAnswer)["nodes"]
    history = cast.get(f"{path}/history", AlertPage)["items"]
    assert history[-1]["version"] == alert["version"]

    assert cast.rita.post(f"{path}/acknowledgement", json={}).status_code == 201
    said = {"verdict": "confirmed", "reason": "the branches are full"}
    assert cast.rita.post(f"{path}/feedback", json=said).status_code == 201

    cast_resumes(cast, raised.id)


def cast_resumes(cast: Cast, last: str) -> None:
    """From the last frame on: nothing lost, nothing doubled, whatever the id was made of."""
    retraction = signal_document("back-1") | {
        "type": "fusion.signal.retracted.v1",
        "time": "2015-03-10T00:00:00Z",
        "data": {"retracts": "side-3", "reason": "a counting error"},
    }
    with stream(cast.rita, last) as events:
        cast.post(retraction)
        withdrawn = next(events)
        assert withdrawn.kind == "withdrawn"
    with stream(cast.rita, "no id of ours") as events:
        assert next(events).kind == "snapshot"


def test_entities_signals_and_judgements_are_answered_in_the_documented_form(cast: Cast) -> None:
    for side in sides()[:2]:
        cast.post(side)
    a, b = "/river/gauges/side-0#m1", "/bank/markets/side-1#m1"
    entity = cast.get("/v1/entities", EntityAnswer, mention=a)
    assert entity["mentions"] == sorted([a, b])
    assert cast.get(f"/v1/entities/{entity['entity']}", EntityAnswer) == entity
    found = cast.get("/v1/entities", EntityPage, q="harrowgate meridian")["items"]
    assert [each["entity"] for each in found] == [entity["entity"]]
    cast.get(f"/v1/entities/{entity['entity']}/neighbourhood", GraphAnswer, hops="2")
    why = cast.get("/v1/why", WhyAnswer, a=a, b=b)
    assert why["verdict"] == "same"
    assert why["because"]
    cast.get("/v1/signals/river/gauges/side-0", SignalAnswer)
    assert len(cast.get("/v1/signals", SignalPage)["items"]) == 2
    mine = cast.publishers["river"].get("/v1/signals/mine")
    OwnSignalPage.model_validate_json(mine.content)
    assert [each["status"] for each in mine.json()["items"]] == ["fused"]

    words = {"a": a, "b": b, "verdict": "NEGATIVE", "reason": "another licence"}
    judged = cast.rita.post("/v1/judgements?wait=fused", json=words)
    assert (judged.status_code, judged.json()["fused"]) == (201, True)
    assert cast.get("/v1/judgements", JudgementPage, mention=a)["items"][0]["verdict"] == "NEGATIVE"
    parted = cast.get("/v1/entities", EntityAnswer, mention=a)
    assert parted["mentions"] == [a]


def test_pages_are_walked_by_their_cursors_which_are_nobody_elses(cast: Cast) -> None:
    for side in sides()[:3]:
        cast.post(side)
    names, cursor = [], None
    while True:
        params = {"limit": "1"} | ({} if cursor is None else {"cursor": cursor})
        page = cast.get("/v1/signals", SignalPage, **params)
        names += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert names == ["side-2", "side-1", "side-0"]
    foreign = cast.rita.get("/v1/alerts", params={"cursor": cursor or ""})
    assert foreign.status_code == 400
    assert foreign.json()["errors"][0]["parameter"] == "cursor"


def test_who_loses_a_right_is_told_on_the_open_stream_before_the_command_returns(
    cast: Cast,
) -> None:
    for side in sides():
        cast.post(side)
    with stream(cast.rita) as events:
        (alert,) = next(events).said["items"]
        done("grants", "revoke", "rita", data=cast.service.data)
        gone = next(events)
    assert (gone.kind, gone.said["alert"]) == ("withdrawn", alert["alert"])
    assert cast.rita.get("/v1/alerts", headers={"Fusion-Purpose": "prevention"}).status_code == 403


def test_watch_prints_a_plain_line_for_each_event(cast: Cast) -> None:
    command = [sys.executable, "-m", "fusion", "watch", "--url", cast.service.url]
    with subprocess.Popen(
        [*command, "--token", cast.rita_token], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as watching:
        assert watching.stdout is not None
        for side in sides():
            cast.post(side)
        line = watching.stdout.readline()
        watching.terminate()
    at, kind, severity, alert, title, agencies = line.rstrip("\n").split("  ")
    assert at.startswith("2015-03-10T")
    assert kind in {"snapshot", "raised"}
    assert agencies == "bank,river"
    assert alert.startswith("a-")
    assert severity
    assert title


def test_a_stream_ends_when_the_service_ends(cast: Cast) -> None:
    with stream(cast.rita) as events:
        next(events)
        cast.service.process.terminate()
        assert list(events) == []
    code, out, err = cast.service.ended()
    assert (code, out, err) == (0, "", "")


def test_the_openapi_document_is_served_without_a_token(cast: Cast) -> None:
    with cast.service.client() as client:
        document = json.loads(client.get("/v1/openapi.json").content)
    assert "/v1/alerts/stream" in document["paths"]
