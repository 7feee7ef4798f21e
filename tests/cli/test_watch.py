from __future__ import annotations

import httpx
import pytest

from fusion.cli.watch import Event, events_of, followed, lines_of
from fusion.domain.errors import Misused, Unavailable

ALERT = {
    "alert": "a-ONE",
    "version": 2,
    "at": "2024-05-01T00:00:00.000000Z",
    "severity": "high",
    "title": "Flood\x1b[31m on the river",
    "agencies": ["bank", "river"],
}
FRAMES = (
    b'id: 1\nevent: snapshot\ndata: {"items": [], "complete": true}\n\n: ping\n\n',
    b'id: 2\nevent: withdrawn\ndata: {"alert": "a-ONE", "version": 3, "at": "t"}\n\n',
)


def test_a_stream_is_read_as_the_standard_has_it() -> None:
    lines = ["id: 1", "event:raised", "data: {", "data:}", "", ": ping", "", "id: 2", ""]
    assert list(events_of(lines)) == [Event("raised", "1", {})]


def test_every_alert_of_a_snapshot_is_a_line_without_what_moves_a_cursor() -> None:
    (line,) = lines_of(Event("snapshot", "1", {"items": [ALERT]}))
    assert "  ".join(line.values()) == (
        "2024-05-01T00:00:00.000000Z  snapshot  high  a-ONE v2  Flood [31m on the river  bank,river"
    )


def test_a_withdrawal_is_a_line_of_what_it_says() -> None:
    (line,) = lines_of(Event("withdrawn", "2", {"alert": "a-ONE", "version": 3, "at": "t"}))
    assert list(line.values()) == ["t", "withdrawn", "a-ONE v3"]


POINTER = {
    "rung": "pointer",
    "handle": "H1",
    "desk": "/bank/desk",
    "anchor": "/river/gauges/1#m1",
    "text": "Call it.",
    "request": "/v1/disclosure-requests",
}


def test_a_pointer_is_a_line_that_says_whom_to_call_about_what() -> None:
    (line,) = lines_of(Event("pointer", "3", POINTER))
    assert "  ".join(line.values()) == (
        "pointer  call /bank/desk  about /river/gauges/1#m1  Call it.  H1"
    )
    (lapsed,) = lines_of(Event("pointer", "4", POINTER | {"lapsed": True}))
    assert lapsed["event"] == "lapsed"


def test_the_pointers_of_a_snapshot_are_lines_too() -> None:
    lines = lines_of(Event("snapshot", "1", {"items": [ALERT], "pointers": [POINTER]}))
    assert [line["event"] for line in lines] == ["pointer", "snapshot"]


def client(answers: list[httpx.Response | httpx.TransportError]) -> tuple[httpx.Client, list[str]]:
    """A client of a service that gives these answers, and the ids from which it was resumed."""
    resumed: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        resumed.append(request.headers.get("last-event-id", ""))
        given = answers.pop(0)
        if isinstance(given, httpx.TransportError):
            raise given
        return given

    return httpx.Client(base_url="http://fusion", transport=httpx.MockTransport(answer)), resumed


def test_a_stream_that_ends_is_taken_up_again_by_the_id_of_the_last_frame() -> None:
    ends = httpx.Response(401, json={"title": "A valid token is needed"})
    stream, resumed = client(
        [
            httpx.Response(200, content=FRAMES[0]),
            httpx.ConnectError("refused"),
            httpx.Response(503, json={"title": "Not now"}),
            httpx.Response(200, content=FRAMES[1]),
            ends,
        ]
    )
    pauses: list[float] = []
    events = followed(stream, pause=pauses.append)
    assert [next(events).id, next(events).id] == ["1", "2"]
    with pytest.raises(Misused, match="401: A valid token"):
        next(events)
    assert resumed == ["", "1", "1", "1", "2"]
    assert pauses == [1.0, 2.0, 4.0, 1.0]


def test_a_service_that_is_not_there_is_said_so_at_once() -> None:
    stream, _ = client([httpx.ConnectError("refused")])
    with pytest.raises(Unavailable, match="does not answer"):
        next(followed(stream))
