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


def pointer(handle: str, **more: object) -> dict[str, Any]:
    return {"handle": handle, "desk": "/bank/desk", "anchor": "/river/gauges/1#m1", **more}


def test_a_pointer_comes_once_and_is_had_until_it_lapses() -> None:
    inbox = Inbox("analyst")
    assert inbox.take(Event("pointer", "1", pointer("H1"))) == []
    assert [each["handle"] for each in inbox.pointed()] == ["H1"]
    assert inbox.pointed() == []
    assert inbox.handles == {"H1"}
    inbox.take(Event("pointer", "2", pointer("H1", lapsed=True)))
    assert inbox.handles == set()


def test_a_snapshot_stands_in_for_the_pointers_too() -> None:
    inbox = Inbox("analyst")
    inbox.take(Event("pointer", "1", pointer("H1")))
    said = {"items": [], "pointers": [pointer("H2")], "complete": True}
    inbox.take(Event("snapshot", "2", said))
    assert inbox.handles == {"H2"}
    assert [each["handle"] for each in inbox.pointed()] == ["H1", "H2"]


def test_frames_of_a_later_kind_are_let_go_by() -> None:
    inbox = Inbox("analyst")
    assert inbox.take(Event("later", "1", {"rung": "later"})) == []
