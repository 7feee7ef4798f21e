"""Values of a profile in the one form in which they can be compared.

Dates of any precision, telephones to E.164, identifiers without separators and with their issuer,
mailboxes, web sites and addresses. (Names and scripts have modules of their own: `names`,
`romanise`.) Every function is pure and total: what it cannot read it gives back as far as it can,
or as nothing, never as an error, since a signal was accepted before it came here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from fusion.linking.names import split, tidy, word_list
from fusion.linking.romanise import romanise

_VALUES_CACHED = 1 << 14


# Compared by its digits: texts of one date are one date.
@dataclass(frozen=True, slots=True, eq=False)
class PartialDate:
    """A date as far as it is known; 0 stands for what is not.

    `digits` is `YYYYMMDD`, and `about_days` counts days well enough to say whether two dates are a
    month apart.
    """

    year: int
    month: int
    day: int
    digits: str
    about_days: int
    is_new_year: bool


_DATE = re.compile(r"^\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:$|[T\s])")
_MONTHS, _DAYS = 12, 31


@lru_cache(_VALUES_CACHED)
def partial_date(text: str) -> PartialDate | None:
    """`YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time; None for anything else."""
    match = _DATE.match(text)
    if not match:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    if month > _MONTHS or day > _DAYS:
        month = day = 0
    return PartialDate(
        year=year,
        month=month,
        day=day,
        digits=f"{year:04d}{month:02d}{day:02d}",
        about_days=year * 365 + month * 30 + day,
        # What many registers write for an unknown day.
        is_new_year=(month, day) == (1, 1),
    )


_NOT_DIGITS = re.compile(r"\D+")
# Fewer digits are an extension or a short code, which many share.
PHONE_DIGITS_AT_LEAST = 7
_EXTENSION = re.compile(r"(?:ext|x|доб|#).*$", re.IGNORECASE)


@lru_cache(_VALUES_CACHED)
def phone(text: str, country: str | None) -> str:
    """E.164 without its plus, where the number or `country` says the country.

    `country` is ISO 3166-1 alpha-2 in any case. Without either, the digits without leading zeros;
    empty where there are too few.
    """
    plain = _EXTENSION.sub("", text).strip()
    digits = _NOT_DIGITS.sub("", plain)
    if len(digits) < PHONE_DIGITS_AT_LEAST:
        return ""
    international = plain.startswith("+") or digits.startswith("00")
    if international or country:
        written = "+" + digits.removeprefix("00") if international else digits
        try:
            number = phonenumbers.parse(written, None if international else (country or "").upper())
        except phonenumbers.NumberParseException:
            return digits.lstrip("0")
        return f"{number.country_code}{number.national_number}"
    return digits.lstrip("0")


class Identifier(NamedTuple):
    """A number on a document, an account, a plate, a hull: who issued it where that is said."""

    number: str
    issuer: str = ""


_NOT_SIGNS = re.compile("[^A-Z0-9]+")
_ISSUED = re.compile(r"^([A-Z]{2})\s*[:/]\s*(.+)$")
_ISSUED_AFTER = re.compile(r"^(.+?)\s*\(\s*([A-Z]{2})\s*\)$")
# Shorter ones (a house number, "n/a") identify nothing.
IDENTIFIER_SIGNS_AT_LEAST = 4


@lru_cache(_VALUES_CACHED)
def identifier(text: str) -> Identifier | None:
    """The signs of an identifier, upper case, and its issuer.

    The issuer is read from `XX:number`, `XX/number` or `number (XX)`. None where the number is too
    short or all of one sign (a placeholder).
    """
    upper = text.upper().strip()
    issuer = ""
    if before := _ISSUED.match(upper):
        issuer, upper = before[1], before[2]
    elif after := _ISSUED_AFTER.match(upper):
        issuer, upper = after[2], after[1]
    number = _NOT_SIGNS.sub("", upper if upper.isascii() else romanise_signs(upper))
    if len(number) < IDENTIFIER_SIGNS_AT_LEAST or len(set(number)) == 1:
        return None
    return Identifier(number, issuer)


def romanise_signs(text: str) -> str:
    """Letters and digits of other scripts as Latin ones, upper case, in their places."""
    return "".join(sign if sign.isascii() else romanise(sign) for sign in text.lower()).upper()


class Mailbox(NamedTuple):
    """An e-mail address: the part before the @ and the domain, both lower case."""

    local: str
    domain: str

    @property
    def is_of_a_role(self) -> bool:
        """Whether it is an office's mailbox (info@), which many people use."""
        return self.local.split("+")[0] in _ROLE_MAILBOXES


_ROLE_MAILBOXES = word_list(
    "info office contact admin administrator support sales mail email enquiries enquiry"
    " inquiries hello help service team hr jobs press media postmaster webmaster noreply no-"
    " reply reception secretary secretariat accounts accounting billing finance marketing"
    " legal general main customer customerservice feedback news newsletter registrar"
    " admissions school principal"
)
_MAILBOX = re.compile(r"([^\s<>\"@,;]+)@([^\s<>\"@,;]+)")


@lru_cache(_VALUES_CACHED)
def mailbox(text: str) -> Mailbox | None:
    """The mailbox in a text such as `"Ann" <ann@x.org>`; None where there is none."""
    match = _MAILBOX.search(text.lower())
    return Mailbox(match[1].strip("."), match[2].strip(".")) if match else None


_SITE = re.compile(r"^(?:[a-z]+://)?(?:www\.)?([^/:?#\s]+\.[^/:?#\s]+)")


@lru_cache(_VALUES_CACHED)
def website(text: str) -> str:
    """The host of a web address without `www`; empty where there is none."""
    match = _SITE.match(text.lower().strip())
    return match[1] if match else ""


# What stands in addresses everywhere and tells no two apart.
_PLACE_FORMS = word_list(
    "street st avenue ave av road rd lane ln drive dr boulevard blvd place pl court ct square"
    " sq way highway hwy parkway pkwy circle terrace suite ste apartment apt apartments appt"
    " appartment flat unit floor fl room building bld bldg block house number no po box north"
    " south east west n s e w ne nw se sw northeast northwest southeast southwest strasse str"
    " platz weg rue allee via calle avenida plaza ul ulitsa ulica dom kv prospekt usa us"
    " united states of america uk kingdom the of and near city town district province county"
    " state region p o"
)
_SHORT_FORMS = {"saint": "st", "mount": "mt", "fort": "ft"}
_CODE = re.compile(r"^(?=.*\d)[a-z0-9]{5,}$|^[a-z]{1,2}\d[a-z\d]?$|^\d[a-z]{2}$")
# Streets may be counted: 71st is a name.
_ORDINAL = re.compile(r"^\d+(?:st|nd|rd|th)$")
ADDRESS_WORDS_KEPT = 16


class Place(NamedTuple):
    """The parts of an address: house and other numbers, postal codes, words, and mere forms."""

    numbers: frozenset[str]
    codes: frozenset[str]
    words: frozenset[str]
    forms: frozenset[str]


@lru_cache(_VALUES_CACHED)
def place(text: str) -> Place:
    """The parts of an address, in no order: every country writes them in its own."""
    numbers, codes, words, forms = set(), set(), set(), set()
    for native in split(tidy(text))[:ADDRESS_WORDS_KEPT]:
        word = romanise(native).removesuffix("strasse")
        word = _SHORT_FORMS.get(word, word)
        if not word:
            continue
        if _ORDINAL.match(word):
            words.add(word)
        elif _CODE.match(word):
            codes.add(word[:5] if word.isdigit() else word)
        elif word[0].isdigit():
            numbers.add(word)
        elif word in _PLACE_FORMS or len(word) == 1:
            forms.add(word)
        else:
            words.add(word)
    return Place(frozenset(numbers), frozenset(codes), frozenset(words), frozenset(forms))
