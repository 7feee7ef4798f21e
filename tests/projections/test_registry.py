"""The directory is the log's, folded: no more, no less, and never older than its last look."""

import base64
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.access.directory import Directory
from fusion.access.reader import Grants
from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.clock import ScriptedClock
from fusion.domain.compiling import DEFAULT_LEVELS
from fusion.domain.errors import Unreadable
from fusion.domain.post import Registry
from fusion.events.catalog import (
    ClockTicked,
    Event,
    FeedbackGiven,
    GrantsRevoked,
    GrantsSet,
    KeyCreated,
    ModelPublished,
    NamespaceOpened,
    PublisherRegistered,
    RegistryLoaded,
    StoredMarking,
)
from fusion.events.codec import encode
from fusion.events.envelope import Envelope, Recorded
from fusion.events.log import EventLog
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.projections.registry.directory import FoldedDirectory, Policy, folded

SMALL = read_document((Path(__file__).parents[1] / "registry.yaml").read_text())
LEVELS = ("LOW", "HIGH")
OPENED = NamespaceOpened(name="exercise:7", kind="exercise", seed="7", levels=LEVELS)
LOADED = RegistryLoaded(document=SMALL)
KEYED = KeyCreated(purpose="handles", key=base64.b64encode(b"k" * 32).decode())


def granted(name: str, level: str = "HIGH", **changes: Any) -> GrantsSet:
    nothing: dict[str, Any] = dict.fromkeys(
        ("compartments", "groups", "roles", "purposes", "cases"), ()
    )
    agency = {"agency": "river", "nation": "ov"}
    return GrantsSet(name=name, level=level, **(nothing | agency | changes))


def registered(name: str, ceiling: str = "B2") -> PublisherRegistered:
    return PublisherRegistered(
        name=name, source="/river/gauges", ceiling=ceiling, level="HIGH", compartments=("K",)
    )


def without(place: int) -> RegistryLoaded:
    """The small registry without one of its agencies, and without what names it."""
    document = deepcopy(SMALL)
    slug = document["agencies"].pop(place)["slug"]
    for mechanism in document["mechanisms"]:
        for members in ("core", "auxiliary"):
            kept = [each for each in mechanism.get(members, []) if each != slug]
            mechanism[members] = kept
    return RegistryLoaded(document=document)


class Story:
    """A log, and the directory that follows it."""

    def __init__(self, *events: Event) -> None:
        self.log = MemoryLog(ScriptedClock(0))
        self.directory = FoldedDirectory()
        self._count = 0
        self.happen(*events)

    def happen(self, *events: Event) -> None:
        """Append the events, and look."""
        self.append(*events)
        self.directory.follow(self.log)

    def append(self, *events: Event) -> None:
        for event in events:
            self._count += 1
            self.log.append([encode(event, source="/test", id=str(self._count))])


def rebuilt(log: EventLog) -> FoldedDirectory:
    directory = FoldedDirectory()
    directory.follow(log)
    return directory


def test_an_empty_log_gives_an_empty_directory_with_the_usual_levels() -> None:
    directory: Directory = Story().directory
    assert directory.registry() == Registry()
    assert directory.readers() == []
    assert directory.levels() == DEFAULT_LEVELS
    assert (directory.publisher("p"), directory.grants("g"), directory.epoch()) == (None, None, 0)


def test_the_registry_that_was_loaded_last_stands() -> None:
    story = Story(LOADED)
    renamed = deepcopy(SMALL)
    renamed["agencies"][0]["name"] = "Rivers"
    story.happen(RegistryLoaded(document=renamed))
    assert story.directory.registry() == load_registry(renamed)


def test_a_publisher_is_registered_until_it_is_registered_otherwise() -> None:
    story = Story(registered("p"), registered("q"), registered("p", ceiling="C3"))
    rights = story.directory.publisher("p")
    assert rights is not None
    assert (rights.ceiling, rights.source, rights.level) == ("C3", "/river/gauges", "HIGH")
    assert rights.compartments == {"K"}


