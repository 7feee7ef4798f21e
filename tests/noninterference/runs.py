"""A run of one side of a pair through a whole service: what its subjects are told, in order.

The history comes in parts. After each part the service has worked it in; then the streams that are
open say what there is to say, and the subjects call every route. Between parts the reader's grants
may change. On a side that has them, others come in between: readers who may know more look at
everything first, grants of theirs are set and revoked, publishers are registered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from fusion.domain.clock import MICROS_PER_DAY
from fusion.fusing.arrival import Arrival
from fusion.intake.administer import (
    Attributes,
    PublisherToken,
    ReaderToken,
    RevokeGrants,
)
from tests.noninterference.calls import (
    OWN_SOURCE,
    PUBLISHER,
    Caller,
    Names,
    Route,
    call_all,
    stated,
)
from tests.noninterference.exchange import Exchange, Following
from tests.noninterference.pairs import CASE, PURPOSE, READER, Pair, Side
from tests.noninterference.service import Service, served
from tests.simulation.logged import envelope_of

# The history is told in so many parts.
PARTS = 2
STREAM = "/v1/alerts/stream"
EVERYTHING = Attributes(
    agency="a",
    level="SECRET",
    compartments=("K",),
    groups=("g",),
    purposes=(PURPOSE,),
    cases=(CASE,),
)


@dataclass(frozen=True)
class Cut:
    """Up to which moment a part goes, in the middle of the history or after it."""

    until: int


def cuts_of(pair: Pair) -> list[Cut]:
    """The same for both sides: moments, not numbers of events."""
    moments = sorted({arrival.at[0] for arrival in pair.names.arrivals})
    places = [len(moments) * part // PARTS for part in range(1, PARTS)]
    return [*(Cut(moments[place]) for place in places if place), Cut(moments[-1] + MICROS_PER_DAY)]


async def told(pair: Pair, side: Side, routes: Collection[Route] = ()) -> list[Exchange]:
    """All that the subjects are told on one side, by every route or by these alone."""
    async with served(side.world.rules) as service:
        return await _Run(pair, side, service, routes).run()


class _Run:
    def __init__(self, pair: Pair, side: Side, service: Service, routes: Collection[Route]) -> None:
        self._pair, self._side, self._service, self._routes = pair, side, service, routes
        self._random = Random(pair.seed)
        self._streams: list[Following] = []
        self._others: list[Following] = []

    async def run(self) -> list[Exchange]:
        caller = Caller(
            self._service,
            self._tokens(),
            Names.of(self._pair),
            0,
            self._pair.do_others_differ,
        )
        self._open(caller)
        # Its snapshot is of a beginning in which nothing was told, on both sides.
        await self._settle()
        grants = iter(self._pair.grants[1:])
        cuts = cuts_of(self._pair)
        parts = _parts(self._side.world.arrivals, cuts)
        for cut, arrivals in zip(cuts, parts, strict=True):
            await self._come(arrivals, cut)
            await self._settle()
            if self._side.has_others:
                await self._look_around()
                await self._service.reach(cut.until)
            caller.moment = cut.until
            await call_all(caller, self._routes)
            await self._change(caller, grants)
        for granted in grants:
            await self._grant(granted)
            await call_all(caller, self._routes)
        left = [await stream.leave() for stream in self._streams]
        for stream in self._others:
            await stream.leave()
        return [*caller.exchanges, *left]

    def _tokens(self) -> dict[str, str]:
        widest = self._pair.grants[0]
        named = ReaderToken(name=READER, stated=Attributes(agency=widest.agency))
        tokens = {
            "reader": self._service.command(named),
            "publisher": self._service.command(PublisherToken(name=PUBLISHER, source=OWN_SOURCE)),
        }
        self._service.grant(READER, widest)
        return tokens

    async def _come(self, arrivals: Sequence[Arrival], cut: Cut) -> None:
        for arrival in arrivals:
            if (envelope := envelope_of(arrival)) is not None:
                self._service.record(arrival.at[0], [envelope])
        await self._service.reach(cut.until)

    def _open(self, caller: Caller, last: str | None = None) -> None:
        headers = {"authorization": f"Bearer {caller.tokens['reader']}", **stated(caller)}
        if last is not None:
            headers["last-event-id"] = last
        self._streams.append(self._service.follow(STREAM, headers))

    async def _settle(self) -> None:
        for stream in self._streams:
            await stream.settle()

    async def _change(self, caller: Caller, grants: Iterator[Attributes]) -> None:
        """What was said shows on the streams; one more resumes; the grants may change."""
        await self._settle()
        self._open(caller, self._streams[0].last_id)
        await self._settle()
        if (granted := next(grants, None)) is not None:
            await self._grant(granted)

    async def _grant(self, granted: Attributes) -> None:
        self._service.grant(READER, granted)
        await self._service.catch_up()
        await self._settle()

    async def _look_around(self) -> None:
        """Others, of whom the reader may know nothing."""
        token = self._service.command(ReaderToken(name="nina", stated=Attributes(agency="a")))
        self._service.grant("nina", EVERYTHING)
        headers = {
            "authorization": f"Bearer {token}",
            "fusion-purpose": PURPOSE,
            "fusion-case": CASE,
        }
        for target in ("/v1/alerts", "/v1/signals", "/v1/entities?q=ada", "/v1/signals?q=report"):
            await self._service.call("GET", target, headers)
        for name in Names.of(self._pair).signals:
            await self._service.call("GET", f"/v1/signals{name}", headers)
        for name in Names.of(self._pair).entities:
            await self._service.call("GET", f"/v1/entities/{name}", headers)
        self._others.append(self._service.follow(STREAM, headers))
        await self._others[-1].settle()
        if self._random.random() < 0.5:
            self._service.command(RevokeGrants(name="nina"))
        self._service.command(PublisherToken(name="mill", source="/z/mill"))


def _parts(arrivals: Sequence[Arrival], cuts: Sequence[Cut]) -> Iterator[list[Arrival]]:
    before = -1
    for cut in cuts:
        yield [arrival for arrival in arrivals if before < arrival.at[0] <= cut.until]
        before = cut.until
