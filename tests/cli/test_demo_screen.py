from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fusion.cli.demonstration.matter import Moment
from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.promise import Parting, PartingPromise, Sighting
from fusion.cli.demonstration.scenario import Scenario, load_scenario, moment_of
from fusion.cli.demonstration.screen import (
    FULL,
    NOTHING,
    PLAIN_WIDTH,
    TEARLINE,
    Screen,
    console_for,
    initials_of,
)
from fusion.cli.demonstration.told import Pointed, Telling
from tests.cli.made_scenario import scenario_document, scenario_signals, written_scenario
from tests.cli.made_tellings import evidence, explanation, told

QUEUE = scenario_signals()[-1]
WHY = explanation(evidence("/river/gauges/queue", 5.0), evidence("/bank/press/rumour", 4.0))
MADE_UP = explanation(
    evidence("/river/gauges/queue", 4.0), evidence("/bank/press/syn-0000001", 5.0)
)


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return load_scenario(str(written_scenario(tmp_path)))


@pytest.fixture
def out() -> StringIO:
    return StringIO()


@pytest.fixture
def screen(scenario: Scenario, out: StringIO) -> Screen:
    return Screen(console_for(out), scenario)


def lines(out: StringIO) -> list[str]:
    return [line.rstrip() for line in out.getvalue().splitlines()]


def moment(*tellings: Telling, has: tuple[Telling, ...] = ()) -> Moment:
    standing = {each.reader: each for each in (*has, *tellings) if each.kind != "withdrawn"}
    return Moment(0, tellings[0].at, tellings, standing)


def ordinary(*days: str) -> list[Posting]:
    """Ordinary signals of one agency, one on each day."""
    signals = [
        {"source": "/river/gauges", "id": f"syn-{day}", "time": f"{day}T09:00:00Z"} for day in days
    ]
    return [Posting(moment_of(each), (each,), is_ordinary=True) for each in signals]


def test_where_there_is_no_terminal_lines_are_plain_and_have_an_end(
    screen: Screen, out: StringIO
) -> None:
    screen.open(ordinary=24, seed=1)
    screen.signal(QUEUE, {"analyst": FULL, "clerk": NOTHING, "guard": TEARLINE})
    with screen.progress(2), screen.waiting("nothing"):
        screen.moment(moment(told(WHY)), "A run")
    assert "\x1b" not in out.getvalue()
    assert max(map(len, lines(out))) <= PLAIN_WIDTH
    assert "8 signals of 2 agencies, 2015-01-05 to 2015-03-09, inside 24 synthetic ones" in "".join(
        lines(out)
    )


def test_a_line_says_who_told_what_and_who_may_know_it(screen: Screen, out: StringIO) -> None:
    screen.signal(QUEUE, {"analyst": FULL, "clerk": NOTHING, "guard": TEARLINE})
    (line,) = lines(out)
    assert line.startswith("2015-03-09  river/gauges  ")
    # What an agency writes moves no cursor.
    assert "A queue before the [31m branches" in line
    assert line.endswith(" A · g")


def test_readers_with_one_letter_are_told_apart(tmp_path: Path) -> None:
    described = scenario_document()
    described["readers"][1]["name"] = "agent"
    readers = load_scenario(str(written_scenario(tmp_path, described=described))).readers
    assert initials_of(readers) == {"analyst": "A", "agent": "B", "guard": "C"}


def test_ordinary_signals_are_counted_by_the_month_and_called_synthetic(
    screen: Screen, out: StringIO
) -> None:
    for posting in ordinary("2015-01-05", "2015-01-20", "2015-02-03", "2015-03-02", "2015-03-03"):
        screen.posted(posting)
    screen.signal(QUEUE, dict.fromkeys(("analyst", "clerk", "guard"), FULL))
    screen.count_months()
    first, line, last = lines(out)
    assert first == "2015-01 to 2015-02: 3 synthetic signals of 1 agency, 2 a month"
    assert line.startswith("2015-03-09")
    assert last == "2015-03: 2 synthetic signals of 1 agency"


