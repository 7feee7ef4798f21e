"""`fusion watch`: the live stream of alerts in a terminal.

One plain line an event where it is no terminal. A connection that ends is taken up again where it
ended, by the id of the last frame; nothing is shown twice.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from fusion.cli.options import add_url, command
from fusion.domain.errors import Misused, Unavailable
from fusion.settings import Settings

# The service pings every 15 s: after three in vain the connection is dead.
SILENCE_SECONDS = 45.0
CONNECT_SECONDS = 10.0
MAX_PAUSE_SECONDS = 30.0
_FILTERS = ("status", "pattern", "domain", "agency", "severity")
_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: its kind, its id, what it says."""

    kind: str
    id: str
    said: dict[str, Any]


def run(arguments: list[str], _settings: Settings) -> int:
    """Follow the stream until told to end."""
    parser = command("watch", "The live stream of alerts.")
    add_url(parser)
    parser.add_argument("--purpose", metavar="P", help="for what you act")
    parser.add_argument("--case", metavar="ID", help="in which case you act")
    for name in _FILTERS:
        parser.add_argument(f"--{name}", action="append", default=[], help="may be repeated")
    asked = parser.parse_args(arguments)
    headers = {"Authorization": f"Bearer {asked.token}", "Accept": "text/event-stream"}
    stated = {"Fusion-Purpose": asked.purpose, "Fusion-Case": asked.case}
    headers |= {name: value for name, value in stated.items() if value is not None}
    timeout = httpx.Timeout(CONNECT_SECONDS, read=SILENCE_SECONDS)
    query = {name: getattr(asked, name) for name in _FILTERS}
    show = _shown_in_colour(Console()) if sys.stdout.isatty() else _shown_plainly
    with httpx.Client(base_url=asked.url, headers=headers, params=query, timeout=timeout) as client:
        for event in followed(client):
            for line in lines_of(event):
                show(line)
    return 0


def followed(
    client: httpx.Client, *, pause: Callable[[float], None] = time.sleep
) -> Iterator[Event]:
    """The events of the stream, over as many connections as it takes.

    Unavailable where the first one can't be made; Misused where the service refuses.
    """
    last: str | None = None
    failures = 0
    while True:
        headers = {} if last is None else {"Last-Event-ID": last}
        try:
            with client.stream("GET", "/v1/alerts/stream", headers=headers) as answer:
                _require_stream(answer)
                for event in events_of(answer.iter_lines()):
                    last, failures = event.id or last, 0
                    yield event
        except httpx.TransportError as error:
            if last is None:
                raise Unavailable(f"the service does not answer: {error}") from None
        failures += 1
        pause(min(MAX_PAUSE_SECONDS, 0.5 * 2**failures))


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """The events that the lines of a stream hold (WHATWG HTML, section 9.2.6)."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                said = json.loads(fields["data"])
                yield Event(fields.get("event", "message"), fields.get("id", ""), said)
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name:
            fields[name] = (
                f"{fields[name]}\n{value}" if name == "data" and name in fields else value
            )


def lines_of(event: Event) -> Iterator[dict[str, str]]:
    """What is shown of an event: a line for each alert or pointer, by its parts in their order."""
    pointers = [event.said] if event.kind == "pointer" else event.said.get("pointers", ())
    yield from map(_line_of_pointer, pointers)
    if event.kind == "pointer":
        return
    if event.kind == "published":
        yield _line_of_publication(event.said)
        return
    alerts = event.said["items"] if event.kind == "snapshot" else [event.said]
    for alert in alerts:
        parts = {
            "at": alert.get("at", ""),
            "event": event.kind,
            "severity": alert.get("severity", ""),
            "alert": f"{alert.get('alert', '')} v{alert.get('version', '')}",
            "title": alert.get("title", ""),
            "agencies": ",".join(alert.get("agencies", ())),
        }
        yield {name: _printable(part) for name, part in parts.items() if part}


def _line_of_pointer(pointer: dict[str, Any]) -> dict[str, str]:
    parts = {
        "event": "lapsed" if pointer.get("lapsed") else "pointer",
        "desk": f"call {pointer['desk']}",
        "anchor": f"about {pointer['anchor']}",
        "title": pointer["text"],
        "handle": pointer["handle"],
    }
    return {name: _printable(part) for name, part in parts.items()}


def _line_of_publication(said: dict[str, Any]) -> dict[str, str]:
    now = [f"{each['pattern']} v{each['version']}" for each in said["patterns"]]
    gone = [f"{slug} withdrawn" for slug in said["withdrawn"]]
    parts = {"at": said["at"], "event": "published", "title": ", ".join([*now, *gone])}
    return {name: _printable(part) for name, part in parts.items()}


def _require_stream(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.OK:
        return
    answer.read()
    try:
        title = answer.json()["title"]
    except (ValueError, KeyError, TypeError):
        title = "no stream of alerts there"
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise httpx.ConnectError(f"{answer.status_code}: {title}")
    raise Misused(f"the service answers {answer.status_code}: {title}")


def _printable(text: str) -> str:
    """Text that moves no cursor and rings no bell."""
    return "".join(each if each.isprintable() else " " for each in text)


def _shown_plainly(line: dict[str, str]) -> None:
    print("  ".join(line.values()), flush=True)


def _shown_in_colour(console: Console) -> Callable[[dict[str, str]], None]:
    def show(line: dict[str, str]) -> None:
        style = "dim" if line["event"] == "withdrawn" else _STYLES.get(line.get("severity", ""), "")
        text = Text("  ").join(
            Text(part, style=style if name in {"severity", "title"} else "dim")
            for name, part in line.items()
        )
        console.print(text, soft_wrap=True)

    return show
