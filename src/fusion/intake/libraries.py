"""Libraries: the patterns that were ever in force in a log, and what another set would change.

A pattern of a name and version is one pattern for ever: what is changed needs a version of its own.
What was in force before may come back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fusion.domain.errors import Misused
from fusion.events.catalog import LibraryPublished, PatternPublished
from fusion.events.codec import decode
from fusion.events.log import LogReader
from fusion.events.position import Position

_EVENTS = frozenset({"pattern.published", "library.published"})
_READ_AT_ONCE = 10_000

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a pattern: its versions before and after, None where it is none of them."""

    slug: str
    before: int | None
    after: int | None


class Libraries:
    """The patterns in force, as of where the log was followed to."""

    def __init__(self) -> None:
        self._read = Position.start()
        self._known: dict[tuple[str, int], Body] = {}
        self.in_force: dict[str, Body] = {}
        self.published = 0

    def follow(self, log: LogReader) -> None:
        """Take in what was published since."""
        while batch := log.read(self._read, _READ_AT_ONCE):
            for recorded in batch:
                if recorded.envelope.type in _EVENTS:
                    self._take(decode(recorded))
            self._read = batch[-1].position

    def _take(self, event: object) -> None:
        if isinstance(event, PatternPublished):
            self.in_force[event.slug] = event.body
        elif isinstance(event, LibraryPublished):
            self.published += 1
            self.in_force = {body["slug"]: body for body in event.patterns}
        for slug, body in self.in_force.items():
            self._known[slug, body["version"]] = body

    def changes(self, patterns: Iterable[Body]) -> list[Change]:
        """What these would change, by slug; Misused where a changed one has no new version."""
        asked = {body["slug"]: body for body in patterns}
        found = []
        for slug in sorted(asked.keys() | self.in_force.keys()):
            now, then = self.in_force.get(slug), asked.get(slug)
            if now == then:
                continue
            if then is not None and self._known.get((slug, then["version"]), then) != then:
                raise Misused(
                    f"{slug}: /version: {then['version']} was published and says something else:"
                    " what is changed needs a version of its own"
                )
            found.append(Change(slug, _version(now), _version(then)))
        return found


def _version(body: Body | None) -> int | None:
    return None if body is None else int(body["version"])
