from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fusion.domain.clock import parse_moment
from fusion.domain.compiling import Community
from fusion.intake.validate import validate
from fusion.simulate.ordinary import LOOKALIKE_ID, ordinary
from fusion.simulate.surroundings import NONE, Surroundings, surroundings_faults
from fusion.vocabulary.loaded import load_vocabulary
from tests.simulate.made_up import SURROUNDINGS, Document, shipped_surroundings

VOCABULARY = load_vocabulary()
LINE: Document = {
    "hours": "office",
    "traffic": 1,
    "desks": ["samples"],
    "spelling": 0.1,
    "gradings": ["B2"],
    "origins": ["inspector"],
    "authority": "inspection of food",
    "reports": [
        {
            "weight": 1,
            "code": "hygiene-violation",
            "about": ["food"],
            "text": "{m1} fined over {m2} in {town}",
            "cast": ["bakery", "batch"],
            "objects": ["m1"],
            "subjects": ["m2"],
            "may": {"repeated": 0.5},
        }
    ],
}
OWN: Document = {
    "home": "de",
    "agencies": [["/bakers", "inspection"]],
    "nations": {
        "is": {"hours": 0, "towns": ["Vik"], "phones": ["+354#######"], "passport": "A#######"}
    },
    "places": {"harbour": {"nation": "is", "town": "Vik", "hours": 1}},
    "kinds": {
        "bakery": {
            "schema": "Company",
            "size": 3,
            "first": ["Old", "New"],
            "last": ["Mill", "Oven"],
        },
        "batch": {"schema": "Asset", "size": 0, "first": ["Rye lot"], "last": ["R####"]},
    },
    "organisations": {"hygiene-violation": "bakery"},
    "lines": {"inspection": LINE},
}


def scenario(*, count: int = 4) -> list[Document]:
    """Bakers' batches over a year; no person is told of."""
    return [
        {
            "specversion": "1.0",
            "type": "fusion.signal.submitted.v1",
            "source": "/bakers/harbour",
            "id": f"s-{number}",
            "time": f"2015-{1 + 11 * number // max(1, count - 1):02d}-10T10:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "summary": "made up",
                "marking": {"level": "OPEN"},
                "mentions": [
                    {"ref": "m1", "schema": "Asset", "properties": {"name": ["Rye lot R0815"]}}
                ],
                "activities": [{"code": "contamination-found", "subjects": ["m1"]}],
            },
        }
        for number in range(count)
    ]


def told(own: Document = OWN, *, per_signal: int = 50) -> list[Document]:
    surroundings = Surroundings.model_validate(own)
    return list(
        ordinary(
            scenario(),
            per_signal=per_signal,
            seed=3,
            vocabulary=VOCABULARY,
            surroundings=surroundings,
        )
    )


@pytest.mark.parametrize("surroundings", [NONE, SURROUNDINGS, shipped_surroundings()])
def test_what_ships_names_only_what_there_is(surroundings: Surroundings) -> None:
    assert list(surroundings_faults(surroundings, VOCABULARY)) == []


def test_an_office_does_its_scenario_s_own_work_with_its_own_kinds() -> None:
    plain = [each for each in told() if not each["id"].startswith(LOOKALIKE_ID)]
    assert {each["data"]["activities"][0]["code"] for each in plain} == {"hygiene-violation"}
    names = {
        mention["properties"]["name"][0] for each in plain for mention in each["data"]["mentions"]
    }
    bakeries = {"Old Mill", "Old Oven", "New Mill", "New Oven"}
    assert len(names & bakeries) == 3
    # A digit for each mark, another one each time.
    batches = names - bakeries
    assert len(batches) > 50
    assert all(name.startswith("Rye lot R") and name[9:].isdigit() for name in batches)
    assert all(each["data"]["summary"].endswith("in Vik") for each in plain)


def test_what_it_tells_is_taken_by_intake() -> None:
    community = Community(handle_key=b"key", is_open=True)
    now = parse_moment("2020-01-01T00:00:00Z")
    for each in told():
        found = validate(each, publisher=None, community=community, vocabulary=VOCABULARY, now=now)
        assert not isinstance(found, list), found


