from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from fusion.cli.options import bearer, command, duration, failure_line, moment, port, url
from fusion.domain.clock import parse_moment
from fusion.domain.errors import Fault, Invalid, Misused


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800)]
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: int) -> None:
    assert duration(text) == seconds


def test_a_moment_is_a_time_or_the_midnight_of_a_day() -> None:
    assert moment("2001-07-10") == parse_moment("2001-07-10T00:00:00Z")
    assert moment("2001-07-10T09:00:00+02:00") == parse_moment("2001-07-10T07:00:00Z")


def test_an_address_has_no_slash_at_its_end() -> None:
    assert url("http://127.0.0.1:8080/") == "http://127.0.0.1:8080"
    assert url("https://fusion.example/under") == "https://fusion.example/under"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (duration, "24"),
        (duration, "0h"),
        (duration, "-1h"),
        (duration, "1w"),
        (duration, "9999999999s"),
        (moment, "2001-02-30"),
        (moment, "July"),
        (moment, "2001-07-10T09:00:00"),
        (port, "65536"),
        (port, "-1"),
        (port, "http"),
        (url, "127.0.0.1:8080"),
        (url, "ftp://host"),
        (url, "http://"),
        (bearer, "two words"),
        (bearer, "line\nbreak"),
        (bearer, ""),
    ],
)
def test_what_is_none_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        read(text)


def test_a_wrong_argument_is_one_line_that_names_the_command() -> None:
    parser = command("serve", "")
    parser.add_argument("--port", type=port)
    with pytest.raises(Misused) as caught:
        parser.parse_args(["--port", "x"])
    assert caught.value.detail == "serve: argument --port: 'x' is no port from 0 to 65535"
    with pytest.raises(Misused, match="unrecognized arguments: --por"):
        parser.parse_args(["--por", "1"])


def test_a_failure_is_one_line_with_its_first_place() -> None:
    faults = (Fault("/agencies/0", "has no name"), Fault("/posts", "is missing"))
    assert failure_line(Invalid("not a\nregistry", faults=faults)) == (
        "not a registry: /agencies/0: has no name (and 1 more)"
    )
    assert failure_line(Invalid("/posts: is missing", faults=faults[1:])) == "/posts: is missing"
    assert failure_line(Misused("the port is taken")) == "the port is taken"
