from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fusion.cli.demonstration.comparing import show_regimes
from fusion.cli.demonstration.offline_world import world_of
from fusion.cli.demonstration.passing_on import PassedOn
from fusion.cli.demonstration.regime import (
    AS_IT_WAS,
    NEED_TO_KNOW,
    OPEN,
    Outcome,
    as_it_was,
    outcomes,
)
from fusion.cli.demonstration.scenario import Document, load_scenario, name_of
from fusion.domain.clock import day_of, format_day
from fusion.settings import Settings
from tests.cli.made_scenario import OWN, SHARED, scenario_signals, signal, written_scenario

CAPITAL, RUMOUR = "/bank/markets/capital", "/bank/press/rumour"
DEPOSITS, QUEUE = "/river/gauges/deposits", "/river/gauges/queue"


def found(folder: Path, ordinary: list[Document] | None = None, **parts: Any) -> list[Outcome]:
    scenario = load_scenario(str(written_scenario(folder, **parts)))
    world = world_of(scenario, None, Settings())
    return list(outcomes(scenario, ordinary or [], world, lambda *_: None))


def of(outcome: list[Outcome], regime: str, observer: str) -> Outcome:
    (one,) = (each for each in outcome if (each.regime, each.observer) == (regime, observer))
    return one


def passing(*signals: str, to: str) -> Document:
    return {"passed_on": [{"signal": each, "to": [to], "because": "said so"} for each in signals]}


def day(outcome: Outcome, promise: str = "run") -> str:
    return format_day(day_of(outcome.kept[promise].at))


def test_alone_nobody_is_told_together_who_may_know_is_and_openly_everybody(tmp_path: Path) -> None:
    outcome = found(tmp_path)
    assert {each.regime for each in outcome} == {AS_IT_WAS, NEED_TO_KNOW, OPEN}
    alone = [each for each in outcome if each.regime == AS_IT_WAS]
    assert [each.observer for each in alone] == ["bank", "harbour", "river"]
    assert [each.alerts for each in alone] == [0, 0, 0]
    assert day(of(outcome, NEED_TO_KNOW, "analyst")) == "2015-03-09"
    assert not of(outcome, NEED_TO_KNOW, "clerk").kept
    assert day(of(outcome, OPEN, "everybody")) == "2015-03-09"


def test_what_was_passed_on_its_receiver_knows_and_its_own_others_do_not(tmp_path: Path) -> None:
    outcome = found(tmp_path, passed_on=passing(DEPOSITS, QUEUE, to="bank"))
    told = of(outcome, AS_IT_WAS, "bank")
    assert set(told.kept["run"].said["signals"]) == {CAPITAL, RUMOUR, DEPOSITS, QUEUE}
    assert of(outcome, AS_IT_WAS, "river").alerts == 0
    assert of(outcome, AS_IT_WAS, "harbour").alerts == 0


def test_as_it_was_nothing_is_marked_apart_and_no_tearline_is_left() -> None:
    apart = {**OWN, "compartments": ["X"]}
    one = signal(
        "/river/gauges",
        "apart",
        "2015-01-05T09:00:00Z",
        SHARED,
        mentions=[{"ref": "m1", "schema": "Person", "properties": {}, "marking": apart}],
        activities=[{"code": "travel", "subjects": ["m1"], "marking": apart}],
        origin={"id": "x", "marking": apart},
        tearlines=[{"text": "t", "releaser": "/river/chief", "marking": OWN}],
    )
    taken_back = {**one, "type": "fusion.signal.retracted.v1", "data": {"retracts": "x"}}
    passed = [PassedOn(signal=name_of(one), to=("bank",), because="said so")]
    told, gone = as_it_was([one, taken_back], passed, level="OPEN")
    assert told["data"]["marking"] == {"level": "OPEN", "releasable_to": ["bank"]}
    assert str(told["data"]).count("marking") == 1
    assert "tearlines" not in told["data"]
    assert gone == taken_back


