from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.access.publisher import PublisherRights
from fusion.domain.clock import ScriptedClock, parse_moment
from fusion.domain.errors import Conflict, Fault, FusionError, Invalid, Unavailable, Unreadable
from fusion.domain.signal import SUBMITTED
from fusion.events.group_commit import GroupCommit
from fusion.events.memory_log import MemoryLog
from fusion.events.position import Position
from fusion.intake.decode import Document
from fusion.intake.submit import MAX_CHECKED_INLINE, Status, SubmissionDesk

pytestmark = pytest.mark.anyio

RIGHTS = PublisherRights(name="gauge", source="/river", ceiling="B2", level="OPEN")
REFUSED = Invalid("refused", faults=(Fault("/data", "is refused"),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def refuses(document: Document, rights: PublisherRights) -> FusionError | None:
    assert rights is RIGHTS
    return REFUSED if document["id"].startswith("bad") else None


def signal(id_: str, **members: Any) -> Document:
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": "/river",
        "id": id_,
        "time": "2024-05-01T00:00:00Z",
        "data": {},
        **members,
    }


@asynccontextmanager
async def desk() -> AsyncIterator[tuple[SubmissionDesk, MemoryLog]]:
    log = MemoryLog(ScriptedClock(parse_moment("2024-05-01T12:00:00Z")))
    commit = GroupCommit(log)
    try:
        yield SubmissionDesk(commit, refuses, log.find), log
    finally:
        await commit.close()


def stored(log: MemoryLog) -> dict[str, dict[str, Any]]:
    events = log.read(Position.start(), 100_000)
    return {
        each.envelope.id: msgspec.json.decode(each.envelope.body)
        for each in events
        if each.envelope.type == "signal.submitted"
    }


async def test_the_log_holds_the_event_as_submitted_with_what_intake_alone_may_say() -> None:
    forged = signal("1", traceparent="00-1", fusionceiling="A1", fusionpublisher="cia")
    async with desk() as (submissions, log):
        (result,) = await submissions.submit([forged], RIGHTS)
    assert (result.status, result.source, result.id) == (Status.ACCEPTED, "/river", "1")
    assert result.position == log.head()
    own = {"fusionceiling": "B2", "fusionpublisher": "gauge"}
    assert stored(log) == {"1": signal("1", traceparent="00-1", **own)}


async def test_extension_attributes_do_not_make_another_signal() -> None:
    async with desk() as (submissions, _):
        first, again = await submissions.submit([signal("1"), signal("1", trace="x")], RIGHTS)
    assert (first.status, again.status) == (Status.ACCEPTED, Status.DUPLICATE)
    assert first.position == again.position


async def test_a_conflict_says_nothing_of_the_body_that_stands() -> None:
    async with desk() as (submissions, _):
        await submissions.submit([signal("1", data={"summary": "secret"})], RIGHTS)
        (result,) = await submissions.submit([signal("1")], RIGHTS)
    assert isinstance(result.refusal, Conflict)
    assert result.position is None
    assert "secret" not in repr(result)


async def test_a_document_without_readable_names_is_rejected_without_them() -> None:
    unreadable = Unreadable("no JSON")
    nameless = signal("bad-1") | {"source": 7}
    async with desk() as (submissions, _):
        results = await submissions.submit([unreadable, nameless], RIGHTS)
    assert [(each.source, each.id, each.refusal) for each in results] == [
        (None, None, unreadable),
        (None, "bad-1", REFUSED),
    ]


async def test_a_number_that_no_double_holds_is_refused() -> None:
    async with desk() as (submissions, log):
        (result,) = await submissions.submit([signal("1", data={"n": 10**400})], RIGHTS)
    assert isinstance(result.refusal, Unreadable)
    assert stored(log) == {}


async def test_a_log_that_takes_nothing_acknowledges_nothing() -> None:
    async with desk() as (submissions, log):

        def full(_envelopes: object) -> None:
            raise Unavailable("full")

        log.append = full  # type: ignore[method-assign, assignment]
        with pytest.raises(Unavailable):
            await submissions.submit([signal("1")], RIGHTS)


names = st.lists(
    st.sampled_from(["1", "2", "3", "bad-1", "bad-2"]), max_size=2 * MAX_CHECKED_INLINE
)


@given(names)
def test_each_result_is_what_the_signal_would_have_met_alone_in_the_order_of_the_input(
    ids: list[str],
) -> None:
    async def go() -> None:
        async with desk() as (submissions, log):
            results = await submissions.submit([signal(each) for each in ids], RIGHTS)
            seen: set[str] = set()
            for asked, result in zip(ids, results, strict=True):
                assert result.id == asked
                if asked.startswith("bad"):
                    assert (result.status, result.refusal) == (Status.REJECTED, REFUSED)
                else:
                    expected = Status.DUPLICATE if asked in seen else Status.ACCEPTED
                    assert (result.status, result.refusal) == (expected, None)
                    seen.add(asked)
            assert set(stored(log)) == seen

    asyncio.run(go())


@given(st.data())
def test_a_try_gives_what_a_submission_would_have_given(data: st.DataObject) -> None:
    """Whatever stands in the log, with doubles and other bodies under one id among many."""
    ids = st.sampled_from(["1", "2", "3", "bad"])
    some = st.lists(st.builds(signal, ids, data=st.sampled_from([{"summary": "a"}, {}])))
    before, then = data.draw(some), data.draw(some)

    async def run() -> None:
        async with desk() as (submissions, log):
            await submissions.submit(before, RIGHTS)
            head = log.head()
            tried = submissions.try_out(then, RIGHTS)
            assert log.head() == head
            became = await submissions.submit(then, RIGHTS)
            assert [(r.source, r.id, r.status, str(r.refusal)) for r in tried] == [
                (r.source, r.id, r.status, str(r.refusal)) for r in became
            ]

    asyncio.run(run())
