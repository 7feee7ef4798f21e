"""Patterns published in the middle of a log: history keeps its own, and streams hear of it once.

What a prefix of the log says is judged by the patterns in force at its end; a publication moves
alerts at its own instant and changes nothing before it. On an open stream it is one notice and one
snapshot, however many alerts it moves, and whenever the stream looks. What a preview says it would
move is what it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from fusion.domain.pattern import Pattern
from fusion.fusing.arrival import Arrival
from fusion.fusing.batch import Batch
from fusion.fusing.chronicle import Entry
from fusion.fusing.ground import instant_of
from fusion.fusing.reference import chronicle
from fusion.fusing.rules import Published, Rules
from fusion.projections.store.sql_store import SqlStore
from fusion.projections.view.port import Frame
from fusion.projections.view.preview import Moved, Preview
from fusion.projections.view.watch import Watch
from tests.laws.catching import Check, Defect, assert_caught, named, seen_by
from tests.laws.cutting import in_moments
from tests.laws.drawing import SEEDS, SIZES, worlds
from tests.laws.streaming import Client, Desk
from tests.laws.test_streams import batches
from tests.simulation.engine import Engine
from tests.simulation.making import make_world
from tests.simulation.publishing import SOURCE
from tests.simulation.story import PLAIN_RULES, Story, did, person
from tests.simulation.tiny import MEETING, PATTERNS
from tests.simulation.worlds import EVERYTHING, World, make_readers

MET_AND_ENTERED = PATTERNS[0]
# A log that begins with one pattern, so that what is told in an example is of that one.
RULES = replace(PLAIN_RULES, patterns=(MET_AND_ENTERED,))


def published(story: Story, patterns: Sequence[Pattern]) -> Arrival:
    """Patterns come into force a microsecond after what was told last."""
    at = instant_of(story.arrivals[-1].at[0] + 1, SOURCE, f"p{len(story.arrivals):03}")
    story.arrivals.append(Arrival(at=at, published=tuple(patterns)))
    return story.arrivals[-1]


def met(story: Story, number: str) -> None:
    who = {"m": person("ada", number=number, role="subject")}
    story.signal(f"/a/x/s{number}", who, did(MEETING, "m"))


def weighing(threshold: int) -> Pattern:
    return replace(MET_AND_ENTERED, version=MET_AND_ENTERED.version + 1, threshold=threshold)


def told_of(engine: Engine) -> list[tuple[str, int]]:
    return [(entry.kind, entry.at) for entry in engine.told(EVERYTHING)]


# --- named examples


def test_a_publication_raises_at_its_own_time_what_was_too_little_before() -> None:
    story = Story(RULES)
    met(story, "1")
    at = published(story, [weighing(4_000)]).at[0]
    engine = Engine(RULES)
    for arrival in story.arrivals[:-1]:
        engine.work([arrival])
    assert told_of(engine) == []
    engine.work([story.arrivals[-1]])
    assert told_of(engine) == [("raised", at)]


def test_one_that_withdraws_a_pattern_withdraws_its_alerts_and_leaves_their_history() -> None:
    story = Story(RULES)
    met(story, "1")
    first = published(story, [weighing(4_000)]).at[0]
    last = published(story, PATTERNS[3:]).at[0]
    engine = Engine.of(story.world(), Random(0))
    assert told_of(engine) == [("raised", first), ("withdrawn", last)]
    assert [e.pattern for e in engine.told(EVERYTHING)] == [MET_AND_ENTERED.slug] * 2


def test_what_is_held_under_the_new_patterns_stays() -> None:
    story = Story(RULES)
    met(story, "1")
    first = published(story, [weighing(4_000)]).at[0]
    published(story, [replace(weighing(5_500), version=9)])
    engine = Engine.of(story.world(), Random(0))
    assert told_of(engine) == [("raised", first)]


def test_a_restarted_worker_and_a_rebuilt_store_know_what_was_published() -> None:
    story = Story(RULES)
    met(story, "1")
    published(story, [weighing(4_000)])
    met(story, "2")
    engine = Engine(RULES)
    for arrival in story.arrivals:
        engine.work([arrival])
        engine.restart()
    expected = chronicle(story.world().happenings(), RULES, EVERYTHING.admits)
    assert len(expected) == 2
    assert (
        engine.told(EVERYTHING) == expected == Engine.of(story.world(), Random(0)).told(EVERYTHING)
    )


def test_a_stream_hears_one_notice_and_one_snapshot_of_many_alerts() -> None:
    story = Story(RULES)
    for number in "12345":
        met(story, number)
    desk = Desk(Engine(RULES), EVERYTHING)
    watch, client = desk.watch(None), Client()
    desk.engine.work(story.arrivals)
    client.take_all(watch.frames())
    published(story, [weighing(4_000)])
    desk.engine.work(story.arrivals[-1:])
    frames = watch.frames()
    assert [frame.event for frame in frames] == ["published", "snapshot"]
    changed = {"pattern": MET_AND_ENTERED.slug, "version": 2}
    assert frames[0].data["patterns"] == [changed]
    assert frames[0].data["withdrawn"] == []
    client.take_all(frames)
    assert len(client.alerts) == 5
    assert watch.frames() == []


def check_late_look() -> None:
    """What came after a publication is told after its snapshot, also to who looks later."""
    story = Story(RULES)
    met(story, "1")
    desk = Desk(Engine(RULES), EVERYTHING)
    watch = desk.watch(None)
    watch.frames()
    published(story, [weighing(4_000)])
    met(story, "2")
    desk.engine.work(story.arrivals)
    frames = watch.frames()
    assert [frame.event for frame in frames] == ["published", "snapshot", "raised"]
    # Who was cut off after any of these is told the rest, or has a snapshot of all.
    for place, frame in enumerate(frames):
        client = Client()
        client.take_all([*frames[: place + 1], *desk.watch(frame.id).frames()])
        assert client.alerts == desk.fresh()


def test_what_came_after_a_publication_is_told_after_its_snapshot() -> None:
    check_late_look()


def test_a_snapshot_of_when_one_looks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    _snapshot_of_when_it_looks(monkeypatch)
    with pytest.raises(AssertionError):
        check_late_look()


# --- on random worlds


def check_looking(seed: int, size: int) -> None:
    """What a stream tells depends on nothing but the log: not on when it looks."""
    random = Random(seed)
    world, reader = make_world(seed, size), random.choice(make_readers(seed))
    patient, restless = (Desk(Engine(world.rules), reader) for _ in range(2))
    watches = [patient.watch(None), restless.watch(None)]
    arrivals = world.arrivals
    frames: list[list[Frame]] = [list(watch.frames()) for watch in watches]
    for batch in batches(arrivals, random):
        for desk in (patient, restless):
            desk.engine.work(batch)
        frames[1] += watches[1].frames()
    frames[0] += watches[0].frames()
    if not any(_is_told_anew(batch) for batch in _moments(arrivals)):
        assert frames[0] == frames[1]
    notices = [frame for frame in frames[0] if frame.event == "published"]
    assert len(notices) == sum(each.published is not None for each in arrivals)


def _moments(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    found: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        found.setdefault(arrival.at[0], []).append(arrival)
    return list(found.values())


def _is_told_anew(moment: Sequence[Arrival]) -> bool:
    """Whether what came later of one moment belongs before what came first."""
    instants = [arrival.at for arrival in moment]
    return instants != sorted(instants)


def check_preview(seed: int, size: int) -> None:
    """What a preview says is what happens: the same alerts come to the same versions."""
    world = make_world(seed, size)
    last = max(arrival.at[0] for arrival in world.arrivals)
    patterns = _drawn(Random(seed))
    at = instant_of(last + 1, SOURCE, "p999")
    change = Arrival(at=at, published=patterns)
    for reader in make_readers(seed):
        engine, happened = Engine.of(world, Random(seed)), Engine.of(world, Random(seed + 1))
        preview = Preview(engine.store, engine.rules, {"reader": reader})
        engine.work([change])
        moved = preview.moved(at)["reader"]
        happened.work([change])
        told = [entry for entry in happened.told(reader) if entry.at == at[0]]
        assert [_as_moved(each) for each in moved if each.kind != "weighed"] == [
            (entry.kind, entry.alert) for entry in told
        ]
        whole = world.of([*world.arrivals, change])
        expected = chronicle(whole.happenings(), world.rules, reader.admits)
        assert told == [entry for entry in expected if entry.at == at[0]]
        assert all(_is_as_weighed(each, told) for each in moved)


def _drawn(random: Random) -> tuple[Pattern, ...]:
    """Some of the patterns, with other thresholds."""
    shares = [(pattern, random.choice((0.0, 0.4, 0.7, 1.0, 1.5))) for pattern in PATTERNS]
    return tuple(
        replace(pattern, version=50, threshold=round(pattern.threshold * share))
        for pattern, share in shares
        if share
    )


def _as_moved(moved: Moved) -> tuple[str, str]:
    return (moved.kind, moved.alert)


def _is_as_weighed(moved: Moved, told: Sequence[Entry]) -> bool:
    """The weight afterwards is the version's; where there is no version, it is another one."""
    for entry in told:
        if entry.alert == moved.alert and entry.hypothesis and entry.kind == moved.kind:
            return entry.hypothesis.millibits == moved.after
    return moved.kind != "weighed" or moved.before != moved.after


