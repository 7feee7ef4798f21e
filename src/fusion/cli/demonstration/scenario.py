"""A scenario as the demonstration needs it: a folder of files, read once and checked.

`scenario.yaml` says what it is, who publishes and who reads; a registry, the signals, and perhaps
`promises.yaml` (what running it must bring about), `decisions.yaml` (what readers judge on the
way), `surroundings.yaml` (what ordinary times around it are made of) and `passed-on.yaml` (what was
really shared), each with its schema in `schemas/`. Promises one line of error that names the file
and the place in it. Nothing here knows any scenario.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fusion.cli.demonstration.decision import DecisionsFile, ReaderDecision
from fusion.cli.demonstration.passing_on import PassedOn, PassedOnFile
from fusion.cli.demonstration.promise import Promise, PromisesFile
from fusion.coordination.registry_file import read_document
from fusion.domain.clock import day_of, format_day, midnight, parse_moment, period_start
from fusion.domain.errors import FusionError, Misused
from fusion.domain.ids import is_signal_id, is_source, signal_name
from fusion.domain.signal import SUBMITTED
from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.surroundings import (
    NONE,
    Surroundings,
    surroundings_faults,
    surroundings_schema,
)

Document: TypeAlias = Mapping[str, Any]

# As many columns as stand side by side on a screen.
MAX_READERS = 6
# Posts have holders, whose alerts are told to nobody; each costs the count of orphans a chronicle.
MAX_OFFICERS = 32
PROMISES_FILE = "promises.yaml"
DECISIONS_FILE = "decisions.yaml"
SCENARIO_FILE = "scenario.yaml"
SURROUNDINGS_FILE = "surroundings.yaml"
PASSED_ON_FILE = "passed-on.yaml"
ORDER_FILE = "order.yaml"

Words = tuple[str, ...]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Publishing(_Part):
    """An agency's system that posts signals, and what it is registered for."""

    name: Name
    source: str
    ceiling: str | None = None
    level: str | None = None
    compartments: Words = ()


class Reading(_Part):
    """Somebody who reads: the grants, and the purpose and case for which they act."""

    name: Name
    title: Name
    agency: str
    post: str | None = Field(default=None, description="The registry's post that it holds.")
    nation: str | None = None
    level: str | None = None
    compartments: Words = ()
    groups: Words = ()
    roles: Words = ()
    purposes: Words = ()
    cases: Words = ()
    purpose: str | None = None
    case: str | None = None


class _Files(_Part):
    registry: str = "registry.yaml"
    signals: str = "signals.jsonl"
    arguments: str | None = Field(
        default=None, description="Why each signal is coded as it is; for people, not read here."
    )


class _Source(_Part):
    """What the scenario rests on, and under which licence."""

    title: str
    rests_on: str
    licence: str


class _Span(_Part):
    """From which day to which it reports."""

    since: Annotated[date, Field(alias="from")]
    until: Annotated[date, Field(alias="to")]


