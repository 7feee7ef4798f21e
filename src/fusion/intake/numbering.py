"""Running numbers: the first free one of names that end in a number.

What is decided or administered is named by what it says and by how often that was said before, so
that a name depends on nothing hidden and on no clock, and the same thing said again is new. Numbers
of one stem are taken in order, without a gap.
"""

from __future__ import annotations

from collections.abc import Callable


def first_free(is_taken: Callable[[int], bool]) -> int:
    """The first number from 0 that is not taken; asks about twice its logarithm in questions."""
    if not is_taken(0):
        return 0
    taken, free = 0, 1
    while is_taken(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return free