@worlds(12)
@given(seed=SEEDS, size=SIZES)
def test_a_stream_tells_the_same_whenever_it_looks(seed: int, size: int) -> None:
    check_looking(seed, size)


@worlds(8)
@given(seed=SEEDS, size=SIZES)
def test_a_preview_says_what_happens(seed: int, size: int) -> None:
    check_preview(seed, size)


def check_engine(seed: int, size: int) -> None:
    """The chronicle of the definition, in worlds that publish."""
    world = make_world(seed, size)
    engine = Engine.of(world.of(in_moments(world.arrivals, Random(seed))), Random(seed))
    for reader in make_readers(seed):
        expected = chronicle(world.happenings(), world.rules, reader.admits)
        assert engine.told(reader) == expected


# --- planted defects


def _past_by_todays_patterns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rules, "at", lambda self, _: self.eras[-1])


def _nobody_looks_at_a_publication(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "passed_grounds", lambda _: set())
    publish = Batch.publish

    def unseen(self: Batch, what: Published) -> None:
        publish(self, what)
        self.changes.touches.clear()

    patch.setattr(Batch, "publish", unseen)


def _new_patterns_read_what_comes_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "events_after", lambda *_: [])


def _told_one_by_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Watch, "_publications", lambda _: ())


def _snapshot_of_when_it_looks(patch: pytest.MonkeyPatch) -> None:
    standing = Watch._standing

    def now(self: Watch, book: object) -> list[Frame]:
        self._told = len(book.roster.tellings)  # type: ignore[attr-defined]
        return standing(self, book)  # type: ignore[arg-type]

    patch.setattr(Watch, "_standing", now)


DEFECTS = (
    *seen_by(
        check_engine,
        Defect("the past is judged by today's patterns", _past_by_todays_patterns),
        Defect("nobody looks again when patterns change", _nobody_looks_at_a_publication),
        Defect("new patterns read only what comes", _new_patterns_read_what_comes_only),
    ),
    *seen_by(
        check_looking,
        Defect("a publication is told alert by alert", _told_one_by_one),
    ),
)


@pytest.mark.parametrize("planted", DEFECTS, ids=named)
def test_the_law_sees_that(planted: tuple[Check, Defect]) -> None:
    assert_caught(*planted)


def test_worlds_that_publish_are_drawn() -> None:
    assert any(_moves(make_world(seed, 14)) for seed in range(40))


def _moves(world: World) -> bool:
    """Whether a publication of this world moves an alert."""
    instants = {a.at[0] for a in world.arrivals if a.published is not None}
    told = chronicle(world.happenings(), world.rules, EVERYTHING.admits)
    return any(entry.at in instants for entry in told)
