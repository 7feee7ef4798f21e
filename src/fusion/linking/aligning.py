"""How two names agree: word by word, in any order, and what that says.

A name weighs twice, against a stranger and against kin (see `compare`). Against kin a shared family
name says nothing and a shared given name a little, however rare it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel

from fusion.linking.features import Name
from fusion.linking.model import Weights
from fusion.linking.romanise import romanise, west_sounds
from fusion.linking.words import ALIKE_AT_LEAST, HIDDEN, Word, agreement, are_near, word_of

# Parts of names that were tried as one word; some 0.5 KiB each.
_STARTS_CACHED = 1 << 16
# Pairs of names that were compared; half of all comparisons are of names compared before. Some
# 0.2 KiB each.
_NAMES_CACHED = 1 << 17
# Shorter words are initials.
_LETTERS = 2

# What a feature weighs against a stranger and against kin, in millibits.
Weight = tuple[int, int]


class Agreed(NamedTuple):
    """Two words that agree, and what that weighs against a stranger and against kin."""

    stranger: int
    kin: int
    one: str
    other: str


# Two words that agree without being equal, and by how much.
Pair = tuple[Word, Word, int]
# The words that both names hold; those that agree in another way; what is left over on either side,
# and how that agrees when it is written as one, where it does. (A plain tuple: names are aligned
# more often than anything else is done.)
Alignment = tuple[list[Word], list[Pair], list[Word], list[Word], Agreed | None]


def name_weight(one: Name, other: Name, weights: Weights, *, is_body: bool) -> Weight:
    """What two names weigh, for persons or for bodies."""
    aligned = align(one.words, other.words, weights)
    kin = (_body_kin if is_body else _person_kin)(one, other, aligned, weights)
    stranger = _against_stranger(one, other, aligned, weights, is_body=is_body)
    beside = _beside(one, other, weights, is_body=is_body)
    return (
        _marked(stranger, one, other, weights) + beside,
        _marked(kin, one, other, weights) + beside,
    )


@lru_cache(_NAMES_CACHED)
def name_bits(one: Name, other: Name, weights: Weights, *, is_body: bool) -> int:
    """What two names weigh against a stranger: the first of `name_weight`, for half the work."""
    aligned = align(one.words, other.words, weights)
    stranger = _against_stranger(one, other, aligned, weights, is_body=is_body)
    bits = _marked(stranger, one, other, weights)
    return bits + _beside(one, other, weights, is_body=is_body)


def _against_stranger(
    one: Name, other: Name, aligned: Alignment, weights: Weights, *, is_body: bool
) -> int:
    equal, alike, left, right, joined = aligned
    if joined is not None:
        bits = joined.stranger
    elif left and right:
        if is_body:
            if not equal and not alike:
                return weights.name_conflict
            bits = _body_torn(left, right, weights)
        else:
            bits = _person_torn(one, other, aligned, weights)
    else:
        bits = 0
    if is_body and (joined is not None or (not left and not right)):
        bits += weights.whole_name
    for word in equal:
        bits += word.bits
    for _, _, agreeing in alike:
        bits += agreeing
    return bits


def _person_kin(one: Name, other: Name, aligned: Alignment, weights: Weights) -> int:
    equal, alike, left, right, joined = aligned
    if joined is None and left and right:
        torn = _person_torn(one, other, aligned, weights)
        if not equal and not alike:
            return torn
        given = _given_bits(one, other, _agreed(aligned, weights), weights)
        return torn + weights.shared + given * weights.torn_given_permille // 1000
    return _given_bits(one, other, _agreed(aligned, weights), weights) + weights.shared


def _body_kin(_one: Name, _other: Name, aligned: Alignment, weights: Weights) -> int:
    equal, alike, left, right, joined = aligned
    if joined is None and left and right:
        if not equal and not alike:
            return weights.name_conflict
        return _body_torn(left, right, weights) + weights.shared
    if joined is None and (left or right):
        return weights.body_part
    return min(weights.body_cap, sum([word.stranger for word in _agreed(aligned, weights)]))


def _person_torn(one: Name, other: Name, aligned: Alignment, weights: Weights) -> int:
    """What is left over on both sides.

    Another name, perhaps the same one badly mistyped, or nothing to compare where the one states a
    given name and the other a family's.
    """
    equal, alike, left, right, _ = aligned
    fewer, more = (left, right) if len(left) <= len(right) else (right, left)
    if all([any([are_near(word, candidate) for candidate in more]) for word in fewer]):  # noqa: C419
        return weights.word_near
    bits = weights.word_conflict if equal or alike else weights.name_conflict
    if _are_elsewhere(one, left, other, right) or _are_elsewhere(other, right, one, left):
        return bits * weights.elsewhere_permille // 1000
    return bits


def _are_elsewhere(one: Name, ours: list[Word], other: Name, theirs: list[Word]) -> bool:
    """Whether these words are given names here and those family names there, and nothing else."""
    if not one.given or not other.family:
        return False
    given, family = one.given - one.family, other.family - other.given
    texts, others = {word.text for word in ours}, {word.text for word in theirs}
    return texts <= given and others <= family


def _body_torn(left: list[Word], right: list[Word], weights: Weights) -> int:
    """What is left over may be what tells two bodies apart: numbers, quarters of the compass."""
    # Lists, since a generator costs more than these few words.
    is_numbered = any([w.is_number for w in left]) and any([w.is_number for w in right])  # noqa: C419
    return weights.body_numbered if is_numbered else weights.body_torn


def _beside(one: Name, other: Name, weights: Weights, *, is_body: bool) -> int:
    """What is said beside the words: the legal form of a body, the order of a person's names.

    Junior and senior too; and given and family name that stand each in the place of the other.
    """
    if is_body:
        forms = one.form and other.form and one.form != other.form
        return weights.form_conflict if forms else 0
    bits = 0
    if one.generation and other.generation:
        bits = _generation_bits(one.generation, other.generation, weights)
    if one.given and other.given and _is_swapped(one, other):
        bits -= weights.swapped_cost
    return bits


def _is_swapped(one: Name, other: Name) -> bool:
    """Whether what one profile calls the given name is the other's family name, and reversely."""
    there, back = one.given & other.family, one.family & other.given
    return bool(there and back) and there.isdisjoint(other.given) and back.isdisjoint(one.given)


