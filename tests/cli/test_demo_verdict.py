from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from fusion.cli.demonstration.matter import Moment
from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.promise import Sighting
from fusion.cli.demonstration.reckoning import Reckoning
from fusion.cli.demonstration.scenario import Scenario, load_scenario
from fusion.cli.demonstration.screen import Screen, console_for
from fusion.cli.demonstration.told import Foresight, Pointed, Telling
from fusion.cli.demonstration.verdict import verdict
from tests.cli.made_scenario import written_scenario
from tests.cli.made_tellings import evidence, explanation, told

QUEUE = evidence("/river/gauges/queue", 5.0, text="A queue (graded A2)")
RUMOUR = evidence("/bank/press/rumour", 4.0, text="A rumour (graded B2)")
WHY = explanation(QUEUE, RUMOUR)
EARLY, LATE = "2015-03-02T09:00:00.000000Z", "2015-03-09T11:00:00.000000Z"
ONE, OTHER = "/river/gauges/one#m1", "/river/gauges/other#m1"
BOTH = frozenset({ONE, OTHER})


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return load_scenario(str(written_scenario(tmp_path)))


@pytest.fixture
def reckoning(scenario: Scenario) -> Reckoning:
    return Reckoning(scenario)


def note(reckoning: Reckoning, *tellings: Telling, matter: int = 0) -> None:
    for each in tellings:
        reckoning.note(Moment(matter, each.at, (each,), {each.reader: each}))


def part(reckoning: Reckoning, *, by_claim: bool = True) -> None:
    """Let the analyst see the promised two as one and then as two."""
    promise = reckoning.scenario.promises[1]
    one, two = Sighting(BOTH, BOTH), Sighting(frozenset({ONE}), frozenset({OTHER}))
    reckoning.sight(promise, "before", "analyst", two)
    reckoning.sight(promise, "claimed", "analyst", one if by_claim else two)
    reckoning.sight(promise, "joined", "analyst", one)
    reckoning.sight(promise, "denied", "analyst", two)
    reckoning.sight(promise, "after", "analyst", two)


def text(reckoning: Reckoning) -> str:
    """The verdict as it is printed, without its line breaks."""
    out = StringIO()
    Screen(console_for(out), reckoning.scenario).verdict(verdict(reckoning))
    return " ".join(out.getvalue().split())


def test_the_main_alert_is_told_with_who_held_what_alone_and_together(reckoning: Reckoning) -> None:
    note(reckoning, told(WHY))
    said = text(reckoning)
    assert "On 2015-03-09, 3 days before 2015-03-12, fusion would have raised, for analyst" in said
    assert "river/gauges A queue (graded A2) 5.0 56%" in said
    assert "bank/press A rumour (graded B2) 4.0 44%" in said
    assert "Alone, of the 8.0 bits that it takes: river 5.0, bank 4.0: none of them sees it" in said
    assert "Together 9.0, 4.0 more than the best of them" in said
    assert "Leads: Chief of supervision (Banks), to acknowledge by 2015-03-09 15:00 UTC." in said


def test_who_could_have_seen_it_alone_is_said(reckoning: Reckoning) -> None:
    note(reckoning, told(explanation(evidence("/bank/press/rumour", 9.0)), cross_agency=True))
    # The promise wants the river too, so this alert is not the one that the verdict tells of.
    assert reckoning.main is None
    note(
        reckoning,
        told(explanation(QUEUE, evidence("/bank/press/rumour", 9.0)), cross_agency=True),
    )
    assert "bank 9.0, river 5.0: bank could have seen it alone" in text(reckoning)


def test_when_the_line_would_have_been_crossed_and_who_could_have_known_is_said(
    reckoning: Reckoning,
) -> None:
    posts = ("Chief of supervision",)
    early = Foresight("2015-03-02", ("/bank/press/rumour",), ("bank", "river"), posts)
    note(reckoning, replace(told(WHY), foresight=early))
    assert (
        "Shared when reported, these fragments cross the line on 2015-03-02; by their markings all"
        " of them could have been told to bank and river, and so these posts: Chief of supervision."
    ) in text(reckoning)


def test_that_nothing_would_have_been_earlier_is_said_too(scenario: Scenario) -> None:
    for foresight, said in (
        (
            Foresight("2015-03-09", (), (), ()),
            "No earlier day would have had the fragments for it;",
        ),
        (Foresight(None, (), (), ()), "By themselves these fragments never cross the line;"),
    ):
        reckoning = Reckoning(scenario)
        note(reckoning, replace(told(WHY), foresight=foresight))
        assert f"{said} by their markings all of them could have been told to nobody." in text(
            reckoning
        )


