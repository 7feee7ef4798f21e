"""Which Kafka holds a log: its brokers, its topics' prefix, and how a client is let in.

What clients are given is decided here once; a password is never printed. Kafka's errors become
Unavailable (try again) or Misused (set it right) in one line that names the cluster.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kafka import errors

from fusion.domain.errors import FusionError, Misused, TooLarge, Unavailable

# The largest event: four registries of the largest size seen, sixteen of the largest signals.
MAX_EVENT_BYTES = 4 * 1024 * 1024
# How long a broker may be asked before whoever waits is told to come again.
PATIENCE_SECONDS = 10.0

# What it has to say is said by what is raised; whoever sets logging up hears it all the same.
logging.getLogger("kafka").addHandler(logging.NullHandler())

_PREFIX = re.compile(r"^[a-z0-9][a-z0-9._-]{0,99}$")
_SERVER = re.compile(r"^[A-Za-z0-9._-]+:[0-9]{1,5}$")
_MECHANISM = "SCRAM-SHA-512"
_REFUSED = (
    errors.SaslAuthenticationFailedError,
    errors.TopicAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.UnsupportedVersionError,
    ssl.SSLError,
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A namespace of a Kafka cluster. `authority`: the certificates that TLS is checked by."""

    servers: tuple[str, ...]
    prefix: str = "fusion"
    is_encrypted: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    # Both count when the topics are made; then what was made counts.
    partitions: int = 8
    replication: int = 1
    patience_seconds: float = PATIENCE_SECONDS

    @property
    def control(self) -> str:
        """The topic of all that needs one order."""
        return f"{self.prefix}.control"

    @property
    def signals(self) -> str:
        """The topic of signals, partitioned by their source."""
        return f"{self.prefix}.signals"

    def opened(self, kind: Any, **options: Any) -> Any:
        """A client of kafka-python (`KafkaConsumer`, ...), with options of its own.

        One that cannot begin is closed with its thread, which 3.0.12 leaves running.
        """
        begun: list[Any] = []

        def begin(**given: Any) -> Any:
            begun.append(kind.DEFAULT_CONFIG["kafka_client"](**given))
            return begun[-1]

        try:
            return kind(**self.options(), kafka_client=begin, **options)
        except BaseException:
            for each in begun:
                each.close()
            raise

    def options(self) -> dict[str, Any]:
        """What every client of kafka-python is given."""
        given: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "bootstrap_timeout_ms": int(self.patience_seconds * 1_000),
            "client_id": f"fusion-{self.prefix}",
            "security_protocol": self._protocol(),
        }
        if self.is_encrypted:
            given["ssl_context"] = self._context()
        if self.user is not None:
            given |= {
                "sasl_mechanism": _MECHANISM,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return given

    def _protocol(self) -> str:
        wire = "SSL" if self.is_encrypted else "PLAINTEXT"
        return wire if self.user is None else f"SASL_{wire}"

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.authority)
        except (OSError, ssl.SSLError) as error:
            raise Misused(
                f"{self.authority} holds no certificate that can be read: {error}"
            ) from None


def cluster_at(url: str, **options: Any) -> Cluster:
    """The cluster of `kafka://host:port[,host:port…][/prefix]`, with `kafka+tls` over TLS."""
    parts = urlsplit(url)
    servers = tuple(parts.netloc.split(","))
    prefix = parts.path.removeprefix("/") or "fusion"
    if parts.scheme not in {"kafka", "kafka+tls"} or parts.query or parts.fragment:
        raise Misused("a log is at kafka://host:port[,host:port…][/prefix], or kafka+tls://…")
    # A user in the address would be printed with it.
    if not all(map(_SERVER.match, servers)):
        raise Misused("a log's address names brokers as host:port, with commas between them")
    if not _PREFIX.match(prefix):
        raise Misused(f"{prefix!r} can't begin the name of a topic")
    return Cluster(servers, prefix, parts.scheme == "kafka+tls", **options)


@contextmanager
def refusals(cluster: Cluster) -> Iterator[None]:
    """Turn what Kafka refuses into one line; defects of ours pass through."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise _refusal(error, cluster) from error


def _refusal(error: Exception, cluster: Cluster) -> FusionError:
    where = f"kafka at {','.join(cluster.servers)}"
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, errors.MessageSizeTooLargeError | errors.RecordListTooLargeError):
        return TooLarge(f"{where} takes no event as large: {said}")
    if "bootstrap" in said:
        # kafka-python says the same of both.
        said = "nobody answers, or the user, password or certificate is refused"
    kind = Misused if isinstance(error, _REFUSED) else Unavailable
    return kind(f"{where}: {said}")
