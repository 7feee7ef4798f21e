"""What an operator does: load the registry, make tokens, move the clock.

Through the service's own socket in its data directory, with the commands of `fusion registry`,
`fusion token` and `fusion clock`: the demonstration has no other way in than they have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fusion.cli.demonstration.scenario import Publishing, Reading
from fusion.intake.administer import (
    AdvanceClock,
    Attributes,
    LoadRegistry,
    PublisherToken,
    ReaderToken,
    SetGrants,
)
from fusion.intake.control import ask

# A kept service can be looked at for a day.
TOKEN_SECONDS = 24 * 3600


class Operator:
    """Whoever may open the socket in a service's data directory."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def load_registry(self, document: dict[str, Any]) -> None:
        """Say who there is."""
        ask(self._data, LoadRegistry(document=document))

    def advance(self, moment: int) -> None:
        """Move the exercise's clock; Refused on a live directory, and back."""
        ask(self._data, AdvanceClock(moment=moment))

    def publisher_token(self, publishing: Publishing) -> str:
        """A token for an agency's system."""
        command = PublisherToken(
            name=publishing.name,
            source=publishing.source,
            ceiling=publishing.ceiling,
            level=publishing.level,
            compartments=publishing.compartments,
            seconds=TOKEN_SECONDS,
        )
        return str(ask(self._data, command)["token"])

    def grant(self, reading: Reading) -> None:
        """Grant somebody what the scenario says."""
        ask(self._data, SetGrants(name=reading.name, stated=_attributes(reading)))

    def reader_token(self, reading: Reading) -> str:
        """A token for a reader, who is granted what the scenario says."""
        stated = _attributes(reading)
        command = ReaderToken(name=reading.name, stated=stated, seconds=TOKEN_SECONDS)
        return str(ask(self._data, command)["token"])


def _attributes(reading: Reading) -> Attributes:
    return Attributes(
        agency=reading.agency,
        nation=reading.nation,
        level=reading.level,
        compartments=reading.compartments,
        groups=reading.groups,
        roles=reading.roles,
        purposes=reading.purposes,
        cases=reading.cases,
    )