def test_grants_replace_what_was_granted_before() -> None:
    story = Story(
        granted("anna", groups=("watch",), cases=("7",)), granted("anna", roles=("lead",))
    )
    assert story.directory.grants("anna") == Grants(
        name="anna", agency="river", level="HIGH", nation="ov", roles=frozenset({"lead"})
    )


def test_a_revoked_reader_has_no_grants_and_can_be_granted_again() -> None:
    story = Story(granted("anna"), granted("bert"), GrantsRevoked("anna"))
    assert story.directory.grants("anna") is None
    assert [grants.name for grants in story.directory.readers()] == ["bert"]
    story.happen(granted("anna", level="LOW"))
    assert [grants.name for grants in story.directory.readers()] == ["anna", "bert"]


def test_the_directory_is_as_old_as_its_last_look() -> None:
    story = Story()
    story.append(granted("anna"))
    assert story.directory.grants("anna") is None
    story.directory.follow(story.log)
    assert story.directory.grants("anna") is not None


def test_the_levels_are_those_of_the_first_opening_for_ever() -> None:
    story = Story(OPENED, NamespaceOpened(name="live:1", kind="live", seed=None, levels=("OTHER",)))
    assert story.directory.levels() == LEVELS
    assert [refusal.id for refusal in story.directory.refusals] == ["2"]


def test_the_key_of_handles_is_the_first_one_for_ever() -> None:
    other = KeyCreated(purpose="handles", key="AAAA")
    story = Story(KeyCreated(purpose="cursors", key="AAEC"), KEYED, other)
    assert story.directory.community().handle_key == b"k" * 32
    assert [refusal.id for refusal in story.directory.refusals] == ["3"]


@pytest.mark.parametrize(
    "event",
    [
        RegistryLoaded(document={}),
        RegistryLoaded(document=SMALL | {"mechanisms": []}),
        without(4),
        KeyCreated(purpose="handles", key="no base64!"),
        NamespaceOpened(name="live:1", kind="live", seed=None, levels=()),
    ],
)
def test_what_a_policy_cannot_take_changes_nothing_and_is_told(event: Event) -> None:
    story = Story(LOADED)
    before = story.directory.policy
    story.happen(event, granted("anna"))
    assert story.directory.policy == folded(before, granted("anna"))
    assert [(each.source, each.id) for each in story.directory.refusals] == [("/test", "2")]


def test_an_event_that_this_program_does_not_know_stops_it() -> None:
    story = Story()
    story.log.append([Envelope("grants.set", 99, "/test", "new", b"{}")])
    for _ in range(2):
        with pytest.raises(Unreadable):
            story.directory.follow(story.log)


def test_events_of_other_rooms_are_never_decoded() -> None:
    story = Story()
    story.log.append([Envelope("signal.submitted", 99, "/river/gauges", "s1", b"no JSON")])
    story.directory.follow(story.log)
    assert story.directory.policy == Policy()


def test_the_community_says_what_registry_levels_key_and_steward_say() -> None:
    community = Story(OPENED, KEYED, LOADED, granted("sten")).directory.community()
    assert community.levels == LEVELS
    assert community.domestic == {"river", "bank", "harbour"}
    assert community.partners == {"upstream", "dredgers"}
    assert community.offices == ("/river/gauges", "/river/gauges/upper")
    assert community.ceilings["dredgers"] == "C3"
    assert community.handle_key == b"k" * 32
    assert community.has_steward_for([])
    assert not community.is_open


def test_there_is_a_steward_only_while_its_post_is_held_by_somebody_cleared_for_everything() -> (
    None
):
    story = Story(OPENED, LOADED)
    seen = [story.directory.community().has_steward_for([])]
    for event in (granted("sten", level="LOW"), granted("sten"), GrantsRevoked("sten")):
        story.happen(event)
        seen.append(story.directory.community().has_steward_for([]))
    assert seen == [False, False, True, False]


def test_the_community_stays_one_object_while_nothing_of_it_moves() -> None:
    story = Story(OPENED, LOADED)
    community = story.directory.community()
    story.happen(granted("anna"), registered("p"), LOADED, GrantsRevoked("anna"))
    assert story.directory.community() is community
    changed = deepcopy(SMALL)
    changed["agencies"][0]["ceiling"] = "B2"
    story.happen(RegistryLoaded(document=changed))
    assert story.directory.community() is not community


