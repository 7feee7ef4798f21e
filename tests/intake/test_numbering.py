from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fusion.intake.numbering import first_free


@given(st.integers(0, 100_000))
def test_the_first_free_number_is_found_in_few_questions(taken: int) -> None:
    asked: list[int] = []

    def is_taken(number: int) -> bool:
        asked.append(number)
        return number < taken

    assert first_free(is_taken) == taken
    assert len(asked) <= 2 * taken.bit_length() + 2
