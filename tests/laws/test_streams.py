"""Law 4 on open streams, and what a stream promises: snapshot, tail and resume.

The frames over a log equal those over the log cut down to what the reader may know, at every look.
What a client was told, by whatever parts of whatever streams, equals a fresh snapshot: nothing is
lost and nothing doubled. Who loses a right is told so before anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from fusion.access.reader import Reader
from fusion.domain.marking import Knowledge
from fusion.fusing.following import Following
from fusion.projections.view import watch as watch_module
from fusion.projections.view.book import Book
from fusion.projections.view.port import AlertFilters, Frame
from fusion.projections.view.scene import Scene
from fusion.projections.view.views import Views
from fusion.projections.view.watch import Watch
from tests.laws.catching import Check, Defect, Plant, assert_caught, named, seen_by
from tests.laws.cutting import cuts, in_moments
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.laws.streaming import NO_FILTERS, Client, Desk, Json, Premises, drawn_grants
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.story import HIDDEN, OPEN, PLAIN_RULES, Story, did, person
from tests.simulation.tiny import ENTRY, MEETING, PATTERNS
from tests.simulation.worlds import EVERYTHING, World, make_readers

FILTERS = (
    NO_FILTERS,
    NO_FILTERS,
    AlertFilters(status=frozenset({"raised"})),
    AlertFilters(pattern=frozenset({PATTERNS[0].slug, PATTERNS[3].slug})),
    AlertFilters(agency=frozenset({"a"})),
    AlertFilters(agency=frozenset({"b", "z"}), severity=frozenset({"high"})),
)


# Of agency b, cleared for everything that is not in the compartment.
OUTSIDER = Knowledge(1, frozenset(), frozenset({"domestic", "domestic/b"}))


def check_frames(seed: int, size: int) -> None:
    """At every look the frames are those of a log that holds only what the reader may know."""
    random = Random(seed)
    world, reader = make_world(seed, size), random.choice(make_readers(seed)[1:])
    world = world.of(in_moments(world.arrivals, random))
    whole, cut = Desk(Engine(world.rules), reader), Desk(Engine(world.rules), reader)
    filters = random.choice(FILTERS)
    watches = [desk.watch(None, filters) for desk in (whole, cut)]
    last = None
    for batch in batches(cuts(world, reader), random):
        whole.engine.work([arrival for arrival, _ in batch])
        if left := [known for _, known in batch if known is not None]:
            cut.engine.work(left)
        if random.random() < 0.5:
            frames = [watch.frames() for watch in watches]
            assert frames[0] == frames[1]
            last = frames[0][-1].id if frames[0] else last
        if random.random() < 0.1:
            watches = [desk.watch(last, filters) for desk in (whole, cut)]


def check_replay(seed: int, size: int) -> None:
    """Snapshot and frames, cut off and resumed anywhere, come to what a fresh snapshot says."""
    random = Random(seed)
    world, reader = make_world(seed, size), random.choice(make_readers(seed))
    desk, filters = Desk(Engine(world.rules), reader), random.choice(FILTERS)
    watch, client = desk.watch(None, filters), Client()
    is_restless = random.random() < 0.5
    for batch in batches(in_moments(world.arrivals, random), random):
        desk.engine.work(batch)
        if is_restless or random.random() < 0.4:
            frames = watch.frames()
            if random.random() < 0.2:
                # The client has no more than some of them when it is cut off.
                client.take_all(frames[: random.randrange(len(frames) + 1)])
                watch = Desk(desk.engine, reader).watch(client.last_id, filters)
                frames = watch.frames()
            client.take_all(frames)
            assert client.alerts == desk.fresh(filters)


def check_rights(seed: int, size: int) -> None:
    """Rights come and go while a stream is open: what is lost is withdrawn before anything else."""
    random = Random(seed)
    world = make_world(seed, size)
    place = Premises(world.rules, random)
    place.grant(random)
    watch, client, rights = place.watch(None), Client(), None
    for arrival in world.arrivals:
        place.come(arrival)
        if random.random() < 0.3:
            place.grant(random)
        if random.random() < 0.6:
            frames, fresh = list(watch.frames()), place.fresh()
            if rights not in (None, place.rights()):
                assert_withdrawn_first(client, frames, fresh)
            rights = place.rights()
            client.take_all(frames)
            assert client.alerts == fresh
        if random.random() < 0.1:
            # A new stream has nothing to withdraw: its snapshot replaces what there was.
            watch, rights = place.watch(client.last_id), None


def check_late_grant(seed: int, size: int) -> None:
    """A late grant gives the chronicle that the reader would have had."""
    world, grants = make_world(seed, size), drawn_grants(Random(seed))
    early, late = (Premises(world.rules, Random(seed)) for _ in range(2))
    early.decree(grants)
    late.grant(Random(seed + 1))
    watches, random = [place.watch(None) for place in (early, late)], Random(seed)
    for arrival in world.arrivals:
        is_looking = random.random() < 0.4
        for place, watch in zip((early, late), watches, strict=True):
            place.come(arrival)
            if is_looking:
                watch.frames()
    late.decree(grants)
    watches[1].frames()
    assert late.histories() == early.histories()


def assert_withdrawn_first(client: Client, frames: list[Frame], fresh: dict[str, Json]) -> None:
    """The first frames withdraw what may not be known any more, one by one, and nothing else."""
    lost = sorted(client.alerts.keys() - fresh.keys())
    first = frames[: len(lost)]
    assert [frame.event for frame in first] == ["withdrawn"] * len(lost)
    assert sorted(frame.data["alert"] for frame in first) == lost


def batches(events: Sequence[Any], random: Random) -> Iterator[list[Any]]:
    start = 0
    while start < len(events):
        size = random.choice((1, 1, 2, 5))
        yield list(events[start : start + size])
        start += size


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_frames_depend_on_nothing_but_what_the_reader_may_know(seed: int, size: int) -> None:
    check_frames(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_a_stream_cut_off_and_resumed_anywhere_loses_and_doubles_nothing(
    seed: int, size: int
) -> None:
    check_replay(seed, size)


@worlds(25)
@given(seed=SEEDS, size=SIZES)
def test_who_loses_a_right_is_told_so_before_anything_else(seed: int, size: int) -> None:
    check_rights(seed, size)


@worlds(15)
@given(seed=SEEDS, size=SIZES)
def test_a_late_grant_gives_the_chronicle_that_the_reader_would_have_had(
    seed: int, size: int
) -> None:
    check_late_grant(seed, size)


def _lost_on_resume(patch: pytest.MonkeyPatch) -> None:
    resume = Watch._place_to_resume

    def one_too_far(self: Watch, book: Book) -> tuple[int, ...] | None:
        place = resume(self, book)
        return place and (min(place[0] + 1, len(book.roster.tellings)), *place[1:])

    patch.setattr(Watch, "_place_to_resume", one_too_far)


def _doubled_on_resume(patch: pytest.MonkeyPatch) -> None:
    resume = Watch._place_to_resume

    def one_too_early(self: Watch, book: Book) -> tuple[int, ...] | None:
        place = resume(self, book)
        return place and (max(place[0] - 1, 0), *place[1:])

    patch.setattr(Watch, "_place_to_resume", one_too_early)


def check_resumed_everywhere() -> None:
    """From every frame of a story: no snapshot again, and what is told comes to a fresh one's."""
    desk, client = Desk(Engine(PLAIN_RULES), EVERYTHING), Client()
    watch, kept = desk.watch(None), []
    for arrival in _told_of_three().arrivals:
        desk.engine.work([arrival])
        for frame in watch.frames():
            client.take(frame)
            kept.append(replace(client, alerts=dict(client.alerts)))
    fresh = desk.fresh()
    assert len(kept) > len(fresh) > 1
    for late in kept:
        frames = desk.watch(late.last_id).frames()
        assert all(frame.event != "snapshot" for frame in frames)
        late.take_all(frames)
        assert late.alerts == fresh


