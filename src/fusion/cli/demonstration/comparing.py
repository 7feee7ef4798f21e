"""Comparing: the tables of regimes and of margins, a line as soon as it is found.

Shows what was counted and computes nothing of its own; says in a line or two what a column means,
so that nobody takes a figure for more than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from fusion.cli.demonstration import margin
from fusion.cli.demonstration.margin import Margin
from fusion.cli.demonstration.offline_world import Progress, World
from fusion.cli.demonstration.regime import Outcome, outcomes
from fusion.cli.demonstration.scenario import Document, Scenario
from fusion.cli.demonstration.told import Telling
from fusion.domain.clock import day_of, format_day
from fusion.domain.ids import is_tearline

_NAME, _PROMISE, _FIGURE = 17, 26, 10
_FIGURES = ("alerts/day", "true", "on", "on falsely", "precision", "uninvolved")
_LEGEND = """
For each promised alert, the day on which it was first told, and on how many signals in full + by
tear-line. alerts/day: raised, by the day; true: the share of them that rested mostly on the
scenario; on, on falsely: the share of days on which an alert stood, and one that rested mostly on
ordinary signals; precision: the scenario's share of the signals of the promised alerts as they
were first raised; uninvolved: persons named of whom ordinary signals alone tell. Below a reader,
from which day it was pointed to which desks for a promised alert's pattern. Fused offline,
without what readers judge on the way. Under "as it was" an agency knows what all of its offices
know, and what passed-on.yaml says that it was told.
"""
_MARGINS = """
One thing changed at a time, on the scenario's signals alone: a row taken out, a grade one step
lower, a weight, a cap or the threshold half a bit against the alert, a half-life a quarter shorter.
Shown is what moves the day on which a promised alert is first told, to whoever may know everything
and to the first of the scenario's readers.
"""


def show_regimes(
    scenario: Scenario,
    ordinary: Sequence[Document],
    world: World,
    console: Console,
    progress: Progress,
) -> None:
    """The three regimes, an observer a line."""
    _say(console, f"{scenario.title}: three regimes", "bold")
    _say(console, f"{len(scenario.signals)} signals inside {len(ordinary)} synthetic ones")
    _say(console, " ".join(_LEGEND.split()), "dim")
    promises = [each.name for each in scenario.promises if each.alert is not None]
    console.print()
    _row(console, "", [*(f"{name:<{_PROMISE}}" for name in promises), *_right(_FIGURES)])
    regime, silent = "", list[str]()
    for found in outcomes(scenario, ordinary, world, progress):
        if found.regime != regime:
            _tell_silent(console, silent)
            regime, silent = found.regime, []
            _say(console, regime, "bold")
        if found.alerts or found.pointed:
            _row(console, found.observer, _cells(found, promises))
        else:
            silent.append(found.observer)
        for name, pointed in found.pointed.items():
            desks = ", ".join(pointed.desks)
            _say(console, f"    {name}: pointed from {format_day(pointed.day)} to {desks}", "dim")
    _tell_silent(console, silent)


def show_margins(scenario: Scenario, world: World, console: Console, progress: Progress) -> None:
    """What one step of one row, grade or weight does to a promised alert."""
    _say(console, f"{scenario.title}: margins", "bold")
    _say(console, " ".join(_MARGINS.split()), "dim")
    base = margin.found_first(scenario, world)
    for name, dates in margin.dates_of(base).items():
        _say(console, f"{name}: {_days(dates)}")
    console.print()
    steps = list(margin.changes(scenario, world.rules, base))
    lost, moved = set[str](), set[str]()
    for done, step in enumerate(steps, 1):
        for each in margin.margins(scenario, world, step, base):
            (lost if each.is_lost else moved).add(step.what)
            _say(console, _margin(each), "" if each.is_lost else "dim")
        progress("changes", done, len(steps))
    unmoved = len(steps) - len(lost | moved)
    _say(
        console,
        f"{len(steps)} changes: {len(lost)} lose an alert for everybody or for all readers,"
        f" {len(moved - lost)} move its day, {unmoved} do neither.",
        "bold",
    )


def _margin(found: Margin) -> str:
    sign = "✗" if found.is_lost else "~"
    return (
        f"{sign} {found.step.kind:<6} {found.step.what}: {found.promise}:"
        f" {_days(found.after, found.before)}"
    )


def _days(
    dates: tuple[int | None, int | None], before: tuple[int | None, int | None] | None = None
) -> str:
    parts = []
    for who, day, was in zip(("everybody", "readers"), dates, before or dates, strict=True):
        said = format_day(day) if day is not None else "never"
        late = f" ({day - was:+d} days)" if day is not None and was not in {None, day} else ""
        parts.append(f"{who} {said}{late}")
    return ", ".join(parts)


def _cells(found: Outcome, promises: Iterable[str]) -> list[str]:
    precision = "-" if found.precision is None else f"{found.precision:.2f}"
    figures = (
        f"{found.alerts / found.days:.4f}",
        f"{found.true / found.alerts:.2f}" if found.alerts else "-",
        f"{found.on / found.days:.2f}",
        f"{found.on_falsely / found.days:.2f}",
        precision,
        str(found.uninvolved),
    )
    return [*(f"{_kept(found.kept.get(name)):<{_PROMISE}}" for name in promises), *_right(figures)]


def _kept(told: Telling | None) -> str:
    if told is None:
        return "-"
    signals = told.said["signals"]
    tearlines = sum(map(is_tearline, signals))
    return f"{format_day(day_of(told.at))}, {len(signals) - tearlines} + {tearlines}"


def _right(words: Iterable[str]) -> list[str]:
    return [f"{word:>{_FIGURE}}" for word in words]


def _tell_silent(console: Console, silent: Sequence[str]) -> None:
    if silent:
        _say(console, f"told of nothing: {', '.join(silent)}", "dim")


def _row(console: Console, name: str, cells: Iterable[str]) -> None:
    console.print(Text(f"{name:<{_NAME}} {' '.join(cells)}".rstrip()), soft_wrap=True)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=not console.is_terminal)
