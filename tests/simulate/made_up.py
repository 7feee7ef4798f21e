"""A small scenario for the tests: nobody in it exists, nothing of it happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from fusion.simulate.surroundings import Surroundings

Document = dict[str, Any]

SHIPPED = Path(__file__).parents[2] / "src/fusion/scenarios/september-11/signals.jsonl"

# What its offices do, and where they stand.
SURROUNDINGS = Surroundings.model_validate(
    {
        "home": "us",
        "agencies": [
            ("/ins/adjudications", "adjudications"),
            ("/ins", "border"),
            ("/state", "consular"),
            ("/fbi", "field"),
            ("/nsa", "signals"),
            ("/cia", "intelligence"),
        ],
        "places": {
            "jeddah": {"nation": "sa", "town": "Jeddah"},
            "jfk": {"nation": "us", "town": "New York", "hours": -5},
            "hamburg": {"nation": "de", "town": "Hamburg"},
            "phoenix": {"nation": "us", "town": "Phoenix", "hours": -7},
            "minneapolis": {"nation": "us", "town": "Minneapolis", "hours": -6},
        },
    }
)

FIELD = {"level": "SECRET", "releasable_to": ["cia"], "need": "group:counterterrorism"}
BORDER = {"level": "OFFICIAL", "releasable_to": ["*"], "discovery": "agencies"}
SIGNALS = {"level": "TOP SECRET", "compartments": ["SI"], "discovery": "stewards"}
PARTNER = {"level": "SECRET", "releasable_to": ["cia", "fbi"]}
FREE = {"level": "OPEN", "releasable_to": ["*"]}


def scenario() -> list[Document]:
    """Two years, eight offices of seven agencies, one retraction."""
    return [
        _signal(
            "/nsa/sigint",
            "2000-01-03T10:00:00Z",
            SIGNALS,
            [_person("m1", "Rafiq"), _person("m2", "Nabil")],
            {"code": "communication", "subjects": ["m1"], "objects": ["m2"], "countries": ["ye"]},
        ),
        _signal(
            "/state/jeddah",
            "2000-03-01T08:00:00Z",
            BORDER,
            [_person("m1", "Rafiq al-Tayyib", birthDate="1970-02-01", passportNumber="B111111")],
            {"code": "visa-issued", "subjects": ["m1"], "countries": ["us"]},
        ),
        _signal(
            "/ins/jfk",
            "2000-06-01T20:00:00Z",
            BORDER,
            [_person("m1", "Rafik Altayyib", birthDate="1970-02-01", passportNumber="B111111")],
            {"code": "entry-into-country", "subjects": ["m1"], "countries": ["us"]},
        ),
        _signal(
            "/de-police/hamburg",
            "2000-09-12T12:00:00Z",
            PARTNER,
            [_person("m1", "Nabil Quraishi"), _person("m2", "Rafik el Tayib")],
            {"code": "shared-residence", "subjects": ["m1", "m2"], "countries": ["de"]},
            vetting="shared",
        ),
        _signal(
            "/fbi/phoenix",
            "2001-02-10T17:00:00Z",
            FIELD,
            [
                _person("m1", "Nabil Quraishi"),
                {
                    "ref": "m2",
                    "schema": "Organization",
                    "properties": {"name": ["Saguaro Flight School"]},
                },
            ],
            {
                "code": "flight-training",
                "subjects": ["m1"],
                "objects": ["m2"],
                "circumstances": ["stated-concern", "unexplained-funds"],
                "topics": ["aviation"],
                "countries": ["us"],
            },
            vetting="vetted",
            origin={"id": "fbi:phoenix:squad-5"},
            authority="an investigation",
            retain_until="2006-02-10",
        ),
        _signal(
            "/fbi/minneapolis/squad-9",
            "2001-05-01T17:00:00Z",
            FIELD,
            [],
            {"code": "threat-reporting", "topics": ["terrorism"], "countries": ["us"]},
            origin={"id": "fbi:minneapolis:citizen-1"},
        ),
        _signal(
            "/cia/ctc",
            "2001-08-01T14:00:00Z",
            FIELD,
            [_person("m1", "Abu Nabil al-Yamani")],
            {"code": "attack-carried-out", "subjects": ["m1"], "countries": ["ye"]},
        ),
        _signal(
            "/flight-schools/cactus",
            "2001-12-31T16:00:00Z",
            FREE,
            [_person("m1", "Nabil Qureshi")],
            {"code": "training-enrolment", "subjects": ["m1"], "countries": ["us"]},
        ),
        {
            "specversion": "1.0",
            "type": "fusion.signal.retracted.v1",
            "source": "/cia/ctc",
            "id": "takes-back",
            "time": "2002-06-01T00:00:00Z",
            "data": {"retracts": "none"},
        },
    ]


def shipped_surroundings() -> Surroundings:
    """What the shipped scenario says of ordinary times."""
    text = SHIPPED.with_name("surroundings.yaml").read_text(encoding="utf-8")
    return Surroundings.model_validate(yaml.safe_load(text))


def shipped() -> list[Document]:
    """The shipped scenario; empty where it is not there."""
    if not SHIPPED.exists():
        return []
    return [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines() if line]


def _signal(
    source: str,
    time: str,
    marking: dict[str, Any],
    mentions: Sequence[Document],
    activity: Document,
    **content: Any,
) -> Document:
    return {
        "specversion": "1.0",
        "type": "fusion.signal.submitted.v1",
        "source": source,
        "id": f"s-{time[:10]}",
        "time": time,
        "datacontenttype": "application/json",
        "data": {
            "summary": "made up",
            "marking": marking,
            "mentions": list(mentions),
            "activities": [activity],
            **content,
        },
    }


def _person(ref: str, name: str, **properties: str) -> Document:
    known = {"name": [name], **{prop: [value] for prop, value in properties.items()}}
    return {"ref": ref, "schema": "Person", "properties": known}
