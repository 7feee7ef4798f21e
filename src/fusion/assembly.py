"""Assembly: the one place that makes concrete things and hands them down.

Embedded: an SQLite log and an SQLite store in one data directory, one process for the API and one
for the worker. With FUSION_LOG_URL the log is Apache Kafka, and the directory keeps an index of it.
It alone knows that; nothing below it can tell.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fusion.access.publisher import PublisherRights
from fusion.api import serving
from fusion.api.parts import ApiParts, Health
from fusion.api.rates import Limits
from fusion.api.tokens import Tokens, open_key
from fusion.coordination.registry_file import load_registry, require_domains
from fusion.coordination.registry_file import read_document as read_registry
from fusion.domain.clock import (
    Clock,
    ScriptedClock,
    WallClock,
    format_moment,
    parse_moment,
)
from fusion.domain.compiling import Community
from fusion.domain.errors import Fault, FusionError, Invalid, Misused
from fusion.domain.ids import random_id, random_key
from fusion.domain.post import Registry
from fusion.domain.vocabulary import Vocabulary
from fusion.events.catalog import (
    Event,
    KeyCreated,
    ModelPublished,
    NamespaceOpened,
    PatternPublished,
)
from fusion.events.codec import decode, encode
from fusion.events.group_commit import GroupCommit
from fusion.events.ledger import Chain, Ledger
from fusion.events.log import EventLog
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from fusion.events.whole_file import write_whole
from fusion.fusing.rules import Rules
from fusion.fusing.step import Step
from fusion.fusing.trying import OFFLINE, example_fires
from fusion.intake.administer import Administration, TokenSeconds
from fusion.intake.decide import DecisionDesk
from fusion.intake.libraries import Libraries
from fusion.intake.request import RequestDesk
from fusion.intake.submit import SubmissionDesk
from fusion.intake.validate import validate
from fusion.linking.linker import FeatureLinker
from fusion.linking.model import default_model, load_model
from fusion.patterns.check import check_library
from fusion.patterns.loader import load_library, load_pattern, pattern_files, read_document
from fusion.projections.account.account import Account
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory
from fusion.projections.store.files import StoreFiles
from fusion.projections.store.opened import opened_store
from fusion.projections.store.places import StorePlaces, Unreachable
from fusion.projections.view.audit import Audits
from fusion.projections.view.stores import Stores
from fusion.projections.view.views import Views
from fusion.settings import Settings
from fusion.vocabulary.loaded import load_vocabulary
from fusion.worker.collecting import collect_by_batch, settle
from fusion.worker.loop import Worker

LOG_FILE = "log.sqlite"
INDEX_FILE = "kafka-index.sqlite"
LEDGER_FILE = "ledger.sqlite"
ACCOUNT_FILE = "account.sqlite"
CLOCK_FILE = "clock"
# What opens a namespace stands at the beginning of its log, before any signal.
_OPENING_EVENTS = 1_000
# How often an idle worker looks at the log: a stream hears of a signal some 20 ms after its post.
_LOOK_SECONDS = 0.01
# How long a worker waits before it looks for a store again whose database does not answer.
_RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Namespace:
    """What `serve` asks for: live, or an exercise of a seed whose clock starts at a moment (µs)."""

    seed: str | None = None
    clock: int | None = None


# --- a directory and its beginnings


def prepare(data: Path, settings: Settings, namespace: Namespace) -> None:
    """Open, or begin, the namespace in a directory whose lock the caller holds.

    Misused where the directory is of another kind or seed, or was begun with other patterns.
    """
    _begin_clock(data, settings, namespace)
    log = open_log(data, settings, clock_of(data))
    try:
        opened = _opening(log)
        if opened is None:
            _open(log, settings, namespace)
        else:
            _require_same(log, opened, settings, namespace)
        log.tick()
    finally:
        log.close()


def has_log(data: Path, settings: Settings) -> bool:
    """Whether a directory was begun; Misused where it was with another kind of log."""
    ours, other = LOG_FILE, INDEX_FILE
    if settings.log_url is not None:
        ours, other = other, ours
    if (data / other).exists():
        where = "a file there" if other == LOG_FILE else "in Kafka"
        raise Misused(f"the log of {data} is {where}: FUSION_LOG_URL says otherwise")
    return (data / ours).exists()


def open_log(data: Path, settings: Settings, clock: Clock) -> EventLog:
    """The log of a directory, which is made if it is not there."""
    has_log(data, settings)
    if settings.log_url is None:
        return SqliteLog(data / LOG_FILE, clock)
    # Kafka's client takes half a second to load, which nobody else should wait for.
    from fusion.events.kafka_cluster import cluster_at  # noqa: PLC0415
    from fusion.events.kafka_log import KafkaLog  # noqa: PLC0415

    cluster = cluster_at(
        settings.log_url,
        user=settings.log_user,
        password=settings.log_password,
        authority=settings.log_authority,
        partitions=settings.log_partitions,
        replication=settings.log_replication,
    )
    return KafkaLog(cluster, data / INDEX_FILE, clock)


@contextmanager
def reading_log(data: Path, settings: Settings) -> Iterator[EventLog]:
    """The log of a directory that was begun, to be read only; Misused where there is none."""
    if not has_log(data, settings):
        raise Misused(f"{data} holds no log")
    # Nothing is appended, so that no clock is asked.
    with closing(open_log(data, settings, WallClock())) as log:
        yield log


def _begin_clock(data: Path, settings: Settings, namespace: Namespace) -> None:
    file = data / CLOCK_FILE
    if namespace.seed is None:
        if file.exists():
            raise Misused(f"{data} holds an exercise: give its seed with --exercise")
        return
    if file.exists():
        return
    if has_log(data, settings):
        raise Misused(f"{data} is a live directory: an exercise needs one of its own")
    if namespace.clock is None:
        raise Misused("an exercise needs the time at which its clock starts: --clock TIME")
    _write_clock(file, namespace.clock)


def clock_of(data: Path) -> Clock:
    """The clock of a directory: a scripted one's stands in a file."""
    file = data / CLOCK_FILE
    if not file.exists():
        return WallClock()
    return ScriptedClock(parse_moment(file.read_text().strip()))


