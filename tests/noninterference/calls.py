"""How every route is called: with what there is, what is hidden and what never was.

`CALLS` says it for each route of the application. A route that is not there fails the harness
(`test_calls`): whoever adds one says here how it is called, or why its answer is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any
from urllib.parse import quote

from fusion.domain.clock import MICROS_PER_DAY, format_moment
from fusion.domain.ids import alert_name, entity_name
from fusion.domain.signal import SUBMITTED
from tests.noninterference.exchange import Exchange
from tests.noninterference.pairs import CASE, PURPOSE, Pair
from tests.noninterference.service import Service
from tests.simulation.tiny import MEETING, PATTERNS

Json = dict[str, Any]
PAGES = 60
# Under this source the reader's own agency publishes through the door, on both sides the same.
OWN_SOURCE, PUBLISHER = "/c/own", "gauge"
NEVER = "/b/never/was"


@dataclass(frozen=True)
class Names:
    """Names to ask about, each of something visible, hidden or of nothing."""

    mentions: tuple[str, ...]
    signals: tuple[str, ...]
    alerts: tuple[str, ...]
    entities: tuple[str, ...]

    @classmethod
    def of(cls, pair: Pair) -> Names:
        """Some of a pair's names, the same ones on both sides."""
        random = Random(pair.seed)

        def some(names: set[str]) -> tuple[str, ...]:
            return tuple(random.sample(sorted(names), min(pair.asked, len(names))))

        mentions = pair.names.mentions() | {f"{OWN_SOURCE}/p0#m"}
        signals = {each.name for each in pair.names.signals()} | {f"{OWN_SOURCE}/p0"}
        keys = [*mentions, "aviation/us", "aviation|us"]
        alerts = {alert_name(pattern.slug, key) for pattern, key in product(PATTERNS, keys)}
        return cls(
            mentions=(*some(mentions), f"{NEVER}/s1#m0", "no mention"),
            signals=(*some(signals), f"{NEVER}/s1", "/a/tearline/0123456789abcdef"),
            alerts=(*some(alerts), "a-0000000000000000"),
            entities=(*map(entity_name, some(mentions)), "e-0000000000000000"),
        )


@dataclass
class Caller:
    """One subject at one service, and all that it was answered."""

    service: Service
    tokens: dict[str, str]
    names: Names
    moment: int
    # Whether others read on one side alone: what an owner is told of that then differs by right.
    do_others_differ: bool
    exchanges: list[Exchange] = field(default_factory=list)
    # Alerts that the reader was told of: asked about beside those that it may not know.
    told: list[str] = field(default_factory=list)

    async def get(self, target: str, *, kind: str = "reader", **more: str) -> Exchange:
        return await self.call("GET", target, kind=kind, **more)

    async def call(
        self, method: str, target: str, body: bytes = b"", *, kind: str = "reader", **more: str
    ) -> Exchange:
        """One call as the reader, the publisher or nobody; what it stated goes with it."""
        headers = dict(more)
        if kind in self.tokens:
            headers["authorization"] = f"Bearer {self.tokens[kind]}"
        found = await self.service.call(method, target, headers, body)
        self.exchanges.append(found)
        return found

    async def walk(self, target: str, *, kind: str = "reader", **more: str) -> list[Json]:
        """All pages of a list, two at a time."""
        sign = "&" if "?" in target else "?"
        found: list[Json] = []
        cursor = ""
        for _ in range(PAGES):
            answer = await self.get(f"{target}{sign}limit=2{cursor}", kind=kind, **more)
            if answer.status != 200:
                break
            page = json.loads(answer.body)
            found += page["items"]
            if page["next"] is None:
                break
            cursor = f"&cursor={quote(page['next'])}"
        return found

    async def decide(self, target: str, said: Json, **more: str) -> Exchange:
        return await self.call(
            "POST",
            target,
            json.dumps(said).encode(),
            **{"content-type": "application/json"},
            **more,
        )

    def alerts(self) -> Iterator[str]:
        """Alerts that stand for the reader, and some that do not."""
        yield from dict.fromkeys([*self.told[:3], *self.names.alerts])


