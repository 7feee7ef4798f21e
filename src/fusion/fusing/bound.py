"""The upper bound: how much evidence each ground could at most have (RULES.md 23).

For each ground, pattern and role the sum of all that was ever read there, whoever may know it. A
pattern whose bound has once reached its release level has *passed* on that ground: from then on
somebody could see it there, and readers look. Below it nobody is looked at.

A ground whose bound reaches the threshold of a pattern could have hypotheses of it above, and so
*lends* to whatever uses them: for each key of the using pattern the bits of its indicator, as often
as there are mentions that could each stand for an entity of its own. What it would lend is kept
beside its sums from the start, so that it is known when the threshold is reached.
"""

from __future__ import annotations

from collections.abc import Iterable

from fusion.domain.pattern import Pattern
from fusion.fusing.rules import Rules
from fusion.fusing.store import Changes, EngineStore
from fusion.patterns.cell import indicators_using, key_within
from fusion.patterns.weigh import Reading

# What is kept of a ground: by pattern and role what was read there; by cell of a using pattern
# (`slug|key`, `slug|` for the entities of this very ground) and indicator what it would lend.
Sums = dict[tuple[str, str], int]
# By whom something is lent to, pattern and role: the millibits.
Lent = dict[tuple[str, str, str], int]


class Bound:
    """The sums of one era while a batch is worked in: what was read, and what will be written."""

    def __init__(self, store: EngineStore, rules: Rules, changes: Changes) -> None:
        self._store, self._changes, self._era = store, changes, rules.era
        self._patterns = {pattern.slug: pattern for pattern in rules.patterns}
        self._using = [
            (pattern, role, indicator, test)
            for pattern in rules.patterns
            for role, indicator, test in indicators_using(pattern)
        ]
        self._weights: dict[str, Sums] = {}
        self._passed: dict[str, set[str]] = {}
        self._loaded: set[str] = set()

    def begin(self, ground: str) -> None:
        """A ground is new: the store knows nothing of it."""
        self._loaded.add(ground)

    def load(self, grounds: Iterable[str]) -> None:
        """Read the sums of these, unless they were."""
        missing = set(grounds) - self._loaded
        if missing:
            self._loaded |= missing
            self._weights.update(self._store.weights(self._era, missing))
            for ground, passed in self._store.passed(missing).items():
                self._passed[ground] = {slug for era, slug in passed if era == self._era}

    def has_passed(self, ground: str) -> bool:
        """Whether any pattern could ever matter to anybody on this ground."""
        self.load((ground,))
        return bool(self._passed.get(ground))

    def lends_to(self, ground: str) -> list[str]:
        """The free cells that could use a hypothesis on this ground."""
        if not self._using:
            return []
        self.load((ground,))
        return sorted({to for to, _, _ in self._lent(ground)} - {ground})

    def add(self, ground: str, pattern: Pattern, reading: Reading, mentions: int) -> None:
        """A pattern reads something on a ground, of so many mentions."""
        self.load((ground,))
        before = self._lent(ground)
        self._raise(ground, (pattern.slug, reading.role), reading.millibits)
        if self._using:
            self._keep_ready(ground, pattern, reading.role, reading, mentions)
        self._settle(ground, pattern, before)

    def rekey(self, old: str, new: str) -> None:
        """What was weighed on one ground is weighed on another from now on."""
        self.load((old, new))
        self._changes.rekeyed.append((old, new))
        before = _added(self._lent(new), _moved(self._lent(old), old, new))
        for slug in self._passed.pop(old, set()) - self._passed.get(new, set()):
            self._pass(new, slug)
        self._changes.weights.pop((self._era, old), None)
        moved = self._weights.pop(old, {})
        for cell, bits in moved.items():
            if cell[0].endswith("|"):
                self._ready(new, cell, bits)
            else:
                self._raise(new, cell, bits)
        if moved:
            self._changes.lends += [(lent[0], new) for lent in before if lent[0] != new]
            for pattern in self._patterns.values():
                self._check(new, pattern)
            self._pass_on(new, before)

    # --- sums

    def _raise(self, ground: str, cell: tuple[str, str], bits: int) -> None:
        sums = self._weights.setdefault(ground, {})
        sums[cell] = sums.get(cell, 0) + bits
        self._changes.weights[self._era, ground] = sums

    def _check(self, ground: str, pattern: Pattern) -> None:
        """Let a pattern pass whose bound has come to reach its release level."""
        bound = _most(self._weights.get(ground, {}), pattern)
        if bound >= pattern.release and pattern.slug not in self._passed.get(ground, ()):
            self._pass(ground, pattern.slug)

    def _pass(self, ground: str, slug: str) -> None:
        self._passed.setdefault(ground, set()).add(slug)
        self._changes.passed.append((self._era, ground, slug))

    # --- lending

    def _keep_ready(
        self, ground: str, pattern: Pattern, role: str, reading: Reading, mentions: int
    ) -> None:
        """Keep beside the sums what a reading could bring to the users of its pattern."""
        for using, its_role, indicator, test in self._using:
            if test.pattern != pattern.slug or (test.by and role not in test.by):
                continue
            if not using.scope.is_free:
                # An entity has one hypothesis of a pattern, whatever carries it.
                self._ready(ground, (f"{using.slug}|", indicator.id), indicator.millibits)
                self._keep_ready(ground, using, its_role.name, reading, mentions)
            elif "|" in ground:
                self._keep_ready_as_cell(ground, pattern)
            else:
                for key in using.scope.keys(reading.topics, reading.countries):
                    cell = (f"{using.slug}|{key}", indicator.id)
                    self._raise(ground, cell, indicator.millibits * mentions)

    def _keep_ready_as_cell(self, ground: str, pattern: Pattern) -> None:
        """A free cell has one hypothesis, and its key says where it lies."""
        key = ground.partition("|")[2]
        for using, _, indicator, test in self._using:
            if test.pattern == pattern.slug:
                cell = (f"{using.slug}|{key_within(using.scope, key)}", indicator.id)
                self._ready(ground, cell, indicator.millibits)

    def _ready(self, ground: str, cell: tuple[str, str], bits: int) -> None:
        sums = self._weights.setdefault(ground, {})
        sums[cell] = max(sums.get(cell, 0), bits)
        self._changes.weights[self._era, ground] = sums

    def _lent(self, ground: str) -> Lent:
        """What this ground lends now."""
        sums = self._weights.get(ground)
        lent: Lent = {}
        if not sums:
            return lent
        for using, role, indicator, test in self._using:
            if not self._could_be_above(sums, test.pattern):
                continue
            for (cell, name), bits in sums.items():
                slug, is_ready, key = cell.partition("|")
                if is_ready and slug == using.slug and name == indicator.id:
                    to = (cell if key else ground, slug, role.name)
                    lent[to] = lent.get(to, 0) + bits
        return lent

    def _could_be_above(self, sums: Sums, slug: str) -> bool:
        pattern = self._patterns.get(slug)
        return pattern is not None and _most(sums, pattern) >= pattern.threshold

    def _settle(self, ground: str, pattern: Pattern, before: Lent) -> None:
        """See what follows from changed sums of a pattern: here, and where something is lent to."""
        self._check(ground, pattern)
        self._pass_on(ground, before)

    def _pass_on(self, lender: str, before: Lent) -> None:
        """Let those to whom something is lent have what is lent now instead of before."""
        after = self._lent(lender)
        for to in sorted(before.keys() | after.keys()):
            ground, slug, role = to
            if to in after and to not in before and ground != lender:
                self._changes.lends.append((ground, lender))
            if after.get(to, 0) != before.get(to, 0):
                self._borrow(ground, slug, role, after.get(to, 0) - before.get(to, 0))

    def _borrow(self, ground: str, slug: str, role: str, bits: int) -> None:
        self.load((ground,))
        before = self._lent(ground)
        self._raise(ground, (slug, role), bits)
        if "|" in ground:
            self._keep_ready_as_cell(ground, self._patterns[slug])
        self._settle(ground, self._patterns[slug], before)


def _most(sums: Sums, pattern: Pattern) -> int:
    return sum(role.counts(sums.get((pattern.slug, role.name), 0)) for role in pattern.roles)


def _moved(lent: Lent, old: str, new: str) -> Lent:
    """What a ground lends to itself stays with it under its new name."""
    return {(new if to[0] == old else to[0], to[1], to[2]): bits for to, bits in lent.items()}


def _added(one: Lent, other: Lent) -> Lent:
    return {to: one.get(to, 0) + other.get(to, 0) for to in one.keys() | other.keys()}
