"""Composition (RULES 21): patterns that use the hypotheses of others, held to the reference.

The worlds' patterns use each other four deep; what is looked at here is that the laws would notice
if a part of that went wrong. What random worlds seldom show, examples do
(`tests/fusing/test_composition.py`).
"""

from __future__ import annotations

from typing import Any

import pytest

from fusion.domain.hypothesis import Hypothesis
from fusion.fusing import ground
from fusion.fusing.bound import Bound
from fusion.patterns import weigh
from fusion.patterns.cell import Use
from tests.fusing.test_engine import check_attribution, check_chronicle, check_fusing
from tests.laws.catching import Check, Defect, assert_caught

Thread = tuple[Use, Hypothesis]


def check_composed(seed: int, size: int) -> None:
    """What is fused, and what is told of it version by version."""
    check_fusing(seed, size)
    check_chronicle(seed, size)


def _each_counts_alone(patch: pytest.MonkeyPatch) -> None:
    def alone(threads: list[Thread]) -> list[list[Thread]]:
        return [[thread] for thread in threads]

    patch.setattr(weigh, "_kindred", alone)


def _holders_share_what_is_used(patch: pytest.MonkeyPatch) -> None:
    fuse_ground = ground.fuse_ground

    def whole_below(on: Any, *args: Any, holds: Any = None, **more: Any) -> Any:
        fused = fuse_ground(on, *args, holds=holds, **more)
        below = [fuse_ground(each, *args, **more) for each in on.under]
        cells = ground._with_uses(on, dict(fused.cells), below)
        today = args[2][0] // 86_400_000_000
        origins = {n: o for f in [*below, fused] for n, o in f.origins.items()}
        told = [weigh.weigh(cell, origins.__getitem__, today) for cell in cells.values()]
        return ground.Fusion(fused.resolution, tuple(told), cells, origins)

    patch.setattr("fusion.fusing.attribution.fuse_ground", whole_below)


def _nothing_is_lent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Bound, "_pass_on", lambda *_: None)


def _nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Bound, "lends_to", lambda *_: [])


DEFECTS: tuple[tuple[Check, Defect], ...] = (
    (
        check_composed,
        Defect("hypotheses that share an origin each count", _each_counts_alone, 82),
    ),
    (
        check_attribution,
        Defect("a holder has the others' part of what it uses", _holders_share_what_is_used),
    ),
    (check_composed, Defect("the bound leaves out what is used", _nothing_is_lent)),
    (
        check_composed,
        Defect("a free cell is not looked at when what it uses changes", _nobody_is_told),
    ),
)


@pytest.mark.parametrize(
    ("law", "defect"), DEFECTS, ids=[defect.says.replace(" ", "-") for _, defect in DEFECTS]
)
def test_a_law_sees_that(law: Check, defect: Defect) -> None:
    assert_caught(law, defect)
