from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fusion.domain.errors import Fault, Invalid
from fusion.domain.pattern import Indicator, Pattern, Scope
from fusion.patterns.check import check_library, check_pattern
from fusion.vocabulary.loaded import load_vocabulary
from tests.patterns.made import activity_indicator, mention_indicator, pattern, role

VOCABULARY = load_vocabulary()
CODES = ["cyberattack"]
EXAMPLES = (
    {"fires": True, "why": "It should.", "signals": ({"source": "/a/x", "time": "2015-01-01"},)},
    {"fires": False, "why": "It should not.", "signals": ({"source": "/b", "time": "2015-01-01"},)},
)


def as_they_say(_: Pattern, events: list[dict[str, Any]]) -> bool:
    return events[0]["source"] == "/a/x"


def checked(pattern: Pattern) -> list[tuple[str, str]]:
    whole = pattern if pattern.examples else replace(pattern, examples=EXAMPLES)
    return [(f.pointer, f.detail) for f in check_pattern(whole, VOCABULARY, as_they_say)]


def reading(indicator: Indicator, scope: Scope = Scope.ENTITY) -> Pattern:
    other = activity_indicator("other", codes=CODES)
    return pattern(role("r", indicator, cap=5_000), role("s", other, cap=5_000), scope=scope)


def test_a_sound_pattern_has_no_faults() -> None:
    assert checked(reading(activity_indicator("i", codes=CODES))) == []


def test_a_needed_role_is_one_without_which_the_caps_stay_under_the_threshold() -> None:
    one, other = (activity_indicator(name, codes=CODES) for name in "ij")
    roles = role("r", one, cap=5_000, is_needed=True), role("s", other, cap=7_999)
    assert checked(pattern(*roles)) == []
    third = role("t", activity_indicator("k", millibits=1, codes=CODES), cap=1)
    assert checked(pattern(*roles, third)) == [
        ("/roles/r/needed", "the caps of the other roles reach the threshold without")
    ]


def test_the_caps_of_all_roles_must_reach_the_threshold() -> None:
    one, other = (activity_indicator(name, codes=CODES) for name in "ij")
    low = pattern(role("r", one, cap=4_000), role("s", other, cap=3_999))
    assert ("/threshold", "the caps of all roles together do not reach it") in checked(low)
    assert checked(replace(low, threshold=7_999)) == []


def test_no_kind_of_evidence_reaches_the_threshold_by_itself() -> None:
    one, other = (activity_indicator(name, codes=CODES) for name in "ij")
    high = pattern(role("r", one, cap=8_000), role("s", other))
    assert [pointer for pointer, _ in checked(high)] == ["/roles/r/cap"]


def test_an_indicator_weighs_no_more_than_its_role_may() -> None:
    heavy = reading(activity_indicator("i", millibits=5_001, codes=CODES))
    assert [pointer for pointer, _ in checked(heavy)] == ["/roles/r/indicators/i/bits"]


def test_titles_and_ids_of_indicators_stand_once_in_a_pattern() -> None:
    one = activity_indicator("i", codes=CODES)
    same_title = replace(activity_indicator("j", codes=CODES), title=one.title)
    doubled = pattern(role("r", one), role("s", same_title), role("t", one))
    assert [pointer for pointer, _ in checked(doubled)] == [
        "/roles/s/indicators/j/title",
        "/roles/t/indicators/i/title",
        "/roles/t/indicators/i",
    ]
    untitled = reading(replace(one, title=" "))
    assert [pointer for pointer, _ in checked(untitled)] == ["/roles/r/indicators/i/title"]


@pytest.mark.parametrize("member", ["codes", "circumstances", "topics", "countries"])
def test_a_word_that_is_not_in_the_vocabulary_is_named(member: str) -> None:
    test = {"codes": CODES, member: ["unheard-of"]}
    assert checked(reading(activity_indicator("i", **test))) == [
        (
            f"/roles/r/indicators/i/activity/{member}",
            "'unheard-of' is not in the vocabulary",
        )
    ]


def test_conduct_of_ordinary_life_needs_circumstances() -> None:
    plain = reading(activity_indicator("i", codes=["photography", *CODES]))
    assert [pointer for pointer, _ in checked(plain)] == [
        "/roles/r/indicators/i/activity/circumstances"
    ]
    stated = activity_indicator("i", codes=["photography"], circumstances=["repeated"])
    assert checked(reading(stated)) == []


def test_a_domain_is_known_or_all() -> None:
    sound = reading(activity_indicator("i", codes=CODES))
    assert checked(replace(sound, domain="all")) == []
    assert checked(replace(sound, domain="sport")) == [("/domain", "'sport' is no domain")]


