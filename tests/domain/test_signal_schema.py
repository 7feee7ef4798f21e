"""The schema of a signal: what a publisher's own tools check before they post."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fusion import scenarios
from fusion.domain.signal_schema import signal_schema

VALIDATOR = Draft202012Validator(signal_schema())
LINES = (Path(scenarios.__file__).parent / "september-11" / "signals.jsonl").read_text("utf-8")
SIGNALS = [json.loads(line) for line in LINES.splitlines()]

Spoil = Callable[[dict[str, Any]], object]


def test_every_signal_that_ships_is_as_the_schema_says() -> None:
    Draft202012Validator.check_schema(signal_schema())
    for signal in SIGNALS:
        VALIDATOR.validate(signal)


def test_a_retraction_is_a_signal_too_and_extensions_may_stand_there() -> None:
    first = SIGNALS[0]
    VALIDATOR.validate(
        first
        | {"type": "fusion.signal.retracted.v1", "data": {"retracts": first["id"]}}
        | {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s.pop("time"),
        lambda s: s.update(specversion="0.3"),
        lambda s: s.update(source="FBI/phoenix"),
        lambda s: s.update(id="a b"),
        lambda s: s["data"].pop("marking"),
        lambda s: s["data"].update(colour="red"),
        lambda s: s["data"]["marking"].update(audience=["everybody"]),
        lambda s: s["data"].update(grading={"source": "G"}),
        lambda s: s.update(type="fusion.signal.retracted.v1"),
    ],
)
def test_what_has_another_shape_is_no_signal(spoil: Spoil) -> None:
    signal = copy.deepcopy(SIGNALS[0])
    spoil(signal)
    assert not VALIDATOR.is_valid(signal)
