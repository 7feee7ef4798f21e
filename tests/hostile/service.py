"""A service with something in it, two readers of different rights, and a publisher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.contract import OPEN, exercise, got, person, signal, walked

_BANK = {
    "ref": "m1",
    "schema": "Company",
    "properties": {"name": ["Harrowgate Meridian Savings"], "registrationNumber": ["774401928"]},
}
_TOLD = (
    ("/river/gauges", {"code": "uninsured-deposits-share"}),
    ("/bank/markets", {"code": "failed-capital-raising"}),
    ("/bank/press", {"code": "funding-rumour", "circumstances": ["public-spread"]}),
    ("/river/gauges", {"code": "withdrawal-surge", "circumstances": ["above-baseline"]}),
)


@dataclass(frozen=True)
class Besieged:
    """Those who ask, and names that exist, by the beginning of the paths that they stand in."""

    clients: Mapping[str, httpx.Client]
    names: Mapping[str, list[str]]


@contextmanager
def besieged(folder: Path) -> Iterator[Besieged]:
    """The service, while it is asked."""
    with exercise(folder) as town:
        for number, (source, activity) in enumerate(_TOLD):
            said = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
            town.post(
                signal(
                    f"s{number}",
                    source,
                    time="2015-03-09T00:00:00Z",
                    marking=OPEN,
                    grading={"source": "A", "information": 2},
                    mentions=[_BANK, person("m2", "Thora Ingeborg Vasselkamp")],
                    activities=[{**activity, **said}],
                )
            )
        rita = town.reader(
            "rita",
            "--agency river --level SECRET --purpose prevention --case c-1",
            purpose="prevention",
            case="c-1",
        )
        clients = {
            "rita": rita,
            "rolf": town.reader("rolf", "--agency upstream --nation be --level OPEN"),
            "gauge": town.publisher("/river/gauges"),
        }
        entity = got(rita, "/entities", mention="/river/gauges/s0#m1")["entity"]
        alerts = [each["alert"] for each in walked(rita, "/alerts", limit=200)]
        assert alerts, "there is an alert to ask for"
        names = {
            "/v1/alerts/": alerts,
            "/v1/entities/": [entity],
            "/v1/signals/": ["river/gauges/s0", "bank/press/s2"],
        }
        yield Besieged(clients, names)
