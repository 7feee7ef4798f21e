"""Each law can fail: an engine or a view with a planted defect turns its check red.

Defects are planted here, by patching; the product has no switch for them. Each is one that the
plain design would have had: `reference/weighing.md` and RULES.md tell of most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fusion.domain.pattern import Role
from fusion.fusing import attribution, following, ground
from fusion.fusing.batch import Batch
from fusion.fusing.bound import Bound
from fusion.fusing.ground import StoredSignal
from fusion.fusing.hot_keys import HotKeys
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view import alert_documents, book, scene, signal_documents
from tests.laws import checks

Check = Callable[[int, int], None]
# Worlds of every size up to this are tried until one goes red.
LARGEST = 14
WORLDS = 200


@dataclass(frozen=True)
class Defect:
    """What is broken (`place`, `name`), by what, and which check must see it.

    `first` is where to begin: a world that shows the rarer ones was found by trying them all.
    """

    says: str
    check: Check
    place: Any
    name: str
    broken: Any
    first: int = 0


def _always_stands(self: StoredSignal, at: tuple[int, str]) -> bool:
    return self.since <= at


def _knows_all(signal: Any, admits: Any) -> Any:
    return signal


def _yes(*_: Any, **__: Any) -> bool:
    return True


def _no_retractions(self: SqlStore, names: Any) -> dict[str, Any]:
    return {}


def _no_carriers(self: SqlStore, keys: Any) -> dict[str, list[int]]:
    return {}


def _bound_of_one_role(self: Any, on: str, pattern: Any) -> None:
    """A bound that forgets that roles add up."""
    sums = self._weights.get(on, {})
    best = max((sums.get((pattern.slug, role.name), 0) for role in pattern.roles), default=0)
    if best >= pattern.release and pattern.slug not in self._passed.get(on, ()):
        self._pass(on, pattern.slug)


def _bound_without_tearlines(self: Any, number: int, part: int, facts: Any) -> None:
    if facts.parent is None:
        WEIGH(self, number, part, facts)


def _banner_of_all(self: Any) -> Any:
    return [m.marking for s in self.ground.signals for m in s.facts.mentions]


def _hidden_may_be_named(self: Any, marking: Any) -> bool:
    return True


def _first_judgement(self: Any, mentions: Any) -> tuple[Any, ...]:
    return JUDGEMENTS(self, mentions)[:1]


def _without_base(self: Role, millibits: int) -> int:
    return min(self.cap, millibits)


def _ticks_are_missed(fusion: Any, pattern: Any, key: str, today: int) -> int | None:
    return None


def _links_of_the_moment(self: Any, mention: Any, keys: Any, at: Any, batch: Any) -> None:
    """A hot key that proposes nothing more, whatever the markings are."""
    for key in keys:
        self._fresh.setdefault(key, []).append(mention)


def _latest_edition(self: Any, at: tuple[int, str]) -> Any:
    return self.present


def _happened(self: Any, recorded: int) -> bool:
    return True


def _retracted_is_gone(self: StoredSignal, at: tuple[int, str]) -> bool:
    return self.until is None and self.since <= at


WEIGH = Batch._weigh
JUDGEMENTS = GroundReader._judgements

DEFECTS = [
    Defect(
        "an arrival that makes a key hot links nothing, so order decides who is linked",
        checks.check_order,
        HotKeys,
        "arrive",
        _links_of_the_moment,
    ),
    Defect(
        "a retraction that comes before its object is forgotten",
        checks.check_order,
        SqlStore,
        "retractions",
        _no_retractions,
    ),
    Defect(
        "a retracted signal goes on counting",
        checks.check_retraction,
        StoredSignal,
        "stands",
        _always_stands,
    ),
    Defect(
        "what a retracted signal retracted comes back",
        checks.check_retraction,
        SqlStore,
        "retractions",
        _no_retractions,
    ),
    Defect(
        "a worker that starts again knows nobody from before",
        checks.check_rebuild,
        SqlStore,
        "carriers",
        _no_carriers,
    ),
    Defect(
        "everything is fused and then filtered",
        checks.check_noninterference,
        ground,
        "facts_known",
        _knows_all,
    ),
    Defect(
        "a signal is served whole to whoever may know a part of it",
        checks.check_noninterference,
        signal_documents._Known,
        "_may_know",
        _hidden_may_be_named,
    ),
    Defect(
        "the banner is rolled up over the whole ground",
        checks.check_noninterference,
        alert_documents._Shown,
        "markings",
        _banner_of_all,
    ),
    Defect(
        "an entity is fetched for a mention that may not be known",
        checks.check_noninterference,
        scene,
        "facts_known",
        _knows_all,
    ),
    Defect(
        "shares are of what everybody knows",
        checks.check_noninterference,
        attribution,
        "fuse_ground",
        lambda on, rules, admits, at, **more: ground.fuse_ground(on, rules, _yes, at, **more),
    ),
    Defect(
        "only the first judgement on a ground is looked at",
        checks.check_no_undersharing,
        GroundReader,
        "_judgements",
        _first_judgement,
    ),
    Defect(
        "what ordinary times yield counts as if it were news",
        checks.check_no_undersharing,
        Role,
        "counts",
        _without_base,
    ),
    Defect(
        "no tick is ever due, so alerts never fade",
        checks.check_no_undersharing,
        following,
        "due_day",
        _ticks_are_missed,
    ),
    Defect(
        "the bound is of one role",
        checks.check_bound,
        Bound,
        "_check",
        _bound_of_one_role,
        first=235,
    ),
    Defect(
        "the bound leaves tear-lines out, since their parents count",
        checks.check_bound,
        Batch,
        "_weigh",
        _bound_without_tearlines,
    ),
    Defect(
        "a read of the past is told the alerts of today",
        checks.check_past,
        book.Book,
        "edition",
        _latest_edition,
    ),
    Defect(
        "a read of the past is told what people judged later",
        checks.check_past,
        scene.Scene,
        "has_happened",
        _happened,
    ),
    Defect(
        "what was retracted later is missing in the past",
        checks.check_past,
        StoredSignal,
        "stands",
        _retracted_is_gone,
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.says.replace(" ", "-"))
def test_a_planted_defect_turns_its_law_red(defect: Defect) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(defect.place, defect.name, defect.broken)
        seeds = range(defect.first, defect.first + WORLDS)
        red = next((seed for seed in seeds if _is_red(defect.check, seed)), None)
    assert red is not None, f"no world of {WORLDS} shows that {defect.says}"
    # Green without it: the defect is what it shows.
    assert not _is_red(defect.check, red)


def _is_red(check: Check, seed: int) -> bool:
    try:
        check(seed, 1 + seed % LARGEST)
    except Exception:  # noqa: BLE001 - a crash is as red as a difference
        return True
    return False
