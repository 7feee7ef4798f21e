"""The worker works a store on only with the log that it was made of."""

from __future__ import annotations

import base64
from random import Random

import pytest

from fusion.domain.clock import ScriptedClock
from fusion.domain.errors import Misused
from fusion.events.catalog import KeyCreated, NamespaceOpened
from fusion.events.codec import encode
from fusion.events.memory_log import MemoryLog
from fusion.fusing.step import Step
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory
from fusion.worker.loop import Worker
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


def house_over(log: MemoryLog) -> House:
    house = House(RULES[0], log, Random(1))
    house.catch_up()
    return house


def worker_on(log: MemoryLog, house: House) -> Worker:
    return Worker(log, house.store, Step(house.store, house.rules), FoldedDirectory())


def test_a_store_is_worked_on_with_its_own_log() -> None:
    log = log_of("live:1")
    house = house_over(log)
    log.append([registry_envelope("more", registry_document())])
    assert worker_on(log, house).catch_up() == 1


def test_the_store_of_another_namespace_is_refused() -> None:
    house = house_over(log_of("live:1"))
    with pytest.raises(Misused, match="made of another log: fusion rebuild"):
        worker_on(log_of("exercise:x"), house)


def test_a_store_that_is_ahead_of_its_log_is_refused() -> None:
    house = house_over(log_of("live:1", registries=3))
    with pytest.raises(Misused, match="ahead of its log: fusion rebuild"):
        worker_on(log_of("live:1"), house)
