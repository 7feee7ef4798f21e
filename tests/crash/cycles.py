"""Cycles: a service under load is killed, and what it had said is held against what it kept.

Law 8: acknowledged means durable, and `kill -9` at any point loses nothing and doubles nothing; law
3: what the store holds then is what the log says. One cycle is one death (or one other accident)
and the life after it.
"""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from fusion import rebuilding
from fusion.assembly import LOG_FILE
from fusion.domain.clock import WallClock
from fusion.events.crash_point import LABELS
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from fusion.settings import Settings
from tests.crash import lives
from tests.crash.lives import Life, Plant
from tests.e2e.service import publisher_token, registered, signal_document

# Long enough for several commits of either process, short enough for many cycles.
_SECONDS = (0.01, 0.6)
# A life that is not killed by a label soon is killed by the test.
_POSTS = 40
_FREE_BYTES = 40_000
# Of ten seconds each: what a cycle posts is worked in within the first, on an idle machine.
_WAITS = 12
# A clock is set ahead for one life, and so back again for the next. (Set further back than a token
# is old it would make the token one of the future, which is refused.)
_CLOCK_SECONDS = (60, 3_600, 43_200)
_CODES = ("uninsured-deposits-share", "failed-capital-raising", "withdrawal-surge")


@dataclass
class Count:
    """What a run of cycles came to."""

    cycles: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    divergent: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.divergent)

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.cycles.items()))
        return (
            f"{self.cycles.total()} cycles ({kinds}): {self.acknowledged} signals acknowledged, "
            f"{self.unanswered} unanswered; {self.lost} lost, {self.doubled} doubled, "
            f"{self.divergent} divergent stores"
        )


class Directory:
    """One data directory, through many lives of its two processes."""

    def __init__(self, data: Path, random: Random, count: Count) -> None:
        self.data = registered(data)
        self._settings = Settings(data=data)
        self._random, self._count = random, count
        headers = {"Authorization": f"Bearer {publisher_token(data)}"}
        self._client = httpx.Client(headers=headers, timeout=lives.START_SECONDS)
        self._posted = 0
        self._acknowledged: set[str] = set()
        self._unanswered: list[dict[str, Any]] = []

    def close(self) -> None:
        self._client.close()

    def cycle(self, kind: str) -> None:
        """One accident of a kind under load, and then a life in which nothing happens."""
        api_plant, worker_plant = PLANTS.get(kind, _unharmed)(self._random, self.data)
        post = self._post_cut_off if kind == "connection cut" else self._post
        with self._serving(api_plant, worker_plant) as (api, worker):
            for _ in range(_POSTS):
                if api.has_died() or worker.has_died():
                    break
                post(api.said)
        with self._serving() as (api, _worker):
            self._post_again(api.said)
        self._count.cycles[kind] += 1
        self.hold_the_log()

    def verify(self) -> None:
        """Hold the store, once it has everything, against one that is made anew."""
        with self._serving() as (api, _worker):
            self._catch_up(api.said)
        found = rebuilding.verify(self.data, self._settings, lambda *_: None)
        self._count.divergent += bool(found.different)

    def _serving(self, api: Plant = lives.nothing, worker: Plant = lives.nothing) -> _Serving:
        return _Serving(self.data, self._settings, api, worker)

    # --- the load

    def _next(self) -> dict[str, Any]:
        """Something about one of a few banks; now and then it takes an earlier one back."""
        self._posted += 1
        name = f"s-{self._posted}"
        if self._random.random() < 0.1 and self._posted > 1:
            earlier = f"s-{self._random.randrange(1, self._posted)}"
            document = signal_document(name, "/river/gauges")
            return document | {
                "type": "fusion.signal.retracted.v1",
                "data": {"retracts": earlier, "reason": "an error"},
            }
        bank = self._random.randrange(8)
        properties = {"name": [f"Bank {bank:02}"], "registrationNumber": [f"7744{bank:05}"]}
        return signal_document(
            name,
            "/river/gauges",
            mentions=[{"ref": "m1", "schema": "Company", "properties": properties}],
            activities=[{"code": self._random.choice(_CODES), "objects": ["m1"]}],
            grading={"source": "A", "information": 2},
        )

    def _post(self, url: str) -> None:
        """One batch: what is answered counts as acknowledged, the rest as unanswered."""
        documents = [self._next() for _ in range(self._random.choice((1, 1, 3, 20)))]
        self._unanswered += documents
        with suppress(httpx.TransportError):
            self._note(self._client.post(f"{url}/v1/signals", **_batch(documents)))

    def _note(self, answer: httpx.Response) -> None:
        if answer.status_code != httpx.codes.OK:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            assert "retry-after" in answer.headers
            return
        for result in answer.json()["results"]:
            assert result["status"] in {"accepted", "duplicate"}, result
            is_new = result["id"] not in self._acknowledged
            # Accepted again would be another event: this one was acknowledged before.
            self._count.doubled += result["status"] == "accepted" and not is_new
            self._acknowledged.add(result["id"])
            self._count.acknowledged += is_new
        told = {result["id"] for result in answer.json()["results"]}
        self._unanswered = [each for each in self._unanswered if each["id"] not in told]

    def _post_cut_off(self, url: str) -> None:
        """A client that is gone before it is answered, or in the middle of it."""
        documents = [self._next() for _ in range(20)]
        self._unanswered += documents
        request = self._client.build_request("POST", f"{url}/v1/signals", **_batch(documents))
        port = int(url.rpartition(":")[2])
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with socket.create_connection(("127.0.0.1", port)) as line:
            whole = f"POST /v1/signals HTTP/1.1\r\n{head}\r\n".encode() + request.content
            line.sendall(whole[: self._random.choice((len(whole), len(whole) - 7, 400))])
            line.settimeout(self._random.choice((0.001, 0.05)))
            with suppress(TimeoutError):
                line.recv(self._random.choice((1, 40)))

    def _post_again(self, url: str) -> None:
        """All that was not answered, until it is."""
        if self._unanswered:
            self._count.unanswered += len(self._unanswered)
            answer = self._client.post(f"{url}/v1/signals", **_batch(self._unanswered))
            assert answer.status_code == httpx.codes.OK, answer.text
            self._note(answer)
        assert not self._unanswered

    def _catch_up(self, url: str) -> None:
        """Until the worker has worked in all that there is."""
        for _ in range(_WAITS):
            document = self._next()
            self._unanswered.append(document)
            answer = self._client.post(f"{url}/v1/signals?wait=fused", **_batch([document]))
            self._note(answer)
            if answer.json()["fused"]:
                return
        raise TimeoutError(f"the worker lies behind after {_WAITS} waits")

    def hold_the_log(self) -> None:
        """Everything acknowledged stands in the log, once."""
        log = SqliteLog(self.data / LOG_FILE, WallClock())
        try:
            stored = Counter(
                each.envelope.id
                for each in log.read(Position.start(), 1_000_000)
                if each.envelope.source == "/river/gauges"
            )
        finally:
            log.close()
        self._count.lost += len(self._acknowledged - stored.keys())
        self._count.doubled += sum(1 for times in stored.values() if times > 1)


