"""A small scenario for the tests: a bank that runs short, and two men taken for one.

Nobody in it exists, nothing of it happened. Two agencies hold the sides of one matter; an analyst
may know all of it, a clerk only what everybody may, and a guard one tear-line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.service import REGISTRY

Document = dict[str, Any]

OPEN = {"level": "OPEN", "releasable_to": ["*"]}
SHARED = {"level": "SECRET", "releasable_to": ["river", "bank"]}
OWN = {"level": "SECRET"}
BANK = {
    "ref": "m1",
    "schema": "Company",
    "properties": {
        "name": ["Harrowgate Meridian Savings Bank"],
        "registrationNumber": ["HMSB-00410-9"],
        "jurisdiction": ["us"],
    },
}


def signal(source: str, id_: str, time: str, marking: Document, **data: Any) -> Document:
    """A signal that was reported at a time."""
    return {
        "specversion": "1.0",
        "type": "fusion.signal.submitted.v1",
        "source": source,
        "id": id_,
        "time": time,
        "datacontenttype": "application/json",
        "data": {"marking": marking, "grading": {"source": "A", "information": 2}, **data},
    }


def side(source: str, id_: str, time: str, summary: str, **activity: Any) -> Document:
    """One side of the bank's story."""
    about = {"objects": ["m1"], "topics": ["banking"], "countries": ["us"]}
    return signal(
        source, id_, time, SHARED, summary=summary, mentions=[BANK], activities=[activity | about]
    )


def person(ref: str, name: str) -> Document:
    return {"ref": ref, "schema": "Person", "properties": {"name": [name]}}


def scenario_signals() -> list[Document]:
    """The bank's four sides, and what two rivermen are claimed and denied to be."""
    told = side(
        "/river/gauges",
        "deposits",
        "2015-02-10T09:00:00Z",
        "Deposits beyond insurance",
        code="uninsured-deposits-share",
    )
    told["data"]["tearlines"] = [
        {
            "text": "A bank is short of insured deposits",
            "releaser": "/river/chief",
            "marking": {"level": "OPEN", "releasable_to": ["harbour"]},
        }
    ]
    return [
        signal(
            "/river/gauges",
            "one",
            "2015-01-05T09:00:00Z",
            OWN,
            summary="Orsel at the weir",
            mentions=[person("m1", "Orsel Vantongeren")],
        ),
        signal(
            "/river/gauges",
            "other",
            "2015-01-06T09:00:00Z",
            OWN,
            summary="Ruud at the lock",
            mentions=[person("m1", "Ruud Haverkampf")],
        ),
        signal(
            "/river/gauges",
            "claim",
            "2015-01-07T09:00:00Z",
            OWN,
            summary="The two are one man",
            mentions=[person("m1", "Orsel"), person("m2", "Ruud")],
            identities=[
                {"a": "m1", "b": "m2", "verdict": "same"},
                {"a": "m1", "b": "/river/gauges/one#m1", "verdict": "same"},
                {"a": "m2", "b": "/river/gauges/other#m1", "verdict": "same"},
            ],
        ),
        signal(
            "/river/gauges",
            "denial",
            "2015-01-09T09:00:00Z",
            OWN,
            summary="The two were seen together",
            mentions=[person("m1", "Orsel"), person("m2", "Ruud")],
            identities=[
                {"a": "m1", "b": "m2", "verdict": "different"},
                {"a": "m2", "b": "/river/gauges/claim#m1", "verdict": "different"},
                {"a": "m1", "b": "/river/gauges/one#m1", "verdict": "same"},
                {"a": "m2", "b": "/river/gauges/other#m1", "verdict": "same"},
            ],
        ),
        told,
        side(
            "/bank/markets",
            "capital",
            "2015-03-08T09:00:00Z",
            "The raising of capital failed",
            code="failed-capital-raising",
        ),
        side(
            "/bank/press",
            "rumour",
            "2015-03-09T09:00:00Z",
            "Word goes round that it is short",
            code="funding-rumour",
            circumstances=["public-spread"],
        ),
        side(
            "/river/gauges",
            "queue",
            "2015-03-09T11:00:00Z",
            "A queue before the\x1b[31m branches",
            code="withdrawal-surge",
            circumstances=["above-baseline"],
        ),
    ]


def scenario_document() -> Document:
    """`scenario.yaml`."""
    return {
        "slug": "made-up",
        "title": "A bank that nobody has",
        "event_date": "2015-03-12",
        "statement": "All of this is made up.",
        "files": {"registry": "registry.yaml", "signals": "signals.jsonl"},
        "publishers": [
            {"name": "gauges", "source": "/river", "level": "SECRET"},
            {"name": "supervision", "source": "/bank", "level": "SECRET"},
        ],
        "readers": [
            {
                "name": "analyst",
                "title": "Analyst",
                "agency": "river",
                "level": "SECRET",
                "purposes": ["prevention"],
                "purpose": "prevention",
            },
            {"name": "clerk", "title": "Clerk", "agency": "bank", "level": "OPEN"},
            {"name": "guard", "title": "Guard", "agency": "harbour", "level": "OPEN"},
        ],
    }


def promises_document() -> Document:
    """`promises.yaml`."""
    return {
        "promises": [
            {
                "name": "run",
                "says": "A bank is run on",
                "main": True,
                "alert": {
                    "patterns": ["bank-run"],
                    "cross_agency": True,
                    "agencies": {"all_of": ["bank"], "any_of": ["river", "harbour"]},
                    "offices": {"agency": "bank", "at_least": 1, "state_circumstances": True},
                },
            },
            {
                "name": "two-men",
                "says": "Two men are two",
                "parting": {
                    "one": "/river/gauges/one#m1",
                    "other": "/river/gauges/other#m1",
                    "joined_by": "/river/gauges/claim",
                    "parted_by": "/river/gauges/denial",
                },
            },
        ]
    }


def decisions_document() -> Document:
    """`decisions.yaml`: the analyst takes the two for one, and takes that back."""
    pair = {
        "reader": "analyst",
        "a": "/river/gauges/claim#m1",
        "b": "/river/gauges/claim#m2",
        "reason": "It is said so",
    }
    return {
        "decisions": [
            {"after": "/river/gauges/claim", "verdict": "POSITIVE", **pair},
            {"after": "/river/gauges/denial", "verdict": "UNSURE", **pair},
        ]
    }


def signals_with_a_weak_claim() -> list[Document]:
    """The signals, the claim that the two are one graded so low that it joins nothing."""
    signals = scenario_signals()
    signals[2]["data"]["identities"][0]["grading"] = {"source": "B", "information": 4}
    return signals


def written_scenario(
    folder: Path,
    *,
    described: Document | None = None,
    signals: list[Document] | None = None,
    promises: Document | None = None,
    decisions: Document | None = None,
    surroundings: Document | None = None,
    passed_on: Document | None = None,
) -> Path:
    """The scenario's folder, with parts of it replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = scenario_signals() if signals is None else signals
    (folder / "registry.yaml").write_text(REGISTRY.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "signals.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    (folder / "scenario.yaml").write_text(yaml.safe_dump(described or scenario_document()))
    (folder / "promises.yaml").write_text(yaml.safe_dump(promises or promises_document()))
    if decisions is not None:
        (folder / "decisions.yaml").write_text(yaml.safe_dump(decisions))
    if passed_on is not None:
        (folder / "passed-on.yaml").write_text(yaml.safe_dump(passed_on))
    if surroundings is not None:
        (folder / "surroundings.yaml").write_text(yaml.safe_dump(surroundings))
    return folder
