"""The scenario "September 11" stays what it says it is: valid, argued for, and free of hindsight.

What the timeline itself decides is checked where it lies beside the checkout.
"""

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fusion.access.publisher import PublisherRights
from fusion.access.reader import Grants, Reader
from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.clock import parse_moment, period_end, period_start
from fusion.domain.compiling import DEFAULT_LEVELS, Community, compile_signal
from fusion.domain.ids import agency_of, signal_name, signal_of
from fusion.domain.signal import SignalEvent, decode_event
from fusion.intake.validate import validate
from fusion.vocabulary.loaded import load_vocabulary

CHECKOUT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FUSION_SHARED") or CHECKOUT.parent / "shared")
TIMELINE = SHARED / "cases" / "911" / "timeline.csv"
FOLDER = CHECKOUT / "src" / "fusion" / "scenarios" / "september-11"

SCENARIO = yaml.safe_load((FOLDER / "scenario.yaml").read_text(encoding="utf-8"))
ARGUED = yaml.safe_load((FOLDER / "arguments.yaml").read_text(encoding="utf-8"))
REGISTRY = load_registry(read_document((FOLDER / "registry.yaml").read_text(encoding="utf-8")))
VOCABULARY = load_vocabulary()
DOMESTIC = frozenset(each.slug for each in REGISTRY.agencies if each.is_domestic)
COMMUNITY = Community(
    handle_key=b"a key for the names of tear-lines",
    domestic=DOMESTIC,
    partners=frozenset(each.slug for each in REGISTRY.agencies) - DOMESTIC,
    offices=REGISTRY.offices,
    ceilings={each.slug: each.ceiling.code for each in REGISTRY.agencies},
)
PUBLISHERS = {
    agency_of(each["source"]): PublisherRights(
        name=each["name"],
        source=each["source"],
        ceiling=each["ceiling"],
        level=each["level"],
        compartments=frozenset(each["compartments"]),
    )
    for each in SCENARIO["publishers"]
}
LINES = (FOLDER / "signals.jsonl").read_bytes().splitlines()
SIGNALS: dict[str, dict[str, Any]] = {
    signal_name(event["source"], event["id"]): event for event in map(json.loads, LINES)
}
ROW_OF = {name: argued["row"] for name, argued in ARGUED["signals"].items()}

# Everybody whom the scenario names. Who is not among them has no business in it: the source leaves
# out three persons who were never found to have had a role, and so does this list.
NAMED = frozenset(
    {
        "'Umar 'Abd al-Rahman",
        "Abdul Hakim Murad",
        "Abu Zubaydah",
        "Ahmed Ressam",
        "Ahmed al Ghamdi",
        "Alhazmi",
        "Benni Antoine Noris",
        "Bin Ladin",
        "Blind Sheikh",
        "Fahd al Quso",
        "Hani Hanjour",
        "Ibn al Khattab",
        "Ihab Ali",
        "Jamal al Badawi",
        "Khaled",
        "Khalid",
        "Khalid Sheikh Mohammed",
        "Khalid al Mihdhar",
        "Khalid al-Shaykh al-Ballushi",
        "Khallad",
        "Majed Moqed",
        "Marwan al Shehhi",
        "Mihdhar",
        "Mohamed Atta",
        "Mohamed Mani Ahmad al Kahtani",
        "Mukhtar",
        "Nawaf",
        "Nawaf al Hazmi",
        "Omar Abdel Rahman",
        "Ramzi Binalshibh",
        "Ramzi Yousef",
        "Salahsae",
        "Salem",
        "Satam al Suqami",
        "Tawfiq bin Attash",
        "UBL",
        "Usama Bin Laden",
        "Usama Bin Ladin",
        "Waleed al Shehri",
        "Zacarias Moussaoui",
        "Ziad Jarrah",
    }
)
# Capitals that begin a text are everybody's; these others name no person.
PLACES_AND_MONTHS = frozenset(
    [
        "American",
        "Angeles",
        "Emirates",
        "Florida",
        "German",
        "Lauderdale",
        "London",
        "Los",
        "Malaysia",
        "New",
        "States",
        "United",
        "US",
        "Yemeni",
        "January",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "November",
        "December",
    ]
)
HOUSES = frozenset(["Bureau", "Director", "House", "NSC", "HCS", "SI", "White"])
FILES = ("signals.jsonl", "arguments.yaml", "scenario.yaml", "registry.yaml")
OWNER_ONLY = frozenset({"not_shared", "undisseminated"})
# What only somebody who knows the end would write.
HINDSIGHT = re.compile(r"hijackers?\b|9/11|11 September|September 11|ground zero", re.IGNORECASE)

