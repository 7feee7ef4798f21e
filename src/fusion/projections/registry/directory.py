"""The directory, folded from the log: who there is and what each was granted, as of its last look.

`folded` is pure: the policy after an event is a function of the policy before it and of the event,
so a directory rebuilt from the log equals the live one. What the log holds and a policy can't take
(two processes loaded registries that do not follow each other) changes nothing, for every directory
alike, and stands in `refusals` for everybody to see. An event that this program does not know stops
it: rights that nobody could read must not be guessed.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from threading import Lock

from fusion.access.publisher import PublisherRights
from fusion.access.reader import Grants
from fusion.coordination.registry_file import load_registry
from fusion.domain.compiling import DEFAULT_LEVELS, Community
from fusion.domain.errors import FusionError, Invalid, Unavailable
from fusion.domain.post import Registry
from fusion.events.catalog import (
    ENTRY_OF,
    Event,
    GrantsRevoked,
    GrantsSet,
    KeyCreated,
    NamespaceOpened,
    PublisherRegistered,
    RegistryLoaded,
)
from fusion.events.codec import decode
from fusion.events.envelope import Recorded
from fusion.events.log import LogReader
from fusion.events.position import Position

# The purpose of the key under which handles are made (RULES.md 28).
HANDLE_KEY = "handles"
# Events read at once: what lies between two decisions is a few; a first look reads the whole log.
_BATCH = 2000
_KEPT_REFUSALS = 100

_SHAPES = (
    NamespaceOpened,
    RegistryLoaded,
    PublisherRegistered,
    GrantsSet,
    GrantsRevoked,
    KeyCreated,
)
# Told by the envelope alone, so that a signal costs one look-up and is never decoded.
_TYPES = frozenset(ENTRY_OF[shape].name for shape in _SHAPES)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that the log holds and that changed nothing: its name and why."""

    source: str
    id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the directory knows at one place in the log; a value, equal where it says the same.

    `epoch` counts the events that changed it.
    """

    levels: tuple[str, ...] | None = None
    registry: Registry = field(default_factory=Registry)
    publishers: Mapping[str, PublisherRights] = field(default_factory=dict)
    grants: Mapping[str, Grants] = field(default_factory=dict)
    handle_key: bytes | None = None
    epoch: int = 0

    def community(self) -> Community:
        """What compiling needs of this policy, made anew."""
        registry = self.registry
        domestic = frozenset(each.slug for each in registry.agencies if each.is_domestic)
        return Community(
            handle_key=self.handle_key or b"",
            levels=self.levels or DEFAULT_LEVELS,
            domestic=domestic,
            partners=frozenset(each.slug for each in registry.agencies) - domestic,
            offices=registry.offices,
            ceilings={each.slug: each.ceiling.code for each in registry.agencies},
            steward=self.steward,
        )

    @property
    def steward(self) -> frozenset[str] | None:
        """The compartments of who holds the steward's post, if cleared for the highest level.

        RULES.md 27 asks for one who may know every marking. Releasability and need name others, and
        the steward is pointed to what it may not read: so level and compartments are what counts.
        """
        post = self.registry.post(self.registry.steward or "")
        holder = None if post is None or post.holder is None else self.grants.get(post.holder)
        if holder is None or holder.level != (self.levels or DEFAULT_LEVELS)[-1]:
            return None
        return holder.compartments


class FoldedDirectory:
    """A `Directory` over a log. Any thread may ask, and any may make it look (`follow`)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._position = Position.start()
        self._policy = Policy()
        self._community = self._policy.community()
        self._refusals: tuple[Refusal, ...] = ()
        # From when on each stood, the empty one always; each is what a file held, so they are few.
        self._registries: list[tuple[int, Registry]] = [(-(1 << 63), self._policy.registry)]

    @property
    def policy(self) -> Policy:
        """All of it as one value, for `fusion verify`."""
        return self._policy

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The latest events that changed nothing, oldest first, at most a hundred."""
        return self._refusals

    def follow(self, log: LogReader) -> None:
        """Take in all that `log` holds now; called before every decision.

        Where nothing came it costs one look at the head of the log.
        """
        head = log.head()
        if self._position.covers(head):
            return
        with self._lock:
            while not self._position.covers(head):
                batch = log.read(self._position, _BATCH)
                if not batch:
                    raise Unavailable("the log ends before its head")
                for recorded in batch:
                    self._take(recorded)

    def apply(self, recorded: Recorded) -> None:
        """Take in one event, in the log's order and none left out; one seen before does nothing."""
        with self._lock:
            self._take(recorded)

    def registry(self, as_of: int | None = None) -> Registry:
        if as_of is None:
            return self._policy.registry
        stood = self._registries[: bisect_right(self._registries, as_of, key=itemgetter(0))]
        return stood[-1][1]

    def community(self) -> Community:
        return self._community

    def publisher(self, name: str) -> PublisherRights | None:
        return self._policy.publishers.get(name)

    def grants(self, name: str) -> Grants | None:
        return self._policy.grants.get(name)

    def readers(self) -> list[Grants]:
        grants = self._policy.grants
        return [grants[name] for name in sorted(grants)]

    def levels(self) -> tuple[str, ...]:
        return self._community.levels

    def epoch(self) -> int:
        return self._policy.epoch

    def _take(self, recorded: Recorded) -> None:
        if self._position.covers(recorded.position):
            return
        if recorded.envelope.type in _TYPES:
            self._fold(recorded)
        # Last: who sees the new position may rely on all that lies before it.
        self._position = recorded.position

    def _fold(self, recorded: Recorded) -> None:
        event = decode(recorded)
        try:
            policy = folded(self._policy, event)
        except FusionError as error:
            envelope = recorded.envelope
            refusal = Refusal(envelope.source, envelope.id, error.detail)
            self._refusals = (*self._refusals, refusal)[-_KEPT_REFUSALS:]
            return
        # One object as long as it says the same: markings compiled for it are kept in it.
        if policy.registry is not self._policy.registry:
            self._registries.append((recorded.recorded, policy.registry))
        if _compiled_from(policy) != _compiled_from(self._policy):
            self._community = policy.community()
        self._policy = policy