def _told_of_three() -> World:
    story = Story()
    for number in ("1", "2", "3"):
        who = person("ada", number=number, role="subject")
        story.signal(f"/a/x/s{number}", {"m": who}, did(MEETING, "m"))
        story.signal(f"/b/x/s{number}", {"m": who}, did(ENTRY, "m"))
    return story.world()


def test_a_stream_resumes_from_every_frame_without_a_snapshot() -> None:
    check_resumed_everywhere()


@pytest.mark.parametrize("plant", [_lost_on_resume, _doubled_on_resume])
def test_one_that_resumes_beside_it_is_seen(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        check_resumed_everywhere()


def _snapshot_first(patch: pytest.MonkeyPatch) -> None:
    change = Watch._change_rights

    def reversed_(self: Watch, book: Book) -> list[Frame]:
        frames = change(self, book)
        return sorted(frames, key=lambda frame: frame.event == "withdrawn")

    patch.setattr(Watch, "_change_rights", reversed_)


def _same_place_whoever_asks(patch: pytest.MonkeyPatch) -> None:
    """An id that says only how much was told, not of which chronicle."""
    patch.setattr(watch_module, "_digest", lambda _: "")


def check_lost() -> None:
    """Who loses a right is told what that takes, then has a snapshot; no old id opens anything."""
    desk, client, early = Desk(Engine(PLAIN_RULES), EVERYTHING), Client(), Client()
    watch = desk.watch(None)
    for arrival in _told_of_two().arrivals:
        desk.engine.work([arrival])
        client.take_all(watch.frames())
        if client.alerts and not early.alerts:
            early = replace(client, alerts=dict(client.alerts))
    desk.knowledge = OUTSIDER
    frames, fresh = watch.frames(), desk.fresh()
    assert early.alerts.keys().isdisjoint(fresh)
    assert_withdrawn_first(client, frames, fresh)
    for late, told in ((client, frames), (early, desk.watch(early.last_id).frames())):
        late.take_all(told)
        assert late.alerts == fresh


def _told_of_two() -> World:
    """One of whom the outsider may not know, then one of whom it may."""
    story = Story()
    for number, marking in (("1", HIDDEN), ("2", OPEN)):
        who = {"m": person("ada", number=number, role="subject")}
        both = did(MEETING, "m"), did(ENTRY, "m")
        story.signal(f"/a/x/s{number}", who, *both, marking=marking)
    return story.world()


def test_who_loses_a_right_is_told_what_that_takes() -> None:
    check_lost()


@pytest.mark.parametrize("plant", [_snapshot_first, _same_place_whoever_asks])
def test_one_that_tells_it_otherwise_is_seen(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        check_lost()


def check_late_in_its_moment() -> None:
    """What comes second of one moment may belong before the first: then it is told anew."""
    story, desk, client = Story(), Desk(Engine(PLAIN_RULES), EVERYTHING), Client()
    ada = {"m": person("ada", number="1", role="subject")}
    story.signal("/z/x/s1", ada, did(MEETING, "m"))
    story.signal("/a/x/s2", ada, did(ENTRY, "m"), at_once=True)
    watch = desk.watch(None)
    for arrival in story.arrivals:
        desk.engine.work([arrival])
        client.take_all(watch.frames())
        assert client.alerts == desk.fresh()
    assert client.alerts


def test_what_comes_late_in_its_moment_is_told_where_it_belongs() -> None:
    check_late_in_its_moment()


def test_one_that_tells_it_where_it_came_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Following, "_tell_anew", lambda *_: None)
    with pytest.raises(AssertionError):
        check_late_in_its_moment()


def _tells_of_hidden_touches(patch: pytest.MonkeyPatch) -> None:
    """A snapshot again whenever anything came, known or not."""
    follow = Book.follow

    def restless(self: Book, scene: Scene, **more: Any) -> None:
        seen = self.following._seen
        follow(self, scene, **more)
        self.roster.revision += self.following._seen != seen

    patch.setattr(Book, "follow", restless)


def _rights_are_remembered(patch: pytest.MonkeyPatch) -> None:
    remembered: dict[int, Any] = {}
    now = Views._reader_now

    def stale(self: Views, reader: Reader) -> Any:
        return remembered.setdefault(id(reader), now(self, reader))

    patch.setattr(Views, "_reader_now", stale)


def _told_from_now_on(patch: pytest.MonkeyPatch) -> None:
    """Whoever comes late hears what happens from then on, and not what was."""
    follow = Following.follow

    def forward(self: Following, grounds: Any) -> None:
        if not self._seen:
            _, last = grounds.touches(0)
            self._seen = max(0, last - 4)
        follow(self, grounds)

    patch.setattr(Following, "follow", forward)


DEFECTS = (
    *seen_by(
        check_frames,
        Defect("a snapshot comes again whenever anything came", _tells_of_hidden_touches),
    ),
    *seen_by(
        check_rights,
        Defect("an open stream remembers the rights it began with", _rights_are_remembered),
    ),
    *seen_by(
        check_late_grant,
        Defect("a book begins when its class is first asked for", _told_from_now_on),
    ),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)