def test_an_alert_stands_beside_what_each_reader_has_of_it(screen: Screen, out: StringIO) -> None:
    before = told(WHY, reader="guard", rung="tearline")
    screen.moment(moment(told(WHY), has=(before,)), "A run: Harrowgate")
    title, about, readers, cells = lines(out)
    assert title == "2015-03-09  ▲ raised  A run: Harrowgate"
    assert about.split(" · ") == [
        "            bank-run",
        "bank, river",
        "together they cross the line, none of them does alone",
    ]
    assert readers.split() == ["analyst", "clerk", "guard"]
    assert " ".join(cells.split()) == "▲ in full, 9.0 bits nothing tear-lines, 9.0 bits"


def test_a_change_says_what_is_new_in_it_and_ordinary_signals_by_their_count(
    screen: Screen, out: StringIO
) -> None:
    screen.moment(moment(told(WHY)), "A run: Harrowgate")
    out.truncate(out.seek(0))
    signals = ["/river/gauges/queue", "/bank/markets/capital", "/bank/press/syn-0000001"]
    screen.moment(moment(told(WHY, kind="changed", signals=signals)), "A run: Harrowgate")
    assert lines(out)[0] == (
        "2015-03-09  ~ changed  bank-run, Harrowgate: with /bank/markets/capital, 1 synthetic"
        " · without /bank/press/rumour"
    )
    out.truncate(out.seek(0))
    screen.moment(moment(told(WHY, kind="changed", signals=signals)), "A run: Harrowgate")
    assert lines(out) == ["2015-03-09  ~ changed  bank-run, Harrowgate: on the same signals"]


def test_a_withdrawal_is_shown_to_whom_it_was_told(screen: Screen, out: StringIO) -> None:
    screen.moment(moment(told(WHY)), "A run: Harrowgate")
    out.truncate(out.seek(0))
    screen.moment(moment(told(WHY, kind="withdrawn")), "A run: Harrowgate")
    title, _, cells = lines(out)
    assert title == "2015-03-09  ▽ withdrawn  bank-run, Harrowgate"
    assert cells.split() == ["▽", "withdrawn", "nothing", "nothing"]


def test_what_rests_mostly_on_synthetic_signals_is_said_so(screen: Screen, out: StringIO) -> None:
    screen.moment(moment(told(MADE_UP)), "A run: Harrowgate")
    assert lines(out)[1].endswith(" · rests mostly on synthetic signals")


def test_it_shows_who_takes_two_for_one(screen: Screen, out: StringIO) -> None:
    names = PartingPromise(one="1", other="2", joined_by="/r/claim", parted_by="/r/denial")
    one = frozenset({"1", "2", "3"})
    seen = {
        "analyst": Parting(names, joined=Sighting(one, one)),
        "clerk": Parting(names),
        "guard": Parting(names, after=Sighting(frozenset({"1"}), frozenset({"2", "3"}))),
    }
    screen.parting("2015-01-07", ("Orsel", "Ruud"), seen)
    title, _, cells = lines(out)
    assert title == "2015-01-07  ≟ one or two?  Orsel | Ruud"
    assert " ".join(cells.split()) == "one, 3 mentions nothing two, 1 + 2 mentions"


def test_on_a_terminal_a_bar_stands_below_the_lines(scenario: Scenario, out: StringIO) -> None:
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    screen = Screen(console, scenario)
    with screen.progress(1), screen.waiting("something"):
        screen.posted(Posting(moment_of(QUEUE), (QUEUE,), is_ordinary=False))
    assert "2015-03-09" in out.getvalue()
    assert "1/1" in out.getvalue()


def test_a_pointer_is_shown_with_whom_to_call_about_what_and_none_of_ordinary_signals(
    screen: Screen, out: StringIO
) -> None:
    at = told(WHY).at
    screen.pointed(
        [
            Pointed("clerk", "H1", "/bank/desk", "/river/gauges/queue#m1", at),
            Pointed("clerk", "H2", "/bank/desk", "/river/gauges/syn-1#m1", at),
        ]
    )
    assert lines(out) == ["2015-03-09  ☞ clerk  may call /bank/desk about /river/gauges/queue#m1"]