def _write_clock(file: Path, moment: int) -> None:
    write_whole(file, f"{format_moment(moment)}\n".encode())


def _require_own_kind(data: Path, log: EventLog) -> None:
    """Misused where the log of a directory is not of the kind that the directory is."""
    opened = _opening(log)
    is_exercise = (data / CLOCK_FILE).exists()
    if opened is not None and (opened.kind == "exercise") is not is_exercise:
        kind = "an exercise's" if is_exercise else "a live"
        raise Misused(f"{data} is {kind} directory, and its log is of another: {opened.kind}")


def _opening(log: EventLog) -> NamespaceOpened | None:
    for recorded in log.read(Position.start(), _OPENING_EVENTS):
        if recorded.envelope.type == "namespace.opened":
            opened = decode(recorded)
            assert isinstance(opened, NamespaceOpened)
            return opened
    return None


def _open(log: EventLog, settings: Settings, namespace: Namespace) -> None:
    """Say by which rules this namespace fuses and what it is: the first events of its log.

    What it is comes last, since it says that the rest is there: a log that keeps only some of an
    append is opened again by the next start, and of the rest the first stand.
    """
    model, seed = default_model(), namespace.seed
    key = random_key() if seed is None else hashlib.sha256(f"handles\n{seed}".encode()).digest()
    events: list[tuple[Event, str]] = [
        (KeyCreated(purpose=HANDLE_KEY, key=base64.b64encode(key).decode()), "handles"),
        (ModelPublished(version=model.version, digest=model.digest), f"model-{model.version}"),
    ]
    for pattern, document in _pattern_documents(settings.patterns):
        published = PatternPublished(slug=pattern, version=document["version"], body=document)
        events.append((published, f"pattern-{pattern}-{document['version']}"))
    events.append((_namespace(namespace.seed, settings), "namespace"))
    log.append([encode(event, source="/fusion/opening", id=id_) for event, id_ in events])


def _namespace(seed: str | None, settings: Settings) -> NamespaceOpened:
    if seed is None:
        name = random_id("live:")
        return NamespaceOpened(name=name, kind="live", seed=None, levels=settings.levels)
    name = f"exercise:{seed}"
    return NamespaceOpened(name=name, kind="exercise", seed=seed, levels=settings.levels)


def _pattern_documents(folder: Path | None) -> list[tuple[str, dict[str, Any]]]:
    """The patterns of a folder, else of the library, each checked by its schema."""
    found = []
    for path in pattern_files(folder):
        document = read_document(path)
        found.append((load_pattern(document).slug, document))
    return found


def _require_same(
    log: EventLog, opened: NamespaceOpened, settings: Settings, namespace: Namespace
) -> None:
    if opened.seed != namespace.seed:
        raise Misused(f"this directory is the {opened.kind} namespace of {opened.seed!r}")
    if settings.patterns is not None:
        libraries = Libraries()
        libraries.follow(log)
        if dict(_pattern_documents(settings.patterns)) != libraries.in_force:
            raise Misused(
                "other patterns are in force in this directory: fusion patterns publish puts"
                " these in their place"
            )


def _opening_events(log: EventLog) -> Iterator[Event]:
    for recorded in log.read(Position.start(), _OPENING_EVENTS):
        if recorded.envelope.type in {"pattern.published", "model.published"}:
            yield decode(recorded)