def stated(caller: Caller) -> dict[str, str]:
    """For what the reader acts: the purpose only while it is granted."""
    grants = caller.service.parts.directory.grants("rita")
    headers = {"fusion-case": CASE} if grants and CASE in grants.cases else {}
    if grants and PURPOSE in grants.purposes:
        headers["fusion-purpose"] = PURPOSE
    return headers


# --- what is called


async def _alerts(caller: Caller) -> None:
    found = await caller.walk("/v1/alerts", **stated(caller))
    caller.told = [alert["alert"] for alert in found]
    await caller.walk("/v1/alerts")
    for query in ("status=raised&limit=1", "agency=b", "pattern=met-and-entered", "q=met"):
        await caller.get(f"/v1/alerts?{query}", **stated(caller))
    await caller.get(f"/v1/alerts?since={format_moment(caller.moment)}", **stated(caller))
    past = format_moment(caller.moment - MICROS_PER_DAY)
    for target in ("/v1/alerts", "/v1/signals", f"/v1/entities/{caller.names.entities[0]}"):
        await caller.get(f"{target}?as_of={past}", **stated(caller))
    await caller.get("/v1/alerts?as_of=2999-01-01T00:00:00Z", **stated(caller))
    await caller.get("/v1/alerts?cursor=bm9uZQ", **stated(caller))
    await caller.get("/v1/alerts?severity=odd")


def _of_alerts(under: str) -> Call:
    async def call(caller: Caller) -> None:
        for name in caller.alerts():
            await caller.get(f"/v1/alerts/{name}{under}", **stated(caller))

    return call


async def _history(caller: Caller) -> None:
    for name in caller.alerts():
        await caller.walk(f"/v1/alerts/{name}/history", **stated(caller))


async def _acknowledge(caller: Caller) -> None:
    for name in list(caller.alerts())[:4]:
        await caller.decide(f"/v1/alerts/{name}/acknowledgement", {}, **stated(caller))


async def _feedback(caller: Caller) -> None:
    said = {"verdict": "dismissed", "reason": "seen before"}
    for name in list(caller.alerts())[:4]:
        await caller.decide(f"/v1/alerts/{name}/feedback", said, **stated(caller))
    await caller.decide("/v1/alerts/a-0000000000000000/feedback", {"verdict": "odd"})


async def _stream(caller: Caller) -> None:
    """Opened and left at once; what stays open is in `runs`."""
    for filters in ("", "?status=raised", "?agency=a&agency=b"):
        following = caller.service.follow(
            f"/v1/alerts/stream{filters}",
            {"authorization": f"Bearer {caller.tokens['reader']}", **stated(caller)},
        )
        await following.settle()
        caller.exchanges.append(await following.leave())


async def _signals(caller: Caller) -> None:
    await caller.walk("/v1/signals", **stated(caller))
    await caller.walk("/v1/signals?agency=b", **stated(caller))
    for query in ("q=report", "q=released", "from=2000-02-11", f"activity={MEETING}", "q=bo"):
        await caller.get(f"/v1/signals?{query}", **stated(caller))


async def _signal(caller: Caller) -> None:
    for name in caller.names.signals:
        await caller.get(f"/v1/signals{name}", **stated(caller))
    await caller.get(f"/v1/signals{caller.names.signals[0]}")


async def _submit(caller: Caller) -> None:
    """New ones, the same again, another body, a claim on what is hidden, dry, and none at all."""
    number = caller.moment % 1_000_003
    fresh, again = _own(f"p{number}", caller), _own("p0", caller)
    odd = again | {"time": "2000-02-01T00:00:00Z"}
    for target, documents in (
        ("/v1/signals", [again]),
        ("/v1/signals?wait=fused", [fresh]),
        ("/v1/signals", [odd]),
        ("/v1/signals?dry_run=true", [_own("p1", caller)]),
        ("/v1/signals", [again, odd, _own(f"q{number}", caller), {}]),
    ):
        is_one = len(documents) == 1
        kind = "application/cloudevents+json" if is_one else "application/cloudevents-batch+json"
        body = json.dumps(documents[0] if is_one else documents).encode()
        await caller.call("POST", target, body, kind="publisher", **{"content-type": kind})
    foreign = _own("s0", caller) | {"source": "/b/x"}
    kind = "application/cloudevents+json"
    for body in (json.dumps(foreign).encode(), b"{", b"[]"):
        await caller.call("POST", "/v1/signals", body, kind="publisher", **{"content-type": kind})


