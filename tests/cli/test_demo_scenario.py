from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fusion.cli.demonstration.scenario import (
    load_scenario,
    name_of,
    require_words,
    shipped,
)
from fusion.domain.clock import format_day, format_moment
from fusion.domain.errors import Misused
from fusion.vocabulary.loaded import load_vocabulary
from tests.cli.made_scenario import (
    decisions_document,
    promises_document,
    scenario_document,
    scenario_signals,
    written_scenario,
)


def test_a_folder_is_a_scenario_with_its_signals_in_the_order_of_time(tmp_path: Path) -> None:
    scenario = load_scenario(str(written_scenario(tmp_path, signals=scenario_signals()[::-1])))
    assert [name_of(each) for each in scenario.signals] == [
        name_of(each) for each in scenario_signals()
    ]
    assert format_moment(scenario.start) == "2015-01-05T00:00:00.000000Z"
    assert format_day(scenario.event_day) == "2015-03-12"
    assert [promise.name for promise in scenario.promises] == ["run", "two-men"]
    assert scenario.mechanism_members["floods"] == ("river", "upstream")
    assert scenario.mechanism_names["banks"] == "Banks"


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_scenario_can_be_loaded_and_promises_something(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.slug == name
    assert scenario.promises
    assert scenario.caveat


def test_a_scenario_without_promises_promises_nothing(tmp_path: Path) -> None:
    folder = written_scenario(tmp_path)
    (folder / "promises.yaml").unlink()
    assert load_scenario(str(folder)).promises == ()


def test_the_publisher_of_a_signal_is_the_one_with_the_longest_prefix(tmp_path: Path) -> None:
    described = scenario_document()
    described["publishers"].append({"name": "gauges-only", "source": "/river/gauges"})
    scenario = load_scenario(str(written_scenario(tmp_path, described=described)))
    names = {
        source: publisher.name if (publisher := scenario.publisher_of(source)) else None
        for source in ("/river/gauges/upper", "/river/gauges", "/river/gaugesmith", "/riverine")
    }
    assert names == {
        "/river/gauges/upper": "gauges-only",
        "/river/gauges": "gauges-only",
        "/river/gaugesmith": "gauges",
        "/riverine": None,
    }


def with_parts(**changed: Any) -> dict[str, Any]:
    return {"described": scenario_document() | changed}


def deciding(**changed: Any) -> dict[str, Any]:
    document = decisions_document()
    document["decisions"][0] |= changed
    return {"decisions": document}


def promising(**changed: Any) -> dict[str, Any]:
    document = promises_document()
    document["promises"][0] |= changed
    return {"promises": document}


FAULTY = [
    (with_parts(event_date="soon"), "scenario.yaml: event_date: "),
    (with_parts(readers=[]), "scenario.yaml: readers: "),
    (
        with_parts(publishers=scenario_document()["publishers"][:1]),
        "none of them may post for /bank",
    ),
    (with_parts(readers=scenario_document()["readers"][:1] * 2), "analyst is a reader twice"),
    ({"signals": []}, "signals.jsonl holds no signal"),
    ({"signals": [{"source": "/river"}]}, "signals.jsonl:1: no signal with source, id and time"),
    (
        {"signals": [scenario_signals()[0] | {"time": "yesterday"}]},
        "signals.jsonl:1: no signal with source, id and time",
    ),
    (
        {"signals": scenario_signals()[:2]},
        "two-men: the scenario has no signal /river/gauges/claim",
    ),
    (promising(alert=None), "run promises either an alert or a parting"),
    (promising(surprise=1), "promises/0/surprise"),
    (promising(name="two-men"), "two-men is promised twice"),
    (with_parts(surprise=1), "scenario.yaml: surprise: "),
    (
        with_parts(readers=[scenario_document()["readers"][0] | {"post": "/river/nobody"}]),
        "readers/0/post: the registry has no /river/nobody that analyst holds",
    ),
    ({"surroundings": {"lines": {"x": 1}}}, "surroundings.yaml: lines/x: "),
    (deciding(reader="nobody"), "decisions.yaml: the scenario has no reader nobody"),
    (
        deciding(after="/river/gauges/3"),
        "decisions.yaml: the scenario has no signal /river/gauges/3",
    ),
    (deciding(verdict="PERHAPS"), "decisions.yaml: decisions/0/verdict: "),
]


@pytest.mark.parametrize(("parts", "said"), FAULTY, ids=[said for _, said in FAULTY])
def test_what_can_not_be_used_is_said_with_its_file_and_place(
    tmp_path: Path, parts: dict[str, Any], said: str
) -> None:
    folder = written_scenario(tmp_path, **parts)
    with pytest.raises(Misused) as refusal:
        load_scenario(str(folder))
    assert said in refusal.value.detail
    assert "\n" not in refusal.value.detail


def test_the_scenario_that_the_order_names_first_runs_unasked() -> None:
    assert next(shipped()) == "september-11"


def test_surroundings_that_name_what_there_is_not_are_said_with_their_place(
    tmp_path: Path,
) -> None:
    scenario = load_scenario(
        str(written_scenario(tmp_path, surroundings={"agencies": [["/river", "juggling"]]}))
    )
    with pytest.raises(Misused, match=r"surroundings.yaml: agencies/0: there is no line 'jugg"):
        require_words(scenario, load_vocabulary())


def test_no_such_scenario_names_those_that_there_are() -> None:
    with pytest.raises(Misused, match="there are september-11, contaminated-shipment, or a folder"):
        load_scenario("september-12")