def suspected() -> list[Document]:
    """An ordinary person whom three offices suspect."""
    person = {
        "ref": "m1",
        "schema": "Person",
        "properties": {"name": ["Edvin Marholt Kessanto"], "birthDate": ["1974-05-16"]},
    }
    activity = {
        "code": "investigation-opened",
        "circumstances": ["stated-concern", "false-identity"],
        "subjects": ["m1"],
    }
    return [
        signal(
            office,
            "syn-1",
            f"2015-02-{10 + place}T09:00:00Z",
            {"level": "OPEN", "releasable_to": ["*"]},
            mentions=[person],
            activities=[activity],
            vetting="vetted",
        )
        for place, office in enumerate(("/river/gauges", "/bank/press", "/harbour/quay"))
    ]


def test_the_price_is_counted_from_what_ordinary_signals_raise(tmp_path: Path) -> None:
    everybody = of(found(tmp_path, suspected()), OPEN, "everybody")
    assert everybody.days == 66
    assert (everybody.alerts, everybody.true) == (2, 1)
    # The false one from the second report to the event; the run, from 9 March on, falls within.
    assert (everybody.on, everybody.on_falsely) == (29, 29)
    assert everybody.precision == 1.0
    assert everybody.uninvolved == 1


def test_who_may_not_know_is_pointed_to_who_holds_the_rest(tmp_path: Path) -> None:
    """The clerk sees the rumour alone; what it means with the rest its desk may be asked for."""
    signals = scenario_signals()
    for each in signals:
        if name_of(each) == RUMOUR:
            each["data"]["marking"] = {"level": "OPEN", "releasable_to": ["*"]}
        elif each["data"]["marking"] == SHARED:
            each["data"]["marking"] = {**SHARED, "discovery": "agencies"}
    outcome = found(tmp_path, signals=signals)
    clerk = of(outcome, NEED_TO_KNOW, "clerk")
    assert not clerk.kept
    assert format_day(clerk.pointed["run"].day) == "2015-03-10"
    assert "/river/desk" in clerk.pointed["run"].desks
    # Whoever may know it all is pointed to nothing, nor is it under another rule.
    assert not of(outcome, NEED_TO_KNOW, "analyst").pointed
    assert not of(outcome, OPEN, "everybody").pointed


def test_nobody_of_the_scenario_is_uninvolved(tmp_path: Path) -> None:
    assert of(found(tmp_path), OPEN, "everybody").uninvolved == 0


def test_a_line_says_when_and_by_how_many_in_full_and_by_tearline(tmp_path: Path) -> None:
    scenario = load_scenario(str(written_scenario(tmp_path)))
    out = StringIO()
    console = Console(file=out, width=120, color_system=None)
    show_regimes(scenario, [], world_of(scenario, None, Settings()), console, lambda *_: None)
    lines = out.getvalue().splitlines()
    assert any(line.startswith("told of nothing: bank, harbour, river") for line in lines)
    (analyst,) = (line for line in lines if line.startswith("analyst "))
    assert analyst.split()[1:5] == ["2015-03-09,", "4", "+", "0"]
    assert any(line.startswith("told of nothing: clerk, guard") for line in lines)


@pytest.mark.parametrize(
    ("passed_on", "said"),
    [
        (passing("/river/gauges/nothing", to="bank"), "passed_on/0/signal: the scenario has no"),
        (passing(CAPITAL, to="nobody"), "passed_on/0/to: the registry has no agency nobody"),
        (passing(CAPITAL, CAPITAL, to="river"), "capital is passed on twice"),
    ],
)
def test_what_was_passed_on_names_signals_and_agencies_that_there_are(
    tmp_path: Path, passed_on: Document, said: str
) -> None:
    folder = written_scenario(tmp_path, passed_on=passed_on)
    with pytest.raises(Exception, match=said):
        load_scenario(str(folder))


def test_the_signals_of_the_made_up_scenario_are_those_that_the_tests_name() -> None:
    assert {CAPITAL, RUMOUR, DEPOSITS, QUEUE} <= {name_of(each) for each in scenario_signals()}
