from __future__ import annotations

from typing import Any

from fusion.cli.demonstration.listening import Inbox
from fusion.cli.demonstration.told import Telling
from fusion.cli.watch import Event

AT = "2015-03-09T11:00:00.000000Z"


def alert(name: str, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"alert": name, "version": version, "at": AT, **more}


def snapshot(*alerts: dict[str, Any], complete: bool = True) -> Event:
    return Event("snapshot", "1", {"items": list(alerts), "pointers": [], "complete": complete})


def kinds(told: list[Telling]) -> list[tuple[str, str]]:
    return [(each.kind, each.alert) for each in told]


def test_what_a_reader_has_follows_from_the_frames() -> None:
    inbox = Inbox("analyst")
    assert inbox.take(snapshot()) == []
    assert kinds(inbox.take(Event("raised", "2", alert("a-ONE")))) == [("raised", "a-ONE")]
    assert kinds(inbox.take(Event("changed", "3", alert("a-ONE", 2)))) == [("changed", "a-ONE")]
    assert inbox.versions == {"a-ONE": 2}
    assert kinds(inbox.take(Event("withdrawn", "4", alert("a-ONE", 3)))) == [("withdrawn", "a-ONE")]
    assert inbox.versions == {}


def test_an_alert_with_a_new_name_stands_in_for_the_old_one() -> None:
    inbox = Inbox("analyst")
    inbox.take(snapshot(alert("a-ONE")))
    inbox.take(Event("changed", "2", alert("a-TWO", 2, replaces="a-ONE")))
    assert inbox.versions == {"a-TWO": 2}


def test_a_snapshot_on_the_way_tells_what_differs_once_it_is_complete() -> None:
    inbox = Inbox("analyst")
    inbox.take(snapshot(alert("a-SAME"), alert("a-NEWER"), alert("a-GONE")))
    assert inbox.take(snapshot(alert("a-SAME"), alert("a-NEWER", 2), complete=False)) == []
    assert inbox.versions == {"a-SAME": 1, "a-NEWER": 1, "a-GONE": 1}
    assert kinds(inbox.take(snapshot(alert("a-FRESH")))) == [
        ("changed", "a-NEWER"),
        ("raised", "a-FRESH"),
        ("withdrawn", "a-GONE"),
    ]
    assert inbox.versions == {"a-SAME": 1, "a-NEWER": 2, "a-FRESH": 1}


def test_frames_of_a_later_kind_are_let_go_by() -> None:
    inbox = Inbox("analyst")
    assert inbox.take(Event("pointer", "1", {"rung": "pointer"})) == []
