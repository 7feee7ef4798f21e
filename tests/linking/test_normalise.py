from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.linking.names import organisation_names, person_names
from fusion.linking.normalise import identifier, mailbox, partial_date, phone, place, website
from fusion.linking.romanise import east_sounds, romanise, skeleton, west_sounds


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1972", "19720000"),
        ("1972-05", "19720500"),
        ("1972-05-03", "19720503"),
        ("1972-05-03T10:00:00Z", "19720503"),
        ("1972-13-03", "19720000"),
    ],
)
def test_a_date_is_as_precise_as_it_is_written(text: str, digits: str) -> None:
    date = partial_date(text)
    assert date and date.digits == digits


def test_what_is_no_date_is_nothing() -> None:
    assert partial_date("May 1972") is None
    assert partial_date("") is None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+39 0352 6553537", None, "393526553537"),
        ("00 1 702-919-1300", None, "17029191300"),
        ("(702) 919-1300", "us", "17029191300"),
        ("702-919-1300", None, "7029191300"),
        ("555", "us", ""),
        ("+999 999 999 999 999", None, "999999999999999"),
    ],
)
def test_a_telephone_is_its_digits_with_the_country_where_known(
    text: str, country: str | None, number: str
) -> None:
    assert phone(text, country) == number


@pytest.mark.parametrize(
    ("text", "number", "issuer"),
    [
        ("a-12 345/67", "A1234567", ""),
        ("US:A1234567", "A1234567", "US"),
        ("A1234567 (gb)", "A1234567", "GB"),
    ],
)
def test_an_identifier_is_its_signs_and_its_issuer(text: str, number: str, issuer: str) -> None:
    read = identifier(text)
    assert read and (read.number, read.issuer) == (number, issuer)


@pytest.mark.parametrize("text", ["", "n/a", "123", "00000000"])
def test_a_placeholder_identifies_nothing(text: str) -> None:
    assert identifier(text) is None


def test_a_mailbox_is_found_in_its_wrapping() -> None:
    read = mailbox('"Jay Jones" <JJones@Fmail.com>')
    assert read and (read.local, read.domain) == ("jjones", "fmail.com")
    assert mailbox("nobody") is None


def test_a_site_is_its_host() -> None:
    assert website("https://www.Example.org/a?b") == "example.org"
    assert not website("none")


def test_an_address_is_its_parts_in_any_order() -> None:
    assert place("123 Main Street, Las Vegas NV 89132") == place(
        "Las Vegas, 89132 NV; Main Street 123"
    )
    assert "71st" in place("50 W 71st St").words
    assert place("Hardenbergstraße 87").words == place("Hardenbergstrasse 87").words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dr. Ayman al-Zawahiri", ["ayman", "zawahiri"]),
        ("Marwan ash-Shehhi", ["marwan", "shehhi"]),
        ("Hughes, Howard", ["hughes", "howard"]),
        ("Abu Omar", ["omar"]),
        ("Ellie O'Hare", ["ellie", "ohare"]),
        ("محمد بن عبد الله", ["mhmd", "abdallh"]),
    ],
)
def test_a_name_keeps_the_words_that_distinguish(text: str, words: list[str]) -> None:
    assert [romanise(word) for word in person_names(text)[0].words] == words


def test_servants_of_god_are_spelt_in_one_way() -> None:
    spellings = ["Abd al-Aziz", "Abdul Aziz", "Abdulaziz", "Abdelaziz"]
    assert {person_names(text)[0].words for text in spellings} == {("abdaziz",)}
    rahman = ["Abd ar-Rahman", "Abdur Rahman", "Abdurrahman", "Abdelrahman"]
    assert {person_names(text)[0].words for text in rahman} == {("abdrahman",)}
    assert {person_names(t)[0].words for t in ("Abdullah", "Abd Allah", "Abdallah")} == {
        ("abdullah",)
    }


def test_a_generation_is_read_off_the_name() -> None:
    assert person_names("David Dobbins Jr")[0].generation == 2
    assert person_names("David Dobbins Senior")[0].generation == 1
    assert person_names("Morris II Klein")[0].words == ("morris", "klein")
    assert person_names("Junior Agogo")[0].generation == 0


def test_a_chinese_name_is_read_whole_and_parted() -> None:
    readings = [[romanise(word) for word in reading.words] for reading in person_names("张秀英")]
    assert readings == [["zhangxiuying"], ["zhang", "xiuying"]]


def test_a_body_loses_its_legal_form_and_keeps_a_name() -> None:
    assert organisation_names("Müller & Söhne GmbH")[0].words == ("müller", "söhne")
    assert organisation_names("The Company")[0].words == ("the", "company")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mohamed", "محمد"),
        ("khalid", "خالد"),
        ("hussein", "Хусейн"),
        ("alexander", "الكسندر"),
        ("schmidt", "Шмидт"),
        ("netanyahu", "נתניהו"),
        ("qaddafi", "gaddafi"),
        ("jeffrey", "geoffrey"),
    ],
)
def test_spellings_of_one_name_share_a_western_sound(one: str, other: str) -> None:
    assert set(west_sounds(one)) & set(west_sounds(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("logan", "羅根"), ("clinton", "克林顿"), ("kim", "킴"), ("marketov", "マルケトフ")],
)
def test_spellings_of_one_name_share_an_eastern_sound(one: str, other: str) -> None:
    assert set(east_sounds(one)) & set(east_sounds(other))


def test_ahmed_is_no_mohamed() -> None:
    assert not set(west_sounds("ahmed")) & set(west_sounds("mohamed"))
    assert skeleton("mohamed") == skeleton("muhammad") == skeleton("محمد") != skeleton("ahmed")


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for reading in (*person_names(text), *organisation_names(text)):
        assert reading.words
        for word in reading.words:
            assert romanise(word) == romanise(word).lower()
            assert west_sounds(word) and east_sounds(word)
    partial_date(text), phone(text, "us"), phone(text, text), identifier(text)
    mailbox(text), website(text), place(text)
