from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from fusion.coordination.registry_file import read_document
from fusion.domain.clock import ScriptedClock, format_moment, parse_moment
from fusion.domain.errors import FusionError, Invalid, Misused
from fusion.domain.ids import SOURCE
from fusion.events.catalog import ClockTicked, NamespaceOpened
from fusion.events.codec import decode, encode
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.intake.administer import (
    Administration,
    AdvanceClock,
    Attributes,
    Command,
    ListGrants,
    LoadRegistry,
    PublisherToken,
    ReaderToken,
    RevokeGrants,
    SetGrants,
    TokenSeconds,
)
from fusion.projections.registry.directory import FoldedDirectory
from fusion.vocabulary.loaded import load_vocabulary

VOCABULARY = load_vocabulary()
REGISTRY = read_document((Path(__file__).parents[1] / "registry.yaml").read_text(encoding="utf-8"))
NOON = parse_moment("2024-05-01T12:00:00Z")


class Office:
    """An administration over a log in memory, with what a test looks at behind it."""

    def __init__(self, *, is_exercise: bool = False) -> None:
        self.clock = ScriptedClock(NOON)
        self.log = MemoryLog(self.clock)
        self.directory = FoldedDirectory()
        opened = NamespaceOpened(
            name="live:1", kind="live", seed=None, levels=("OPEN", "OFFICIAL", "SECRET")
        )
        self.log.append([encode(opened, source="/fusion/namespace", id="opened")])
        self.administration = Administration(
            self.log,
            self.directory,
            VOCABULARY,
            follow=lambda: self.directory.follow(self.log),
            mint=lambda kind, name, seconds: f"{kind} {name} {seconds}",
            seconds=TokenSeconds(publisher=86_400, reader=3600),
            advance=self.clock.advance if is_exercise else None,
        )

    def do(self, command: Command) -> dict[str, Any]:
        return self.administration.execute(command)

    @property
    def kinds(self) -> list[str]:
        """The kinds of events that administration brought into the log, in order."""
        events = self.log.read(Position.start(), 1000)
        own = [each.envelope.type for each in events if each.envelope.source != "/fusion/clock"]
        return own[1:]


@pytest.fixture
def office() -> Office:
    office = Office()
    office.do(LoadRegistry(document=REGISTRY))
    return office


def refused(office: Office, command: Command, words: str) -> None:
    """The command is refused in these words and leaves no trace."""
    before = office.log.head()
    with pytest.raises(FusionError, match=words):
        office.do(command)
    assert office.log.head() == before


# ------------------------------------------------------------------------------------- registry


def test_a_registry_stands_when_the_command_returns(office: Office) -> None:
    assert office.kinds == ["registry.loaded"]
    assert office.directory.registry().agency("river") is not None
    counts = office.do(LoadRegistry(document=REGISTRY))
    assert counts == {"agencies": 5, "posts": 6, "mechanisms": 5}
    assert office.kinds == ["registry.loaded"] * 2


def test_a_registry_that_drops_an_agency_is_refused(office: Office) -> None:
    document = copy.deepcopy(REGISTRY)
    document["agencies"] = [a for a in document["agencies"] if a["slug"] != "dredgers"]
    document["mechanisms"][-1].pop("auxiliary")
    refused(office, LoadRegistry(document=document), "dredgers")


def test_a_registry_that_is_none_is_refused_by_its_places(office: Office) -> None:
    with pytest.raises(Invalid) as caught:
        office.do(LoadRegistry(document={"agencies": []}))
    assert "/agencies" in {fault.pointer for fault in caught.value.faults}


def test_a_mechanism_answers_for_domains_that_there_are(office: Office) -> None:
    document = copy.deepcopy(REGISTRY)
    document["mechanisms"][1]["domains"] = ["ecological", "astral"]
    before = office.log.head()
    with pytest.raises(Invalid) as caught:
        office.do(LoadRegistry(document=document))
    places = [fault.pointer for fault in caught.value.faults]
    assert places == ["/mechanisms/1/domains/1"]
    assert office.log.head() == before


# ------------------------------------------------------------------------------------ publishers


def test_a_publisher_is_registered_once_and_found_again(office: Office) -> None:
    asked = PublisherToken(name="gauge", source="/river/gauges")
    assert office.do(asked) == {"token": "publisher gauge 86400"}
    assert office.do(asked) == {"token": "publisher gauge 86400"}
    assert office.kinds == ["registry.loaded", "publisher.registered"]
    rights = office.directory.publisher("gauge")
    assert rights is not None
    assert (rights.source, rights.ceiling, rights.level) == ("/river/gauges", "A1", "SECRET")
    assert rights.compartments == frozenset()


def test_what_is_stated_for_a_publisher_changes_it_and_the_rest_stays(office: Office) -> None:
    office.do(PublisherToken(name="gauge", source="/river", ceiling="B2", compartments=("K",)))
    token = office.do(PublisherToken(name="gauge", source="/river", level="OFFICIAL", seconds=60))
    assert token == {"token": "publisher gauge 60"}
    rights = office.directory.publisher("gauge")
    assert rights is not None
    assert (rights.ceiling, rights.level, rights.compartments) == ("B2", "OFFICIAL", {"K"})


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"source": "/cia/ctc"}, "names no agency 'cia'"),
        ({"source": "river"}, "is no source"),
        ({"source": "/river/"}, "is no source"),
        ({"source": "/river/tearline/x"}, "kept for tear-lines"),
        ({"source": "/bank", "ceiling": "A1"}, "above the ceiling of bank, B2"),
        ({"ceiling": "G9"}, "no Admiralty code"),
        ({"level": "COSMIC"}, "no level: there are OPEN, OFFICIAL, SECRET"),
        ({"compartments": ("a\0b",)}, "no compartment"),
        ({"name": "a b"}, "no name"),
        ({"name": ""}, "no name"),
    ],
)
def test_a_publisher_that_cannot_be_is_refused(
    office: Office, stated: dict[str, Any], words: str
) -> None:
    refused(office, PublisherToken(**{"name": "new", "source": "/river"} | stated), words)


