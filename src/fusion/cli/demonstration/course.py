"""The course of a run: who is there, what is posted, what each reader is told, day by day.

The parent that decides; publishing, listening and the screen do the work. After each signal of the
scenario it waits until every reader's stream has told what stands, so that an alert is shown before
the next signal is posted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

from fusion.cli.demonstration.listening import Listener, listeners
from fusion.cli.demonstration.matter import Matters
from fusion.cli.demonstration.operator import Operator
from fusion.cli.demonstration.programme import Posting, programme, with_last
from fusion.cli.demonstration.promise import Promise
from fusion.cli.demonstration.publishing import Agencies, agencies
from fusion.cli.demonstration.reckoning import Reckoning, Stage
from fusion.cli.demonstration.scenario import Document, Scenario, day_stated, name_of
from fusion.cli.demonstration.screen import FULL, NOTHING, TEARLINE, Screen
from fusion.domain.errors import Misused
from fusion.domain.ids import agency_of
from fusion.intake.control import Refused

# What even a busy worker fuses within seconds: a wait for what was posted has its end (publishing).
MAX_BEHIND = 500


class Course:
    """One run, with the service, its publishers and readers in place; `tokens` are the readers'."""

    def __init__(
        self,
        scenario: Scenario,
        operator: Operator,
        posting: Agencies,
        readers: Sequence[Listener],
        screen: Screen,
        tokens: Mapping[str, str],
    ) -> None:
        self.tokens = tokens
        self._scenario = scenario
        self._operator = operator
        self._agencies = posting
        self._readers = readers
        self._screen = screen
        self._matters = Matters({each.reading.name: each.alert for each in readers})
        self.reckoning = Reckoning(scenario)

    def run(self, ordinary: Iterable[Document], *, count: int) -> Reckoning:
        """Post everything and follow what comes of it; there are `count` ordinary signals.

        They are taken one by one, and about `MAX_BEHIND` of them at most are on their way: however
        many there are, neither this process nor what waits for the worker grows.
        """
        started, last = perf_counter(), 0
        behind = 0
        with self._screen.progress(len(self._scenario.signals) + count):
            for posting, is_last in with_last(programme(self._scenario.signals, ordinary)):
                self._operator.advance(posting.at)
                if posting.is_ordinary:
                    behind += len(posting.signals)
                    is_waiting = is_last or behind >= MAX_BEHIND
                    self._agencies.post_lines(posting.signals, is_waiting=is_waiting)
                    behind = 0 if is_waiting else behind
                else:
                    self._post_own(posting)
                    behind = 0
                self._screen.posted(posting)
                self.reckoning.note_posting(posting)
                last = posting.at
            self._follow(last)
            self._screen.count_months()
        self.reckoning.seconds = perf_counter() - started
        return self.reckoning

    def _post_own(self, posting: Posting) -> None:
        """A signal of the scenario: who told it, who may know it, and what comes of it."""
        (signal,) = posting.signals
        looked_at = list(self._partings_at(signal))
        self._look(looked_at, 0)
        self._agencies.post_alone(signal)
        self._screen.signal(signal, {r.reading.name: _seen(r, signal) for r in self._readers})
        self._look(looked_at, 1)
        self._follow(posting.at)
        self._decide(signal, posting.at)
        self._look(looked_at, 2)
        for promise, _ in looked_at:
            seen = self.reckoning.partings[promise.name]
            self._screen.parting(day_stated(signal), self._names(promise), seen)

    def _decide(self, signal: Document, at: int) -> None:
        """What readers judge once this signal, posted at `at`, has come."""
        readers = {reader.reading.name: reader for reader in self._readers}
        for decision in self._scenario.decisions:
            if decision.after == name_of(signal):
                # What one moment holds has no order, and a judgement follows what it is about.
                self._operator.advance(at + 1)
                readers[decision.reader].judge(decision)
                self._screen.decision(day_stated(signal), decision)
                self._follow(at)

    def _follow(self, by: int) -> None:
        """All that the readers were told since, in the order of time, by a moment (µs)."""
        told = [telling for reader in self._readers for telling in reader.told()]
        for moment in self._matters.moments(told):
            self.reckoning.note(moment)
            self._screen.moment(moment, self._matters.title(moment.matter))
        pointed = [each for reader in self._readers for each in reader.pointed(by)]
        self.reckoning.pointed += pointed
        self._screen.pointed(pointed)

    # --- partings

    def _partings_at(self, signal: Document) -> Iterator[tuple[Promise, tuple[Stage, ...]]]:
        """The promised partings on which a signal bears, and what is seen of each.

        Before it, by it alone, and once readers decided what they decide on it.
        """
        for promise in self._scenario.promises:
            if promise.parting is not None:
                if promise.parting.joined_by == name_of(signal):
                    yield promise, ("before", "claimed", "joined")
                elif promise.parting.parted_by == name_of(signal):
                    # Looked at anew, since others may have come to either in between.
                    yield promise, ("joined", "denied", "after")

    def _look(self, looked_at: Sequence[tuple[Promise, tuple[Stage, ...]]], time: int) -> None:
        """Have each reader look, for the first, second or third time."""
        for promise, stages in looked_at:
            assert promise.parting is not None, "only partings are looked at"
            for reader in self._readers:
                sighting = reader.sighting(promise.parting.one, promise.parting.other)
                self.reckoning.sight(promise, stages[time], reader.reading.name, sighting)

    def _names(self, promise: Promise) -> tuple[str, str]:
        """What the two are called where they are mentioned."""
        assert promise.parting is not None, "only partings have two"
        one, other = (self._called(each) for each in (promise.parting.one, promise.parting.other))
        return one, other

    def _called(self, mention: str) -> str:
        signal, _, ref = mention.rpartition("#")
        for each in self._scenario.by_name[signal]["data"].get("mentions", ()):
            if each["ref"] == ref:
                return str(next(iter(each["properties"].get("name", ())), mention))
        return mention


@contextmanager
def course(scenario: Scenario, url: str, operator: Operator, screen: Screen) -> Iterator[Course]:
    """A run on a service whose operator is given: registry, tokens and streams, as users get them.

    The clock is moved first: a live service, or an exercise that is beyond the scenario's days,
    refuses that, and then nothing was changed.
    """
    try:
        operator.advance(scenario.start)
    except Refused as refusal:
        raise Misused(f"{url} can't be demonstrated on: {refusal.detail}") from None
    operator.load_registry(scenario.registry)
    for officer in scenario.officers:
        operator.grant(officer)
    publishing = {each.name: operator.publisher_token(each) for each in scenario.publishers}
    reading = {each.name: operator.reader_token(each) for each in scenario.readers}
    with (
        agencies(scenario, url, publishing) as posting,
        listeners(scenario.readers, url, reading) as readers,
    ):
        for reader in readers:
            if reader.start():
                raise Misused(f"{url} holds alerts already: a demonstration begins with none")
        yield Course(scenario, operator, posting, readers, screen, reading)


def _seen(reader: Listener, signal: Document) -> str:
    """How a reader may know a signal: FULL, TEARLINE or NOTHING."""
    if reader.sees(name_of(signal)):
        return FULL
    texts = {each["text"] for each in signal["data"].get("tearlines", ())}
    if texts and not texts.isdisjoint(
        reader.tearlines(agency_of(signal["source"]), day_stated(signal))
    ):
        return TEARLINE
    return NOTHING
