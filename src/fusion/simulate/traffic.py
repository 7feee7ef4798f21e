"""Load of any size, for benchmarks and load tests: ordinary signals without a scenario.

Promises documents of the outer contract in order of time, made one by one in bounded memory, the
same for the same seed; fast enough never to be what a benchmark measures (about 30 µs a signal on
one core). It must never depend on a scenario, nor on how things are linked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fusion.domain.ids import agency_of
from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.draw import Draw, Weighted
from fusion.simulate.names import load_cultures
from fusion.simulate.people import Milieu, Population
from fusion.simulate.places import load_places
from fusion.simulate.rhythm import SECONDS_A_DAY
from fusion.simulate.script import Habit
from fusion.simulate.sources import DEFAULT_HOME, SETTLED, working_week
from fusion.simulate.telling import Document, Source, Teller
from fusion.simulate.trades import Trades
from fusion.simulate.work import Work, read_work

START = int(datetime(2001, 1, 1, tzinfo=UTC).timestamp())
SIGNALS_A_DAY = 10_000
# So that about 40 of 100 mentions are of whom or what was told of before (measured in the tests).
_AGAIN = 0.4
_LINES = (
    "border", "field", "signals", "bank", "consular", "partner", "police", "intelligence",
)  # fmt: skip
_OPEN = Habit(
    marking={"level": "OPEN", "releasable_to": ["*"]},
    vetting=None,
    has_origin=True,
    has_authority=False,
    is_retained=False,
)


def traffic(
    *, mentions: int, seed: int, vocabulary: Vocabulary, agencies: int = 8
) -> Iterator[Document]:
    """Load of any size: signals of `/agency0`, `/agency1`, ... until `mentions` are reached.

    About three mentions a signal, at most four beyond what was asked; about 40 % of them are of
    people and things told of before. All is marked OPEN and releasable to `*`. Signals come evenly,
    `SIGNALS_A_DAY` a day from 2001 on. ValueError unless there are agencies.
    """
    if agencies < 1:
        raise ValueError("traffic comes from at least one agency")
    draw, times = Draw(2 * seed), Draw(2 * seed + 1)
    teller, sources = teller_of(draw, vocabulary, agencies)
    return _traffic(draw, times, teller, sources, mentions)


def _traffic(
    draw: Draw, times: Draw, teller: Teller, sources: Sequence[Source], mentions: int
) -> Iterator[Document]:
    index = 0
    while teller.mentions < mentions:
        second = START + int((index + times.unit()) * SECONDS_A_DAY / SIGNALS_A_DAY)
        source = draw.one(sources)
        yield teller.tell(
            source.line.reports.drawn(draw), source, second=second, id_=f"syn-{index:08d}"
        )
        index += 1


def teller_of(
    draw: Draw, vocabulary: Vocabulary, agencies: int
) -> tuple[Teller, tuple[Source, ...]]:
    """What tells the signals of `traffic`, with its counts, and the agencies that it tells for."""
    places, work = load_places(), read_work(vocabulary)
    year = datetime.fromtimestamp(START, UTC).year
    people = Population(draw, places, year=year, again=_AGAIN)
    trades = Trades(draw, again=_AGAIN)
    teller = Teller(
        draw,
        places=places,
        people=people,
        trades=trades,
        in_conflict=work.in_conflict,
        claims=False,
    )
    return teller, tuple(_source(work, number) for number in range(agencies))


def _source(work: Work, number: int) -> Source:
    office = f"/agency{number}"
    line = work.lines[_LINES[number % len(_LINES)]]
    place = load_places().of_source(office, home=DEFAULT_HOME)
    mix = work.mixes[line.mix or "world"]
    cultures = load_cultures().by_slug
    return Source(
        office=office,
        agency=agency_of(office),
        paths=(office,),
        line=line,
        milieu=Milieu(
            place=place,
            cultures=Weighted((cultures[slug], float(weight)) for slug, weight in mix.items()),
            settled=SETTLED.get(line.mix, 0.0),
            own=DEFAULT_HOME,
        ),
        habits=(_OPEN,),
        week=working_week(line, place),
    )
