"""What Kafka adds to the contract of the log: partitions, competing writers, what it refuses."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock, midnight
from fusion.domain.errors import Misused, TooLarge, Unavailable
from fusion.events.envelope import Envelope, Recorded
from fusion.events.kafka_cluster import MAX_EVENT_BYTES, Cluster, cluster_at
from fusion.events.kafka_log import CONTROL, KafkaLog
from fusion.events.kafka_topics import KEEPING
from fusion.events.log import TICK_SOURCE, Outcome
from fusion.events.position import Position
from tests.broker import PASSWORD, USER, Broker

NOON = midnight(11_513) + MICROS_PER_DAY // 2
HOUR = MICROS_PER_DAY // 24
SOURCES = [f"/a/{number}" for number in range(12)]


class Open(Protocol):
    """Opens the log of this test; each `host` has an index of its own, as a machine has."""

    def __call__(self, moment: int = NOON, *, host: str = "one") -> KafkaLog: ...


@pytest.fixture
def cluster(broker: Broker, request: pytest.FixtureRequest) -> Cluster:
    prefix = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    return Cluster((broker.plain,), prefix, partitions=4)


@pytest.fixture
def open_log(cluster: Cluster, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as opened:

        def opener(moment: int = NOON, *, host: str = "one") -> KafkaLog:
            log = KafkaLog(cluster, tmp_path / host, ScriptedClock(moment))
            return opened.enter_context(closing(log))

        yield opener


@pytest.fixture
def admin(broker: Broker) -> Iterator[KafkaAdminClient]:
    with closing(KafkaAdminClient(bootstrap_servers=broker.plain)) as client:
        yield client


def told(id_: str, source: str = "/a/0", digest: bytes = b"d") -> Envelope:
    return Envelope("signal.submitted", 1, source, id_, b"{}", digest)


def granted(id_: str) -> Envelope:
    return Envelope("grants.set", 1, "/fusion/grants", id_, b"{}", b"d")


def everything(log: KafkaLog, page: int = 1_000) -> list[Recorded]:
    events: list[Recorded] = []
    position = Position.start()
    while found := log.read(position, page):
        events += found
        position = found[-1].position
    return events


def ids(events: list[Recorded]) -> list[str]:
    return [e.envelope.id for e in events if e.envelope.source != TICK_SOURCE]


def partition_of(found: Recorded) -> str:
    ((name, _),) = found.place.components
    return name


# --- partitions ---


def test_signals_are_spread_by_source_and_all_else_stands_in_one_order(open_log: Open) -> None:
    log = open_log()
    log.append([told(f"{number}", source) for number in range(3) for source in SOURCES])
    log.append([granted(f"{number}") for number in range(9)])
    spread: dict[str, set[str]] = {}
    for found in everything(log):
        spread.setdefault(found.envelope.source, set()).add(partition_of(found))
    assert all(len(partitions) == 1 for partitions in spread.values())
    assert spread["/fusion/grants"] == spread[TICK_SOURCE] == {CONTROL}
    used = set().union(*(spread[source] for source in SOURCES))
    assert used == {"signals-0", "signals-1", "signals-2", "signals-3"}


def test_what_is_there_is_read_by_recorded_time_however_it_is_paged(open_log: Open) -> None:
    for hour in range(5):
        log = open_log(NOON + hour * HOUR)
        log.append([told(f"{hour}", source) for source in SOURCES])
        log.append([granted(f"g-{hour}")])
    whole = everything(open_log())
    assert [found.recorded for found in whole] == sorted(found.recorded for found in whole)
    assert len(whole) == 1 + 5 * 13
    for page in (1, 3, 7):
        assert everything(open_log(), page) == whole
    for place in range(0, len(whole), 6):
        assert log.read(whole[place].position, 1_000) == whole[place + 1 :]


def test_no_event_comes_before_what_it_was_accepted_under(open_log: Open) -> None:
    one, other = open_log(), open_log(NOON - HOUR, host="two")
    for number in range(6):
        one.append([granted(f"{number}")])
        # Its clock is an hour behind, but it has read the grants.
        other.head()
        other.append([told(f"{number}", source) for source in SOURCES[:3]])
    position = Position.start()
    for found in everything(open_log(host="three")):
        if found.under is not None:
            assert position.covers(found.under)
        position = found.position
    assert dict(found.under.components if found.under else ()) == {CONTROL: 8}


# --- writers that do not know of one another ---


def test_of_competing_bodies_the_first_written_stands_for_everybody(open_log: Open) -> None:
    one, other = open_log(host="one"), open_log(host="two")
    (first,) = one.append([told("x", digest=b"1")])
    # It has not heard of the first, and writes its own before it looks.
    same, refused, fresh = other.append(
        [told("x", digest=b"1"), told("x", digest=b"2"), told("y", digest=b"2")]
    )
    assert (same.outcome, refused.outcome, fresh.outcome) == (
        Outcome.DUPLICATE,
        Outcome.CONFLICT,
        Outcome.ACCEPTED,
    )
    assert (same.position, same.recorded) == (first.position, first.recorded)
    (conflict,) = one.append([told("y", digest=b"1")])
    assert conflict.outcome is Outcome.CONFLICT
    for log in (one, other, open_log(host="three")):
        assert [(e.envelope.id, e.envelope.digest) for e in everything(log)[1:]] == [
            ("x", b"1"),
            ("y", b"2"),
        ]
        assert log.head().covers(everything(log)[-1].position)
        assert set(log.lag(everything(log)[-1].position).values()) == {0}


def test_a_clock_that_is_behind_takes_no_partition_back_in_time(open_log: Open) -> None:
    one, other = open_log(), open_log(NOON - HOUR, host="two")
    one.append([told("a"), granted("g")])
    (late,) = other.append([told("b")])
    (later,) = open_log(NOON + 1, host="three").append([told("c")])
    assert (late.recorded, later.recorded) == (NOON, NOON + 1)
    for log in (one, other, open_log(host="four")):
        assert [e.recorded for e in everything(log) if partition_of(e) != CONTROL] == [
            NOON,
            NOON,
            NOON + 1,
        ]


def test_ticks_of_two_writers_are_read_once(open_log: Open) -> None:
    one, other = open_log(), open_log(NOON + MICROS_PER_DAY, host="two")
    one.append([told("a")])
    other.append([told("b")])
    late = open_log(NOON + MICROS_PER_DAY, host="three")
    late.append([told("c")])
    assert late.tick() is False
    ticks = [e.envelope.id for e in everything(late) if e.envelope.source == TICK_SOURCE]
    assert ticks == ["2001-07-10", "2001-07-11"]


def test_an_index_that_was_lost_is_made_again_of_the_log(open_log: Open, tmp_path: Path) -> None:
    one, other = open_log(), open_log(host="two")
    one.append([told("x", digest=b"1"), told("y")])
    other.append([told("x", digest=b"2"), told("z")])
    before = everything(one)
    (tmp_path / "two").unlink()
    again = open_log(host="two")
    assert everything(again) == before
    assert again.append([told("x", digest=b"2")])[0].outcome is Outcome.CONFLICT


def test_an_index_of_another_log_is_begun_anew(broker: Broker, tmp_path: Path) -> None:
    for prefix in ("index-first", "index-second"):
        cluster = Cluster((broker.plain,), prefix, partitions=1)
        with closing(KafkaLog(cluster, tmp_path / "index", ScriptedClock(NOON))) as log:
            assert log.find("/a/0", "x") is None
            assert log.append([told("x")])[0].outcome is Outcome.ACCEPTED


# --- what it refuses ---


LOSING = [
    ("retention.ms", "604800000"),
    ("retention.bytes", "1000000"),
    ("cleanup.policy", "compact"),
    ("cleanup.policy", "compact,delete"),
    ("unclean.leader.election.enable", "true"),
]


def test_a_topic_that_would_lose_events_is_refused_by_its_setting(
    open_log: Open, admin: KafkaAdminClient, cluster: Cluster
) -> None:
    open_log().close()
    for topic in (cluster.control, cluster.signals):
        for setting, value in LOSING:
            with changed(admin, topic, setting, value):
                losing = rf"^the topic {topic} would lose events: {setting} is {value}, and must be"
                with pytest.raises(Misused, match=losing):
                    open_log()
    open_log()


@contextmanager
def changed(admin: KafkaAdminClient, topic: str, setting: str, value: str) -> Iterator[None]:
    """A topic with a setting that somebody changed, and changes back."""
    for wanted in (value, KEEPING[setting]):
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {setting: wanted})])
        if wanted == value:
            yield


def test_partitions_that_were_added_are_refused(
    open_log: Open, admin: KafkaAdminClient, cluster: Cluster
) -> None:
    open_log().close()
    admin.create_partitions({cluster.signals: NewPartitions(5)})
    with pytest.raises(Misused, match="has 5 partitions, and was begun with 4"):
        open_log()
    admin.create_partitions({cluster.control: NewPartitions(2)})
    with pytest.raises(Misused, match=rf"{cluster.control} keeps no order: it has 2"):
        open_log()


def test_a_log_that_lost_its_beginning_is_refused(
    open_log: Open, admin: KafkaAdminClient, cluster: Cluster
) -> None:
    log = open_log()
    log.append([granted(str(number)) for number in range(5)])
    log.close()
    admin.delete_records({TopicPartition(cluster.control, 0): 3})
    with pytest.raises(Misused, match=rf"{cluster.control} has lost its first 3 events"):
        open_log()


def test_what_another_program_wrote_stops_the_reader_and_is_named(
    open_log: Open, cluster: Cluster, broker: Broker
) -> None:
    log = open_log()
    with closing(KafkaProducer(bootstrap_servers=broker.plain)) as stranger:
        stranger.send(cluster.control, b"good morning").get(timeout=30)
    with pytest.raises(Misused, match=rf"{cluster.control}, partition 0, offset 1 holds no event"):
        log.read(Position.start(), 10)


def test_an_event_larger_than_the_topics_take_is_refused_with_all_of_its_append(
    open_log: Open,
) -> None:
    log = open_log()
    large = Envelope("registry.loaded", 1, "/r", "1", b'"%s"' % (b"x" * MAX_EVENT_BYTES), b"d")
    with pytest.raises(TooLarge):
        log.append([told("a"), large])
    assert ids(everything(log)) == []
    # The largest that is taken: what is not JSON grows by a third on the wire.
    body = os.urandom(MAX_EVENT_BYTES * 3 // 4 - 3_000)
    log.append([Envelope("registry.loaded", 1, "/r", "2", body, b"d")])
    assert everything(log)[-1].envelope.body == body


def test_a_broker_that_stands_still_makes_the_log_unavailable_and_no_more(
    cluster: Cluster, broker: Broker, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    impatient = Cluster(cluster.servers, cluster.prefix, partitions=4, patience_seconds=1.0)
    with closing(KafkaLog(impatient, tmp_path / "log", ScriptedClock(NOON))) as log:
        log.append([told("before", source) for source in SOURCES])
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable):
                log.append([told("during", source) for source in SOURCES])
            with pytest.raises(Unavailable):
                log.head()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        # Whether they came through or not, the same again is safe.
        receipts = log.append([told("during", source) for source in SOURCES])
        assert Outcome.CONFLICT not in {receipt.outcome for receipt in receipts}
        assert sorted(ids(everything(log))) == ["before"] * 12 + ["during"] * 12
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(30)
    assert not any(thread.is_alive() for thread in left)


# --- being let in ---


def test_a_log_is_written_behind_a_password_and_over_tls(broker: Broker, tmp_path: Path) -> None:
    secured = {"user": USER, "password": PASSWORD, "replication": 1, "partitions": 2}
    scram = cluster_at(f"kafka://{broker.scram}/scram", **secured)
    tls = cluster_at(f"kafka+tls://{broker.tls}/scram", authority=Path(broker.authority), **secured)
    with closing(KafkaLog(scram, tmp_path / "scram", ScriptedClock(NOON))) as log:
        log.append([told("a"), granted("b")])
        before = everything(log)
    with closing(KafkaLog(tls, tmp_path / "tls", ScriptedClock(NOON))) as log:
        assert everything(log) == before
        assert log.append([told("a")])[0].outcome is Outcome.DUPLICATE


def test_who_is_not_let_in_is_told_so_in_one_line(broker: Broker, tmp_path: Path) -> None:
    wrong = cluster_at(
        f"kafka://{broker.scram}/scram", user=USER, password="guessed", patience_seconds=1.0
    )
    with pytest.raises(Unavailable) as refused:
        KafkaLog(wrong, tmp_path / "log", ScriptedClock(NOON))
    assert "\n" not in refused.value.detail
    assert "password" in refused.value.detail
    assert "guessed" not in refused.value.detail
