"""How near two values of one kind are: dates, documents, telephones, mailboxes, addresses.

Each function gives millibits for one pair of values, symmetric; which pair of values counts is for
`compare` to say.
"""

from __future__ import annotations

from rapidfuzz.distance import OSA

from fusion.linking.checksums import has_valid_checksum
from fusion.linking.features import Features
from fusion.linking.model import Model, Weights
from fusion.linking.normalise import Mailbox, PartialDate, Place

# A slip of one in the month or in the year leaves dates about so many days apart.
_MONTH, _YEAR_AND_MONTH = 35, 400
# A shorter number with one sign off is simply another number.
_SLIP_SIGNS = 6
# Below this many common digits at the end two numbers are two; below the next the area is missing.
_LOCAL_DIGITS, _AREA_DIGITS = 7, 9
# Shorter local parts are common; shorter mailboxes differ by two letters anyway.
_LOCAL_AT_LEAST, _LONG_MAILBOX, _MAILBOX_SLIPS = 6, 12, 2
# Words of addresses: slips in shorter ones make other words.
_SLIP_WORD, _TWO_SLIPS_WORD = 4, 8


def date_bits(one: PartialDate, other: PartialDate, weights: Weights) -> int:
    """What two dates of birth weigh: equal, a part of them, swapped, a digit off, near, or not."""
    if one.digits == other.digits and one.day:
        return weights.birth_new_year if one.is_new_year else weights.birth_day
    if not (one.day and other.day):
        return _imprecise_date_bits(one, other, weights)
    if OSA.distance(one.digits, other.digits, score_cutoff=1) <= 1:
        return weights.birth_slip
    if one.year == other.year and one.month == other.day and one.day == other.month:
        return weights.birth_swapped
    equal = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    if equal > 1:
        return weights.birth_two_parts
    apart = abs(one.about_days - other.about_days)
    if apart <= _MONTH:
        return weights.birth_near
    if one.year == other.year:
        return weights.birth_same_year
    if apart <= _YEAR_AND_MONTH:
        return weights.birth_within_year
    return weights.birth_one_part if equal else weights.birth_conflict


def _imprecise_date_bits(one: PartialDate, other: PartialDate, weights: Weights) -> int:
    if one.year != other.year:
        is_reckoned = not (one.month and other.month) and abs(one.year - other.year) == 1
        return weights.birth_year_near if is_reckoned else weights.birth_conflict
    if not one.month or not other.month:
        return weights.birth_year
    return weights.birth_month if one.month == other.month else weights.birth_same_year


def shared_number_bits(a: Features, b: Features, weights: Weights) -> int:
    """The weightiest number that both bear, of whatever kind."""
    best = 0
    for number in a.numbers & b.numbers:
        for kind, documents in a.documents.items():
            for other_kind, others in b.documents.items():
                for issuer in [who for what, who in documents if what == number]:
                    for other in [who for what, who in others if what == number]:
                        bits = _number_bits(number, issuer, other, weights)
                        if kind != other_kind:
                            bits -= weights.other_kind_cost
                        best = max(best, bits)
    return best


def _number_bits(number: str, issuer: str, other: str, weights: Weights) -> int:
    """By its length; less where one issuer is not known, nothing where they are two."""
    if issuer and other and issuer != other:
        return 0
    bits = number_bits(number, weights)
    return bits - weights.unknown_issuer_cost if issuer != other else bits


def number_bits(number: str, weights: Weights) -> int:
    """What a number tells by its length, where its issuer is the same."""
    digits = sum([sign.isdigit() for sign in number])
    bits = digits * weights.digit + (len(number) - digits) * weights.letter
    return min(bits, weights.identifier_cap)


