"""Generic keys: which pairs a key may propose (RULES.md 11).

A key that too many contents share proposes nothing. Counted over all, that would leak; counted per
reader, more clearance could lose links. So what counts stands under markings no stricter than
the pair's own join, nor kept closer by discovery than either of the pair: the answer rests on
nothing that a reader of the pair may not know, nor on what whoever is pointed to either may not
discover, is the same for all of them, and takes no notice of any order.

`proposes` is the rule as it is written. `KeyCounter` gives the same answers while postings come and
go. Neither may ever look at a posting whose marking is stricter than the pair's join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from fusion.domain.marking import NormalForm, is_no_stricter, join

# Joins and comparisons of markings recur for every key; a deployment has hundreds of markings.
_MARKING_PAIRS_KEPT = 65_536
# Answers remembered for one key, and contents that came meanwhile; beyond, all are found again.
# Only a key that is crowded under hundreds of markings comes near it.
_ANSWERS_KEPT = 65_536

_join = lru_cache(maxsize=_MARKING_PAIRS_KEPT)(join)
_is_no_stricter = lru_cache(maxsize=_MARKING_PAIRS_KEPT)(is_no_stricter)

# The contents of one agency under one marking, each with the number of its mentions.
_Group = dict[str, int]
# A pair's join, and the narrowest discovery policy that counts.
_Limit = tuple[NormalForm, int]


@dataclass(frozen=True, slots=True)
class Posting:
    """One mention that carries the key: its content, whose it is, and who may know it."""

    profile_digest: str
    agency: str
    marking: NormalForm


def crowd(postings: Iterable[Posting], a: Posting, b: Posting, *, quota: int) -> int:
    """How many contents count against the pair (a, b), both of which are among `postings`.

    All contents of which one of the pair's two agencies has a mention, and of each other agency at
    most `quota` of the rest; mentions under a marking stricter than the pair's join don't exist.
    """
    limit, floor = join(a.marking, b.marking), discovery_floor(a.marking, b.marking)
    known = [
        posting
        for posting in postings
        if posting.marking.discovery >= floor and is_no_stricter(posting.marking, limit)
    ]
    pair = {a.agency, b.agency}
    own = {posting.profile_digest for posting in known if posting.agency in pair}
    others: dict[str, set[str]] = {}
    for posting in known:
        if posting.profile_digest not in own:
            others.setdefault(posting.agency, set()).add(posting.profile_digest)
    return len(own) + sum(min(quota, len(contents)) for contents in others.values())


def discovery_floor(one: NormalForm, other: NormalForm) -> int:
    """The wider of two discovery policies: who discovers either discovers all that is so wide.

    The join's own policy would not do: who knows the one and discovers the other may neither know
    nor discover a third that is kept as close as the first.
    """
    return max(one.discovery, other.discovery)


def proposes(postings: Iterable[Posting], a: Posting, b: Posting, *, cap: int, quota: int) -> bool:
    """Whether a key carried by `postings` proposes (a, b): at most `cap` contents count."""
    return crowd(postings, a, b, quota=quota) <= cap


@dataclass(slots=True)
class _Answer:
    """How many more contents may come to count before the key stops to propose a pair.

    None may where it is negative: then too many count already. As of a place among the arrivals.
    """

    room: int
    place: int


class KeyCounter:
    """The postings of one key, ready to say for any two of them whether the key proposes them.

    Equal to `proposes` over the postings added and not yet removed. A posting may be added several
    times (one content can have many mentions) and then stands until it was removed as often.

    An answer is kept while contents come: each of them takes at most one place from a pair, and
    gives none back unless several others say it too. So the rule is counted out again only where
    the room that was left may be used up.
    """

    __slots__ = ("_answers", "_arrivals", "_cap", "_quota", "_shelves", "_size")

    def __init__(self, *, cap: int, quota: int) -> None:
        self._cap = cap
        self._quota = quota
        self._shelves: dict[NormalForm, dict[str, _Group]] = {}
        # Distinct (marking, agency, content): no pair can count more than these.
        self._size = 0
        self._answers: dict[_Limit, dict[tuple[str, str], _Answer]] = {}
        # Under which markings contents came since the first answer that is kept.
        self._arrivals: list[NormalForm] = []

    def add(self, posting: Posting) -> None:
        """One more mention carries the key."""
        group = self._shelves.setdefault(posting.marking, {}).setdefault(posting.agency, {})
        mentions = group.get(posting.profile_digest, 0)
        group[posting.profile_digest] = mentions + 1
        if not mentions:
            self._size += 1
            if self._answers:
                self._come(posting)

    def remove(self, posting: Posting) -> None:
        """One mention fewer carries the key; KeyError if none like it was there."""
        group = self._shelves[posting.marking][posting.agency]
        mentions = group[posting.profile_digest]
        if mentions > 1:
            group[posting.profile_digest] = mentions - 1
            return
        del group[posting.profile_digest]
        self._size -= 1
        self._forget(posting.marking)
        self._drop_empty(posting)

    def proposes(self, a: Posting, b: Posting) -> bool:
        """Whether the key proposes the pair (a, b), both of which are among its postings."""
        if self._size <= self._cap:
            return True
        limit = (_join(a.marking, b.marking), discovery_floor(a.marking, b.marking))
        answers = self._answers.get(limit)
        if answers is None:
            answers = self._remembering(limit)
        pair = (a.agency, b.agency) if a.agency <= b.agency else (b.agency, a.agency)
        answer = answers.get(pair)
        if answer is None or not self._holds(answer, limit):
            room = self._room(limit, pair)
            answer = answers[pair] = _Answer(room, len(self._arrivals))
        return answer.room >= 0

    @property
    def widest(self) -> int:
        """The widest discovery policy of its postings: no pair's floor is wider."""
        return max((marking.discovery for marking in self._shelves), default=0)

    def is_shut(self, marking: NormalForm) -> bool:
        """Whether no pair whose join is as strict as `marking` or stricter is proposed any more.

        Then none ever will be, whatever is added, as long as nothing has a wider discovery policy
        than `widest`. Contents that one agency has are given to it alone, and no more than the
        quota to each: who is of the pair counts them all, and of any other agency each counts,
        unless it counts as the pair's own. So no pair counts fewer.
        """
        given: set[str] = set()
        for groups in self._known_to_all(marking).values():
            left = self._quota
            for digest in (digest for group in groups for digest in group):
                if digest not in given:
                    given.add(digest)
                    left -= 1
                    if len(given) > self._cap:
                        return True
                    if not left:
                        break
        return False

    def is_flooded(self, posting: Posting) -> bool:
        """Whether one more content of this agency, so marked or stricter, changes no answer.

        Where the agency is of the pair there are too many already; where it is not, its quota is
        full, however many of its contents count as the pair's own. As long as `widest` stays.
        """
        groups = self._known_to_all(posting.marking).get(posting.agency, [])
        enough = self._cap + self._quota
        return sum(map(len, groups)) >= enough and len(set().union(*groups)) >= enough

    def others_saying(self, posting: Posting) -> set[str]:
        """The other agencies that carry the key with the same content."""
        return {
            agency
            for shelf in self._shelves.values()
            for agency, group in shelf.items()
            if agency != posting.agency and posting.profile_digest in group
        }

    def _known_to_all(self, marking: NormalForm) -> dict[str, list[_Group]]:
        """The groups of each agency that count for every pair whose join is no less strict."""
        known: dict[str, list[_Group]] = {}
        widest = self.widest
        for under, shelf in self._shelves.items():
            if under.discovery >= widest and _is_no_stricter(under, marking):
                for agency, group in shelf.items():
                    known.setdefault(agency, []).append(group)
        return known

    def _come(self, posting: Posting) -> None:
        """Another content: what is kept is held against it when it is asked for."""
        if len(self._arrivals) >= _ANSWERS_KEPT:
            self._answers.clear()
            self._arrivals.clear()
        elif len(self.others_saying(posting)) > 1:
            # Where it is one's own now it counts no longer for each of them.
            self._forget(posting.marking)
        self._arrivals.append(posting.marking)

    def _holds(self, answer: _Answer, limit: _Limit) -> bool:
        """Whether an answer is true still, whatever came since."""
        if answer.room < 0:
            return True
        came = self._arrivals[answer.place :]
        answer.room -= sum(1 for marking in came if _counts(marking, limit))
        answer.place += len(came)
        return answer.room >= 0

    def _room(self, limit: _Limit, pair: tuple[str, str]) -> int:
        """The rule, left as soon as the cap is passed, so that a flood is never walked through."""
        shelves = [shelf for marking, shelf in self._shelves.items() if _counts(marking, limit)]
        own: set[str] = set()
        for group in _groups_of(set(pair), shelves):
            # One group beyond the cap decides at once, without a walk through a flood.
            if len(group) > self._cap:
                return -1
            own.update(group)
            if len(own) > self._cap:
                return -1
        room = self._cap - len(own)
        for groups in _groups_beside(pair, shelves):
            room -= _fresh(groups, own, self._quota)
            if room < 0:
                break
        return room

    def _remembering(self, limit: _Limit) -> dict[tuple[str, str], _Answer]:
        if sum(map(len, self._answers.values())) >= _ANSWERS_KEPT:
            self._answers.clear()
            self._arrivals.clear()
        return self._answers.setdefault(limit, {})

    def _forget(self, marking: NormalForm) -> None:
        """Drop the answers that counted, or would now count, what stands under `marking`."""
        for limit in [kept for kept in self._answers if _is_no_stricter(marking, kept[0])]:
            del self._answers[limit]

    def _drop_empty(self, posting: Posting) -> None:
        shelf = self._shelves[posting.marking]
        if not shelf[posting.agency]:
            del shelf[posting.agency]
        if not shelf:
            del self._shelves[posting.marking]


def _counts(marking: NormalForm, limit: _Limit) -> bool:
    """Whether what stands under a marking counts for pairs of this limit."""
    return marking.discovery >= limit[1] and _is_no_stricter(marking, limit[0])


def _groups_of(agencies: set[str], shelves: list[dict[str, _Group]]) -> Iterator[_Group]:
    for shelf in shelves:
        for agency in agencies:
            if agency in shelf:
                yield shelf[agency]


def _groups_beside(
    pair: tuple[str, str], shelves: list[dict[str, _Group]]
) -> Iterable[list[_Group]]:
    """The groups of each agency that is not of the pair."""
    others: dict[str, list[_Group]] = {}
    for shelf in shelves:
        for agency, group in shelf.items():
            if agency not in pair:
                others.setdefault(agency, []).append(group)
    return others.values()


def _fresh(groups: list[_Group], own: set[str], quota: int) -> int:
    """How many contents of one agency are not `own`, counted no further than `quota`."""
    seen: set[str] = set()
    for group in groups:
        for digest in group:
            if digest not in own:
                seen.add(digest)
                if len(seen) >= quota:
                    return quota
    return len(seen)
