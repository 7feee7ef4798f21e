from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.linking.checksums import has_valid_checksum

# Specimens of the standards and registers themselves.
_SPECIMENS = [
    ("iban", "GB82WEST12345698765432"),
    ("leiCode", "5493001KJTIIGC8Y1R12"),
    ("isin", "US0378331005"),
    ("imoNumber", "IMO9074729"),
    ("innCode", "7707083893"),
    ("innCode", "500100732259"),
    ("ogrnCode", "1027700132195"),
]


@pytest.mark.parametrize(("kind", "number"), _SPECIMENS)
def test_a_specimen_passes_and_of_those_one_digit_off_one_in_nine(kind: str, number: str) -> None:
    assert has_valid_checksum(kind, number)
    slipped = [
        number[:place] + other + number[place + 1 :]
        for place, sign in enumerate(number)
        for other in "0123456789"
        if sign.isdigit() and other != sign
    ]
    assert sum(has_valid_checksum(kind, each) for each in slipped) <= len(slipped) / 9


def test_a_kind_without_a_checksum_passes_none() -> None:
    assert not has_valid_checksum("passportNumber", "GB82WEST12345698765432")


@given(st.sampled_from([kind for kind, _ in _SPECIMENS]), st.text(max_size=24))
def test_any_text_is_answered(kind: str, text: str) -> None:
    assert has_valid_checksum(kind, text.upper()) in (True, False)
