"""Composition by example (RULES 21): what uses the hypotheses of others, told by both models.

Each example is told by the reference and by the engine, and says what is told of the pattern
`several-on-a-topic`, which needs two persons who were named and met, or one and something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fusion.domain.clock import MICROS_PER_DAY, format_day, format_moment, midnight
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm
from fusion.domain.signal import SUBMITTED
from fusion.fusing.arrival import Arrival
from fusion.fusing.bound import Bound
from fusion.fusing.following import Following
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.moment import Moment
from fusion.fusing.reference import chronicle
from fusion.patterns.cell import Use
from tests.laws.catching import Defect
from tests.simulation.engine import Engine
from tests.simulation.making import FIRST_DAY, arrival_of_body
from tests.simulation.tiny import MEETING, RULES, TRAINING
from tests.simulation.worlds import EVERYTHING, World

# Nothing is cut by limits here.
OPEN_RULES = RULES[1]
SLUG = "several-on-a-topic"
Told = tuple[str, int, str, tuple[str, ...]]


def person(number: int) -> dict[str, Any]:
    names = [f"first{number}", f"last{number}"]
    return {"ref": "m0", "schema": "Person", "properties": {"name": names}}


def signal(
    name: str, *mentions: dict[str, Any], day: int = 0, observed: int = 0, **more: Any
) -> Arrival:
    """A signal of best grade, recorded in the morning of a day, about another one perhaps."""
    source, _, id_ = name.rpartition("/")
    moment = midnight(FIRST_DAY + day) + 1
    body: dict[str, Any] = {
        "marking": {"level": "OPEN", "releasable_to": ["*"]},
        "summary": "",
        "grading": {"source": "A", "information": 1},
        "observed": {"to": format_day(FIRST_DAY + day + observed)},
        "mentions": list(mentions),
        "activities": [],
    }
    if "origin" in more:
        body["origin"] = {"id": more["origin"]}
    if "code" in more:
        body["activities"] = [
            {
                "code": more["code"],
                "subjects": [mention["ref"] for mention in mentions],
                "topics": ["aviation"],
                "countries": [more.get("country", "us")],
                "circumstances": more.get("circumstances", ["planners-present"]),
            }
        ]
    document = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": source,
        "id": id_,
        "time": format_moment(moment),
        "data": body,
    }
    return arrival_of_body(instant_of(moment, source, id_), document)


def met(name: str, number: int, **more: Any) -> Arrival:
    """Somebody named as a subject, at a meeting: such a person is above at once, for two days."""
    return signal(name, {**person(number), "role": "subject"}, code=MEETING, **more)


def trained(name: str, **more: Any) -> Arrival:
    """Training that nobody is named of: half of what the pattern needs."""
    return signal(name, code=TRAINING, circumstances=["stated-concern"], **more)


def ticks(*days: int) -> list[Arrival]:
    return [Arrival(at=tick_instant(midnight(FIRST_DAY + day))) for day in days]


def told(arrivals: Sequence[Arrival]) -> tuple[list[Told], list[Told]]:
    """What reference and engine tell of the pattern: kind, day, key, signals."""
    world = World(tuple(arrivals), OPEN_RULES)
    engine = Engine(world.rules)
    for arrival in arrivals:
        engine.work([arrival])
    both = chronicle(world.happenings(), world.rules, EVERYTHING.admits), engine.told(EVERYTHING)
    ours, theirs = (
        [
            (e.kind, e.at // MICROS_PER_DAY - FIRST_DAY, e.cell_key, e.hypothesis.signals)
            for e in entries
            if e.pattern == SLUG and e.hypothesis
        ]
        for entries in both
    )
    return ours, theirs


# Two who met, reported by two offices, and the same by one source that two offices relay.
APART = [*ticks(0), met("/a/x/1", 1), met("/b/x/1", 2)]
RELAYED = [*ticks(0), met("/a/x/1", 1, origin="o1"), met("/b/x/1", 2, origin="o1")]

# One and two share a source, two and three another. Two was seen earlier and fades first.
FADING = [
    *ticks(0),
    met("/a/x/1", 1, origin="o1"),
    met("/b/x/1", 2, origin="o1", observed=-2),
    signal("/b/x/2", {**person(2), "role": "subject"}, origin="o2", observed=-2),
    met("/z/x/1", 3, origin="o2"),
    *ticks(1),
]

# She met somebody in another country long ago, and here today.
ELSEWHERE = [
    *ticks(0),
    trained("/z/x/1", country="de"),
    signal("/a/x/1", person(1), code=MEETING, country="de", observed=-19),
    met("/a/x/2", 1),
    *ticks(1),
]

# Two reports of one person and of one moment; the later one by name arrives first.
ONE_MOMENT = [
    *ticks(0),
    trained("/z/x/1"),
    *ticks(1),
    signal("/b/x/1", person(1), code=MEETING, day=1),
    met("/a/x/1", 1, day=1),
]

# Named in one place, met in another; an analyst holds that it is one person.
JUDGED = [
    *ticks(0),
    trained("/z/x/1"),
    signal("/a/x/1", {**person(1), "role": "subject"}),
    signal("/b/x/1", person(2), code=MEETING),
    Arrival(
        at=instant_of(midnight(FIRST_DAY) + 2, "/fusion/judgements", "j1"),
        judgement=Judgement(
            id="j1",
            author="ann",
            a="/a/x/1#m0",
            b="/b/x/1#m0",
            verdict=Verdict.POSITIVE,
            reason="",
            order=1,
            marking=NormalForm(0),
        ),
    ),
]

US, DE = "aviation|us", "aviation|de"
EXAMPLES: dict[str, tuple[list[Arrival], list[Told]]] = {
    "two that are above count twice": (
        APART,
        [("raised", 0, US, ("/a/x/1", "/b/x/1"))],
    ),
    "two that share an origin count once": (RELAYED, []),
    "what hangs together through a third counts once until that one fades": (
        FADING,
        [("raised", 1, US, ("/a/x/1", "/z/x/1"))],
    ),
    "a hypothesis lies where evidence of it still does": (
        ELSEWHERE,
        [
            ("raised", 0, DE, ("/a/x/1", "/a/x/2", "/z/x/1")),
            ("withdrawn", 1, DE, ("/z/x/1",)),
        ],
    ),
    "each event of one moment is told": (
        ONE_MOMENT,
        [
            ("raised", 1, US, ("/a/x/1", "/z/x/1")),
            ("changed", 1, US, ("/a/x/1", "/b/x/1", "/z/x/1")),
        ],
    ),
    "what two grounds could not do apart they do as one": (
        JUDGED,
        [("raised", 0, US, ("/a/x/1", "/b/x/1", "/z/x/1"))],
    ),
}


@pytest.mark.parametrize("says", EXAMPLES)
def test_reference_and_engine_tell_that(says: str) -> None:
    arrivals, expected = EXAMPLES[says]
    assert told(arrivals) == (expected, expected)


# The engine can get each of these wrong, and the example shows it.


def _never_turns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Following, "_turn", lambda *_: None)


def _lies_where_it_once_lay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Use, "lies_here", lambda *_: True)


def _shares_the_last_instant(patch: pytest.MonkeyPatch) -> None:
    def last(self: Moment, ground: str, cell: str) -> None:
        self.note(cell, max(self._instants[ground]), cell)

    patch.setattr(Moment, "share", last)


def _merges_without_lending(patch: pytest.MonkeyPatch) -> None:
    rekey = Bound.rekey

    def forgetful(self: Bound, old: str, new: str) -> None:
        with pytest.MonkeyPatch.context() as during:
            during.setattr(Bound, "_pass_on", lambda *_: None)
            rekey(self, old, new)

    patch.setattr(Bound, "rekey", forgetful)


DEFECTS = (
    (FADING, Defect("time alone never raises", _never_turns)),
    (ELSEWHERE, Defect("a hypothesis lies where it once lay", _lies_where_it_once_lay)),
    (ONE_MOMENT, Defect("of a moment the last event is heard", _shares_the_last_instant)),
    (JUDGED, Defect("grounds that merge lend no more than before", _merges_without_lending)),
)


@pytest.mark.parametrize(("arrivals", "defect"), DEFECTS, ids=[d.says for _, d in DEFECTS])
def test_an_example_shows_that(arrivals: list[Arrival], defect: Defect) -> None:
    with pytest.MonkeyPatch.context() as patch:
        defect.plant(patch)
        reference, engine = told(arrivals)
    assert engine != reference
