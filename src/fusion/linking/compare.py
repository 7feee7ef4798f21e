"""How many bits two profiles carry for being one thing, and why.

Fellegi and Sunter's weights ("A Theory for Record Linkage", 1969): each feature adds the log2 of
how much likelier its agreement is if the two are one than if they are strangers; what only one of
them states adds nothing. Beside the stranger stands a second rival, which that theory does not
have: the relative under one roof (for a body: another of its group), who shares the family name,
the address and the telephone. Each feature therefore weighs twice, against a stranger and against
kin, and the lesser verdict counts. So a household is no person, however many details agree.

Pure, symmetric, integer: `pair_bits` depends on the two profiles and the model alone, and never
exceeds what either profile carries against itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from fusion.linking.aligning import Weight, name_bits, name_weight
from fusion.linking.features import (
    ADDRESSES,
    BIRTHS,
    COUNTRIES,
    DEATHS,
    DOCUMENTS,
    FOUNDED,
    GENDERS,
    MAILBOXES,
    NAMES,
    PHONES,
    RELATIONS,
    WEBSITES,
    Features,
    Name,
)
from fusion.linking.model import Model, Weights
from fusion.linking.nearness import (
    compared_kinds,
    date_bits,
    mailbox_bits,
    phone_bits,
    place_bits,
    shared_number_bits,
)
from fusion.linking.normalise import Mailbox
from fusion.linking.words import Word


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """One line of an explanation: a feature, the sentence an analyst reads, its millibits."""

    feature: str
    text: str
    bits: int


_Feature = Callable[[Features, Features, Model], Weight]
_NOTHING: Weight = (0, 0)
# Profiles against themselves are asked for with every pair; the cache bounds memory.
_SELVES_CACHED = 1 << 15


def pair_bits(a: Features, b: Features, model: Model) -> int:
    """Millibits for the two being one.

    At or above `model.same` they are, at or below `model.conflict` they are different.
    """
    if not _may_be_one(a, b):
        return model.weights.incompatible
    if a is b:
        return self_bits(a, model)
    return min(_raw(a, b, model), self_bits(a, model), self_bits(b, model))


def reaches(a: Features, b: Features, bound: int, model: Model) -> bool:
    """Whether `pair_bits` is at least `bound`: what most pairs are asked, and most are far below.

    The weight against a stranger is an upper bound of the bits, and half the work. Names, which are
    most of that half, are left to the end: they weigh no more than what the lesser of the two
    weighs against itself, and beside all else that is seldom enough.
    """
    if a.families != b.families and not _may_be_one(a, b):
        return model.weights.incompatible >= bound
    one, other = (a, b) if a.digest <= b.digest else (b, a)
    both = one.stated & other.stated
    most = _most_beside(both & ~(NAMES | DOCUMENTS), model.weights)
    if both & DOCUMENTS:
        shares = not one.numbers.isdisjoint(other.numbers)
        most += model.weights.identifier_cap if shares else model.weights.identifier_slip
    if both & NAMES:
        most += min(one.most_by_name, other.most_by_name)
    if most < bound:
        return False
    stranger = 0
    for feature in _features(both & ~NAMES, one.stated | other.stated):
        stranger += feature(one, other, model)[0]
    if both & NAMES:
        if stranger + min(one.most_by_name, other.most_by_name) < bound:
            return False
        stranger += _names_bits(one, other, model.weights)
    return stranger >= bound and pair_bits(a, b, model) >= bound


@lru_cache(_SELVES_CACHED)
def self_bits(features: Features, model: Model) -> int:
    """What a profile carries against itself: how specific it is."""
    return _raw(features, features, model)


def explain(a: Features, b: Features, model: Model) -> list[FeatureScore]:
    """Why: one line for each feature that speaks, and their sum is exactly `pair_bits`."""
    total = pair_bits(a, b, model)
    if not _may_be_one(a, b):
        schemata = ", ".join(sorted((a.schema, b.schema)))
        return [FeatureScore("kind", f"{_sentence(_may_be_one)} ({schemata})", total)]
    one, other = _ordered(a, b)
    lines = []
    for feature in _features(one.stated & other.stated, one.stated | other.stated):
        bits = feature(one, other, model)[0]
        if bits:
            lines.append(FeatureScore(feature.__name__, _sentence(feature), bits))
    raw = _raw(a, b, model)
    rest = raw - sum(line.bits for line in lines)
    if rest:
        lines.append(FeatureScore("kinship", _sentence(kinship), rest))
    if total != raw:
        lines.append(FeatureScore("specificity", _sentence(specificity), total - raw))
    return lines


def _raw(a: Features, b: Features, model: Model) -> int:
    one, other = _ordered(a, b)
    stranger = kin = 0
    for feature in _features(one.stated & other.stated, one.stated | other.stated):
        against_stranger, against_kin = feature(one, other, model)
        stranger += against_stranger
        kin += against_kin
    return kinship(stranger, kin, model)


def _ordered(a: Features, b: Features) -> tuple[Features, Features]:
    """The pair in an order of its own, so that every comparison is symmetric."""
    return (a, b) if a.digest <= b.digest else (b, a)


def _sentence(explained: Callable[..., object]) -> str:
    return " ".join((explained.__doc__ or "").split())


def _may_be_one(a: Features, b: Features) -> bool:
    """Things of these two kinds are never one."""
    return a.families == b.families or not set(a.families).isdisjoint(b.families)


def kinship(stranger: int, kin: int, model: Model) -> int:
    """What they share, relatives under one roof (or bodies of one group) share as well."""
    return min(stranger, kin + model.kin if kin >= 0 else kin)


def specificity() -> None:
    """No agreement says more than the less specific of the two says of itself."""


# ------------------------------------------------------------------------------------- features


def names(a: Features, b: Features, model: Model) -> Weight:
    """The names, weighed by how rare their agreeing words are where they are commonest."""
    is_body = not (a.is_person or b.is_person)
    weights = model.weights
    if len(a.names) == len(b.names) == 1:
        return name_weight(a.names[0], b.names[0], weights, is_body=is_body)
    if a is b:
        best = max(name_weight(name, name, weights, is_body=is_body) for name in a.names)
    else:
        pairs = ((one, other) for one in a.names for other in b.names)
        best = max(name_weight(one, other, weights, is_body=is_body) for one, other in pairs)
    if is_body:
        # What a group calls itself is everybody's in it; the fullest names tell them apart.
        fullest = name_weight(_fullest(a), _fullest(b), weights, is_body=True)
        return (best[0], min(best[1], fullest[1]))
    return best


def _names_bits(a: Features, b: Features, weights: Weights) -> int:
    """What the names weigh against a stranger: the first of `names`."""
    is_body = not (a.is_person or b.is_person)
    ours, theirs = a.names, b.names
    if len(ours) == 1 and len(theirs) == 1:
        return name_bits(ours[0], theirs[0], weights, is_body=is_body)
    return max([name_bits(x, y, weights, is_body=is_body) for x in ours for y in theirs])


def births(a: Features, b: Features, model: Model) -> Weight:
    """The dates of birth: the day, a part of it, day and month swapped, a digit off, or another."""
    weights = model.weights
    if len(a.births) == len(b.births) == 1:
        bits = date_bits(a.births[0], b.births[0], weights)
    else:
        bits = max([date_bits(one, other, weights) for one in a.births for other in b.births])
    return (bits, min(bits, weights.birth_kin_cap))


def lives(a: Features, b: Features, model: Model) -> Weight:
    """One of them died before the other was born."""
    if _died_before(a, b) or _died_before(b, a):
        return (model.weights.lives_disjoint, model.weights.lives_disjoint)
    return _NOTHING


def founded(a: Features, b: Features, model: Model) -> Weight:
    """The dates on which the two were founded, built or held."""
    ours = {date.digits for date in a.founded}
    agrees = any(date.digits in ours for date in b.founded)
    bits = model.weights.founded_day if agrees else model.weights.founded_conflict
    return (bits, bits)


def gender(a: Features, b: Features, model: Model) -> Weight:
    """The recorded gender, which is sometimes recorded wrongly."""
    agrees = not a.genders.isdisjoint(b.genders)
    bits = model.weights.gender_same if agrees else model.weights.gender_conflict
    return (bits, bits)


def countries(a: Features, b: Features, model: Model) -> Weight:
    """The countries that are stated are others; that they agree says nothing."""
    if not a.countries.isdisjoint(b.countries):
        return _NOTHING
    return (model.weights.country_conflict, model.weights.country_conflict)


def identifiers(a: Features, b: Features, model: Model) -> Weight:
    """Numbers that one thing alone should bear: the same, one sign off, or others of one kind."""
    slip, exclusion = compared_kinds(a, b, model)
    shared = not a.numbers.isdisjoint(b.numbers)
    bits = (shared_number_bits(a, b, model.weights) if shared else slip) + exclusion
    return (bits, bits)


def phones(a: Features, b: Features, model: Model) -> Weight:
    """A telephone number, in full or without its area, which a household shares."""
    weights = model.weights
    bits = max([phone_bits(one, other, weights) for one in a.phones for other in b.phones])
    if not bits:
        return _NOTHING
    return (bits, weights.phone_of_body_shared if _are_bodies(a, b) else weights.phone_shared)


def mailboxes(a: Features, b: Features, model: Model) -> Weight:
    """A mailbox; one that spells the name adds only what the name leaves, an office's little."""
    weights = model.weights
    return max(
        [_mailbox(x, y, a, b, weights) for x in a.mailboxes for y in b.mailboxes],
        default=_NOTHING,
    )


