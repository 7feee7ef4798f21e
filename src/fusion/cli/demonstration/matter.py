"""Matters: which alerts of several readers are one matter, and how it stands with each of them.

Readers who may know different things know one matter by different names; an alert answers to every
name that can be made from what its reader sees, so asking each reader for the others' names says
what belongs together. How a matter stood with a reader at a moment follows from what the stream
told until then, not from when somebody looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import Any

from fusion.cli.demonstration.told import Telling

# The alert that a reader finds under a name, or None.
Find = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """One matter at one moment (µs): who was told something then, and what each reader has now.

    `has` holds the last thing that each reader was told of it, withdrawals left out.
    """

    matter: int
    at: int
    told: tuple[Telling, ...]
    has: Mapping[str, Telling]

    @property
    def fullest(self) -> Telling:
        """The telling that rests on most, to speak of the matter by."""
        return max(
            self.told,
            key=lambda each: (len(each.said.get("signals", ())), each.said.get("bits", 0)),
        )

    def told_to(self, reader: str) -> Telling | None:
        """What a reader was told at this moment."""
        return next((each for each in self.told if each.reader == reader), None)


class Matters:
    """All matters so far. `finds` are the readers' questions for an alert, by reader."""

    def __init__(self, finds: Mapping[str, Find]) -> None:
        self._finds = finds
        self._numbers = count()
        self._matters: dict[str, int] = {}
        self._has: dict[tuple[int, str], Telling] = {}
        self._titles: dict[int, str] = {}

    def moments(self, told: Sequence[Telling]) -> Iterator[Moment]:
        """What was told since the last time, matter by matter, in the order of time."""
        for each in told:
            self._learn(each)
        matter_of = {id(each): self._matters[each.alert] for each in told}
        ordered = sorted(told, key=lambda each: (each.at, matter_of[id(each)]))
        for (at, matter), group in groupby(ordered, lambda e: (e.at, matter_of[id(e)])):
            yield self._moment(matter, at, tuple(_last_of_each(group)))

    def title(self, matter: int) -> str:
        """What a matter was last called by whom knows most of it."""
        return self._titles[matter]

    def _moment(self, matter: int, at: int, told: tuple[Telling, ...]) -> Moment:
        for each in told:
            if each.kind == "withdrawn":
                self._has.pop((matter, each.reader), None)
            else:
                self._has[matter, each.reader] = each
        has = {reader: each for (of, reader), each in self._has.items() if of == matter}
        moment = Moment(matter, at, told, has)
        title = moment.fullest.said.get("title")
        if title is not None:
            self._titles[matter] = title
        return moment

    def _learn(self, told: Telling) -> None:
        """Find out which matter an alert is of."""
        replaced = told.said.get("replaces")
        if told.alert not in self._matters and replaced in self._matters:
            self._matters[told.alert] = self._matters[replaced]
        if told.alert not in self._matters:
            names = {told.alert, *self._names_of(told)}
            known = {self._matters[name] for name in names if name in self._matters}
            matter = min(known) if known else next(self._numbers)
            self._matters |= dict.fromkeys(names, matter)

    def _names_of(self, told: Telling) -> Iterable[str]:
        for reader, find in self._finds.items():
            if reader != told.reader and (found := find(told.alert)) is not None:
                yield found["alert"]


def _last_of_each(told: Iterable[Telling]) -> Iterable[Telling]:
    """The last telling of each reader; one raised and changed at one moment was raised."""
    last: dict[str, Telling] = {}
    for each in told:
        before = last.get(each.reader)
        is_new = before is not None and before.kind == "raised" and each.kind == "changed"
        last[each.reader] = _raised(each) if is_new else each
    return last.values()


def _raised(told: Telling) -> Telling:
    return Telling(told.reader, "raised", told.alert, told.at, told.said, told.explanation)
