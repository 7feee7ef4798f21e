from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from fusion.cli.main import run
from tests.cli.made_scenario import signal, written_scenario


def refused(*arguments: str) -> str:
    """The one line of a demonstration that can't begin."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["demo", *arguments], {})
    said = err.getvalue()
    assert (code, said.count("\n")) == (2, 1), said
    return said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--scenario", "nowhere"),
            "'nowhere' is no scenario: there are september-11, contaminated-shipment, or a",
        ),
        (("--noise", "many"), "'many' is no whole number up to 1000"),
        (("--noise", "1001"), "'1001' is no whole number up to 1000"),
        (("--seed", "-1"), "--seed"),
        (("--url", "nowhere"), "'nowhere' is no address"),
        (("--margins", "--keep"), "--regimes and --margins start no service"),
        (("--margins", "--regimes"), "not allowed with"),
        (("--url", "http://127.0.0.1:1"), "--url needs --data, the directory of that service"),
        (("--url", "http://127.0.0.1:1", "--data", "/nowhere"), "/nowhere is no data directory"),
    ],
)
def test_what_can_not_be_asked_is_one_line(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_a_directory_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    folder, data = written_scenario(tmp_path / "scenario"), tmp_path / "data"
    data.mkdir()
    (data / "mine").write_text("mine")
    assert "is not empty" in refused("--scenario", str(folder), "--data", str(data), "--noise", "0")
    assert [each.name for each in data.iterdir()] == ["mine"]


def test_a_service_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    folder = written_scenario(tmp_path / "scenario")
    (tmp_path / "data").mkdir()
    url = ("--url", "http://127.0.0.1:1", "--data", str(tmp_path / "data"))
    assert "does not answer" in refused("--scenario", str(folder), "--noise", "0", *url)


def test_words_that_ordinary_signals_can_not_be_made_of_are_said(tmp_path: Path) -> None:
    strange = signal(
        "/river/gauges",
        "1",
        "2015-01-05T09:00:00Z",
        {"level": "OPEN"},
        activities=[{"code": "juggling"}],
    )
    document = {"promises": [{"name": "a", "says": "b", "alert": {"patterns": ["c"]}}]}
    folder = written_scenario(tmp_path, signals=[strange], promises=document)
    assert "no ordinary signals can be made for it" in refused("--scenario", str(folder))
