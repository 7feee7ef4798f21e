from __future__ import annotations

from typing import Any

import pytest

from fusion.domain.pattern import Pattern, Scope
from fusion.patterns.check import check_library
from fusion.patterns.examples import as_events
from fusion.patterns.loader import load_library
from tests.patterns.naive import VOCABULARY, fires, hypotheses

LIBRARY = load_library()
BY_SLUG = {pattern.slug: pattern for pattern in LIBRARY}


def examples(*, fires: bool) -> list[Any]:
    return [
        pytest.param(pattern, example, id=f"{pattern.slug}-{number}")
        for pattern in LIBRARY
        for number, example in enumerate(pattern.examples)
        if example["fires"] == fires
    ]


def test_the_shipped_library_passes_its_own_check() -> None:
    assert check_library(LIBRARY, VOCABULARY, fires) == {}


@pytest.mark.parametrize(("pattern", "example"), examples(fires=True))
def test_an_example_that_fires_does_so_and_no_holder_would_have_it_alone(
    pattern: Pattern, example: dict[str, Any]
) -> None:
    events = as_events(example["signals"])
    assert fires(pattern, events), example["why"]
    for source in {event["source"] for event in events}:
        assert not fires(pattern, [event for event in events if event["source"] == source])


@pytest.mark.parametrize(("pattern", "example"), examples(fires=False))
def test_an_example_that_is_silent_stays_so_as_time_passes(
    pattern: Pattern, example: dict[str, Any]
) -> None:
    later = {"source": "/clock/none", "id": "later", "time": "2015-06-30"}
    assert not fires(pattern, as_events(example["signals"])), example["why"]
    assert not fires(pattern, as_events([*example["signals"], later]))


def test_the_library_covers_every_scope_a_domain_beside_security_and_one_that_is_neutral() -> None:
    assert {pattern.scope for pattern in LIBRARY} == set(Scope)
    assert {"security", "economic", "all"} <= {pattern.domain for pattern in LIBRARY}


def test_every_weight_and_every_pattern_has_its_argument() -> None:
    for pattern in LIBRARY:
        assert "Sources:" in pattern.rationale and pattern.runbook.startswith("1. ")
        for role in pattern.roles:
            assert all(indicator.why for indicator in role.indicators)


def test_no_pattern_reads_a_property_of_a_person() -> None:
    tests = [i.mention for p in LIBRARY for r in p.roles for i in r.indicators if i.mention]
    assert tests and not [test for test in tests if test.properties]


@pytest.mark.parametrize("slug", ["training-at-one-facility", "training-by-circumstances"])
def test_the_rows_of_one_origin_never_make_a_training_alert(slug: str) -> None:
    """Whatever one source says of training, at the best grade, as often as it likes."""
    everything = {
        "source": "/police/north",
        "time": "2015-03-10",
        "grading": {"source": "A", "information": 1},
        "mentions": [
            {"ref": "m1", "schema": "Person", "properties": {"name": ["A"]}},
            {"ref": "m2", "schema": "Organization", "properties": {"name": ["B"]}},
        ],
        "activities": [
            {
                "code": code,
                "circumstances": [entry.name for entry in VOCABULARY.circumstances()],
                "subjects": ["m1"],
                "objects": ["m2"],
                "topics": ["aviation"],
                "countries": ["us"],
            }
            for code in ("flight-training", "training-enrolment", "licence-application")
        ],
    }
    pattern = BY_SLUG[slug]
    assert not fires(pattern, as_events([everything] * 3))
    assert max(h.millibits for h in hypotheses(pattern, as_events([everything] * 3))) == 8_500


@pytest.mark.parametrize("count", [2, 10, 50])
@pytest.mark.parametrize("slug", ["training-at-one-facility", "training-by-circumstances"])
def test_training_without_circumstances_weighs_nothing_however_often(slug: str, count: int) -> None:
    events = as_events(
        {
            "source": f"/agency-{number}/office",
            "time": "2015-03-10",
            "grading": {"source": "A", "information": 1},
            "mentions": [
                {"ref": "m1", "schema": "Person", "properties": {"name": [f"P{number}"]}},
                {"ref": "m2", "schema": "Organization", "properties": {"name": ["B"]}},
            ],
            "activities": [
                {
                    "code": "flight-training",
                    "subjects": ["m1"],
                    "objects": ["m2"],
                    "topics": ["aviation"],
                    "countries": ["us"],
                }
            ],
        }
        for number in range(count)
    )
    assert hypotheses(BY_SLUG[slug], events) == []


@pytest.mark.parametrize("count", [2, 10, 50])
def test_whoever_is_only_known_to_many_stays_silent(count: int) -> None:
    events = as_events(
        {
            "source": f"/agency-{number}/office",
            "time": "2015-03-10",
            "grading": {"source": "A", "information": 1},
            "mentions": [
                {
                    "ref": "m1",
                    "schema": "Person",
                    "role": "subject",
                    "properties": {"name": ["Edvin Marholt Kessanto"]},
                }
            ],
            "activities": [
                {"code": "entry-into-country", "subjects": ["m1"]},
                {"code": "property-rental", "subjects": ["m1"]},
            ],
        }
        for number in range(count)
    )
    (found,) = hypotheses(BY_SLUG["known-to-many-apart"], events)
    assert found.roles == (("holdings", min(2_000, 800 * count)),)


def test_one_office_with_every_concern_and_all_registers_stays_silent() -> None:
    subject = {
        "ref": "m1",
        "schema": "Person",
        "role": "subject",
        "properties": {"name": ["Edvin Marholt Kessanto"]},
    }
    concern = {
        "source": "/police/north",
        "mentions": [subject],
        "activities": [
            {
                "code": code,
                "circumstances": ["stated-concern", "false-identity"],
                "subjects": ["m1"],
            }
            for code in ("investigation-opened", "misrepresentation", "cash-payment")
        ],
    }
    registers = [{"source": f"/agency-{n}/office", "mentions": [subject]} for n in range(30)]
    signals = [
        {"time": "2015-03-10", "grading": {"source": "A", "information": 1}, **signal}
        for signal in (concern, concern, *registers)
    ]
    assert not fires(BY_SLUG["known-to-many-apart"], as_events(signals))


def test_the_signals_of_examples_speak_the_vocabulary() -> None:
    """What intake would refuse proves nothing."""
    for pattern in LIBRARY:
        for example in pattern.examples:
            for signal in example["signals"]:
                _speaks(signal)


def _speaks(signal: dict[str, Any]) -> None:
    refs = {mention["ref"] for mention in signal.get("mentions", ())}
    for mention in signal.get("mentions", ()):
        assert VOCABULARY.is_mention(mention["schema"])
        for name in mention["properties"]:
            assert VOCABULARY.has_property(mention["schema"], name)
            assert not VOCABULARY.is_entity_property(mention["schema"], name)
    for activity in signal.get("activities", ()):
        assert VOCABULARY.has_code(activity["code"])
        assert all(map(VOCABULARY.has_circumstance, activity.get("circumstances", ())))
        assert all(map(VOCABULARY.has_topic, activity.get("topics", ())))
        assert all(map(VOCABULARY.has_country, activity.get("countries", ())))
        assert refs >= {*activity.get("subjects", ()), *activity.get("objects", ())}
