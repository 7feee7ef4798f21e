from __future__ import annotations

import pytest

from fusion.domain.vocabulary import Vocabulary
from fusion.simulate.cast import KNOWN, PARTS
from fusion.simulate.names import load_cultures
from fusion.simulate.places import load_places
from fusion.simulate.trades import load_kinds
from fusion.simulate.work import Line, read_work
from fusion.vocabulary.loaded import LoadedVocabulary, load_vocabulary
from tests.simulate.made_up import shipped_surroundings

WORK = read_work(load_vocabulary())
SHIPPED = read_work(load_vocabulary(), shipped_surroundings().model_dump(exclude_none=True))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("/ins/jfk", "border"),
        ("/ins/adjudications", "adjudications"),
        ("/state/jeddah", "consular"),
        ("/state/tipoff", "watchlist"),
        ("/fbi/phoenix", "field"),
        ("/fbi/legat-paris", "liaison"),
        ("/nsa/sigint", "signals"),
        ("/insurers", "general"),
        ("/river/bank", "bank"),
        ("/secret-service", "protection"),
        ("/my-service/liaison", "partner"),
    ],
)
def test_an_office_does_the_work_of_the_first_needle_that_fits(source: str, line: str) -> None:
    assert SHIPPED.line_of(source).name == line


def test_every_table_names_what_there_is() -> None:
    assert {line for _, line in WORK.agencies} <= set(WORK.lines)
    assert {line.mix for line in WORK.lines.values()} <= {"", *WORK.mixes}
    assert {slug for mix in WORK.mixes.values() for slug in mix} <= set(load_cultures().by_slug)
    assert set(WORK.in_conflict) <= set(load_places().nations)
    assert set(WORK.organisations.values()) <= {*PARTS, *load_kinds()}
    nations = {nation for one in load_cultures().by_slug.values() for nation in one.nations}
    assert nations <= set(load_places().nations)


@pytest.mark.parametrize("line", WORK.lines.values(), ids=lambda one: one.name)
def test_a_line_s_reports_can_be_told(line: Line) -> None:
    known = {name for name, _ in line.knows}
    assert known <= KNOWN
    for report in line.reports.choices():
        refs = [f"m{index + 1}" for index in range(len(report.cast))]
        assert {part.what for part in report.cast} <= {*PARTS, *load_kinds()}
        assert all(part.of < index + 1 for index, part in enumerate(report.cast))
        named = [*report.subjects, *report.objects, *(report.place and [report.place])]
        named += [end for _, *ends in report.relations for end in ends]
        assert set(named) <= set(refs)
        assert report.text.format_map({**dict.fromkeys(refs, "x"), "town": "y"})
        # What is made and never named nor told would be a mention without a reason.
        assert all(ref in named or f"{{{ref}}}" in report.text for ref in refs)


def test_a_word_that_the_vocabulary_lacks_is_refused() -> None:
    class Narrow(LoadedVocabulary):
        def has_code(self, code: str) -> bool:
            return code != "visa-issued" and super().has_code(code)

    whole = load_vocabulary()
    narrow: Vocabulary = Narrow.__new__(Narrow)
    narrow.__dict__.update(whole.__dict__)
    with pytest.raises(ValueError, match="visa-issued"):
        read_work(narrow)
