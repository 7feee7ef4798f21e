from __future__ import annotations

import pytest

from fusion.domain.fact import Grade, SignalFacts
from fusion.domain.pattern import Pattern, Scope
from fusion.patterns.reading import Reading, readings
from fusion.vocabulary.loaded import load_vocabulary
from tests.patterns.made import (
    activity,
    activity_indicator,
    mention,
    mention_indicator,
    pattern,
    role,
    signal,
)

VOCABULARY = load_vocabulary()
THREAT = pattern(role("r", activity_indicator("threat", codes=["expressed-or-implied-threat"])))


def read(pattern: Pattern, of: SignalFacts) -> tuple[Reading, ...]:
    return readings(pattern, of, {m.name: m for m in of.mentions}.get, VOCABULARY)


def threat(**more: object) -> object:
    return activity("/a/x/1#activities/0", "expressed-or-implied-threat", **more)


def test_an_activity_is_read_for_each_weighed_subject_in_order() -> None:
    of = signal(mention("s2"), mention("s1"), threat(subjects=["s2", "s1"]))
    (reading,) = read(THREAT, of)
    assert (reading.role, reading.indicator, reading.fact) == ("r", "threat", of.activities[0].name)
    assert reading.anchors == ("s2", "s1")
    assert (reading.signal, reading.agency, reading.office) == ("/a/x/1", "a", "/a/x")


def test_its_weight_is_graded_and_halved_where_raw() -> None:
    of = signal(mention("s"), threat(subjects=["s"]), grade=Grade("B", 2), is_raw=True)
    (reading,) = read(THREAT, of)
    assert reading.millibits == 1_215


@pytest.mark.parametrize("role_", ["victim", "witness", "bystander"])
@pytest.mark.parametrize("schema", ["Person", "LegalEntity", "Company"])
def test_who_is_no_subject_is_never_weighed_against(role_: str, schema: str) -> None:
    assert not read(THREAT, signal(mention("s", schema, role_), threat(subjects=["s"])))


@pytest.mark.parametrize("role_", [None, "subject", "associate"])
def test_a_subject_of_an_activity_is_weighed_without_saying_so(role_: str | None) -> None:
    assert read(THREAT, signal(mention("s", "Person", role_), threat(subjects=["s"])))


def test_a_subject_that_may_not_be_known_is_not_weighed() -> None:
    assert not read(THREAT, signal(threat(subjects=["hidden"])))


def test_an_activity_without_a_subject_has_no_cell_of_an_entity() -> None:
    assert not read(THREAT, signal(mention("s"), threat()))


def test_what_is_disputed_weighs_nothing() -> None:
    assert not read(THREAT, signal(mention("s"), threat(subjects=["s"]), is_disputed=True))


def test_another_code_is_not_read() -> None:
    of = signal(mention("s"), activity("/a/x/1#activities/0", "cyberattack", subjects=["s"]))
    assert not read(THREAT, of)


def test_conduct_of_ordinary_life_is_read_only_with_a_stated_circumstance() -> None:
    ordinary = pattern(role("r", activity_indicator("p", codes=["photography"])))
    bare = activity("/a/x/1#activities/0", "photography", subjects=["s"])
    stated = activity(
        "/a/x/1#activities/0", "photography", subjects=["s"], circumstances=["repeated"]
    )
    assert not read(ordinary, signal(mention("s"), bare))
    assert read(ordinary, signal(mention("s"), stated))


@pytest.mark.parametrize(
    ("stated", "is_read"),
    [
        (
            {"circumstances": ["repeated", "concealment"], "topics": ["rail"], "countries": ["de"]},
            1,
        ),
        ({"circumstances": ["evasive-conduct"], "topics": ["rail"], "countries": ["de"]}, 0),
        ({"circumstances": ["repeated"], "topics": ["aviation"], "countries": ["de"]}, 0),
        ({"circumstances": ["repeated"], "topics": ["rail"], "countries": ["us"]}, 0),
        ({"circumstances": ["repeated"]}, 0),
    ],
)
def test_one_of_each_set_that_is_asked_for_must_be_stated(
    stated: dict[str, list[str]], is_read: int
) -> None:
    narrow = pattern(
        role(
            "r",
            activity_indicator(
                "threat",
                codes=["expressed-or-implied-threat"],
                circumstances=["repeated", "stated-concern"],
                topics=["rail"],
                countries=["de"],
            ),
        )
    )
    assert len(read(narrow, signal(mention("s"), threat(subjects=["s"], **stated)))) == is_read


