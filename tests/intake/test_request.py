"""Requests and answers enter the log once, and nothing is granted that is not released."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from fusion.access.reader import Grants, Reader
from fusion.coordination.registry_file import read_document
from fusion.domain.clock import ScriptedClock, parse_moment
from fusion.domain.errors import Conflict, Invalid
from fusion.domain.marking import NormalForm
from fusion.events.catalog import (
    DisclosureAnswered,
    DisclosureRequested,
    GrantsSet,
    KeyCreated,
    NamespaceOpened,
    RegistryLoaded,
    load_marking,
)
from fusion.events.codec import decode, encode
from fusion.events.group_commit import GroupCommit
from fusion.events.memory_log import MemoryLog
from fusion.intake.request import ANSWERS, REQUESTS, Answering, RequestDesk, Taken, Wanted
from fusion.projections.registry.directory import HANDLE_KEY, FoldedDirectory

pytestmark = pytest.mark.anyio

REGISTRY = read_document((Path(__file__).parents[1] / "registry.yaml").read_text())
LINE = "/river/tearline/H1"
LEAST = NormalForm(level=1, clauses=frozenset({frozenset({"domestic"})}))
RELEASED = NormalForm(level=2, clauses=frozenset({frozenset({"domestic/harbour"})}))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def reader(name: str, agency: str, *cases: str) -> Reader:
    return Reader(Grants(name, agency, "SECRET", cases=frozenset(cases)))


ANN, CAROL = reader("ann", "harbour"), reader("carol", "harbour")
WALT = reader("walt", "river", "c-1")


@dataclass
class Desk:
    """A request desk over a log in memory."""

    requests: RequestDesk
    log: MemoryLog

    async def ask(self, author: Reader = ANN, reason: str = "why not", **changed: Any) -> Taken:
        words: dict[str, Any] = {
            "kind": "signal", "name": LINE, "names": (LINE,), "desk": "/river/desk",
            "mechanism": None, "least": LEAST,
        }  # fmt: skip
        return await self.requests.ask(author, Wanted(**words | changed), reason=reason)

    async def answer(
        self,
        request: Taken,
        answer: Literal["granted", "refused"] = "refused",
        *,
        reason: str = "so",
        released: str | None = None,
        marking: NormalForm | None = None,
        **changed: Any,
    ) -> Taken:
        words: dict[str, Any] = {
            "id": request.id, "agency": "harbour", "name": LINE, "owners": frozenset({"river"}),
            "post": "/river/watch", "least": LEAST,
        }  # fmt: skip
        return await self.requests.answer(
            WALT,
            Answering(**words | changed),
            answer,
            reason=reason,
            released=released,
            released_marking=marking,
        )


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log = MemoryLog(ScriptedClock(parse_moment("2024-05-01T12:00:00Z")))
    opened = NamespaceOpened(kind="live", name="test", seed=None, levels=("OPEN", "SECRET"))
    key = KeyCreated(purpose=HANDLE_KEY, key=base64.b64encode(bytes(32)).decode())
    nothing: dict[str, Any] = dict.fromkeys(("compartments", "groups", "roles", "purposes"), ())
    ann = GrantsSet(
        name="ann", agency="harbour", nation=None, level="OPEN", cases=("c-1", "c-2"), **nothing
    )
    log.append(
        [
            encode(opened, source="/fusion/namespace", id="opened"),
            encode(key, source="/fusion/keys", id="handles"),
            encode(RegistryLoaded(REGISTRY), source="/fusion/registry", id="0"),
            encode(ann, source="/fusion/grants", id="ann/0"),
        ]
    )
    directory = FoldedDirectory()
    directory.follow(log)
    commit = GroupCommit(log)
    yield Desk(RequestDesk(commit, log, directory), log)
    await commit.close()


async def test_a_request_is_an_event_marked_with_what_it_names(desk: Desk) -> None:
    taken = await desk.ask()
    found = desk.log.find(REQUESTS, taken.id)
    assert found is not None
    assert (found.position, found.recorded) == (taken.position, taken.recorded)
    event = decode(found)
    assert isinstance(event, DisclosureRequested)
    assert (event.author, event.agency, event.desk, event.name) == (
        "ann",
        "harbour",
        "/river/desk",
        LINE,
    )
    assert load_marking(event.marking) == LEAST


async def test_the_same_asked_again_by_whoever_of_the_agency_is_the_request_there_is(
    desk: Desk,
) -> None:
    first = await desk.ask()
    again = [await desk.ask(), await desk.ask(CAROL, reason="another reason")]
    assert {(each.id, each.is_new) for each in again} == {(first.id, False)}
    assert {each.position for each in again} == {first.position}
    at_once = await asyncio.gather(*(desk.ask(name="/river/tearline/H2") for _ in range(5)))
    assert len({each.id for each in at_once}) == 1
    assert sum(each.is_new for each in at_once) == 1


async def test_what_differs_is_another_request(desk: Desk) -> None:
    taken = [
        await desk.ask(),
        await desk.ask(name="/river/tearline/H2"),
        await desk.ask(kind="alert"),
        await desk.ask(least=RELEASED),
        await desk.ask(reader("ann", "bank")),
    ]
    assert len({each.id for each in taken}) == len(taken)


async def test_after_an_answer_the_same_can_be_asked_anew(desk: Desk) -> None:
    ids = []
    for _ in range(3):
        taken = await desk.ask()
        ids.append(taken.id)
        await desk.answer(taken)
    assert len(set(ids)) == 3


async def test_of_two_answers_the_first_stands(desk: Desk) -> None:
    request = await desk.ask()
    first = await desk.answer(request)
    same = await desk.answer(request)
    assert (same.position, same.is_new) == (first.position, False)
    with pytest.raises(Conflict):
        await desk.answer(request, reason="on second thoughts")
    found = desk.log.find(ANSWERS, request.id)
    assert found is not None
    event = decode(found)
    assert isinstance(event, DisclosureAnswered)
    assert (event.answer, event.reason, event.post) == ("refused", "so", "/river/watch")
    assert load_marking(event.marking) == LEAST


@pytest.mark.parametrize(
    ("released", "marking"),
    [("/river/gauges/2", RELEASED), ("c-1", None)],
)
async def test_a_grant_names_a_signal_or_a_case(
    desk: Desk, released: str, marking: NormalForm | None
) -> None:
    request = await desk.ask()
    taken = await desk.answer(request, "granted", released=released, marking=marking)
    assert taken.is_new


@pytest.mark.parametrize(
    ("answer", "released", "marking", "says"),
    [
        ("refused", "c-1", None, "a refusal releases nothing"),
        ("granted", None, None, "names the signal or the case"),
        ("granted", "c-2", None, "no case of yours"),  # the asker's alone
        ("granted", "c-3", None, "no case of yours"),  # nobody's
        ("granted", LINE, LEAST, "is what more was asked of"),
        ("granted", "/bank/desk/1", LEAST, "not of the owner"),
        (
            "granted",
            "/river/gauges/2",
            NormalForm(level=0, clauses=frozenset({frozenset({"domestic/river"})})),
            "not releasable",
        ),
    ],
)
async def test_what_lets_nobody_know_is_no_release(
    desk: Desk,
    answer: Literal["granted", "refused"],
    released: str | None,
    marking: NormalForm | None,
    says: str,
) -> None:
    request = await desk.ask()
    with pytest.raises(Invalid) as refused:
        await desk.answer(request, answer, released=released, marking=marking)
    assert [fault.pointer for fault in refused.value.faults] == ["/released"]
    assert says in refused.value.faults[0].detail
    assert desk.log.find(ANSWERS, request.id) is None


async def test_more_of_what_a_pointer_stands_for_is_released_by_who_was_pointed_to(
    desk: Desk,
) -> None:
    request = await desk.ask(kind="handle", name="H1", behind=("/river/gauges/1",))
    found = desk.log.find(REQUESTS, request.id)
    assert found is not None
    event = decode(found)
    assert isinstance(event, DisclosureRequested)
    assert event.behind == ("/river/gauges/1",)
    with pytest.raises(Invalid):
        await desk.answer(request, "granted", name="H1", released="/bank/desk/1", marking=LEAST)
    assert await desk.answer(
        request, "granted", name="H1", released="/river/gauges/2", marking=LEAST
    )


async def test_more_of_an_alert_may_be_released_by_any_owner(desk: Desk) -> None:
    request = await desk.ask(kind="alert", name="a-1")
    released = {"released": "/bank/desk/1", "marking": LEAST}
    assert await desk.answer(request, "granted", name="a-1", owners=frozenset(), **released)
