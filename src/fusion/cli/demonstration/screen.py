"""The screen: the timeline as it comes, and a bar of how far it has come.

On a terminal in colour and as wide as it is, up to a limit; elsewhere plain lines. Of ordinary
signals it shows their count by the month and calls them synthetic. It shows what the service said
and what the agencies wrote, without what would move a cursor; it computes nothing of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from fusion.cli.demonstration.afterwards import Try
from fusion.cli.demonstration.decision import ReaderDecision
from fusion.cli.demonstration.matter import Moment
from fusion.cli.demonstration.programme import Posting
from fusion.cli.demonstration.promise import Parting
from fusion.cli.demonstration.scenario import Document, Reading, Scenario, day_stated
from fusion.cli.demonstration.told import Kind, Pointed, is_synthetic, subject_of
from fusion.domain.clock import day_of, format_day
from fusion.domain.ids import agency_of

# A line that is longer is hard to read, and one where there is no terminal has to end somewhere.
MAX_WIDTH = 120
PLAIN_WIDTH = 110
_OFFICE_WIDTH = 22
_INDENT = " " * 12

_SIGNS = {"raised": "▲", "changed": "~", "withdrawn": "▽"}
_STYLES = {"raised": "bold red", "changed": "yellow", "withdrawn": "green"}
_RUNGS = {"full": "in full", "tearline": "tear-lines"}
FULL, TEARLINE, NOTHING = "full", "tearline", "nothing"


def console_for(out: IO[str]) -> Console:
    """A console on an output: colours and its own width on a terminal, plain lines elsewhere."""
    if out.isatty():
        measured = Console(file=out, highlight=False)
        return Console(file=out, highlight=False, width=min(measured.width, MAX_WIDTH))
    return Console(
        file=out, highlight=False, width=PLAIN_WIDTH, force_terminal=False, no_color=True
    )


def initials_of(readings: Sequence[Reading]) -> dict[str, str]:
    """A letter for each reader: the first of its name, or A, B, C where two share one."""
    letters = [reading.name[0].upper() for reading in readings]
    if len(set(letters)) < len(letters) or not all(letter.isalpha() for letter in letters):
        letters = list("ABCDEF"[: len(readings)])
    return {reading.name: letter for reading, letter in zip(readings, letters, strict=True)}


@dataclass(slots=True)
class _Month:
    """Ordinary signals of one month, and who posted them."""

    month: str
    count: int
    agencies: set[str]


class Screen:
    """What is shown of one run."""

    def __init__(self, console: Console, scenario: Scenario) -> None:
        self.console = console
        self._scenario = scenario
        self._readers = scenario.readers
        self._initials = initials_of(scenario.readers)
        self._months: list[_Month] = []
        self._signals: dict[tuple[int, str], frozenset[str]] = {}
        self._patterns: dict[int, str] = {}
        self._progress: Progress | None = None

    # --- before

    def open(self, *, ordinary: int, seed: int) -> None:
        """What is about to be run, and who reads."""
        scenario = self._scenario
        first, last = day_stated(scenario.signals[0]), day_stated(scenario.signals[-1])
        agencies = len({agency_of(each["source"]) for each in scenario.signals})
        self._print(scenario.title, "bold")
        self._print(
            f"{len(scenario.signals)} signals of {agencies} agencies, {first} to {last}, inside"
            f" {ordinary} synthetic ones (seed {seed})"
        )
        readers = Table.grid(padding=(0, 2))
        for reading in self._readers:
            readers.add_row(
                Text(self._initials[reading.name], "bold"),
                Text(reading.name),
                Text(_printable(_clearance(reading)), "dim"),
            )
        self.console.print(readers)
        letter = next(iter(self._initials.values()))
        self._print(
            f"At the end of a line, who may know that signal: {letter} = in full,"
            f" {letter.lower()} = a tear-line of it, · = nothing of it",
            "dim",
        )
        self.console.print()

    def say(self, text: str, style: str = "") -> None:
        """A line as it stands."""
        self._print(text, style)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """What is waited for, on a terminal, until it is there."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(Text(what, "dim")):
            yield

    @contextmanager
    def progress(self, total: int) -> Iterator[None]:
        """A bar for so many signals, on a terminal."""
        if not self.console.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            self._progress = progress
            progress.add_task("posting", total=total)
            yield
            self._progress = None

    # --- the timeline

    def posted(self, posting: Posting) -> None:
        """Count what was posted; ordinary signals are told of when their month is over."""
        day = format_day(day_of(posting.at))
        if self._progress is not None:
            task = self._progress.tasks[0]
            self._progress.update(task.id, advance=len(posting.signals), description=day)
        if not posting.is_ordinary:
            return
        month = day[:7]
        if not self._months or self._months[-1].month != month:
            self._months.append(_Month(month, 0, set()))
        self._months[-1].count += len(posting.signals)
        self._months[-1].agencies |= {agency_of(each["source"]) for each in posting.signals}

    def signal(self, signal: Document, seen: Mapping[str, str]) -> None:
        """Who told what, and which reader may know it: FULL, TEARLINE or NOTHING by name."""
        day = day_stated(signal)
        self.count_months(before=day[:7])
        marks = Text()
        for reading in self._readers:
            marks.append_text(self._mark(reading.name, seen[reading.name]))
        office = signal["source"].removeprefix("/")
        line = Table.grid(padding=(0, 2), expand=True)
        line.add_column(width=10)
        line.add_column(width=_OFFICE_WIDTH, no_wrap=True)
        line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        line.add_column(width=2 * len(self._readers), no_wrap=True)
        summary = _printable(signal["data"].get("summary", "takes back an earlier signal"))
        line.add_row(Text(day, "dim"), Text(office, "cyan"), Text(summary), marks)
        self.console.print(line)

    def _mark(self, reader: str, seen: str) -> Text:
        letter = self._initials[reader]
        if seen == FULL:
            return Text(f" {letter}", "bold green")
        if seen == TEARLINE:
            return Text(f" {letter.lower()}", "yellow")
        return Text(" ·", "dim")

    def count_months(self, before: str = "9999") -> None:
        """The count of ordinary signals of the months before one; quiet ones in one line."""
        done = [each for each in self._months if each.month < before]
        if not done:
            return
        self._months = [each for each in self._months if each.month >= before]
        span = done[0].month + (f" to {done[-1].month}" if len(done) > 1 else "")
        count = sum(each.count for each in done)
        agencies = len(set().union(*(each.agencies for each in done)))
        whose = "1 agency" if agencies == 1 else f"{agencies} agencies"
        rate = f", {count / len(done):.0f} a month" if len(done) > 1 else ""
        self._print(f"{span}: {count} synthetic signals of {whose}{rate}", "dim italic")

    def moment(self, moment: Moment, title: str) -> None:
        """An alert that was raised, changed or withdrawn, and what each reader has of it now.

        A change in nothing that is shown here is told in its line alone.
        """
        day = format_day(day_of(moment.at))
        self.count_months(before=day[:7])
        kinds = [told.kind for told in moment.told]
        kind = next(each for each in ("raised", "changed", "withdrawn") if each in kinds)
        said = self._about(moment, kind)
        named = title if kind == "raised" else self._short(moment, title)
        line = Text.assemble(
            (f"{day}  ", "dim"), (f"{_SIGNS[kind]} {kind}  ", _STYLES[kind]), _printable(named)
        )
        if kind == "changed":
            line.append(f": {said}" if said else ": on the same signals", "dim")
        self.console.print(line, soft_wrap=not self.console.is_terminal)
        if kind == "raised":
            self._print(_INDENT + said, "dim")
        if kind != "changed" or said:
            self._side_by_side([self._cell(moment, each.name) for each in self._readers])
        self._keep(moment)

    def pointed(self, pointed: Sequence[Pointed]) -> None:
        """Whom readers are pointed to from signals of the scenario; the verdict counts the rest."""
        for each in pointed:
            if is_synthetic(each.signal):
                continue
            day = format_day(day_of(each.by))
            self.count_months(before=day[:7])
            self.console.print(
                Text.assemble(
                    (f"{day}  ", "dim"),
                    (f"☞ {each.reader}  ", "bold cyan"),
                    _printable(f"may call {each.desk} about {each.anchor}"),
                ),
                soft_wrap=not self.console.is_terminal,
            )

    def _short(self, moment: Moment, title: str) -> str:
        """A matter that was named in full before: its pattern, and whom or what it is about."""
        pattern = self._patterns.get(moment.matter, "")
        return f"{pattern}, {subject_of(title)}".removeprefix(", ")

    def _about(self, moment: Moment, kind: Kind) -> str:
        """By which pattern, and who holds what it rests on; of a change, what is new in it."""
        told, parts = moment.fullest, []
        if kind == "raised":
            parts += [told.said["pattern"], ", ".join(told.said["agencies"])]
            if told.said["cross_agency"]:
                parts.append("together they cross the line, none of them does alone")
            elif told.said["cross_office"]:
                parts.append("no office crosses the line alone")
        elif kind == "changed":
            before = self._signals.get((moment.matter, told.reader), frozenset())
            parts += _differences(before, frozenset(told.said["signals"]))
        if kind == "raised" and not told.rests_on_scenario:
            parts.append("rests mostly on synthetic signals")
        return " · ".join(parts)

    def _cell(self, moment: Moment, reader: str) -> Text:
        """What a reader was told at this moment, or has from before."""
        told, has = moment.told_to(reader), moment.has.get(reader)
        if has is None:
            style = _STYLES["withdrawn"] if told is not None else "dim"
            return Text(f"{_SIGNS['withdrawn']} withdrawn" if told is not None else NOTHING, style)
        sign = _SIGNS[has.kind] if told is not None else " "
        style = _STYLES[has.kind] if told is not None else "dim"
        return Text(f"{sign} {_RUNGS[has.said['rung']]}, {has.said['bits']:.1f} bits", style)

    def _keep(self, moment: Moment) -> None:
        """Remember what the matter rests on, to tell the next time what changed."""
        for told in moment.told:
            if told.kind != "withdrawn":
                self._signals[moment.matter, told.reader] = frozenset(told.said["signals"])
                self._patterns[moment.matter] = told.said["pattern"]

    def parting(self, day: str, names: tuple[str, str], seen: Mapping[str, Parting]) -> None:
        """Two mentions whose being one or two was just claimed, and what each reader sees."""
        self._print(f"{day}  ≟ one or two?  {names[0]} | {names[1]}", "bold magenta")
        self._side_by_side([_seen_as(seen[reading.name]) for reading in self._readers])

    def decision(self, day: str, decision: ReaderDecision) -> None:
        """A reader's judgement, which is the scenario author's and no part of its source."""
        said = f"{day}  ⚖ {decision.reader} judges {decision.verdict}: {decision.reason}"
        self._print(f"{said} (the author's, not the source's)", "magenta")

    def _side_by_side(self, cells: Sequence[Text]) -> None:
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=len(_INDENT) - 1)
        for _ in cells:
            table.add_column(ratio=1)
        table.add_row("", *(Text(each.name, "dim underline") for each in self._readers))
        table.add_row("", *cells)
        self.console.print(table)

    # --- after

    def verdict(self, parts: Iterable[RenderableType]) -> None:
        """What came of it."""
        self.console.print()
        self.console.print(Rule(Text("What would have been", "bold"), style="dim"))
        for each in parts:
            self.console.print(each)

    def tries(self, tries: Sequence[Try]) -> None:
        """Commands to try next, each on a line that can be copied."""
        self.console.print(Text("\nTo try next:", "bold"))
        for each in tries:
            self._print(f"  # {each.shows}", "dim")
            self.console.print(Text(f"  {each.command}"), soft_wrap=True)

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style), soft_wrap=not self.console.is_terminal)


