"""Who is shown a disclosure request, and how it stands, on random worlds.

The reader is of agency a and may hold the post that leads the overall mechanism.
"""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.coordination.registry_file import load_registry
from fusion.coordination.request import due_of
from fusion.domain.errors import NotFound
from fusion.domain.marking import Knowledge, NormalForm
from fusion.domain.post import Registry
from fusion.events.catalog import (
    DisclosureAnswered,
    DisclosureRequested,
    load_marking,
    store_marking,
)
from fusion.fusing.arrival import Arrival
from fusion.fusing.ground import instant_of
from fusion.fusing.store import RequestRow
from fusion.projections.view import requests
from tests.laws.cutting import as_known
from tests.projections.reading_all import view_of
from tests.simulation.engine import Engine
from tests.simulation.logged import registry_document
from tests.simulation.making import HOUR, make_world
from tests.simulation.worlds import World, make_reader

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 10)
AGENCIES = ("a", "a", "b", "c")
# A request of before this is with the deputy, one of before twice as long is with the lead again.
PERIOD = due_of(0)


def registry(holder: str) -> Registry:
    """Everything is led by /a/lead; b has a desk, whose post is deputised by the same."""
    document = registry_document()
    posts = {post["id"]: post for post in document["posts"]}
    posts["/a/lead"]["holder"] = holder
    document["posts"].append(
        {"id": "/b/duty", "title": "Duty", "holder": "bea", "deputy": "/a/second"}
    )
    (b,) = [agency for agency in document["agencies"] if agency["slug"] == "b"]
    b["desks"] = [{"id": "/b/desk", "name": "Desk", "post": "/b/duty"}]
    return load_registry(document)


def asking_world(seed: int, size: int) -> World:
    """A world in which agencies ask for more of its signals, and some of that is answered."""
    world, random = make_world(seed, size), Random(seed)
    arrivals: list[Arrival] = []
    signals = world.signals()
    for number, arrival in enumerate(world.arrivals):
        arrivals.append(arrival)
        if signals and random.random() < 0.5:
            signal = random.choice(signals)
            marking = random.choice((signal.marking, NormalForm(level=0)))
            behind = tuple(sorted({random.choice(signals).name for _ in range(2)}))
            asked = _request(f"d{number}", signal.name, marking, random, behind)
            arrivals.append(_arrival(arrival.at[0], asked.id, asked))
            if random.random() < 0.4:
                arrivals.append(_arrival(arrival.at[0], asked.id, _answer(asked, random)))
    return world.of(arrivals)


def _request(
    id_: str, name: str, marking: NormalForm, random: Random, behind: tuple[str, ...]
) -> DisclosureRequested:
    is_of_pointer = random.random() < 0.5
    return DisclosureRequested(
        id=id_,
        author="ann",
        agency=random.choice(AGENCIES),
        kind="handle" if is_of_pointer else "signal",
        name=f"H{id_}" if is_of_pointer else name,
        names=(f"H{id_}" if is_of_pointer else name,),
        behind=behind if is_of_pointer else (),
        reason="why not",
        desk=random.choice(("/b/desk", "/a/lead")),
        mechanism=None,
        marking=store_marking(marking),
    )


def _answer(asked: DisclosureRequested, random: Random) -> DisclosureAnswered:
    is_granted = random.random() < 0.5
    return DisclosureAnswered(
        request=asked.id,
        author="bea",
        agency="b",
        post="/b/duty",
        answer="granted" if is_granted else "refused",
        reason="so",
        released=random.choice((*asked.behind, "c-1")) if is_granted else None,
        marking=asked.marking,
    )


def _arrival(moment: int, id_: str, event: DisclosureRequested | DisclosureAnswered) -> Arrival:
    is_request = isinstance(event, DisclosureRequested)
    kind = "disclosure.requested" if is_request else "disclosure.answered"
    at = instant_of(moment, f"/fusion/{kind}", id_)
    return Arrival(at=at, request=RequestRow(kind, id_, at, msgspec.json.encode(event)))


def cut(world: World, reader: Knowledge) -> World:
    """The world as the reader knows it, without requests that it may not know."""
    kept = [a for a in world.arrivals if not a.request or _is_known(a.request, reader)]
    return as_known(world.of(kept), reader)


def _is_known(row: RequestRow, reader: Knowledge) -> bool:
    shapes = {
        "disclosure.requested": DisclosureRequested,
        "disclosure.answered": DisclosureAnswered,
    }
    return reader.admits(load_marking(msgspec.json.decode(row.body, type=shapes[row.kind]).marking))


