"""What a profile brings to a comparison, computed once: the profile's values, normalised.

Everything that can be known of one profile alone is worked out here, so that comparing two is a
matter of set operations and cached words. A profile's features are a pure function of its content
and of the model; a property that this module does not name plays no part in linking, and nothing
here may read ethnicity, religion or political opinion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from fusion.domain.fact import Profile
from fusion.domain.far_end import FAR
from fusion.linking.model import Frequencies, Model, Weights
from fusion.linking.names import Words, organisation_names, person_names, word_list
from fusion.linking.normalise import (
    Mailbox,
    PartialDate,
    Place,
    identifier,
    mailbox,
    partial_date,
    phone,
    place,
    website,
)
from fusion.linking.words import Word, word_of

# What may be one thing: families overlap where a schema does not say which (LegalEntity).
PERSON, BODY = "p", "o"
_FAMILIES: dict[str, tuple[str, ...]] = {
    "Person": (PERSON,),
    "LegalEntity": (PERSON, BODY),
    "Organization": (BODY,),
    "Company": (BODY,),
    "PublicBody": (BODY,),
    "Vehicle": ("v", "vs", "va"),
    "Vessel": ("vs",),
    "Airplane": ("va",),
}

# More names, addresses or numbers of one kind than these are a list, not a profile; the first of
# each kind in the order of the profile (sorted) are compared, so that a comparison is bounded.
NAMES_KEPT = 8
VALUES_KEPT = 8
# Names repeat; some 0.4 KiB each.
_NAMES_CACHED = 1 << 16

_NAMES = ("name", "alias", "previousName")
_WEAK_NAMES = ("weakAlias", "abbreviation")
_GIVEN = ("firstName", "givenName", "secondName", "middleName", "fatherName")
_FAMILY = ("lastName", "surname")
_TITLES = ("title",)
_BIRTHS, _DEATHS = ("birthDate",), ("deathDate",)
_FOUNDED = ("incorporationDate", "buildDate", "startDate", "date")
_ADDRESSES = ("address", "full", "location")
_ADDRESS_PARTS = ("street", "street2", "postOfficeBox", "postalCode", "city", "state", "region")
_COUNTRIES = ("nationality", "citizenship", "country", "jurisdiction", "mainCountry", "flag")

IDENTIFIERS = word_list(
    "idNumber taxNumber registrationNumber licenseNumber vatCode innCode ogrnCode okpoCode"
    " leiCode dunsCode uniqueEntityId npiCode swiftBic bvdId uscCode passportNumber"
    " socialSecurityNumber personalNumber number cageCode permId imoNumber giiNumber cikCode"
    " voenCode irsCode kppCode isinCode isin figiCode bic iban accountNumber publicKey"
    " cryptoAddress accountId crsNumber callSign mmsi serialNumber icaoCode wikidataId"
    " cadastralCode titleNumber contentHash"
)
# What says nothing of which one it is: a bank's own code on an account, a fund's ticker.
_OF_THE_ISSUER = frozenset({("BankAccount", "bic")})
# A number or mailbox alone is the account itself (CONTRACT section 1), not a way to reach somebody.
_ACCOUNT_NAMES = ("username", "phone", "email")


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """One reading of one name: its words, their weight, its generation; weak if nobody's own.

    `given` holds the words that the profile says are given names and `family` those of the family;
    a word that it does not place is in neither.
    """

    words: tuple[Word, ...]
    given: frozenset[str]
    family: frozenset[str]
    bits: int
    generation: int
    form: str
    is_weak: bool
    text: str


# What a profile states, as bits of `Features.stated`.
(
    NAMES, BIRTHS, DEATHS, FOUNDED, GENDERS, COUNTRIES, DOCUMENTS, PHONES, MAILBOXES, WEBSITES,
    ADDRESSES, RELATIONS,
) = (1 << bit for bit in range(12))  # fmt: skip

# The identifiers of each kind (the property that they stood in): number and issuer.
Documents = dict[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The comparable content of one profile. `digest` is the profile's, and orders a pair.

    `most_by_name` is the most that the names could weigh beside any other profile's: what agrees is
    words of each, each once, and the lesser word of a pair counts.
    """

    digest: str
    schema: str
    families: tuple[str, ...]
    names: tuple[Name, ...]
    births: tuple[PartialDate, ...]
    deaths: tuple[PartialDate, ...]
    founded: tuple[PartialDate, ...]
    genders: frozenset[str]
    countries: frozenset[str]
    documents: Documents
    numbers: frozenset[str]
    phones: tuple[str, ...]
    mailboxes: tuple[Mailbox, ...]
    websites: frozenset[str]
    places: tuple[Place, ...]
    far: frozenset[tuple[str, str]]
    is_person: bool
    stated: int
    most_by_name: int


