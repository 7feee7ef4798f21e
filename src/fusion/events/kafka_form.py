"""The first record of a log in Kafka: which log it is, and over how many partitions it is spread.

A log without it is new; one with another number of partitions than it says was changed by hand, and
one that does not begin at its beginning has lost events. Of several processes that begin a log at
one moment, the first record stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fusion.domain.errors import Misused
from fusion.domain.ids import random_id
from fusion.events.envelope import Envelope
from fusion.events.kafka_cluster import Cluster
from fusion.events.kafka_reader import KafkaReader
from fusion.events.kafka_wire import Written, written_bytes
from fusion.events.kafka_writer import KafkaWriter, Message

# No event stands under it.
FORM_SOURCE = "/fusion/log"
FORM = 1
# Its own moment says nothing: whatever is recorded comes later.
_BEFORE_ALL = 0


class _Form(msgspec.Struct):
    form: int
    log: str
    partitions: int


def require_form(
    cluster: Cluster,
    reader: KafkaReader,
    writer: KafkaWriter,
    topics: Mapping[str, tuple[str, int]],
) -> str:
    """The name of the log, which is begun where the topics are empty; Misused where it can't be."""
    for name, begin in reader.begins().items():
        if begin > 0:
            raise Misused(f"{topics[name][0]} has lost its first {begin} events")
    control = next(iter(topics))
    spread = len(topics) - 1
    if reader.ends()[control] == 0:
        writer.write([_begun(cluster, spread)])
    found, _ = reader.read(control, 0, 1)
    envelope = found[0].written.envelope
    if envelope.source != FORM_SOURCE:
        raise Misused(f"{cluster.control} does not begin as a log does")
    form = msgspec.json.decode(envelope.body, type=_Form)
    if form.form != FORM:
        raise Misused(f"{cluster.control} is of form {form.form}; this program knows form {FORM}")
    if form.partitions != spread:
        raise Misused(
            f"{cluster.signals} has {spread} partitions, and was begun with {form.partitions}:"
            " a source must stay in its own"
        )
    return form.log


def _begun(cluster: Cluster, partitions: int) -> Message:
    body = msgspec.json.encode(_Form(FORM, random_id("log:"), partitions))
    envelope = Envelope("fusion.log", FORM, FORM_SOURCE, "form", body)
    written = Written(envelope, _BEFORE_ALL, 0)
    return Message(cluster.control, 0, written_bytes(written), _BEFORE_ALL)