def test_who_was_told_and_from_when_to_when(reckoning: Reckoning) -> None:
    note(
        reckoning,
        told(WHY, at=EARLY),
        told(WHY, kind="withdrawn", at="2015-03-05T00:00:00.000000Z"),
        told(WHY, at=LATE),
        told(WHY, reader="guard", at=LATE, rung="tearline"),
    )
    assert (
        "Told of it: analyst (in full) from 2015-03-02 to 2015-03-05 and from 2015-03-09;"
        " guard (from tear-lines) from 2015-03-09; never clerk."
    ) in text(reckoning)


def test_who_would_sit_there_in_vain_is_who_changes_nothing_or_holds_nothing(
    reckoning: Reckoning,
) -> None:
    why = explanation(QUEUE, RUMOUR, without={"river": 4.0, "bank": 5.0, "harbour": 9.0})
    lead = {"mechanism": "overall", "post": "/harbour/coordinator", "title": "Coordinator"}
    participants = {"core": ["bank"], "auxiliary": ["river"]}
    note(reckoning, told(why, lead=lead, participants=participants))
    assert ("At the table must be bank; river can help. In vain would sit there: nobody.") in text(
        reckoning
    )

    again = Reckoning(reckoning.scenario)
    floods = {"mechanism": "floods", "post": "/river/chief", "title": "Chief of the river"}
    participants = {"core": ["bank", "river"], "auxiliary": ["harbour"]}
    note(again, told(why, lead=floods, participants=participants))
    assert (
        "In vain would sit there: harbour, without whom it weighs the same; upstream, of the"
        " mechanism, who hold nothing of it."
    ) in text(again)


def test_an_alert_that_nobody_leads_is_said_so(reckoning: Reckoning) -> None:
    note(reckoning, told(WHY, lead=None))
    assert "Nobody leads" in text(reckoning)


def test_a_kept_parting_says_by_what(reckoning: Reckoning) -> None:
    note(reckoning, told(WHY))
    part(reckoning)
    assert list(reckoning.broken()) == []
    assert "✓ Two men are two: for analyst they were one, by what was claimed, and two" in text(
        reckoning
    )
    judged = Reckoning(reckoning.scenario)
    part(judged, by_claim=False)
    assert "they were one, not by the claim but by a judgement on it, and two" in text(judged)


def test_a_broken_promise_is_named_with_its_reason(reckoning: Reckoning) -> None:
    broken = {promise.name: why for promise, why in reckoning.broken()}
    assert broken == {
        "run": "no reader was told such an alert",
        "two-men": "no reader ever saw the two as one",
    }
    assert "✗ A bank is run on: no; no reader was told such an alert." in text(reckoning)


def test_the_price_counts_each_matter_that_rested_mostly_on_synthetic_signals_once(
    reckoning: Reckoning,
) -> None:
    made_up = explanation(RUMOUR, evidence("/river/gauges/syn-0000001", 5.0))
    reckoning.note_posting(Posting(0, ({}, {}), is_ordinary=True))
    note(reckoning, told(WHY))
    note(reckoning, told(made_up), told(made_up, reader="guard"), matter=1)
    note(reckoning, told(made_up, kind="withdrawn"), told(made_up), matter=1)
    note(reckoning, told(made_up), matter=2)
    assert (
        "The price: 2 other alerts that rested mostly on synthetic signals, 0.67 a month"
        " (3 months, 2 signals; by reader: analyst 2, guard 1)."
    ) in text(reckoning)


def test_what_the_scenario_raised_beyond_its_promises_is_not_hidden(reckoning: Reckoning) -> None:
    note(reckoning, told(WHY))
    note(reckoning, told(WHY, pattern="flood", title="A flood: The weir"), matter=1)
    assert "Raised too, and not promised: flood, The weir." in text(reckoning)


def test_it_says_what_it_is(reckoning: Reckoning) -> None:
    assert "All of this is made up. The ordinary signals around them are synthetic." in text(
        reckoning
    )


def test_it_says_whom_each_reader_was_pointed_to_and_how_much_there_was_to_look_at(
    reckoning: Reckoning,
) -> None:
    note(reckoning, told(WHY))
    day = told(WHY).at
    for desk, anchor in (
        ("/bank/desk", "/river/gauges/queue#activities/0"),
        ("/bank/desk", "/river/gauges/queue#m1"),
        ("/harbour/desk", "/river/gauges/syn-7#m1"),
    ):
        reckoning.pointed.append(Pointed("analyst", desk + anchor, desk, anchor, day))
    said = text(reckoning)
    assert "Pointed from signals of it: analyst to /bank/desk by 2015-03-09" in said
    assert "analyst 3 (2 from the scenario's signals)" in said
