from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fusion.domain.errors import Misused, Unavailable
from fusion.events.kafka_cluster import Cluster, cluster_at
from fusion.events.kafka_reader import KafkaReader
from fusion.events.kafka_topics import prepare_topics
from fusion.events.kafka_writer import KafkaWriter, Message


def test_an_address_names_brokers_and_the_prefix_of_topics() -> None:
    cluster = cluster_at("kafka://one:9092,two:9093/house.live")
    assert (cluster.servers, cluster.prefix) == (("one:9092", "two:9093"), "house.live")
    assert (cluster.control, cluster.signals) == ("house.live.control", "house.live.signals")
    assert not cluster.is_encrypted
    assert cluster_at("kafka+tls://one:9092").is_encrypted
    assert cluster_at("kafka://one:9092/").prefix == "fusion"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "one:9092",
        "postgresql://one:9092",
        "kafka://",
        "kafka://one",
        "kafka://one:9092,two",
        "kafka://ann:secret@one:9092",
        "kafka://one:9092/UPPER",
        "kafka://one:9092/a/b",
        "kafka://one:9092/a?acks=0",
    ],
)
def test_an_address_that_names_no_log_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misused) as refused:
        cluster_at(url)
    assert "secret" not in refused.value.detail


def test_a_password_is_given_to_clients_and_printed_nowhere() -> None:
    cluster = cluster_at("kafka://one:9092", user="ann", password="hush")
    assert cluster.options()["sasl_plain_password"] == "hush"
    assert cluster.options()["security_protocol"] == "SASL_PLAINTEXT"
    assert "hush" not in repr(cluster)


def test_certificates_that_cannot_be_read_are_refused_by_their_file(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(Misused, match=r"ca\.pem holds no certificate"):
        cluster_at("kafka+tls://one:9092", authority=file).options()


def test_where_nobody_answers_the_log_is_unavailable_and_no_thread_is_left() -> None:
    nobody = Cluster(("127.0.0.1:1",), patience_seconds=0.5)
    before = threading.active_count()
    with pytest.raises(Unavailable, match=r"^kafka at 127\.0\.0\.1:1: "):
        prepare_topics(nobody)
    with pytest.raises(Unavailable):
        KafkaReader(nobody, {"control": (nobody.control, 0)})
    with pytest.raises(Unavailable):
        KafkaWriter(nobody).write([Message(nobody.control, 0, b"{}", 0)])
    assert threading.active_count() == before
