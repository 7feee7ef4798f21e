"""Silent streams: a pattern may be on in a twentieth of ordinary times."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from fusion import assembly
from fusion.cli import main
from fusion.cli.silent_stream import MOST_ON, share_on
from fusion.domain.pattern import Pattern, Silent
from fusion.patterns.loader import SHIPPED
from fusion.settings import settings_from

RULES, COMMUNITY, _ = assembly.offline_rules(None, None, settings_from({}))
SHORT = Silent(seed=3, days=365, signals=200)


def on(pattern: Pattern) -> float:
    rules = replace(RULES, patterns=(pattern,))
    return share_on(pattern, SHORT, rules, COMMUNITY)


def test_a_pattern_is_silent_in_ordinary_times_that_are_full_of_what_it_reads() -> None:
    training = RULES.pattern("training-by-circumstances")
    assert on(training) <= MOST_ON
    # A lower threshold has it on for months: the stream does hold what resembles its examples.
    assert on(replace(training, threshold=1_000)) > 0.3


def test_a_stream_of_a_seed_is_the_same_every_time() -> None:
    eager = replace(RULES.pattern("training-by-circumstances"), threshold=2_500)
    assert 0 < on(eager) == on(eager) < 1


def test_a_pattern_that_rings_in_ordinary_times_is_told_with_its_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "training-by-circumstances.yaml"
    document = yaml.safe_load((SHIPPED / name).read_text())
    document["threshold"] = 0.5
    document["roles"] = {
        "conduct": document["roles"]["conduct"] | {"cap": 5, "needed": False},
    }
    document["examples"] = [document["examples"][0], document["examples"][2]]
    document["silent"] = {"seed": 3, "days": 730, "signals": 300}
    (tmp_path / name).write_text(yaml.safe_dump(document))
    assert main.run(["patterns", "check", str(tmp_path)], {}) == 1
    assert "more than 5%" in capsys.readouterr().out
    assert main.run(["patterns", "check", str(tmp_path), "--no-streams"], {}) == 0


def test_every_shipped_pattern_names_its_silent_stream() -> None:
    assert all(pattern.silent for pattern in RULES.patterns)
