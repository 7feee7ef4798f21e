"""Look-ups that a view makes beside grounds: by name, by text, in the order of a list.

They span all markings, like the store; callers let what they get through their admission, one row
at a time, before it counts for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fusion.domain.judgement import Judgement
from fusion.fusing.ground import Instant
from fusion.fusing.store import EventRow
from fusion.projections.store.judgements import load_judgement
from fusion.projections.store.sql_store import SqlStore

# Rows fetched at a time while a list is walked: a few pages.
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ListedSignal:
    """A row of the list of signals."""

    name: str
    reported: int
    agency: str
    marking: int
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """An acknowledgement or a feedback as it was logged."""

    kind: str
    recorded: int
    body: bytes


def event_of_signal(store: SqlStore, name: str) -> EventRow | None:
    """The event that a signal or a tear-line is a part of."""
    text = "SELECT event FROM signal WHERE name = ?"
    with store.reading() as c:
        number = c.exec_driver_sql(text, (name,)).scalar()
        return store.events_numbered([number]).get(number) if number is not None else None


def mentions_named(store: SqlStore, entity: str) -> list[str]:
    """The mentions whose own name gives an entity's name."""
    with store.reading() as c:
        rows = c.exec_driver_sql("SELECT mention FROM naming WHERE entity = ?", (entity,))
        return [mention for (mention,) in rows]


def judgements_on(store: SqlStore, mention: str) -> list[tuple[Judgement, int]]:
    """The judgements on a mention with their recorded times, newest first."""
    text = "SELECT body, recorded FROM judgement WHERE a = ? OR b = ? ORDER BY ordinal DESC"
    with store.reading() as c:
        rows = c.exec_driver_sql(text, (mention, mention)).fetchall()
    return [(load_judgement(body), recorded) for body, recorded in rows]


def remarks_by_name(store: SqlStore, alert: str) -> list[Remark]:
    """What was said of an alert under one of its names, oldest first."""
    text = "SELECT kind, recorded, body FROM remark WHERE alert = ? ORDER BY recorded, name"
    with store.reading() as c:
        return [Remark(*row) for row in c.exec_driver_sql(text, (alert,))]


def acknowledgements_from(store: SqlStore, moment: int) -> list[tuple[int, str, bytes]]:
    """Acknowledgements of a moment and after it, oldest first: moment, name and body of each."""
    text = (
        "SELECT DISTINCT recorded, name, body FROM remark WHERE kind = 'alert.acknowledged'"
        " AND recorded >= ? ORDER BY recorded, name"
    )
    with store.reading() as c:
        rows = c.exec_driver_sql(text, (moment,)).fetchall()
    return [(recorded, name, body) for recorded, name, body in rows]


def requests_newest_first(
    store: SqlStore, after: tuple[int, str] | None
) -> Iterator[tuple[str, int, bytes]]:
    """Disclosure requests, newest first, then by id: id, recorded time and body of each."""
    recorded, id_ = after or (1 << 62, "")
    text = (
        "SELECT request, recorded, body FROM request WHERE kind = 'disclosure.requested'"
        " AND (recorded < ? OR (recorded = ? AND request > ?))"
        f" ORDER BY recorded DESC, request LIMIT {_ROWS_AT_ONCE}"
    )
    while True:
        with store.reading() as c:
            rows = c.exec_driver_sql(text, (recorded, recorded, id_)).fetchall()
        for id_, recorded, body in rows:
            yield id_, recorded, body
        if len(rows) < _ROWS_AT_ONCE:
            return


def request_part(store: SqlStore, request: str, kind: str) -> tuple[int, bytes] | None:
    """A disclosure request, or its answer: when it was recorded, and its body."""
    text = "SELECT recorded, body FROM request WHERE request = ? AND kind = ?"
    with store.reading() as c:
        row = c.exec_driver_sql(text, (request, kind)).fetchone()
    return (row[0], row[1]) if row else None


