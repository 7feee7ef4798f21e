"""The service over a PostgreSQL store: rebuilt beside itself, found out, and cut off from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.e2e.contract import OPEN, Exercise, exercise, retraction, signal, snapshot, stream
from tests.e2e.service import ENVIRONMENT, done, fusion
from tests.e2e.test_rebuild import BANK, GRANTED, everything, side
from tests.postgres import Postgres

# Far more than a pool of connections can turn out to be cut.
_TRIES = 50


@dataclass
class Town:
    """A running exercise, and the database that its store is in."""

    exercise: Exercise
    postgres: Postgres
    database: str

    def run(self, statement: str) -> None:
        self.postgres.run(statement, self.database)


@pytest.fixture(scope="module")
def town(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    url = postgres.new_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "FUSION_STORE_URL", url)
        with exercise(tmp_path_factory.mktemp("postgres")) as running:
            running.post(*map(side, range(4)))
            running.post(signal("wrong", "/river/gauges", marking=OPEN, mentions=[BANK]))
            running.post(retraction("back", "wrong"))
            yield Town(running, postgres, url.split("?")[0].rpartition("/")[2])
        assert not list(running.data.glob("store*")), "the store is in the database alone"


@pytest.fixture(scope="module")
def rita(town: Town) -> httpx.Client:
    return town.exercise.reader("rita", GRANTED, purpose="prevention")


def test_a_rebuilt_store_takes_the_live_ones_place_and_nobody_notices(
    town: Town, rita: httpx.Client
) -> None:
    before, data = everything(rita), town.exercise.data
    assert before[1], "there is an alert to be kept"
    with stream(rita) as frames:
        snapshot(frames)
        assert done("rebuild", data=data) == "fusion_store_2 is the store now"
        assert everything(rita) == before
        other = {**BANK, "properties": {"name": ["Pellworm"], "registrationNumber": ["118804653"]}}
        town.exercise.advance("2015-03-10T00:01:00Z")
        town.exercise.post(*(side(number, other) for number in range(4)))
        # The next frame is what is new: no snapshot, for the stream never broke.
        frame = next(frames)
        assert (frame.kind, frame.said["agencies"]) == ("raised", ["bank", "river"])
    assert done("rebuild", data=data) == "fusion_store_3 is the store now"
    assert done("verify", data=data).startswith("the store is as the log has it: ")


def test_a_store_that_does_not_say_what_the_log_says_is_found_out(town: Town) -> None:
    data = town.exercise.data
    done("rebuild", data=data)
    town.run(
        "SELECT set_config('search_path', current, false) FROM fusion.choice;"
        " UPDATE signal SET agency = 'bank'"
    )
    code, out, err = fusion("verify", data=data)
    assert (code, out) == (1, "")
    assert "fusion: not as the log has it: signal /river/gauges/bank-774401928-0" in err
    done("rebuild", data=data)
    assert done("verify", data=data).startswith("the store is as the log has it: ")


def test_a_service_whose_connections_were_all_cut_goes_on(town: Town, rita: httpx.Client) -> None:
    before = everything(rita)
    town.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    statuses = []
    while (not statuses or statuses[-1] != 200) and len(statuses) < _TRIES:
        statuses.append(rita.get("/v1/alerts").status_code)
    assert set(statuses) <= {200, 503}
    assert everything(rita) == before
    # Waits until it is fused: by the worker, which had to come back too.
    town.exercise.post(signal("after", "/river/gauges", marking=OPEN))
    assert len(everything(rita)[0]) == len(before[0]) + 1