def _seen_as(parting: Parting) -> Text:
    """How a reader sees two mentions at the last look."""
    last = parting.after if parting.after.one or parting.after.other else parting.joined
    if not last.one or not last.other:
        return Text(NOTHING, "dim")
    if last.one == last.other:
        return Text(f"one, {len(last.one)} mentions", "red")
    return Text(f"two, {len(last.one)} + {len(last.other)} mentions", "green")


def _differences(before: frozenset[str], now: frozenset[str]) -> list[str]:
    """Which signals came and which went, ordinary ones by their count."""
    found = []
    for word, signals in (("with", now - before), ("without", before - now)):
        own = sorted(each for each in signals if not is_synthetic(each))
        counted = len(signals) - len(own)
        named = own + ([f"{counted} synthetic"] if counted else [])
        if named:
            found.append(f"{word} {', '.join(named)}")
    return found


def _clearance(reading: Reading) -> str:
    """Who a reader is, and for what it acts."""
    parts = [reading.title, " ".join([reading.level or "the lowest level", *reading.compartments])]
    if reading.purpose:
        parts.append(f"for {reading.purpose}" + (f", case {reading.case}" if reading.case else ""))
    return "; ".join(parts)


def _printable(text: str) -> str:
    """Text that moves no cursor and rings no bell."""
    return "".join(each if each.isprintable() else " " for each in text)
