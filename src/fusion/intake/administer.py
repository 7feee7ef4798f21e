"""Administration: the commands by which operators say who there is and who may do what.

Every change is an event; one that is refused leaves no trace. A command's effect holds when it
returns: the directory has followed the log. Used by the command line on a stopped directory, and
inside the service through its socket on a running one (`fusion.intake.control`).
It must never give a token to somebody of an agency that the registry does not name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, TypeAlias, assert_never

from msgspec import Struct

from fusion.access.directory import Directory
from fusion.access.publisher import PublisherRights
from fusion.access.reader import Grants, grants_document
from fusion.coordination.registry_file import load_registry, require_domains
from fusion.domain import ids
from fusion.domain.clock import format_moment
from fusion.domain.errors import Misused
from fusion.domain.fact import grade_of
from fusion.domain.pattern import in_order_of_use
from fusion.domain.post import Agency
from fusion.domain.vocabulary import Vocabulary
from fusion.events.catalog import (
    Event,
    GrantsRevoked,
    GrantsSet,
    LibraryPublished,
    PublisherRegistered,
    RegistryLoaded,
)
from fusion.events.codec import encode
from fusion.events.log import EventLog
from fusion.intake.libraries import Libraries
from fusion.intake.numbering import first_free
from fusion.intake.purge import purge
from fusion.patterns.loader import load_pattern

# Under these sources administration stands in the log.
REGISTRY_SOURCE = "/fusion/registry"
PUBLISHER_SOURCE = "/fusion/publishers"
GRANTS_SOURCE = "/fusion/grants"
LIBRARY_SOURCE = "/fusion/patterns"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
# Compartments, groups, roles and cases are an operator's own words.
_WORD = re.compile(r"[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\x00-\x20\x7f])?")
_CEILING = re.compile(r"[A-F][1-6]")


class _Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """One command, as it stands on a line of the control socket too."""


class LoadRegistry(_Command, frozen=True, tag="registry.load"):
    """Take a registry's document in the place of the one that stands."""

    document: dict[str, Any]


class PublisherToken(_Command, frozen=True, tag="token.publisher"):
    """A token for a publisher, registered or registered anew where something is stated for it.

    Not stated for a new one: the ceiling is its agency's, the level the highest (it limits how
    strictly it may mark, not what it may read), there are no compartments.
    """

    name: str
    source: str
    ceiling: str | None = None
    level: str | None = None
    compartments: tuple[str, ...] | None = None
    seconds: int | None = None


