"""Following: the chronicle of one access class, kept up to date as the store moves on.

Whoever may know the same has the same chronicle, so one is kept for each class of readers that
asks. It is built from the touches that the step left: a ground that no upper bound ever let through
can have no alert for anybody, and is never looked at. The result equals the reference's `chronicle`
over what the class may know, whatever the order in which things arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fusion.domain.clock import day_of
from fusion.fusing.chronicle import Chronicle, Entry, advance
from fusion.fusing.ground import Fusion, Ground, Instant, due_day, fuse_ground, turning_day
from fusion.fusing.known import Admits
from fusion.fusing.rules import Rules
from fusion.fusing.store import GroundStore, Touch, ordered_touches


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the chronicle with the prefix of history that it speaks of.

    `place` finds the ground again on which its cell stands.
    """

    entry: Entry
    at: Instant
    place: str


@dataclass(slots=True)
class _State:
    """Where the chronicle stands between two moments.

    `due` says by alert, `turning` by the place of a ground, on which day time alone changes
    something. What uses other hypotheses can also rise by time, where no alert stands.
    """

    chronicle: Chronicle = field(default_factory=Chronicle)
    places: dict[str, str] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    turning: dict[str, int] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(self.chronicle.copy(), dict(self.places), dict(self.due), dict(self.turning))


class Following:
    """The chronicle of one class.

    `told` only grows, unless an event of the present moment came late and goes before others of it;
    then `revision` counts up and `told` may differ at its end.
    """

    def __init__(self, rules: Rules, admits: Admits) -> None:
        self._rules, self._admits = rules, admits
        self._state = _State()
        self._before = self._state.copy()
        self._before_told = 0
        self._moment = -1
        self._seen = 0
        self.told: list[Told] = []
        self.revision = 0

    @property
    def standing(self) -> dict[str, Entry]:
        """The alerts that stand now, by name."""
        return self._state.chronicle.standing

    def place_of(self, alert: str) -> str:
        """The place at which a standing alert's cell is found."""
        return self._state.places[alert]

    def follow(self, grounds: GroundStore) -> None:
        """Take in what the store worked in since the last time; it must stand still meanwhile."""
        touches, last = grounds.touches(self._seen)
        if last == self._seen:
            return
        self._rules = grounds.rules
        if any(touch.at[0] <= self._moment for touch in touches):
            self._tell_anew(grounds)
            touches = [touch for touch in touches if touch.at[0] > self._moment]
        self._tell(touches, grounds)
        self._seen = last

    def _tell_anew(self, grounds: GroundStore) -> None:
        """Tell the present moment from its beginning, with what came late in its place."""
        former = self.told[self._before_told :]
        self._state = self._before.copy()
        del self.told[self._before_told :]
        for at, places in ordered_touches(grounds.touches_at(self._moment)).items():
            self._look(at, places, grounds)
        if self.told[self._before_told :][: len(former)] != former:
            self.revision += 1

    def _tell(self, touches: Iterable[Touch], grounds: GroundStore) -> None:
        for at, places in ordered_touches(touches).items():
            if at[0] != self._moment:
                self._moment = at[0]
                self._before, self._before_told = self._state.copy(), len(self.told)
            self._look(at, places, grounds)

    def _look(self, at: Instant, places: list[str], grounds: GroundStore) -> None:
        """Fuse the grounds that one event touches, and move their alerts on."""
        if places == [""]:
            today = day_of(at[0])
            due = [alert for alert, day in self._state.due.items() if day <= today]
            turning = [place for place, day in self._state.turning.items() if day <= today]
            places = sorted({*(self._state.places[alert] for alert in due), *turning})
        found: dict[str, tuple[str, Ground]] = {}
        for place in places:
            ground = grounds.ground(place)
            if ground is not None:
                found.setdefault(ground.key, (place, ground))
        told = [t for place, ground in found.values() for t in self._move(place, ground, at)]
        self.told += sorted(told, key=lambda t: (t.entry.kind != "withdrawn", t.entry.alert))

    def _move(self, place: str, ground: Ground, at: Instant) -> list[Told]:
        fusion = fuse_ground(ground, self._rules, self._admits, at)
        state = self._state
        concerned = [a for a, entry in state.chronicle.standing.items() if _is_on(entry, ground)]
        for alert in concerned:
            state.places.pop(alert, None)
            state.due.pop(alert, None)
        self._turn(place, fusion, day_of(at[0]))
        entries = advance(state.chronicle, concerned, fusion.hypotheses, fusion.home, at[0])
        for alert, entry in state.chronicle.standing.items():
            if _is_on(entry, ground):
                self._schedule(alert, entry, place, fusion, at)
        return [Told(entry, at, place) for entry in entries]

    def _turn(self, place: str, fusion: Fusion, today: int) -> None:
        """When time alone changes a cell of this ground that uses others."""
        self._state.turning.pop(place, None)
        first = turning_day(fusion, today)
        if first is not None:
            self._state.turning[place] = first

    def _schedule(self, alert: str, entry: Entry, place: str, fusion: Fusion, at: Instant) -> None:
        self._state.places[alert] = place
        due = due_day(fusion, entry.pattern, entry.cell_key, day_of(at[0]))
        if due is not None:
            self._state.due[alert] = due


def _is_on(entry: Entry, ground: Ground) -> bool:
    """Whether an alert's cell stands on a ground."""
    return entry.cell_key in ground.owned or f"{entry.pattern}|{entry.cell_key}" == ground.key