def features_of(profile: Profile, model: Model) -> Features:
    """The features of a profile under a model."""
    values = dict(profile.properties)
    families = _FAMILIES.get(profile.schema, (profile.schema,))
    accounts = profile.schema == "UserAccount"
    countries = _plain(values, _COUNTRIES)
    issuers = frozenset() if PERSON in families else countries
    documents = _documents(profile.schema, values, issuers)
    names = _names(values, families, model.frequencies)
    births, deaths = _dates(values, _BIRTHS), _dates(values, _DEATHS)
    founded = _dates(values, _FOUNDED)
    genders = _plain(values, ("gender",))
    phones = () if accounts else _phones(values, countries)
    mailboxes = () if accounts else _mailboxes(values)
    websites = frozenset(filter(None, map(website, values.get("website", ()))))
    places, far = _places(values), _far(profile)
    return Features(
        digest=profile.digest,
        schema=profile.schema,
        families=families,
        names=names,
        births=births,
        deaths=deaths,
        founded=founded,
        genders=genders,
        countries=countries,
        documents=documents,
        numbers=frozenset([number for kind in documents.values() for number, _ in kind]),
        phones=phones,
        mailboxes=mailboxes,
        websites=websites,
        places=places,
        far=far,
        is_person=families == (PERSON,),
        stated=(bool(names) and NAMES)
        | (bool(births) and BIRTHS)
        | (bool(deaths) and DEATHS)
        | (bool(founded) and FOUNDED)
        | (bool(genders) and GENDERS)
        | (bool(countries) and COUNTRIES)
        | (bool(documents) and DOCUMENTS)
        | (bool(phones) and PHONES)
        | (bool(mailboxes) and MAILBOXES)
        | (bool(websites) and WEBSITES)
        | (bool(places) and ADDRESSES)
        | (bool(far) and RELATIONS),
        most_by_name=max([_most(name, families, model.weights) for name in names], default=0),
    )


_Values = dict[str, tuple[str, ...]]


def _several(values: _Values, names: Iterable[str]) -> list[str]:
    return [value for name in names if name in values for value in values[name]]


def _plain(values: _Values, names: tuple[str, ...]) -> frozenset[str]:
    found = _several(values, names)
    return frozenset(value.strip().lower() for value in found) if found else frozenset()


def _dates(values: _Values, names: tuple[str, ...]) -> tuple[PartialDate, ...]:
    found = _several(values, names)
    if not found:
        return ()
    dates = {date.digits: date for date in map(partial_date, found) if date}
    return tuple(dates[digits] for digits in sorted(dates)[:VALUES_KEPT])


def _names(values: _Values, families: tuple[str, ...], known: Frequencies) -> tuple[Name, ...]:
    is_person = PERSON in families
    read = person_names if is_person else organisation_names
    given, family = _placed(values, _GIVEN, known), _placed(values, _FAMILY, known)
    full = _several(values, _NAMES) or _composed(values) or _several(values, _TITLES)
    names: dict[tuple[tuple[str, ...], int, str], Name] = {}
    for texts, is_weak in ((full, False), (_several(values, _WEAK_NAMES), True)):
        for text in texts:
            for reading in read(text):
                suffix = _suffix(values, reading)
                key = (reading.words, suffix, reading.form)
                if key not in names and len(names) < NAMES_KEPT:
                    words = tuple(
                        [word_of(known, word, is_person=is_person) for word in reading.words]
                    )
                    names[key] = _name(words, given, family, suffix, reading.form, is_weak, text)
    return tuple(names.values())