def shown(
    world: World, reader: Knowledge, random: Random, *, now: int, holder: str
) -> list[dict[str, Any]]:
    """Every request that the reader is shown, two a page; none names what it may not know."""
    engine = Engine.of(world, random)
    held_by = registry(holder)
    view = view_of(engine.store, engine.rules, reader, now=now, registry=held_by)
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = view.requests(cursor=cursor, limit=2).body
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    for item in items:
        for name in item.get("concerns", []):
            assert view.signal(name).body["rung"]
        released = (item["answer"] or {}).get("released", "c-1")
        assert released == "c-1" or view.signal(released).body["rung"]
    return items


def end_of(world: World, random: Random) -> int:
    return world.arrivals[-1].at[0] + random.choice((0, HOUR, PERIOD, 3 * PERIOD))


def check_noninterference(seed: int, size: int) -> None:
    world, random = asking_world(seed, size), Random(seed)
    reader, now = make_reader(random), end_of(world, random)
    holder = random.choice(("reader", "ann"))
    whole = shown(world, reader, Random(seed), now=now, holder=holder)
    assert whole == shown(cut(world, reader), reader, Random(seed + 1), now=now, holder=holder)


def check_shown(seed: int, size: int) -> None:
    """A request is shown to who may know it, is of its agency or was reached by it; no other is."""
    world, random = asking_world(seed, size), Random(seed)
    reader, now = make_reader(random), end_of(world, random)
    holder = random.choice(("reader", "ann"))
    answers = {a.request.request: a for a in world.arrivals if _is_kind(a, "disclosure.answered")}
    expected, came_to_reader = [], set()
    for arrival in world.arrivals:
        if _is_kind(arrival, "disclosure.requested") and _is_known(arrival.request, reader):  # type: ignore[arg-type]
            event = msgspec.json.decode(arrival.request.body, type=DisclosureRequested)  # type: ignore[union-attr]
            answer = answers.get(event.id)
            asked_at = arrival.at[0]
            silence = (answer.at[0] if answer else now) - asked_at
            # Duty, second, lead: the desk's two posts, then the mechanism's lead.
            line = ["bea", "ben", holder] if event.desk == "/b/desk" else [holder, "ben"]
            turn = min(silence // PERIOD, len(line) - 1)
            if event.agency == "a" or "reader" in line[: turn + 1]:
                status = "escalated" if turn else "open"
                if answer:
                    body = answer.request.body  # type: ignore[union-attr]
                    status = msgspec.json.decode(body, type=DisclosureAnswered).answer
                expected.append((-asked_at, event.id, status))
                if "reader" in line[: turn + 1]:
                    came_to_reader.add(event.id)
    found = shown(world, reader, Random(seed), now=now, holder=holder)
    assert [(each["id"], each["status"]) for each in found] == [
        (id_, status) for _, id_, status in sorted(expected)
    ]
    assert {each["id"] for each in found if "concerns" in each} <= came_to_reader


def _is_kind(arrival: Arrival, kind: str) -> bool:
    return arrival.request is not None and arrival.request.kind == kind


@settings(max_examples=60)
@given(seed=SEEDS, size=SIZES)
def test_a_hidden_request_shows_nowhere(seed: int, size: int) -> None:
    check_noninterference(seed, size)


@settings(max_examples=60)
@given(seed=SEEDS, size=SIZES)
def test_a_request_is_shown_to_its_agency_and_to_whom_it_came(seed: int, size: int) -> None:
    check_shown(seed, size)


def _shown_to_all(*_: object) -> bool:
    return True


def _turn_of_all(of: requests.SeenRequest) -> tuple[str, ...]:
    return tuple(turn.post for turn in of.turns)


@pytest.mark.parametrize(
    ("check", "name", "broken"),
    [
        (check_noninterference, "load_marking", lambda _: NormalForm(level=0)),
        (check_shown, "_may_be_named", _shown_to_all),
        (check_shown, "posts", property(_turn_of_all)),
        (check_shown, "_concerned", lambda _, seen: list(seen.event.behind)),
    ],
    ids=[
        "markings-do-not-count",
        "a-release-is-named-to-all",
        "all-see-it-before-it-came",
        "the-asker-is-told-what-is-behind",
    ],
)
def test_the_laws_see_that(check: Any, name: str, broken: Any) -> None:
    place = requests if hasattr(requests, name) else requests.SeenRequest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, broken)
        red = next((seed for seed in range(100) if _is_red(check, seed)), None)
    assert red is not None
    assert not _is_red(check, red)


def _is_red(check: Any, seed: int) -> bool:
    try:
        check(seed, 1 + seed % 10)
    except (AssertionError, NotFound):
        return True
    return False
