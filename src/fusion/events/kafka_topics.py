"""The topics of a log: made where there are none, and refused where they would lose events.

Control, one partition, holds all that needs one order; signals are partitioned by their source. The
first record of control says into how many partitions, for ever: were there more, a source would go
on in another one, and two bodies under one name would stand in no order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType

from fusion.domain.errors import Misused
from fusion.events.kafka_cluster import MAX_EVENT_BYTES, Cluster, refusals

# What has to stand there, or else events go: by age, by size, by key, by a leader that lacks them.
KEEPING: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "unclean.leader.election.enable": "false",
}
# With so many copies two are asked to have an event before it is acknowledged.
_COPIES_TO_LOSE_ONE = 3


def prepare_topics(cluster: Cluster) -> int:
    """See to it that the topics are there and keep all; into how many partitions signals go."""
    with refusals(cluster):
        admin = cluster.opened(KafkaAdminClient)
        try:
            _create(admin, cluster)
            _require_keeping(admin, cluster)
            return _require_partitions(admin, cluster)
        finally:
            admin.close()


def _create(admin: Any, cluster: Cluster) -> None:
    there = set(admin.list_topics())
    wanted = {cluster.control: 1, cluster.signals: cluster.partitions}
    configs = {
        **KEEPING,
        "max.message.bytes": str(MAX_EVENT_BYTES),
        "min.insync.replicas": "2" if cluster.replication >= _COPIES_TO_LOSE_ONE else "1",
    }
    if cluster.replication == 1:
        # Nobody else has it: it is on the disk before it is acknowledged.
        configs["flush.messages"] = "1"
    for topic in sorted(wanted.keys() - there):
        made = {
            "num_partitions": wanted[topic],
            "replication_factor": cluster.replication,
            "configs": configs,
        }
        try:
            admin.create_topics({topic: made}, wait_for_metadata=True)
        except errors.TopicAlreadyExistsError:
            # Another process began the same log at this moment.
            admin.wait_for_topics([topic])


def _require_keeping(admin: Any, cluster: Cluster) -> None:
    topics = [cluster.control, cluster.signals]
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    found = admin.describe_configs(asked, config_filter="all")
    (by_topic,) = found.values()
    for topic in topics:
        for setting, needed in KEEPING.items():
            stands = by_topic[topic][setting]["value"]
            if stands != needed:
                raise Misused(
                    f"the topic {topic} would lose events: {setting} is {stands},"
                    f" and must be {needed}"
                )


def _require_partitions(admin: Any, cluster: Cluster) -> int:
    counted = {
        described["name"]: len(described["partitions"])
        for described in admin.describe_topics([cluster.control, cluster.signals])
    }
    if counted[cluster.control] != 1:
        raise Misused(
            f"the topic {cluster.control} keeps no order: it has {counted[cluster.control]}"
            " partitions, and must have 1"
        )
    return counted[cluster.signals]
