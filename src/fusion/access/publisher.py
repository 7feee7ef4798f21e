"""What a publisher is registered for: under which source it may publish, and marked how high.

A publisher's rights say what it may *send*; what its agency's readers may know is their own grants'
matter. Nothing here knows tokens.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublisherRights:
    """The registration of one publisher.

    `source` is the prefix (whole segments) of the sources that it may publish under, `ceiling` the
    Admiralty code above which nothing of it is graded, `level` the name of the highest level and
    `compartments` all compartments that its markings may use.
    """

    name: str
    source: str
    ceiling: str
    level: str
    compartments: frozenset[str] = frozenset()

    def covers(self, source: str) -> bool:
        """Whether the publisher may publish under `source`."""
        return source == self.source or source.startswith(self.source + "/")
