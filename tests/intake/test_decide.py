from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fusion.access.reader import Grants, Reader
from fusion.coordination.registry_file import read_document
from fusion.domain.clock import ScriptedClock, parse_moment
from fusion.domain.errors import Invalid, Unavailable
from fusion.domain.judgement import Verdict
from fusion.domain.marking import NormalForm, is_same_or_stricter
from fusion.domain.signal import Marking
from fusion.events.catalog import (
    AlertAcknowledged,
    FeedbackGiven,
    JudgementMade,
    KeyCreated,
    NamespaceOpened,
    RegistryLoaded,
    load_marking,
)
from fusion.events.codec import decode, encode
from fusion.events.group_commit import GroupCommit
from fusion.events.memory_log import MemoryLog
from fusion.intake.decide import AlertNamed, Decided, DecisionDesk
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory

pytestmark = pytest.mark.anyio

LEVELS = ("OPEN", "OFFICIAL", "SECRET")
REGISTRY = read_document((Path(__file__).parents[1] / "registry.yaml").read_text(encoding="utf-8"))
A, B = "/river/gauges/1#m1", "/bank/2#m1"
LEAST = NormalForm(
    level=1,
    clauses=frozenset({frozenset({"domestic/river", "domestic/bank"})}),
    owners=frozenset({"bank"}),
    discovery=2,
)
ALERT = AlertNamed(name="a-1", names=("a-1", "a-2"), version=3, least=LEAST)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def reader(name: str, agency: str = "river") -> Reader:
    return Reader(Grants(name=name, agency=agency, level="SECRET"))


@dataclass
class Decisions:
    """A desk over a log in memory, and what it brought into it."""

    desk: DecisionDesk
    log: MemoryLog

    async def judge(self, author: str = "rita", **changed: Any) -> Decided:
        words: dict[str, Any] = {
            "reason": "the same gait", "because": (), "least": LEAST, "stated": None,
        }  # fmt: skip
        pair = changed.pop("pair", (A, B))
        verdict = changed.pop("verdict", Verdict.POSITIVE)
        return await self.desk.judge(reader(author), pair, verdict, **words | changed)

    def event(self, source: str, decided: Decided) -> Any:
        found = self.log.find(source, decided.id)
        assert found is not None
        assert found.position == decided.position
        return decode(found)


@pytest.fixture
async def decisions() -> AsyncIterator[Decisions]:
    log = MemoryLog(ScriptedClock(parse_moment("2024-05-01T12:00:00Z")))
    opened = NamespaceOpened(name="live:1", kind="live", seed=None, levels=LEVELS)
    key = KeyCreated(purpose=HANDLE_KEY, key=base64.b64encode(bytes(32)).decode())
    log.append(
        [
            encode(opened, source="/fusion/namespace", id="opened"),
            encode(key, source="/fusion/keys", id="handles"),
            encode(RegistryLoaded(REGISTRY), source="/fusion/registry", id="0"),
        ]
    )
    directory = FoldedDirectory()
    directory.follow(log)
    commit = GroupCommit(log)
    yield Decisions(DecisionDesk(commit, log, directory), log)
    await commit.close()


async def test_the_pair_is_unordered_and_citations_stand_once(decisions: Decisions) -> None:
    decided = await decisions.judge(pair=(A, B), because=("/bank/2", "/river/1", "/bank/2"))
    event = decisions.event("/fusion/judgements", decided)
    assert isinstance(event, JudgementMade)
    assert (event.a, event.b, event.because) == (B, A, ("/bank/2", "/river/1"))
    assert (await decisions.judge(pair=(B, A), because=("/bank/2", "/river/1"))).id != decided.id


async def test_a_name_depends_on_author_and_words_and_on_how_often_that_author_said_them(
    decisions: Decisions,
) -> None:
    names = [
        (await decisions.judge("rita")).id,
        (await decisions.judge("rita")).id,
        (await decisions.judge("walt")).id,
        (await decisions.judge("rita", reason="another")).id,
        (await decisions.judge("rita", verdict=Verdict.UNSURE)).id,
        (await decisions.judge("rita", least=NormalForm(level=2))).id,
    ]
    assert len(set(names)) == len(names)


async def test_what_others_decided_does_not_show_in_a_name(decisions: Decisions) -> None:
    alone = await decisions.judge("rita")
    log = MemoryLog(ScriptedClock(parse_moment("2024-05-01T12:00:00Z")))
    commit = GroupCommit(log)
    crowded = Decisions(DecisionDesk(commit, log, FoldedDirectory()), log)
    for other in ("walt", "carol"):
        await crowded.judge(other)
    assert (await crowded.judge("rita")).id == alone.id
    await commit.close()


async def test_the_same_decision_posted_twice_at_once_is_one_of_two_names(
    decisions: Decisions,
) -> None:
    made = await asyncio.gather(*(decisions.judge() for _ in range(5)))
    assert all(decisions.event("/fusion/judgements", each) for each in made)


async def test_a_marking_that_is_stated_may_only_be_the_same_or_stricter(
    decisions: Decisions,
) -> None:
    stricter = Marking(level="SECRET", compartments=("K",), discovery="stewards")
    decided = await decisions.judge(stated=stricter)
    kept = load_marking(decisions.event("/fusion/judgements", decided).marking)
    assert is_same_or_stricter(kept, LEAST)
    assert (kept.level, kept.compartments) == (2, {"K"})
    # Who owns what was judged owns the judgement too.
    assert kept.owners == {"river", "bank"}
    for wider in (
        Marking(level="OPEN"),
        Marking(level="SECRET", releasable_to=("harbour",)),
        Marking(level="SECRET", discovery="all"),
        Marking(level="SECRET", break_glass=True),
    ):
        with pytest.raises(Invalid) as caught:
            await decisions.judge(stated=wider)
        assert [fault.pointer for fault in caught.value.faults] == ["/marking"]


async def test_an_unreadable_marking_is_refused_by_its_places(decisions: Decisions) -> None:
    with pytest.raises(Invalid) as caught:
        await decisions.judge(stated=Marking(level="COSMIC", releasable_to=("nobody",)))
    assert [fault.pointer for fault in caught.value.faults] == [
        "/marking/level",
        "/marking/releasable_to/0",
    ]


async def test_an_office_is_that_of_the_readers_post_at_its_own_agency(
    decisions: Decisions,
) -> None:
    held = await decisions.desk.acknowledge(reader("rita"), ALERT)
    # sten holds no post at the bank, whose reader he is here.
    none = await decisions.desk.acknowledge(reader("sten", agency="bank"), ALERT)
    events = [decisions.event("/fusion/acknowledgements", each) for each in (held, none)]
    assert all(isinstance(event, AlertAcknowledged) for event in events)
    assert [event.office for event in events] == ["/river/chief", "/bank"]
    assert [(event.alert, event.names, event.version) for event in events] == [
        ("a-1", ("a-1", "a-2"), 3)
    ] * 2


async def test_feedback_is_kept_as_given(decisions: Decisions) -> None:
    decided = await decisions.desk.give_feedback(
        reader("rita"), ALERT, "dismissed", reason="a drill", stated=None
    )
    event = decisions.event("/fusion/feedback", decided)
    assert isinstance(event, FeedbackGiven)
    assert (event.verdict, event.reason) == ("dismissed", "a drill")
    assert load_marking(event.marking) == LEAST


async def test_a_log_that_takes_nothing_decides_nothing(
    decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_envelopes: object) -> None:
        raise Unavailable("full")

    monkeypatch.setattr(decisions.log, "append", full)
    with pytest.raises(Unavailable):
        await decisions.judge()
