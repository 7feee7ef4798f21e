"""The contract of the log: what every implementation of `EventLog` promises."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.clock import MICROS_PER_DAY, Clock, ScriptedClock, midnight
from fusion.domain.errors import Misused
from fusion.events.catalog import ClockTicked
from fusion.events.codec import decode
from fusion.events.envelope import Envelope, Recorded
from fusion.events.kafka_cluster import Cluster
from fusion.events.kafka_log import KafkaLog
from fusion.events.log import TICK_SOURCE, EventLog, Outcome, Receipt
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog
from tests.broker import Broker

Make = Callable[[Path, Clock], EventLog]
Open = Callable[[Clock], EventLog]

LOGS = ["memory", "sqlite", "kafka"]
# Those whose events outlive the object that wrote them.
DURABLE = ["sqlite", "kafka"]
# Those that can overwrite what they hold: Kafka adds, and takes whole segments away.
ERASABLE = ["memory", "sqlite"]
# How many histories are tried: topics have to be made for each in Kafka.
HISTORIES = {"memory": 40, "sqlite": 40, "kafka": 6}

DAY = 11_513  # 2001-07-10
NOON = midnight(DAY) + MICROS_PER_DAY // 2
HOUR = MICROS_PER_DAY // 24


class WaywardClock:
    """A clock that goes where a test sends it, back too, as a machine's own clock may."""

    def __init__(self, moment: int) -> None:
        self.moment = moment

    def now(self) -> int:
        return self.moment


@dataclass
class Opener:
    """Opens the implementation under test on one path, and closes all that it opened."""

    make: Make
    path: Path
    opened: list[EventLog] = field(default_factory=list)

    def __call__(self, clock: Clock) -> EventLog:
        log = self.make(self.path, clock)
        self.opened.append(log)
        return log


def maker(name: str, request: pytest.FixtureRequest) -> Make:
    """Makes the implementation of a name at a path, or finds it there again."""
    if name == "memory":
        return lambda _path, clock: MemoryLog(clock)
    return SqliteLog if name == "sqlite" else kafka_maker(request.getfixturevalue("broker"))


