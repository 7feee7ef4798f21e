"""The made-up scenario stays what it says it is: valid, argued for, about lots and waters alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fusion.access.publisher import PublisherRights
from fusion.cli.demonstration.scenario import load_scenario, name_of, require_words
from fusion.coordination.registry_file import load_registry, require_domains
from fusion.domain.clock import parse_moment
from fusion.domain.compiling import Community
from fusion.domain.ids import agency_of, signal_of
from fusion.domain.signal import SignalEvent
from fusion.intake.validate import validate
from fusion.vocabulary.loaded import load_vocabulary

SCENARIO = load_scenario("contaminated-shipment")
FOLDER = SCENARIO.signals_file.parent
ARGUED = yaml.safe_load((FOLDER / "arguments.yaml").read_text(encoding="utf-8"))["signals"]
REGISTRY = load_registry(SCENARIO.registry)
VOCABULARY = load_vocabulary()
DOMESTIC = frozenset(each.slug for each in REGISTRY.agencies if each.is_domestic)
COMMUNITY = Community(
    handle_key=b"a key for the names of tear-lines",
    domestic=DOMESTIC,
    partners=frozenset(each.slug for each in REGISTRY.agencies) - DOMESTIC,
    offices=REGISTRY.offices,
    ceilings={each.slug: each.ceiling.code for each in REGISTRY.agencies},
)
LEVELS = ("OPEN", "OFFICIAL")

by_name = pytest.mark.parametrize("name", SCENARIO.by_name)


def inferences(content: dict[str, Any]) -> Iterator[str]:
    """Where a signal says what its author inferred: what must have a line of argument."""
    yield from (kind for kind in ("marking", "grading", "origin", "vetting") if kind in content)
    for kind in ("relations", "identities", "tearlines"):
        yield from (f"{kind}/{place}" for place in range(len(content.get(kind, []))))
    for place, activity in enumerate(content.get("activities", [])):
        for circumstance in activity.get("circumstances", []):
            yield f"activities/{place}/circumstances/{circumstance}"


@by_name
def test_every_signal_is_what_its_publisher_may_post(name: str) -> None:
    event = SCENARIO.by_name[name]
    publisher = SCENARIO.publisher_of(event["source"])
    assert publisher is not None
    rights = PublisherRights(
        name=publisher.name,
        source=publisher.source,
        ceiling=publisher.ceiling,
        level=publisher.level,
        compartments=frozenset(publisher.compartments),
    )
    found = validate(
        event,
        publisher=rights,
        community=COMMUNITY,
        vocabulary=VOCABULARY,
        now=parse_moment(event["time"]),
    )
    assert isinstance(found, SignalEvent), found
    assert found.fusionceiling == COMMUNITY.ceilings[agency_of(found.source)]


@by_name
def test_every_inference_has_one_line_of_argument(name: str) -> None:
    argued = ARGUED[name]
    wanted = set(inferences(SCENARIO.by_name[name]["data"]))
    assert wanted <= argued.keys()
    # Beside these only why a code was chosen, where the summary does not say it.
    codes = {
        f"activities/{place}"
        for place in range(len(SCENARIO.by_name[name]["data"].get("activities", [])))
    }
    assert argued.keys() <= wanted | codes
    assert all(line.strip() and "\n" not in line for line in argued.values())


def test_no_argument_is_without_a_signal() -> None:
    assert list(ARGUED) == list(SCENARIO.by_name)


@by_name
def test_no_person_is_named_and_none_is_weighed_against(name: str) -> None:
    content = SCENARIO.by_name[name]["data"]
    for part in (content, *content.get("tearlines", [])):
        assert "Person" not in {mention["schema"] for mention in part.get("mentions", [])}


@by_name
def test_a_claim_names_what_was_published_before(name: str) -> None:
    event = SCENARIO.by_name[name]
    for claim in event["data"].get("identities", []):
        if "#" in claim["b"]:
            assert SCENARIO.by_name[signal_of(claim["b"])]["time"] < event["time"]


def test_times_are_in_the_stated_span_and_no_two_at_one_moment() -> None:
    span = yaml.safe_load((FOLDER / "scenario.yaml").read_text(encoding="utf-8"))["span"]
    times = [signal["time"] for signal in SCENARIO.signals]
    assert times == sorted(set(times))
    assert [times[0][:10], times[-1][:10]] == [span["from"], span["to"]]


def test_every_office_that_publishes_is_registered_and_every_publisher_at_its_ceiling() -> None:
    assert {signal["source"] for signal in SCENARIO.signals} <= set(REGISTRY.offices)
    assert {each.source.strip("/"): each.ceiling for each in SCENARIO.publishers} == {
        slug: ceiling for slug, ceiling in COMMUNITY.ceilings.items() if slug != "civil-protection"
    }


def test_domestic_foreign_and_civil_agencies_publish() -> None:
    kinds = {each.slug: each.kind.value for each in REGISTRY.agencies}
    published = {kinds[agency_of(signal["source"])] for signal in SCENARIO.signals}
    assert published == {"domestic", "foreign", "civil"}


def test_it_is_about_none_of_what_security_is_and_its_domains_have_mechanisms() -> None:
    require_domains(REGISTRY, VOCABULARY)
    domains = {domain for each in REGISTRY.mechanisms for domain in each.domains}
    assert {"health", "ecological"} <= domains
    assert "security" not in domains


def test_readers_are_four_who_hold_their_posts_and_act_for_what_they_may() -> None:
    assert len(SCENARIO.readers) == 4
    for reader in SCENARIO.readers:
        post = REGISTRY.post(str(reader.post))
        assert post is not None
        assert (post.holder, post.title) == (reader.name, reader.title)
        assert reader.level in LEVELS
        assert reader.purpose in reader.purposes
        assert all(map(VOCABULARY.has_purpose, reader.purposes))


def test_what_it_says_of_ordinary_times_can_be_told() -> None:
    require_words(SCENARIO, VOCABULARY)


def test_nothing_in_the_code_knows_a_scenario() -> None:
    """Its slug, its lots, its rivers and its agencies stand in its own folder alone."""
    house = Path(__file__).parents[2] / "src" / "fusion"
    words = ("contaminated-shipment", "september-11", "Larkfield", "Orme", "food-inspectorate")
    found = [
        f"{file.relative_to(house)}: {word}"
        for file in sorted(house.rglob("*"))
        if file.suffix in {".py", ".toml", ".json"}
        for word in words
        if word in file.read_text(encoding="utf-8")
    ]
    assert found == []


def test_at_least_thirty_of_its_signals_lead_elsewhere() -> None:
    """Signals that name neither the lot, nor what it was made of, nor the reach below the port."""
    matter = ("LF6112", "NG7714", "reach 12", "KTLU 448120 3", "Haldane")
    aside = [
        name_of(signal)
        for signal in SCENARIO.signals
        if not any(word in json.dumps(signal["data"]) for word in matter)
    ]
    assert len(aside) >= 30
