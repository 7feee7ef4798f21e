"""`fusion demo`: a scenario through the real service, and what each reader would have been told.

Starts the service over a directory of its own, publishes as each agency inside ordinary signals,
and shows what four readers are told as it happens. Exit code 0 only if all that the scenario
promises was raised, else 1. What it started it ends, unless it is told to keep it. `--regimes` and
`--margins` start nothing: they fuse the scenario offline and print what that would have been under
other rules of sharing, and on which row, grade or weight it hangs.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from fusion.cli.demonstration.afterwards import tries_with, tries_without
from fusion.cli.demonstration.child import Child, serving
from fusion.cli.demonstration.comparing import show_margins, show_regimes
from fusion.cli.demonstration.course import course
from fusion.cli.demonstration.offline_world import world_of
from fusion.cli.demonstration.operator import TOKEN_SECONDS, Operator
from fusion.cli.demonstration.reckoning import Reckoning
from fusion.cli.demonstration.scenario import (
    Document,
    Scenario,
    load_scenario,
    require_words,
    shipped,
)
from fusion.cli.demonstration.screen import Screen, console_for
from fusion.cli.demonstration.verdict import verdict
from fusion.cli.directory import make_directory, require_directory
from fusion.cli.options import command, url
from fusion.cli.progress import shown_progress
from fusion.domain.errors import Misused
from fusion.settings import Settings
from fusion.simulate.ordinary import PER_SIGNAL, ordinary
from fusion.vocabulary.loaded import load_vocabulary

FAILED = 1
# Any other will do: it was not chosen for what comes of it.
SEED = 1
# Against a slip of the finger: for a scenario of a hundred signals this is a hundred thousand.
MAX_NOISE = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: a service, its data directory, and its process if it is ours."""

    url: str
    data: Path
    child: Child | None = None


def run(arguments: list[str], settings: Settings) -> int:
    """Run a scenario; 1 where a promise was not kept."""
    asked = _asked(arguments)
    scenario = load_scenario(asked.scenario)
    if asked.margins:
        world = world_of(scenario, settings.patterns, settings)
        with shown_progress() as progress:
            show_margins(scenario, world, console_for(sys.stdout), progress)
        return 0
    count = asked.noise * scenario.submitted
    signals = _ordinary(scenario, asked, settings)
    if asked.regimes:
        world = world_of(scenario, settings.patterns, settings)
        with shown_progress() as progress:
            show_regimes(scenario, list(signals), world, console_for(sys.stdout), progress)
        return 0
    screen = Screen(console_for(sys.stdout), scenario)
    screen.open(ordinary=count, seed=asked.seed)
    started = perf_counter()
    with ExitStack() as opened:
        with screen.waiting("starting the service, its publishers and its readers"):
            place = opened.enter_context(_place(asked, scenario))
            operator = Operator(place.data)
            ready = opened.enter_context(course(scenario, place.url, operator, screen))
        set_up = perf_counter() - started
        reckoning = ready.run(signals, count=count)
        screen.verdict(verdict(reckoning))
        screen.say(f"Ran in {reckoning.seconds:.0f} s; set up in {set_up:.0f} s.", "dim")
        if asked.keep or place.child is None:
            _leave_up(place, ready.tokens, screen)
            tries = tries_with(reckoning, url=place.url, data=place.data)
        else:
            tries = tries_without(scenario, asked_for=asked.scenario, noise=asked.noise)
        screen.tries(list(tries))
    return _exit_code(reckoning)


def _ordinary(
    scenario: Scenario, asked: argparse.Namespace, settings: Settings
) -> Iterator[Document]:
    """The ordinary signals around a scenario, made one by one; none at no noise."""
    vocabulary = load_vocabulary(settings.vocabulary)
    require_words(scenario, vocabulary)
    if not asked.noise:
        return iter(())
    with _imitating(asked.scenario):
        made = ordinary(
            scenario.signals,
            per_signal=asked.noise,
            seed=asked.seed,
            vocabulary=vocabulary,
            surroundings=scenario.surroundings,
        )
    return _imitated(asked.scenario, made)


