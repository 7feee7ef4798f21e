"""The vocabulary: which schemata, codes, circumstances, topics, purposes and countries there are.

Reads the files of this folder, and those that a deployment adds in a folder of its own. Promises
that what it answers never changes while it lives. An added folder may add entries and never
redefine one: a pattern that was checked against a code must mean the same everywhere. It must never
hold a word on nationality, ethnicity, religion or opinion; FollowTheMoney's properties of that kind
help to tell people apart, and `is_protected_property` names them so that nothing weighs them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fusion.domain.errors import Misused

_FOLDER = Path(__file__).parent
_ACTIVITIES = "activities"
_KINDS = (_ACTIVITIES, "circumstances", "topics", "purposes", "countries")
_MEMBERS = frozenset({"title", "definition"})
_ACTIVITY_MEMBERS = _MEMBERS | {"domain", "ordinary", "source"}
DOMAINS = frozenset(
    {
        "security",
        "political",
        "economic",
        "social",
        "cultural",
        "ecological",
        "technological",
        "health",
    }
)

# Properties that say what a person is rather than what was done; never weighed (DESIGN section 5).
PROTECTED_PROPERTIES = frozenset(
    {
        "appearance",
        "birthCountry",
        "birthPlace",
        "citizenship",
        "ethnicity",
        "eyeColor",
        "gender",
        "hairColor",
        "height",
        "nationality",
        "political",
        "religion",
        "spokenLanguage",
        "weight",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of a vocabulary; `domain`, `is_ordinary` and `source` are of codes alone."""

    name: str
    title: str
    definition: str
    domain: str = ""
    is_ordinary: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a schema: its type, and for an entity the schema that it points to."""

    type: str
    range: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of FollowTheMoney with all its properties, inherited ones too."""

    name: str
    ancestors: frozenset[str]
    properties: Mapping[str, Property]
    ends: tuple[str, str] | None
    is_abstract: bool


class LoadedVocabulary:
    """What words there are. Made by `load_vocabulary`."""

    def __init__(
        self, schemata: Mapping[str, Schema], entries: Mapping[str, Mapping[str, Entry]]
    ) -> None:
        self._schemata = schemata
        self._activities = entries[_ACTIVITIES]
        self._circumstances = entries["circumstances"]
        self._topics = entries["topics"]
        self._purposes = entries["purposes"]
        self._countries = entries["countries"]

    # Schemata

    def has_schema(self, schema: str) -> bool:
        """Whether FollowTheMoney has it, edges and abstract ones included."""
        return schema in self._schemata

    def is_edge(self, schema: str) -> bool:
        """Whether it is a relation's schema; such a one is no mention's."""
        found = self._schemata.get(schema)
        return found is not None and found.ends is not None

    def is_mention(self, schema: str) -> bool:
        """Whether a mention may have it: known, no edge, not abstract (Thing, Interval)."""
        found = self._schemata.get(schema)
        return found is not None and found.ends is None and not found.is_abstract

    def has_property(self, schema: str, prop: str) -> bool:
        """Whether the schema has the property, its own or an ancestor's."""
        return prop in self._schemata[schema].properties

    def is_entity_property(self, schema: str, prop: str) -> bool:
        """Whether the property is itself an entity: a relation says that here."""
        return self._schemata[schema].properties[prop].type == "entity"

    def is_protected_property(self, prop: str) -> bool:
        """Whether the property says what a person is, which nothing may weigh."""
        return prop in PROTECTED_PROPERTIES

    def property_type(self, schema: str, prop: str) -> str:
        """FollowTheMoney's type of the property: `string`, `name`, `date`, `country`, ..."""
        return self._schemata[schema].properties[prop].type

    def is_a(self, schema: str, parent: str) -> bool:
        """Whether the schema is `parent` or descends from it; False for one that is unknown."""
        found = self._schemata.get(schema)
        return found is not None and (schema == parent or parent in found.ancestors)

    def edge_ends(self, schema: str) -> tuple[str, str]:
        """The names of an edge's source and target (`owner`, `asset`); ValueError if it is none."""
        ends = self._schemata[schema].ends
        if ends is None:
            raise ValueError(f"{schema} is no edge")
        return ends

    # Words

    def has_code(self, code: str) -> bool:
        return code in self._activities

    def is_ordinary(self, code: str) -> bool:
        """Whether the code is of ordinary life: it counts with a stated circumstance only."""
        return self._activities[code].is_ordinary

    def code_title(self, code: str) -> str:
        return self._activities[code].title

    def has_circumstance(self, circumstance: str) -> bool:
        return circumstance in self._circumstances

    def circumstance_title(self, circumstance: str) -> str:
        return self._circumstances[circumstance].title

    def has_topic(self, topic: str) -> bool:
        return topic in self._topics

    def has_purpose(self, purpose: str) -> bool:
        return purpose in self._purposes

    def has_country(self, country: str) -> bool:
        """Whether it is a code of ISO 3166-1 alpha-2, lower case."""
        return country in self._countries

    def has_domain(self, domain: str) -> bool:
        return domain in DOMAINS

    # Whole lists, for schemas, pages and tests

    def schemata(self) -> tuple[str, ...]:
        return tuple(sorted(self._schemata))

    def activities(self) -> tuple[Entry, ...]:
        return tuple(self._activities.values())

    def circumstances(self) -> tuple[Entry, ...]:
        return tuple(self._circumstances.values())

    def topics(self) -> tuple[Entry, ...]:
        return tuple(self._topics.values())

    def purposes(self) -> tuple[Entry, ...]:
        return tuple(self._purposes.values())

    def countries(self) -> tuple[Entry, ...]:
        return tuple(self._countries.values())


