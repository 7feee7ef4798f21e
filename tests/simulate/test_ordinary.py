from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.clock import parse_moment
from fusion.domain.compiling import Community
from fusion.domain.ids import agency_of, office_of
from fusion.intake.validate import validate
from fusion.simulate.names import load_cultures
from fusion.simulate.ordinary import LOOKALIKE_ID, ordinary
from fusion.vocabulary.loaded import load_vocabulary
from tests.simulate.made_up import (
    SURROUNDINGS,
    Document,
    scenario,
    shipped,
    shipped_surroundings,
)

VOCABULARY = load_vocabulary()
SUBMITTED = [signal for signal in scenario() if signal["type"].endswith("submitted.v1")]
PER_SIGNAL = 60


@pytest.fixture(scope="module")
def stream() -> list[Document]:
    return list(
        ordinary(
            scenario(),
            surroundings=SURROUNDINGS,
            per_signal=PER_SIGNAL,
            seed=7,
            vocabulary=VOCABULARY,
        )
    )


@pytest.fixture(scope="module")
def dense() -> list[Document]:
    return list(
        ordinary(
            scenario(), surroundings=SURROUNDINGS, per_signal=600, seed=1, vocabulary=VOCABULARY
        )
    )


def faults(signals: list[Document]) -> list[tuple[str, object]]:
    community = Community(handle_key=b"key", is_open=True)
    now = parse_moment("2010-01-01T00:00:00Z")
    checked = (
        (
            one["id"],
            validate(one, publisher=None, community=community, vocabulary=VOCABULARY, now=now),
        )
        for one in signals
    )
    return [(id_, found) for id_, found in checked if isinstance(found, list)]


def test_each_submitted_signal_gets_its_number_and_a_retraction_none(
    stream: list[Document],
) -> None:
    assert len(stream) == PER_SIGNAL * len(SUBMITTED)


def test_times_are_in_order_and_within_the_span_of_the_submitted(stream: list[Document]) -> None:
    times = [signal["time"] for signal in stream]
    assert times == sorted(times)
    assert times[0] >= SUBMITTED[0]["time"]
    assert times[-1] <= SUBMITTED[-1]["time"]