class ScenarioFile(_Part):
    """`scenario.yaml`."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    title: str
    event_date: date
    statement: str
    files: _Files = _Files()
    span: _Span | None = None
    source: _Source | None = None
    conventions: dict[str, str] = Field(
        default={}, description="How its signals were coded, where it is one rule for all."
    )
    publishers: Annotated[tuple[Publishing, ...], Field(min_length=1)]
    readers: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=MAX_READERS)]
    officers: Annotated[
        tuple[Reading, ...],
        Field(
            max_length=MAX_OFFICERS,
            description="Who else holds a post and can act on what reaches it; not followed.",
        ),
    ] = ()

    @model_validator(mode="after")
    def _require_names_once(self) -> ScenarioFile:
        for kind, names in (
            ("publisher", [each.name for each in self.publishers]),
            ("reader", [each.name for each in (*self.readers, *self.officers)]),
        ):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"{twice[0]} is a {kind} twice")
        return self


@dataclass(frozen=True)
class Scenario:
    """One scenario. `signals` are documents of the outer contract, in the order of time."""

    slug: str
    title: str
    event_day: int
    statement: str
    publishers: tuple[Publishing, ...]
    readers: tuple[Reading, ...]
    officers: tuple[Reading, ...]
    registry_file: Path
    signals_file: Path
    registry: dict[str, Any] = field(repr=False)
    signals: tuple[Document, ...] = field(repr=False)
    promises: tuple[Promise, ...] = ()
    caveat: str = ""
    decisions: tuple[ReaderDecision, ...] = ()
    surroundings: Surroundings = NONE
    passed_on: tuple[PassedOn, ...] = ()

    @property
    def start(self) -> int:
        """The moment at which its clock begins: the midnight before its first signal."""
        return midnight(day_of(moment_of(self.signals[0])))

    def publisher_of(self, source: str) -> Publishing | None:
        """Who may post under a source: the one with the longest prefix of it."""
        return _publisher_of(source, self.publishers)

    @property
    def submitted(self) -> int:
        """How many signals it submits: what it takes back is not counted."""
        return sum(signal.get("type") == SUBMITTED for signal in self.signals)

    @cached_property
    def by_name(self) -> Mapping[str, Document]:
        """Its signals by their names."""
        return {name_of(signal): signal for signal in self.signals}

    @cached_property
    def agency_names(self) -> Mapping[str, str]:
        """What the registry calls an agency, by its label."""
        return {each["slug"]: each["name"] for each in self.registry.get("agencies", ())}

    @cached_property
    def mechanism_members(self) -> Mapping[str, tuple[str, ...]]:
        """Who belongs to a mechanism, by its slug."""
        return {
            each["slug"]: (*each.get("core", ()), *each.get("auxiliary", ()))
            for each in self.registry.get("mechanisms", ())
        }

    @cached_property
    def mechanism_names(self) -> Mapping[str, str]:
        """What the registry calls a mechanism, by its slug."""
        return {each["slug"]: each["name"] for each in self.registry.get("mechanisms", ())}


def load_scenario(name: str) -> Scenario:
    """A shipped scenario by its name, or the one in a folder; Misused where it can't be used."""
    folder = _folder(name)
    described = _checked(ScenarioFile, folder / SCENARIO_FILE)
    registry_file, signals_file = (
        folder / described.files.registry,
        folder / described.files.signals,
    )
    signals = _signals(signals_file)
    registry = _registry(registry_file)
    for named, people in (("readers", described.readers), ("officers", described.officers)):
        _require_posts(named, people, registry, folder / SCENARIO_FILE)
    _require_publishers(described.publishers, signals, folder / SCENARIO_FILE)
    promises = _promises(folder / PROMISES_FILE, signals)
    return Scenario(
        slug=described.slug,
        title=described.title,
        event_day=day_of(period_start(described.event_date.isoformat())),
        statement=" ".join(described.statement.split()),
        publishers=described.publishers,
        readers=described.readers,
        officers=described.officers,
        registry_file=registry_file,
        signals_file=signals_file,
        registry=registry,
        signals=signals,
        promises=promises.promises if promises else (),
        caveat=" ".join((promises.caveat or "").split()) if promises else "",
        decisions=_decisions(folder / DECISIONS_FILE, signals, described.readers),
        surroundings=_surroundings(folder / SURROUNDINGS_FILE),
        passed_on=_passed_on(folder / PASSED_ON_FILE, signals, registry),
    )


def shipped() -> Iterator[str]:
    """The names of the scenarios that come with fusion: the one first that runs unasked."""
    order = yaml.safe_load(_text(_shipped_folder() / ORDER_FILE))
    places = {name: place for place, name in enumerate(order)}
    folders = {each.parent.name for each in _shipped_folder().glob(f"*/{SCENARIO_FILE}")}
    yield from sorted(folders, key=lambda name: (places.get(name, len(places)), name))


def require_words(scenario: Scenario, vocabulary: Vocabulary) -> None:
    """Misused where what it says of ordinary times names what there is not."""
    for fault in surroundings_faults(scenario.surroundings, vocabulary):
        path = scenario.signals_file.with_name(SURROUNDINGS_FILE)
        raise Misused(f"{path}: {fault.pointer}: {fault.detail}")


def scenario_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of a scenario's files, by their names in `schemas/`."""
    models: dict[str, type[BaseModel]] = {
        "scenario": ScenarioFile,
        "promises": PromisesFile,
        "decisions": DecisionsFile,
        "passed-on": PassedOnFile,
    }
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {
        "surroundings.json": surroundings_schema(),
        **{
            f"{name}.json": {"$schema": draft, **model.model_json_schema()}
            for name, model in models.items()
        },
    }


def moment_of(signal: Document) -> int:
    """The moment (µs) at which a signal was reported."""
    return parse_moment(signal["time"])


def day_stated(signal: Document) -> str:
    """The UTC day of that moment, as it is written."""
    return format_day(day_of(moment_of(signal)))


def name_of(signal: Document) -> str:
    """A signal's name."""
    return signal_name(signal["source"], signal["id"])


def in_order(signals: Sequence[Document]) -> list[Document]:
    """Signals by time, then by source and id."""
    return sorted(signals, key=lambda each: (moment_of(each), each["source"], each["id"]))


# --- the files


def _shipped_folder() -> Path:
    return Path(str(resources.files("fusion.scenarios")))