def signals_newest_first(
    store: SqlStore, at: Instant, after: tuple[int, str] | None, text: str | None
) -> Iterator[ListedSignal]:
    """Signals that stand at an instant, by reported time, newest first, then by name.

    The instant is one between recorded moments.

    `text` narrows to those that say it, be it in a mention that may not be known.
    """
    place = after
    while True:
        rows = _signals_beyond(store, at, place, text)
        for row in rows:
            yield row
            place = (row.reported, row.name)
        if len(rows) < _ROWS_AT_ONCE:
            return


# Asked once for all rows: nothing leads from an event to its profiles.
_MENTIONING = (
    "signal.event IN (SELECT bearing.event FROM profile JOIN bearing"
    " ON bearing.profile = profile.number WHERE instr(profile.text, ?) > 0)"
)


def _signals_beyond(
    store: SqlStore, at: Instant, after: tuple[int, str] | None, text: str | None
) -> list[ListedSignal]:
    reported, name = after or (1 << 62, "")
    wanted = "" if text is None else f" AND (instr(signal.text, ?) > 0 OR {_MENTIONING})"
    bound = () if text is None else (text.lower(), text.lower())
    query = (
        "SELECT signal.name, signal.reported, signal.agency, signal.marking, signal.text"
        " FROM signal JOIN event ON event.number = signal.event"
        " WHERE event.type = 'signal.submitted' AND event.recorded < ?"
        " AND (event.until_recorded IS NULL OR event.until_recorded >= ?)"
        " AND (signal.reported < ? OR (signal.reported = ? AND signal.name > ?))"
        f"{wanted} ORDER BY signal.reported DESC, signal.name LIMIT {_ROWS_AT_ONCE}"
    )
    with store.reading() as c:
        rows = c.exec_driver_sql(query, (at[0], at[0], reported, reported, name, *bound)).fetchall()
    return [ListedSignal(*row) for row in rows]


def profiles_with(store: SqlStore, text: str | None) -> Iterator[str]:
    """The mentions whose profile holds a text, or all mentions; in no order that means anything."""
    where = "" if text is None else " WHERE instr(profile.text, ?) > 0"
    bound = () if text is None else (text.lower(),)
    query = (
        "SELECT DISTINCT profile.digest, bearing.event, bearing.part FROM profile"
        f" JOIN bearing ON bearing.profile = profile.number{where}"
    )
    with store.reading() as c:
        rows = c.exec_driver_sql(query, bound).fetchall()
        events = store.events_numbered({event for _, event, _ in rows})
        for digest, event, part in rows:
            for mention in store.facts_of(events[event])[part].mentions:
                if mention.profile.digest == digest:
                    yield mention.name


def event_number(store: SqlStore, name: str) -> int | None:
    """The number of the event of a signal or retraction; None where it has not come."""
    source, _, id_ = name.rpartition("/")
    event = store.event(source, id_)
    return None if event is None else event.number


def is_correction(store: SqlStore, name: str) -> bool:
    """Whether what took a signal out is a signal itself, not a mere retraction."""
    source, _, id_ = name.rpartition("/")
    event = store.event(source, id_)
    return event is not None and event.type == "signal.submitted"


def own_events(
    store: SqlStore, publisher: str, before: int | None, limit: int, as_of: int | None = None
) -> list[EventRow]:
    """A publisher's events, newest first, from below a number, recorded up to a moment."""
    text = (
        "SELECT number FROM event WHERE publisher = ? AND number < ? AND recorded <= ?"
        " ORDER BY number DESC LIMIT ?"
    )
    latest = 1 << 62
    bounds = (before if before is not None else latest, as_of if as_of is not None else latest)
    with store.reading() as c:
        numbers = [n for (n,) in c.exec_driver_sql(text, (publisher, *bounds, limit))]
        events = store.events_numbered(numbers)
    return [events[number] for number in numbers]
