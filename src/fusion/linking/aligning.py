"""How two names agree: word by word, in any order, and what that says.

A name weighs twice, against a stranger and against kin (see `compare`). Against kin a shared family
name says nothing and a shared given name a little, however rare it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from fusion.linking.features import Name
from fusion.linking.model import Weights
from fusion.linking.words import Word, agreement, word_of

# What a feature weighs against a stranger and against kin, in millibits.
Weight = tuple[int, int]


class Agreed(NamedTuple):
    """Two words that agree, and what that weighs against a stranger and against kin."""

    stranger: int
    kin: int
    one: str
    other: str


class Alignment(NamedTuple):
    """The words that agree, and what is left over.

    Torn: words are left over on both sides; whole: on neither; numbered: what is left over on both
    are numbers or quarters of the compass.
    """

    agreed: list[Agreed]
    is_torn: bool
    is_whole: bool
    is_numbered: bool = False


def name_weight(one: Name, other: Name, weights: Weights, *, is_body: bool) -> Weight:
    """What two names weigh, for persons or for bodies."""
    aligned = align(one.words, other.words, weights)
    if not aligned.agreed:
        weight = (weights.name_conflict, weights.name_conflict)
    elif is_body:
        weight = _body_weight(aligned, weights)
    else:
        weight = _person_weight(one, other, aligned, weights)
    if one.is_weak or other.is_weak:
        share = weights.weak_permille
        weight = (max(0, weight[0]) * share // 1000, max(0, weight[1]) * share // 1000)
    if one.generation and other.generation:
        return _with_generation(weight, one.generation, other.generation, weights)
    return weight


def _person_weight(one: Name, other: Name, aligned: Alignment, weights: Weights) -> Weight:
    bits = sum([word.stranger for word in aligned.agreed])
    if aligned.is_torn:
        return (bits + weights.word_conflict, weights.word_conflict + weights.shared)
    return (bits, _given_bits(one, other, aligned.agreed, weights) + weights.shared)


def _body_weight(aligned: Alignment, weights: Weights) -> Weight:
    bits = sum([word.stranger for word in aligned.agreed])
    if aligned.is_torn:
        torn = weights.body_numbered if aligned.is_numbered else weights.body_torn
        return (bits + torn, torn + weights.shared)
    if aligned.is_whole:
        return (bits + weights.whole_name, min(weights.body_cap, bits))
    return (bits, weights.body_part)


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


def _with_generation(weight: Weight, one: int, other: int, weights: Weights) -> Weight:
    """Junior and senior are two; a single i is `the First` only beside a second or a third."""
    if min(one, other) < 0 and max(one, other) < _SECOND:
        return weight
    bits = weights.generation_same if one == other else weights.generation_conflict
    return (weight[0] + bits, weight[1] + bits)


def align(one: tuple[Word, ...], other: tuple[Word, ...], weights: Weights) -> Alignment:
    """Which words agree, each word once, the weightiest first."""
    if one == other:
        cap = weights.given_cap
        agreed = [Agreed(w.bits, min(w.bits, cap), w.text, w.text) for w in one]
        return Alignment(agreed, is_torn=False, is_whole=True)
    agreed, left, right = [], list(one), list(other)
    for word in one:
        if word in other:
            left.remove(word)
            right.remove(word)
            agreed.append(_agreed(word, word, word.bits, weights))
    if left and right:
        agreed += _agreeing(left, right, weights)
    if left and right and (len(left) > 1 or len(right) > 1):
        joined = _joined(tuple(left), tuple(right), weights)
        if joined:
            return Alignment([*agreed, joined], is_torn=False, is_whole=True)
    return Alignment(
        agreed,
        is_torn=bool(left and right),
        is_whole=not left and not right,
        is_numbered=any(word.is_number for word in left) and any(word.is_number for word in right),
    )


def _agreeing(left: list[Word], right: list[Word], weights: Weights) -> list[Agreed]:
    """The words that agree without being equal, the weightiest first; takes them out of both."""
    found = []
    for at, word in enumerate(left):
        for where, candidate in enumerate(right):
            bits = agreement(word, candidate, weights)
            if bits > 0:
                found.append((-bits, at, where))
    if not found:
        return []
    found.sort()
    agreed = []
    ours: dict[int, Word] = dict(enumerate(left))
    theirs: dict[int, Word] = dict(enumerate(right))
    for negative, at, where in found:
        if at in ours and where in theirs:
            agreed.append(_agreed(ours.pop(at), theirs.pop(where), -negative, weights))
    left[:], right[:] = ours.values(), theirs.values()
    return agreed


def _agreed(one: Word, other: Word, bits: int, weights: Weights) -> Agreed:
    """An agreement of words; against relatives, who are given other names, spelling is nothing."""
    kin = min(bits, weights.given_cap)
    if one.text != other.text and not one.is_initial and not other.is_initial:
        kin = max(0, min(one.bits, other.bits, weights.given_cap) - weights.given_variant_cost)
    return Agreed(bits, kin, one.text, other.text)


def _joined(one: tuple[Word, ...], other: tuple[Word, ...], weights: Weights) -> Agreed | None:
    """The agreement of the words left over when written as one (Xiu Ying, Xiuying), if any."""
    first, second = _as_one(one), _as_one(other)
    if first.text[:1] != second.text[:1] and not set(first.west) & set(second.west):
        return None
    rarity = min(sum([word.bits for word in one]), sum([word.bits for word in other]))
    bits = min(rarity, agreement(first, second, weights))
    if bits <= 0:
        return None
    return Agreed(bits, min(bits, weights.given_cap), one[0].text, other[0].text)


@lru_cache(1 << 15)
def _as_one(words: tuple[Word, ...]) -> Word:
    if len(words) == 1:
        return words[0]
    first = words[0]
    return word_of(first.frequencies, "".join([w.native for w in words]), is_person=first.is_person)
