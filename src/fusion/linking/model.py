"""The model of linking: every number by which two profiles are called one, versioned and frozen.

A link's bits are a pure function of two profiles and of this, so it holds no count of what the log
holds: name frequencies come from outside (`tools/build_frequencies.py`) and stay as they are until
another version is published. Bits are integers, in millibits, so that sums have no order.

`same` is derived, not tuned. Among `population` persons of one naming culture a pair taken blindly
is one person with odds of one in `population`; log2 of it is what evidence must first outweigh.
`margin` is what must remain: 3 bits, 8 to 1, the ICD 203 band "very likely". `possible` stands as
far below even odds. At `conflict`, 5 bits, what is known speaks 32 to 1 against. A population of
8,192 within one culture is what one log of signals holds of persons who can be taken for one
another: names weigh as they are common *within* their culture, so other cultures add nobody to the
crowd. 13 + 3 bits join, 10 are kept.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Self

DEFAULT_VERSION = "2026-2"
MILLI = 1000


# Compared and hashed by identity: it is the key of the caches of words, and there is one a version.
@dataclass(frozen=True, slots=True, eq=False)
class Frequencies:
    """How many millibits the agreement on a name carries, by its spelling or by its sound alone.

    What is not listed is rare or of a culture that the table does not hold; both weigh
    `unlisted_person` (`unlisted_body` for organisations), a value measured by leaving out one
    culture after the other.
    """

    persons: Mapping[str, int]
    bodies: Mapping[str, int]
    consonants: Mapping[str, int]
    unvowelled: Mapping[str, int]
    west: Mapping[str, int]
    east: Mapping[str, int]
    nicknames: Mapping[str, frozenset[str]]
    body_forms: Mapping[str, frozenset[str]]
    unlisted_person: int
    unlisted_body: int


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What each level of agreement weighs, in millibits: log2 of P(level | same) / P(level | not).

    Priors from principle, none fitted to labelled pairs. Each comment gives the two probabilities
    that the number stands for, where it is not plain.
    """

    incompatible: int  # a person is no vehicle
    # Names: an agreement weighs as the name is rare, less the cost of the way in which it agrees.
    variant_cost: int  # three in ten spellings of one name in two agencies differ (Usama, Osama)
    article_cost: int  # written on the word or apart from it, as often as not
    nickname_cost: int  # one in eight is called by the short form
    slip_cost: int  # one in thirty is mistyped, and two other names are as near
    word_conflict: int  # one in twenty-three has another given or family name in one of two reports
    name_conflict: int  # nothing in common: aliases exist, so no more than one in sixteen
    word_near: int  # mistyped twice: one in a hundred, and one in a hundred other names is as near
    elsewhere_permille: int  # of a conflict, where one states a given name and the other a family's
    # One in twenty has given and family name in the other order; of strangers called so, a fifth.
    swapped_cost: int
    torn_given_permille: int  # whose family name is another may have married; the given name counts
    weak_permille: int  # a weak alias is nobody's own
    whole_name: int  # one in eight bodies that share their rare words share the whole name
    given_cap: int  # one relative in thirty-two has the same given name
    namesake_cap: int  # who is called junior or senior has a namesake: one of the four relatives
    given_variant_cost: int  # namesakes in a family are spelt both ways just as well
    body_torn: int  # one in four reports calls a body by other words beside the shared ones
    body_numbered: int  # East and West, I and II: named so to be told apart
    body_cap: int  # a sister body has another full name, but for one in sixty-four
    form_conflict: int  # one in eight is given another legal form, of two bodies every second
    body_part: int  # a branch is often called by the name of the whole and more
    shared: int  # what relatives share anyway
    generation_same: int
    generation_conflict: int  # Jr is not Sr
    # Births: one day in 365 × about 40 years weighted by age; one in twenty is recorded wrongly.
    birth_day: int
    birth_month: int
    birth_year: int
    birth_new_year: int  # 1 January stands for an unknown day in a third of such records
    birth_swapped: int
    birth_slip: int  # one digit off: one in fifty against one in 1,600
    birth_two_parts: int  # two of year, month and day: one in thirty against one in 400
    birth_near: int  # within a month: one in a hundred against one in two hundred
    birth_within_year: int
    birth_same_year: int
    birth_one_part: int
    birth_year_near: int  # a year reckoned from an age: one in ten, of strangers one in twenty
    birth_conflict: int  # one in fifty is wholly another
    birth_kin_cap: int  # 12 of 1,000 births are of twins (Monden et al. 2021): one relative in 169
    lives_disjoint: int
    founded_day: int
    founded_conflict: int
    gender_same: int
    gender_conflict: int  # one in fifty recorded wrongly
    country_conflict: int  # two nationalities are not rare
    # Identifiers: a digit tells 3.3 bits and a letter 4.7, less a fifth for numbers in sequence.
    digit: int
    letter: int
    identifier_cap: int  # one in a million is entered for somebody else
    identifier_slip: int
    checked_slip: (
        int  # the same where both pass their checksum: of slips at most one in nine does (IMO)
    )
    other_kind_cost: int
    unknown_issuer_cost: int
    # Contacts, and what relatives or sister bodies share of them.
    phone: int
    phone_local: int
    phone_shared: int
    phone_of_body_shared: int
    email: int
    email_floor: int  # what an address is worth at least when it spells the name
    email_slip: int
    email_local: int
    email_role: int  # info@ is everybody's in an office of a thousand
    email_shared: int
    website: int
    website_shared: int
    # Addresses, by their parts.
    place_number: int
    place_code: int
    place_word: int
    place_form: int
    place_conflict: int  # half of all addresses of one person are others
    place_of_body_conflict: int  # a body stays; its branches have other houses
    address_cap: int  # a house of many flats
    address_shared: int
    address_of_body_shared: int  # the branches of one body have addresses of their own


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One version of everything that decides links. All bounds in millibits, caps in contents.

    `claim_bits` is what an identity claim of grade A1 weighs. By the grades' shares a B2 claim
    (81 %) weighs 16.6 and joins by itself; C3 (49 %) weighs 10.0 and keeps the two before an
    analyst as *possible*; F6 (30 %) weighs 6.2 and not even that, nor do E and 5.

    `kin` is the head start over a relative under one roof, or another body of one group, as the
    better explanation: there are `relatives` of them in the population, not all of it.
    """

    version: str
    digest: str
    same: int
    possible: int
    conflict: int
    kin: int
    claim_bits: int
    key_cap: int
    key_quota: int
    component_quota: int
    component_limit: int
    bar_step: int
    bar_top: int
    weights: Weights
    exclusive: Mapping[str, int]
    frequencies: Frequencies

    def replace(self, **changes: Any) -> Self:
        """The model with other bounds or caps, under a digest of its own (for tests and trials)."""
        changed = replace(self, **changes)
        stated = {name: str(value) for name, value in sorted(changes.items())}
        digest = _digest(self.digest, json.dumps(stated))
        return replace(changed, digest=changes.get("digest", digest))


@cache
def default_model() -> Model:
    """The model that ships: read once, and the same object ever after."""
    return load_model(DEFAULT_VERSION)


def load_model(version: str) -> Model:
    """The model of a version from its files; FileNotFoundError where there is none."""
    stated = json.loads(_read(f"{version}.json"))
    names, short = _read(stated["frequencies"]), _read(stated["nicknames"])
    if "abbreviations" in stated:
        short += _read(stated["abbreviations"])
    doubt, margin = round(math.log2(stated["population"]) * MILLI), stated["margin"]
    own = {name: stated[name] for name in _PLAIN if name in stated}
    return Model(
        **own,
        digest=_digest(json.dumps(stated, sort_keys=True), names, short),
        same=doubt + margin,
        possible=doubt - margin,
        kin=doubt - round(math.log2(stated["relatives"]) * MILLI),
        weights=Weights(**(_NOTHING_NEW | stated["weights"])),
        exclusive=stated["exclusive"],
        frequencies=_frequencies(names, short, endings=tuple(stated.get("endings", ()))),
    )


# What weights that came with 2026-2 are in the version before: as if they were not there.
_NOTHING_NEW = {
    "word_near": -4500,
    "elsewhere_permille": 1000,
    "namesake_cap": 5000,
    "swapped_cost": 0,
    "torn_given_permille": 0,
    "form_conflict": 0,
    "birth_year_near": -5500,
    "checked_slip": 8000,
}
_PLAIN = tuple(
    field.name
    for field in fields(Model)
    if field.name not in {"digest", "weights", "exclusive", "frequencies"}
)


def _read(name: str) -> str:
    return (files("fusion.linking.models") / name).read_text(encoding="utf-8")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _frequencies(names: str, short: str, *, endings: tuple[str, ...]) -> Frequencies:
    tables: dict[str, dict[str, int]] = {kind: {} for kind in "nosawe?"}
    for line in names.splitlines():
        if not line.startswith("#"):
            kind, key, bits = line.split("\t")
            tables[kind][key] = int(bits)
    partners = _partners(short, "d", endings)
    return Frequencies(
        persons=tables["n"],
        bodies=tables["o"],
        consonants=tables["s"],
        unvowelled=tables["a"],
        west=tables["w"],
        east=tables["e"],
        nicknames=partners,
        body_forms=_partners(short, "o", ()),
        unlisted_person=tables["?"]["person"],
        unlisted_body=tables["?"]["organisation"],
    )


def _partners(short: str, kind: str, endings: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What each word of a kind may be short or long for; pet names under every one of the endings.

    Peggy, Peggie and Peggey are one.
    """
    partners: dict[str, set[str]] = {}
    for line in short.splitlines():
        if line.startswith(f"{kind}\t"):
            _, *pair = line.split("\t")
            for one, other in (pair, pair[::-1]):
                for written in _ended(one, endings):
                    partners.setdefault(written, set()).update(_ended(other, endings))
    return {name: frozenset(others - {name}) for name, others in partners.items()}


def _ended(name: str, endings: tuple[str, ...]) -> list[str]:
    """A pet name with each of the endings; any other name as it is."""
    ending = next((end for end in endings if name.endswith(end) and len(name) > len(end) + 2), None)
    return [name] if ending is None else [name.removesuffix(ending) + end for end in endings]
