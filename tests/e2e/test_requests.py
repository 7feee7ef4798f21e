"""More is asked of a desk, refused, escalated, and granted by a release that open streams see.

One exercise. The river keeps what it knows to itself and releases a line of it; ann of the harbour
sees the line and asks. walt holds the river's watch, whose desk answers; rita is chief, his deputy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fusion.api.answers import RequestedAnswer, RequestPage
from fusion.domain.clock import format_moment, parse_moment
from tests.e2e.service import (
    Service,
    done,
    reader_token,
    registered,
    serving,
    signal_document,
)
from tests.e2e.test_alert import OPEN, Cast, sides, stream

HOUR = 3_600_000_000
BEGUN = "2015-03-01T00:00:00Z"


class Parties(Cast):
    """The cast, with those who ask and those who answer."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.ann, self.carol = self.party("ann", "harbour"), self.party("carol", "harbour")
        self.walt, self.bea = self.party("walt", "river"), self.party("bea", "bank")
        self.parties = (self.rita, self.ann, self.carol, self.walt, self.bea)

    def party(self, name: str, agency: str) -> httpx.Client:
        options = ("--agency", agency, "--level", "SECRET")
        token = reader_token(self.service.data, name, *options)
        return self.service.client(token)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parties]:
    data = tmp_path_factory.mktemp("requests") / "data"
    with serving(data, "--exercise", "requests", "--clock", "2015-03-10") as service:
        registered(data)
        cast = Parties(service)
        yield cast
        for client in (*cast.parties, *cast.publishers.values()):
            client.close()
        assert service.end() == (0, "", "")


def secret(id_: str, **data: Any) -> dict[str, Any]:
    """A signal that the river keeps to itself, with a line that everybody may know."""
    line = {"text": f"something of {id_}", "releaser": "/river/chief", "marking": OPEN}
    return signal_document(id_, marking={"level": "SECRET"}, tearlines=[line], **data) | {
        "time": BEGUN
    }


def tearline_of(client: httpx.Client, id_: str) -> str:
    """The name of the released line, as a reader finds it."""
    items = client.get("/v1/signals", params={"limit": "200"}).json()["items"]
    (line,) = [s for s in items if s["data"].get("summary") == f"something of {id_}"]
    return f"{line['source']}/{line['id']}"


def asked(client: httpx.Client, **body: str) -> dict[str, Any]:
    answer = client.post("/v1/disclosure-requests", json={"reason": "the dyke", **body})
    assert answer.status_code == 201, answer.text
    RequestedAnswer.model_validate_json(answer.content)
    said: dict[str, Any] = answer.json()
    return said


def seen(client: httpx.Client, id_: str) -> dict[str, Any] | None:
    """A request as somebody is shown it, None for whom it does not exist."""
    answer = client.get("/v1/disclosure-requests", params={"limit": "200"})
    assert answer.status_code == 200, answer.text
    RequestPage.model_validate_json(answer.content)
    found = [each for each in answer.json()["items"] if each["id"] == id_]
    return found[0] if found else None


def answered(client: httpx.Client, id_: str, **body: str) -> httpx.Response:
    body = {"reason": "since you ask", **body}
    return client.post(f"/v1/disclosure-requests/{id_}/answer", json=body)


