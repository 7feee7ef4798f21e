"""A registry tells where nobody could act; it is no reason to refuse it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fusion.coordination.registry_file import load_registry, read_document
from fusion.coordination.vacancy import vacancies

SMALL = load_registry(read_document((Path(__file__).parents[1] / "registry.yaml").read_text()))
ALL = {post.id for post in SMALL.posts}


def places(acted_for: set[str]) -> set[str]:
    return {fault.pointer for fault in vacancies(SMALL, acted_for)}


def test_where_every_post_has_somebody_there_is_no_vacancy() -> None:
    assert places(ALL) == set()


def test_a_mechanism_is_vacant_when_neither_lead_nor_deputy_has_anybody() -> None:
    assert places(ALL - {"/river/watch"}) == set()
    assert places(ALL - {"/river/watch", "/river/chief"}) == {
        "/mechanisms/1/lead",
        "/mechanisms/2/lead",
    }


def test_a_steward_that_is_not_named_and_one_that_nobody_is_are_told_apart() -> None:
    (nobody,) = vacancies(SMALL, ALL - {"/harbour/links"})
    (unnamed,) = vacancies(replace(SMALL, steward=None), ALL)
    assert nobody.pointer == unnamed.pointer == "/steward"
    assert "/harbour/links" in nobody.detail
    assert "no common steward" in unnamed.detail