def websites(a: Features, b: Features, model: Model) -> Weight:
    """A web site, which the bodies of one group share."""
    if a.websites.isdisjoint(b.websites):
        return _NOTHING
    return (model.weights.website, model.weights.website_shared)


def addresses(a: Features, b: Features, model: Model) -> Weight:
    """An address, by the house, the postal code and the words in it, which a household shares."""
    weights = model.weights
    if len(a.places) == len(b.places) == 1:
        found, is_other = place_bits(a.places[0], b.places[0], weights)
    else:
        pairs = [place_bits(one, other, weights) for one in a.places for other in b.places]
        found, is_other = max(pairs, key=lambda pair: (pair[0], not pair[1]))
    if a.schema == "Address" or b.schema == "Address":
        bits = min(found, weights.identifier_cap)  # the house itself, not who lives in it
        return (bits, bits)
    bits = min(found, weights.address_cap)
    if _are_bodies(a, b):
        shared = weights.place_of_body_conflict if is_other else weights.address_of_body_shared
        return (bits, shared if is_other else min(bits, shared))
    return (bits, 0 if is_other else min(bits, weights.address_shared))


def relations(a: Features, b: Features, model: Model) -> Weight:
    """A telephone, account, document or vehicle that both are reported with; households share."""
    if a.far.isdisjoint(b.far):
        return _NOTHING
    weights = model.weights
    return (
        weights.phone,
        weights.phone_of_body_shared if _are_bodies(a, b) else weights.phone_shared,
    )


