from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fusion.domain.errors import Invalid, Misused
from fusion.domain.pattern import Base, Scope
from fusion.patterns.loader import (
    load_library,
    load_pattern,
    pattern_files,
    read_document,
)
from fusion.patterns.pattern_file import pattern_schema

FILE = """
version: 3
title: Two reports of one ship
domain: security
severity: high
scope: entity
threshold: 4.5
acknowledge_hours: 12
rationale: Ships that hide are hiding something.
sources: [A book]
runbook: [Ask the port, Call the desk]
roles:
  hiding:
    cap: 3
    half_life_days: 30
    needed: true
    why: Because.
    indicators:
      false-name:
        title: Sails under a false name
        bits: 2.125
        why: Few do.
        activity: {codes: [misrepresentation], circumstances: [false-identity], countries: [no]}
  known:
    cap: 2
    half_life_days: 60
    why: Because.
    indicators:
      held:
        title: Is a tanker
        bits: 1
        why: Many are.
        mention: {schemata: [Vessel], roles: [subject], properties: {type: [tanker]}}
examples:
  - {fires: true, why: It should., signals: [{source: /a/x, time: 2015-01-02}]}
  - {fires: false, why: It should not., signals: [{source: /a/x, time: 2015-01-02}]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hidden-ship.yaml"
    path.write_text(FILE)
    return path


def document(**changes: Any) -> dict[str, Any]:
    quoted = FILE.replace("2015-01-02", "'2015-01-02'").replace("[no]", "['no']")
    return {"slug": "hidden-ship", **yaml.safe_load(quoted), **changes}


def test_a_file_is_a_pattern_named_by_its_file(path: Path) -> None:
    (pattern,) = load_library(path.parent)
    assert (pattern.slug, pattern.version, pattern.scope) == ("hidden-ship", 3, Scope.ENTITY)
    assert (pattern.domain, pattern.region, pattern.severity) == ("security", None, "high")
    assert (pattern.threshold, pattern.release, pattern.acknowledge_hours) == (4_500, 3_375, 12)
    assert pattern.runbook == "1. Ask the port\n2. Call the desk"
    assert pattern.rationale.endswith("Sources:\n- A book")
    hiding, known = pattern.roles
    assert (hiding.name, hiding.cap, hiding.half_life_days) == ("hiding", 3_000, 30)
    assert hiding.is_needed and not known.is_needed
    (false_name,) = hiding.indicators
    assert (false_name.id, false_name.title) == ("false-name", "Sails under a false name")
    assert (false_name.millibits, false_name.why) == (2_125, "Few do.")
    assert false_name.activity is not None and false_name.mention is None
    assert false_name.activity.circumstances == {"false-identity"}
    (held,) = known.indicators
    assert held.mention is not None
    assert held.mention.properties == (("type", frozenset({"tanker"})),)
    assert pattern.examples[0]["fires"] is True


def test_a_base_has_its_bits_its_version_and_its_source() -> None:
    base = {"bits": 1.25, "version": "2014-2", "source": "Counted by the port authority"}
    pattern = load_pattern(change(*ROLE, "base", to=base))
    assert pattern.roles[0].base == Base(1_250, "2014-2", "Counted by the port authority")
    assert pattern.roles[1].base is None
    # A watch officer reads what was taken for ordinary, and whence.
    assert "hiding (1.25 bits, 2014-2): Counted by the port authority" in pattern.rationale


def test_a_country_called_no_and_a_day_stay_text(path: Path) -> None:
    read = read_document(path)
    test = read["roles"]["hiding"]["indicators"]["false-name"]["activity"]
    assert test["countries"] == ["no"]
    assert read["examples"][0]["signals"][0]["time"] == "2015-01-02"


def test_what_is_published_loads_as_what_was_read(path: Path) -> None:
    published = json.loads(json.dumps(read_document(path)))
    assert load_pattern(published) == load_library(path.parent)[0]


def change(*place: str, to: Any) -> dict[str, Any]:
    changed = document()
    node = changed
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = to
    return changed


ROLE = ("roles", "hiding")
INDICATOR = (*ROLE, "indicators", "false-name")


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        (("threshold",), 0, "/threshold"),
        (("threshold",), "high", "/threshold"),
        (("severity",), "dire", "/severity"),
        (("scope",), "planet", "/scope"),
        (("slug",), "Hidden Ship", "/slug"),
        (("colour",), "red", "/colour"),
        (("runbook",), [], "/runbook"),
        (("sources",), [], "/sources"),
        (("title",), "Two\nlines", "/title"),
        (("examples",), [], "/examples"),
        ((*ROLE, "half_life_days"), 0, "/roles/hiding/half_life_days"),
        ((*ROLE, "cap"), 0.0001, "/roles/hiding/cap"),
        ((*ROLE, "base"), {"bits": 1, "version": "1"}, "/roles/hiding/base/source"),
        ((*ROLE, "indicators"), {}, "/roles/hiding/indicators"),
        ((*INDICATOR, "bits"), -1, "/roles/hiding/indicators/false-name/bits"),
        ((*INDICATOR, "title"), "", "/roles/hiding/indicators/false-name/title"),
        ((*INDICATOR, "mention"), {"schemata": ["Vessel"]}, "/roles/hiding/indicators/false-name"),
        ((*INDICATOR, "activity"), None, "/roles/hiding/indicators/false-name"),
        (
            (*INDICATOR, "activity", "codes"),
            [],
            "/roles/hiding/indicators/false-name/activity/codes",
        ),
    ],
)
def test_a_fault_names_its_place(place: tuple[str, ...], value: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_pattern(change(*place, to=value))
    assert caught.value.faults[0].pointer == pointer
    assert pointer in caught.value.detail


def test_a_weight_without_its_argument_is_refused() -> None:
    bare = document()
    del bare["roles"]["hiding"]["indicators"]["false-name"]["why"]
    with pytest.raises(Invalid, match="false-name/why"):
        load_pattern(bare)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        load_pattern(document(severity="dire", scope="planet"))
    assert [fault.pointer for fault in caught.value.faults] == ["/severity", "/scope"]


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(Invalid, match="JSON"):
        load_pattern(document(version={1}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("- a", "is no mapping"),
        ("slug: another\n" + FILE, "the slug is the file's name"),
        (FILE + "title: Again\n", "'title' stands twice"),
        (FILE.replace("high", "dire"), "/severity"),
    ],
)
def test_a_wrong_file_is_named(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(Invalid, match=said) as caught:
        load_library(path.parent)
    assert str(path) in caught.value.detail


def test_a_folder_that_holds_no_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="holds no pattern"):
        load_library(tmp_path)
    with pytest.raises(Misused, match="is no folder"):
        load_library(tmp_path / "absent")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(Misused, match=r"bad\.yaml can't be read"):
        load_library(tmp_path)


def test_the_json_schema_takes_what_the_loader_takes_and_refuses_what_it_refuses() -> None:
    validator = jsonschema.Draft202012Validator(pattern_schema())
    for path in pattern_files():
        read = read_document(path)
        validator.validate(read)
        del read["slug"]
        validator.validate(read)
    assert validator.is_valid(document())
    assert not validator.is_valid(document(severity="dire"))
    assert not validator.is_valid(document(colour="red"))