def test_a_thing_of_the_scenario_is_resembled_by_one_of_its_own_kind() -> None:
    """And nobody is a namesake where no line of work tells of people."""
    like = [each for each in told() if each["id"].startswith(LOOKALIKE_ID)]
    assert like
    for each in like:
        (mention, *_) = each["data"]["mentions"]
        assert mention["schema"] == "Asset"
        assert mention["properties"]["name"] != ["Rye lot R0815"]


def test_an_office_is_in_the_nation_that_the_scenario_makes() -> None:
    assert {each["data"]["activities"][0]["countries"][0] for each in told()} == {"is"}


def changed(**parts: Any) -> Document:
    return json.loads(json.dumps(OWN)) | parts


def reporting(**parts: Any) -> Document:
    line = json.loads(json.dumps(LINE))
    line["reports"][0] |= parts
    return changed(lines={"inspection": line})


@pytest.mark.parametrize(
    ("own", "pointer", "said"),
    [
        (changed(home="zz"), "home", "'zz'"),
        (changed(agencies=[["/bakers", "baking"]]), "agencies/0", "no line 'baking'"),
        (changed(nations={"qq": OWN["nations"]["is"]}), "nations/qq", "no such country"),
        (
            changed(nations={"is": OWN["nations"]["is"] | {"cultures": {"norse": 1}}}),
            "nations/is/cultures/norse",
            "no such names",
        ),
        (changed(places={"x": {"nation": "qq", "town": "X"}}), "places/x/nation", "'qq'"),
        (
            changed(kinds=OWN["kinds"] | {"bakery": OWN["kinds"]["bakery"] | {"schema": "Oven"}}),
            "kinds/bakery/schema",
            "'Oven'",
        ),
        (
            changed(organisations={"hygiene-violation": "kitchen"}),
            "organisations/hygiene-violation",
            "no kind 'kitchen'",
        ),
        (changed(organisations={"juggling": "bakery"}), "organisations/juggling", "no such code"),
        (changed(lines={"inspection": LINE | {"mix": "norse"}}), "lines/inspection/mix", "norse"),
        (
            changed(lines={"inspection": LINE | {"itself": "kitchen"}}),
            "lines/inspection/itself",
            "kitchen",
        ),
        (
            changed(lines={"inspection": LINE | {"knows": {"shoe-size": 1}}}),
            "lines/inspection/knows/shoe-size",
            "nobody",
        ),
        (reporting(code="juggling"), "lines/inspection/reports/0", "'juggling'"),
        (reporting(about=["food|juggling"]), "lines/inspection/reports/0", "'juggling'"),
        (reporting(may={"juggled": 0.1}), "lines/inspection/reports/0", "'juggled'"),
        (reporting(where="qq"), "lines/inspection/reports/0/where", "'qq'"),
        (reporting(cast=["bakery", "oven"]), "lines/inspection/reports/0/cast/1", "'oven'"),
        (reporting(cast=["passport", "batch"]), "lines/inspection/reports/0/cast/0", "whose"),
        (reporting(cast=["bakery", "car m2"]), "lines/inspection/reports/0/cast/1", "'m2'"),
        (reporting(subjects=["m3"]), "lines/inspection/reports/0", "m3"),
        (reporting(relations=["Bakes m1 m2"]), "lines/inspection/reports/0/relations", "Bakes"),
        (reporting(text="{m7} fined"), "lines/inspection/reports/0/text", "{m7}"),
        (reporting(text="{m1 fined"), "lines/inspection/reports/0/text", "expected '}'"),
    ],
)
def test_what_names_nothing_is_said_with_its_place(own: Document, pointer: str, said: str) -> None:
    found = list(surroundings_faults(Surroundings.model_validate(own), VOCABULARY))
    assert [each.pointer for each in found][:1] == [pointer], found
    assert said in found[0].detail


def test_a_member_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"lines.inspection.reports.0.juggles"):
        Surroundings.model_validate(reporting(juggles=1))


@given(per_signal=st.integers(0, 3))
def test_any_number_is_told_of_it(per_signal: int) -> None:
    assert len(told(per_signal=per_signal)) == 4 * per_signal