def folded(policy: Policy, event: Event) -> Policy:
    """The policy after an event; `Invalid` for one that it can't take.

    What is there for ever (the levels, the key of handles) is set by the first event that says it.
    """
    match event:
        case NamespaceOpened(levels=levels):
            if policy.levels is not None:
                raise Invalid("the namespace was opened before")
            if not levels:
                raise Invalid("a namespace needs a level")
            changed = replace(policy, levels=levels)
        case KeyCreated(purpose=purpose, key=key):
            if purpose != HANDLE_KEY:
                return policy
            if policy.handle_key is not None:
                raise Invalid("handles have their key")
            changed = replace(policy, handle_key=_key(key))
        case RegistryLoaded(document=document):
            registry = load_registry(document, previous=policy.registry)
            changed = replace(policy, registry=registry)
        case PublisherRegistered(name=name):
            rights = PublisherRights(
                name=name,
                source=event.source,
                ceiling=event.ceiling,
                level=event.level,
                compartments=frozenset(event.compartments),
            )
            changed = replace(policy, publishers={**policy.publishers, name: rights})
        case GrantsSet(name=name):
            changed = replace(policy, grants={**policy.grants, name: _granted(event)})
        case GrantsRevoked(name=name):
            left = {other: grants for other, grants in policy.grants.items() if other != name}
            changed = replace(policy, grants=left)
        case _:
            return policy
    return replace(changed, epoch=policy.epoch + 1)


def _compiled_from(policy: Policy) -> tuple[object, ...]:
    """What of a policy its `community` is made of."""
    return (policy.levels, policy.registry, policy.handle_key, policy.steward)


def _granted(event: GrantsSet) -> Grants:
    return Grants(
        name=event.name,
        agency=event.agency,
        level=event.level,
        nation=event.nation,
        compartments=frozenset(event.compartments),
        groups=frozenset(event.groups),
        roles=frozenset(event.roles),
        purposes=frozenset(event.purposes),
        cases=frozenset(event.cases),
    )


def _key(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Invalid("a key that is no base64") from None
