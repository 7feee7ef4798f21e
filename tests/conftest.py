"""What holds for every test: how Hypothesis looks for worlds, and where Kafka is.

On a machine of a developer it looks somewhere new each time; in CI (`CI` is set) the same worlds
come every time, so that a submission fails for what it changed. A failure prints the blob that
replays it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.broker import Broker, Unfetched, jars, session_folder, shared_broker
from tests.postgres import Postgres, running_postgres

settings.register_profile(
    "house",
    # Time is no assertion: a world that takes long on a busy machine is not wrong.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One Apache Kafka for the whole session; skips where its jars can't be had."""
    try:
        jars()
    except Unfetched as why:
        pytest.skip(str(why))
    with shared_broker(session_folder()) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of this process; skips where it can't be had."""
    with running_postgres() as server:
        yield server
