from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

from fusion.cli.main import COMMANDS, run

USAGE = 2


def said(capsys: pytest.CaptureFixture[str], *arguments: str, **environment: str) -> str:
    """What a command that is refused says: one line, on standard error alone."""
    assert run(arguments, environment) == USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fusion: ")
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_its_arguments_are(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_module(f"fusion.cli.{name}").__doc__
    with pytest.raises(SystemExit) as left:
        run([name, "--help"], {})
    assert left.value.code == 0
    assert f"usage: fusion {name}" in capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"], {}) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert run(["--version"], {}) == 0
    assert capsys.readouterr().out == f"fusion {version('fusion')}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "a command is needed"),
        (["serv"], "did you mean serve?"),
        (["quxx"], "'quxx' is no command: there are"),
        (["redo"], "is no command"),
        (["token"], "token: the following arguments are required: KIND"),
        (["token", "auditor", "x"], "token: argument KIND: invalid choice: 'auditor'"),
        (["token", "publisher", "p"], "token publisher: the following arguments are required"),
        (["token", "reader", "r"], "token reader: the following arguments are required: --agency"),
        (["serve", "--port", "70000"], "'70000' is no port"),
        (["serve", "--clock", "2001-01-01"], "--clock is of an exercise"),
        (["clock", "advance", "soon"], "'soon' is no time"),
        (["grants", "list", "--data", "/nowhere"], "/nowhere is no data directory"),
        (["registry", "load", "/nowhere.yaml"], "/nowhere.yaml can't be read: No such file"),
        (["publish", "f", "--url", "x", "--token", "t"], "'x' is no address"),
        (
            ["publish", "/nowhere", "--url", "http://h", "--token", "t"],
            "/nowhere can't be read: No such file",
        ),
        (["watch", "--url", "http://127.0.0.1:1", "--token", "t"], "does not answer"),
    ],
)
def test_what_a_user_did_wrong_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in said(capsys, *arguments)


def test_a_setting_that_does_not_exist_is_refused_whatever_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "FUSION_PROT is no setting" in said(capsys, "serve", FUSION_PROT="1")


def test_an_output_that_nobody_reads_ends_the_command_quietly() -> None:
    script = f"{sys.executable} -m fusion --help | true"
    done = subprocess.run(  # noqa: S602 - a pipe is what this is about
        script, shell=True, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