@lru_cache(_NAMES_CACHED)
def _name(
    words: tuple[Word, ...],
    given: frozenset[str],
    family: frozenset[str],
    generation: int,
    form: str,
    is_weak: bool,  # noqa: FBT001 - a cache takes its key as it comes
    text: str,
) -> Name:
    """One name for all who bear it, so that how two names agree can be remembered by the pair."""
    bits = sum([word.bits for word in words])
    return Name(words, given, family, bits, generation, form, is_weak, text)


def _most(name: Name, families: tuple[str, ...], weights: Weights) -> int:
    """The most that a name could weigh against a stranger beside any other."""
    whole = 0 if families == (PERSON,) else max(0, weights.whole_name)
    return name.bits + whole + (max(0, weights.generation_same) if name.generation else 0)


def _placed(values: _Values, names: tuple[str, ...], known: Frequencies) -> frozenset[str]:
    texts = _several(values, names)
    if not texts:
        return frozenset()
    readings = (reading for text in texts for reading in person_names(text))
    return frozenset(
        word_of(known, word, is_person=True).text for words in readings for word in words.words
    )


def _composed(values: _Values) -> list[str]:
    """A full name out of its parts, where the name itself is not given."""
    given = " ".join(_several(values, _GIVEN))
    family = " ".join(_several(values, _FAMILY))
    whole = f"{given} {family}".strip()
    return [whole] if whole else []


def _suffix(values: _Values, reading: Words) -> int:
    if reading.generation > 0 or "nameSuffix" not in values:
        return reading.generation
    return person_names(f"x {values['nameSuffix'][0]}")[0].generation


def _documents(schema: str, values: _Values, issuers: frozenset[str]) -> Documents:
    """Identifiers with what issued them.

    That is a body's or a thing's only country, never a person's nationality, which need not have
    issued the document.
    """
    documents: Documents = {}
    only = next(iter(issuers)).upper() if len(issuers) == 1 else ""
    for kind in sorted(values.keys() & IDENTIFIERS):
        if (schema, kind) not in _OF_THE_ISSUER:
            read = [identifier(text) for text in values[kind][:VALUES_KEPT]]
            found = [(each.number, each.issuer or only) for each in read if each]
            if found:
                documents[kind] = tuple(found)
    if schema == "UserAccount":
        documents |= _account_names(values)
    return documents


def _account_names(values: _Values) -> Documents:
    services = ",".join(sorted(text.lower() for text in values.get("service", ())))
    found: Documents = {}
    for kind in _ACCOUNT_NAMES:
        texts = values.get(kind, ())[:VALUES_KEPT]
        read = [phone(x, None) if kind == "phone" else x.strip().lower() for x in texts]
        issuer = services if kind == "username" else ""
        numbers = tuple((number, issuer) for number in read if number)
        if numbers:
            found[kind] = numbers
    return found


def _phones(values: _Values, countries: frozenset[str]) -> tuple[str, ...]:
    texts = values.get("phone")
    if not texts:
        return ()
    country = next(iter(countries)) if len(countries) == 1 else None
    numbers = (phone(text, country) for text in texts[:VALUES_KEPT])
    return tuple(sorted(set(filter(None, numbers))))


def _mailboxes(values: _Values) -> tuple[Mailbox, ...]:
    texts = values.get("email")
    if not texts:
        return ()
    return tuple(sorted(set(filter(None, map(mailbox, texts[:VALUES_KEPT])))))


def _places(values: _Values) -> tuple[Place, ...]:
    texts = _several(values, _ADDRESSES)
    parts = " ".join(_several(values, _ADDRESS_PARTS))
    if parts:
        texts.append(parts)
    return tuple(place(text) for text in texts[:VALUES_KEPT])


def _far(profile: Profile) -> frozenset[tuple[str, str]]:
    """What the profile's relations lead to: the kind of thing, and a number of it."""
    found: set[tuple[str, str]] = set()
    for name, texts in profile.properties:
        if name.startswith(FAR):
            schema, _, kind = name.removeprefix(FAR).partition(".")
            numbers = (_far_number(kind, text) for text in texts[:VALUES_KEPT])
            found.update((schema, number) for number in numbers if number)
    return frozenset(found)


def _far_number(kind: str, text: str) -> str:
    if kind == "phone":
        return phone(text, None)
    if kind == "email":
        box = mailbox(text)
        return "" if box is None or box.is_of_a_role else f"{box.local}@{box.domain}"
    read = identifier(text)
    return read.number if read else ""
