"""Two exercises of one seed, clock and posts answer alike, whatever they hold that is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import httpx
import pytest

from tests.e2e.contract import (
    Document,
    Exercise,
    Frame,
    exercise,
    got,
    person,
    retraction,
    signal,
    stream,
)
from tests.e2e.test_contract_alerts import STATED
from tests.e2e.test_contract_files import world

READER = "--agency harbour --level OPEN --purpose prevention --case c-1"
FRAMES = 3
# Its owner's readers may know it, if they have the level; nobody else may.
HIDDEN = {"level": "SECRET"}


def hidden(number: int) -> list[Document]:
    """What the reader may not know, though it is about the same, stated before and after."""
    ada = person("h", "Ada Marholt Kessanto", birthDate="1974-05-16", passportNumber="C7731904")
    own = signal(
        f"hidden-{number}",
        "/bank/desk",
        time="2015-01-01T00:00:00Z",
        marking=HIDDEN,
        mentions=[ada],
        identities=[{"a": "h", "b": "/river/gauges/bo-1#m1", "verdict": "same"}],
        activities=[{"code": "sabotage-tampering-vandalism", "subjects": ["h"]}],
    )
    gone = retraction(f"hidden-back-{number}", f"hidden-{number - 2}", "/bank/desk")
    return [own, gone | {"time": "2015-01-01T00:00:00Z"}]


def tell(town: Exercise, *, also_hidden: bool) -> None:
    """Tell the story in its time; what is hidden comes in between."""
    for number, document in enumerate(world()):
        town.advance(document["time"])
        if also_hidden:
            unseen = hidden(number)
            if "corrects" not in document["data"]:
                town.post(unseen[0])
        town.post(document)
        if also_hidden:
            town.post(unseen[1])
    if also_hidden:
        judge_unseen(town)


def judge_unseen(town: Exercise) -> None:
    """A judgement that the reader may not know, by somebody whom it does not know of."""
    knower = town.reader("knower", "--agency bank --level SECRET")
    # The last two that nobody took back.
    numbers = (len(world()) - 1, len(world()) - 2)
    mentions = [f"/bank/desk/hidden-{number}#h" for number in numbers]
    knower_too = town.reader("knower-too", "--agency bank --level SECRET")
    for client in (knower, knower_too):
        words = {"a": mentions[0], "b": mentions[1], "verdict": "NEGATIVE", "reason": "no"}
        answer = client.post("/v1/judgements", params={"wait": "fused"}, json=words)
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exercise]]:
    """The same exercise twice; the second one holds more that the reader may not know."""
    with (
        exercise(tmp_path_factory.mktemp("bare"), seed="twins", clock="2015-01-01") as bare,
        exercise(tmp_path_factory.mktemp("more"), seed="twins", clock="2015-01-01") as more,
    ):
        yield [bare, more]


def asked(client: httpx.Client) -> Iterator[httpx.Response]:
    """Every route, every entity and alert, pages of one by their cursors."""
    for path in ("/signals", "/alerts"):
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            answer = client.get(f"/v1{path}", params={"limit": "1", **more})
            yield answer
            cursor = answer.json()["next"]
    signals = got(client, "/signals", limit=200)["items"]
    for said in signals:
        yield client.get(f"/v1/signals{said['source']}/{said['id']}")
    mentions = [
        f"{said['source']}/{said['id']}#{mention['ref']}"
        for said in signals
        for mention in said["data"].get("mentions", [])
    ]
    for mention in mentions:
        answer = client.get("/v1/entities", params={"mention": mention})
        yield answer
        path = f"/v1/entities/{answer.json()['entity']}"
        yield client.get(path)
        yield client.get(f"{path}/neighbourhood", params={"hops": "3"})
        yield client.get("/v1/why", params={"a": mentions[0], "b": mention})
        yield client.get("/v1/judgements", params={"mention": mention})
    for query in ("ada", "ali", "harrowgate", "nobody"):
        yield client.get("/v1/entities", params={"q": query, "limit": "1"})
        yield client.get("/v1/signals", params={"q": query})
    for alert in got(client, "/alerts", limit=200)["items"]:
        path = f"/v1/alerts/{alert['alert']}"
        for tail in ("", "/explanation", "/graph", "/history"):
            yield client.get(f"{path}{tail}")


def seen(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [pair for pair in answer.headers.multi_items() if pair[0] != "date"]
    return answer.status_code, sorted(headers), answer.content


def test_equal_seed_clock_and_posts_give_equal_bytes_whatever_is_hidden(
    towns: list[Exercise],
) -> None:
    readers = [town.reader("harry", READER, **STATED) for town in towns]
    streams = [stream(reader) for reader in readers]
    followed: list[list[Frame]] = []
    events = [each.__enter__() for each in streams]
    try:
        for frames, town, also_hidden in zip(events, towns, (False, True), strict=True):
            first = next(frames)
            tell(town, also_hidden=also_hidden)
            followed.append([first, *(next(frames) for _ in range(FRAMES))])
    finally:
        for each in streams:
            each.__exit__(None, None, None)
    assert followed[0] == followed[1]
    assert [frame.kind for frame in followed[0]][:2] == ["snapshot", "raised"]
    pairs = zip_longest(*(asked(reader) for reader in readers))
    count = 0
    for bare, more in pairs:
        assert seen(bare) == seen(more), bare.url
        count += 1
    assert count > len(world())
    words = {
        "a": "/river/gauges/bo-1#m1",
        "b": "/bank/desk/right#m1",
        "verdict": "POSITIVE",
        "reason": "x",
    }
    judged = [
        reader.post("/v1/judgements", params={"wait": "fused"}, json=words) for reader in readers
    ]
    assert judged[0].content == judged[1].content
    resumed = []
    for reader, frames in zip(readers, followed, strict=True):
        with stream(reader, frames[1].id) as again:
            resumed.append([next(again) for _ in range(FRAMES - 1)])
    assert resumed[0] == resumed[1] == followed[0][2:]


def test_a_publishers_own_list_is_equal_too_page_for_page(towns: list[Exercise]) -> None:
    clients = [town.publisher("/river") for town in towns]
    cursors: tuple[str | None, ...] = ("", "")
    count = 0
    while None not in cursors:
        more = [{"cursor": cursor} if cursor else {} for cursor in cursors]
        answers = [
            client.get("/v1/signals/mine", params={"limit": "1", **each})
            for client, each in zip(clients, more, strict=True)
        ]
        assert seen(answers[0]) == seen(answers[1])
        cursors = tuple(answer.json()["next"] for answer in answers)
        count += 1
    assert count == len([each for each in world() if each["source"].startswith("/river")])
