"""The chronicle: what turns hypotheses without memory into alerts that rise, change and go.

`fuse` says of each cell that it is above, held or below. `advance` compares that with the alerts
that stand and says what a reader is told: raised, changed, withdrawn (RULES.md 8, 17). It is pure
but for the `Standing` alerts that it moves on, and sees one reader's hypotheses only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from fusion.domain.hypothesis import Hypothesis, Status
from fusion.domain.ids import alert_name

Kind = Literal["raised", "changed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one alert. `at` is the recorded time of what caused it.

    `replaces` is the alert's former name where its entity got another founding mention.
    `raised_at` is when the alert was first raised, `stood_from` when it was raised last: from then
    its deadline runs. A withdrawn entry has the hypothesis as it fell,
    None where its cell is no more.
    """

    kind: Kind
    alert: str
    version: int
    at: int
    raised_at: int
    pattern: str
    cell_key: str
    hypothesis: Hypothesis | None
    stood_from: int
    replaces: str | None = None


@dataclass(slots=True)
class Chronicle:
    """The alerts that stand for one reader, and the last version of each that ever stood."""

    standing: dict[str, Entry] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    raised: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Chronicle:
        """An independent copy: the state to return to when a moment is told anew."""
        return Chronicle(dict(self.standing), dict(self.versions), dict(self.raised))


def advance(
    chronicle: Chronicle,
    concerned: Iterable[str],
    hypotheses: Iterable[Hypothesis],
    home: Callable[[str], str | None],
    at: int,
) -> list[Entry]:
    """Move the alerts named by `concerned` on to `hypotheses`, and return what changed.

    `concerned` are the standing alerts whose cells `hypotheses` speaks for; a cell that it does not
    hold is below. `home` gives the founding mention of the entity that a mention belongs to now,
    None where it is no longer known. Entries come in the order of alert names.
    """
    cells = {(h.pattern, h.cell_key): h for h in hypotheses}
    entries: list[Entry] = []
    heirs: dict[tuple[str, str], list[Entry]] = {}
    # All step down before any stands again: two alerts may exchange their names in one step.
    for entry in [chronicle.standing.pop(alert) for alert in sorted(concerned)]:
        cell = _cell_now(entry, home)
        hypothesis = cells.get(cell) if cell else None
        if cell is None or hypothesis is None or hypothesis.status is Status.BELOW:
            entries.append(_withdrawn(chronicle, entry, hypothesis, at))
        else:
            heirs.setdefault(cell, []).append(entry)
    for cell, hypothesis in cells.items():
        claimants = heirs.get(cell)
        if claimants:
            heir = _heir(claimants, cell)
            entries += [_withdrawn(chronicle, e, None, at) for e in claimants if e is not heir]
            if heir.cell_key != cell[1] or _signature(heir.hypothesis) != _signature(hypothesis):
                entries.append(_changed(chronicle, heir, hypothesis, at))
            else:
                _stand(chronicle, heir)
        elif hypothesis.status is Status.ABOVE:
            entries.append(_raised(chronicle, hypothesis, at))
    # A withdrawal comes before what takes its place under the same name.
    return sorted(entries, key=lambda e: (e.kind != "withdrawn", e.alert))


def _cell_now(entry: Entry, home: Callable[[str], str | None]) -> tuple[str, str] | None:
    """The cell in which an alert goes on: where the first of its members that is left belongs."""
    hypothesis = entry.hypothesis
    if hypothesis is None or not hypothesis.members:
        return (entry.pattern, entry.cell_key)
    for member in hypothesis.members:
        founding = home(member)
        if founding is not None:
            return (entry.pattern, founding)
    return None


def _heir(claimants: list[Entry], cell: tuple[str, str]) -> Entry:
    """Of alerts whose entities became one, the one that keeps its name, else the oldest."""
    named = [entry for entry in claimants if entry.cell_key == cell[1]]
    return named[0] if named else min(claimants, key=lambda e: (e.raised_at, e.alert))


def _signature(hypothesis: Hypothesis | None) -> object:
    """What makes a version when it changes: never bits alone (RULES.md 8)."""
    if hypothesis is None:
        return None
    return (
        tuple(name for name, _ in hypothesis.roles),
        hypothesis.signals,
        hypothesis.members,
        hypothesis.core,
        hypothesis.auxiliary,
    )


def _raised(chronicle: Chronicle, hypothesis: Hypothesis, at: int) -> Entry:
    alert = alert_name(hypothesis.pattern, hypothesis.cell_key)
    raised_at = chronicle.raised.setdefault(alert, at)
    version = chronicle.versions.get(alert, 0) + 1
    entry = Entry(
        "raised",
        alert,
        version,
        at,
        raised_at,
        hypothesis.pattern,
        hypothesis.cell_key,
        hypothesis,
        stood_from=at,
    )
    _stand(chronicle, entry)
    return entry


def _changed(chronicle: Chronicle, former: Entry, hypothesis: Hypothesis, at: int) -> Entry:
    alert = alert_name(hypothesis.pattern, hypothesis.cell_key)
    version = max(former.version, chronicle.versions.get(alert, 0)) + 1
    replaces = former.alert if former.alert != alert else None
    chronicle.raised[alert] = former.raised_at
    entry = Entry(
        "changed",
        alert,
        version,
        at,
        former.raised_at,
        hypothesis.pattern,
        hypothesis.cell_key,
        hypothesis,
        former.stood_from,
        replaces,
    )
    _stand(chronicle, entry)
    return entry


def _withdrawn(chronicle: Chronicle, former: Entry, left: Hypothesis | None, at: int) -> Entry:
    version = former.version + 1
    chronicle.versions[former.alert] = version
    return Entry(
        "withdrawn",
        former.alert,
        version,
        at,
        former.raised_at,
        former.pattern,
        former.cell_key,
        left,
        former.stood_from,
    )


def _stand(chronicle: Chronicle, entry: Entry) -> None:
    chronicle.standing[entry.alert] = entry
    chronicle.versions[entry.alert] = entry.version
