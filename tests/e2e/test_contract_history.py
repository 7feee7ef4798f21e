"""`as_of`, by section 3 of the contract: what was recorded by a moment, under today's rights.

The story of the exercise of `test_contract_files` is told day by day; after each day a reader reads
everything there is. When all is told, it asks the same again as of each of those days.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.e2e.contract import (
    OPEN,
    Document,
    Exercise,
    exercise,
    got,
    person,
    problem,
    retraction,
    signal,
    walked,
)
from tests.e2e.service import done
from tests.e2e.test_contract_alerts import STATED
from tests.e2e.test_contract_exercise import asked
from tests.e2e.test_contract_files import world

GRANTED = "--agency river --level SECRET --purpose prevention --case c-1"
LAST = "2016-01-01T00:00:00Z"


@dataclass
class Past:
    """A client all of whose reads are of one moment."""

    client: httpx.Client
    moment: str

    def get(self, path: str, params: dict[str, Any] | None = None) -> httpx.Response:
        return self.client.get(path, params={**(params or {}), "as_of": self.moment})


def said(client: Any) -> list[tuple[str, int, Document]]:
    """Everything that a client is answered; of a cursor, which is of its query, that it is one."""
    found = []
    for answer in asked(client):
        document = answer.json()
        if "next" in document:
            document["next"] = document["next"] is not None
        found.append((answer.request.url.path, answer.status_code, document))
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Exercise, dict[str, Any]]]:
    """The exercise when all is told, and what the reader was answered at each moment of it."""
    then = {}
    with exercise(tmp_path_factory.mktemp("history"), seed="past", clock="2015-01-01") as town:
        rita = town.reader("rita", GRANTED, **STATED)
        for document in world():
            town.advance(document["time"])
            town.post(document)
            then[document["time"]] = said(rita)
        town.advance(LAST)
        yield town, then


def test_a_read_of_a_past_moment_gives_what_was_given_then(
    told: tuple[Exercise, dict[str, Any]],
) -> None:
    town, then = told
    rita = town.reader("rita", GRANTED, **STATED)
    assert len(then) > 3
    assert len({json.dumps(each) for each in then.values()}) == len(then), "each day differs"
    for moment, was in then.items():
        assert said(Past(rita, moment)) == was
    assert said(Past(rita, LAST)) == said(rita)
    before = got(rita, "/signals", as_of="2014-12-31T00:00:00Z")
    assert before == {"items": [], "next": None}


def test_rights_are_todays_in_the_past_too(told: tuple[Exercise, dict[str, Any]]) -> None:
    town, then = told
    moment = list(then)[-1]
    cleared = "--agency river --level SECRET --purpose prevention --case c-1"
    reader = town.reader("newcomer", cleared, **STATED)
    assert said(Past(reader, moment)) == then[moment], "who is granted today knows the past"
    done("grants", "revoke", "newcomer", data=town.data)
    assert reader.get("/v1/signals", params={"as_of": moment}).status_code in {401, 403}


def test_a_moment_to_come_is_400_on_every_read(told: tuple[Exercise, dict[str, Any]]) -> None:
    town, _ = told
    rita, river = town.reader("rita", GRANTED, **STATED), town.publisher("/river")
    alert = got(rita, "/alerts", limit=200)["items"]
    paths = ["/signals", "/signals/river/gauges/nothing", "/alerts", "/entities/e-0", "/why"]
    for path in [*paths, *(f"/alerts/{each['alert']}/history" for each in alert[:1])]:
        params = {"as_of": "2016-01-01T00:00:00.000001Z", "a": "/x/y#m", "b": "/x/y#n"}
        asked_for = params if path == "/why" else {"as_of": params["as_of"]}
        errors = problem(rita.get(f"/v1{path}", params=asked_for), 400)
        assert [error["parameter"] for error in errors] == ["as_of"]
    problem(river.get("/v1/signals/mine", params={"as_of": "2999-01-01T00:00:00Z"}), 400)


def test_what_was_not_recorded_yet_is_the_same_404_as_what_never_was(
    told: tuple[Exercise, dict[str, Any]],
) -> None:
    town, _ = told
    rita = town.reader("rita", GRANTED, **STATED)
    first = got(rita, "/signals", limit=200)["items"][0]
    early = {"as_of": "2015-01-01T00:00:00Z"}
    unborn = rita.get(f"/v1/signals{first['source']}/{first['id']}", params=early)
    never = rita.get("/v1/signals/river/gauges/never", params=early)
    assert (unborn.status_code, unborn.content) == (404, never.content)


def test_a_retraction_leaves_the_past_as_it_was(told: tuple[Exercise, dict[str, Any]]) -> None:
    town, _ = told
    rita, river = town.reader("rita", GRANTED, **STATED), town.publisher("/river")
    ada = person("m1", "Hedda Solvang Kirkeby", birthDate="1961-02-03")
    town.post(signal("mistaken", marking=OPEN, mentions=[ada]))
    town.advance("2016-01-02T00:00:00Z")
    town.post(retraction("mistaken-back", "mistaken"))
    town.advance("2016-01-03T00:00:00Z")
    before, after = {"as_of": "2016-01-01T12:00:00Z"}, {"as_of": "2016-01-02T00:00:00Z"}
    path = "/v1/signals/river/gauges/mistaken"
    assert rita.get(path).status_code == 404
    assert rita.get(path, params=after).status_code == 404
    assert rita.get(path, params=before).json()["id"] == "mistaken"
    mention = "/river/gauges/mistaken#m1"
    entity = got(rita, "/entities", mention=mention, **before)
    assert entity["caption"] == "Hedda Solvang Kirkeby"
    own = {each["id"]: each for each in walked(river, "/signals/mine", limit=200, **before)}
    assert own["mistaken"]["status"] == "fused"
    assert "mistaken-back" not in own
    now = {each["id"]: each for each in walked(river, "/signals/mine", limit=200)}
    assert now["mistaken"]["retracted_by"] == "/river/gauges/mistaken-back"
    stranger = town.reader("stranger", "--agency harbour --level OPEN")
    town.post(signal("hidden", marking={"level": "SECRET"}))
    town.advance("2016-01-04T00:00:00Z")
    hidden = stranger.get("/v1/signals/river/gauges/hidden", params=after)
    assert hidden.status_code == 404


def test_a_cursor_is_of_one_moment(told: tuple[Exercise, dict[str, Any]]) -> None:
    town, then = told
    rita = town.reader("rita", GRANTED, **STATED)
    moment = list(then)[-1]
    whole = [name["id"] for name in got(rita, "/signals", limit=200, as_of=moment)["items"]]
    assert [each["id"] for each in walked(rita, "/signals", as_of=moment)] == whole
    cursor = got(rita, "/signals", limit=1, as_of=moment)["next"]
    for other in ({}, {"as_of": next(iter(then))}):
        answer = rita.get("/v1/signals", params={"limit": 1, "cursor": cursor, **other})
        assert [error["parameter"] for error in problem(answer, 400)] == ["cursor"]
