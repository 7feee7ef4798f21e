from __future__ import annotations

from collections import Counter

import pytest

from fusion.simulate.draw import Draw
from fusion.simulate.lookalikes import (
    LARGEST_SHARE,
    LOOKALIKES_A_YEAR,
    NAMESAKE,
    namesake,
    schedule,
)
from fusion.simulate.names import load_cultures, parts_of
from fusion.simulate.ordinary import LOOKALIKE_ID, ordinary
from fusion.simulate.script import read_script
from fusion.vocabulary.loaded import load_vocabulary
from tests.simulate.made_up import SURROUNDINGS, Document, scenario

VOCABULARY = load_vocabulary()
YEARS = 2
REPEATED = {
    "communication",
    "visa-issued",
    "entry-into-country",
    "shared-residence",
    "flight-training",
    "threat-reporting",
    "training-enrolment",
}


@pytest.fixture(scope="module")
def lookalikes() -> list[Document]:
    stream = ordinary(
        scenario(), surroundings=SURROUNDINGS, per_signal=60, seed=5, vocabulary=VOCABULARY
    )
    return [signal for signal in stream if signal["id"].startswith(LOOKALIKE_ID)]


def kind(signal: Document) -> str:
    code = str(signal["data"]["activities"][0]["code"])
    title = VOCABULARY.code_title(code)
    return code if signal["data"]["summary"].startswith(f"[synthetic] {title}: ") else NAMESAKE


def test_each_kind_comes_three_times_a_year(lookalikes: list[Document]) -> None:
    assert LOOKALIKES_A_YEAR == 3
    kinds = Counter(map(kind, lookalikes))
    assert set(kinds) == REPEATED | {NAMESAKE}
    assert all(abs(count - LOOKALIKES_A_YEAR * YEARS) <= 1 for count in kinds.values())


def test_what_everybody_saw_has_no_lookalike(lookalikes: list[Document]) -> None:
    assert "attack-carried-out" not in {
        signal["data"]["activities"][0]["code"] for signal in lookalikes
    }


def test_in_a_thin_stream_they_are_at_most_a_fifth() -> None:
    thin = list(
        ordinary(scenario(), surroundings=SURROUNDINGS, per_signal=2, seed=5, vocabulary=VOCABULARY)
    )
    found = [signal for signal in thin if signal["id"].startswith(LOOKALIKE_ID)]
    assert 0 < len(found) <= LARGEST_SHARE * len(thin)


def test_the_rate_is_by_the_year_whatever_the_size_of_the_stream() -> None:
    script = read_script(scenario())
    small, large = (
        schedule(Draw(1), script, count=count, taken=(), unrepeated=frozenset())
        for count in (2_000, 200_000)
    )
    assert Counter(small.values()) == Counter(large.values())


def test_it_is_told_by_an_agency_that_told_of_the_like(lookalikes: list[Document]) -> None:
    told = {kind(signal): signal["source"].split("/")[1] for signal in lookalikes}
    assert told["visa-issued"] == "state"
    assert told["entry-into-country"] == "ins"
    assert told["flight-training"] == "fbi"


def test_an_activity_resembles_by_topic_place_and_some_circumstances() -> None:
    streams = (
        ordinary(
            scenario(), surroundings=SURROUNDINGS, per_signal=40, seed=seed, vocabulary=VOCABULARY
        )
        for seed in range(6)
    )
    trained = [
        signal["data"]["activities"][0]
        for stream in streams
        for signal in stream
        if signal["id"].startswith(LOOKALIKE_ID) and kind(signal) == "flight-training"
    ]
    assert all(activity["topics"] == ["aviation"] for activity in trained)
    assert all(activity["countries"] == ["us"] for activity in trained)
    stated = Counter(len(activity.get("circumstances", ())) for activity in trained)
    assert set(stated) == {0, 1, 2}
    assert stated[2] < 0.5 * stated.total()


def test_a_few_happen_at_the_place_that_the_scenario_names() -> None:
    streams = (
        ordinary(
            scenario(), surroundings=SURROUNDINGS, per_signal=40, seed=seed, vocabulary=VOCABULARY
        )
        for seed in range(12)
    )
    schools = [
        mention["properties"]["name"]
        for stream in streams
        for signal in stream
        if signal["id"].startswith(LOOKALIKE_ID) and kind(signal) == "flight-training"
        for mention in signal["data"]["mentions"]
        if mention["schema"] == "Organization"
    ]
    assert 0 < schools.count(["Saguaro Flight School"]) < 0.3 * len(schools)


def test_a_namesake_shares_the_given_or_the_family_name_and_seldom_both() -> None:
    draw, cultures = Draw(1), load_cultures()
    shared = Counter(
        (name.given.usual == "Tariq", name.family.usual == "al-Tayyib")
        for name, _ in (namesake(draw, cultures, ["Tariq al-Tayyib"]) for _ in range(400))
    )
    assert (False, False) not in shared
    assert shared[True, True] < 0.1 * shared.total()
    assert min(shared[True, False], shared[False, True]) > 0.3 * shared.total()


def test_a_namesake_is_of_the_culture_of_the_name() -> None:
    draw, cultures = Draw(1), load_cultures()
    assert namesake(draw, cultures, ["Sergei Xyzzy"])[1].slug == "russian"
    # One whose name says nothing is of the culture of most.
    assert namesake(draw, cultures, ["Xyzzy", "Xyzzy", "Ivan Petrov"])[1].slug == "russian"


def test_a_namesake_has_a_birth_date_and_a_number_of_its_own_where_the_agency_knows_them() -> None:
    script = read_script(scenario())
    written = {part for names in script.names.values() for name in names for part in parts_of(name)}
    streams = (
        ordinary(
            scenario(), surroundings=SURROUNDINGS, per_signal=40, seed=seed, vocabulary=VOCABULARY
        )
        for seed in range(6)
    )
    namesakes = [
        mention["properties"]
        for stream in streams
        for signal in stream
        if signal["id"].startswith(LOOKALIKE_ID)
        and kind(signal) == NAMESAKE
        and signal["source"].startswith(("/ins", "/state"))
        for mention in signal["data"]["mentions"][:1]
    ]
    assert namesakes
    for known in namesakes:
        assert known["birthDate"] != ["1970-02-01"]
        assert known.get("passportNumber") != ["B111111"]
    same = [known for known in namesakes if written & set(parts_of(known["name"][0]))]
    # The rest are spelt otherwise or were written with a slip.
    assert len(same) > 0.7 * len(namesakes)
