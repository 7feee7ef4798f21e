from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.hypothesis import Evidence, Hypothesis, Status
from fusion.patterns.estimate import confidence, likelihood


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (2, "almost no chance"),
        (10, "very unlikely"),
        (30, "unlikely"),
        (50, "roughly even chance"),
        (60, "likely"),
        (90, "very likely"),
        (97, "almost certain"),
    ],
)
def test_likelihood_is_in_the_words_of_icd_203(percent: int, words: str) -> None:
    above = round(1_000 * log2(percent / (100 - percent)))
    assert likelihood(8_000 + above, 8_000).words == words


def test_at_the_threshold_it_is_as_likely_as_not() -> None:
    assert str(likelihood(7_000, 7_000)) == "roughly even chance (45–55%)"


@given(st.integers(-20_000, 20_000))
def test_the_band_holds_the_probability(above: int) -> None:
    percent = 100 / (1 + 2 ** (-above / 1_000))
    band = likelihood(above, 0)
    low = 0 if band.words == "almost no chance" else band.low_percent
    high = 100 if band.words == "almost certain" else band.high_percent
    assert low - 0.01 <= percent <= high + 0.01


def hypothesis_of(*pieces: tuple[str, str, int]) -> Hypothesis:
    """Pieces are (signal, origin, counted millibits)."""
    evidence = tuple(
        Evidence("r", "i", f"{signal}#m1", signal, "a", "/a/x", origin, 0, counted, counted)
        for signal, origin, counted in pieces
    )
    return Hypothesis("p", "k", 0, Status.ABOVE, (), evidence, ())


GRADES = {"/good": 810, "/fair": 490, "/poor": 302}


def word(*pieces: tuple[str, str, int]) -> str:
    return confidence(hypothesis_of(*pieces), GRADES.__getitem__).word


def test_three_origins_of_which_half_the_weight_is_well_graded_give_high_confidence() -> None:
    assert word(("/good", "1", 500), ("/good", "2", 500), ("/poor", "3", 1_000)) == "high"
    assert word(("/good", "1", 499), ("/fair", "2", 500), ("/fair", "3", 1_000)) == "moderate"


def test_two_origins_of_fair_grade_give_moderate_confidence() -> None:
    assert word(("/good", "1", 500), ("/fair", "2", 500)) == "moderate"
    assert word(("/poor", "1", 600), ("/fair", "2", 500)) == "low"


def test_one_origin_is_low_confidence_however_good_it_is() -> None:
    assert word(("/good", "1", 9_000), ("/good", "1", 9_000)) == "low"


def test_what_does_not_count_founds_nothing() -> None:
    assert word(("/good", "1", 500), ("/good", "2", 0), ("/good", "3", 0)) == "low"


def test_it_says_what_it_rests_on() -> None:
    found = confidence(hypothesis_of(("/good", "1", 750), ("/fair", "2", 250)), GRADES.__getitem__)
    assert found.because == (
        "2 independent origins; 75% of the weight graded B2 or better, 100% C3 or better"
    )
    assert str(found) == "moderate"
    assert confidence(hypothesis_of(), GRADES.__getitem__).because == "no evidence"
