from __future__ import annotations

import pytest

from fusion.domain import ids


@pytest.mark.parametrize(
    "source", ["/fbi", "/fbi/phoenix", "/a" * 8, "/0/a.b_c-d", f"/{'a' * 64}" + f"/{'a' * 120}" * 7]
)
def test_a_source_is_one_to_eight_segments(source: str) -> None:
    assert ids.is_source(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "/",
        "fbi",
        "/fbi/",
        "//fbi",
        "/FBI",
        "/-a",
        "/a" * 9,
        "/fbi\n",
        "/é",
        f"/{'a' * 65}",
        f"/a/{'a' * 121}",
    ],
)
def test_what_is_no_source_is_none(source: str) -> None:
    assert not ids.is_source(source)


def test_an_id_holds_case_and_the_signs_of_other_numberings() -> None:
    assert ids.is_signal_id("EC-2001:07~10@x+y_z.1")
    assert ids.is_signal_id("a" * 256)
    for wrong in ("", "a" * 257, "-a", "a/b", "a b", "a#b", "a\n", "é"):
        assert not ids.is_signal_id(wrong)


def test_a_ref_is_short_and_plain() -> None:
    assert ids.is_ref("m1")
    for wrong in ("", "a" * 65, "a#b", "a/b", "_a", "a\n"):
        assert not ids.is_ref(wrong)


def test_names_of_signals_and_mentions_are_told_apart() -> None:
    signal, mention = "/fbi/phoenix/EC-1", "/fbi/phoenix/EC-1#m1"
    assert ids.is_signal_name(signal)
    assert not ids.is_signal_name(mention)
    assert ids.is_mention_name(mention)
    assert not ids.is_mention_name(signal)
    assert not ids.is_signal_name("/EC-1")
    assert not ids.is_mention_name(mention + "\n")
    assert ids.signal_of(mention) == signal


def test_a_key_is_bounded_and_equal_only_to_itself() -> None:
    short, long = "d|123", "d|" + "1" * 4096
    assert ids.bounded(short) == short
    assert len(ids.bounded(long).encode()) < 1_000
    assert ids.bounded(long) == ids.bounded(long)
    assert len({ids.bounded(long + end) for end in ("", "1", "2")}) == 3


def test_an_agency_is_one_segment() -> None:
    assert ids.is_agency("fbi")
    for wrong in ("", "/fbi", "FBI", "a/b", "*", "fbi\n", "a" * 65):
        assert not ids.is_agency(wrong)


def test_the_office_is_the_first_two_segments_or_a_longer_registered_prefix() -> None:
    offices = ("/fbi", "/fbi/phoenix/squad-5", "/fbi/phoenix/squad-5/a")
    assert ids.office_of("/fbi") == "/fbi"
    assert ids.office_of("/fbi/phoenix/squad-5", ()) == "/fbi/phoenix"
    assert ids.office_of("/fbi/phoenix/squad-50", offices) == "/fbi/phoenix"
    assert ids.office_of("/fbi/phoenix/squad-5", offices) == "/fbi/phoenix/squad-5"
    assert ids.office_of("/fbi/phoenix/squad-5/a/b", offices) == "/fbi/phoenix/squad-5/a"


def test_derived_names_are_sixteen_characters_of_what_they_name() -> None:
    name = ids.entity_name("/fbi/phoenix/EC-1#m1")
    assert name == ids.entity_name("/fbi/phoenix/EC-1#m1")
    assert name != ids.entity_name("/fbi/phoenix/EC-1#m2")
    assert len(name) == len("e-") + 16
    assert set(name[2:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert ids.handle(b"k", "a", "b") != ids.handle(b"l", "a", "b")
