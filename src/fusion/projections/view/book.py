"""The book of one access class: its chronicle, and where in it each alert is found.

All readers who may know the same share one book. It grows as the store does, and holds nothing that
the class may not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fusion.access.disclosure import Disclosure, disclosing
from fusion.domain.ids import alert_name
from fusion.domain.marking import Knowledge, NormalForm
from fusion.fusing.following import Following, Told
from fusion.fusing.rules import Rules
from fusion.projections.view.alert_documents import (
    alert_document,
    responsible_document,
    signals_behind,
)
from fusion.projections.view.roster import Roster, Telling
from fusion.projections.view.scene import Scene


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


class Book:
    """Alerts as they stand, as they stood, and all names that they answer to."""

    def __init__(self, rules: Rules, knowledge: Knowledge) -> None:
        self.admits = Admission(knowledge)
        self.class_text = _text(knowledge)
        self.following = Following(rules, self.admits)
        self.roster = Roster(rules, self.admits)
        self.latest: dict[str, Told] = {}
        self._histories: dict[str, list[Told]] = {}
        self._names: dict[str, str] = {}
        self._drawn: dict[tuple[str, int], Disclosure[dict[str, Any]]] = {}
        self._drawn_for: object = None
        self._read = 0
        self._revision = 0

    def follow(self, scene: Scene, *, now: int | None = None) -> None:
        """Take in what came, and the deadlines that passed until `now` (`Roster.follow`)."""
        self.following.follow(scene.grounds)
        if self.following.revision != self._revision:
            self._revision = self.following.revision
            self.latest, self._histories, self._names, self._read = {}, {}, {}, 0
            self._drawn = {}
        for told in self.following.told[self._read :]:
            self._enter(told)
        self._read = len(self.following.told)
        self.roster.follow(self.following, scene.store, scene.registry, now)

    def _enter(self, told: Told) -> None:
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

    def drawn(self, scene: Scene, told: Told) -> Disclosure[dict[str, Any]]:
        """A version as it is served, with whom it was last."""
        return self.drawn_with(scene, self.roster.of(told))

    def drawn_with(self, scene: Scene, telling: Telling) -> Disclosure[dict[str, Any]]:
        """A version as it is served, with whom it was when this was told."""
        version = self._version(scene, telling.told)
        return replace(version, body={**version.body, "responsible": responsible_document(telling)})

    def _version(self, scene: Scene, told: Told) -> Disclosure[dict[str, Any]]:
        """A version as it is served; it speaks of a prefix of history, so it is drawn once.

        Only who leads may change under it, with the registry.
        """
        if self._drawn_for is not scene.registry:
            self._drawn, self._drawn_for = {}, scene.registry
        key = (told.entry.alert, told.entry.version)
        if key not in self._drawn:
            self._drawn[key] = disclosing(alert_document(scene, told), signals_behind(told))
        return self._drawn[key]

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
