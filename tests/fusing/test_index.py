from __future__ import annotations

import pytest

from fusion.fusing import index
from tests.fusing.test_engine import check_chronicle, check_fusing


@pytest.mark.parametrize("seed", range(12))
def test_what_is_let_go_of_is_read_again(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "ROWS_KEPT", 1)
    monkeypatch.setattr(index, "KEYS_KEPT", 2)
    check_fusing(seed, 14)
    check_chronicle(seed, 14)