# In the order in which an explanation names them, each with what a profile must state for it.
FEATURES: tuple[tuple[int, _Feature], ...] = (
    (NAMES, names),
    (BIRTHS, births),
    (DEATHS, lives),
    (FOUNDED, founded),
    (GENDERS, gender),
    (COUNTRIES, countries),
    (DOCUMENTS, identifiers),
    (PHONES, phones),
    (MAILBOXES, mailboxes),
    (WEBSITES, websites),
    (ADDRESSES, addresses),
    (RELATIONS, relations),
)


@lru_cache(1 << 12)
def _most_beside(both: int, weights: Weights) -> int:
    """The most that what both state could weigh against a stranger, whatever it says."""
    w = weights
    most = {
        BIRTHS: max(w.birth_day, w.birth_month, w.birth_year, w.birth_swapped, w.birth_new_year,
                    w.birth_slip, w.birth_two_parts, w.birth_near),
        FOUNDED: w.founded_day,
        GENDERS: w.gender_same,
        PHONES: max(w.phone, w.phone_local),
        MAILBOXES: max(w.email, w.email_local, w.email_slip, w.email_role),
        WEBSITES: w.website,
        ADDRESSES: max(w.address_cap, w.identifier_cap),
        RELATIONS: w.phone,
    }  # fmt: skip
    return sum(max(0, bits) for stated, bits in most.items() if both & stated)


@lru_cache(1 << 12)
def _features(both: int, either: int) -> tuple[_Feature, ...]:
    """The features that both state; lives are compared where either states a death."""
    stated = both | (either & DEATHS)
    return tuple(feature for bit, feature in FEATURES if stated & bit)


def _are_bodies(a: Features, b: Features) -> bool:
    return not (a.is_person or b.is_person)


def _fullest(features: Features) -> Name:
    return max(features.names, key=lambda name: (name.bits, name.text))


def _died_before(a: Features, b: Features) -> bool:
    """Whether every death of `a` lies before every birth of `b`, by the year."""
    if not a.deaths or not b.births:
        return False
    return max(date.year for date in a.deaths) < min(date.year for date in b.births)


def _mailbox(one: Mailbox, other: Mailbox, a: Features, b: Features, weights: Weights) -> Weight:
    if one.is_of_a_role or other.is_of_a_role:
        return (weights.email_role, weights.shared) if one == other else _NOTHING
    bits = mailbox_bits(one, other, weights)
    if not bits:
        return _NOTHING
    known = sum([word.bits for word in _spelt(a, b) if word.text in one.local])
    least = weights.email_floor if one.domain == other.domain else 0
    return (max(bits - known, min(bits, least)), min(bits, weights.email_shared))


_SPELT_LETTERS = 3


def _spelt(a: Features, b: Features) -> list[Word]:
    """Words that the names of both hold, which a mailbox may spell."""
    ours = {word.text: word for name in a.names for word in name.words}
    theirs = {word.text for name in b.names for word in name.words}
    return [ours[text] for text in sorted(ours.keys() & theirs) if len(text) >= _SPELT_LETTERS]
