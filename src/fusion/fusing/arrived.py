"""What has arrived, in the batch at hand or before it: signals by name, and who relays whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fusion.domain.fact import MentionFact, SignalFacts
from fusion.domain.ids import signal_of
from fusion.fusing.store import EngineStore


class Arrived:
    """The signals that a batch may ask for; those of its own are told it as they come."""

    def __init__(self, store: EngineStore, names: Collection[str]) -> None:
        self._store = store
        self._facts: dict[str, SignalFacts] = {}
        self._numbers: dict[str, int] = {}
        self._relays: dict[str, list[str]] = {}
        self._relays_read = set(names)
        for target, relay in store.relays_of(names):
            self._relays.setdefault(target, []).append(relay)

    def take_event(self, name: str, number: int) -> None:
        """An event came in this batch."""
        self._numbers[name] = number

    def take(self, facts: SignalFacts) -> None:
        """A signal that counts came in this batch."""
        self._facts[facts.name] = facts

    def take_relay(self, target: str, relay: str) -> None:
        """A signal of this batch relays another."""
        self._relays.setdefault(target, []).append(relay)

    def facts(self, name: str) -> SignalFacts | None:
        """A signal that has come and at some time counted."""
        if name not in self._facts:
            stored = self._store.signals([name]).get(name)
            if stored is None or not stored.ever_stood:
                return None
            self._facts[name] = stored.facts
        return self._facts[name]

    def mention(self, name: str) -> MentionFact | None:
        """A mention of such a signal."""
        facts = self.facts(signal_of(name))
        return next((m for m in facts.mentions if m.name == name), None) if facts else None

    def number(self, name: str) -> int | None:
        """The number of the event of a name."""
        if name in self._numbers:
            return self._numbers[name]
        source, _, id_ = name.rpartition("/")
        event = self._store.event(source, id_)
        return event.number if event else None

    def parts(self, name: str) -> Iterable[SignalFacts]:
        """A signal and its tear-lines, if it ever counted."""
        if name in self._numbers:
            return [f for f in self._facts.values() if name in (f.name, f.parent)]
        source, _, id_ = name.rpartition("/")
        event = self._store.event(source, id_)
        return self._store.facts_of(event) if event and event.ever_stood else ()

    def relayed_on(self, name: str) -> list[SignalFacts]:
        """The signals that relay one, directly or through others, in the order of their names."""
        reached, waiting = {name}, [name]
        while waiting:
            for relay in self._relays_of(waiting.pop()):
                if relay not in reached:
                    reached.add(relay)
                    waiting.append(relay)
        found = (self.facts(relay) for relay in sorted(reached - {name}))
        return [facts for facts in found if facts is not None]

    def _relays_of(self, name: str) -> list[str]:
        if name not in self._relays_read:
            self._relays_read.add(name)
            stored = [relay for _, relay in self._store.relays_of([name])]
            self._relays[name] = [*stored, *self._relays.get(name, ())]
        return self._relays.get(name, [])