def test_a_publisher_keeps_its_source(office: Office) -> None:
    office.do(PublisherToken(name="gauge", source="/river/gauges"))
    refused(office, PublisherToken(name="gauge", source="/bank"), "publishes under /river/gauges")


# --------------------------------------------------------------------------------------- readers


def test_a_reader_is_granted_the_least_of_what_is_not_stated(office: Office) -> None:
    token = office.do(ReaderToken(name="rita", stated=Attributes(agency="river")))
    assert token == {"token": "reader rita 3600"}
    assert office.do(ListGrants()) == {
        "readers": [
            {
                "name": "rita", "agency": "river", "nation": None, "level": "OPEN",
                "compartments": [], "groups": [], "roles": [], "purposes": [], "cases": [],
            }
        ]
    }  # fmt: skip


def test_a_reader_that_is_there_keeps_its_grants(office: Office) -> None:
    rita = Attributes(agency="river", level="SECRET", groups=("floods",))
    office.do(ReaderToken(name="rita", stated=rita))
    office.do(ReaderToken(name="rita", stated=Attributes(agency="river"), seconds=60))
    office.do(ReaderToken(name="rita", stated=Attributes()))
    office.do(ReaderToken(name="rita", stated=rita))
    assert office.kinds == ["registry.loaded", "grants.set"]
    other = Attributes(agency="river", level="OPEN")
    refused(office, ReaderToken(name="rita", stated=other), "fusion grants set")
    refused(office, ReaderToken(name="rita", stated=Attributes(agency="bank")), "is of river")


def test_grants_that_are_set_replace_all_that_was_granted(office: Office) -> None:
    office.do(SetGrants(name="rita", stated=Attributes(agency="river", groups=("floods",))))
    granted = office.do(SetGrants(name="rita", stated=Attributes(level="SECRET")))
    assert (granted["agency"], granted["level"], granted["groups"]) == ("river", "SECRET", [])
    assert office.do(ListGrants())["readers"] == [granted]


def test_revoked_grants_are_gone_when_the_command_returns(office: Office) -> None:
    office.do(SetGrants(name="rita", stated=Attributes(agency="river")))
    assert office.do(RevokeGrants(name="rita")) == {}
    assert office.directory.grants("rita") is None
    assert office.do(ListGrants()) == {"readers": []}
    refused(office, RevokeGrants(name="rita"), "rita has no grants")


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({}, "no reader new: say of which agency"),
        ({"agency": "cia"}, "names no agency 'cia'"),
        ({"agency": "river", "level": "COSMIC"}, "no level"),
        ({"agency": "river", "nation": "Utopia"}, "no country code"),
        ({"agency": "river", "purposes": ("curiosity",)}, "no purpose of the vocabulary"),
        ({"agency": "river", "groups": ("",)}, "no group"),
        ({"agency": "river", "cases": (" c",)}, "no case"),
    ],
)
def test_a_reader_that_cannot_be_is_refused(
    office: Office, stated: dict[str, Any], words: str
) -> None:
    refused(office, SetGrants(name="new", stated=Attributes(**stated)), words)
    refused(office, ReaderToken(name="new", stated=Attributes(**stated)), words)


def test_without_a_registry_there_is_nobody_to_give_a_token_to() -> None:
    office = Office()
    refused(office, ReaderToken(name="r", stated=Attributes(agency="river")), "names no agency")
    refused(office, PublisherToken(name="p", source="/river"), "names no agency")


def test_what_administration_writes_stands_under_sources_that_no_publisher_has(
    office: Office,
) -> None:
    office.do(PublisherToken(name="gauge", source="/river"))
    office.do(SetGrants(name="rita", stated=Attributes(agency="river")))
    events = office.log.read(Position.start(), 1000)
    sources = {each.envelope.source for each in events}
    assert all(source.startswith("/fusion/") and SOURCE.match(source) for source in sources)
    assert office.directory.registry().agency("fusion") is None


# ----------------------------------------------------------------------------------------- clock


def test_the_clock_of_a_live_directory_is_the_walls(office: Office) -> None:
    refused(office, AdvanceClock(moment=NOON + 1), "live directory")


def test_a_scripted_clock_moves_with_the_ticks_on_the_way_and_never_back() -> None:
    office = Office(is_exercise=True)
    later = parse_moment("2024-05-04T06:00:00Z")
    assert office.do(AdvanceClock(moment=later)) == {"clock": format_moment(later)}
    ticks = [decode(each) for each in office.log.read(Position.start(), 1000)][-3:]
    assert [tick.day for tick in ticks if isinstance(tick, ClockTicked)] == [19_845, 19_846, 19_847]
    assert office.clock.now() == later
    with pytest.raises(Misused, match="the clock stands at 2024-05-04T06"):
        office.do(AdvanceClock(moment=NOON))
