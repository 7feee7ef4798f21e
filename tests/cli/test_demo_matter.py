from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fusion.cli.demonstration.matter import Matters, Moment
from fusion.cli.demonstration.told import Kind, Telling, telling

# The names under which each reader finds an alert, and what it is called for that reader.
Names = dict[str, dict[str, str]]


def matters(names: Names) -> Matters:
    def found(reader: str) -> Callable[[str], dict[str, Any] | None]:
        known = names[reader]
        return lambda name: {"alert": known[name]} if name in known else None

    return Matters({reader: found(reader) for reader in names})


def told(reader: str, kind: Kind, alert: str, day: int, **more: Any) -> Telling:
    at = f"2015-03-{day:02}T00:00:00.000000Z"
    said = {"alert": alert, "at": at, "version": day, **more}
    if kind != "withdrawn":
        said = {"title": f"A run: {alert}", "signals": ["/river/gauges/1"], "bits": 9.0} | said
    return telling(reader, kind, said)


def shown(moments: list[Moment]) -> list[tuple[int, dict[str, str], dict[str, str]]]:
    """Of each moment, its matter, who was told what, and who has what."""
    return [
        (
            each.matter,
            {one.reader: one.kind for one in each.told},
            {reader: one.alert for reader, one in each.has.items()},
        )
        for each in moments
    ]


def test_two_readers_names_of_one_alert_are_one_matter() -> None:
    names = {"analyst": {"a-CLERKS": "a-ANALYSTS"}, "clerk": {}}
    both = matters(names).moments(
        [told("analyst", "raised", "a-ANALYSTS", 1), told("clerk", "raised", "a-CLERKS", 1)]
    )
    assert shown(list(both)) == [
        (
            0,
            {"analyst": "raised", "clerk": "raised"},
            {"analyst": "a-ANALYSTS", "clerk": "a-CLERKS"},
        )
    ]


def test_alerts_that_nobody_else_finds_are_matters_of_their_own() -> None:
    names: Names = {"analyst": {}, "clerk": {}}
    both = matters(names).moments(
        [told("analyst", "raised", "a-ONE", 1), told("clerk", "raised", "a-OTHER", 1)]
    )
    assert [matter for matter, _, _ in shown(list(both))] == [0, 1]


def test_how_it_stood_follows_from_what_was_told_until_then() -> None:
    names: Names = {"analyst": {}, "clerk": {"a-ONE": "a-ONE"}}
    kept = matters(names)
    history = kept.moments(
        [
            told("analyst", "raised", "a-ONE", 1),
            told("analyst", "withdrawn", "a-ONE", 5),
            told("clerk", "raised", "a-ONE", 3),
        ]
    )
    assert [(told_to, set(has)) for _, told_to, has in shown(list(history))] == [
        ({"analyst": "raised"}, {"analyst"}),
        ({"clerk": "raised"}, {"analyst", "clerk"}),
        ({"analyst": "withdrawn"}, {"clerk"}),
    ]


def test_an_alert_that_was_renamed_stays_its_matter() -> None:
    kept = matters({"analyst": {}})
    list(kept.moments([told("analyst", "raised", "a-ONE", 1)]))
    renamed = kept.moments([told("analyst", "changed", "a-TWO", 2, replaces="a-ONE")])
    assert shown(list(renamed)) == [(0, {"analyst": "changed"}, {"analyst": "a-TWO"})]


def test_raised_and_changed_at_one_moment_is_raised() -> None:
    kept = matters({"analyst": {}})
    (moment,) = kept.moments(
        [told("analyst", "raised", "a-ONE", 1), told("analyst", "changed", "a-ONE", 1)]
    )
    assert [each.kind for each in moment.told] == ["raised"]


def test_a_withdrawal_goes_by_the_last_title() -> None:
    kept = matters({"analyst": {}})
    list(kept.moments([told("analyst", "raised", "a-ONE", 1)]))
    (moment,) = kept.moments([told("analyst", "withdrawn", "a-ONE", 2)])
    assert kept.title(moment.matter) == "A run: a-ONE"
