from __future__ import annotations

from random import Random

import pytest

from fusion.domain.errors import Unavailable
from fusion.domain.post import Registry
from fusion.fusing.store import Touch
from fusion.projections.store.ground_reader import GroundReader
from fusion.projections.view.pointings import POINTINGS_KEPT, Pointings
from tests.fusing.test_pointer import HALVES, reader, world
from tests.simulation.engine import Engine
from tests.simulation.pointing_worlds import KEY, REGISTRY
from tests.simulation.tiny import RULES


def test_equal_beholders_share_one_pointing_and_its_budget() -> None:
    pointings = Pointings(RULES[1])
    assert pointings.of(reader(), REGISTRY, KEY) is pointings.of(reader(), REGISTRY, KEY)
    assert pointings.of(reader("b"), REGISTRY, KEY) is not pointings.of(reader(), REGISTRY, KEY)


def test_another_registry_points_anew() -> None:
    pointings = Pointings(RULES[1])
    before = pointings.of(reader(), REGISTRY, KEY)
    assert pointings.of(reader(), Registry(), KEY) is not before


def test_only_so_many_are_kept_and_those_asked_last() -> None:
    pointings = Pointings(RULES[1])
    first = pointings.of(reader(), REGISTRY, KEY)
    for number in range(POINTINGS_KEPT):
        pointings.of(reader(desks=frozenset({f"/{number}"})), REGISTRY, KEY)
    assert pointings.of(reader(), REGISTRY, KEY) is not first


class Failing(GroundReader):
    """A store that goes away once it has said what was touched."""

    def touches(self, after: int) -> tuple[list[Touch], int]:
        super().touches(after)
        raise Unavailable("the store went away")


def test_one_that_was_stopped_in_the_middle_begins_anew_and_tells_the_same() -> None:
    engine = Engine.of(world(HALVES), Random(0))
    pointings = Pointings(RULES[1])
    broken = pointings.of(reader(), REGISTRY, KEY)
    with pytest.raises(Unavailable):
        broken.follow(Failing(engine.store, engine.rules), engine.store.today())
    again = pointings.of(reader(), REGISTRY, KEY)
    again.follow(engine.grounds, engine.store.today())
    assert [pointer.desk for pointer in again.standing] == ["/b/desk"]
