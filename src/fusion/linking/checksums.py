"""Checksums of identifiers: whether a number can have been written down with a slip.

An issuer that ends its numbers in a checksum makes most slips of one digit visible: by the weakest
one here, the IMO's, eight in nine. So two numbers that are one sign off and both pass are less
likely one number and a slip than two that carry no checksum. A number that fails its checksum says
nothing against itself: it is the number as somebody wrote it.

Only kinds whose checksum one standard fixes for every issuer; pure and total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

_A = ord("A") - 10
_IMO_DIGITS, _INN_OF_BODY, _INN_OF_PERSON = 7, 10, 12
_IBAN_AT_LEAST, _IBAN_HEAD, _LEI_SIGNS, _ISIN_SIGNS = 15, 4, 20, 12
_OGRN_OF_BODY, _OGRN_OF_PERSON = 13, 15


def has_valid_checksum(kind: str, number: str) -> bool:
    """Whether numbers of this kind carry a checksum, and this one passes it."""
    check = _CHECKS.get(kind)
    return check is not None and number.isascii() and number.isalnum() and check(number)


def _iban(number: str) -> bool:
    """ISO 13616: the first four signs moved to the end, modulo 97."""
    moved = number[_IBAN_HEAD:] + number[:_IBAN_HEAD]
    return len(number) >= _IBAN_AT_LEAST and _mod_97(moved)


def _lei(number: str) -> bool:
    """ISO 17442, by ISO 7064."""
    return len(number) == _LEI_SIGNS and _mod_97(number)


def _isin(number: str) -> bool:
    """ISO 6166: Luhn over the digits of its signs."""
    if len(number) != _ISIN_SIGNS:
        return False
    total = 0
    for place, digit in enumerate(reversed(_digits(number))):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


def _imo(number: str) -> bool:
    """The ship's number of the IMO (A.1117(30)): six digits weighed 7 to 2, then a control."""
    digits = number.removeprefix("IMO")
    if len(digits) != _IMO_DIGITS or not digits.isdigit():
        return False
    return _weighed(digits, (7, 6, 5, 4, 3, 2)) % 10 == int(digits[-1])


def _inn(number: str) -> bool:
    """The Russian taxpayer's number: one digit of control for bodies, two for persons."""
    if not number.isdigit():
        return False
    last = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    if len(number) == _INN_OF_BODY:
        return _weighed(number, last) % 11 % 10 == int(number[9])
    if len(number) != _INN_OF_PERSON:
        return False
    first, second = _weighed(number, (7, *last)), _weighed(number, (3, 7, *last))
    return first % 11 % 10 == int(number[10]) and second % 11 % 10 == int(number[11])


def _ogrn(number: str) -> bool:
    """The Russian register's number: all before the last digit, modulo 11 (persons 13)."""
    if not number.isdigit() or len(number) not in (_OGRN_OF_BODY, _OGRN_OF_PERSON):
        return False
    return int(number[:-1]) % (len(number) - 2) % 10 == int(number[-1])


def _mod_97(signs: str) -> bool:
    return int(_digits(signs)) % 97 == 1


def _digits(signs: str) -> str:
    return "".join(sign if sign.isdigit() else str(ord(sign) - _A) for sign in signs)


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


_CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "iban": _iban,
        "leiCode": _lei,
        "isin": _isin,
        "isinCode": _isin,
        "imoNumber": _imo,
        "innCode": _inn,
        "ogrnCode": _ogrn,
    }
)
