"""Each law of pointers can fail: a planted defect days it red.

Defects are planted here, by patching; the product has no switch for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fusion.access.discovery import Beholder
from fusion.domain.ids import handle
from fusion.fusing import ground, pointer, pointing
from fusion.fusing.pointer import Pointer, Sight
from fusion.fusing.pointing import Pointing
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.view import pointer_documents
from tests.fusing import test_pointer as examples
from tests.laws import pointed_views
from tests.laws import pointer_checks as checks
from tests.laws.catching import Defect, assert_caught


def _planted(place: Any, name: str, broken: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(place, name, broken)


def _of_everything(admits: Any) -> Any:
    """Fuse all there is, whatever discovery says."""
    return admits if admits.__name__ == "knows" else lambda _: True


def _once_for_each_signal(self: Pointing) -> list[Pointer]:
    return [p for p in STANDING(self) for _ in p.reason.behind for _ in (1, 2)]


def _with_a_time(key: bytes, pair: Any) -> str:
    return handle(key, "pointer", *pair, "2000-01-01T10:00:00Z")


def _seen_too(self: Sight, signal: Any, *_: Any) -> bool:
    return self.draws(signal)


def _d_numbering(_self: Sight, _signal: Any, fact: Any) -> str:
    return str(fact.name)


def _whole_crowd(postings: Any, a: Any, b: Any, *, cap: int, quota: int) -> bool:
    """The crowd of a key counted under the pair's join alone, whoever may discover it."""
    open_to = [replace(p, marking=replace(p.marking, discovery=3)) for p in postings]
    return PROPOSES(open_to, a, b, cap=cap, quota=quota)


def _salted(self: Pointing, rules: Any, sight: Any, key: bytes) -> None:
    """Each reader's own turn, by a key of its own."""
    INIT(self, rules, sight, key + str(id(self)).encode())


INIT = Pointing.__init__
STANDING = Pointing.standing.fget  # type: ignore[attr-defined]
PROPOSES = ground.proposes


def _only_what_somebody_sees(self: GroundReader, **asked: Any) -> Any:
    return SHARED(self, **{**asked, "entrusted": lambda _: False})


def _entrusted_to_all(self: Beholder, marking: Any) -> bool:
    return self.discovers(marking) and not self.knows(marking)


SHARED = GroundReader.shared_identifiers

DEFECTS = [
    (
        lambda *_: (
            examples.test_the_steward_is_pointed_to_what_is_kept_from_all_others_with_nothing_of_its_own()
        ),
        Defect(
            "a steward with nothing of its own is pointed to nothing",
            _planted(pointer, "_entrusted", lambda *_: {}),
        ),
    ),
    (
        checks.check_equal,
        Defect(
            "a number that nobody sees is no number to the steward",
            _planted(GroundReader, "shared_identifiers", _only_what_somebody_sees),
        ),
    ),
    (
        checks.check_released,
        Defect(
            "what is kept from all others is an anchor to anybody",
            _planted(Beholder, "is_entrusted", _entrusted_to_all),
        ),
    ),
    (
        checks.check_only_discovered,
        Defect(
            "pointers are computed on everything", _planted(pointing, "_remembered", _of_everything)
        ),
    ),
    (
        checks.check_released,
        Defect(
            "the same desk is pointed to twice",
            _planted(Pointing, "standing", property(_once_for_each_signal)),
        ),
    ),
    (
        checks.check_released,
        Defect(
            "the time of what is hidden is in the handle",
            _planted(pointer, "pointer_handle", _with_a_time),
        ),
    ),
    (
        checks.check_released,
        Defect("an unvetted tip draws a pointer", _planted(Sight, "draws", lambda *_: True)),
    ),
    (
        checks.check_released,
        Defect(
            "an anchor's number counts the hidden facts before it",
            _planted(Sight, "own_name", _d_numbering),
        ),
    ),
    (
        checks.check_nothing_visible,
        Defect("what is seen in full is pointed to", _planted(Sight, "is_hidden", _seen_too)),
    ),
    (
        lambda *_: (
            examples.test_bait_draws_no_more_a_day_than_the_budget_whoever_of_the_class_asks()
        ),
        Defect("there is no budget", _planted(pointer, "DAILY_POINTERS", 1_000)),
    ),
    (
        lambda *_: examples.test_all_readers_of_a_class_together_draw_no_more_than_one_of_them(),
        Defect("the budget is each reader's own", _planted(Pointing, "__init__", _salted)),
    ),
    (
        pointed_views.check_streams,
        Defect(
            "the time of what is hidden is in the text",
            _planted(pointer_documents, "TEXT", "Reported at 2000-01-01T10:00:00Z: call."),
        ),
    ),
    (
        lambda *_: examples.test_a_hidden_crowd_makes_no_key_generic_for_a_pointer(),
        Defect("a hidden crowd makes a key generic", _planted(ground, "proposes", _whole_crowd)),
    ),
]


@pytest.mark.parametrize(
    ("law", "defect"), DEFECTS, ids=[defect.says.replace(" ", "-") for _, defect in DEFECTS]
)
def test_a_planted_defect_turns_a_law_of_pointers_red(law: Any, defect: Defect) -> None:
    assert_caught(law, defect)
