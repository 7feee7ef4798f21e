"""Upcasters: what was logged long ago is read as if it had been written today."""

from __future__ import annotations

from typing import Any

import pytest

from fusion.domain.errors import Unreadable
from fusion.events.catalog import CATALOG, Entry, GrantsRevoked, ModelPublished
from fusion.events.codec import decode
from fusion.events.envelope import Envelope
from fusion.events.upcasters import UPCASTERS, Steps, upcast

# A past that never was: version 1 called the digest a hash, version 2 had the version as a number.
_STEPS: Steps = {
    ("model.published", 1): lambda body: {"version": body["version"], "digest": body["hash"]},
    ("model.published", 2): lambda body: {**body, "version": str(body["version"])},
}
_CATALOG = {**CATALOG, "model.published": Entry("model.published", 3, ModelPublished)}


def _model(version: int, body: bytes) -> Envelope:
    return Envelope("model.published", version, "/fusion/model", "m", body)


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (1, b'{"version":7,"hash":"ab"}'),
        (2, b'{"version":7,"digest":"ab"}'),
        (3, b'{"version":"7","digest":"ab"}'),
    ],
)
def test_every_older_version_is_read_as_the_current_one(version: int, body: bytes) -> None:
    event = decode(_model(version, body), catalog=_CATALOG, steps=_STEPS)
    assert event == ModelPublished(version="7", digest="ab")


def test_a_missing_step_is_said_and_not_skipped() -> None:
    only_the_second = {key: step for key, step in _STEPS.items() if key[1] == 2}
    with pytest.raises(Unreadable, match=r"no upcaster leads from model.published version 1 to 2"):
        decode(_model(1, b'{"version":7,"hash":"ab"}'), catalog=_CATALOG, steps=only_the_second)


def test_steps_are_taken_in_order_and_the_body_given_is_left_alone() -> None:
    def appending(mark: str) -> Any:
        return lambda body: {"path": [*body["path"], mark]}

    steps = {("x", number): appending(f"{number}") for number in (1, 2, 3)}
    body: dict[str, Any] = {"path": []}
    assert upcast(body, name="x", version=1, current=4, steps=steps) == {"path": ["1", "2", "3"]}
    assert upcast(body, name="x", version=4, current=4, steps=steps) is body
    assert body == {"path": []}


def test_a_step_that_yields_another_shape_is_found_out() -> None:
    with pytest.raises(Unreadable, match="digest"):
        decode(
            _model(2, b'{"version":7}'),
            catalog=_CATALOG,
            steps=_STEPS,
        )


def test_the_table_holds_a_step_for_every_older_version_and_no_other() -> None:
    needed = {
        (entry.name, version) for entry in CATALOG.values() for version in range(1, entry.version)
    }
    assert set(UPCASTERS) == needed


def test_members_that_a_newer_program_added_are_ignored() -> None:
    envelope = Envelope("grants.revoked", 1, "/fusion/grants", "g", b'{"name":"ana","why":"left"}')
    assert decode(envelope) == GrantsRevoked("ana")
