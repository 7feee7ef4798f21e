"""Worlds told line by line, where a test needs just this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fusion.domain.clock import MICROS_PER_DAY, format_moment, midnight
from fusion.domain.judgement import Judgement, Verdict
from fusion.domain.marking import NormalForm
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of, tick_instant
from fusion.fusing.rules import Rules
from fusion.fusing.store import RemarkRow
from tests.simulation.making import FIRST_DAY, HOUR, arrival_of_body
from tests.simulation.tiny import RULES
from tests.simulation.worlds import World

Json = dict[str, Any]
OPEN: Json = {"level": "OPEN", "releasable_to": ["*"]}
HIDDEN: Json = {"level": "SECRET", "releasable_to": ["*"], "compartments": ["K"]}
# Nothing is cut and no key is generic, so that evidence alone decides.
PLAIN_RULES = RULES[1]


class Story:
    """A world while it is told; an hour passes before each event unless it says otherwise."""

    def __init__(self, rules: Rules = PLAIN_RULES) -> None:
        self._rules = rules
        self._now = midnight(FIRST_DAY)
        self._decisions = 0
        self.arrivals = [Arrival(at=tick_instant(self._now))]

    def world(self) -> World:
        return World(tuple(self.arrivals), self._rules)

    def signal(
        self,
        name: str,
        mentions: dict[str, Json],
        *activities: Json,
        marking: Json = OPEN,
        at_once: bool = False,
        **more: Any,
    ) -> str:
        """A signal graded B3 under the name `<source>/<id>`; returns the name."""
        self._pass_time(at_once=at_once)
        source, _, id_ = name.rpartition("/")
        data = {
            "marking": marking,
            "grading": {"source": "B", "information": 3},
            "mentions": [{"ref": ref, **said} for ref, said in mentions.items()],
            "activities": list(activities),
            **more,
        }
        document = {
            "specversion": "1.0",
            "type": "fusion.signal.submitted.v1",
            "source": source,
            "id": id_,
            "time": format_moment(self._now),
            "data": data,
        }
        self.arrivals.append(arrival_of_body(instant_of(self._now, source, id_), document))
        return name

    def judge(self, a: str, b: str, verdict: Verdict, marking: NormalForm | None = None) -> None:
        """A judgement of one author."""
        self._pass_time(at_once=False)
        self._decisions += 1
        judgement = Judgement(
            id=f"j{self._decisions}",
            author="ann",
            a=min(a, b),
            b=max(a, b),
            verdict=verdict,
            reason="",
            order=self._decisions,
            marking=marking or NormalForm(0),
        )
        at = instant_of(self._now, "/fusion/judgements", judgement.id)
        self.arrivals.append(Arrival(at=at, judgement=judgement))

    def remark(self, said: AlertAcknowledged | FeedbackGiven) -> None:
        """What an office says of an alert."""
        self._pass_time(at_once=False)
        is_feedback = isinstance(said, FeedbackGiven)
        place = "feedback" if is_feedback else "acknowledgements"
        kind = "feedback.given" if is_feedback else "alert.acknowledged"
        at = instant_of(self._now, f"/fusion/{place}", said.id)
        row = RemarkRow(kind, said.names, at, msgspec.json.encode(said))
        self.arrivals.append(Arrival(at=at, remark=row))

    def _pass_time(self, *, at_once: bool) -> None:
        if not at_once:
            self._now += HOUR
            if self._now % MICROS_PER_DAY == 0:
                self.arrivals.append(Arrival(at=tick_instant(self._now)))


def person(*words: str, number: str | None = None, **more: Any) -> Json:
    """A person by words of a name; two words or a number make a profile that is one node."""
    properties: dict[str, list[str]] = {"name": list(words)}
    if number:
        properties["idNumber"] = [number]
    return {"schema": "Person", "properties": properties, **more}


def did(code: str, *subjects: str, **more: Iterable[str]) -> Json:
    """An activity of these mentions, under a circumstance that makes any conduct count."""
    stated = ["stated-concern"]
    return {"code": code, "subjects": list(subjects), "circumstances": stated, **more}
