"""Whether a ledger is as it was written, and where it is not.

The chain alone shows every entry that was changed, taken out, put in or moved by somebody who did
not compute all that follows anew, and it can't show that its end was cut off. A *checkpoint* shows
the rest, as far as it reaches: how many entries there were and the digest of the last. It is plain,
not signed: whoever could rewrite the ledger on this host could sign with the keys of this host, so
what makes a checkpoint worth anything is that it is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from fusion.domain.clock import format_moment, midnight
from fusion.domain.errors import Unreadable
from fusion.events.envelope import Recorded
from fusion.events.ledger import GENESIS, Rows, last_link, linked
from fusion.events.ledger_entries import SOURCE
from fusion.events.log import TICK_SOURCE
from fusion.events.position import Position
from fusion.events.sequence import days_due, offset_at, tick_of

_BATCH = 2_000
# Who meets more of them has seen enough: a ledger rewritten from some entry on breaks once, not
# often, but one whose rows were shuffled breaks everywhere.
MAX_BREACHES = 100


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many entries a ledger had, the digest of the last (hex), and when that was written."""

    entries: int
    digest: str
    at: str | None


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong, and at which entry."""

    entry: int
    says: str

    def __str__(self) -> str:
        return f"entry {self.entry}: {self.says}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: where the chain ends, and its first breaches."""

    end: Checkpoint
    breaches: tuple[Breach, ...]


def checkpoint_of(log: Rows) -> Checkpoint:
    """The checkpoint of a ledger as it stands."""
    link = last_link(log)
    at = None if link.recorded is None else format_moment(link.recorded)
    return Checkpoint(link.entries, link.digest.hex(), at)


def read_checkpoints(text: str) -> list[Checkpoint]:
    """Checkpoints, one a line, as they were printed; Unreadable for any other line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=Checkpoint))
            except msgspec.MsgspecError as error:
                raise Unreadable(f"line {number} is no checkpoint: {error}") from None
    return found


def check(log: Rows, checkpoints: Iterable[Checkpoint] = ()) -> Checked:
    """Read a whole ledger and compare it with its own chain and with checkpoints."""
    walk = _Walk({each.entries: each for each in checkpoints if each.entries})
    for row in _rows(log):
        walk.pass_by(row)
        if len(walk.breaches) >= MAX_BREACHES:
            break
    else:
        walk.end()
    at = None if walk.last is None else format_moment(walk.last)
    return Checked(Checkpoint(walk.entries, walk.digest.hex(), at), tuple(walk.breaches))


def _rows(log: Rows) -> Iterator[Recorded]:
    position = Position.start()
    while rows := log.read(position, _BATCH):
        yield from rows
        position = rows[-1].position


@dataclass(slots=True)
class _Walk:
    """The chain while it is walked. It goes on from what stands there, so that one breach is one.

    `is_sound` says whether the last entry was the one that had to be there.
    """

    checkpoints: Mapping[int, Checkpoint]
    entries: int = 0
    digest: bytes = GENESIS
    last: int | None = None
    place: int = 0
    is_sound: bool = True
    ticks: list[Recorded] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)

    def pass_by(self, row: Recorded) -> None:
        """Check the next row."""
        is_next = offset_at(row.position) == self.place + 1
        self.place = offset_at(row.position)
        number = _number(row)
        if row.envelope.source == TICK_SOURCE:
            self.ticks.append(row)
        elif number is None:
            self._breach(self.entries + 1, "something else was put in before it")
        elif number <= self.entries:
            self._breach(number, f"it stands after entry {self.entries}: moved, or put in")
        else:
            self._enter(row, number, is_next=is_next)

    def _enter(self, row: Recorded, number: int, *, is_next: bool) -> None:
        wrong = self._wrong(row, number, is_next=is_next)
        if wrong is not None:
            self._breach(*wrong)
        self.is_sound = wrong is None
        self._compare(number, row.envelope.digest)
        self.entries, self.digest, self.last = number, row.envelope.digest, row.recorded
        self.ticks = []

    def _wrong(self, row: Recorded, number: int, *, is_next: bool) -> tuple[int, str] | None:
        """What is wrong with the entry that comes next, if anything is."""
        missing = self.entries + 1
        if number > missing:
            upto = "" if number == missing + 1 else f" (and all up to entry {number - 1})"
            return missing, f"it is missing{upto}"
        if linked(self.digest, row.envelope, row.recorded) != row.envelope.digest:
            return number, "it, or the digest of the one before it, is not what was written"
        if self.is_sound and not self._are_due(row.recorded):
            return number, "the ticks before it are not those that were due"
        if self.is_sound and not is_next:
            return number, "it does not stand at its place in the file"
        return None

    def _are_due(self, recorded: int) -> bool:
        """Whether the log's own ticks stand before an entry as the log writes them."""
        found = [(tick.envelope, tick.recorded) for tick in self.ticks]
        due = days_due(self.last, recorded)
        return found == [(tick_of(day), midnight(day)) for day in due]

    def _compare(self, number: int, digest: bytes) -> None:
        kept = self.checkpoints.get(number)
        if kept is not None and kept.digest != digest.hex():
            self._breach(
                number,
                f"the checkpoint of {kept.at} has another digest: the ledger was written anew,"
                " here or before",
            )

    def end(self) -> None:
        """Check what a ledger ends with."""
        if self.ticks:
            self._breach(self.entries, "rows were put in after it")
        beyond = [number for number in self.checkpoints if number > self.entries]
        if beyond:
            kept = self.checkpoints[max(beyond)]
            self._breach(
                self.entries + 1,
                f"the ledger was cut off here: the checkpoint of {kept.at} has {kept.entries}"
                " entries",
            )

    def _breach(self, entry: int, says: str) -> None:
        self.breaches.append(Breach(entry, says))


def _number(row: Recorded) -> int | None:
    """The number of an entry; None for a row that is none."""
    envelope = row.envelope
    number = envelope.id
    if envelope.source != SOURCE or not (number.isascii() and number.isdigit()):
        return None
    return int(number) if str(int(number)) == number else None
