"""Profiles in a line, for the tests of comparing."""

from __future__ import annotations

from hypothesis import strategies as st

from fusion.domain.fact import Profile, profile_of
from fusion.linking.compare import pair_bits
from fusion.linking.features import Features, features_of
from fusion.linking.model import default_model

MODEL = default_model()


def features(schema: str, **properties: str | list[str]) -> Features:
    """The features of a profile whose properties are given by name."""
    return features_of(profile(schema, **properties), MODEL)


def profile(schema: str, **properties: str | list[str]) -> Profile:
    values = {name: (v,) if isinstance(v, str) else tuple(v) for name, v in properties.items()}
    return profile_of(schema, values)


def person(name: str, **properties: str | list[str]) -> Features:
    return features("Person", name=name, **properties)


def body(name: str, **properties: str | list[str]) -> Features:
    return features("Organization", name=name, **properties)


def bits(a: Features, b: Features) -> int:
    return pair_bits(a, b, MODEL)


# Words that clash and agree in every way that the features know, beside anything that can be typed.
_NAMES = st.sampled_from(
    [
        "Mohammed Ali",
        "Muhammad Ali",
        "محمد علي",
        "Мохаммед Али",
        "Usama Bin Ladin",
        "Osama bin Laden",
        "David Dobbins Jr",
        "David Dobbins Senior",
        "王杰",
        "Jie Wang",
        "Xiu Ying Zhang",
        "张秀英",
        "J Smith",
        "Bob Smith",
        "Robert Smith",
        "Morris I Klein",
        "Abd al-Rahman",
        "عبد الرحمن",
        "Universal Exports Ltd",
        "Universal Exports East",
    ]
)
_DATES = st.sampled_from(
    ["1971", "1971-05", "1971-05-03", "1971-03-05", "1971-05-04", "1972-05-03", "1990-11-30", "x"]
)
_NUMBERS = st.sampled_from(["A1234567", "A1234568", "US:A1234567", "GB:A1234567", "000000", "77"])
_PHONES = st.sampled_from(["+1 702 919 1300", "702-919-1300", "919-1300", "0800", "x"])
_MAILBOXES = st.sampled_from(["bob.smith@x.org", "info@x.org", "bob.smith@y.org", "nobody"])
_ADDRESSES = st.sampled_from(
    ["123 Main St, Las Vegas NV 89132", "123 Main Street, Las Vegas", "9 Elm Rd", "London", "?"]
)
_SCHEMATA = st.sampled_from(["Person", "LegalEntity", "Organization", "Vessel", "UserAccount"])
_PROPERTIES = {
    "name": _NAMES,
    "alias": _NAMES,
    "weakAlias": _NAMES,
    "firstName": st.sampled_from(["Bob", "Robert", "Khalid"]),
    "lastName": st.sampled_from(["Smith", "al-Mihdhar"]),
    "birthDate": _DATES,
    "deathDate": _DATES,
    "gender": st.sampled_from(["male", "female"]),
    "nationality": st.sampled_from(["us", "sa"]),
    "passportNumber": _NUMBERS,
    "idNumber": _NUMBERS,
    "phone": _PHONES,
    "email": _MAILBOXES,
    "website": st.sampled_from(["https://www.x.org/a", "x.org"]),
    "address": _ADDRESSES,
    "username": st.text(max_size=8),
}


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Any profile: of clashing values, with anything at all among them."""
    properties = {}
    for name in draw(st.sets(st.sampled_from(sorted(_PROPERTIES)), max_size=7)):
        value = _PROPERTIES[name] | st.text(max_size=30)
        properties[name] = tuple(draw(st.lists(value, min_size=1, max_size=3)))
    return profile_of(draw(_SCHEMATA), properties)
