"""The schemas of events: every version that was ever written has its file."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from fusion.events import schemas
from fusion.events.catalog import CATALOG, Entry, GrantsRevoked


def test_every_event_has_a_schema_that_is_one() -> None:
    found = schemas.event_schemas()
    assert set(found) == {f"events/{name}.v{e.version}.json" for name, e in CATALOG.items()}
    for schema in found.values():
        Draft202012Validator.check_schema(schema)


def test_a_body_is_held_to_its_own_event() -> None:
    revoked = Draft202012Validator(schemas.event_schemas()["events/grants.revoked.v1.json"])
    revoked.validate({"name": "ann"})
    assert not revoked.is_valid({"who": "ann"})


def test_the_schemas_of_older_versions_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    moved_on = {"grants.revoked": Entry("grants.revoked", 3, GrantsRevoked)}
    monkeypatch.setattr(schemas, "CATALOG", moved_on)
    assert schemas.older_schemas() == (
        "events/grants.revoked.v1.json",
        "events/grants.revoked.v2.json",
    )
