"""`fusion audit`: checkpoints that leave the host, and exit code 1 for a ledger tampered with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from fusion.assembly import LEDGER_FILE
from fusion.domain.clock import ScriptedClock
from fusion.events.ledger import Chain
from fusion.events.ledger_entries import StreamClosed, entry_envelope
from fusion.events.sqlite_log import SqliteLog
from tests.e2e.service import done, fusion, refused

ENTRIES = 5


@pytest.fixture
def data(tmp_path: Path) -> Path:
    clock = ScriptedClock(0)
    chain = Chain(lambda by: SqliteLog(tmp_path / LEDGER_FILE, by), clock)
    for number in range(ENTRIES):
        chain.append([entry_envelope(StreamClosed(str(number)))])
    chain.close()
    return tmp_path


def tamper(data: Path, statement: str) -> None:
    with sqlite3.connect(data / LEDGER_FILE) as file:
        assert file.execute(statement).rowcount > 0
    file.close()


def failed(*arguments: str | Path, data: Path) -> str:
    code, out, err = fusion("audit", "verify", *arguments, data=data)
    assert (code, out) == (1, "")
    return err


def test_a_sound_ledger_agrees_with_the_checkpoints_that_were_kept(data: Path) -> None:
    assert done("audit", "verify", data=data) == "5 entries are a sound chain"
    kept = data / "kept.jsonl"
    for _ in range(2):
        with kept.open("a") as file:
            print(done("audit", "checkpoint", data=data), file=file)
    agreed = done("audit", "verify", "--checkpoint", kept, data=data)
    assert agreed == "5 entries agree with 2 checkpoints"


def test_what_was_changed_is_named_by_its_number(data: Path) -> None:
    tamper(data, "UPDATE events SET body = x'7b7d' WHERE id = '3'")
    assert failed(data=data).startswith("fusion: entry 3: ")


def test_what_was_cut_off_is_found_by_a_checkpoint(data: Path) -> None:
    kept = data / "kept.jsonl"
    kept.write_text(done("audit", "checkpoint", data=data))
    tamper(data, "DELETE FROM events WHERE id >= '4' AND source = '/fusion/ledger'")
    assert done("audit", "verify", data=data) == "3 entries are a sound chain"
    assert failed("--checkpoint", kept, data=data).startswith("fusion: entry 4: ")


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_ledger_that_is_gone_or_is_none_fails_the_check(data: Path, is_gone: bool) -> None:
    (data / LEDGER_FILE).unlink()
    if not is_gone:
        (data / LEDGER_FILE).write_bytes(b"no ledger at all" * 400)
    assert "ledger" in failed(data=data)


def test_bad_input_is_no_failed_check(data: Path, tmp_path: Path) -> None:
    assert "no data directory" in refused("audit", "verify", data=tmp_path / "nowhere")
    assert "can't be read" in refused("audit", "verify", "--checkpoint", "nowhere", data=data)
    (tmp_path / "wrong").write_text("hello")
    assert "line 1" in refused("audit", "verify", "--checkpoint", tmp_path / "wrong", data=data)


def test_where_no_ledger_was_begun_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert "no ledger" in refused("audit", "checkpoint", data=tmp_path)
    assert list(tmp_path.iterdir()) == []