def test_the_stream_is_spread_over_the_whole_span(stream: list[Document]) -> None:
    by_quarter = Counter(
        signal["time"][:4] + str((int(signal["time"][5:7]) - 1) // 3) for signal in stream
    )
    assert len(by_quarter) == 8
    assert min(by_quarter.values()) > 0.7 * len(stream) / 8


def test_every_document_is_taken_by_intake(stream: list[Document]) -> None:
    assert faults(stream) == []


def test_a_document_with_a_planted_fault_is_not(stream: list[Document]) -> None:
    broken = stream[0] | {"data": stream[0]["data"] | {"topics": ["no-such-topic"]}}
    assert faults([broken]) != []


def test_ids_are_unique_and_say_what_they_are(stream: list[Document]) -> None:
    assert len({signal["id"] for signal in stream}) == len(stream)
    assert all(signal["id"].startswith("syn-") for signal in stream)
    assert all(signal["data"]["summary"].startswith("[synthetic] ") for signal in stream)


def test_every_office_publishes_and_no_other(stream: list[Document]) -> None:
    assert {office_of(signal["source"]) for signal in stream} == {
        office_of(signal["source"]) for signal in SUBMITTED
    }


def test_every_office_publishes_in_a_thin_stream_too() -> None:
    thin = list(
        ordinary(scenario(), surroundings=SURROUNDINGS, per_signal=1, seed=3, vocabulary=VOCABULARY)
    )
    assert len({office_of(signal["source"]) for signal in thin}) == len(SUBMITTED)


def test_an_office_reports_through_several_desks_of_its_own(stream: list[Document]) -> None:
    desks = {signal["source"] for signal in stream if office_of(signal["source"]) == "/ins/jfk"}
    assert len(desks) > 2


def test_markings_are_those_of_the_agency(stream: list[Document]) -> None:
    own = defaultdict(list)
    for signal in SUBMITTED:
        own[agency_of(signal["source"])].append(signal["data"]["marking"])
    assert all(signal["data"]["marking"] in own[agency_of(signal["source"])] for signal in stream)


def test_an_agency_that_states_no_origin_states_none_here(stream: list[Document]) -> None:
    told = [signal for signal in stream if agency_of(signal["source"]) == "ins"]
    assert told
    assert not any("origin" in signal["data"] for signal in told)
    assert any(
        "origin" in signal["data"] for signal in stream if agency_of(signal["source"]) == "fbi"
    )


def test_what_is_told_is_of_the_agency_s_line_of_work(stream: list[Document]) -> None:
    told = defaultdict(set)
    for signal in stream:
        if not signal["id"].startswith(LOOKALIKE_ID):
            told[office_of(signal["source"])].add(signal["data"]["activities"][0]["code"])
    assert "entry-into-country" in told["/ins/jfk"]
    assert "visa-issued" in told["/state/jeddah"]
    assert "interview" in told["/fbi/phoenix"]
    assert "communication" in told["/nsa/sigint"]
    assert "visa-issued" not in told["/ins/jfk"]
    assert "entry-into-country" not in told["/fbi/phoenix"]


def test_a_foreign_agency_sends_shared_notes(stream: list[Document]) -> None:
    notes = [
        signal
        for signal in stream
        if agency_of(signal["source"]) == "de-police" and not signal["id"].startswith(LOOKALIKE_ID)
    ]
    assert notes
    assert all("Shared note: " in signal["data"]["summary"] for signal in notes)


def test_a_note_that_is_taken_over_names_the_note_as_its_origin(dense: list[Document]) -> None:
    names = {f"{signal['source']}/{signal['id']}": signal for signal in dense}
    relays = [signal for signal in dense if "Relayed: " in signal["data"]["summary"]]
    assert relays
    for relay in relays:
        note = names[relay["data"]["origin"]["id"]]
        assert note["data"]["mentions"] == relay["data"]["mentions"]
        assert note["time"] <= relay["time"]
        assert agency_of(note["source"]) == "de-police"


def test_weekdays_are_busier_than_days_of_rest(stream: list[Document]) -> None:
    days = Counter(datetime.fromisoformat(signal["time"]).weekday() for signal in stream)
    assert min(days[day] for day in range(5)) > max(days[5], days[6])


def test_an_office_keeps_its_hours_where_it_stands(stream: list[Document]) -> None:
    hours = Counter(
        (datetime.fromisoformat(signal["time"]).hour + 3) % 24
        for signal in stream
        if office_of(signal["source"]) == "/state/jeddah"
    )
    at_work = sum(count for hour, count in hours.items() if 7 <= hour < 19)
    assert at_work > 0.9 * hours.total()


def test_names_are_of_many_cultures_and_of_the_scenario_s(stream: list[Document]) -> None:
    found = Counter(
        culture.slug
        for signal in stream
        for mention in signal["data"]["mentions"]
        if mention["schema"] == "Person"
        and (culture := load_cultures().of(mention["properties"]["name"][0]))
    )
    assert len(found) > 10
    assert found["arabic"] > 20


def test_a_consulate_meets_people_of_its_country(stream: list[Document]) -> None:
    nations = Counter(
        nation
        for signal in stream
        if office_of(signal["source"]) == "/state/jeddah"
        for mention in signal["data"]["mentions"]
        for nation in mention["properties"].get("nationality", [])
    )
    assert nations["sa"] > 0.6 * nations.total()


def test_nobody_visits_a_country_whose_passport_they_hold(stream: list[Document]) -> None:
    admitted = [
        mention["properties"]["nationality"]
        for signal in stream
        if signal["data"]["activities"][0]["code"] == "entry-into-country"
        and "admitted" in signal["data"]["summary"]
        and agency_of(signal["source"]) == "ins"
        for mention in signal["data"]["mentions"]
        if mention["schema"] == "Person"
    ]
    assert admitted
    # Somebody whom another agency knows may be of the country and come home.
    assert admitted.count(["us"]) < 0.1 * len(admitted)


def test_who_comes_back_has_the_same_identifiers_in_other_spellings(
    stream: list[Document],
) -> None:
    told = defaultdict(list)
    for signal in stream:
        for mention in signal["data"]["mentions"]:
            if mention["schema"] == "Person":
                for number in mention["properties"].get("passportNumber", []):
                    told[number].append(mention["properties"])
    back = [mentions for mentions in told.values() if len(mentions) > 1]
    assert len(back) > 20
    for mentions in back:
        assert len({tuple(one["nationality"]) for one in mentions}) == 1
        # Some agencies know the year alone.
        dates = {one["birthDate"][0] for one in mentions if "birthDate" in one}
        assert len({date for date in dates if len(date) > 4}) <= 1
    assert any(len({one["name"][0] for one in mentions}) > 1 for mentions in back)


def test_a_claim_names_an_earlier_mention_of_the_same_person(dense: list[Document]) -> None:
    mentions = {
        f"{signal['source']}/{signal['id']}#{mention['ref']}": (signal["time"], mention)
        for signal in dense
        for mention in signal["data"]["mentions"]
    }
    claims = [(signal, claim) for signal in dense for claim in signal["data"].get("identities", [])]
    assert len(claims) > 20
    for signal, claim in claims:
        time, other = mentions[claim["b"]]
        own = mentions[f"{signal['source']}/{signal['id']}#{claim['a']}"][1]
        assert claim["verdict"] == "same"
        assert time <= signal["time"]
        assert own["schema"] == other["schema"] == "Person"
        for prop in ("passportNumber", "idNumber", "birthDate"):
            one, another = (mention["properties"].get(prop) for mention in (own, other))
            # Some agencies know the year of birth alone.
            assert one is None or another is None or one[0][:4] == another[0][:4]


def test_nothing_is_observed_after_it_was_reported(stream: list[Document]) -> None:
    assert all(signal["data"]["observed"]["to"] <= signal["time"][:10] for signal in stream)


def test_nobody_of_the_scenario_is_in_the_stream(stream: list[Document]) -> None:
    numbers = {
        number
        for signal in stream
        for mention in signal["data"]["mentions"]
        for number in mention["properties"].get("passportNumber", [])
    }
    assert "B111111" not in numbers


def test_a_stream_of_any_length_begins_at_once() -> None:
    endless = ordinary(
        scenario(), surroundings=SURROUNDINGS, per_signal=10**9, seed=1, vocabulary=VOCABULARY
    )
    first = list(islice(endless, 50))
    assert all(one["time"] <= other["time"] for one, other in pairwise(first))


def test_a_scenario_that_submits_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no surroundings"):
        ordinary([scenario()[-1]], seed=1, vocabulary=VOCABULARY)


def test_a_scenario_of_one_moment_is_surrounded_by_a_day() -> None:
    stream = list(ordinary(SUBMITTED[:1], surroundings=SURROUNDINGS, seed=1, vocabulary=VOCABULARY))
    assert len(stream) == 20
    assert {signal["time"][:10] for signal in stream} <= {"2000-01-03", "2000-01-04"}
    assert faults(stream) == []


def test_none_for_each_signal_is_an_empty_stream() -> None:
    assert (
        list(
            ordinary(
                scenario(), surroundings=SURROUNDINGS, per_signal=0, seed=1, vocabulary=VOCABULARY
            )
        )
        == []
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 2**40), per_signal=st.integers(1, 12))
def test_any_seed_gives_the_number_in_order_and_again_the_same(seed: int, per_signal: int) -> None:
    once, again = (
        list(
            ordinary(
                scenario(),
                surroundings=SURROUNDINGS,
                per_signal=per_signal,
                seed=seed,
                vocabulary=VOCABULARY,
            )
        )
        for _ in range(2)
    )
    assert once == again
    assert len(once) == per_signal * len(SUBMITTED)
    assert [signal["time"] for signal in once] == sorted(signal["time"] for signal in once)
    assert faults(once) == []


