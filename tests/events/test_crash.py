"""Law 8: `kill -9` at any labelled point loses nothing acknowledged and doubles nothing.

Real processes write one log, one life after the other, each a day later and each killed at a visit
of a label. What a life was told is read from its pipe and held against what the log holds.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fusion.domain.clock import MICROS_PER_DAY, ScriptedClock, day_of, midnight
from fusion.events.catalog import ClockTicked
from fusion.events.codec import decode
from fusion.events.crash_point import LABELS, Label
from fusion.events.envelope import Envelope, Recorded
from fusion.events.log import TICK_SOURCE, Outcome
from fusion.events.position import Position
from fusion.events.sqlite_log import SqliteLog

CLIENTS = 4
VISITS = (1, 2, 5)
LIVES = [(label, visit) for visit in VISITS for label in LABELS] * 2
NOON = midnight(11_513) + MICROS_PER_DAY // 2


@dataclass
class Answers:
    """What all lives so far submitted, and what they were told."""

    submitted: dict[str, None] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    standing: dict[str, tuple[str, int]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)

    def take(self, said: str) -> None:
        """Note one life. Nothing is accepted twice, and nobody is told two places for one event."""
        self.unanswered = set()
        for line in said.splitlines():
            kind, *words = line.split()
            if kind == "submits":
                self.submitted |= dict.fromkeys(words)
                self.unanswered |= set(words)
                continue
            name, outcome, position, recorded = words
            self.unanswered.remove(name)
            place = (position, int(recorded))
            assert self.standing.setdefault(name, place) == place
            assert outcome != Outcome.CONFLICT
            if outcome == Outcome.ACCEPTED:
                assert name not in self.accepted
                self.accepted.add(name)

    def next_number(self, client: int) -> int:
        """Where a client goes on: after the last batch that was answered to it whole."""
        numbers = [
            int(name.split("-")[1])
            for name in self.submitted
            if name.startswith(f"{client}-") and name in self.standing
        ]
        return (max(numbers) + 1) // 3 * 3 if numbers else 0


def test_no_death_loses_or_doubles_an_event(tmp_path: Path) -> None:
    path, answers = tmp_path / "log", Answers()
    for life, (label, visit) in enumerate(LIVES):
        before = set(_stored(path)) if path.exists() else set()
        answers.take(_live_and_die(path, NOON + life * MICROS_PER_DAY, label, visit, answers))
        stored = _stored(path)
        _assert_told_the_truth(answers, stored)
        _assert_died_where_it_should(label, answers.unanswered, before, set(stored))
    assert len(answers.accepted) > 100
    _assert_posting_all_again_completes_the_log(path, answers, NOON + len(LIVES) * MICROS_PER_DAY)


def _live_and_die(path: Path, moment: int, label: Label, visit: int, answers: Answers) -> str:
    starts = ",".join(str(answers.next_number(client)) for client in range(CLIENTS))
    program = Path(__file__).with_name("dying_writer.py")
    life = subprocess.run(
        [sys.executable, program, path, str(moment), label, str(visit), starts],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert life.returncode == -signal.SIGKILL
    return life.stdout


def _stored(path: Path) -> dict[str, Recorded]:
    """What the log holds, ticks apart, once it was seen to be lawful."""
    with closing(SqliteLog(path, ScriptedClock(0))) as log:
        events = log.read(Position.start(), 100_000)
        assert log.read(log.head(), 1) == []
    ticked = None
    for found in events:
        if found.envelope.source == TICK_SOURCE:
            assert ticked is None or decode(found) == ClockTicked(ticked + 1)
            ticked = day_of(found.recorded)
            assert found.recorded == midnight(ticked)
        else:
            assert day_of(found.recorded) == ticked
            assert found.envelope.body == found.envelope.id.encode()
    ours = [found for found in events if found.envelope.source != TICK_SOURCE]
    assert len({found.envelope.id for found in ours}) == len(ours)
    return {found.envelope.id: found for found in ours}


def _assert_told_the_truth(answers: Answers, stored: dict[str, Recorded]) -> None:
    """Whatever was acknowledged in any life stands, and where and when it was said to stand."""
    for name, place in answers.standing.items():
        assert (stored[name].position.encode(), stored[name].recorded) == place
    assert set(stored) <= set(answers.submitted)


def _assert_died_where_it_should(
    label: Label, unanswered: set[str], before: set[str], after: set[str]
) -> None:
    """The point is where its label says: unanswered events are in the log only after the commit."""
    assert unanswered
    if label in ("before_append", "in_transaction"):
        assert not unanswered & (after - before)
    else:
        assert unanswered & after


def _assert_posting_all_again_completes_the_log(path: Path, answers: Answers, moment: int) -> None:
    stood = set(_stored(path))
    posts = [Envelope("x", 1, "/fbi", n, n.encode(), n.encode()) for n in answers.submitted]
    with closing(SqliteLog(path, ScriptedClock(moment))) as log:
        first, second = log.append(posts), log.append(posts)
    for envelope, receipt in zip(posts, first, strict=True):
        expected = Outcome.DUPLICATE if envelope.id in stood else Outcome.ACCEPTED
        assert receipt.outcome == expected
    assert {receipt.outcome for receipt in second} == {Outcome.DUPLICATE}
    assert set(_stored(path)) == set(answers.submitted)
