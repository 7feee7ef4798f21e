"""`fusion demo` on a scenario made for it: the real service, started, followed and ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fusion.cli.directory import held
from tests.cli.made_scenario import (
    decisions_document,
    promises_document,
    signals_with_a_weak_claim,
    written_scenario,
)
from tests.e2e.service import PATIENCE_SECONDS, ROOT

URL = re.compile(r"^The service is up: (http://\S+), over (.+)$", re.MULTILINE)
ENDED_BY_SIGTERM = 128 + signal.SIGTERM


def started(scenario: Path | str, place: Path, *arguments: str) -> subprocess.Popen[str]:
    """A demonstration in a process of its own, whose temporary directories are in `place`."""
    place.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "fusion", "demo", "--scenario", str(scenario), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place), "PYTHONUTF8": "1"},
    )


def ended(demo: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = demo.communicate(timeout=2 * PATIENCE_SECONDS)
    return demo.returncode, out, err


def test_a_scenario_is_told_as_it_happens_and_its_service_can_be_kept(tmp_path: Path) -> None:
    folder = written_scenario(
        tmp_path / "scenario", signals=signals_with_a_weak_claim(), decisions=decisions_document()
    )
    code, out, err = ended(started(folder, tmp_path / "tmp", "--noise", "3", "--keep"))
    found = URL.search(out)
    pid = re.search(r"^kill (\d+) ends it", out, re.MULTILINE)
    assert found is not None and pid is not None, (out, err)
    try:
        assert (code, err) == (0, "")
        # What was told, in its order: the two men, the tear-line, the alert.
        assert re.search(r"one or two\?.*\n.*\n *one, 4 mentions +nothing +nothing", out)
        assert re.search(r"one or two\?.*\n.*\n *two, . \+ . mentions +nothing +nothing", out)
        assert re.search(
            r"^2015-02-10  river/gauges +Deposits beyond insurance +A · g", out, re.MULTILINE
        )
        assert re.search(r"▲ raised  .*Harrowgate.*\n.*\n.*\n *▲ in full.*nothing +nothing", out)
        assert out.count("✓") == 2
        # What made the two one was the judgement, and the verdict does not say otherwise.
        assert "⚖ analyst judges POSITIVE" in out
        assert "not by the claim but by a judgement on it" in " ".join(out.split())
        assert "24 synthetic" in out
        # The kept service answers each reader by its token, and each by what it may know.
        url, data = found.groups()
        alerts = {}
        for name in ("analyst", "clerk", "guard"):
            token = re.search(rf"^{name}: (\S+)$", out, re.MULTILINE)
            assert token is not None
            headers = {"Authorization": f"Bearer {token[1]}"}
            page = httpx.get(f"{url}/v1/alerts", headers=headers, timeout=PATIENCE_SECONDS)
            alerts[name] = [each["pattern"] for each in page.json()["items"]]
        assert alerts == {"analyst": ["bank-run"], "clerk": [], "guard": []}
        # It has no days left for another run, and says so.
        again = ("--scenario", folder, "--noise", "0", "--url", url)
        assert "can't be demonstrated on: the clock stands at 2015-03-09" in said(again, Path(data))
    finally:
        os.kill(int(pid[1]), signal.SIGTERM)
    with held(Path(found[2]), seconds=PATIENCE_SECONDS):
        assert (Path(found[2]) / "log.sqlite").exists()


def test_a_shipped_scenario_outside_security_keeps_its_promises(tmp_path: Path) -> None:
    code, out, err = ended(started("contaminated-shipment", tmp_path / "tmp", "--noise", "1"))
    assert (code, err) == (0, ""), err
    assert out.count("✓") == 3
    assert "inside 74 synthetic ones" in out
    assert "Leads: Chief Inspector of Food (Food safety group)" in out
    # A tear-line is all that the one has of what the other has in full.
    assert re.search(r"^2017-03-23  hospitals/st-anselm .* i T d ·$", out, re.MULTILINE), out
    assert list((tmp_path / "tmp").iterdir()) == []


def said(arguments: tuple[str | Path, ...], data: Path) -> str:
    """The error of a demonstration that was refused once it had said what it is about."""
    command = [sys.executable, "-m", "fusion", "demo", *map(str, arguments), "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    return done.stderr


def test_a_broken_promise_fails_by_its_name_and_nothing_is_left_behind(tmp_path: Path) -> None:
    promises = promises_document()
    promises["promises"][0]["alert"]["agencies"] = {"all_of": ["harbour"]}
    folder = written_scenario(tmp_path / "scenario", promises=promises)
    code, out, err = ended(started(folder, tmp_path / "tmp", "--noise", "0"))
    assert code == 1
    assert err == "fusion: promised and not raised: run: no reader was told such an alert\n"
    assert "✗ A bank is run on" in out
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_ends_it_midway_ends_its_service_too(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder, data = written_scenario(tmp_path / "scenario"), tmp_path / "data"
    demo = started(folder, tmp_path / "tmp", "--noise", "100", "--data", str(data))
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("2015-01-05"):
            break
    demo.send_signal(number)
    code, _, err = ended(demo)
    assert (code, err) == ({signal.SIGTERM: ENDED_BY_SIGTERM}.get(number, 130), "")
    # Both of the service's processes have let go of the directory when it returns.
    with held(data, seconds=0), held(data, name="worker.lock", seconds=0):
        pass
