"""The harness itself: every channel that a served surface can have is planted, and is caught."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.noninterference.channels import CHANNELS, Channel
from tests.noninterference.detecting import DETECTORS, VIEW, seen_at_view, seen_over_http
from tests.noninterference.rich import rich_pair

README = Path(__file__).parent / "README.md"
ROOT = Path(__file__).parents[2]
LAST = 34
_ROW = re.compile(r"^\| *(\d+) *\|([^|]+)\|([^|]+)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[a-z_/]+\.py)`: “([^”]+)”")


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.says)
def test_a_planted_channel_is_caught_by_its_detector(channel: Channel) -> None:
    pair = rich_pair(others=channel.others)
    with pytest.MonkeyPatch.context() as patch:
        channel.plant(patch)
        is_at_view = channel.detector == VIEW
        found = seen_at_view(pair) if is_at_view else seen_over_http(pair, channel.routes)
    assert found is not None
    assert found.detector == channel.detector


def _table() -> dict[int, str]:
    rows = _ROW.findall(README.read_text(encoding="utf-8"))
    return {int(number): caught.strip() for number, _, caught in rows}


def test_the_table_names_every_channel_once() -> None:
    rows = _ROW.findall(README.read_text(encoding="utf-8"))
    assert [int(number) for number, *_ in rows] == list(range(1, LAST + 1))


def test_the_table_names_the_detectors_that_are_tested() -> None:
    named = {
        number: caught.split("`")[1] for number, caught in _table().items() if caught[0] == "`"
    }
    planted = {channel.number: channel.detector for channel in CHANNELS}
    assert {number: word for number, word in named.items() if word in DETECTORS} == planted


def test_a_test_that_the_table_names_is_there() -> None:
    named = [found for caught in _table().values() for found in _TEST.findall(caught)]
    assert named
    for path, words in named:
        assert words in (ROOT / path).read_text(encoding="utf-8")
