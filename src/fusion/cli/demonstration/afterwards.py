"""Afterwards: what to try next, each a command that works as it is printed.

After a run whose service was kept, commands that ask it; else such as need none.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fusion.cli.demonstration.reckoning import Reckoning
from fusion.cli.demonstration.scenario import Reading, Scenario


@dataclass(frozen=True, slots=True)
class Try:
    """A command and what it shows."""

    shows: str
    command: str


def tries_without(scenario: Scenario, *, asked_for: str, noise: int) -> Iterator[Try]:
    """Three commands that need no service; `asked_for` is how the scenario was named."""
    fusion, named = program(), shlex.quote(asked_for)
    yield Try("the same, and the service left up", f"{fusion} demo --scenario {named} --keep")
    yield Try(
        "inside twice as many ordinary signals",
        f"{fusion} demo --scenario {named} --noise {2 * noise or 20}",
    )
    files = f"{_path(scenario.signals_file)} --registry {_path(scenario.registry_file)}"
    yield Try(
        "its signals alone, offline: entities, links, alerts and their digest",
        f"{fusion} fuse {files} --out fused-{scenario.slug}",
    )


def tries_with(reckoning: Reckoning, *, url: str, data: Path) -> Iterator[Try]:
    """Three commands that ask a service that was left up."""
    scenario = reckoning.scenario
    main = reckoning.main
    name = main.told.reader if main else scenario.readers[0].name
    reading = next(each for each in scenario.readers if each.name == name)
    token = f"$({program()} token reader {name} --agency {reading.agency} --data {_path(data)})"
    purpose = f" --purpose {reading.purpose}" if reading.purpose else ""
    case = f" --case {reading.case}" if reading.case else ""
    yield Try(
        f"the alerts that stand for {name}, and what comes next",
        f"{program()} watch --url {url} --token {token}{purpose}{case}",
    )
    curl = f'curl -sG -H "Authorization: Bearer {token}"{_headers(reading)}'
    alert = f"/{main.told.alert}/explanation" if main else ""
    yield Try(
        "why the alert stands, with each holder's weight",
        f"{curl} {url}/v1/alerts{alert} | {_python()} -m json.tool",
    )
    yield Try(*_third(reckoning, f"{curl} {url}", name))


def _third(reckoning: Reckoning, asking: str, reader: str) -> tuple[str, str]:
    """Why two mentions are one or two, where the scenario parts some; else who is known."""
    for promise in reckoning.scenario.promises:
        parting = promise.parting
        if parting is not None and reckoning.partings[promise.name][reader].after.one:
            pair = f"--data-urlencode a={parting.one} --data-urlencode b={parting.other}"
            return (
                "why the two are held to be one, or not",
                f"{asking}/v1/why {pair} | {_python()} -m json.tool",
            )
    return "the signals that the reader may know", f"{asking}/v1/signals | {_python()} -m json.tool"


def program() -> str:
    """How this program was called, as far as it can be called so again."""
    path = Path(sys.argv[0])
    return _path(path) if path.name == "fusion" else f"{_python()} -m fusion"


def _python() -> str:
    return _path(Path(sys.executable))


def _headers(reading: Reading) -> str:
    stated = {"Fusion-Purpose": reading.purpose, "Fusion-Case": reading.case}
    return "".join(f" -H {name}:{value}" for name, value in stated.items() if value)


def _path(path: Path) -> str:
    """A path as one would type it here."""
    absolute, here = path.absolute(), Path.cwd()
    shown = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    return shlex.quote(str(shown))
