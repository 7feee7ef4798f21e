from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest

from fusion.domain.compiling import Community, compile_signal
from fusion.domain.fact import SignalFacts
from fusion.domain.far_end import FAR
from fusion.domain.signal import SUBMITTED, decode_event

COMMUNITY = Community(handle_key=b"a key of this test", domestic=frozenset({"fbi"}))
OPEN, SECRET = {"level": "OPEN"}, {"level": "SECRET"}
MINE = f"{FAR}BankAccount.iban"


def facts(mentions: list[dict[str, Any]], relations: list[dict[str, Any]]) -> SignalFacts:
    body = {"marking": OPEN, "summary": "s", "mentions": mentions, "relations": relations}
    whole = {
        "specversion": "1.0",
        "type": SUBMITTED,
        "source": "/fbi/phoenix",
        "id": "1",
        "time": "2001-07-10T14:30:00Z",
        "data": body,
    }
    return compile_signal(decode_event(msgspec.json.encode(whole)), community=COMMUNITY)[0]


def man(**members: Any) -> dict[str, Any]:
    return {"ref": "m1", "schema": "Person", "properties": {"name": ["Mark Davis"]}, **members}


def account(iban: str = "GB82WEST12345698765432", **members: Any) -> dict[str, Any]:
    properties = {"iban": [iban], "country": ["gb"]}
    return {"ref": "m2", "schema": "BankAccount", "properties": properties, **members}


def owns(**members: Any) -> dict[str, Any]:
    return {"schema": "Ownership", "from": "m1", "to": "m2", **members}


def test_who_is_related_to_a_thing_has_its_identifier_and_nothing_else_of_it() -> None:
    signal = facts([man(), account()], [owns()])
    assert dict(signal.mentions[0].profile.properties) == {
        "name": ("Mark Davis",),
        MINE: ("GB82WEST12345698765432",),
    }
    assert dict(signal.mentions[0].profile.stated) == {"name": ("Mark Davis",)}


def test_the_thing_does_not_take_the_persons_name_or_number() -> None:
    person = man(properties={"name": ["Mark Davis"], "passportNumber": ["A1234567"]})
    signal = facts([person, account()], [owns()])
    assert signal.mentions[1].profile == facts([account()], []).mentions[0].profile


def test_an_employer_is_no_identifier_of_who_works_there() -> None:
    firm = {
        "ref": "m2",
        "schema": "Company",
        "properties": {"name": ["Farallon"], "leiCode": ["5493001KJTIIGC8Y1R12"]},
    }
    related = facts([man(), firm], [owns(schema="Employment")]).mentions[0]
    assert related.profile == facts([man()], []).mentions[0].profile


def test_direction_and_kind_of_the_relation_do_not_matter() -> None:
    one = facts([man(), account()], [owns()]).mentions[0].profile
    linked = {"schema": "UnknownLink", "from": "m2", "to": "m1"}
    assert facts([man(), account()], [linked]).mentions[0].profile == one


def test_several_things_are_all_counted() -> None:
    second = account("DE89370400440532013000", ref="m3")
    signal = facts([man(), account(), second], [owns(), owns(to="m3")])
    assert len(signal.mentions[0].profile.values(MINE)) == 2


@pytest.mark.parametrize("levels", list(product((None, SECRET), repeat=3)))
def test_a_profile_is_what_it_would_be_had_what_its_reader_may_not_know_never_been_said(
    levels: tuple[dict[str, str] | None, ...],
) -> None:
    """Law 4, at its root: of each way to mark the two ends, and what connects them by the rules."""
    near, far, between = ({} if level is None else {"marking": level} for level in levels)
    if levels[2] is None and (levels[0] or levels[1]):
        return  # a relation is marked no lower than what it connects (RULES 1)
    whole = facts([man(**near), account(**far)], [owns(**between)])
    open_mentions = [m for m, level in zip((man(), account()), levels, strict=False) if not level]
    open_relations = [] if levels[2] else [owns()]
    if not open_mentions:
        return
    known = facts(open_mentions, open_relations)
    seen = [m for m in whole.mentions if m.marking == whole.marking]
    assert [m.profile for m in seen] == [m.profile for m in known.mentions]