def _own(id_: str, caller: Caller) -> Json:
    """A signal of the publisher, about whom others speak too, known or not."""
    claimed = [name for name in caller.names.mentions if "#" in name][:2]
    return {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": OWN_SOURCE,
        "id": id_,
        "time": "2000-01-31T00:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "summary": "a report of our own",
            "marking": {"level": "OPEN", "releasable_to": ["*"]},
            "grading": {"source": "C", "information": 3},
            "mentions": [
                {
                    "ref": "m",
                    "schema": "Person",
                    "properties": {"name": ["ada"], "idNumber": ["1"]},
                }
            ],
            "activities": [{"code": MEETING, "subjects": ["m"]}],
            "identities": [{"a": "m", "b": name, "verdict": "same"} for name in claimed],
        },
    }


async def _mine(caller: Caller) -> None:
    await caller.walk("/v1/signals/mine", kind="publisher")
    await caller.get("/v1/signals/mine?cursor=bm9uZQ", kind="publisher")


async def _entities(caller: Caller) -> None:
    for query in ("ada", "bo"):
        await caller.walk(f"/v1/entities?q={query}", **stated(caller))
    await caller.get("/v1/entities?q=ada")
    for name in caller.names.mentions:
        await caller.get(f"/v1/entities?mention={quote(name)}", **stated(caller))
    await caller.get("/v1/entities?q=ada&mention=ada")


async def _entity(caller: Caller) -> None:
    for name in caller.names.entities:
        await caller.get(f"/v1/entities/{name}", **stated(caller))


async def _neighbourhood(caller: Caller) -> None:
    for name in caller.names.entities:
        await caller.get(f"/v1/entities/{name}/neighbourhood?hops=3", **stated(caller))


async def _why(caller: Caller) -> None:
    for a, b in zip(caller.names.mentions, caller.names.mentions[1:], strict=False):
        await caller.get(f"/v1/why?a={quote(a)}&b={quote(b)}", **stated(caller))
    await caller.get("/v1/why?a=odd")


async def _judge(caller: Caller) -> None:
    pairs = list(zip(caller.names.mentions, caller.names.mentions[1:], strict=False))
    for place, (a, b) in enumerate(pairs[:4]):
        said = {"a": a, "b": b, "verdict": ("POSITIVE", "NEGATIVE")[place % 2], "reason": "seen"}
        await caller.decide("/v1/judgements?wait=fused", said, **stated(caller))
    said = {"a": pairs[0][0], "b": pairs[0][1], "verdict": "UNSURE", "reason": ""}
    cited = {"because": [caller.names.signals[0]]}
    await caller.decide("/v1/judgements", said | cited, **stated(caller))


async def _judgements(caller: Caller) -> None:
    for name in caller.names.mentions:
        await caller.walk(f"/v1/judgements?mention={quote(name)}", **stated(caller))


async def _ask(caller: Caller) -> None:
    """Of what may be known in part, of what is hidden and of nothing."""
    for name in caller.names.signals:
        said = {"signal": name, "reason": "needed"}
        await caller.decide("/v1/disclosure-requests", said, **stated(caller))
    for name in list(caller.alerts())[:4]:
        said = {"alert": name, "reason": "needed"}
        await caller.decide("/v1/disclosure-requests", said, **stated(caller))
    unknown = {"handle": "0123456789ABCDEF", "reason": "needed"}
    await caller.decide("/v1/disclosure-requests", unknown, **stated(caller))
    await caller.decide("/v1/disclosure-requests", {"reason": ""}, **stated(caller))


