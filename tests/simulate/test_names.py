from __future__ import annotations

import pytest

from fusion.simulate.draw import Draw
from fusion.simulate.names import Culture, load_cultures, parts_of

CULTURES = load_cultures()


@pytest.mark.parametrize("culture", CULTURES.by_slug.values(), ids=lambda one: one.slug)
def test_a_culture_s_names_are_recognised_as_names(culture: Culture) -> None:
    draw = Draw(1)
    for _ in range(100):
        name = culture.name(draw)
        assert name.usual == name.usual.strip()
        assert "{" not in name.usual
        assert CULTURES.of(name.usual) is not None


def test_a_respelt_name_keeps_most_of_its_letters_and_some_differ() -> None:
    draw = Draw(2)
    spellings = set()
    for _ in range(100):
        name = CULTURES.by_slug["arabic"].name(draw)
        respelt = name.respelt(draw)
        spellings.add(respelt == name.usual)
        assert respelt[0] == name.usual[0] or name.given.others
    assert spellings == {True, False}


def test_a_daughter_is_not_called_a_son() -> None:
    draw, arabic = Draw(3), CULTURES.by_slug["arabic"]
    women = {part.usual for part in arabic.female}
    names = [arabic.name(draw) for _ in range(500)]
    assert any(" bint " in name.usual for name in names)
    assert not any(" bin " in name.usual for name in names if name.given.usual in women)


def test_a_russian_woman_s_family_name_is_feminine_in_both_scripts() -> None:
    draw, russian = Draw(4), CULTURES.by_slug["russian"]
    women = {part.usual for part in russian.female}
    name = next(one for one in (russian.name(draw) for _ in range(99)) if one.given.usual in women)
    assert name.usual.endswith("a")
    assert name.script().endswith("а")


def test_a_name_has_its_own_script_only_if_all_its_parts_do() -> None:
    draw = Draw(5)
    assert all(CULTURES.by_slug["greek"].name(draw).script() for _ in range(50))
    assert not any(CULTURES.by_slug["german"].name(draw).script() for _ in range(50))


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Rafiq al-Tayyib", ("Rafiq", "al-Tayyib")),
        ("Rafiq al Tayyib", ("Rafiq", "al Tayyib")),
        ("Rafiq Ibn Nabil", ("Rafiq", "Ibn Nabil")),
        ("Ibn Nabil", ("", "Ibn Nabil")),
        ("Rafiq", ("Rafiq", "")),
        ("(unknown)", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_written_name_has_a_given_and_a_family_name(written: str, parts: tuple[str, str]) -> None:
    assert parts_of(written) == parts


def test_the_culture_of_a_name_is_told_by_a_part_that_is_known() -> None:
    found = CULTURES.of("Rafiq al Ghamdi")
    assert found is not None
    assert found.slug == "arabic"
    assert CULTURES.of("Xyzzy Qwert") is None
    assert CULTURES.most_of(["Xyzzy", "Sergei Volkov"]).slug == "russian"