def test_another_seed_gives_another_stream() -> None:
    one, other = (
        [
            signal["data"]["summary"]
            for signal in ordinary(
                scenario(), surroundings=SURROUNDINGS, seed=seed, vocabulary=VOCABULARY
            )
        ]
        for seed in (1, 2)
    )
    assert one != other


_DIGEST = """
from tests.simulate.test_ordinary import digest
print(digest())
"""


def digest() -> str:
    stream = list(ordinary(scenario(), surroundings=SURROUNDINGS, seed=11, vocabulary=VOCABULARY))
    return hashlib.sha256(json.dumps(stream).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_makes_the_same_stream_whatever_its_hashes(hash_seed: str) -> None:
    other = subprocess.run(
        [sys.executable, "-c", _DIGEST],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest()


@pytest.mark.skipif(not shipped(), reason="the shipped scenario has no signals yet")
def test_the_shipped_scenario_is_surrounded_by_valid_signals_of_all_its_offices() -> None:
    submitted = [signal for signal in shipped() if signal["type"].endswith("submitted.v1")]
    stream = list(
        ordinary(shipped(), surroundings=shipped_surroundings(), seed=1, vocabulary=VOCABULARY)
    )
    assert len(stream) == 20 * len(submitted)
    assert faults(stream) == []
    assert {office_of(signal["source"]) for signal in stream} == {
        office_of(signal["source"]) for signal in submitted
    }