def test_the_epoch_counts_changes_of_policy_and_nothing_else() -> None:
    story = Story(OPENED, LOADED, granted("anna"), registered("p"), GrantsRevoked("anna"))
    assert story.directory.epoch() == 5
    story.happen(ModelPublished(version="1", digest="00"), feedback())
    assert story.directory.epoch() == 5


def test_applying_an_event_twice_is_applying_it_once() -> None:
    story = Story()
    story.append(granted("anna"))
    directory = FoldedDirectory()
    for recorded in story.log.read(Position.start(), 10) * 2:
        directory.apply(recorded)
    assert directory.policy == rebuilt(story.log).policy
    assert directory.epoch() == 1


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    """Threads give way to one another at nearly every step."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_hasty_threads")
def test_many_threads_that_look_at_once_take_every_event_once() -> None:
    story = Story()
    story.append(*(granted(f"reader-{number % 50}") for number in range(3000)))
    threads = [Thread(target=story.directory.follow, args=(story.log,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert story.directory.epoch() == 3000
    assert len(story.directory.readers()) == 50


class CountedLog(MemoryLog):
    """A log that counts how often it was read."""

    reads = 0

    def read(self, after: Position, limit: int, *, until: Position | None = None) -> list[Recorded]:
        self.reads += 1
        return super().read(after, limit, until=until)


def test_a_look_where_nothing_came_reads_nothing() -> None:
    log = CountedLog(ScriptedClock(0))
    log.append([encode(granted("anna"), source="/test", id="1")])
    directory = rebuilt(log)
    read_before = log.reads
    directory.follow(log)
    assert (read_before, log.reads) == (1, 1)


def feedback() -> FeedbackGiven:
    marking = StoredMarking(
        level=0, compartments=(), clauses=(), owners=(), discovery=1, may_break_glass=False
    )
    return FeedbackGiven(
        id="f",
        author="anna",
        agency="river",
        office="/river",
        alert="a-1",
        names=("a-1",),
        verdict="confirmed",
        reason="seen",
        marking=marking,
    )


NAMES = st.sampled_from(["anna", "bert", "sten"])
EVENTS = st.one_of(
    st.builds(granted, NAMES, st.sampled_from(LEVELS)),
    st.builds(GrantsRevoked, NAMES),
    st.builds(registered, NAMES, st.sampled_from(["A1", "B2"])),
    st.sampled_from([OPENED, LOADED, KEYED, without(4), RegistryLoaded(document={})]),
    st.just(ModelPublished(version="1", digest="00")),
)


@given(st.lists(EVENTS, max_size=12), st.data())
def test_a_directory_rebuilt_from_the_log_equals_the_live_one(
    events: Sequence[Event], data: st.DataObject
) -> None:
    """Whatever happened, and whenever the live one looked (law 3)."""
    story = Story()
    for event in events:
        (story.happen if data.draw(st.booleans()) else story.append)(event)
    story.directory.follow(story.log)
    again = rebuilt(story.log)
    assert again.policy == story.directory.policy
    assert again.refusals == story.directory.refusals
    assert again.community() == story.directory.community() == again.policy.community()


def test_a_tick_moves_no_policy() -> None:
    assert folded(Policy(), ClockTicked(day=3)) == Policy()


def test_the_registry_of_a_moment_is_the_one_that_stood_then() -> None:
    clock = ScriptedClock(0)
    log, directory = MemoryLog(clock), FoldedDirectory()
    renamed = deepcopy(SMALL)
    renamed["agencies"][0]["name"] = "Renamed"
    log.append([encode(OPENED, source="/fusion/namespace", id="1")])
    for moment, document in ((10, SMALL), (20, renamed)):
        clock.advance(moment)
        log.append([encode(RegistryLoaded(document), source="/fusion/registry", id=str(moment))])
    directory.follow(log)
    first, second = load_registry(SMALL), load_registry(renamed)
    assert [directory.registry(moment) for moment in (9, 10, 19, 20, 99)] == [
        Registry(), first, first, second, second,
    ]  # fmt: skip
    assert directory.registry() is directory.registry(20), "one value: what is drawn hangs on it"