def compared_kinds(a: Features, b: Features, model: Model) -> tuple[int, int]:
    """What the kinds of number that both have say beside a shared one.

    The weight of a number that is one sign off, and the heaviest exclusion by numbers that all
    differ.
    """
    slip = exclusion = 0
    for kind, documents in a.documents.items():
        others = b.documents.get(kind)
        if others is not None:
            levels = [_level(kind, one, other) for one in documents for other in others]
            if _SLIP in levels:
                slip = max(slip, model.weights.identifier_slip)
            elif _CHECKED_SLIP in levels:
                slip = max(slip, model.weights.checked_slip)
            elif _EQUAL not in levels and _OTHER_ISSUER not in levels:
                exclusion = min(exclusion, model.exclusive.get(kind, 0))
    return slip, exclusion


_EQUAL, _SLIP, _CHECKED_SLIP, _DIFFERENT, _OTHER_ISSUER = range(5)


def _level(kind: str, one: tuple[str, str], other: tuple[str, str]) -> int:
    number, candidate = one[0], other[0]
    if one[1] and other[1] and one[1] != other[1]:
        return _OTHER_ISSUER
    if number == candidate:
        return _EQUAL
    if len(number) < _SLIP_SIGNS or len(candidate) < _SLIP_SIGNS:
        return _DIFFERENT
    if OSA.distance(number, candidate, score_cutoff=1) > 1:
        return _DIFFERENT
    both_pass = has_valid_checksum(kind, number) and has_valid_checksum(kind, candidate)
    return _CHECKED_SLIP if both_pass else _SLIP


def phone_bits(one: str, other: str, weights: Weights) -> int:
    """What two telephone numbers weigh: whole, or from the end as far as the shorter goes."""
    if one == other:
        return weights.phone if len(one) >= _AREA_DIGITS else weights.phone_local
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < _LOCAL_DIGITS or not long.endswith(short):
        return 0
    return weights.phone if len(short) >= _AREA_DIGITS else weights.phone_local


def mailbox_bits(one: Mailbox, other: Mailbox, weights: Weights) -> int:
    """What two mailboxes of persons weigh before it is asked whether they spell the name."""
    if one == other:
        return weights.email
    if one.local == other.local and len(one.local) >= _LOCAL_AT_LEAST:
        return weights.email_local
    first, second = f"{one.local}@{one.domain}", f"{other.local}@{other.domain}"
    if min(len(first), len(second)) < _LONG_MAILBOX:
        return 0
    slips = OSA.distance(first, second, score_cutoff=_MAILBOX_SLIPS)
    return weights.email_slip if slips <= _MAILBOX_SLIPS else 0


def place_bits(one: Place, other: Place, weights: Weights) -> tuple[int, bool]:
    """The sum over the parts of two addresses that agree, and whether they are two houses.

    Another number is another house, whatever else agrees.
    """
    words = len(one.words & other.words)
    has_code = not one.codes.isdisjoint(other.codes)
    fewer = min(len(one.words), len(other.words))
    if words < fewer and (has_code or words * 2 >= fewer or fewer == 1):
        words += _misspelt(one.words - other.words, other.words - one.words)
    if not words and not has_code:
        is_other = bool(one.words and other.words)
        return (weights.place_conflict if is_other else 0), is_other
    bits = words * weights.place_word + has_code * weights.place_code
    bits += len(one.forms & other.forms) * weights.place_form
    if not one.numbers.isdisjoint(other.numbers):
        return bits + weights.place_number, False
    if one.numbers and other.numbers:
        return bits // 3, True
    return bits, False


def _misspelt(one: frozenset[str], other: frozenset[str]) -> int:
    """How many words of the one are slips of words of the other, each used once."""
    slips = sum([any(_is_slip(word, candidate) for candidate in other) for word in one])
    return min(slips, len(other), len(one)) if slips else 0


def _is_slip(word: str, candidate: str) -> bool:
    short = min(len(word), len(candidate))
    allowed = 2 if short >= _TWO_SLIPS_WORD else 1
    if short < _SLIP_WORD or abs(len(word) - len(candidate)) > allowed:
        return False
    return OSA.distance(word, candidate, score_cutoff=allowed) <= allowed
