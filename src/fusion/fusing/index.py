"""The index: profiles and keys that the step keeps in memory from batch to batch.

It holds nothing that the store does not hold too, or will hold once the batch at hand is written;
what was let go of is read again. One step alone writes a store, so nothing here can be stale; after
a batch that was not written all of it is worth nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from fusion.domain.fact import Profile
from fusion.fusing.store import EngineStore, ProfileRow

# Profiles kept, at about 1 KiB, and keys kept, at about .3 KiB each: what a batch meets again.
ROWS_KEPT = 100_000
KEYS_KEPT = 400_000


class Carriers:
    """The profiles that carry a key, in the order in which they came.

    `crowd` counts a content once for each agency that says it: no pair can count more (RULES.md
    11).
    """

    __slots__ = ("crowd", "numbers")

    def __init__(self, numbers: list[int], crowd: int) -> None:
        self.numbers, self.crowd = numbers, crowd


class Index:
    """Rows by digest and number, and the carriers of keys that are not hot."""

    def __init__(self, store: EngineStore) -> None:
        self._store = store
        self._digests: dict[str, ProfileRow] = {}
        self._numbers: dict[int, ProfileRow] = {}
        self._carriers: dict[str, Carriers] = {}
        self._merged: dict[int, int] = {}
        self._number = 0

    def begin(self) -> None:
        """Between two batches: let go of what came long ago."""
        # Never lower than before: the number of a component that is gone stands for another one.
        self._number = max(self._number, self._store.numbers()[1])
        if len(self._numbers) > ROWS_KEPT:
            for number in list(islice(self._numbers, ROWS_KEPT // 2)):
                del self._digests[self._numbers.pop(number).profile.digest]
        if len(self._carriers) > KEYS_KEPT:
            for key in list(islice(self._carriers, KEYS_KEPT // 2)):
                del self._carriers[key]
        if len(self._merged) > ROWS_KEPT:
            for row in self._numbers.values():
                row.component = self.component(row.component)
            self._merged.clear()

    def next_number(self) -> int:
        """The number of a new profile or component."""
        self._number += 1
        return self._number

    # --- rows

    def load(self, digests: Collection[str]) -> None:
        """Read the rows of known profiles at once, unless they are here."""
        for row in self._store.profiles([d for d in digests if d not in self._digests]):
            self.keep(row)

    def keep(self, row: ProfileRow) -> None:
        """A row that was read or is new."""
        self._digests[row.profile.digest] = row
        self._numbers[row.number] = row

    def get(self, digest: str) -> ProfileRow | None:
        """The row of a digest, if it is here: after `load`, if there is one at all."""
        return self._digests.get(digest)

    def row_of(self, profile: Profile) -> ProfileRow:
        """The row of a profile that has one."""
        if profile.digest not in self._digests:
            self.load([profile.digest])
        return self._digests[profile.digest]

    def row(self, number: int) -> ProfileRow:
        """The row of a number that has one."""
        if number not in self._numbers:
            self._load_numbered([number])
        return self._numbers[number]

    def rows(self, numbers: Iterable[int]) -> list[ProfileRow]:
        """The rows of numbers that have one."""
        wanted = list(numbers)
        self._load_numbered(wanted)
        return [self._numbers[number] for number in wanted]

    def _load_numbered(self, numbers: Iterable[int]) -> None:
        missing = {number for number in numbers if number not in self._numbers}
        if missing:
            for row in self._store.profiles_numbered(missing):
                self.keep(row)

    # --- keys

    def load_keys(self, keys: Collection[str]) -> None:
        """Read the carriers of keys at once, unless they are here; none for a key that is new."""
        missing = [key for key in keys if key not in self._carriers]
        found = self._store.carriers(missing)
        self._load_numbered(number for numbers in found.values() for number in numbers)
        for key in missing:
            numbers = found.get(key, [])
            crowd = sum([len(self._numbers[number].agencies) for number in numbers])
            self._carriers[key] = Carriers(numbers, crowd)

    def carriers(self, key: str) -> Carriers:
        """The carriers of a key."""
        if key not in self._carriers:
            self.load_keys([key])
        return self._carriers[key]

    def forget_key(self, key: str) -> None:
        """A key has come to be hot."""
        self._carriers.pop(key, None)

    # --- components

    def component(self, component: int) -> int:
        """What became of a component."""
        while component in self._merged:
            component = self._merged[component]
        return component

    def merge(self, gone: int, kept: int) -> None:
        """Two components became one."""
        self._merged[gone] = kept

    def components(self, rows: Iterable[ProfileRow]) -> Iterator[int]:
        """The components of rows, as they stand now."""
        return (self.component(row.component) for row in rows)
