"""From four posts to one alert: told on the stream, explained, answered to, and taken back.

The signals are those of the bank run's example, posted by two agencies; an exercise's clock stands
in the days in which they were reported. Each answer is held to the model that the OpenAPI document
has.
"""

from __future__ import annotations

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
from tests.broker import Broker
from tests.e2e.service import (
    ENVIRONMENT,
    ROOT,
    Service,
    done,
    publisher_token,
    reader_token,
    registered,
    serving,
    signal_document,
)
from tests.postgres import Postgres

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
NAMES = (
    "Harrowgate Meridian Savings Bank",
    "Ostervale Commercial Bank",
    "Pellworm Trust Company",
    "Silverlock Thrift",
    "Quernmore Building Society",
    "Tamburlaine Credit Union",
)
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
STATED = {"Fusion-Purpose": "prevention", "Fusion-Case": "c-1"}


def sides(number: int) -> list[dict[str, Any]]:
    """The four sides of the story of one bank, each as a signal; banks share nothing."""
    bank = {
        "ref": "m1",
        "schema": "Company",
        "properties": {
            "name": [NAMES[number]],
            "registrationNumber": [f"HMSB-0041{number}-9"],
            "jurisdiction": ["us"],
        },
    }
    signals = []
    for side, (source, day, activity) in enumerate(SIDES):
        document = signal_document(
            f"bank-{number}-side-{side}",
            source,
            marking=OPEN,
            grading={"source": "A", "information": 2},
            mentions=[bank],
            activities=[activity | ABOUT],
        )
        signals.append(document | {"time": f"{day}T00:00:00Z"})
    return signals


class Cast:
    """A running exercise, and clients of those who take part."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.publishers = {
            "river": service.client(publisher_token(service.data)),
            "bank": service.client(publisher_token(service.data, "supervision", "/bank")),
        }
        self.rita_token = self.token("rita")
        self.rita = service.client(self.rita_token, **STATED)

    def token(self, name: str) -> str:
        """A token for a reader of the river's who may know everything here."""
        stated = ("--purpose", "prevention", "--case", "c-1")
        options = ("--agency", "river", "--level", "SECRET", *stated)
        return reader_token(self.service.data, name, *options)

    def post(self, *signals: dict[str, Any]) -> None:
        """Post each as the agency whose signal it is, and wait until it is fused."""
        for signal in signals:
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


