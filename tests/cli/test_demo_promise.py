from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.cli.demonstration.promise import (
    AlertPromise,
    Parting,
    PartingPromise,
    PromisesFile,
    Sighting,
    failure_of,
)
from fusion.cli.demonstration.told import Explanation
from tests.cli.made_scenario import promises_document
from tests.cli.made_tellings import evidence, explanation, told

RIVER = evidence("/river/gauges/queue", 5.0)
BANK = evidence("/bank/press/rumour", 4.0)
BRANCH = evidence("/bank/markets/capital", 3.0)
SYNTHETIC = evidence("/bank/press/syn-0000001", 5.0)
LOOKALIKE = evidence("/bank/markets/syn-like-0000002", 5.0)


def promise(**parts: Any) -> AlertPromise:
    return AlertPromise.model_validate({"patterns": ["bank-run"], **parts})


KEPT = [
    (promise(), explanation(RIVER, BANK), True),
    (promise(patterns=["flood"]), explanation(RIVER, BANK), False),
    (promise(cross_agency=True), explanation(RIVER, BANK), True),
    (promise(cross_agency=True), explanation(evidence("/river/gauges/queue", 9.0)), False),
    (promise(agencies={"all_of": ["river", "bank"]}), explanation(RIVER, BANK), True),
    (promise(agencies={"all_of": ["river", "bank"]}), explanation(RIVER), False),
    (promise(agencies={"any_of": ["harbour", "bank"]}), explanation(RIVER, BANK), True),
    (promise(agencies={"any_of": ["harbour"]}), explanation(RIVER, BANK), False),
    # An agency that brings ordinary signals only is not among those promised.
    (
        promise(agencies={"all_of": ["river"], "any_of": ["bank"]}),
        explanation(RIVER, SYNTHETIC),
        False,
    ),
    (promise(offices={"agency": "bank", "at_least": 2}), explanation(BANK, BRANCH), True),
    (promise(offices={"agency": "bank", "at_least": 2}), explanation(BANK, RIVER), False),
    (
        promise(offices={"agency": "bank", "at_least": 2}),
        explanation(BANK, RIVER, LOOKALIKE),
        False,
    ),
    # What rests mostly on ordinary signals is none of the scenario's.
    (promise(), explanation(BANK, SYNTHETIC), False),
    (promise(), explanation(RIVER, BANK, SYNTHETIC), True),
]


@pytest.mark.parametrize(("promised", "why", "is_kept"), KEPT)
def test_a_promise_is_kept_by_such_an_alert_of_the_scenarios_own_evidence(
    promised: AlertPromise, why: Explanation, is_kept: bool
) -> None:
    assert promised.is_kept_by(told(why)) is is_kept


def test_an_office_counts_by_stated_circumstances_where_that_is_promised() -> None:
    offices = {"agency": "bank", "at_least": 2, "state_circumstances": True}
    promised = promise(offices=offices)
    assert promised.is_kept_by(told(explanation(BANK, BRANCH)))
    by_topic_alone = explanation(BANK, BRANCH, plain=("/bank/markets/capital",))
    assert not promised.is_kept_by(told(by_topic_alone))


def test_evidence_that_adds_nothing_makes_no_holder_count() -> None:
    why = explanation(BANK, evidence("/bank/markets/capital", 0.0))
    assert not promise(offices={"agency": "bank", "at_least": 2}).is_kept_by(told(why))


def test_neither_a_withdrawal_nor_what_was_not_explained_keeps_a_promise() -> None:
    why = explanation(RIVER, BANK)
    assert not promise().is_kept_by(told(why, kind="withdrawn"))
    assert not promise().is_kept_by(replace(told(why), explanation=None))


# --- partings

NAMES = PartingPromise(one="1", other="2", joined_by="/r/claim", parted_by="/r/denial")


def seen(one: str, other: str | None = None) -> Sighting:
    """A sighting: each mention is one character; the same twice where the two are one."""
    return Sighting(frozenset(one), frozenset(one if other is None else other))


GOOD = Parting(
    NAMES,
    before=seen("1a", "2b"),
    claimed=seen("1a2bm"),
    joined=seen("1a2bmc"),
    denied=seen("1acd", "2bm"),
    after=seen("1acd", "2bm"),
)


def test_a_parting_is_kept_where_all_stay_with_their_own() -> None:
    assert GOOD.is_kept
    assert failure_of({"analyst": GOOD, "clerk": Parting(NAMES)}) is None


BROKEN = [
    (replace(GOOD, joined=seen("1a", "2b")), "no reader ever saw the two as one"),
    (replace(GOOD, after=seen("1a2bmcd")), "no reader saw them parted again"),
    (replace(GOOD, after=Sighting()), "no reader saw them parted again"),
    (replace(GOOD, after=seen("1ad", "2bm")), "others were taken off with them: c"),
    # Nobody is lost, but one went to the wrong man.
    (replace(GOOD, after=seen("1cd", "2bma")), "others were taken off with them: a"),
]


@pytest.mark.parametrize(("parting", "why"), BROKEN)
def test_a_parting_that_is_not_kept_says_why(parting: Parting, why: str) -> None:
    assert not parting.is_kept
    assert failure_of({"analyst": parting}) == why


def test_it_shows_whether_the_claim_and_the_denial_did_it_by_themselves() -> None:
    assert (GOOD.is_joined_by_claim, GOOD.is_parted_by_denial) == (True, True)
    judged = replace(GOOD, claimed=seen("1a", "2bm"), denied=seen("1a2bmcd"))
    assert judged.is_kept
    assert (judged.is_joined_by_claim, judged.is_parted_by_denial) == (False, False)


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_taken_off_are_exactly_those_whom_neither_has_any_more(
    kept: set[str], lost: set[str]
) -> None:
    lost -= kept
    parting = Parting(
        NAMES,
        joined=seen("12" + "".join(kept | lost)),
        after=seen("1" + "".join(kept), "2"),
    )
    assert parting.taken_off == lost


def test_at_most_one_promise_is_the_main_one_and_it_is_an_alert() -> None:
    document = promises_document()
    document["promises"].append(document["promises"][0] | {"name": "again"})
    with pytest.raises(ValueError, match="one alert at most is the main one"):
        PromisesFile.model_validate(document)
    document = promises_document()
    document["promises"][1]["main"] = True
    with pytest.raises(ValueError, match="two-men: the main one is an alert"):
        PromisesFile.model_validate(document)
