from __future__ import annotations

from pathlib import Path

from fusion.vocabulary.build_ftm import build

THING = """
Thing:
  abstract: true
  properties:
    name: {label: Name, type: name}
    notes:
"""
PERSON = """
Person:
  extends: [Thing]
  properties:
    birthDate: {type: date}
    employer: {type: entity, range: Company}
"""
EDGES = """
Ownership:
  extends: [Thing]
  edge: {source: owner, target: asset}
Call:
  extends: [Thing]
Doctor:
  extends: [Person]
"""


def test_schemata_keep_ancestors_ends_and_their_own_properties(tmp_path: Path) -> None:
    for name, text in (("thing", THING), ("person", PERSON), ("edges", EDGES)):
        (tmp_path / f"{name}.yaml").write_text(text)
    built = build(tmp_path, "4.0")
    assert built == {
        "source": "followthemoney 4.0",
        "schemata": {
            "Thing": {
                "extends": [],
                "abstract": True,
                "properties": {"name": {"type": "name"}, "notes": {"type": "string"}},
            },
            "Person": {
                "extends": ["Thing"],
                "properties": {
                    "birthDate": {"type": "date"},
                    "employer": {"type": "entity", "range": "Company"},
                },
            },
            "Doctor": {"extends": ["Person", "Thing"], "properties": {}},
            "Ownership": {"extends": ["Thing"], "edge": ["owner", "asset"], "properties": {}},
            "Call": {"extends": ["Thing"], "edge": ["caller", "receiver"], "properties": {}},
        },
    }


def test_the_licence_notice_stays_with_the_data() -> None:
    folder = Path(__file__).parents[2] / "src" / "fusion" / "vocabulary"
    notice = (folder / "FOLLOWTHEMONEY-LICENSE").read_text()
    assert "MIT License" in notice and "OpenSanctions" in notice