def _folder(name: str) -> Path:
    for folder in (_shipped_folder() / name, Path(name)):
        if (folder / SCENARIO_FILE).is_file():
            return folder
    there_are = ", ".join(shipped())
    raise Misused(f"{name!r} is no scenario: there are {there_are}, or a folder of your own")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misused(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misused(f"{path} is no UTF-8") from None


_Model = TypeVar("_Model", bound=BaseModel)


def _checked(model: type[_Model], path: Path) -> _Model:
    """What a YAML file says, by its model."""
    try:
        return model.model_validate(yaml.safe_load(_text(path)))
    except yaml.YAMLError as error:
        first = str(error).split("\n", 1)[0]
        raise Misused(f"{path}: no YAML: {first}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = "/".join(map(str, fault["loc"])) or "it"
        raise Misused(f"{path}: {where}: {fault['msg']}") from None


def _registry(path: Path) -> dict[str, Any]:
    try:
        return read_document(_text(path))
    except FusionError as error:
        raise Misused(f"{path}: {error.detail}") from None


def _promises(path: Path, signals: Sequence[Document]) -> PromisesFile | None:
    """What running it must bring about; None where no file says so."""
    if not path.is_file():
        return None
    promises = _checked(PromisesFile, path)
    known = {name_of(signal) for signal in signals}
    for promise in promises.promises:
        missing = sorted(promise.signals - known)
        if missing:
            raise Misused(f"{path}: {promise.name}: the scenario has no signal {missing[0]}")
    return promises


def _decisions(
    path: Path, signals: Sequence[Document], readers: Sequence[Reading]
) -> tuple[ReaderDecision, ...]:
    """What readers judge on the way; nothing where no file says so."""
    if not path.is_file():
        return ()
    decisions = _checked(DecisionsFile, path).decisions
    known = {name_of(signal) for signal in signals}
    for decision in decisions:
        missing = sorted(decision.signals - known)
        if missing:
            raise Misused(f"{path}: the scenario has no signal {missing[0]}")
        if decision.reader not in {reader.name for reader in readers}:
            raise Misused(f"{path}: the scenario has no reader {decision.reader}")
    return decisions


def _surroundings(path: Path) -> Surroundings:
    """Ordinary times around it; whatever ships where no file says so."""
    return _checked(Surroundings, path) if path.is_file() else NONE


def _passed_on(
    path: Path, signals: Sequence[Document], registry: Mapping[str, Any]
) -> tuple[PassedOn, ...]:
    """What was really shared; nothing where no file says so."""
    if not path.is_file():
        return ()
    passed_on = _checked(PassedOnFile, path).passed_on
    known = {name_of(signal) for signal in signals}
    agencies = {agency["slug"] for agency in registry.get("agencies", ())}
    for place, each in enumerate(passed_on):
        if each.signal not in known:
            raise Misused(
                f"{path}: passed_on/{place}/signal: the scenario has no signal {each.signal}"
            )
        for agency in sorted(set(each.to) - agencies):
            raise Misused(f"{path}: passed_on/{place}/to: the registry has no agency {agency}")
    return passed_on


def _require_posts(
    named: str, people: Sequence[Reading], registry: Mapping[str, Any], path: Path
) -> None:
    """Somebody that holds a post holds one that the registry has, and has it so."""
    holders = {post["id"]: post.get("holder") for post in registry.get("posts", ())}
    for place, reader in enumerate(people):
        if reader.post is not None and holders.get(reader.post) != reader.name:
            raise Misused(
                f"{path}: {named}/{place}/post: the registry has no {reader.post} that"
                f" {reader.name} holds"
            )


def _signals(path: Path) -> tuple[Document, ...]:
    found: list[Document] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            signal = json.loads(line)
            moment_of(signal)
            is_named = is_source(signal["source"]) and is_signal_id(signal["id"])
        except (ValueError, KeyError, TypeError):
            is_named = False
        if not is_named:
            raise Misused(f"{path}:{number}: no signal with source, id and time")
        found.append(signal)
    if not found:
        raise Misused(f"{path} holds no signal")
    return tuple(in_order(found))


def _require_publishers(
    publishers: Sequence[Publishing], signals: Sequence[Document], path: Path
) -> None:
    """Every signal has one who may post it."""
    for source in sorted({each["source"] for each in signals}):
        if _publisher_of(source, publishers) is None:
            raise Misused(f"{path}: publishers: none of them may post for {source}")


def _publisher_of(source: str, publishers: Sequence[Publishing]) -> Publishing | None:
    fitting = [each for each in publishers if f"{source}/".startswith(f"{each.source}/")]
    return max(fitting, key=lambda each: len(each.source), default=None)
