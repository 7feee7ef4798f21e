"""What views say that they disclose is what their answers show, for every reader of any world."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.domain.ids import signal_of
from tests.laws.cutting import read
from tests.simulation.making import make_world
from tests.simulation.worlds import make_readers

SEEDS = st.integers(0, 10_000)


def disclosures(answers: Any) -> Iterator[tuple[Any, set[str]]]:
    """The bodies in what a reader got, now and of its past, with the signals that each shows."""
    for name, answer in (pair for each in answers for pair in each.items()):
        if name == "stream":
            yield from ((data, {s for _, s in shown}) for _, _, data, shown, *_ in answer)
        for each in answer if isinstance(answer, list) else [answer]:
            if isinstance(each, dict):
                yield each["body"], {signal for _, signal in each["shown"]}


def words(value: Any) -> Iterator[str]:
    """Every string in a JSON value, members' names too.

    What a signal says of another (a claim, an origin) is that signal's own word.
    """
    if isinstance(value, dict):
        if "specversion" in value:
            yield f"{value['source']}/{value['id']}"
            return
        for name, each in value.items():
            yield name
            yield from words(each)
    elif isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, str):
        yield value


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 12))
def test_every_signal_that_an_answer_names_is_disclosed_and_may_be_known(
    seed: int, size: int
) -> None:
    world = make_world(seed, size)
    signals = {signal.name: signal for signal in world.signals()}
    for reader in make_readers(seed):
        for body, shown in disclosures(
            msgspec.json.decode(read(world, reader, Random(seed), world))
        ):
            named = {signal_of(word) for word in words(body)} & signals.keys()
            # A judgement may cite what the log never held.
            assert named <= shown
            assert all(reader.admits(signals[name].marking) for name in shown & signals.keys())


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 12))
def test_an_answer_without_a_fact_discloses_nothing(seed: int, size: int) -> None:
    world = make_world(seed, size)
    for reader in make_readers(seed):
        for body, shown in disclosures(
            msgspec.json.decode(read(world, reader, Random(seed), world))
        ):
            if body.get("items") == []:
                assert shown == set()
            elif body.get("entity") or body.get("evidence") or body.get("status") == "raised":
                assert shown
