"""A right signal, and what validation says of one that differs from it."""

from __future__ import annotations

from typing import Any

from fusion.access.publisher import PublisherRights
from fusion.domain.clock import parse_moment
from fusion.domain.compiling import Community
from fusion.domain.errors import Fault
from fusion.domain.signal import SUBMITTED, SignalEvent
from fusion.intake.validate import validate
from fusion.vocabulary.loaded import load_vocabulary

VOCABULARY = load_vocabulary()
COMMUNITY = Community(
    handle_key=b"a key of these tests",
    domestic=frozenset({"fbi", "cia"}),
    partners=frozenset({"mi6"}),
)
RIGHTS = PublisherRights(
    name="fbi-phoenix",
    source="/fbi/phoenix",
    ceiling="B2",
    level="SECRET",
    compartments=frozenset({"K"}),
)
NOW = parse_moment("2001-07-10T12:00:00Z")
MARKING: dict[str, Any] = {"level": "OFFICIAL", "releasable_to": ["cia"], "discovery": "agencies"}
DATA: dict[str, Any] = {
    "marking": MARKING,
    "mentions": [
        {"ref": "m1", "schema": "Person", "properties": {"name": ["Usama Bin Ladin"]}},
        {"ref": "m2", "schema": "Organization", "properties": {"name": ["flight schools"]}},
    ],
}


def event(**attributes: Any) -> dict[str, Any]:
    """A right event; an attribute that is `...` is left out."""
    whole = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": "/fbi/phoenix",
        "id": "EC-1",
        "time": "2001-07-10T00:00:00Z",
        "datacontenttype": "application/json",
        "data": DATA,
        **attributes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def judged(
    document: Any,
    *,
    publisher: PublisherRights | None = RIGHTS,
    community: Community = COMMUNITY,
) -> SignalEvent | list[Fault]:
    """What validation makes of a document."""
    return validate(
        document, publisher=publisher, community=community, vocabulary=VOCABULARY, now=NOW
    )


def pointers(document: Any, **circumstances: Any) -> list[str]:
    """Where the faults of a document are, in order; none for one that passes."""
    found = judged(document, **circumstances)
    return [] if isinstance(found, SignalEvent) else sorted(fault.pointer for fault in found)


def of_data(**members: Any) -> list[str]:
    """Where the faults are of the right signal with other members of `data`."""
    return pointers(event(data={**DATA, **members}))