def published_rules(log: EventLog, vocabulary: Vocabulary) -> Rules:
    """The rules that a log begins with; what was published since, a store says of itself."""
    patterns, model = [], default_model()
    for event in _opening_events(log):
        if isinstance(event, PatternPublished):
            patterns.append(load_pattern(event.body))
        elif isinstance(event, ModelPublished):
            model = load_model(event.version)
            if model.digest != event.digest:
                raise Misused(f"this program has another model {event.version} than the log names")
    return Rules(FeatureLinker(model), tuple(patterns), vocabulary)


# --- administration of a stopped directory


@contextmanager
def administration(data: Path, settings: Settings) -> Iterator[Administration]:
    """Commands on a stopped directory, made live where there is none; the caller holds its lock."""
    if not has_log(data, settings):
        prepare(data, settings, Namespace())
    clock = clock_of(data)
    log = open_log(data, settings, clock)
    directory = FoldedDirectory()
    try:
        _require_own_kind(data, log)
        directory.follow(log)
        yield _administration(data, settings, log, clock, directory, _tokens(data, log))
    finally:
        log.close()


def _administration(
    data: Path,
    settings: Settings,
    log: EventLog,
    clock: Clock,
    directory: FoldedDirectory,
    tokens: Tokens,
) -> Administration:
    def advance(moment: int) -> None:
        assert isinstance(clock, ScriptedClock)
        clock.advance(moment)
        _write_clock(data / CLOCK_FILE, moment)

    return Administration(
        log,
        directory,
        load_vocabulary(settings.vocabulary),
        follow=partial(directory.follow, log),
        mint=tokens.mint,
        seconds=TokenSeconds(
            publisher=settings.publisher_token_seconds, reader=settings.reader_token_seconds
        ),
        advance=advance if isinstance(clock, ScriptedClock) else None,
    )


def _tokens(data: Path, log: EventLog) -> Tokens:
    opened = _opening(log)
    assert opened is not None, "a log begins with its namespace"
    return Tokens(open_key(data), clock=WallClock(), audience=opened.name)


def store_places(data: Path, settings: Settings) -> StorePlaces[Any]:
    """Where the stores of a directory stand: in it, or in the database that the settings name."""
    if settings.store_url is None:
        return StoreFiles(data)
    # Alembic takes a third of a second to load, which nobody else should wait for.
    from fusion.projections.store.schemas import StoreSchemas  # noqa: PLC0415

    return StoreSchemas(settings.store_url)


# --- the two processes


def run_api(
    data: Path, settings: Settings, *, listener: socket.socket, announce: Callable[[], None]
) -> None:
    """The API process, until it is told to end."""
    serving.run(
        partial(_api_parts, data, settings), listener=listener, control=data, announce=announce
    )


@asynccontextmanager
async def _api_parts(data: Path, settings: Settings) -> AsyncIterator[ApiParts]:
    clock = clock_of(data)
    log = open_log(data, settings, clock)
    directory = FoldedDirectory()
    directory.follow(log)
    vocabulary = load_vocabulary(settings.vocabulary)
    commit = GroupCommit(log)
    chain = Chain(partial(SqliteLog, data / LEDGER_FILE), clock)
    ledger = Ledger(chain)
    account = Account(data / ACCOUNT_FILE, chain)
    tokens = _tokens(data, log)
    views = Views(
        Stores(store_places(data, settings)),
        published_rules(log, vocabulary),
        directory,
        log,
        clock=clock,
        follow=partial(directory.follow, log),
    )
    check = partial(_check, directory=directory, vocabulary=vocabulary, clock=clock)
    try:
        # A service that could not account for its answers does not start.
        await ledger.open()
        yield ApiParts(
            directory=directory,
            views=views,
            audits=Audits(views, account),
            submissions=SubmissionDesk(commit, check, log.find),
            decisions=DecisionDesk(commit, log, directory),
            requests=RequestDesk(commit, log, directory),
            administration=_administration(data, settings, log, clock, directory, tokens),
            tokens=tokens,
            ledger=ledger,
            health=partial(_health, log, chain, views, clock),
            tick=log.tick if isinstance(clock, WallClock) else None,
            limits=Limits(
                reader_requests=settings.reader_requests_per_second,
                publisher_signals=settings.publisher_signals_per_second,
            ),
        )
    finally:
        await commit.close()
        await ledger.close()
        account.close()
        chain.close()
        views.close()
        log.close()


