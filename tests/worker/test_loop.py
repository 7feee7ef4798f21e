"""The worker works a store on only with the log that it was made of."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from fusion.domain.clock import ScriptedClock
from fusion.domain.errors import Misused, Unavailable
from fusion.events.catalog import KeyCreated, NamespaceOpened
from fusion.events.codec import encode, signal_envelope
from fusion.events.envelope import Envelope, Recorded
from fusion.events.kafka_cluster import Cluster
from fusion.events.kafka_log import KafkaLog
from fusion.events.log import EventLog
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.fusing.step import Step
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory
from fusion.worker.loop import Worker
from tests.broker import Broker
from tests.e2e.service import signal_document
from tests.simulation.logged import EVE, House, registry_document, registry_envelope
from tests.simulation.tiny import RULES


def log_of(name: str, *, registries: int = 1) -> MemoryLog:
    """A namespace with a key of its own."""
    log = MemoryLog(ScriptedClock(EVE))
    key = base64.b64encode(name.encode()).decode()
    opened = NamespaceOpened(name=name, kind="live", seed=None, levels=("OPEN", "SECRET"))
    log.append([encode(opened, source="/fusion/opening", id="namespace")])
    log.append([encode(KeyCreated(purpose=HANDLE_KEY, key=key), source="/fusion/opening", id="k")])
    for number in range(registries):
        log.append([registry_envelope(str(number), registry_document())])
    return log


def house_over(log: EventLog) -> House:
    house = House(RULES[0], log, Random(1))
    house.catch_up()
    return house


def worker_on(log: EventLog, house: House) -> Worker:
    return Worker(log, house.store, Step(house.store, house.rules), FoldedDirectory())


def test_a_store_is_worked_on_with_its_own_log() -> None:
    log = log_of("live:1")
    house = house_over(log)
    log.append([registry_envelope("more", registry_document())])
    assert worker_on(log, house).catch_up() == 1


def test_a_signal_goes_by_the_policy_it_was_accepted_under_whatever_was_read_before_it(
    broker: Broker, tmp_path: Path
) -> None:
    """Read as it came, the signal precedes the second registry; read anew, all of one moment do."""
    cluster = Cluster((broker.plain,), "worker-policy", partitions=2)
    with closing(KafkaLog(cluster, tmp_path / "log", ScriptedClock(EVE))) as log:
        log.append([e.envelope for e in log_of("live:1").read(Position.start(), 9)[1:]])
        live = house_over(log)
        log.append([signal_of("/a/x", "before")])
        live.catch_up()
        log.append([registry_envelope("more", registry_document(["/a/x"]))])
        live.catch_up()
        log.append([signal_of("/a/x", "after")])
        live.catch_up()
        rebuilt = house_over(log)
        order = [e.envelope.id for e in log.read(Position.start(), 99)]
        assert order.index("more") < order.index("before")
        for house in (live, rebuilt):
            epochs = [epoch_of(house, id_) for id_ in ("before", "after")]
            assert epochs == [epoch_of(live, "before"), epoch_of(live, "before") + 1]
        assert worker_on(log, live).catch_up() == 0


class Interrupted(MemoryLog):
    """A log that does not answer now and then, as one on another machine."""

    refusals = 0

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("nobody answers")
        return super().read(after, limit, until=until)


def test_a_log_that_does_not_answer_is_waited_for_and_nothing_is_lost() -> None:
    whole = log_of("live:1", registries=2)
    log = Interrupted(ScriptedClock(EVE))
    events = [e.envelope for e in whole.read(Position.start(), 99)[1:]]
    log.append(events[:3])
    house = house_over(log)
    worker, waits = worker_on(log, house), iter(range(9))
    log.append(events[3:])
    log.refusals = 4
    worker.run(wait=lambda: None, is_stopping=lambda: next(waits) == 8)
    assert (log.refusals, house.store.position()) == (0, log.head())


def signal_of(source: str, id_: str) -> Envelope:
    document = signal_document(id_, source)
    return signal_envelope(document, ceiling="A1", publisher="one")


def epoch_of(house: House, id_: str) -> int:
    event = house.store.event("/a/x", id_)
    assert event is not None
    return event.epoch


def test_the_store_of_another_namespace_is_refused() -> None:
    house = house_over(log_of("live:1"))
    with pytest.raises(Misused, match="made of another log: fusion rebuild"):
        worker_on(log_of("exercise:x"), house)


def test_a_store_that_is_ahead_of_its_log_is_refused() -> None:
    house = house_over(log_of("live:1", registries=3))
    with pytest.raises(Misused, match="ahead of its log: fusion rebuild"):
        worker_on(log_of("live:1"), house)
