"""How two names agree: word by word, in any order, and what that says.

A name weighs twice, against a stranger and against kin (see `compare`). Against kin a shared family
name says nothing and a shared given name a little, however rare it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from fusion.linking.features import Name
from fusion.linking.model import Weights
from fusion.linking.romanise import romanise, west_sounds
from fusion.linking.words import Word, agreement, word_of

# Parts of names that were tried as one word; some 0.5 KiB each.
_STARTS_CACHED = 1 << 16

# What a feature weighs against a stranger and against kin, in millibits.
Weight = tuple[int, int]


class Agreed(NamedTuple):
    """Two words that agree, and what that weighs against a stranger and against kin."""

    stranger: int
    kin: int
    one: str
    other: str


class Alignment(NamedTuple):
    """The words that agree, what that weighs against a stranger, and what is left over.

    Equal: words that both hold; alike: pairs that agree in another way, with their weight; joined:
    the words left over, where they agree when written as one.
    Torn: words are left over on both sides; whole: on neither; numbered: what is left over on both
    are numbers or quarters of the compass.
    """

    bits: int
    equal: Sequence[Word]
    alike: Sequence[tuple[Word, Word, int]]
    joined: Agreed | None
    is_torn: bool
    is_whole: bool
    is_numbered: bool

    @property
    def is_empty(self) -> bool:
        """Whether no word agrees."""
        return not (self.equal or self.alike or self.joined)


def name_weight(one: Name, other: Name, weights: Weights, *, is_body: bool) -> Weight:
    """What two names weigh, for persons or for bodies."""
    aligned = align(one.words, other.words, weights)
    stranger = _against_stranger(aligned, weights, is_body=is_body)
    if aligned.is_empty:
        kin = weights.name_conflict
    elif is_body:
        kin = _body_kin(aligned, weights)
    else:
        kin = _person_kin(one, other, aligned, weights)
    return (_marked(stranger, one, other, weights), _marked(kin, one, other, weights))


def name_bits(one: Name, other: Name, weights: Weights, *, is_body: bool) -> int:
    """What two names weigh against a stranger: the first of `name_weight`, in half the time."""
    aligned = align(one.words, other.words, weights)
    return _marked(_against_stranger(aligned, weights, is_body=is_body), one, other, weights)


def _against_stranger(aligned: Alignment, weights: Weights, *, is_body: bool) -> int:
    if aligned.is_empty:
        return weights.name_conflict
    if aligned.is_torn:
        return aligned.bits + (_body_torn(aligned, weights) if is_body else weights.word_conflict)
    return aligned.bits + weights.whole_name if is_body and aligned.is_whole else aligned.bits


def _person_kin(one: Name, other: Name, aligned: Alignment, weights: Weights) -> int:
    if aligned.is_torn:
        return weights.word_conflict + weights.shared
    return _given_bits(one, other, _agreed(aligned, weights), weights) + weights.shared


def _body_kin(aligned: Alignment, weights: Weights) -> int:
    if aligned.is_torn:
        return _body_torn(aligned, weights) + weights.shared
    return min(weights.body_cap, aligned.bits) if aligned.is_whole else weights.body_part


def _body_torn(aligned: Alignment, weights: Weights) -> int:
    return weights.body_numbered if aligned.is_numbered else weights.body_torn


def _marked(bits: int, one: Name, other: Name, weights: Weights) -> int:
    """The weight of a name that may be weak, or that says junior or senior."""
    if one.is_weak or other.is_weak:
        bits = max(0, bits) * weights.weak_permille // 1000
    if one.generation and other.generation:
        bits += _generation_bits(one.generation, other.generation, weights)
    return bits


def _given_bits(one: Name, other: Name, agreed: list[Agreed], weights: Weights) -> int:
    """What the agreement says against relatives: its given names.

    Given is what the profiles place so; of words that neither places, all but the weightiest, which
    is taken for the name of the family.
    """
    given = family = 0
    rest: list[Agreed] = []
    for word in agreed:
        if word.one in one.given or word.other in other.given:
            given += word.kin
        elif word.one in one.family or word.other in other.family:
            family += 1
        else:
            rest.append(word)
    if not family and rest:
        rest.remove(max(rest))
    return min(weights.given_cap, given + sum([word.kin for word in rest]))


_SECOND = 2


def _generation_bits(one: int, other: int, weights: Weights) -> int:
    """Junior and senior are two; a single i is `the First` only beside a second or a third."""
    if min(one, other) < 0 and max(one, other) < _SECOND:
        return 0
    return weights.generation_same if one == other else weights.generation_conflict


def align(one: tuple[Word, ...], other: tuple[Word, ...], weights: Weights) -> Alignment:
    """Which words agree, each word once, the weightiest first."""
    equal: list[Word] = []
    left: list[Word] = []
    bits = 0
    for word in one:
        if word in other:
            equal.append(word)
            bits += word.bits
        else:
            left.append(word)
    right = [word for word in other if word not in one] if equal else list(other)
    if not left or not right:
        return Alignment(bits, equal, (), None, False, not left and not right, False)
    alike = _alike(left, right, weights)
    if alike:
        left, right = _without(alike, left, right)
        bits += sum([weight for _, _, weight in alike])
    if not left or not right:
        return Alignment(bits, equal, alike, None, False, not left and not right, False)
    if len(left) > 1 or len(right) > 1:
        joined = _joined(tuple(left), tuple(right), weights)
        if joined:
            return Alignment(bits + joined.stranger, equal, alike, joined, False, True, False)
    is_numbered = _has_number(left) and _has_number(right)
    return Alignment(bits, equal, alike, None, True, False, is_numbered)


def _has_number(words: list[Word]) -> bool:
    for word in words:
        if word.is_number:
            return True
    return False


def _alike(
    left: list[Word], right: list[Word], weights: Weights
) -> Sequence[tuple[Word, Word, int]]:
    """The words that agree without being equal, each once, the weightiest first."""
    found = []
    for at, word in enumerate(left):
        meets = word.meets
        for where, candidate in enumerate(right):
            # Most words have nothing in common; this is `agreement`'s own first question.
            if not meets.isdisjoint(candidate.meets):
                bits = agreement(word, candidate, weights)
                if bits > 0:
                    found.append((-bits, at, where))
    if not found:
        return ()
    found.sort()
    alike = []
    taken: set[int] = set()
    given: set[int] = set()
    for negative, at, where in found:
        if at not in taken and where not in given:
            taken.add(at)
            given.add(where)
            alike.append((left[at], right[where], -negative))
    return alike


def _without(
    alike: Sequence[tuple[Word, Word, int]], left: list[Word], right: list[Word]
) -> tuple[list[Word], list[Word]]:
    """What is left over on either side."""
    ours = [one for one, _, _ in alike]
    theirs = [other for _, other, _ in alike]
    return [w for w in left if w not in ours], [w for w in right if w not in theirs]


def _agreed(aligned: Alignment, weights: Weights) -> list[Agreed]:
    """The agreements of words as relatives would have them."""
    cap = weights.given_cap
    agreed = [Agreed(w.bits, min(w.bits, cap), w.text, w.text) for w in aligned.equal]
    for one, other, bits in aligned.alike:
        kin = min(bits, cap)
        # Relatives are given other names: how the same one is spelt says nothing.
        if one.text != other.text and not one.is_initial and not other.is_initial:
            kin = max(0, min(one.bits, other.bits, cap) - weights.given_variant_cost)
        agreed.append(Agreed(bits, kin, one.text, other.text))
    return [*agreed, aligned.joined] if aligned.joined else agreed


def _joined(one: tuple[Word, ...], other: tuple[Word, ...], weights: Weights) -> Agreed | None:
    """The agreement of the words left over when written as one (Xiu Ying, Xiuying), if any."""
    letter, sounds = _start(one)
    other_letter, other_sounds = _start(other)
    if letter != other_letter and sounds.isdisjoint(other_sounds):
        return None
    rarity = min(sum([word.bits for word in one]), sum([word.bits for word in other]))
    bits = min(rarity, agreement(_as_one(one), _as_one(other), weights))
    if bits <= 0:
        return None
    return Agreed(bits, min(bits, weights.given_cap), one[0].text, other[0].text)


@lru_cache(_STARTS_CACHED)
def _start(words: tuple[Word, ...]) -> tuple[str, frozenset[str]]:
    """The first letter and the sounds of words that are written as one."""
    native = "".join([word.native for word in words])
    return romanise(native)[:1], frozenset(west_sounds(native))


@lru_cache(1 << 15)
def _as_one(words: tuple[Word, ...]) -> Word:
    if len(words) == 1:
        return words[0]
    first = words[0]
    return word_of(first.frequencies, "".join([w.native for w in words]), is_person=first.is_person)