class _Serving:
    """The two processes of one life, ended at its end if they are still there."""

    def __init__(self, data: Path, settings: Settings, api: Plant, worker: Plant) -> None:
        self._data, self._settings, self._plants = data, settings, (api, worker)
        self._lives: list[Life] = []

    def __enter__(self) -> tuple[Life, Life]:
        api = lives.api(self._data, self._settings, self._plants[0])
        self._lives.append(api)
        worker = lives.worker(self._data, self._settings, self._plants[1])
        self._lives.append(worker)
        return api, worker

    def __exit__(self, failure: object, *_: object) -> None:
        for life in self._lives:
            life.kill() if failure else life.end()


def _batch(documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "content": json.dumps(documents),
        "headers": {"Content-Type": "application/cloudevents-batch+json"},
    }


# --- the accidents

Plants = tuple[Plant, Plant]


def _unharmed(_random: Random, _data: Path) -> Plants:
    return lives.nothing, lives.nothing


def _api_at_a_label(random: Random, _data: Path) -> Plants:
    return lives.dying_at(random.choice(LABELS), random.randint(1, 12)), lives.nothing


def _api_at_random(random: Random, _data: Path) -> Plants:
    return lives.dying_after(random.uniform(*_SECONDS)), lives.nothing


def _worker_around_its_commit(random: Random, _data: Path) -> Plants:
    where = random.choice(("before", "within", "after"))
    return lives.nothing, lives.dying_around_the_commit(where, random.randint(1, 6))


def _worker_at_random(random: Random, _data: Path) -> Plants:
    return lives.nothing, lives.dying_after(random.uniform(*_SECONDS))


def _both_at_random(random: Random, _data: Path) -> Plants:
    seconds = random.uniform(*_SECONDS)
    return lives.dying_after(seconds), lives.dying_after(seconds)


def _full_disk(random: Random, data: Path) -> Plants:
    free = random.randrange(_FREE_BYTES)
    files = [data / LOG_FILE, data / f"{LOG_FILE}-wal"]
    return lives.on_a_full_disk(free, *files), lives.nothing


def _clock_set(random: Random, _data: Path) -> Plants:
    return lives.with_a_clock_off_by(random.choice(_CLOCK_SECONDS)), lives.nothing


PLANTS: dict[str, Callable[[Random, Path], Plants]] = {
    "API killed at a label": _api_at_a_label,
    "API killed": _api_at_random,
    "worker killed at a label": _worker_around_its_commit,
    "worker killed": _worker_at_random,
    "both killed": _both_at_random,
    "disk full": _full_disk,
    "clock set": _clock_set,
    "connection cut": _unharmed,
}


def run(folder: Path, cycles: int, seed: int, *, fresh_every: int = 40) -> Iterator[Count]:
    """So many cycles, of every kind in turn; the count after each."""
    random, count = Random(seed), Count()
    kinds = list(PLANTS)
    directory: Directory | None = None
    for number in range(cycles):
        if directory is None or number % fresh_every == 0:
            if directory is not None:
                directory.verify()
                directory.close()
            directory = Directory(folder / str(number), random, count)
        directory.cycle(kinds[number % len(kinds)])
        yield count
    if directory is not None:
        directory.verify()
        directory.close()
        yield count
