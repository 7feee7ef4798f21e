from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fusion.cli.directory import held, make_directory, require_directory
from fusion.domain.errors import Misused


def test_a_directory_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    in_use = "in use by another fusion process"
    with held(tmp_path):
        with pytest.raises(Misused, match=in_use), held(tmp_path, seconds=0):
            raise AssertionError("two hold it")
        with held(tmp_path, name="another.lock"):
            pass
    with held(tmp_path, seconds=0):
        pass


def test_a_directory_is_let_go_whatever_happened(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), held(tmp_path):
        raise RuntimeError
    with held(tmp_path, seconds=0):
        pass


def test_a_directory_that_is_made_is_its_owners(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    make_directory(data)
    make_directory(data)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for wrong in (file, file / "below"):
        with pytest.raises(Misused, match="file"):
            make_directory(wrong)
        with pytest.raises(Misused, match="is no data directory"):
            require_directory(wrong)
    with pytest.raises(Misused, match="can't be used"), held(tmp_path / "nowhere"):
        pass