@pytest.fixture(scope="module", params=["sqlite", "kafka", "kafka and postgres"])
def cast(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    """One exercise for all, over logs and stores; each test has a bank, and readers, of its own."""
    data = tmp_path_factory.mktemp("exercise") / "data"
    prefix = request.param.replace(" ", "-")
    with pytest.MonkeyPatch.context() as patch:
        if "kafka" in request.param:
            broker: Broker = request.getfixturevalue("broker")
            patch.setitem(ENVIRONMENT, "FUSION_LOG_URL", f"kafka://{broker.plain}/{prefix}")
            patch.setitem(ENVIRONMENT, "FUSION_LOG_REPLICATION", "1")
        if "postgres" in request.param:
            server: Postgres = request.getfixturevalue("postgres")
            patch.setitem(ENVIRONMENT, "FUSION_STORE_URL", server.new_database())
        yield from _cast(data)


def _cast(data: Path) -> Iterator[Cast]:
    with serving(data, "--exercise", "bank-run", "--clock", "2015-03-10") as service:
        registered(data)
        cast = Cast(service)
        yield cast
        for client in (cast.rita, *cast.publishers.values()):
            client.close()
        assert service.end() == (0, "", "")


@contextmanager
def stream(client: httpx.Client, last: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with client.stream("GET", "/v1/alerts/stream", headers=headers) as answer:
        assert answer.status_code == 200
        yield events_of(answer.iter_lines())


def test_an_alert_is_told_explained_and_answered_to(cast: Cast) -> None:
    with stream(cast.rita) as events:
        assert next(events).kind == "snapshot"
        cast.post(*sides(0))
        raised = next(events)
    assert raised.kind == "raised"
    alert = raised.said
    AlertAnswer.model_validate(alert)
    assert (alert["pattern"], alert["status"]) == ("bank-run", "raised")
    assert alert["agencies"] == ["bank", "river"]

    page = cast.get("/v1/alerts", AlertPage, pattern="bank-run")
    assert alert["alert"] in {each["alert"] for each in page["items"]}
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


def retraction(id_: str, source: str, retracted: str) -> dict[str, Any]:
    """A retraction of a signal of the same source."""
    return signal_document(id_, source) | {
        "type": "fusion.signal.retracted.v1",
        "time": "2015-03-10T00:00:00Z",
        "data": {"retracts": retracted, "reason": "a counting error"},
    }


def test_a_stream_resumes_by_an_id_of_its_own_with_nothing_lost_or_doubled(cast: Cast) -> None:
    with stream(cast.rita) as events:
        assert next(events).kind == "snapshot"
        cast.post(*sides(1))
        raised = next(events)
    # What is recorded at one moment has no order but that of names, so the clock moves on.
    done("clock", "advance", "2015-03-10T01:00:00Z", data=cast.service.data)
    cast.post(retraction("back-1", "/river/gauges", "bank-1-side-3"))
    with stream(cast.rita, raised.id) as events:
        changed = next(events)
        assert (changed.kind, changed.said["alert"]) == ("changed", raised.said["alert"])
        assert set(raised.said["signals"]) - set(changed.said["signals"]) == {
            "/river/gauges/bank-1-side-3"
        }
        done("clock", "advance", "2015-03-10T02:00:00Z", data=cast.service.data)
        cast.post(retraction("back-2", "/bank/markets", "bank-1-side-1"))
        withdrawn = next(events)
        assert (withdrawn.kind, withdrawn.said["alert"]) == ("withdrawn", raised.said["alert"])
    with stream(cast.rita, "no id of ours") as events:
        assert next(events).kind == "snapshot"


def test_entities_signals_and_judgements_are_answered_in_the_documented_form(cast: Cast) -> None:
    cast.post(*sides(2)[:2])
    a, b = "/river/gauges/bank-2-side-0#m1", "/bank/markets/bank-2-side-1#m1"
    entity = cast.get("/v1/entities", EntityAnswer, mention=a)
    assert set(entity["mentions"]) == {a, b}
    assert cast.get(f"/v1/entities/{entity['entity']}", EntityAnswer) == entity
    found = cast.get("/v1/entities", EntityPage, q=NAMES[2].lower())["items"]
    assert [each["entity"] for each in found] == [entity["entity"]]
    cast.get(f"/v1/entities/{entity['entity']}/neighbourhood", GraphAnswer, hops="2")
    why = cast.get("/v1/why", WhyAnswer, a=a, b=b)
    assert why["verdict"] == "same"
    assert why["because"]
    cast.get("/v1/signals/river/gauges/bank-2-side-0", SignalAnswer)
    mine = cast.publishers["river"].get("/v1/signals/mine")
    OwnSignalPage.model_validate_json(mine.content)
    assert mine.json()["items"][0]["id"] == "bank-2-side-0"
    assert mine.json()["items"][0]["status"] == "fused"

    words = {"a": a, "b": b, "verdict": "NEGATIVE", "reason": "another licence"}
    judged = cast.rita.post("/v1/judgements?wait=fused", json=words)
    assert (judged.status_code, judged.json()["fused"]) == (201, True)
    page = cast.get("/v1/judgements", JudgementPage, mention=a)
    assert [each["verdict"] for each in page["items"]] == ["NEGATIVE"]
    assert cast.get("/v1/entities", EntityAnswer, mention=a)["mentions"] == [a]


def test_pages_are_walked_by_their_cursors_which_are_nobody_elses(cast: Cast) -> None:
    cast.post(*sides(3)[:3])
    names: list[str] = []
    params = {"limit": "1"}
    while True:
        page = cast.get("/v1/signals", SignalPage, **params)
        names += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert len(names) == len(set(names))
    assert {f"bank-3-side-{side}" for side in range(3)} <= set(names)
    foreign = cast.rita.get("/v1/alerts", params={"cursor": params["cursor"]})
    assert foreign.status_code == 400
    assert foreign.json()["errors"][0]["parameter"] == "cursor"


def test_who_loses_a_right_is_told_on_the_open_stream(cast: Cast) -> None:
    cast.post(*sides(4))
    with cast.service.client(cast.token("walt")) as walt, stream(walt) as events:
        alerts = {each["alert"] for each in next(events).said["items"]}
        assert alerts
        done("grants", "revoke", "walt", data=cast.service.data)
        gone = [next(events) for _ in alerts]
        assert {each.kind for each in gone} == {"withdrawn"}
        assert {each.said["alert"] for each in gone} == alerts
        assert walt.get("/v1/alerts").json() == {"items": [], "next": None}


def test_watch_prints_a_plain_line_for_each_alert(cast: Cast) -> None:
    cast.post(*sides(5))
    command = [sys.executable, "-m", "fusion", "watch", "--url", cast.service.url]
    with subprocess.Popen(
        [*command, "--token", cast.rita_token, "--pattern", "bank-run"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as watching:
        assert watching.stdout is not None
        line = watching.stdout.readline()
        watching.terminate()
    at, kind, severity, alert, title, agencies = line.rstrip("\n").split("  ")
    assert at.startswith("2015-03-10T")
    assert (kind, agencies) == ("snapshot", "bank,river")
    assert alert.startswith("a-")
    assert severity
    assert title


def test_the_store_says_what_one_made_anew_of_the_log_says(cast: Cast) -> None:
    assert "the store is as the log has it" in done("verify", data=cast.service.data)