def load_vocabulary(extra_folder: Path | None = None) -> LoadedVocabulary:
    """The vocabulary as shipped, with the entries of `extra_folder`'s files of the same names.

    Misused where the folder is none, a file can't be read, or an entry redefines a shipped one.
    """
    entries: dict[str, Mapping[str, Entry]] = dict(_shipped())
    if extra_folder is not None:
        _require_folder(extra_folder)
        for kind in _KINDS:
            entries[kind] = _extended(kind, entries[kind], extra_folder / f"{kind}.yaml")
    return LoadedVocabulary(_schemata(), entries)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Misused(f"{folder} is no folder of vocabulary files")
    strange = sorted(path.name for path in folder.glob("*.y*ml") if path.stem not in _KINDS)
    if strange:
        expected = ", ".join(f"{kind}.yaml" for kind in _KINDS)
        raise Misused(f"{folder / strange[0]} is none of {expected}")


def _extended(kind: str, shipped: Mapping[str, Entry], path: Path) -> Mapping[str, Entry]:
    if not path.exists():
        return shipped
    added = _read(kind, path)
    redefined = sorted(added.keys() & shipped.keys())
    if redefined:
        raise Misused(f"{path} redefines {redefined[0]!r}; an added vocabulary may only add")
    return {**shipped, **added}


@cache
def _shipped() -> Mapping[str, Mapping[str, Entry]]:
    return {kind: _read(kind, _FOLDER / f"{kind}.yaml") for kind in _KINDS}


def _read(kind: str, path: Path) -> Mapping[str, Entry]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misused(f"{path} can't be read: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Misused(f"{path} is no mapping of words to their definitions")
    return {str(name): _entry(kind, str(name), spec, path) for name, spec in document.items()}


def _entry(kind: str, name: str, spec: Any, path: Path) -> Entry:
    if kind == "countries" and isinstance(spec, str):
        return Entry(name, spec, spec)
    allowed = _ACTIVITY_MEMBERS if kind == _ACTIVITIES else _MEMBERS
    if not isinstance(spec, dict) or set(spec) != allowed:
        raise Misused(f"{path}: {name!r} needs exactly {', '.join(sorted(allowed))}")
    if kind != _ACTIVITIES:
        return Entry(name, str(spec["title"]), str(spec["definition"]))
    return _activity(name, spec, path)


def _activity(name: str, spec: Mapping[str, Any], path: Path) -> Entry:
    if spec["domain"] not in DOMAINS or not isinstance(spec["ordinary"], bool):
        raise Misused(f"{path}: {name!r} needs a known domain, and ordinary true or false")
    return Entry(
        name,
        str(spec["title"]),
        str(spec["definition"]),
        domain=spec["domain"],
        is_ordinary=spec["ordinary"],
        source=str(spec["source"]),
    )


@cache
def _schemata() -> Mapping[str, Schema]:
    text = _FOLDER.joinpath("schemata.json").read_text(encoding="utf-8")
    declared = json.loads(text)["schemata"]
    return {name: _schema(name, declared) for name in declared}


def _schema(name: str, declared: Mapping[str, Any]) -> Schema:
    spec = declared[name]
    properties: dict[str, Property] = {}
    for owner in (*spec["extends"], name):
        for key, value in declared[owner]["properties"].items():
            properties[key] = Property(value["type"], value.get("range"))
    ends = spec.get("edge")
    return Schema(
        name=name,
        ancestors=frozenset(spec["extends"]),
        properties=properties,
        ends=(ends[0], ends[1]) if ends else None,
        is_abstract=spec.get("abstract", False),
    )
