"""One pair told line by line, in which every channel has something to betray.

The reader is of agency a, cleared for OPEN. What is hidden from it is earlier, more and other than
what it may know: it founds the same entity, joins two that the reader holds apart, raises alerts
before the reader's and others beside them, claims, judges, relates, and says something of what the
reader is told.
"""

from __future__ import annotations

from typing import Any

from fusion.domain.ids import alert_name
from fusion.domain.judgement import Verdict
from fusion.domain.marking import NormalForm
from fusion.events.catalog import AlertAcknowledged, FeedbackGiven, store_marking
from fusion.intake.administer import Attributes
from tests.laws.cutting import as_known
from tests.noninterference.pairs import CASE, PURPOSE, Pair, Side, knowledge_of
from tests.simulation.story import HIDDEN, Story, did, person
from tests.simulation.tiny import ENTRY, MEETING
from tests.simulation.worlds import World

READER = Attributes(agency="a", level="OPEN", purposes=(PURPOSE,), cases=(CASE,))
LESS = Attributes(agency="a", level="OPEN", cases=(CASE,))
PURPOSED = {"level": "OPEN", "releasable_to": ["*"], "purposes": [PURPOSE]}
ADA, BO, CY = person("ada", number="1"), person("bo", number="2"), person("cy", number="3")
SUBJECT = {"role": "subject"}
ABOUT = {"topics": ["aviation"], "countries": ["us"]}
KEPT_BACK = NormalForm(1, frozenset({"K"}))
KEPT = {"marking": HIDDEN}
POOR = {"source": "D", "information": 3}


def rich_pair(*, others: tuple[bool, bool] = (True, False)) -> Pair:
    """All of it, and what the reader may know of it; `others` says where others look around."""
    world = _world()
    cut = as_known(world, knowledge_of(READER))
    sides = (
        Side("whole", world, others[0]),
        Side("without what is hidden", cut, others[1]),
    )
    return Pair(0, (READER, LESS, READER), sides, world, asked=100)


def _world() -> World:
    story = Story()
    _hidden_beginnings(story)
    ada = story.signal(
        "/a/x/s1", {"m": ADA | SUBJECT}, did(MEETING, "m", **ABOUT), summary="report"
    )
    story.signal(
        "/b/x/s2",
        {
            "m": ADA | SUBJECT,
            "n": person("dee", number="4"),
            "h": person("eve", number="5") | KEPT,
        },
        did(ENTRY, "m"),
        relations=[_relation("m", "h") | KEPT, _relation("n", "m") | KEPT],
        summary="report",
    )
    bo = story.signal("/b/x/s3", {"m": BO | SUBJECT}, did(MEETING, "m"), summary="report of bo")
    hidden = person("bo", number="9") | KEPT
    story.signal("/c/x/s4", {"m": CY, "h": hidden}, summary="report of cy")
    story.signal("/b/x/s5", {"m": BO | SUBJECT}, did(ENTRY, "m"), marking=PURPOSED)
    story.judge(f"{ada}#m", "/b/x/s2#m", Verdict.POSITIVE)
    # Two offices relay one source; who may not know that has two origins, and an alert.
    for name in ("/a/x/s6", "/b/x/s7"):
        gus = {"m": person("gus", number="7", **SUBJECT)}
        origin = {"id": "one-source", "marking": HIDDEN}
        story.signal(name, gus, did(MEETING, "m"), origin=origin, grading=POOR)
    _hidden_ends(story, ada, bo)
    story.signal("/a/x/s8", {"m": CY | SUBJECT}, did(MEETING, "m"), did(ENTRY, "m"))
    return story.world()


def _hidden_beginnings(story: Story) -> None:
    """Who founds, joins and is told of before the reader is told of anything."""
    story.signal("/z/x/h1", {"m": BO | SUBJECT}, did(MEETING, "m"), did(ENTRY, "m"), marking=HIDDEN)
    story.signal("/z/x/h2", {"m": ADA | SUBJECT, "n": CY}, marking=HIDDEN, summary="report")
    both = {"schema": "Person", "properties": {"name": ["bo"], "idNumber": ["2", "3"]}}
    story.signal("/z/x/h3", {"m": both}, marking=HIDDEN, summary="report of bo")
    story.signal("/z/x/h6", {"m": person("hal")}, marking=HIDDEN)
    fay = person("fay", number="6", **SUBJECT)
    story.signal("/a/x/h4", {"m": fay}, did(MEETING, "m"), did(ENTRY, "m"), marking=HIDDEN)


def _hidden_ends(story: Story, ada: str, bo: str) -> None:
    """What is said of what the reader may know."""
    story.judge(f"{ada}#m", f"{bo}#m", Verdict.NEGATIVE, marking=KEPT_BACK)
    alert = alert_name("met-and-entered", f"{ada}#m")
    said: dict[str, Any] = {
        "author": "zoe",
        "agency": "z",
        "office": "/z/x",
        "alert": alert,
        "names": (alert,),
        "marking": store_marking(KEPT_BACK),
    }
    story.remark(FeedbackGiven(id="f1", verdict="dismissed", reason="", **said))
    story.remark(AlertAcknowledged(id="k1", version=9, **said))
    claim = {"a": "m", "b": f"{ada}#m", "verdict": "different"}
    story.signal("/z/x/h5", {"m": CY}, marking=HIDDEN, identities=[claim], summary="report")


def _relation(source: str, target: str) -> dict[str, Any]:
    return {"schema": "UnknownLink", "from": source, "to": target}
