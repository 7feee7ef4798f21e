"""An alert that nobody acknowledges goes to the deputy and to the mechanism above, told as it does.

One exercise whose clock is moved; the alerts are bank runs, which the mechanism `banks` leads. Its
first post is vacant, so its deputy, whom rita holds, answers first; then the overall mechanism.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fusion.cli.watch import Event
from fusion.domain.clock import format_moment, parse_moment
from tests.e2e.service import done, registered, serving, signal_document
from tests.e2e.test_alert import OPEN, Cast, sides, stream

HOUR = 3_600_000_000


SEED = ("--exercise", "escalation")


@contextmanager
def cast_on(data: Path, *begun: str) -> Iterator[Cast]:
    """The exercise in a directory, begun or gone on with."""
    with serving(data, *SEED, *begun) as service:
        registered(data)
        cast = Cast(service)
        yield cast
        for client in (cast.rita, *cast.publishers.values()):
            client.close()
        assert service.end() == (0, "", "")


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with cast_on(tmp_path_factory.mktemp("escalation") / "data", "--clock", "2015-03-10") as cast:
        yield cast


def advance(cast: Cast, moment: int) -> None:
    """Move the clock, and wait until all that came of it is fused."""
    at = format_moment(moment)
    done("clock", "advance", at, data=cast.service.data)
    nothing = signal_document(f"at-{moment}", "/river/gauges", marking=OPEN)
    cast.post(nothing | {"time": "2015-03-01T00:00:00Z"})


def raised(cast: Cast, events: Iterator[Event], number: int) -> dict[str, Any]:
    assert next(events).kind == "snapshot"
    cast.post(*sides(number))
    event = next(events)
    assert event.kind == "raised"
    return event.said


def answered_by(alert: dict[str, Any]) -> tuple[str, str]:
    return alert["responsible"]["mechanism"], alert["responsible"]["post"]


def test_silence_takes_an_alert_to_the_next_post_and_open_streams_are_told(cast: Cast) -> None:
    with stream(cast.rita) as events:
        alert = raised(cast, events, 0)
        assert answered_by(alert) == ("banks", "/bank/second")
        assert alert["lead"]["post"] == "/bank/chief"
        due = parse_moment(alert["acknowledge_by"])
        advance(cast, due - 1)
        assert (
            cast.rita.get(f"/v1/alerts/{alert['alert']}").json()["responsible"]
            == (alert["responsible"])
        )
        advance(cast, due)
        gone_on = next(events)
    assert gone_on.kind == "changed"
    # It says the same, of the same version; only who answers is another.
    said = {"responsible": gone_on.said.pop("responsible")}
    assert gone_on.said == {k: v for k, v in alert.items() if k != "responsible"}
    assert answered_by(said) == ("overall", "/harbour/coordinator")
    assert said["responsible"]["since"] == alert["acknowledge_by"]
    assert (
        cast.rita.get(f"/v1/alerts/{alert['alert']}").json()["responsible"] == (said["responsible"])
    )


def test_who_resumes_after_a_deadline_is_told_of_it_once(cast: Cast) -> None:
    with stream(cast.rita) as events:
        snapshot = next(events)
        cast.post(*sides(1))
        alert = next(events)
    advance(cast, parse_moment(alert.said["acknowledge_by"]) + HOUR)
    for last in (snapshot.id, alert.id):
        with stream(cast.rita, last) as events:
            told = [next(events) for _ in range(2 if last == snapshot.id else 1)]
        assert [each.kind for each in told][-1] == "changed"
        assert answered_by(told[-1].said) == ("overall", "/harbour/coordinator")
    # An hour late or not: it went on at its deadline.
    assert told[-1].said["responsible"]["since"] == alert.said["acknowledge_by"]


def test_an_acknowledgement_in_time_leaves_an_alert_where_it_is(cast: Cast) -> None:
    with stream(cast.rita) as events:
        alert = raised(cast, events, 2)
    path = f"/v1/alerts/{alert['alert']}"
    assert cast.rita.post(f"{path}/acknowledgement", json={}).status_code == 201
    advance(cast, parse_moment(alert["acknowledge_by"]) + 30 * HOUR)
    assert cast.rita.get(path).json()["responsible"] == alert["responsible"]


def test_what_readers_are_told_is_the_same_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with cast_on(data, "--clock", "2015-03-10") as cast, stream(cast.rita) as events:
        alert = raised(cast, events, 3)
        advance(cast, parse_moment(alert["acknowledge_by"]) + HOUR)
        before = alerts(cast)
    assert [answered_by(each) for each in before] == [("overall", "/harbour/coordinator")]
    with cast_on(data) as cast:
        assert alerts(cast) == before


def alerts(cast: Cast) -> list[dict[str, Any]]:
    answer = cast.rita.get("/v1/alerts", params={"limit": "200"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found