@pytest.mark.parametrize(
    ("schema", "prop"),
    [
        ("Person", "nationality"),
        ("Person", "citizenship"),
        ("Person", "ethnicity"),
        ("Person", "religion"),
        ("Person", "political"),
        ("Person", "birthPlace"),
        ("Person", "birthCountry"),
        ("Person", "spokenLanguage"),
        ("Person", "gender"),
        ("Person", "country"),
        ("Person", "name"),
        ("LegalEntity", "country"),
        ("LegalEntity", "name"),
        ("Thing", "name"),
        ("Thing", "country"),
        ("Passport", "country"),
        ("UserAccount", "country"),
        ("Organization", "name"),
    ],
)
def test_nothing_may_be_weighed_that_says_what_a_person_is_or_is_called(
    schema: str, prop: str
) -> None:
    test = mention_indicator("i", schemata=[schema], properties=((prop, frozenset({"x"})),))
    (fault,) = checked(reading(test))
    assert fault[0] == f"/roles/r/indicators/i/mention/properties/{prop}"


def test_the_flag_of_a_ship_is_not_where_somebody_comes_from() -> None:
    test = mention_indicator("i", schemata=["Vessel"], properties=(("flag", frozenset({"pa"})),))
    assert checked(reading(test)) == []


@pytest.mark.parametrize(
    ("schema", "prop", "said"),
    [
        ("Person", "imoNumber", "Person has no property 'imoNumber'"),
        ("BankAccount", "bank", "an entity stands in a relation, not in a property"),
    ],
)
def test_a_property_must_be_one_of_the_schema_and_no_entity(
    schema: str, prop: str, said: str
) -> None:
    test = mention_indicator("i", schemata=[schema], properties=((prop, frozenset({"x"})),))
    assert [detail for _, detail in checked(reading(test))] == [said]


@pytest.mark.parametrize("schema", ["Unicorn", "Ownership", "Call"])
def test_a_schema_must_be_one_of_a_mention(schema: str) -> None:
    faults = checked(reading(mention_indicator("i", schemata=[schema])))
    assert faults == [
        ("/roles/r/indicators/i/mention/schemata", f"{schema!r} is no schema of a mention")
    ]


def test_a_bare_mention_has_no_place_where_the_scope_is_a_topic() -> None:
    test = mention_indicator("i", schemata=["Company"])
    assert len(checked(reading(test, Scope.TOPIC_COUNTRY))) == 1


@pytest.mark.parametrize(
    ("schema", "faults"), [("Company", 0), ("PublicBody", 0), ("LegalEntity", 1), ("Vessel", 1)]
)
def test_where_the_scope_is_an_organisation_a_mention_must_be_one(schema: str, faults: int) -> None:
    test = mention_indicator("i", schemata=[schema])
    assert len(checked(reading(test, Scope.ORGANISATION))) == faults


def test_needed_are_an_example_that_fires_and_one_that_stays_silent() -> None:
    sound = reading(activity_indicator("i", codes=CODES))
    only = replace(sound, examples=EXAMPLES[:1])
    assert [pointer for pointer, _ in checked(only)] == ["/examples"]


def test_an_example_that_runs_otherwise_than_it_says_is_named_with_its_reason() -> None:
    sound = replace(reading(activity_indicator("i", codes=CODES)), examples=EXAMPLES)

    def contrary(made: Pattern, events: list[dict[str, Any]]) -> bool:
        return not as_they_say(made, events)

    assert check_pattern(sound, VOCABULARY, contrary) == (
        Fault("/examples/0", "stays silent, and should not: It should."),
        Fault("/examples/1", "fires, and should not: It should not."),
    )


def test_an_example_that_is_no_signal_is_a_fault_of_the_pattern() -> None:
    sound = replace(reading(activity_indicator("i", codes=CODES)), examples=EXAMPLES)

    def refusing(_: Pattern, __: list[dict[str, Any]]) -> bool:
        raise Invalid("/source is none")

    assert [f.detail for f in check_pattern(sound, VOCABULARY, refusing)] == [
        "can't be run: /source is none"
    ] * 2


def test_examples_are_whole_signals_when_they_run() -> None:
    seen: list[dict[str, Any]] = []

    def runner(_: Pattern, events: list[dict[str, Any]]) -> bool:
        seen.extend(events)
        return as_they_say(_, events)

    sound = replace(reading(activity_indicator("i", codes=CODES)), examples=EXAMPLES)
    assert check_pattern(sound, VOCABULARY, runner) == ()
    assert seen[0] == {
        "specversion": "1.0",
        "type": "fusion.signal.submitted.v1",
        "source": "/a/x",
        "id": "example-1",
        "time": "2015-01-01T00:00:00Z",
        "datacontenttype": "application/json",
        "data": {"marking": {"level": "OPEN", "releasable_to": ["*"]}},
    }


def test_two_patterns_of_a_library_have_two_titles() -> None:
    one = replace(reading(activity_indicator("i", codes=CODES)), examples=EXAMPLES)
    faults = check_library([one, replace(one, slug="other")], VOCABULARY, as_they_say)
    assert faults == {"other": (Fault("/title", "made has the same title"),)}