by_name = pytest.mark.parametrize("name", SIGNALS)
beside_the_timeline = pytest.mark.skipif(
    not TIMELINE.exists(), reason="the 9/11 timeline is not beside this checkout"
)


def timeline() -> dict[str, dict[str, str]]:
    """The rows by their id, in order."""
    with TIMELINE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def validated(event: dict[str, Any]) -> SignalEvent:
    """The signal as its own publisher would post it, at the moment that it states."""
    found = validate(
        event,
        publisher=PUBLISHERS[agency_of(event["source"])],
        community=COMMUNITY,
        vocabulary=VOCABULARY,
        now=parse_moment(event["time"]),
    )
    assert isinstance(found, SignalEvent), found
    return found


def inferences(data: dict[str, Any]) -> Iterator[str]:
    """Where a signal or a tear-line says what its author inferred."""
    yield from (kind for kind in ("marking", "grading", "origin", "vetting") if kind in data)
    if "marking" in data.get("origin", {}):
        yield "origin/marking"
    for mention in data.get("mentions", []):
        for kind in {"role", "marking"} & mention.keys():
            yield f"mentions/{mention['ref']}/{kind}"
    for kind in ("relations", "identities"):
        for place, fact in enumerate(data.get(kind, [])):
            yield f"{kind}/{place}"
            if "marking" in fact:
                yield f"{kind}/{place}/marking"
    for place, activity in enumerate(data.get("activities", [])):
        yield f"activities/{place}/code"
        if "marking" in activity:
            yield f"activities/{place}/marking"
        for circumstance in activity.get("circumstances", []):
            yield f"activities/{place}/circumstances/{circumstance}"
    for place, tearline in enumerate(data.get("tearlines", [])):
        yield f"tearlines/{place}"
        for inside in inferences({**tearline, "marking": None, "grading": None}):
            if inside not in {"marking", "grading"}:
                yield f"tearlines/{place}/{inside}"


def texts(event: dict[str, Any]) -> Iterator[str]:
    """All that a reader of the signal reads in words."""
    for part in (event["data"], *event["data"].get("tearlines", [])):
        yield part.get("summary") or part["text"]
        for mention in part.get("mentions", []):
            for values in mention.get("properties", {}).values():
                yield from values


def capitals(text: str) -> set[str]:
    """The words with a capital that do not begin a sentence, without a genitive's ending."""
    inner = re.sub(r"(?:^|[.:] )\W*\w+", "", text)
    return {word.removesuffix("'s") for word in re.findall(r"[A-Z][\w'-]*\w|[A-Z]", inner)}


# ------------------------------------------------------------------------ the lines by themselves


@by_name
def test_every_signal_is_what_its_publisher_may_post(name: str) -> None:
    event = validated(SIGNALS[name])
    assert event.fusionceiling == PUBLISHERS[agency_of(event.source)].ceiling


@pytest.mark.parametrize("line", LINES, ids=SIGNALS)
def test_every_line_is_stored_and_compiled_as_it_stands(line: bytes) -> None:
    event = decode_event(line)
    signal, *tearlines = compile_signal(event, community=COMMUNITY)
    assert signal.name in SIGNALS
    assert len(tearlines) == len(SIGNALS[signal.name]["data"].get("tearlines", []))


