"""The catalog: stored names that never move, and markings that come back as they were."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fusion.domain.marking import NormalForm, minimal
from fusion.events.catalog import (
    CATALOG,
    ENTRY_OF,
    Event,
    StoredMarking,
    load_marking,
    store_marking,
)

_tokens = st.sampled_from(
    ["domestic", "domestic/fbi", "domestic/cia", "partner/mi5", "nation/gb", "need/group:ct"]
)
_markings = st.builds(
    NormalForm,
    level=st.integers(0, 5),
    compartments=st.frozensets(st.sampled_from(["HCS", "SI", "TK"])),
    clauses=st.lists(st.frozensets(_tokens, min_size=1), max_size=4).map(minimal),
    owners=st.frozensets(st.sampled_from(["fbi", "cia", "ins"])),
    discovery=st.integers(0, 3),
    may_break_glass=st.booleans(),
)


@given(_markings)
def test_a_marking_comes_back_from_the_log_as_it_was(marking: NormalForm) -> None:
    body = msgspec.json.encode(store_marking(marking))
    loaded = load_marking(msgspec.json.decode(body, type=StoredMarking))
    assert loaded == marking
    assert hash(loaded) == hash(marking)
    assert loaded.may_break_glass == marking.may_break_glass
    assert loaded.owners == marking.owners


def test_equal_markings_are_stored_in_equal_bytes_whatever_their_sets_were_made_of() -> None:
    def marked(tokens: list[str]) -> NormalForm:
        return NormalForm(
            level=1,
            compartments=frozenset(tokens),
            clauses=frozenset(frozenset({token, "nation/gb"}) for token in tokens),
            owners=frozenset(tokens),
        )

    one, other = marked(list("abcdefgh")), marked(list("hgfedcba"))
    assert msgspec.json.encode(store_marking(one)) == msgspec.json.encode(store_marking(other))
    assert store_marking(one).clauses[0] == ("a", "nation/gb")


def test_every_event_has_one_stored_name_which_is_no_class_path() -> None:
    shapes = set(get_args(Event))
    assert {entry.shape for entry in CATALOG.values()} == shapes == set(ENTRY_OF)
    for name, entry in CATALOG.items():
        assert entry.name == name
        assert entry.version >= 1
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
