"""The vocabulary as a port: which words there are, and what follows from them.

Rooms that validate, weigh or check are handed a vocabulary; the one that is shipped, with what a
deployment adds, is `fusion.vocabulary.loaded.LoadedVocabulary`. What it answers never changes while
it lives.
"""

from __future__ import annotations

from typing import Protocol


class Vocabulary(Protocol):
    """FollowTheMoney's schemata, and the words of activities, circumstances, topics, purposes."""

    def has_schema(self, schema: str) -> bool:
        """Whether the schema is known, edges and abstract ones included."""
        ...

    def is_mention(self, schema: str) -> bool:
        """Whether a mention may have it: known, no edge, not abstract."""
        ...

    def is_edge(self, schema: str) -> bool:
        """Whether it is a relation's schema."""
        ...

    def is_a(self, schema: str, parent: str) -> bool:
        """Whether the schema is `parent` or descends from it; False for one that is unknown."""
        ...

    def has_property(self, schema: str, prop: str) -> bool:
        """Whether a known schema has the property, its own or an ancestor's."""
        ...

    def is_entity_property(self, schema: str, prop: str) -> bool:
        """Whether a property of the schema is itself an entity: a relation says that here."""
        ...

    def is_protected_property(self, prop: str) -> bool:
        """Whether the property says what a person is, which nothing may weigh."""
        ...

    def property_type(self, schema: str, prop: str) -> str:
        """The type of a property that the schema has: `string`, `name`, `date`, `country`, ..."""
        ...

    def edge_ends(self, schema: str) -> tuple[str, str]:
        """The names of an edge's source and target; ValueError if it is none."""
        ...

    def has_code(self, code: str) -> bool:
        """Whether it is a code of an activity."""
        ...

    def is_ordinary(self, code: str) -> bool:
        """Whether a known code is of ordinary life: it counts with a stated circumstance only."""
        ...

    def code_title(self, code: str) -> str:
        """The words that analysts use for a known code."""
        ...

    def has_circumstance(self, circumstance: str) -> bool:
        """Whether it is a circumstance of an activity."""
        ...

    def circumstance_title(self, circumstance: str) -> str:
        """The words that analysts use for a known circumstance."""
        ...

    def has_topic(self, topic: str) -> bool:
        """Whether it is a topic."""
        ...

    def has_purpose(self, purpose: str) -> bool:
        """Whether it is a purpose that a reader may act for."""
        ...

    def has_country(self, country: str) -> bool:
        """Whether it is a code of ISO 3166-1 alpha-2, lower case."""
        ...

    def has_domain(self, domain: str) -> bool:
        """Whether it is a domain of risk (DESIGN.md section 1)."""
        ...