def _imitated(scenario: str, made: Iterator[Document]) -> Iterator[Document]:
    with _imitating(scenario):
        yield from made


@contextmanager
def _imitating(scenario: str) -> Iterator[None]:
    """What is wrong with a signal is the service's to say; here it only can't be imitated."""
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        raise Misused(f"{scenario}: no ordinary signals can be made for it: {error}") from None


def _leave_up(place: Place, tokens: Mapping[str, str], screen: Screen) -> None:
    """Leave the service up, and say where it is and how to get in."""
    if place.child is not None:
        place.child.keep()
    screen.say(f"The service is up: {place.url}, over {place.data}", "bold")
    if place.child is not None:
        screen.say(
            f"kill {place.child.pid} ends it; the directory stays, for you to delete.", "dim"
        )
    screen.say(f"A token for each reader, good for {TOKEN_SECONDS // 3600} hours:")
    for name, token in tokens.items():
        screen.say(f"{name}: {token}")


def _exit_code(reckoning: Reckoning) -> int:
    broken = list(reckoning.broken())
    for promise, why in broken:
        print(f"fusion: promised and not raised: {promise.name}: {why}", file=sys.stderr)
    return FAILED if broken else 0


@contextmanager
def _place(asked: argparse.Namespace, scenario: Scenario) -> Iterator[Place]:
    """A service that is running already, or one of our own."""
    if asked.url is not None:
        require_directory(asked.data)
        yield Place(asked.url, asked.data)
        return
    with (
        _directory(asked) as data,
        serving(data, seed=f"{scenario.slug}-{asked.seed}", clock=scenario.start) as child,
    ):
        yield Place(child.url, data, child)


@contextmanager
def _directory(asked: argparse.Namespace) -> Iterator[Path]:
    """The directory that is asked for, which must be empty; else one of our own for the while."""
    if asked.data is not None:
        make_directory(asked.data)
        if any(asked.data.iterdir()):
            raise Misused(f"{asked.data} is not empty: a demonstration begins with nothing")
        yield asked.data
        return
    data = Path(tempfile.mkdtemp(prefix="fusion-demo-"))
    try:
        yield data
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    if not asked.keep:
        shutil.rmtree(data, ignore_errors=True)


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = command("demo", "A scenario through the real service, told as it happens.")
    parser.add_argument(
        "--scenario",
        default=next(shipped()),
        metavar="NAME",
        help=f"{', '.join(shipped())}, or a folder of your own (%(default)s)",
    )
    parser.add_argument(
        "--noise",
        type=_noise,
        default=PER_SIGNAL,
        metavar="N",
        help="ordinary signals for each of the scenario (%(default)s)",
    )
    parser.add_argument(
        "--seed", type=_seed, default=SEED, help="of the ordinary signals (%(default)s)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the service up")
    figures = parser.add_mutually_exclusive_group()
    figures.add_argument(
        "--regimes",
        action="store_true",
        help="no service: who is told what under three rules of sharing, and at what price",
    )
    figures.add_argument(
        "--margins",
        action="store_true",
        help="no service: which row, grade or weight, one step changed, loses which alert",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="an empty directory, kept; else one for the while"
    )
    parser.add_argument("--url", type=url, help="a running exercise's, whose directory is --data")
    asked = parser.parse_args(arguments)
    if asked.url is not None and asked.data is None:
        raise Misused(
            "--url needs --data, the directory of that service: tokens are made through its socket"
        )
    if (asked.regimes or asked.margins) and (asked.url or asked.data or asked.keep):
        raise Misused("--regimes and --margins start no service: no --url, --data or --keep")
    return asked


def _noise(text: str) -> int:
    return _whole(text, MAX_NOISE)


def _seed(text: str) -> int:
    return _whole(text, 1_000_000)


def _whole(text: str, highest: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= highest):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number up to {highest}")
    return int(text)
