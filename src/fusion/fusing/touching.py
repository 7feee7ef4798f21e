"""Touches: which grounds have to be looked at again, and at which instants of history."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fusion.domain.fact import MentionFact, SignalFacts
from fusion.domain.pattern import Pattern
from fusion.fusing.arrived import Arrived
from fusion.fusing.bounds import Bounds
from fusion.fusing.ground import Instant, signal_readings
from fusion.fusing.moment import Moment
from fusion.fusing.rules import Rules
from fusion.fusing.spanning import Spanning
from fusion.fusing.store import Changes, Touch
from fusion.patterns.weigh import Reading

# A pattern, and what it reads in a signal.
Read = tuple[Pattern, tuple[Reading, ...]]


class Touching:
    """What a signal says is said somewhere: the places of it, and the touching of their grounds."""

    def __init__(
        self, rules: Rules, changes: Changes, *, moment: Moment, bound: Bounds, spanning: Spanning
    ) -> None:
        self._rules, self._changes = rules, changes
        self._moment, self._bound, self._spanning = moment, bound, spanning
        self._read: dict[tuple[int, str], list[Read]] = {}
        self._codes: dict[int, list[tuple[Pattern, frozenset[str] | None]]] = {}

    def read(self, facts: SignalFacts, at: Instant) -> Iterator[tuple[int, Read]]:
        """What patterns in force at an instant, or later, read in a signal, whoever may know it.

        Each with the number of its era.
        """
        for rules in self._rules.since(at):
            for read in self._read_by(rules, facts):
                yield rules.era, read

    def forget(self) -> None:
        """What was read so far is not asked for again."""
        self._read = {}

    def _read_by(self, rules: Rules, facts: SignalFacts) -> list[Read]:
        key = (rules.era, facts.name)
        if key not in self._read:
            if rules.era not in self._codes:
                self._codes[rules.era] = [(each, _codes_of(each)) for each in rules.patterns]
            said = {activity.code for activity in facts.activities}
            found = [
                (pattern, signal_readings(pattern, facts, rules.vocabulary))
                for pattern, codes in self._codes[rules.era]
                if codes is None or not codes.isdisjoint(said)
            ]
            self._read[key] = [(pattern, read) for pattern, read in found if read]
        return self._read[key]

    def anchored(self, pattern: Pattern, reading: Reading, facts: SignalFacts) -> list[str]:
        """The places at which a reading counts."""
        if pattern.scope.is_free:
            return [f"{pattern.slug}|{anchor}" for anchor in reading.anchors]
        return [self._spanning.place(m) for m in facts.mentions if m.name in reading.anchors]

    def places(self, facts: SignalFacts, at: Instant) -> list[str]:
        """All places that a signal says anything of, from an instant on."""
        places = [self._spanning.place(mention) for mention in facts.mentions]
        for _, (pattern, read) in self.read(facts, at):
            if pattern.scope.is_free:
                keys = {anchor for reading in read for anchor in reading.anchors}
                places += [f"{pattern.slug}|{key}" for key in sorted(keys)]
        return places

    def note(self, facts: SignalFacts, at: Instant) -> None:
        """A signal was worked in before, in this very moment."""
        for place in self.places(facts, at):
            ground = self._spanning.ground(place)
            self._moment.note(ground, at, place)
            self._share(ground)

    def touch_signal(self, facts: SignalFacts, at: Instant, arrived: Arrived) -> None:
        """Touch all that a signal says; whoever relays it changes its origin with it."""
        for each in (facts, *arrived.relayed_on(facts.name)):
            for place in self.places(each, at):
                self._touch(place, at)

    def tick(self, at: Instant) -> None:
        """A day began: whatever is due then has to be looked at."""
        self._changes.touches.append(Touch(at, ""))

    def touch_mention(self, mention: MentionFact, at: Instant) -> None:
        """Something was judged of a mention."""
        self._touch(self._spanning.place(mention), at)

    def touch_links(self, carriers: Collection[int], at: Instant) -> None:
        """The grounds on which two of these profiles may be linked have to be looked at again."""
        for number in self._spanning.sharing(carriers):
            self._touch(f"p{number}", at)

    def _touch(self, place: str, at: Instant) -> None:
        """A ground has to be looked at again, if it ever can matter to anybody."""
        ground = self._spanning.ground(place)
        # What comes late was there already when other patterns came into force since.
        for instant in (at, *self._rules.changes_after(at)):
            self._moment.note(ground, instant, place)
        if self._bound.has_passed(ground):
            self._changes.touches += self._moment.untold(ground)
        self._share(ground)

    def _share(self, ground: str) -> None:
        """What happens to a ground happens to the free cells that could use its hypotheses."""
        for cell in self._bound.lends_to(ground):
            self._moment.share(ground, cell)
            if self._bound.has_passed(cell):
                self._changes.touches += self._moment.untold(cell)
            self._share(cell)


def _codes_of(pattern: Pattern) -> frozenset[str] | None:
    """The activities that a pattern reads; None where it reads bare mentions too."""
    indicators = [indicator for role in pattern.roles for indicator in role.indicators]
    if any(indicator.mention for indicator in indicators):
        return None
    return frozenset().union(*(one.activity.codes for one in indicators if one.activity))