def pointers_of(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"] for each in answer.json()["errors"]}


def advance(cast: Cast, moment: int) -> None:
    """Move the clock, and wait until all that came of it is fused."""
    done("clock", "advance", format_moment(moment), data=cast.service.data)
    nothing = signal_document(f"at-{moment}", "/river/gauges", marking=OPEN)
    cast.post(nothing | {"time": BEGUN})


def test_a_request_goes_to_the_owners_desk_and_is_granted_by_a_correction(cast: Parties) -> None:
    cast.post(secret("s-1"))
    name = tearline_of(cast.ann, "s-1")
    request = asked(cast.ann, signal=name)
    assert (request["status"], request["desk"]) == ("open", "/river/desk")
    # Nothing of it is the bank's, and carol sees it because it is her agency's.
    assert seen(cast.bea, request["id"]) is None
    assert seen(cast.carol, request["id"]) == seen(cast.ann, request["id"])
    told = seen(cast.walt, request["id"])
    assert told is not None
    assert (told["asked"], told["by"], told["answer"]) == ({"signal": name}, "ann", None)

    unreleased = answered(cast.walt, request["id"], answer="granted", released="/river/gauges/s-1")
    assert pointers_of(unreleased) == {"/released"}
    wider = secret("s-1b", corrects="s-1") | {"time": "2015-03-02T00:00:00Z"}
    wider["data"]["marking"] = {"level": "SECRET", "releasable_to": ["harbour"]}
    cast.post(wider)
    released = "/river/gauges/s-1b"
    given = answered(cast.walt, request["id"], answer="granted", released=released)
    assert (given.status_code, given.json()["status"]) == (201, "granted")
    told = seen(cast.ann, request["id"])
    assert told is not None
    assert (told["status"], told["answer"]["released"]) == ("granted", released)
    assert cast.ann.get(f"/v1/signals{released}").json()["rung"] == "full"


def test_asking_again_while_nobody_answered_gives_the_same_request(cast: Parties) -> None:
    cast.post(secret("s-2"))
    name = tearline_of(cast.ann, "s-2")
    request = asked(cast.ann, signal=name)
    assert asked(cast.ann, signal=name, reason="again") == request
    assert asked(cast.carol, signal=name) == request
    told = seen(cast.walt, request["id"])
    assert told is not None and told["reason"] == "the dyke"
    refusal = answered(cast.walt, request["id"], answer="refused")
    assert refusal.json() == {"id": request["id"], "status": "refused"}
    assert answered(cast.walt, request["id"], answer="refused").status_code == 201
    assert answered(cast.walt, request["id"], answer="refused", reason="no").status_code == 409
    assert asked(cast.ann, signal=name)["id"] != request["id"]


def test_what_may_not_be_named_is_not_found_like_what_never_was(cast: Parties) -> None:
    cast.post(secret("s-3"))
    path = "/v1/disclosure-requests"
    bodies = [
        cast.ann.post(path, json={"signal": f"/river/gauges/{id_}", "reason": "r"}).content
        for id_ in ("s-3", "never")
    ]
    bodies.append(cast.ann.post(path, json={"alert": "a-NEVER", "reason": "r"}).content)
    bodies.append(answered(cast.walt, "d-NEVER", answer="refused").content)
    mine = asked(cast.ann, signal=tearline_of(cast.ann, "s-3"))["id"]
    # rita is chief of the river, and its desk's deputy: it has not come to her yet.
    bodies.append(answered(cast.rita, mine, answer="refused").content)
    bodies.append(answered(cast.walt, mine, answer="granted", released="/bank/desk/never").content)
    assert set(bodies) == {cast.ann.get("/v1/nothing").content}
    for wrong in ({"signal": "/river/x/1", "alert": "a-1"}, {}, {"signal": "no name"}):
        assert cast.ann.post(path, json={"reason": "r", **wrong}).status_code == 422
    assert pointers_of(answered(cast.walt, mine, answer="granted")) == {"/released"}
    refused = answered(cast.walt, mine, answer="refused", released="c-1")
    assert pointers_of(refused) == {"/released"}
    # Who holds no post answers nothing, whatever is named.
    for id_ in (mine, "d-NEVER"):
        assert answered(cast.ann, id_, answer="refused").status_code == 403


def test_more_of_an_alert_is_asked_of_its_lead_and_a_release_is_seen_on_open_streams(
    cast: Parties,
) -> None:
    four = sides(0)
    own = dict(four[3])
    own["data"] = own["data"] | {"marking": {"level": "SECRET"}}
    cast.post(*sides(1), *four[:3])
    with stream(cast.ann) as events:
        items = {each["alert"]: each for each in next(events).said["items"]}
        cast.post(own)
        alert = next(iter(items))
        request = asked(cast.ann, alert=alert)
        assert request["desk"] == "/bank/desk"
        # Its owner lets the harbour know: what was four sides apart is told as one.
        wider = own | {"id": f"{own['id']}-wider"}
        wider["data"] = own["data"] | {
            "marking": {"level": "SECRET", "releasable_to": ["harbour"]},
            "corrects": own["id"],
        }
        # What is recorded at one moment has no order but that of names, so the clock moves on.
        advance(cast, parse_moment("2015-03-10T01:00:00Z"))
        cast.post(wider)
        told = next(events)
    assert told.kind in {"raised", "changed"}
    assert f"/river/gauges/{wider['id']}" in told.said["signals"]


def test_a_grant_of_the_case_is_seen_on_an_open_stream(cast: Parties) -> None:
    marking = {"level": "OPEN", "releasable_to": ["*"], "need": "case:c-9"}
    four = sides(2)
    four[3]["data"]["marking"] = marking
    options = ("--agency", "harbour", "--level", "SECRET", "--case", "c-9")
    token = reader_token(cast.service.data, "cara", *options)
    with cast.service.client(token, **{"Fusion-Case": "c-9"}) as cara, stream(cara) as events:
        first = {each["alert"] for each in next(events).said["items"]}
        cast.post(*four)
        raised = next(events)
        assert raised.kind == "raised"
        done("grants", "set", "cara", *options[:4], data=cast.service.data)
        after = next(events)
        while after.kind != "snapshot":
            after = next(events)
        assert {each["alert"] for each in after.said["items"]} == first
        done("grants", "set", "cara", *options, data=cast.service.data)
        again = next(events)
        assert again.kind == "snapshot"
        assert raised.said["alert"] in {each["alert"] for each in again.said["items"]}


def test_silence_takes_a_request_to_the_deputy_and_to_the_mechanism(cast: Parties) -> None:
    cast.post(secret("s-4"))
    request = asked(cast.ann, signal=tearline_of(cast.ann, "s-4"))
    due = parse_moment(request["due"])
    assert seen(cast.rita, request["id"]) is None
    advance(cast, due)
    told = seen(cast.rita, request["id"])
    assert told is not None
    assert (told["status"], told["responsible"]["post"]) == ("escalated", "/river/chief")
    assert parse_moment(told["due"]) - due == 72 * HOUR
    assert seen(cast.ann, request["id"]) == told
    advance(cast, parse_moment(told["due"]))
    last = seen(cast.ann, request["id"])
    assert last is not None
    assert last["responsible"]["post"] == "/harbour/coordinator"
    # Whom it came to before may answer late.
    assert answered(cast.rita, request["id"], answer="refused").status_code == 201
    told = seen(cast.ann, request["id"])
    assert told is not None and (told["status"], told["responsible"]) == ("refused", None)


def test_requests_are_the_same_after_a_rebuild(cast: Parties) -> None:
    before = cast.ann.get("/v1/disclosure-requests", params={"limit": "200"}).json()["items"]
    assert before
    done("rebuild", data=cast.service.data)
    again = cast.ann.get("/v1/disclosure-requests", params={"limit": "200"}).json()["items"]
    assert again == before
