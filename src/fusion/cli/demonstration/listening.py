"""Listening: each reader's open stream, and what the reader may ask beside it.

A thread for each reader follows the stream into a queue; what a reader has is kept up from the
frames alone. The list of alerts says when the stream has told all that stands: whoever waits for
that never waits for a span of time. One that lags for a minute ends the demonstration.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import httpx

from fusion.cli.demonstration.decision import ReaderDecision
from fusion.cli.demonstration.promise import Sighting
from fusion.cli.demonstration.scenario import Reading
from fusion.cli.demonstration.told import (
    Explanation,
    Kind,
    Pointed,
    Telling,
    explanation_of,
    foresight_of,
    telling,
)
from fusion.cli.watch import Event, followed
from fusion.domain.errors import Misused, Unavailable

PATIENCE_SECONDS = 60.0
_PAGE = 200
_STREAM_TIMEOUT: Final = httpx.Timeout(10.0, read=45.0)


class _Over(Exception):
    """The listener was told to stop."""


class Inbox:
    """What one reader has, kept up by the frames of a stream (CONTRACT.md section 3)."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._alerts: dict[str, Mapping[str, Any]] = {}
        self._snapshot: list[Mapping[str, Any]] = []
        self._pointers: dict[str, Mapping[str, Any]] = {}
        self._in_snapshot: list[Mapping[str, Any]] = []
        self._fresh: list[Mapping[str, Any]] = []

    @property
    def handles(self) -> set[str]:
        """The handles of the pointers that the reader has."""
        return set(self._pointers)

    def pointed(self) -> list[Mapping[str, Any]]:
        """The pointers that came since the last time."""
        fresh, self._fresh = self._fresh, []
        return fresh

    @property
    def versions(self) -> dict[str, int]:
        """The alerts that the reader has, with their versions."""
        return {name: alert["version"] for name, alert in self._alerts.items()}

    def take(self, event: Event) -> list[Telling]:
        """Take in one frame, and what it told; what comes later than this program, nothing."""
        if event.kind == "snapshot":
            self._snapshot += event.said["items"]
            self._in_snapshot += event.said["pointers"]
            if not event.said["complete"]:
                return []
            snapshot, self._snapshot = self._snapshot, []
            self._replace_pointers()
            return self._replaced(snapshot)
        if event.kind == "withdrawn":
            self._alerts.pop(event.said["alert"], None)
            return [telling(self._reader, "withdrawn", event.said)]
        if event.kind == "pointer":
            self._point(event.said)
        if event.kind not in {"raised", "changed"}:
            return []
        self._alerts.pop(event.said.get("replaces", ""), None)
        self._alerts[event.said["alert"]] = event.said
        kind: Kind = "raised" if event.kind == "raised" else "changed"
        return [telling(self._reader, kind, event.said)]

    def _point(self, pointer: Mapping[str, Any]) -> None:
        if pointer.get("lapsed"):
            self._pointers.pop(pointer["handle"], None)
        elif pointer["handle"] not in self._pointers:
            self._pointers[pointer["handle"]] = pointer
            self._fresh.append(pointer)

    def _replace_pointers(self) -> None:
        before, now = self._pointers, {each["handle"]: each for each in self._in_snapshot}
        self._pointers, self._in_snapshot = now, []
        self._fresh += [each for handle, each in now.items() if handle not in before]

    def _replaced(self, snapshot: list[Mapping[str, Any]]) -> list[Telling]:
        """A snapshot stands in for what the reader had: what differs is what it tells."""
        before, self._alerts = self._alerts, {alert["alert"]: alert for alert in snapshot}
        kinds: list[tuple[Kind, Mapping[str, Any]]] = []
        for name, alert in self._alerts.items():
            if name not in before:
                kinds.append(("raised", alert))
            elif alert["version"] != before[name]["version"]:
                kinds.append(("changed", alert))
        gone = [alert for name, alert in before.items() if name not in self._alerts]
        kinds += [("withdrawn", alert) for alert in gone]
        return [telling(self._reader, kind, alert) for kind, alert in kinds]