class Attributes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is stated of a reader; the rest is the least: lowest level, no nation, nothing else."""

    agency: str | None = None
    nation: str | None = None
    level: str | None = None
    compartments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    @property
    def are_rights(self) -> bool:
        """Whether anything is stated but the agency."""
        return self != Attributes(agency=self.agency)


class ReaderToken(_Command, frozen=True, tag="token.reader"):
    """A token for a reader, who is made with these attributes where there is none of the name.

    One that stands keeps its grants; stating others is refused, since `grants.set` is for that.
    """

    name: str
    stated: Attributes
    seconds: int | None = None


class SetGrants(_Command, frozen=True, tag="grants.set"):
    """Grant a reader what is stated, in the place of all that it was granted."""

    name: str
    stated: Attributes


class RevokeGrants(_Command, frozen=True, tag="grants.revoke"):
    """Take all grants from a reader."""

    name: str


class ListGrants(_Command, frozen=True, tag="grants.list"):
    """All readers with their grants, by name."""


class PurgeSignal(_Command, frozen=True, tag="signal.purge"):
    """Take a signal out of the log for good, by its name; `reason` says on whose order."""

    signal: str
    reason: str


class AdvanceClock(_Command, frozen=True, tag="clock.advance"):
    """Move the scripted clock of an exercise to a moment (µs)."""

    moment: int


class PublishLibrary(_Command, frozen=True, tag="library.publish"):
    """Put these patterns in force in the place of all that are.

    `after` is how many publications whoever decided it knew of: what it would do was seen on them.
    """

    patterns: tuple[dict[str, Any], ...]
    after: int


Command: TypeAlias = (
    LoadRegistry
    | PublisherToken
    | ReaderToken
    | SetGrants
    | RevokeGrants
    | ListGrants
    | PurgeSignal
    | AdvanceClock
    | PublishLibrary
)

Mint: TypeAlias = Callable[[Literal["publisher", "reader"], str, int], str]


@dataclass(frozen=True, slots=True)
class TokenSeconds:
    """How long tokens live unless asked otherwise."""

    publisher: int
    reader: int


class Administration:
    """Executes commands, one at a time; blocks, and may be called from any thread.

    `follow` makes `directory` take in all that `log` holds. `advance` moves the clock of an
    exercise and keeps where it stands; None in a live directory.
    """

    def __init__(
        self,
        log: EventLog,
        directory: Directory,
        vocabulary: Vocabulary,
        *,
        follow: Callable[[], None],
        mint: Mint,
        seconds: TokenSeconds,
        advance: Callable[[int], None] | None,
    ) -> None:
        self._log = log
        self._directory = directory
        self._vocabulary = vocabulary
        self._follow = follow
        self._mint = mint
        self._seconds = seconds
        self._advance = advance
        self._libraries = Libraries()
        self._lock = Lock()

    def execute(self, command: Command) -> dict[str, Any]:
        """Do it, and what came of it; `Invalid` or `Misused`, in one plain line, where it can't."""
        with self._lock:
            self._follow()
            match command:
                case LoadRegistry():
                    return self._load_registry(command)
                case PublisherToken():
                    return self._publisher_token(command)
                case ReaderToken():
                    return self._reader_token(command)
                case SetGrants():
                    return grants_document(self._set_grants(command.name, command.stated))
                case RevokeGrants():
                    return self._revoke_grants(command)
                case ListGrants():
                    return {
                        "readers": [grants_document(each) for each in self._directory.readers()]
                    }
                case PurgeSignal():
                    return self._purge(command)
                case AdvanceClock():
                    return self._advance_clock(command)
                case PublishLibrary():
                    return self._publish_library(command)
                case _:
                    assert_never(command)

    # --- the commands -----------------------------------------------------------------------

    def _load_registry(self, command: LoadRegistry) -> dict[str, Any]:
        registry = load_registry(command.document, previous=self._directory.registry())
        require_domains(registry, self._vocabulary)
        self._append(RegistryLoaded(command.document), REGISTRY_SOURCE, "registry")
        return {
            "agencies": len(registry.agencies),
            "posts": len(registry.posts),
            "mechanisms": len(registry.mechanisms),
        }

    def _publisher_token(self, command: PublisherToken) -> dict[str, Any]:
        known = self._directory.publisher(command.name)
        rights = self._publisher_rights(command, known)
        if rights != known:
            event = PublisherRegistered(
                name=rights.name,
                source=rights.source,
                ceiling=rights.ceiling,
                level=rights.level,
                compartments=tuple(sorted(rights.compartments)),
            )
            self._append(event, PUBLISHER_SOURCE, rights.name)
        seconds = self._seconds.publisher if command.seconds is None else command.seconds
        return {"token": self._mint("publisher", rights.name, seconds)}

    def _publisher_rights(
        self, command: PublisherToken, known: PublisherRights | None
    ) -> PublisherRights:
        _require_name(command.name)
        agency = self._agency_of_source(command.source)
        if known is not None and known.source != command.source:
            raise Misused(f"{command.name} publishes under {known.source}; another name is needed")
        best = agency.ceiling.code
        return PublisherRights(
            name=command.name,
            source=command.source,
            ceiling=self._ceiling(command.ceiling or (known.ceiling if known else best), agency),
            level=self._level(
                command.level or (known.level if known else self._directory.levels()[-1])
            ),
            compartments=(
                _words("compartment", command.compartments)
                if command.compartments is not None
                else (known.compartments if known else frozenset())
            ),
        )

    def _reader_token(self, command: ReaderToken) -> dict[str, Any]:
        known = self._directory.grants(command.name)
        if known is None:
            self._set_grants(command.name, command.stated)
        elif command.stated.agency not in {None, known.agency}:
            raise Misused(f"{command.name} is of {known.agency}, not of {command.stated.agency}")
        elif command.stated.are_rights and self._granted(command.name, command.stated) != known:
            raise Misused(
                f"{command.name} was granted something else: fusion grants set changes it"
            )
        seconds = self._seconds.reader if command.seconds is None else command.seconds
        return {"token": self._mint("reader", command.name, seconds)}

    def _set_grants(self, name: str, stated: Attributes) -> Grants:
        grants = self._granted(name, stated)
        event = GrantsSet(
            name=name,
            agency=grants.agency,
            nation=grants.nation,
            level=grants.level,
            compartments=tuple(sorted(grants.compartments)),
            groups=tuple(sorted(grants.groups)),
            roles=tuple(sorted(grants.roles)),
            purposes=tuple(sorted(grants.purposes)),
            cases=tuple(sorted(grants.cases)),
        )
        self._append(event, GRANTS_SOURCE, name)
        return grants

    def _revoke_grants(self, command: RevokeGrants) -> dict[str, Any]:
        if self._directory.grants(command.name) is None:
            raise Misused(f"{command.name} has no grants")
        self._append(GrantsRevoked(command.name), GRANTS_SOURCE, command.name)
        return {}

    def _advance_clock(self, command: AdvanceClock) -> dict[str, Any]:
        if self._advance is None:
            raise Misused("this is a live directory: its clock is the wall's")
        try:
            self._advance(command.moment)
        except ValueError as error:
            raise Misused(str(error)) from None
        self._log.tick()
        self._follow()
        return {"clock": format_moment(command.moment)}

    def _purge(self, command: PurgeSignal) -> dict[str, Any]:
        purge(self._log, command.signal, reason=command.reason)
        self._follow()
        return {"purged": command.signal}

    def _publish_library(self, command: PublishLibrary) -> dict[str, Any]:
        self._libraries.follow(self._log)
        if command.after != self._libraries.published:
            raise Misused("other patterns were published meanwhile: look again at what this does")
        try:
            in_order_of_use([load_pattern(body) for body in command.patterns])
        except ValueError as error:
            raise Misused(str(error)) from None
        changes = self._libraries.changes(command.patterns)
        if not changes:
            raise Misused("these patterns are in force already")
        event = LibraryPublished(patterns=command.patterns)
        # Names in the order of the numbers: two of one moment follow each other as they came.
        id_ = f"library-{self._libraries.published + 1:06}"
        (receipt,) = self._log.append([encode(event, source=LIBRARY_SOURCE, id=id_)])
        self._follow()
        assert receipt.recorded is not None, "what is new is recorded"
        return {"at": format_moment(receipt.recorded), "changed": len(changes)}

    # --- parts ------------------------------------------------------------------------------

    def _granted(self, name: str, stated: Attributes) -> Grants:
        """The grants that `stated` makes for `name`, of the agency that it has or is stated."""
        _require_name(name)
        known = self._directory.grants(name)
        slug = stated.agency or (known.agency if known else None)
        if slug is None:
            raise Misused(f"there is no reader {name}: say of which agency it is")
        if known is not None and known.agency != slug:
            raise Misused(f"{name} is of {known.agency}, not of {slug}")
        self._agency(slug)
        for purpose in stated.purposes:
            if not self._vocabulary.has_purpose(purpose):
                raise Misused(f"{purpose!r} is no purpose of the vocabulary")
        if stated.nation is not None and not self._vocabulary.has_country(stated.nation):
            raise Misused(f"{stated.nation!r} is no country code (ISO 3166-1 alpha-2, lower case)")
        return Grants(
            name=name,
            agency=slug,
            nation=stated.nation,
            level=self._level(stated.level or self._directory.levels()[0]),
            compartments=_words("compartment", stated.compartments),
            groups=_words("group", stated.groups),
            roles=_words("role", stated.roles),
            purposes=frozenset(stated.purposes),
            cases=_words("case", stated.cases),
        )

    def _agency(self, slug: str) -> Agency:
        agency = self._directory.registry().agency(slug)
        if agency is None:
            raise Misused(f"the registry names no agency {slug!r}")
        return agency

    def _agency_of_source(self, source: str) -> Agency:
        if not ids.SOURCE.match(source):
            raise Misused(f"{source!r} is no source: it is a path like /fbi/phoenix")
        if source.split("/")[2:3] == [ids.TEARLINE_SEGMENT]:
            raise Misused(f"{source!r} is kept for tear-lines")
        return self._agency(ids.agency_of(source))

    def _level(self, level: str) -> str:
        if level not in self._directory.levels():
            raise Misused(f"{level!r} is no level: there are {', '.join(self._directory.levels())}")
        return level

    def _ceiling(self, code: str, agency: Agency) -> str:
        if not _CEILING.fullmatch(code):
            raise Misused(f"{code!r} is no Admiralty code: A1 to F6")
        if grade_of(code).lowered_to(agency.ceiling).code != code:
            raise Misused(f"{code} is above the ceiling of {agency.slug}, {agency.ceiling.code}")
        return code

    def _append(self, event: Event, source: str, stem: str) -> None:
        number = first_free(lambda n: self._log.find(source, f"{stem}/{n}") is not None)
        self._log.append([encode(event, source=source, id=f"{stem}/{number}")])
        self._follow()


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Misused(f"{name!r} is no name: letters, digits and . _ @ -, at most 100")


def _words(kind: str, words: Iterable[str]) -> frozenset[str]:
    kept = frozenset(words)
    for word in kept:
        if not _WORD.fullmatch(word):
            raise Misused(f"{word!r} is no {kind}")
    return kept