def _check(
    document: dict[str, Any],
    rights: PublisherRights,
    *,
    directory: FoldedDirectory,
    vocabulary: Vocabulary,
    clock: Clock,
) -> FusionError | None:
    """Why a document is refused, if it is."""
    found = validate(
        document,
        publisher=rights,
        community=directory.community(),
        vocabulary=vocabulary,
        now=clock.now(),
    )
    if isinstance(found, list):
        return Invalid("the signal is not as it must be", faults=tuple(found))
    return None


def _health(log: EventLog, chain: Chain, views: Views, clock: Clock) -> Health:
    """Whether log (and ledger) and store answer, and how many seconds the store lies behind."""
    try:
        head = log.head()
        chain.head()
    except FusionError as error:
        return Health(log=error.code, store="ok", lag_seconds=None)
    try:
        return Health(log="ok", store="ok", lag_seconds=views.lag_seconds(head, clock.now()))
    except FusionError as error:
        return Health(log="ok", store=error.code, lag_seconds=None)


def run_worker(
    data: Path,
    settings: Settings,
    *,
    announce: Callable[[], None],
    is_stopping: Callable[[], bool],
) -> None:
    """The worker process, until it is told to stop; goes over to a store that is offered.

    `announce` is called once, when it follows the log.
    """
    log, places = open_log(data, settings, clock_of(data)), store_places(data, settings)
    rules = published_rules(log, load_vocabulary(settings.vocabulary))
    once = _once(announce)
    collect_by_batch()
    try:
        while not is_stopping():
            try:
                _follow(log, places, rules, announce=once, is_stopping=is_stopping)
            except Unreachable:
                # What was not committed is worked in again once the database is back.
                time.sleep(_RETRY_SECONDS)
    finally:
        places.close()
        log.close()


def _follow(
    log: EventLog,
    places: StorePlaces[Any],
    rules: Rules,
    *,
    announce: Callable[[], None],
    is_stopping: Callable[[], bool],
) -> None:
    """Work one store, until another one is offered."""
    offered = places.offered()
    with _worked(log, places, offered or places.current(), rules) as worker:
        worker.catch_up(settle)
        if offered is not None:
            # It has caught up with the one whose place it takes: nobody is shown less.
            places.switch(offered)
        announce()
        worker.run(
            wait=partial(time.sleep, _LOOK_SECONDS),
            is_stopping=lambda: is_stopping() or places.offered() is not None,
            note=settle,
        )


def _once(announce: Callable[[], None]) -> Callable[[], None]:
    left = [announce]

    def announce_once() -> None:
        if left:
            left.pop()()

    return announce_once


@contextmanager
def _worked(
    log: EventLog, places: StorePlaces[Any], place: object, rules: Rules
) -> Iterator[Worker]:
    """The worker of a store."""
    with opened_store(places, place) as store:
        yield Worker(log, store, Step(store, rules), FoldedDirectory())


# --- checks


def open_ledger(data: Path) -> EventLog:
    """The ledger of a directory, to be read only; Misused where there is none."""
    if not (data / LEDGER_FILE).exists():
        raise Misused(f"there is no ledger in {data}: fusion serve begins one")
    return SqliteLog(data / LEDGER_FILE, clock_of(data))


def check_patterns(
    folder: Path | None, settings: Settings
) -> tuple[list[str], Mapping[str, tuple[Fault, ...]]]:
    """The patterns that were checked, and the faults of each that has any."""
    vocabulary = load_vocabulary(settings.vocabulary)
    library = load_library(folder)
    linker = FeatureLinker(default_model())
    runner = partial(example_fires, linker=linker, vocabulary=vocabulary, library=library)
    return [pattern.slug for pattern in library], check_library(library, vocabulary, runner)


def offline_rules(
    patterns: Path | None, registry_file: Path | None, settings: Settings
) -> tuple[Rules, Community, Registry]:
    """By what a file is fused offline: rules, and who there is.

    Without a registry every agency is domestic with ceiling A1; one that a registry does not name
    is so too.
    """
    vocabulary = load_vocabulary(settings.vocabulary)
    rules = Rules(FeatureLinker(default_model()), load_library(patterns), vocabulary)
    registry = Registry()
    if registry_file is not None:
        registry = load_registry(registry_document(registry_file))
        require_domains(registry, vocabulary)
    domestic = frozenset(agency.slug for agency in registry.agencies if agency.is_domestic)
    community = replace(
        OFFLINE,
        levels=settings.levels,
        domestic=domestic,
        partners=frozenset(agency.slug for agency in registry.agencies) - domestic,
        offices=registry.offices,
        ceilings={agency.slug: agency.ceiling.code for agency in registry.agencies},
    )
    return rules, community, registry


def registry_document(path: Path) -> dict[str, Any]:
    """The document of a registry file; Misused where it can't be read."""
    try:
        return read_registry(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misused(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Misused(f"{path} can't be read: {error}") from None
