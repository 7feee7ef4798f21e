from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fusion.cli.main import run
from fusion.events.catalog import CATALOG, Entry, GrantsRevoked
from fusion.events.schemas import older_schemas

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.fixture
def written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["schemas", "--out", str(tmp_path)], {}) == 0
    count = len(list(tmp_path.rglob("*.json")))
    for name in older_schemas():
        shutil.copy(SCHEMAS / name, tmp_path / name)
    assert capsys.readouterr().out == f"{count} of {count} schemas written\n"
    return tmp_path


def checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the check says of a folder in which something is wrong."""
    assert run(["schemas", "--check", "--out", str(folder)], {}) == 1
    return capsys.readouterr().err


def test_what_was_written_agrees(written: Path) -> None:
    assert run(["schemas", "--check", "--out", str(written)], {}) == 0


def test_a_schema_that_was_edited_is_found_out_and_put_right(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (written / "openapi.json").write_text("{}")
    assert "openapi.json does not agree with the code" in checked(written, capsys)
    assert run(["schemas", "--out", str(written)], {}) == 0
    assert run(["schemas", "--check", "--out", str(written)], {}) == 0


def test_a_schema_of_nothing_is_found_out(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (written / "events" / "dinner.served.v1.json").write_text("{}")
    assert "dinner.served.v1.json is no schema of the code's" in checked(written, capsys)


def test_the_schema_of_an_older_version_may_not_go(
    written: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved_on = {**CATALOG, "grants.revoked": Entry("grants.revoked", 2, GrantsRevoked)}
    monkeypatch.setattr("fusion.events.schemas.CATALOG", moved_on)
    assert run(["schemas", "--out", str(written)], {}) == 0
    assert run(["schemas", "--check", "--out", str(written)], {}) == 0
    (written / "events" / "grants.revoked.v1.json").unlink()
    capsys.readouterr()
    assert "grants.revoked.v1.json is missing" in checked(written, capsys)
