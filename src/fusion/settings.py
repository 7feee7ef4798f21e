"""Settings: what a deployment may set from outside, read once, at the start.

`settings_from` turns the FUSION_ variables of an environment into one frozen value, which the
command line and `assembly` hand down as plain values; no other room knows that an environment
exists. Promises a working default for everything, and that a misspelt or unusable variable stops
the start by its name. It must never show a secret: a printed `Settings` hides what is declared one,
and a refusal never repeats the value that it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from fusion.domain.errors import Misused

PREFIX: Final = "FUSION_"

_MAX_PORT = 65_535
# Tokens are meant to be short-lived: a stolen one works until it ends.
_MAX_TOKEN_SECONDS = 30 * 86_400

# Positions name every partition, in each cursor and row of progress (`events.position`).
_MAX_PARTITIONS = 64
# Kafka's own limit is the number of brokers; more copies than this only cost.
_MAX_REPLICATION = 7

# More than any process answers: as good as no limit.
_MAX_RATE = 1_000_000


class Unusable(ValueError):
    """A setting's text cannot be used; says what the variable must be, never what it was."""


def setting(
    default: Any,
    *,
    read: Callable[[str], Any],
    meaning: str,
    is_secret: bool = False,
) -> Any:
    """Declare one setting: its default, how its text is read (or `Unusable`), what it means."""
    return field(
        default=default, metadata={"read": read, "meaning": meaning, "is_secret": is_secret}
    )


def _text(text: str) -> str:
    if not text.strip():
        raise Unusable("must not be empty")
    return text.strip()


def _folder(text: str) -> Path:
    return Path(_text(text))


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit()) or not lowest <= int(digits) <= highest:
            raise Unusable(f"must be a whole number from {lowest} to {highest}")
        return int(digits)

    return read


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise Unusable("must be distinct names with commas between them")
    return names


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What is in force. A field `reader_token_seconds` is set by `FUSION_READER_TOKEN_SECONDS`."""

    data: Path = setting(
        Path("fusion-data"),
        read=_folder,
        meaning="directory of the embedded log, ledger and store",
    )
    host: str = setting("127.0.0.1", read=_text, meaning="address that the service listens on")
    port: int = setting(
        8080, read=_number(0, _MAX_PORT), meaning="port that it listens on; 0 takes a free one"
    )
    log_url: str | None = setting(
        None,
        read=_text,
        meaning="Apache Kafka as the log, kafka://host:port[,host:port…][/prefix], kafka+tls://"
        " over TLS; without it a file in the directory",
    )
    log_user: str | None = setting(
        None, read=_text, meaning="user at Kafka, by SCRAM-SHA-512; without it none is named"
    )
    log_password: str | None = setting(
        None, read=_text, meaning="password of that user", is_secret=True
    )
    log_authority: Path | None = setting(
        None,
        read=_folder,
        meaning="file of the certificates that Kafka's is checked by; without it the machine's",
    )
    log_partitions: int = setting(
        8,
        read=_number(1, _MAX_PARTITIONS),
        meaning="over how many partitions signals are spread when the log is begun in Kafka",
    )
    log_replication: int = setting(
        3,
        read=_number(1, _MAX_REPLICATION),
        meaning="how many copies Kafka keeps of a log that is begun; 1 for a broker alone",
    )
    store_url: str | None = setting(
        None,
        read=_text,
        meaning="PostgreSQL as the store, postgresql://user@host/database, a database for each"
        " namespace; without it a file in the directory",
        is_secret=True,
    )
    levels: tuple[str, ...] = setting(
        ("OPEN", "OFFICIAL", "SECRET", "TOP SECRET"),
        read=_names,
        meaning="levels of a marking, lowest first, with commas between them",
    )
    vocabulary: Path | None = setting(
        None, read=_folder, meaning="folder of vocabulary files that extend the shipped ones"
    )
    patterns: Path | None = setting(
        None, read=_folder, meaning="folder of patterns that stands in for the shipped library"
    )
    publisher_token_seconds: int = setting(
        24 * 3600,
        read=_number(1, _MAX_TOKEN_SECONDS),
        meaning="how long a publisher's token is good for, unless asked otherwise",
    )
    reader_token_seconds: int = setting(
        3600,
        read=_number(1, _MAX_TOKEN_SECONDS),
        meaning="how long a reader's token is good for, unless asked otherwise",
    )
    reader_requests_per_second: int = setting(
        500,
        read=_number(1, _MAX_RATE),
        meaning="requests that one reader may make of one process, sustained",
    )
    publisher_signals_per_second: int = setting(
        20_000,
        read=_number(1, _MAX_RATE),
        meaning="signals that one publisher may post to one process, sustained",
    )

    def __repr__(self) -> str:
        return " ".join(f"{name}={shown}" for name, shown in printed(self).items())


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment asks for, defaults for the rest.

    Raises `Misused`, naming every FUSION_ variable that is unknown or cannot be used.
    """
    known = {variable_of(one): one for one in fields(Settings)}
    given = {name: text for name, text in environment.items() if name.startswith(PREFIX)}
    wrong = [_unknown(name, known) for name in sorted(given.keys() - known.keys())]
    values: dict[str, Any] = {}
    for name in sorted(given.keys() & known.keys()):
        try:
            values[known[name].name] = known[name].metadata["read"](given[name])
        except Unusable as unusable:
            wrong.append(f"{name} {unusable}")
    if wrong:
        raise Misused("; ".join(wrong))
    return Settings(**values)


def variable_of(one: Field[Any]) -> str:
    """The environment variable that sets a field of `Settings`."""
    return PREFIX + one.name.upper()


def printed(settings: Settings) -> dict[str, str]:
    """Each variable with the value in force, secrets hidden; unset ones show as `-`."""
    return {variable_of(one): _shown(one, getattr(settings, one.name)) for one in fields(settings)}


def _shown(one: Field[Any], value: object) -> str:
    if value is None:
        return "-"
    if one.metadata["is_secret"]:
        return "(hidden)"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"{name} is no setting" + (f" (did you mean {near[0]}?)" if near else "")