def _marked(bits: int, one: Name, other: Name, weights: Weights) -> int:
    """The weight of a name that may be weak."""
    if one.is_weak or other.is_weak:
        return max(0, bits) * weights.weak_permille // 1000
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
    is_namesake = (one.generation > 0) != (other.generation > 0)
    cap = weights.namesake_cap if is_namesake else weights.given_cap
    return min(cap, given + sum([word.kin for word in rest]))


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
    for word in one:
        if word in other:
            equal.append(word)
        else:
            left.append(word)
    right = [word for word in other if word not in one] if equal else list(other)
    alike = _alike(left, right, weights) if left and right else []
    if alike:
        ours, theirs = [pair[0] for pair in alike], [pair[1] for pair in alike]
        left = [word for word in left if word not in ours]
        right = [word for word in right if word not in theirs]
    joined = None
    if left and right and (len(left) > 1 or len(right) > 1):
        joined = _joined(left, right, weights)
    return equal, alike, left, right, joined


def _alike(left: list[Word], right: list[Word], weights: Weights) -> list[Pair]:
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
    if len(found) > 1:
        found.sort()
    alike: list[Pair] = []
    for negative, at, where in found:
        one, other = left[at], right[where]
        # A list, since a generator costs more than these few pairs.
        if not any([one is pair[0] or other is pair[1] for pair in alike]):  # noqa: C419
            alike.append((one, other, -negative))
    return alike


def _agreed(aligned: Alignment, weights: Weights) -> list[Agreed]:
    """The agreements of words as relatives would have them."""
    equal, alike, _, _, joined = aligned
    cap = weights.given_cap
    agreed = [Agreed(w.bits, min(w.bits, cap), w.text, w.text) for w in equal]
    for ours, theirs, bits in alike:
        kin = min(bits, cap)
        # Relatives are given other names: how the same one is spelt says nothing.
        if ours.text != theirs.text and not ours.is_initial and not theirs.is_initial:
            kin = max(0, min(ours.bits, theirs.bits, cap) - weights.given_variant_cost)
        agreed.append(Agreed(bits, kin, ours.text, theirs.text))
    return agreed if joined is None else [*agreed, joined]


def _joined(one: list[Word], other: list[Word], weights: Weights) -> Agreed | None:
    """The agreement of the words left over when written as one (Xiu Ying, Xiuying), if any."""
    if _are_unlike(one, other):
        return None
    ours, theirs = tuple(one), tuple(other)
    letter, sounds = _start(ours)
    other_letter, other_sounds = _start(theirs)
    if letter != other_letter and sounds.isdisjoint(other_sounds):
        return None
    rarity = min(sum([word.bits for word in one]), sum([word.bits for word in other]))
    bits = min(rarity, agreement(_as_one(ours), _as_one(theirs), weights))
    if bits <= 0:
        return None
    return Agreed(bits, min(bits, weights.given_cap), one[0].text, other[0].text)


def _are_unlike(one: list[Word], other: list[Word]) -> bool:
    """Whether it is plain that these words do not agree when written as one.

    However two words agree that show their vowels, half of their letters are the same or the one
    begins with the other; but for initials and short forms, of which nothing is said here.
    """
    ours, theirs = "".join([word.shown for word in one]), "".join([word.shown for word in other])
    if HIDDEN in ours or HIDDEN in theirs or len(ours) < _LETTERS or len(theirs) < _LETTERS:
        return False
    return (
        Indel.normalized_similarity(ours, theirs) < ALIKE_AT_LEAST
        and not ours.startswith(theirs)
        and not theirs.startswith(ours)
        and ours not in one[0].frequencies.nicknames
    )


@lru_cache(_STARTS_CACHED)
def _start(words: tuple[Word, ...]) -> tuple[str, frozenset[str]]:
    """The first letter and the sounds of words that are written as one."""
    native = "".join([word.native for word in words])
    return romanise(native)[:1], frozenset(west_sounds(native))


@lru_cache(_STARTS_CACHED)
def _as_one(words: tuple[Word, ...]) -> Word:
    if len(words) == 1:
        return words[0]
    first = words[0]
    return word_of(first.frequencies, "".join([w.native for w in words]), is_person=first.is_person)
