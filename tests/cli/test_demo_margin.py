from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from fusion.cli.demonstration import comparing
from fusion.cli.demonstration.margin import (
    Change,
    Found,
    changes,
    dates_of,
    found_first,
    margins,
)
from fusion.cli.demonstration.offline_world import World, world_of
from fusion.cli.demonstration.scenario import Scenario, load_scenario
from fusion.domain.clock import day_of, period_start
from fusion.settings import Settings
from tests.cli.made_scenario import written_scenario

DAY = day_of(period_start("2015-03-09"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, World]:
    scenario = load_scenario(str(written_scenario(tmp_path_factory.mktemp("scenario"))))
    return scenario, world_of(scenario, None, Settings())


@pytest.fixture(scope="module")
def base(made: tuple[Scenario, World]) -> Found:
    return found_first(*made)


@pytest.fixture(scope="module")
def named(made: tuple[Scenario, World], base: Found) -> dict[str, Change]:
    """Every change, by what is changed."""
    scenario, world = made
    return {step.what: step for step in changes(scenario, world.rules, base)}


def test_the_day_of_a_promise_is_everybody_s_and_the_first_reader_s(
    base: Found,
) -> None:
    assert dates_of(base) == {"run": (DAY, DAY)}


def test_every_row_is_taken_out_and_only_what_counted_is_graded_and_weighed(
    made: tuple[Scenario, World], named: dict[str, Change]
) -> None:
    rows = [what for what, step in named.items() if step.kind == "row"]
    assert len(rows) == len(made[0].signals)
    grades = [what for what, step in named.items() if step.kind == "grade"]
    assert "/bank/markets/capital A2 to B2" in grades
    assert "/bank/markets/capital A2 to A3" in grades
    assert not [what for what in grades if "/river/gauges/one" in what]
    weights = {what for what, step in named.items() if step.kind == "weight"}
    assert "bank-run: threshold half a bit higher" in weights
    assert "bank-run, trigger, capital-not-found: half a bit less" in weights
    assert not [what for what in weights if "downgraded" in what or "known-to-many" in what]


def test_a_row_on_which_the_alert_hangs_loses_it_for_everybody(
    made: tuple[Scenario, World], base: Found, named: dict[str, Change]
) -> None:
    (lost,) = margins(*made, named["without /bank/markets/capital"], base)
    assert (lost.promise, lost.before, lost.after) == ("run", (DAY, DAY), (None, None))
    assert lost.is_lost


def test_a_row_that_is_no_part_of_it_does_nothing(
    made: tuple[Scenario, World], base: Found, named: dict[str, Change]
) -> None:
    assert list(margins(*made, named["without /river/gauges/one"], base)) == []


def test_one_step_changes_that_one_thing_alone(
    made: tuple[Scenario, World], named: dict[str, Change]
) -> None:
    scenario, world = made
    before = world.rules.pattern("bank-run")
    higher = named["bank-run: threshold half a bit higher"].rules.pattern("bank-run")
    assert higher.threshold == before.threshold + 500
    assert higher.roles == before.roles
    less = named["bank-run, trigger, capital-not-found: half a bit less"].rules.pattern("bank-run")
    changed = {
        (role.name, new.id): new.millibits - old.millibits
        for role, was in zip(less.roles, before.roles, strict=True)
        for new, old in zip(role.indicators, was.indicators, strict=True)
        if new != old
    }
    assert changed == {("trigger", "capital-not-found"): -500}
    graded = named["/bank/markets/capital A2 to A3"].signals
    assert [each for each in graded if each not in scenario.signals] == [
        each for each in graded if each["id"] == "capital"
    ]


def test_a_line_says_what_was_lost_and_the_last_how_many(
    made: tuple[Scenario, World], named: dict[str, Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, world = made
    few = [named["without /bank/markets/capital"], named["without /river/gauges/one"]]
    monkeypatch.setattr(comparing.margin, "changes", lambda *_: iter(few))
    out, told = StringIO(), list[tuple[str, int, int]]()
    comparing.show_margins(
        scenario,
        world,
        Console(file=out, width=200, color_system=None),
        lambda *each: told.append(each),
    )
    text = out.getvalue()
    assert "run: everybody 2015-03-09, readers 2015-03-09" in text
    assert "✗ row    without /bank/markets/capital: run: everybody never, readers never" in text
    assert "2 changes: 1 lose an alert for everybody or for all readers, 0 move its day, 1" in text
    assert told == [("changes", 1, 2), ("changes", 2, 2)]
