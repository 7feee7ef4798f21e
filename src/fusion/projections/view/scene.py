"""A scene: one consistent state of the store, as one access class may know it.

Everything that a view answers is made on a scene. It reads grounds over all markings and lets
nothing out that the class's admission does not let through. A scene may be of a past moment: then
what was recorded later, a retraction too, has not happened on it; rights are today's always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from fusion.domain.clock import day_of, midnight
from fusion.domain.fact import MentionFact, SignalFacts
from fusion.domain.ids import signal_of
from fusion.domain.post import Registry
from fusion.fusing.ground import Fusion, Ground, Instant, end_of, fuse_ground
from fusion.fusing.known import Admits
from fusion.fusing.pointer import Pointer
from fusion.fusing.pointing import Pointing
from fusion.fusing.rules import Rules
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore

# Beyond every instant: what stands now.
NOW: Instant = (1 << 62, "")


class Scene:
    """One class's reads of one state of the store, or of what it was at a moment (µs)."""

    def __init__(
        self,
        store: SqlStore,
        rules: Rules,
        admits: Admits,
        *,
        levels: tuple[str, ...],
        registry: Registry,
        as_of: int | None = None,
        passed: Callable[[], int] | None = None,
        pointing: Pointing | None = None,
    ) -> None:
        self.store, self.admits = store, admits
        self._passed = passed
        self.levels, self.registry = levels, registry
        self.grounds = GroundReader(store, rules)
        # Those that the store is judged by, in which patterns may have been published since.
        self.rules = self.grounds.rules
        self.as_of = as_of
        self.at = NOW if as_of is None else end_of(as_of)
        # Ticks stand before all else of their day, so the last one of a moment is that of its day.
        self.today = store.today() if as_of is None else day_of(as_of)
        self._pointing = pointing
        self._ground_of: dict[str, Ground | None] = {}
        self._fusions: dict[tuple[str, Instant], Fusion] = {}

    def pointing(self) -> Pointing | None:
        """What the reader is pointed to as of this state; None where nobody in particular reads.

        A pointer says whom to call now, so the past has none.
        """
        if self._pointing is not None:
            self._pointing.follow(self.grounds, self.today)
        return self._pointing

    def has_anchor(self, pointer: Pointer) -> bool:
        """Whether what a pointer is made from still stands; it was in D(r) when it was made."""
        name = signal_of(pointer.anchor)
        stored = self.store.signals([name]).get(name)
        return stored is not None and stored.stands(self.at)

    def has_happened(self, recorded: int) -> bool:
        """Whether what was recorded at a moment counts on this scene."""
        return recorded < self.at[0]

    @cached_property
    def moment(self) -> int:
        """Until when deadlines have passed for sure: without a clock, until the last tick."""
        return self._passed() if self._passed else midnight(self.today)

    def signal(self, name: str) -> SignalFacts | None:
        """A signal that stands and may be known, with its facts that may be known."""
        stored = self.store.signals([name]).get(name)
        if stored is None or not stored.stands(self.at) or not self.admits(stored.facts.marking):
            return None
        return stored.known(self.admits)

    def mention(self, name: str) -> MentionFact | None:
        """A mention that stands and may be known."""
        signal = self.signal(signal_of(name))
        return next((m for m in signal.mentions if m.name == name), None) if signal else None

    def knows(self, mention: MentionFact) -> bool:
        """Whether a mention of a signal that stands may be known."""
        return self.admits(mention.marking)

    def ground(self, place: str) -> Ground | None:
        """The ground of a place."""
        if place not in self._ground_of:
            self._ground_of[place] = self.grounds.ground(place)
        return self._ground_of[place]

    def ground_at(self, place: str) -> Ground:
        """The ground of a place that the store named."""
        ground = self.grounds.ground(place)
        assert ground is not None, "a place of the store is on a ground"
        return ground

    def fusion_once(self, ground: Ground) -> Fusion:
        """`fuse` on a ground as the scene has it, not kept: for walks over all of them."""
        return fuse_ground(ground, self.rules, self.admits, self.at, today=self.today)

    def ground_of(self, mention: str) -> Ground | None:
        """The ground of a known mention."""
        place = self.grounds.place_of(mention)
        return self.ground(place) if place else None

    def fusion(self, ground: Ground, at: Instant | None = None) -> Fusion:
        """`fuse` on a ground, as of an instant or as the scene has it."""
        at = at or self.at
        key = (ground.key, at)
        if key not in self._fusions:
            today = self.today if at == self.at else None
            self._fusions[key] = fuse_ground(ground, self.rules, self.admits, at, today=today)
        return self._fusions[key]

    def entity(self, mention: str) -> tuple[MentionFact, ...] | None:
        """The entity of a mention, None where the mention may not be known."""
        if self.mention(mention) is None:
            return None
        ground = self.ground_of(mention)
        return self.fusion(ground).resolution.entity_of(mention) if ground else None

    def signals_at(self, ground: Ground, at: Instant) -> dict[str, SignalFacts]:
        """The known signals of a ground as of an instant, by name."""
        return {
            s.facts.name: s.known(self.admits)
            for s in ground.all_signals()
            if s.stands(at) and self.admits(s.facts.marking)
        }


def caption(mentions: Iterable[MentionFact]) -> str:
    """What an entity is called: the first name, title or number that its first mentions give."""
    for names in (_NAMES, _NUMBERS):
        for mention in mentions:
            for name in names:
                for value in mention.profile.values(name):
                    return value
    return next(iter(mentions)).profile.schema


_NAMES = ("name", "full", "title", "alias", "weakAlias", "lastName", "summary")
_NUMBERS = (
    "number",
    "registrationNumber",
    "accountNumber",
    "iban",
    "phone",
    "email",
    "username",
    "publicKey",
    "passportNumber",
    "idNumber",
    "firstName",
    "state",
    "city",
    "country",
)