@pytest.mark.parametrize("schema", ["Organization", "Company", "LegalEntity", "PublicBody"])
def test_an_organisation_is_weighed_as_the_object(schema: str) -> None:
    school = pattern(*THREAT.roles, scope=Scope.ORGANISATION)
    of = signal(mention("s"), mention("o", schema), threat(subjects=["s"], objects=["o"]))
    (reading,) = read(school, of)
    assert reading.anchors == ("o",)


def test_only_organisations_are_cells_of_organisations() -> None:
    school = pattern(*THREAT.roles, scope=Scope.ORGANISATION)
    of = signal(mention("v", "Vessel"), mention("p"), threat(objects=["v", "p"]))
    assert not read(school, of)


@pytest.mark.parametrize("scope", [Scope.ORGANISATION, Scope.TOPIC_COUNTRY])
def test_where_no_subject_is_weighed_nothing_is_but_an_activity_may_have_none(scope: Scope) -> None:
    scoped = pattern(*THREAT.roles, scope=scope)
    where = {"objects": ["o"], "topics": ["rail"], "countries": ["de"]}
    company, victim = mention("o", "Company"), mention("v", role="victim")
    assert not read(scoped, signal(company, victim, threat(subjects=["v"], **where)))
    assert read(scoped, signal(company, threat(**where)))
    assert read(scoped, signal(company, victim, mention("s"), threat(subjects=["v", "s"], **where)))


def test_a_topic_in_a_country_is_a_cell_for_each_pair_that_is_stated() -> None:
    scoped = pattern(*THREAT.roles, scope=Scope.TOPIC_COUNTRY)
    (reading,) = read(scoped, signal(threat(topics=["rail", "banking"], countries=["de", "us"])))
    assert reading.anchors == ("rail|de", "rail|us", "banking|de", "banking|us")
    assert not read(scoped, signal(threat(topics=["rail"])))


HELD = pattern(role("r", mention_indicator("held", schemata=["LegalEntity", "Vehicle"])))


@pytest.mark.parametrize(
    ("schema", "role_", "is_read"),
    [
        ("Person", "subject", True),
        ("Person", "associate", True),
        ("Person", None, False),
        ("Person", "victim", False),
        ("LegalEntity", None, False),
        ("LegalEntity", "subject", True),
        ("Company", None, True),
        ("Vessel", None, True),
        ("Vessel", "bystander", False),
        ("Address", "subject", False),
    ],
)
def test_a_bare_mention_of_a_person_is_read_only_where_it_says_what_he_is(
    schema: str, role_: str | None, *, is_read: bool
) -> None:
    found = read(HELD, signal(mention("m", schema, role_)))
    assert [reading.anchors for reading in found] == ([("m",)] if is_read else [])


def test_a_bare_mention_is_read_by_role_and_by_any_value_of_each_property() -> None:
    test = mention_indicator(
        "held",
        schemata=["Vessel"],
        roles=["subject"],
        properties=(("flag", frozenset({"pa", "lr"})), ("type", frozenset({"tanker"}))),
    )
    ships = pattern(role("r", test))
    tanker = {"flag": ["lr"], "type": ["tanker", "oil"]}
    assert read(ships, signal(mention("m", "Vessel", "subject", **tanker)))
    assert not read(ships, signal(mention("m", "Vessel", "associate", **tanker)))
    assert not read(ships, signal(mention("m", "Vessel", "subject", flag=["lr"])))


def test_a_bare_mention_counts_in_no_topic() -> None:
    scoped = pattern(*HELD.roles, scope=Scope.TOPIC_COUNTRY)
    assert not read(scoped, signal(mention("m", "Company")))


def test_a_reading_ages_from_the_end_of_what_was_observed() -> None:
    (reading,) = read(THREAT, signal(mention("s"), threat(subjects=["s"]), day=77))
    assert reading.day == 77