def test_no_two_lines_share_a_name() -> None:
    assert len(SIGNALS) == len(LINES)


@by_name
def test_every_source_is_a_registered_office(name: str) -> None:
    assert SIGNALS[name]["source"] in REGISTRY.offices


def test_the_lines_stand_in_the_order_of_time_and_no_two_at_one_moment() -> None:
    moments = [parse_moment(event["time"]) for event in SIGNALS.values()]
    assert moments == sorted(set(moments))


def test_all_that_is_reported_lies_in_the_stated_span_and_before_the_event() -> None:
    days = [event["time"][:10] for event in SIGNALS.values()]
    assert [min(days), max(days)] == [SCENARIO["span"]["from"], SCENARIO["span"]["to"]]
    assert max(days) < SCENARIO["event_date"]


@by_name
def test_nothing_is_observed_after_it_was_reported(name: str) -> None:
    event = SIGNALS[name]
    last_of_the_day = period_end(event["time"][:10])
    for part in (event["data"], *event["data"].get("tearlines", [])):
        observed = part.get("observed", {})
        assert period_end(observed.get("to", "1990")) <= last_of_the_day
        assert period_start(observed.get("from", "1990")) <= last_of_the_day


@by_name
def test_a_relay_and_a_claim_name_what_was_published_before(name: str) -> None:
    event = SIGNALS[name]
    earlier = [other for other in SIGNALS if SIGNALS[other]["time"] < event["time"]]
    origin = event["data"].get("origin", {}).get("id", "")
    assert not origin.startswith("/") or origin in earlier
    for claim in event["data"].get("identities", []):
        if "#" in claim["b"]:
            refs = SIGNALS[signal_of(claim["b"])]["data"]["mentions"]
            assert signal_of(claim["b"]) in earlier
            assert claim["b"].rsplit("#", 1)[1] in [mention["ref"] for mention in refs]


def test_there_are_at_least_four_tearlines_each_released_by_a_post_of_its_agency() -> None:
    released = [
        (tearline["releaser"], agency_of(event["source"]))
        for event in SIGNALS.values()
        for tearline in event["data"].get("tearlines", [])
    ]
    assert len(released) >= 4
    for releaser, agency in released:
        assert REGISTRY.post(releaser) is not None
        assert agency_of(releaser) == agency


# ----------------------------------------------------------------------- what the author inferred


def test_every_signal_has_its_arguments_and_no_argument_is_without_a_signal() -> None:
    assert list(ARGUED["signals"]) == list(SIGNALS)


@by_name
def test_every_inference_has_one_line_of_argument(name: str) -> None:
    argued = ARGUED["signals"][name]["arguments"]
    assert set(argued) == set(inferences(SIGNALS[name]["data"]))
    for line in argued.values():
        assert line.strip()
        assert "\n" not in line


@by_name
def test_every_signal_says_how_good_it_is(name: str) -> None:
    assert "grading" in SIGNALS[name]["data"]


def test_every_row_is_taken_but_three() -> None:
    assert len({row["id"] for row in ROW_OF.values()}) == 120
    assert len(ARGUED["left_out"]) == 3


def test_every_row_left_out_has_a_reason() -> None:
    assert all(row["reason"].strip() for row in ARGUED["left_out"])


def test_the_confusion_of_two_men_stands_with_its_claim_and_its_later_denial() -> None:
    """The hard negative of the source: claimed in December 2000, denied in January 2001."""
    verdicts = [
        (event["time"][:7], claim["verdict"])
        for event in SIGNALS.values()
        for claim in event["data"].get("identities", [])
        if {name_of(event, claim["a"]), name_of(event, claim["b"])}
        == {"Khallad", "Khalid al Mihdhar"}
    ]
    assert verdicts == [("2000-12", "same"), ("2001-01", "different"), ("2001-01", "different")]


