from __future__ import annotations

import pytest

from fusion.domain.fact import Grade
from fusion.linking.model import default_model, load_model

MODEL = default_model()


def claim(grade: str) -> int:
    """What a claim of a grade weighs."""
    return MODEL.claim_bits * Grade(grade[0], int(grade[1])).permille // 1000


def test_the_bounds_follow_from_the_population() -> None:
    assert MODEL.same == 13_000 + 3_000
    assert MODEL.possible == 13_000 - 3_000
    assert MODEL.conflict < 0 < MODEL.possible < MODEL.same < MODEL.bar_top


def test_claims_join_from_b2_and_say_nothing_at_f6() -> None:
    assert claim("B2") >= MODEL.same > claim("C3") >= MODEL.possible > claim("F6")


def test_a_changed_model_has_a_digest_of_its_own() -> None:
    tiny = MODEL.replace(key_cap=2)
    assert (tiny.key_cap, tiny.same) == (2, MODEL.same)
    assert tiny.digest not in {MODEL.digest, MODEL.replace(key_cap=3).digest}
    assert tiny.digest == MODEL.replace(key_cap=2).digest


def test_a_version_is_loaded_once_and_reads_the_same_again() -> None:
    assert default_model() is MODEL
    assert load_model(MODEL.version).digest == MODEL.digest


def test_a_version_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_model("1999-1")


def test_arabic_names_are_as_common_as_they_are_where_they_are_borne() -> None:
    persons = MODEL.frequencies.persons
    for name in ("mohammed", "mohamed", "muhammad", "ahmed", "ali", "abdullah"):
        assert persons[name] < 4_500
    for name in ("khalid", "hussein", "hassan"):
        assert persons[name] < 7_000
    assert persons["smith"] > persons["mohammed"]


def test_a_name_outside_the_table_weighs_the_stated_value() -> None:
    assert "moussaoul" not in MODEL.frequencies.persons
    assert max(MODEL.frequencies.persons.values()) < MODEL.frequencies.unlisted_person
    assert 10_000 < MODEL.frequencies.unlisted_person < 12_000


def test_an_older_version_is_read_as_if_what_is_newer_were_not_there() -> None:
    older = load_model("2026-1")
    weights = older.weights
    assert weights.word_near == weights.word_conflict
    assert weights.namesake_cap == weights.given_cap
    assert weights.birth_year_near == weights.birth_conflict
    assert weights.checked_slip == weights.identifier_slip
    assert (weights.swapped_cost, weights.form_conflict, weights.torn_given_permille) == (0, 0, 0)
    assert not older.frequencies.body_forms
    assert older.digest != MODEL.digest