def prefix_of(name: str) -> str:
    """Topics of their own for a name."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def kafka_maker(broker: Broker, *, name: str | None = None) -> Make:
    """A path's log, or a name's, lies in topics of its own; its index lies at the path."""

    def make(path: Path, clock: Clock) -> EventLog:
        prefix = prefix_of(name or str(path))
        return KafkaLog(Cluster((broker.plain,), prefix, partitions=3), path, clock)

    return make


@pytest.fixture(params=LOGS)
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from _opener(maker(request.param, request), tmp_path)


@pytest.fixture(params=ERASABLE)
def open_erasable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from _opener(maker(request.param, request), tmp_path)


@pytest.fixture
def open_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from _opener(maker("sqlite", request), tmp_path)


@pytest.fixture(params=DURABLE)
def open_durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from _opener(maker(request.param, request), tmp_path)


def _opener(make: Make, folder: Path) -> Iterator[Open]:
    opener = Opener(make, folder / "log")
    yield opener
    for log in opener.opened:
        log.close()


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns at nearly every step, so that what is not locked goes wrong."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def event(id_: str, *, source: str = "/fbi/phoenix", digest: bytes = b"d") -> Envelope:
    return Envelope("signal.submitted", 1, source, id_, b"{}", digest)


def everything(log: EventLog, page: int = 1_000) -> list[Recorded]:
    """All that the log holds, read page by page."""
    events: list[Recorded] = []
    position = Position.start()
    while found := log.read(position, page):
        assert len(found) <= page
        assert not position.covers(found[-1].position)
        events += found
        position = found[-1].position
    return events


def names(events: list[Recorded]) -> list[str]:
    """The ids of events, ticks written as `tick`."""
    return [
        "tick" if found.envelope.source == TICK_SOURCE else found.envelope.id for found in events
    ]


def outcomes(receipts: list[Receipt]) -> list[str]:
    return [receipt.outcome.value for receipt in receipts]


# --- order and what comes back ---


def test_events_are_read_in_the_order_of_their_appends(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event("b"), event("a")])
    log.append([event("c")])
    assert names(everything(log)) == ["tick", "b", "a", "c"]


def test_an_event_comes_back_as_it_went_in(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    # Of one type and source: the order of a partition is its own.
    sent = [
        Envelope("a.b", 3, "/x", "1", b"", b"", None),
        Envelope("a.b", 1, "/x/y", "Z:~@+", b"\x00\xff{", b"\x00" * 32, "key-7"),
    ]
    log.append(sent)
    assert [found.envelope for found in everything(log)[1:]] == sent


def test_the_size_of_a_page_changes_nothing(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    for number in range(7):
        log.append([event(f"{number}-{part}") for part in range(3)])
    whole = everything(log)
    assert len(whole) == 22
    assert all(everything(log, page) == whole for page in (1, 2, 7, 21, 22, 23))


def test_a_log_without_events_begins_at_the_start(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    assert log.read(Position.start(), 10) == []
    assert log.head() == Position.start()


def test_appending_nothing_records_nothing(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    assert log.append([]) == []
    assert everything(log) == []


def test_an_event_is_found_by_its_whole_name_in_its_case(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event("a", source="/x"), event("A", source="/x"), event("a", source="/x/a")])
    first = next(e for e in everything(log) if e.envelope.source == "/x" and e.envelope.id == "a")
    found = log.find("/x", "a")
    assert found is not None
    assert (found.envelope, found.recorded) == (first.envelope, NOON)
    assert found.position == found.place == first.place
    strangers = [("/x", "b"), ("/x", "B"), ("/w", "a"), ("/y", "a"), ("/x/a", "A")]
    assert [log.find(*name) for name in strangers] == [None] * len(strangers)
    assert len(everything(log)) == 4


def test_a_limit_that_reads_nothing_is_refused(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    with pytest.raises(ValueError, match="limit"):
        log.read(Position.start(), 0)
    with pytest.raises(ValueError, match="limit"):
        log.read(Position.start(), -1)


# --- positions ---


def test_a_receipt_tells_where_and_when_its_event_stands(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    receipts = log.append([event("a"), event("b")])
    stored = everything(log)[1:]
    assert [(r.position, r.recorded) for r in receipts] == [(s.place, NOON) for s in stored]
    for before, event_, receipt in zip(everything(log), stored, receipts, strict=False):
        assert receipt.position is not None
        assert event_.position.covers(receipt.position)
        assert not before.position.covers(receipt.position)


def test_positions_grow_along_the_log_and_end_at_its_head(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    for number in range(4):
        log.append([event(f"{number}-{part}") for part in range(2)])
    positions = [Position.start(), *(found.position for found in everything(log))]
    for earlier, later in pairwise(positions):
        assert later.covers(earlier)
        assert not earlier.covers(later)
    assert positions[-1] == log.head()


def test_reading_goes_on_from_the_text_of_a_position(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event(str(number)) for number in range(9)])
    whole = everything(log)
    for place, found in enumerate(whole, 1):
        resumed = Position.decode(found.position.encode())
        assert log.read(resumed, 100) == whole[place:]


def test_a_read_goes_no_further_than_it_is_asked_to(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event(str(number), source=f"/a/{number % 3}") for number in range(9)])
    whole = everything(log)
    for place, found in enumerate(whole, 1):
        before = log.read(Position.start(), 100, until=found.position)
        assert names(before) == names(whole[:place])
        assert log.read(found.position, 100, until=found.position) == []
    assert len(log.read(Position.start(), 4, until=whole[5].position)) == 4


def test_lag_counts_what_lies_beyond_a_position(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event(str(number)) for number in range(5)])
    whole = everything(log)
    assert sum(log.lag(whole[3].position).values()) == 2
    assert set(log.lag(log.head()).values()) == {0}


def test_a_position_of_another_log_is_refused(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    with pytest.raises(Misused):
        log.read(Position.start().advanced("signals-3", 1), 10)
    with pytest.raises(Misused):
        log.read(Position.start().advanced("log", 1).advanced("z", 1), 10)


# --- one body under one name ---


def test_the_same_again_is_a_duplicate_that_tells_of_the_first(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    (first,) = log.append([event("a")])
    clock.advance(NOON + HOUR)
    (second,) = log.append([event("a")])
    assert first == Receipt(Outcome.ACCEPTED, everything(log)[-1].place, NOON)
    assert second == Receipt(Outcome.DUPLICATE, first.position, NOON)
    assert names(everything(log)) == ["tick", "a"]


def test_another_body_under_a_name_is_a_conflict_and_the_first_stands(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event("a", digest=b"one")])
    assert log.append([event("a", digest=b"two")]) == [Receipt(Outcome.CONFLICT, None, None)]
    assert [found.envelope.digest for found in everything(log)[1:]] == [b"one"]
    assert outcomes(log.append([event("a", digest=b"one")])) == ["duplicate"]


def test_a_refused_body_does_not_hold_up_the_rest_of_its_append(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event("a"), event("b")])
    receipts = log.append([event("c"), event("a", digest=b"x"), event("b"), event("d")])
    assert outcomes(receipts) == ["accepted", "conflict", "duplicate", "accepted"]
    assert names(everything(log)) == ["tick", "a", "b", "c", "d"]
    stored = everything(log)[-2:]
    found = [log.find("/fbi/phoenix", id_) for id_ in "cd"]
    assert [each and each.envelope for each in found] == [each.envelope for each in stored]
    assert [receipts[0].position, receipts[3].position] == [each.place for each in stored]


def test_within_one_append_the_first_of_a_name_stands(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    receipts = log.append([event("a"), event("b"), event("a"), event("b", digest=b"x")])
    assert outcomes(receipts) == ["accepted", "accepted", "duplicate", "conflict"]
    assert (receipts[2].position, receipts[2].recorded) == (receipts[0].position, NOON)
    assert names(everything(log)) == ["tick", "a", "b"]


def test_an_append_of_nothing_new_leaves_the_log_as_it_was(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    log.append([event("a")])
    before = everything(log)
    clock.advance(NOON + 3 * MICROS_PER_DAY)
    assert outcomes(log.append([event("a"), event("a", digest=b"x")])) == ["duplicate", "conflict"]
    assert everything(log) == before


# --- recorded time ---


def test_all_of_one_append_is_recorded_at_the_moment_of_the_clock(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    log.append([event("a"), event("b")])
    log.append([event("c")])
    clock.advance(NOON + 5)
    log.append([event("d")])
    recorded = [found.recorded for found in everything(log)[1:]]
    assert recorded == [NOON, NOON, NOON, NOON + 5]


def test_recorded_time_never_goes_back_and_is_never_bumped(open_log: Open) -> None:
    clock = WaywardClock(NOON)
    log = open_log(clock)
    for id_, moment in zip("abcd", (NOON, NOON - HOUR, NOON - MICROS_PER_DAY, NOON), strict=True):
        clock.moment = moment
        log.append([event(id_)])
    assert [found.recorded for found in everything(log)[1:]] == [NOON] * 4


# --- ticks ---


def test_the_first_event_ever_follows_the_tick_of_its_day(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event("a")])
    tick, first = everything(log)
    assert decode(tick) == ClockTicked(DAY)
    assert (tick.envelope.source, tick.envelope.id) == ("/fusion/clock", "2001-07-10")
    assert (tick.recorded, first.recorded) == (midnight(DAY), NOON)


def test_missed_ticks_come_first_each_at_its_midnight(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    log.append([event("a")])
    clock.advance(NOON + 3 * MICROS_PER_DAY)
    (receipt,) = log.append([event("b")])
    events = everything(log)
    assert names(events) == ["tick", "a", "tick", "tick", "tick", "b"]
    assert [found.recorded for found in events[2:5]] == [midnight(DAY + n) for n in (1, 2, 3)]
    assert [decode(found) for found in events[2:5]] == [ClockTicked(DAY + n) for n in (1, 2, 3)]
    assert receipt.position == events[5].place


def test_a_tick_precedes_what_is_recorded_at_its_very_instant(open_log: Open) -> None:
    clock = ScriptedClock(midnight(DAY + 1) - 1)
    log = open_log(clock)
    log.append([event("before")])
    clock.advance(midnight(DAY + 1))
    log.append([event("at")])
    events = everything(log)
    assert names(events) == ["tick", "before", "tick", "at"]
    assert events[2].recorded == events[3].recorded == midnight(DAY + 1)


def test_ticks_come_before_what_is_new_beside_duplicates(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    log.append([event("a")])
    clock.advance(NOON + MICROS_PER_DAY)
    receipts = log.append([event("a"), event("b"), event("b")])
    assert names(everything(log)) == ["tick", "a", "tick", "b"]
    assert receipts[1].position == receipts[2].position == everything(log)[-1].place


def test_an_idle_log_ticks_only_when_ticks_are_due(open_log: Open) -> None:
    clock = ScriptedClock(NOON)
    log = open_log(clock)
    assert log.tick() is True
    assert log.tick() is False
    clock.advance(midnight(DAY + 1) - 1)
    assert log.tick() is False
    clock.advance(midnight(DAY + 2))
    assert log.tick() is True
    assert [found.recorded for found in everything(log)] == [midnight(DAY + n) for n in range(3)]


def test_a_clock_set_back_over_midnight_ticks_no_day_twice(open_log: Open) -> None:
    clock = WaywardClock(midnight(DAY + 1))
    log = open_log(clock)
    log.append([event("a")])
    clock.moment = midnight(DAY) + HOUR
    assert log.tick() is False
    log.append([event("b")])
    clock.moment = midnight(DAY + 1) + HOUR
    log.append([event("c")])
    assert names(everything(log)) == ["tick", "a", "b", "c"]


def test_nobody_but_the_log_writes_ticks(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    with pytest.raises(ValueError, match=TICK_SOURCE):
        log.append([event("a"), event("2001-07-11", source=TICK_SOURCE)])
    assert everything(log) == []


# --- several at once ---


@pytest.mark.usefixtures("hasty")
def test_of_many_writers_of_one_name_exactly_one_is_accepted(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    writers, together = 8, Barrier(8)

    def write(writer: int) -> list[Receipt]:
        order = random.Random(writer).sample(range(40), 40)
        together.wait()
        receipts = []
        for number in order:
            receipts += log.append([event(f"shared-{number}"), event(f"{writer}-{number}")])
        return receipts

    with ThreadPoolExecutor(writers) as threads:
        receipts = [receipt for part in threads.map(write, range(writers)) for receipt in part]
    assert Counter(outcomes(receipts)) == {"accepted": 40 * 9, "duplicate": 40 * 7}
    events = everything(log)
    assert Counter(names(events)).most_common(1)[0][1] == 1
    assert len(events) == 1 + 40 * 9
    standing = {found.place: found.recorded for found in events}
    assert all(standing[r.position] == r.recorded for r in receipts if r.position)


@pytest.mark.usefixtures("hasty")
def test_a_follower_sees_what_was_and_what_comes_once_and_in_order(open_log: Open) -> None:
    log = open_log(ScriptedClock(NOON))
    log.append([event(f"old-{number}") for number in range(50)])
    writers, each = 4, 60

    def write(writer: int) -> None:
        for number in range(each):
            log.append([event(f"{writer}-{number}")])

    seen: list[Recorded] = []
    with ThreadPoolExecutor(writers) as threads:
        done = [threads.submit(write, writer) for writer in range(writers)]
        position = Position.start()
        while True:
            finished = all(part.done() for part in done)
            found = log.read(position, 7)
            if not found and finished:
                break
            seen += found
            position = found[-1].position if found else position
    assert seen == everything(log)
    assert len(seen) == 1 + 50 + writers * each


@pytest.mark.usefixtures("hasty")
def test_ticks_are_written_once_however_many_write(open_log: Open) -> None:
    clock = WaywardClock(NOON)
    log = open_log(clock)
    together = Barrier(6)

    def write(writer: int) -> None:
        for day in range(5):
            together.wait()
            clock.moment = midnight(DAY + day) + HOUR
            log.append([event(f"{writer}-{day}")])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    events = everything(log)
    ticks = [found for found in events if found.envelope.source == TICK_SOURCE]
    assert [found.recorded for found in ticks] == [midnight(DAY + day) for day in range(5)]
    _assert_lawful(events)


# --- those that outlive a process ---


def test_what_was_appended_is_there_after_reopening(open_durable: Open) -> None:
    log = open_durable(ScriptedClock(NOON))
    receipts = log.append([event("a"), event("b")])
    before = everything(log)
    log.close()
    again = open_durable(ScriptedClock(NOON + HOUR))
    assert everything(again) == before
    assert again.append([event("b")]) == [
        Receipt(Outcome.DUPLICATE, receipts[1].position, receipts[1].recorded)
    ]
    assert outcomes(again.append([event("a", digest=b"x"), event("c")])) == ["conflict", "accepted"]


def test_recorded_time_does_not_go_back_after_reopening(open_durable: Open) -> None:
    log = open_durable(ScriptedClock(NOON))
    log.append([event("a")])
    log.close()
    again = open_durable(ScriptedClock(NOON - 2 * MICROS_PER_DAY))
    (receipt,) = again.append([event("b")])
    assert receipt.recorded == NOON
    assert again.tick() is False


def test_the_ticks_of_a_stop_come_first_after_it(open_durable: Open) -> None:
    log = open_durable(ScriptedClock(NOON))
    log.append([event("a")])
    log.close()
    again = open_durable(ScriptedClock(NOON + 2 * MICROS_PER_DAY))
    again.append([event("b")])
    assert names(everything(again)) == ["tick", "a", "tick", "tick", "b"]


def test_two_logs_on_one_file_are_one_log(open_durable: Open) -> None:
    clock = ScriptedClock(NOON)
    one, other = open_durable(clock), open_durable(clock)
    one.append([event("a")])
    assert outcomes(other.append([event("a"), event("b")])) == ["duplicate", "accepted"]
    assert everything(one) == everything(other)
    assert one.head() == other.head()


@pytest.mark.parametrize("kind", DURABLE)
def test_two_processes_write_one_log(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    make, path, count = maker(kind, request), tmp_path / "log", 120
    # Of a Kafka each process has an index of its own, as on two machines.
    places = {"left": [], "right": []}
    if kind == "kafka":
        broker: Broker = request.getfixturevalue("broker")
        make = kafka_maker(broker, name=str(path))
        make(path, ScriptedClock(0)).close()
        places = {name: [broker.plain, prefix_of(str(path))] for name in places}
    program = Path(__file__).with_name("second_writer.py")
    children = [
        subprocess.Popen(
            [sys.executable, program, f"{path}-{name}", name, str(count), *cluster]
            if cluster
            else [sys.executable, program, path, name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, cluster in places.items()
    ]
    assert [_line_of(child) for child in children] == ["ready\n"] * 2
    for child in children:
        _tell(child, "go\n")
    said = [child.communicate()[0] for child in children]
    lines = [line.split() for part in said for line in part.splitlines()]
    assert [child.returncode for child in children] == [0, 0]
    accepted = Counter(id_ for id_, outcome, _, _ in lines if outcome == "accepted")
    assert set(accepted.values()) == {1}
    assert Counter(outcome for _, outcome, _, _ in lines) == {"accepted": 240, "duplicate": 120}
    with closing(make(path, ScriptedClock(0))) as log:
        events = everything(log)
    standing = {found.envelope.id: (found.place.encode(), str(found.recorded)) for found in events}
    assert all(standing[id_] == (position, moment) for id_, _, position, moment in lines)
    assert len([found for found in events if found.envelope.source != TICK_SOURCE]) == 240
    _assert_lawful(events)


def _line_of(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline()


def _tell(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdin is not None
    child.stdin.write(line)
    child.stdin.flush()


# --- the laws, on random histories ---

_steps = st.lists(
    st.tuples(
        st.integers(-2 * MICROS_PER_DAY, 2 * MICROS_PER_DAY),  # how the clock moves before
        st.none()  # an idle tick
        | st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([b"1", b"2"])), max_size=5),
    ),
    max_size=8,
)


@pytest.mark.parametrize("name", LOGS)
def test_any_history_keeps_the_laws(name: str, request: pytest.FixtureRequest) -> None:
    make = maker(name, request)

    @settings(deadline=None, max_examples=HISTORIES[name])
    @given(_steps)
    def history(steps: list[tuple[int, list[tuple[str, bytes]] | None]]) -> None:
        _assert_history_is_lawful(make, steps)

    history()


def _assert_history_is_lawful(
    make: Make, steps: list[tuple[int, list[tuple[str, bytes]] | None]]
) -> None:
    clock = WaywardClock(NOON)
    firsts: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(make(Path(folder) / "log", clock)) as log,
    ):
        for move, posts in steps:
            clock.moment += move
            before = everything(log)
            if posts is None:
                log.tick()
            else:
                receipts = log.append([event(id_, digest=digest) for id_, digest in posts])
                assert outcomes(receipts) == [_expected(firsts, *post) for post in posts]
            after = everything(log)
            assert after[: len(before)] == before
            _assert_recorded_now(after[len(before) :], before, clock.moment)
        events = everything(log)
    _assert_lawful(events)
    kept = {e.envelope.id: e.envelope.digest for e in events if e.envelope.source != TICK_SOURCE}
    assert kept == firsts


def _expected(firsts: dict[str, bytes], id_: str, digest: bytes) -> str:
    """The outcome by the plainest rule: the first body of a name stands."""
    if id_ not in firsts:
        firsts[id_] = digest
        return "accepted"
    return "duplicate" if firsts[id_] == digest else "conflict"


def _assert_recorded_now(new: list[Recorded], before: list[Recorded], moment: int) -> None:
    now = max([moment, *(found.recorded for found in before[-1:])])
    for found in new:
        if found.envelope.source != TICK_SOURCE:
            assert found.recorded == now


def _assert_lawful(events: list[Recorded]) -> None:
    """Names once, times never back, every day ticked once, in turn, before all else of that day."""
    assert len({(e.envelope.source, e.envelope.id) for e in events}) == len(events)
    assert [e.recorded for e in events] == sorted(e.recorded for e in events)
    ticked: int | None = None
    for found in events:
        if found.envelope.source == TICK_SOURCE:
            tick = decode(found)
            assert isinstance(tick, ClockTicked)
            assert ticked is None or tick.day == ticked + 1
            assert found.recorded == midnight(tick.day)
            ticked = tick.day
        else:
            assert ticked is not None
            assert midnight(ticked) <= found.recorded < midnight(ticked + 1)


# --- purging


SECRET = b'{"name":"Harrowgate Meridian"}'


def purged(log: EventLog, id_: str = "b") -> Receipt:
    order = Envelope("purge.ordered", 1, "/fusion/purges", id_, b"on order", b"o")
    return log.purge(order, Envelope("rest", 1, "/fbi/phoenix", id_, b"rest", b"r"))


def with_a_secret(log: EventLog) -> list[Receipt]:
    secret = Envelope("test.happened", 1, "/fbi/phoenix", "b", SECRET, b"digest of it")
    return log.append([event("a"), secret, event("c")])


def test_a_purge_leaves_number_moment_and_name_and_nothing_else(open_erasable: Open) -> None:
    clock = WaywardClock(NOON)
    log = open_erasable(clock)
    *_, before, _ = with_a_secret(log)
    clock.moment += HOUR
    receipt = purged(log)
    assert (receipt.outcome, receipt.recorded) == (Outcome.ACCEPTED, NOON + HOUR)
    events = everything(log)
    assert names(events) == ["tick", "a", "b", "c", "b"]
    rest, order = events[2], events[4]
    assert (rest.position, rest.recorded) == (before.position, NOON)
    assert (rest.envelope.type, rest.envelope.body, rest.envelope.digest) == ("rest", b"rest", b"r")
    assert order.envelope.body == b"on order"
    assert log.head() == order.position == receipt.position
    assert log.find("/fbi/phoenix", "b") == rest


def test_the_name_of_what_was_purged_stays_taken(open_erasable: Open) -> None:
    log = open_erasable(ScriptedClock(NOON))
    with_a_secret(log)
    purged(log)
    again = Envelope("test.happened", 1, "/fbi/phoenix", "b", SECRET, b"digest of it")
    assert outcomes(log.append([again])) == ["conflict"]


def test_a_purge_that_is_repeated_is_recorded_once(open_erasable: Open) -> None:
    log = open_erasable(ScriptedClock(NOON))
    with_a_secret(log)
    first = purged(log)
    second = purged(log)
    assert (second.outcome, second.position) == (Outcome.DUPLICATE, first.position)
    assert len(everything(log)) == 5


def test_what_is_not_there_is_not_purged(open_erasable: Open) -> None:
    log = open_erasable(ScriptedClock(NOON))
    log.append([event("a")])
    with pytest.raises(LookupError):
        purged(log)
    assert names(everything(log)) == ["tick", "a"]


def test_a_purge_of_a_later_day_comes_after_the_ticks(open_erasable: Open) -> None:
    clock = WaywardClock(NOON)
    log = open_erasable(clock)
    with_a_secret(log)
    clock.moment += MICROS_PER_DAY
    purged(log)
    assert names(everything(log)) == ["tick", "a", "b", "c", "tick", "b"]


def test_what_was_purged_is_in_no_file_of_the_log(open_file: Open, tmp_path: Path) -> None:
    log = open_file(ScriptedClock(NOON))
    with_a_secret(log)
    held = [file for file in tmp_path.iterdir() if b"Harrowgate" in file.read_bytes()]
    assert held
    # Somebody who looks on, and a long body whose pages are more than one.
    reader = open_file(ScriptedClock(NOON))
    reader.append([Envelope("t", 1, "/fbi/phoenix", "long", b"Harrowgate " * 5_000, b"l")])
    assert len(everything(reader)) == 5
    purged(log)
    purged(log, "long")
    for file in tmp_path.iterdir():
        assert b"Harrowgate" not in file.read_bytes(), file
        assert b"digest of it" not in file.read_bytes(), file


def test_a_log_that_can_not_erase_refuses_a_purge_and_stays_as_it_was(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with closing(maker("kafka", request)(tmp_path / "log", ScriptedClock(NOON))) as log:
        with_a_secret(log)
        before = everything(log)
        with pytest.raises(Misused, match="can't be erased"):
            purged(log)
        assert everything(log) == before