def name_of(event: dict[str, Any], mention: str) -> str:
    """The name that stands in a mention, of this signal or of another."""
    signal, ref = mention.rsplit("#", 1) if "#" in mention else ("", mention)
    bearer = SIGNALS[signal] if signal else event
    named = {
        each["ref"]: each["properties"].get("name", [""]) for each in bearer["data"]["mentions"]
    }
    return str(named[ref][0])


# ------------------------------------------------------------------------------- persons and words


@by_name
def test_nobody_is_named_but_those_of_the_list(name: str) -> None:
    data = SIGNALS[name]["data"]
    for part in (data, *data.get("tearlines", [])):
        for mention in part.get("mentions", []):
            if mention["schema"] == "Person":
                properties = mention.get("properties", {})
                assert {*properties.get("name", []), *properties.get("alias", [])} <= NAMED


def test_everybody_of_the_list_is_named_somewhere() -> None:
    written = {text for event in SIGNALS.values() for text in texts(event)}
    assert written >= NAMED


@by_name
def test_a_summary_does_not_know_the_end(name: str) -> None:
    assert not [text for text in texts(SIGNALS[name]) if HINDSIGHT.search(text)]


@by_name
def test_no_property_tells_of_religion_or_ethnicity(name: str) -> None:
    data = SIGNALS[name]["data"]
    for part in (data, *data.get("tearlines", [])):
        for mention in part.get("mentions", []):
            assert {"religion", "ethnicity", "political"}.isdisjoint(mention.get("properties", {}))
    spoken = re.compile(r"\b(Muslim|Islamic|Arab|Middle Eastern|Sunni|mosque)s?\b", re.IGNORECASE)
    said = [re.sub("Egyptian Islamic Jihad", "", text) for text in texts(SIGNALS[name])]
    assert not [text for text in said if spoken.search(text)]


# ----------------------------------------------------------------------------- who takes part


def test_every_publishing_agency_has_a_publisher_at_its_registered_ceiling() -> None:
    assert {agency_of(event["source"]) for event in SIGNALS.values()} == PUBLISHERS.keys()
    assert {agency: rights.ceiling for agency, rights in PUBLISHERS.items()} == {
        agency: COMMUNITY.ceilings[agency] for agency in PUBLISHERS
    }


def test_the_readers_are_four_who_hold_their_posts() -> None:
    assert len(SCENARIO["readers"]) == 4
    for reader in SCENARIO["readers"]:
        post = REGISTRY.post(reader["post"])
        assert post is not None
        assert post.holder == reader["name"]
        assert post.title == reader["title"]
        assert agency_of(post.id) == reader["agency"]


@pytest.mark.parametrize("reader", SCENARIO["readers"], ids=lambda each: each["name"])
def test_a_reader_acts_for_what_it_is_granted(reader: dict[str, Any]) -> None:
    named = ("name", "agency", "nation", "level")
    sets = ("compartments", "groups", "roles", "purposes", "cases")
    grants = Grants(
        **{name: reader[name] for name in named},
        **{name: frozenset(reader[name]) for name in sets},
    )
    Reader(grants, purpose=reader["purpose"], case=reader["case"])
    assert grants.level in DEFAULT_LEVELS
    assert all(VOCABULARY.has_purpose(purpose) for purpose in grants.purposes)
    assert REGISTRY.agency(grants.agency) is not None


def test_the_scenario_says_that_it_is_hindsight_and_whose_markings_these_are() -> None:
    assert "chosen in hindsight" in SCENARIO["statement"]
    assert "is the scenario author's" in SCENARIO["statement"]
    assert sorted([*SCENARIO["files"].values(), "scenario.yaml"]) == sorted(FILES)
    assert SCENARIO["source"]["licence"]


# ------------------------------------------------------------------------------ beside the timeline


@beside_the_timeline
def test_every_row_is_taken_or_left_out_and_none_both() -> None:
    taken = {row["id"] for row in ROW_OF.values()}
    left_out = {row["id"] for row in ARGUED["left_out"]}
    assert taken | left_out == timeline().keys()
    assert not taken & left_out


