"""Hot keys: those that more contents than the cap ever carried, and so may propose nothing.

Whether a hot key proposes a pair depends on the pair's markings (RULES.md 11), and changes while
contents come and go. The step asks here which pairs a hot key newly proposes, and which grounds
have to be looked at because a key stopped, or started, to propose something on them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from typing import Protocol

from fusion.domain.fact import MentionFact, Profile
from fusion.domain.marking import NormalForm, is_no_stricter
from fusion.fusing.ground import Instant
from fusion.fusing.linker import Bounds
from fusion.fusing.store import EngineStore, ProfileRow
from fusion.linking.generic import KeyCounter, Posting

# Counters kept between batches; a hot key's postings are read again when it was dropped.
KEYS_KEPT = 4_096
# Wider than any discovery policy.
_ANY = 1 << 30


class Linking(Protocol):
    """What a batch does with what is found here."""

    is_late: bool

    def row_of(self, profile: Profile) -> ProfileRow: ...
    def row_numbered(self, number: int) -> ProfileRow: ...
    def link(self, one: ProfileRow, numbers: Sequence[int]) -> None: ...
    def touch_links(self, carriers: Collection[int], at: Instant) -> None: ...


Group = tuple[NormalForm, str]


@dataclass(slots=True)
class _Hot:
    """One hot key: its counter, and its profiles in groups of one marking and agency."""

    counter: KeyCounter
    groups: dict[Group, dict[str, int]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    is_open: bool = True
    # Two groups that were found proposed to each other; most likely they are still.
    witness: tuple[Group, Group] | None = None

    def add(self, posting: Posting, number: int) -> None:
        self.counter.add(posting)
        group = self.groups.setdefault((posting.marking, posting.agency), {})
        group[posting.profile_digest] = group.get(posting.profile_digest, 0) + 1
        self.numbers[posting.profile_digest] = number

    def remove(self, posting: Posting) -> None:
        self.counter.remove(posting)
        group = self.groups[posting.marking, posting.agency]
        group[posting.profile_digest] -= 1
        if not group[posting.profile_digest]:
            del group[posting.profile_digest]
        if not group:
            del self.groups[posting.marking, posting.agency]

    def proposed(self, agency: str | None = None) -> Iterator[tuple[Group, Group]]:
        """The groups whose contents the key still proposes to each other; those of one agency."""
        groups = list(self.groups)
        own = [group for group in groups if group[1] == agency]
        pairs = product(own, groups) if own else combinations_with_replacement(groups, 2)
        for one, other in pairs:
            if self.counter.proposes(self.posting(one), self.posting(other)):
                yield one, other

    def look_again(self) -> None:
        """Whether it still proposes anything at all: first by what it proposed last."""
        if self.witness is None or not self._is_proposed(*self.witness):
            self.witness = next(self.proposed(), None)
        self.is_open = self.witness is not None

    def _is_proposed(self, one: Group, other: Group) -> bool:
        is_there = one in self.groups and other in self.groups
        return is_there and self.counter.proposes(self.posting(one), self.posting(other))

    def posting(self, group: Group) -> Posting:
        """Any posting of a group: the rule looks at marking and agency alone."""
        return Posting(next(iter(self.groups[group])), group[1], group[0])


class HotKeys:
    """The hot keys of a store, with the counters of those in use."""

    def __init__(self, store: EngineStore, model: Bounds) -> None:
        self._store, self._model = store, model
        self._known: dict[str, bool] = {}
        self._kept: OrderedDict[str, _Hot] = OrderedDict()
        # The bearings of the batch at hand, which the store does not hold yet.
        self._fresh: dict[str, list[MentionFact]] = {}
        # What this batch retracted of what the store holds, which the store does not know yet.
        self._gone: dict[str, list[Posting]] = {}
        # Under which markings, and of which agencies under them, one more mention of a key changes
        # nothing any more (`KeyCounter`); such a one is not even counted.
        # That holds while nothing of a wider discovery policy carries the key.
        self._shut: dict[str, list[NormalForm]] = {}
        self._flooded: dict[str, dict[str, list[NormalForm]]] = {}
        self._widest: dict[str, int] = {}
        self._uncounted: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return self._known.get(key, False)

    def load(self, keys: Collection[str]) -> None:
        """Learn which of these are hot; begins a batch."""
        self._fresh.clear()
        self._gone.clear()
        hot = self._store.hot(keys)
        self._known = {key: key in hot for key in keys}

    def turn(self, key: str) -> None:
        """A key has come to be carried by more contents than the cap."""
        self._known[key] = True

    def arrive(
        self, mention: MentionFact, keys: Collection[str], at: Instant, batch: Linking
    ) -> None:
        """A mention carries these keys: link what the hot ones propose for it."""
        for key in keys:
            if key not in self:
                self._fresh.setdefault(key, []).append(mention)
                continue
            if batch.is_late or mention.marking.discovery > self._widest.get(key, _ANY):
                self._count_again(key)
            elif self._is_idle(key, mention):
                self._uncounted.add(key)
                self._fresh.setdefault(key, []).append(mention)
                continue
            hot = self._hot(key, batch)
            row = batch.row_of(mention.profile)
            hot.add(_posting(mention), row.number)
            self._fresh.setdefault(key, []).append(mention)
            if row.is_specific:
                self._propose(key, hot, mention, row, at, batch)
            if hot.counter.others_saying(_posting(mention)):
                # What others say counts no longer where it is one's own: fewer count than before.
                self._relink(hot, batch, mention.agency)
            if hot.is_open:
                batch.touch_links(hot.numbers.values(), at)
                hot.look_again()
            self._note_idle(key, hot.counter, _posting(mention))

    def _is_idle(self, key: str, mention: MentionFact) -> bool:
        """Whether nothing comes of one more mention that carries a key."""
        marking = mention.marking
        return any(is_no_stricter(shut, marking) for shut in self._shut.get(key, ())) or any(
            is_no_stricter(flooded, marking)
            for flooded in self._flooded.get(key, {}).get(mention.agency, ())
        )

    def _note_idle(self, key: str, counter: KeyCounter, posting: Posting) -> None:
        if counter.is_shut(posting.marking):
            self._shut.setdefault(key, []).append(posting.marking)
            self._widest[key] = counter.widest
        elif counter.is_flooded(posting):
            agencies = self._flooded.setdefault(key, {})
            agencies.setdefault(posting.agency, []).append(posting.marking)
            self._widest[key] = counter.widest

    def _count_again(self, key: str) -> None:
        """Something may change again: what was not counted has to be."""
        self._shut.pop(key, None)
        self._flooded.pop(key, None)
        self._widest.pop(key, None)
        if key in self._uncounted:
            self._uncounted.discard(key)
            self._kept.pop(key, None)

    def leave(
        self, mention: MentionFact, keys: Collection[str], at: Instant, batch: Linking
    ) -> None:
        """A mention was retracted: a hot key may propose again what it did not."""
        posting = _posting(mention)
        hot_keys = self._store.hot(keys) | {key for key in keys if key in self}
        for key in keys:
            if key in hot_keys:
                self._known[key] = True
                self._count_again(key)
                hot = self._hot(key, batch)
                hot.remove(posting)
                hot.is_open = False
                self._relink(hot, batch)
                batch.touch_links(hot.numbers.values(), at)
            self._forget(key, mention, posting)

    def _forget(self, key: str, mention: MentionFact, posting: Posting) -> None:
        fresh = self._fresh.get(key, [])
        kept = [other for other in fresh if other.name != mention.name]
        if len(kept) < len(fresh):
            self._fresh[key] = kept
        else:
            self._gone.setdefault(key, []).append(posting)

    def _propose(
        self,
        key: str,
        hot: _Hot,
        mention: MentionFact,
        row: ProfileRow,
        at: Instant,
        batch: Linking,
    ) -> None:
        mine = _posting(mention)
        counters = [hot.counter, *([self._earlier(key, at)] if batch.is_late else [])]
        for group, digests in hot.groups.items():
            if any(counter.proposes(mine, hot.posting(group)) for counter in counters):
                hot.is_open = True
                others = sorted(digests.keys() - {mine.profile_digest})
                batch.link(row, [hot.numbers[digest] for digest in others])

    def _earlier(self, key: str, at: Instant) -> KeyCounter:
        """The key before this moment.

        An event told before others of its moment that came earlier finds fewer contents than stand
        by now; counting only what is certain to be before it proposes no pair too few.
        """
        counter = KeyCounter(cap=self._model.key_cap, quota=self._model.key_quota)
        for _, bearing in self._store.bearings(key):
            if bearing.since[0] < at[0] and (bearing.until is None or at < bearing.until):
                counter.add(bearing.posting)
        return counter

    def _relink(self, hot: _Hot, batch: Linking, agency: str | None = None) -> None:
        """Link what the key proposes now; of one agency with others, or all."""
        for one, other in list(hot.proposed(agency)):
            hot.is_open = True
            seconds = sorted(hot.groups[other])
            for first in sorted(hot.groups[one]):
                numbers = [hot.numbers[second] for second in seconds if second != first]
                batch.link(batch.row_numbered(hot.numbers[first]), numbers)

    def _hot(self, key: str, batch: Linking) -> _Hot:
        hot = self._kept.get(key)
        if hot is None:
            hot = self._kept[key] = self._read(key, batch)
            if len(self._kept) > KEYS_KEPT:
                dropped, _ = self._kept.popitem(last=False)
                self._uncounted.discard(dropped)  # will be read whole
        self._kept.move_to_end(key)
        return hot

    def _read(self, key: str, batch: Linking) -> _Hot:
        hot = _Hot(KeyCounter(cap=self._model.key_cap, quota=self._model.key_quota))
        for number, bearing in self._store.bearings(key):
            if bearing.until is None:
                hot.add(bearing.posting, number)
        for mention in self._fresh.get(key, ()):
            hot.add(_posting(mention), batch.row_of(mention.profile).number)
        for posting in self._gone.get(key, ()):
            hot.remove(posting)
        return hot


def _posting(mention: MentionFact) -> Posting:
    return Posting(mention.profile.digest, mention.agency, mention.marking)