class Listener:
    """One reader, with an open stream. All but the following is done by the caller's thread."""

    def __init__(self, reading: Reading, url: str, token: str) -> None:
        self.reading = reading
        self._inbox = Inbox(reading.name)
        headers = {"Authorization": f"Bearer {token}"}
        stated = {"Fusion-Purpose": reading.purpose, "Fusion-Case": reading.case}
        headers |= {name: value for name, value in stated.items() if value is not None}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)
        self._stream = httpx.Client(
            base_url=url,
            headers=headers | {"Accept": "text/event-stream"},
            timeout=_STREAM_TIMEOUT,
            event_hooks={"response": [self._note_connection]},
        )
        self._connection: socket.socket | None = None
        self._is_over = threading.Event()
        self._arrived: queue.Queue[Event | Exception] = queue.Queue()
        self._circumstantial: dict[str, bool] = {}
        self._thread = threading.Thread(target=self._follow, name=reading.name, daemon=True)

    def start(self) -> list[Telling]:
        """Open the stream, and what stands already."""
        self._thread.start()
        while True:
            event = self._next()
            told = self._inbox.take(event)
            if event.kind == "snapshot" and event.said["complete"]:
                return told

    def stop(self) -> None:
        """Let the stream go."""
        self._is_over.set()
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_SECONDS)
        self._stream.close()
        self._client.close()

    def judge(self, decision: ReaderDecision) -> None:
        """Judge two mentions, and wait until that is fused."""
        body = decision.model_dump(include={"a", "b", "verdict", "reason", "because"})
        try:
            answer = self._client.post("/v1/judgements?wait=fused", json=body)
        except httpx.TransportError as error:
            raise Unavailable(f"the service does not answer: {error}") from None
        if not answer.is_success:
            raise Misused(f"{self.reading.name} may not judge so: {answer.json()['title']}")
        if not answer.json()["fused"]:
            raise Unavailable(f"what {self.reading.name} judged is taken and not fused")

    # --- the stream

    def told(self) -> list[Telling]:
        """What the stream told since the last time, up to all that stands now."""
        standing = self._standing()
        pointed = {pointer["handle"] for pointer in self._pages("/v1/pointers")}
        found: list[Telling] = []
        # What lapsed may still be on its way; whom the reader is pointed to has to be there.
        while self._inbox.versions != standing or not pointed <= self._inbox.handles:
            found += self._inbox.take(self._next())
        with suppress(queue.Empty):
            while True:
                found += self._inbox.take(self._raised_if_wrong(self._arrived.get_nowait()))
        return [self._explained(each) for each in found]

    def pointed(self, by: int) -> list[Pointed]:
        """Whom the reader was pointed to since the last time, by a moment (µs)."""
        return [
            Pointed(self.reading.name, each["handle"], each["desk"], each["anchor"], by)
            for each in self._inbox.pointed()
        ]

    def _next(self) -> Event:
        try:
            return self._raised_if_wrong(self._arrived.get(timeout=PATIENCE_SECONDS))
        except queue.Empty:
            raise Unavailable(f"the stream of {self.reading.name} tells nothing more") from None

    @staticmethod
    def _raised_if_wrong(event: Event | Exception) -> Event:
        if isinstance(event, Exception):
            raise event
        return event

    def _follow(self) -> None:
        """The thread: frames into the queue until it is told to stop; what goes wrong too."""
        try:
            for event in followed(self._stream, pause=self._pause):
                self._arrived.put(event)
        except _Over:
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must hear it
            self._arrived.put(error)

    def _pause(self, seconds: float) -> None:
        if self._is_over.wait(seconds):
            raise _Over

    def _note_connection(self, answer: httpx.Response) -> None:
        self._connection = answer.extensions["network_stream"].get_extra_info("socket")

    # --- what a reader may ask

    def alert(self, name: str) -> Mapping[str, Any] | None:
        """An alert by any name that it answers to; None where there is none to know of."""
        return self._asked(f"/v1/alerts/{name}")

    def sees(self, signal: str) -> bool:
        """Whether the reader may know a signal in full."""
        return self._asked(f"/v1/signals{signal}") is not None

    def tearlines(self, agency: str, day: str) -> Iterator[str]:
        """The texts of the tear-lines of an agency's day that the reader may know."""
        query = {"agency": agency, "from": day, "to": day}
        for signal in self._pages("/v1/signals", **query):
            if signal["rung"] == "tearline":
                yield signal["data"]["summary"]

    def sighting(self, one: str, other: str) -> Sighting:
        """The mentions of the entities of two mentions."""
        return Sighting(self._mentions_with(one), self._mentions_with(other))

    def _mentions_with(self, mention: str) -> frozenset[str]:
        entity = self._asked("/v1/entities", mention=mention)
        return frozenset(entity["mentions"]) if entity is not None else frozenset()

    def _standing(self) -> dict[str, int]:
        """The alerts that stand for the reader, with their versions."""
        pages = self._pages("/v1/alerts", status="raised")
        return {alert["alert"]: alert["version"] for alert in pages}

    def _explained(self, told: Telling) -> Telling:
        """A telling with its explanation, where the version that was told still stands."""
        if told.kind == "withdrawn" or self._inbox.versions.get(told.alert) != told.said["version"]:
            return told
        answer = self._asked(f"/v1/alerts/{told.alert}/explanation")
        if answer is None:
            return told
        explained = replace(told, explanation=self._explanation(answer))
        return self._foreseen(explained) if explained.rests_on_scenario else explained

    def _foreseen(self, told: Telling) -> Telling:
        """The same with what its fragments would have meant, had each been shared."""
        answer = self._asked(f"/v1/alerts/{told.alert}/foresight")
        return told if answer is None else replace(told, foresight=foresight_of(answer))

    def _explanation(self, answer: Mapping[str, Any]) -> Explanation:
        facts = [each["fact"] for each in answer["evidence"] if each["bits"] > 0]
        return explanation_of(answer, circumstantial=filter(self._states_circumstances, facts))

    def _states_circumstances(self, fact: str) -> bool:
        name, _, place = fact.rpartition("#activities/")
        if not name:
            return False
        if fact not in self._circumstantial:
            signal = self._asked(f"/v1/signals{name}")
            activities = signal["data"].get("activities", ()) if signal else ()
            known = int(place) < len(activities) and activities[int(place)].get("circumstances")
            self._circumstantial[fact] = bool(known)
        return self._circumstantial[fact]

    def _pages(self, path: str, **query: str) -> Iterator[Mapping[str, Any]]:
        asked: dict[str, str] = {**query, "limit": str(_PAGE)}
        while True:
            page = self._asked(path, **asked)
            assert page is not None, "a list is there for everybody"
            yield from page["items"]
            if page["next"] is None:
                return
            asked["cursor"] = page["next"]

    def _asked(self, path: str, **query: str) -> Mapping[str, Any] | None:
        """An answer; None for a 404."""
        try:
            answer = self._client.get(path, params=query)
        except httpx.TransportError as error:
            raise Unavailable(f"the service does not answer: {error}") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise Misused(f"{self.reading.name}: the service answers {answer.status_code}")
        found: Mapping[str, Any] = answer.json()
        return found


@contextmanager
def listeners(
    readings: Sequence[Reading], url: str, tokens: Mapping[str, str]
) -> Iterator[list[Listener]]:
    """A listener for each reader, none started yet; all stopped at the end."""
    opened = [Listener(reading, url, tokens[reading.name]) for reading in readings]
    try:
        yield opened
    finally:
        for listener in opened:
            listener.stop()