async def _requests(caller: Caller) -> None:
    await caller.walk("/v1/disclosure-requests", **stated(caller))


async def _pointers(caller: Caller) -> None:
    """Nothing here is for its reader to discover; `tests/laws/pointed_views` has such worlds."""
    await caller.walk("/v1/pointers", **stated(caller))


async def _answer_requests(caller: Caller) -> None:
    """The reader of these worlds holds no post: whatever it names, it may not answer."""
    for name in ("q-0000000000000000", "odd"):
        said = {"answer": "refused", "reason": "no"}
        await caller.decide(f"/v1/disclosure-requests/{name}/answer", said, **stated(caller))


async def _shown_to_others(caller: Caller) -> None:
    """Who was shown the reader's agency's signals: a declared release of what others read."""
    if not caller.do_others_differ:
        await caller.walk("/v1/audit/disclosures", **stated(caller))
    await caller.get("/v1/audit/disclosures?cursor=bm9uZQ", **stated(caller))


async def _asked_by_others(caller: Caller) -> None:
    """Oversight's alone: the reader of these worlds does not oversee."""
    await caller.get("/v1/audit/queries", **stated(caller))


def _plainly(target: str) -> Call:
    async def call(caller: Caller) -> None:
        await caller.get(target, kind="nobody")

    return call


Call = Callable[[Caller], Awaitable[None]]
Route = tuple[str, str]
# In this order, so that what is decided shows in what is read after it.
CALLS: dict[Route, Call] = {
    ("GET", "/v1/alerts"): _alerts,
    ("POST", "/v1/signals"): _submit,
    ("POST", "/v1/judgements"): _judge,
    ("POST", "/v1/alerts/{name}/acknowledgement"): _acknowledge,
    ("POST", "/v1/alerts/{name}/feedback"): _feedback,
    ("POST", "/v1/disclosure-requests"): _ask,
    ("POST", "/v1/disclosure-requests/{name}/answer"): _answer_requests,
    ("GET", "/v1/disclosure-requests"): _requests,
    ("GET", "/v1/alerts/{name}"): _of_alerts(""),
    ("GET", "/v1/alerts/{name}/explanation"): _of_alerts("/explanation"),
    ("GET", "/v1/alerts/{name}/graph"): _of_alerts("/graph"),
    ("GET", "/v1/alerts/{name}/history"): _history,
    ("GET", "/v1/alerts/{name}/foresight"): _of_alerts("/foresight"),
    ("GET", "/v1/alerts/stream"): _stream,
    ("GET", "/v1/signals"): _signals,
    ("GET", "/v1/signals/{name:path}"): _signal,
    ("GET", "/v1/signals/mine"): _mine,
    ("GET", "/v1/entities"): _entities,
    ("GET", "/v1/entities/{name}"): _entity,
    ("GET", "/v1/entities/{name}/neighbourhood"): _neighbourhood,
    ("GET", "/v1/why"): _why,
    ("GET", "/v1/judgements"): _judgements,
    ("GET", "/v1/pointers"): _pointers,
    ("GET", "/v1/audit/disclosures"): _shown_to_others,
    ("GET", "/v1/audit/queries"): _asked_by_others,
    ("GET", "/v1/health/live"): _plainly("/v1/health/live"),
    ("GET", "/v1/health/ready"): _plainly("/v1/health/ready"),
    ("GET", "/v1/openapi.json"): _plainly("/v1/openapi.json"),
}


async def call_all(caller: Caller, routes: Collection[Route] = ()) -> None:
    """Every route and what no route is for, or these routes alone."""
    if routes:
        for route in routes:
            await CALLS[route](caller)
        return
    for call in CALLS.values():
        await call(caller)
    await caller.get("/v1/alerts", kind="nobody")
    await caller.get("/v1/alerts", kind="publisher")
    await caller.get("/v1/signals/mine")
    await caller.get("/v1/nothing")
    await caller.call("DELETE", "/v1/alerts")
