"""The book of one access class: its chronicle, and where in it each alert is found.

All readers who may know the same share one book. It grows as the store does, and holds nothing that
the class may not know.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fusion.access.disclosure import Disclosure, disclosing
from fusion.domain.ids import alert_name
from fusion.domain.marking import Knowledge, NormalForm
from fusion.domain.post import Registry
from fusion.fusing.following import Following, Told
from fusion.fusing.rules import Rules
from fusion.projections.view.alert_documents import (
    alert_document,
    responsible_document,
    signals_behind,
)
from fusion.projections.view.roster import Roster, Telling
from fusion.projections.view.scene import Scene

Drawn = Disclosure[dict[str, Any]]

# Earlier moments whose edition is kept: those of the walks over pages that are under way.
PAST_KEPT = 8
# Registries under which versions are kept as drawn: the one that stands, and those of as many reads
# of the past.
REGISTRIES_KEPT = 4


class Admission:
    """Which markings a class may know, remembered: the question is asked for every fact."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._known: dict[NormalForm, bool] = {}

    def __call__(self, marking: NormalForm) -> bool:
        answer = self._known.get(marking)
        if answer is None:
            answer = self._known[marking] = self._knowledge.admits(marking)
        return answer


def _text(knowledge: Knowledge) -> str:
    """The class as text, equal for equal classes in every process."""
    parts = [sorted(knowledge.compartments), sorted(knowledge.tokens)]
    return f"{knowledge.level} {parts}\n"


class Edition:
    """A book as of some entry: alerts as they stand then, as they stood, under all their names."""

    def __init__(self, draw: Callable[[Scene, Telling], Drawn], roster: Roster) -> None:
        self._draw = draw
        self.roster = roster
        self.entered = 0
        self.latest: dict[str, Told] = {}
        self._histories: dict[str, list[Told]] = {}
        self._names: dict[str, str] = {}

    def enter(self, told: Told) -> None:
        """Take in the next entry of the chronicle."""
        self.entered += 1
        entry = told.entry
        history = self._histories.setdefault(entry.alert, [])
        if entry.replaces:
            history = self._histories.pop(entry.replaces, [])
            self._histories[entry.alert] = history
            self.latest.pop(entry.replaces, None)
            self._names[entry.replaces] = entry.alert
        history.append(told)
        self.latest[entry.alert] = told
        self._names[entry.alert] = entry.alert
        for member in entry.hypothesis.members if entry.hypothesis else ():
            self._names[alert_name(entry.pattern, member)] = entry.alert

    def named(self, name: str) -> Told | None:
        """The last version of the alert that answers to a name."""
        seen = set()
        while name not in self.latest and name in self._names and name not in seen:
            seen.add(name)
            name = self._names[name]
        return self.latest.get(name)

    def history(self, alert: str) -> list[Told]:
        """All versions of an alert, oldest first, under whatever name it had."""
        return self._histories.get(alert, [])

    def names_of(self, alert: str) -> tuple[str, ...]:
        """All names that an alert answers to."""
        former = {t.entry.alert for t in self.history(alert)}
        members = {
            alert_name(t.entry.pattern, member)
            for t in self.history(alert)
            if t.entry.hypothesis
            for member in t.entry.hypothesis.members
        }
        return tuple(sorted(former | members))

    def newest_first(self) -> Iterator[Told]:
        """The last versions, by the time of the first raise, newest first, then by name."""
        order = sorted(self.latest.values(), key=lambda t: (-t.entry.raised_at, t.entry.alert))
        return iter(order)

    def drawn(self, scene: Scene, told: Told) -> Drawn:
        """A version as it is served, with whom it was last."""
        return self._draw(scene, self.roster.of(told))


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A chronicle up to a moment, which comes to be told as that moment did."""

    told: Sequence[Told]
    revision: int = 0


class Book:
    """The chronicle of a class, its editions, and its versions as they are served."""

    def __init__(self, rules: Rules, knowledge: Knowledge) -> None:
        self.admits = Admission(knowledge)
        self.class_text = _text(knowledge)
        self.following = Following(rules, self.admits)
        self._rules = rules
        self.roster = Roster(rules, self.admits)
        self.present = Edition(self.drawn_with, self.roster)
        # Editions of earlier moments under the registry of each, the last one asked for last.
        self._past: OrderedDict[tuple[int, int], Edition] = OrderedDict()
        # Drawn under which registry: only who leads may change under a version.
        self._drawn: OrderedDict[int, tuple[Registry, dict[tuple[str, int], Drawn]]]
        self._drawn = OrderedDict()
        self._revision = 0

    @property
    def latest(self) -> dict[str, Told]:
        """The last version of each alert, by its name now."""
        return self.present.latest

    def follow(self, scene: Scene, *, now: int | None = None) -> None:
        """Take in what came, and the deadlines that passed until `now` (`Roster.follow`).

        The scene is of the present.
        """
        self.following.follow(scene.grounds)
        if self.following.revision != self._revision:
            self._revision = self.following.revision
            self.present = Edition(self.drawn_with, self.roster)
            self._past.clear()
            self._drawn.clear()
        for told in self.following.told[self.present.entered :]:
            self.present.enter(told)
        self.roster.follow(self.following, scene.store, scene.registry, now)

    def edition(self, scene: Scene) -> Edition:
        """The book as a scene has it: of a past moment, a prefix of the chronicle."""
        if scene.as_of is None:
            return self.present
        count = bisect_right(self.following.told, scene.at, key=lambda told: told.at)
        prefix = self.following.told[:count]
        key = (scene.as_of, id(scene.registry))
        edition = self._past.pop(key, None)
        if edition is None:
            roster = Roster(self._rules, self.admits, until=scene.as_of)
            edition = Edition(self.drawn_with, roster)
        self._past[key] = edition
        if len(self._past) > PAST_KEPT:
            self._past.popitem(last=False)
        for told in prefix[edition.entered :]:
            edition.enter(told)
        edition.roster.follow(_Prefix(prefix), scene.store, scene.registry, scene.as_of)
        return edition

    def drawn_with(self, scene: Scene, telling: Telling) -> Drawn:
        """A version as it is served, with whom it was when this was told."""
        version = self._version(scene, telling.told)
        return replace(version, body={**version.body, "responsible": responsible_document(telling)})

    def _version(self, scene: Scene, told: Told) -> Drawn:
        """A version as it is served; it speaks of a prefix of history, so it is drawn once."""
        key = id(scene.registry)
        # The registry is kept beside, so that no other can come to have its number.
        registry, drawn = self._drawn.pop(key, (scene.registry, {}))
        self._drawn[key] = (registry, drawn)
        if len(self._drawn) > REGISTRIES_KEPT:
            self._drawn.popitem(last=False)
        version = (told.entry.alert, told.entry.version)
        if version not in drawn:
            drawn[version] = disclosing(alert_document(scene, told), signals_behind(told))
        return drawn[version]