@beside_the_timeline
def test_every_row_is_named_by_its_place_and_quoted_word_for_word() -> None:
    rows = timeline()
    places = {id_: place for place, id_ in enumerate(rows, start=1)}
    for row in (*ROW_OF.values(), *ARGUED["left_out"]):
        assert row["index"] == places[row["id"]]
    for row in ROW_OF.values():
        assert row["quote"] in rows[row["id"]]["what"]
        assert len(row["quote"].split()) <= 16


@beside_the_timeline
def test_every_signal_bears_the_day_on_which_its_row_was_to_be_had() -> None:
    rows = timeline()
    for name, row in ROW_OF.items():
        written = rows[row["id"]]
        assert SIGNALS[name]["time"][:10] == max(written["date_known"], written["available_from"])


@beside_the_timeline
def test_no_row_is_taken_that_no_agency_held() -> None:
    rows = timeline()
    for row in ROW_OF.values():
        assert "private_sector" not in rows[row["id"]]["flags"]
        assert "not_available" not in rows[row["id"]]["flags"]


@beside_the_timeline
def test_no_row_is_left_out_that_an_agency_held() -> None:
    rows = timeline()
    for row in ARGUED["left_out"]:
        flags = rows[row["id"]]["flags"]
        assert "private_sector" in flags or "not_available" in flags


@beside_the_timeline
def test_all_rows_that_led_elsewhere_are_taken() -> None:
    noise = {id_ for id_, row in timeline().items() if "noise" in row["flags"]}
    assert noise
    assert noise <= {row["id"] for row in ROW_OF.values()}


@beside_the_timeline
def test_what_was_kept_back_then_is_marked_for_its_owner_or_the_unit_that_had_it() -> None:
    rows = timeline()
    kept_back = 0
    for name, row in ROW_OF.items():
        flags, marking = rows[row["id"]]["flags"], SIGNALS[name]["data"]["marking"]
        if flags in OWNER_ONLY:
            kept_back += 1
            assert "releasable_to" not in marking
            assert "tearlines" not in SIGNALS[name]["data"]
        if flags in {"draft_not_released", "partially_shared"}:
            kept_back += 1
            assert marking["need"]
            assert marking["originator_control"]
    assert kept_back >= 6


@beside_the_timeline
def test_a_person_bears_a_name_that_stands_in_the_row() -> None:
    rows = timeline()
    for name, row in ROW_OF.items():
        written = stated(rows[row["id"]])
        for mention in SIGNALS[name]["data"].get("mentions", []):
            if mention["schema"] == "Person":
                for spelt in mention.get("properties", {}).get("name", []):
                    assert spelt in written, (name, spelt)


@beside_the_timeline
def test_no_word_with_a_capital_comes_from_elsewhere_than_the_rows() -> None:
    """Nobody is named in a sentence either, in what readers read and in the arguments."""
    rows = timeline()
    everywhere = set.union(*(words_of(stated(row)) for row in rows.values()))
    for name, row in ROW_OF.items():
        known = words_of(stated(rows[row["id"]])) | PLACES_AND_MONTHS
        read = set().union(*map(capitals, texts(SIGNALS[name])))
        assert read <= known, (name, read - known)
        argued = set().union(*map(capitals, ARGUED["signals"][name]["arguments"].values()))
        assert argued <= everywhere | PLACES_AND_MONTHS | HOUSES, (name, argued - everywhere)
    left_out = set().union(*(capitals(row["reason"]) for row in ARGUED["left_out"]))
    assert left_out <= everywhere | PLACES_AND_MONTHS | HOUSES


def stated(row: dict[str, str]) -> str:
    """All that a row says, its own abbreviation written out as other rows write it."""
    said = " ".join(row[key] for key in ("what", "names_as_known", "identifiers", "office"))
    return said.replace("KSM", "KSM Khalid Sheikh Mohammed")


def words_of(text: str) -> set[str]:
    return {word.removesuffix("'s") for word in re.findall(r"[A-Z][\w'-]*\w|[A-Z]", text)}
