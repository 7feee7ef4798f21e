"""What the commands' arguments have in common: how they are read, and how their errors are said."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NoReturn

from fusion.domain.clock import parse_moment, period_start
from fusion.domain.errors import FusionError, Misused
from fusion.settings import Settings

_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Arguments(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like everybody's here."""

    def error(self, message: str) -> NoReturn:
        raise Misused(f"{self.prog.removeprefix('fusion ')}: {message}")


def command(name: str, description: str) -> Arguments:
    """The parser of one command."""
    return Arguments(prog=f"fusion {name}", description=description, allow_abbrev=False)


def add_data(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """`--data DIR`."""
    parser.add_argument(
        "--data", type=Path, default=settings.data, metavar="DIR", help="(%(default)s)"
    )


def add_url(parser: argparse.ArgumentParser) -> None:
    """`--url` and `--token` of a running service."""
    parser.add_argument("--url", required=True, type=url, help="address of the service")
    parser.add_argument("--token", required=True, type=bearer, help="a token of yours")


def url(text: str) -> str:
    """An address of a service, without a slash at its end."""
    if not re.fullmatch(r"https?://[^/\s?#]+(?:/[^\s?#]*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no address like http://127.0.0.1:8080")
    return text.rstrip("/")


def bearer(text: str) -> str:
    """A token as it stands in a header."""
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise argparse.ArgumentTypeError("holds what no token does")
    return text


def duration(text: str) -> int:
    """Seconds: `90s`, `15m`, `24h` or `7d`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration like 90s, 15m, 24h or 7d")
    return int(match[1]) * _SECONDS[match[2]]


def moment(text: str) -> int:
    """A moment (µs): an RFC 3339 time, or a day, which begins at midnight UTC."""
    try:
        return (
            period_start(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else parse_moment(text)
        )
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time like 2001-07-10 or 2001-07-10T09:00:00Z"
        ) from None


def port(text: str) -> int:
    """A TCP port; 0 takes a free one."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:  # noqa: PLR2004 - a port is that
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)


def failure_line(error: FusionError) -> str:
    """An error in one line, with the place of its first fault where its text does not have it."""
    line = error.detail
    if error.faults and error.faults[0].detail not in line:
        first = error.faults[0]
        line = f"{line}: {first.pointer or '/'}: {first.detail}"
    more = len(error.faults) - 1
    return " ".join(line.split()) + (f" (and {more} more)" if more > 0 else "")
