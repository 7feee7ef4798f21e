"""Every holder that the 9/11 timeline names has a source in the scenario's registry.

The table is the one place that says which; only the two columns `agency` and `office` are read.
"""

import csv
import os
from pathlib import Path

import pytest

from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.ids import agency_of
from fusion.domain.post import Kind

CHECKOUT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FUSION_SHARED") or CHECKOUT.parent / "shared")
TIMELINE = SHARED / "cases" / "911" / "timeline.csv"
FILE = CHECKOUT / "src" / "fusion" / "scenarios" / "september-11" / "registry.yaml"
REGISTRY = load_registry(read_document(FILE.read_text()))

SOURCE_OF = {
    ("BANK", "US bank (private)"): "/banks/us-bank",
    ("CIA", ""): "/cia/operations",
    ("CIA", '"John" to CTC'): "/cia/fbi-detail",
    ("CIA", "Bangkok"): "/cia/bangkok",
    ("CIA", "Bangkok to Bin Ladin unit"): "/cia/bangkok",
    ("CIA", "Bin Ladin unit"): "/cia/ctc/bin-ladin-unit",
    ("CIA", "CTC"): "/cia/ctc",
    ("CIA", "CTC / Bin Ladin unit"): "/cia/ctc/bin-ladin-unit",
    ("CIA", "DCI briefing"): "/cia/dci",
    ("CIA", "Kuala Lumpur"): "/cia/kuala-lumpur",
    ("CIA", "PDB"): "/cia/analysis",
    ("CIA", "SEIB"): "/cia/analysis",
    ("CIA", "briefing to top officials"): "/cia/dci",
    ("CIA", "cable to London and Paris"): "/cia/operations",
    ("CIA", "clandestine source"): "/cia/operations",
    ("CIA", "foreign service"): "/cia/operations",
    ("CIA", "joint source"): "/cia/operations",
    ("CIA", 'official detailed to FBI ITOS ("John") and CIA official'): "/cia/fbi-detail",
    ("CIA", "report"): "/cia/analysis",
    ("CIA", "source"): "/cia/operations",
    ("CIA", "to British service"): "/cia/operations",
    ("CIA", "to CSG"): "/cia/ctc",
    ("CIA", "to FAA"): "/cia/ctc",
    ("CIA", "to station chiefs"): "/cia/dci",
    ("CUSTOMS", "Port Angeles"): "/customs/port-angeles",
    ("DOD", "CENTCOM"): "/dod/centcom",
    ("FAA", "Airman certification"): "/faa/airman-certification",
    ("FAA", "Civil Aviation Security Intelligence"): "/faa/civil-aviation-security",
    ("FAA", "Phoenix area"): "/faa/phoenix",
    ("FAA", "circular"): "/faa/civil-aviation-security",
    ("FAA", "information circular"): "/faa/civil-aviation-security",
    ("FBI", "Counterterrorism Division"): "/fbi/counterterrorism",
    ("FBI", "DOJ/SDNY"): "/doj/sdny",
    ("FBI", 'HQ ("Jane") to New York'): "/fbi/hq",
    ("FBI", "HQ SIOC threat update"): "/fbi/hq",
    ("FBI", "HQ teletype to CIA, FAA, Customs, State, INS, Secret Service"): "/fbi/hq",
    ("FBI", "HQ to all field offices"): "/fbi/hq",
    ("FBI", "Legat London"): "/fbi/legat-london",
    ("FBI", "Minneapolis"): "/fbi/minneapolis",
    ("FBI", "Minneapolis to HQ"): "/fbi/minneapolis",
    ("FBI", "Minneapolis to Legats Paris and London"): "/fbi/minneapolis",
    ("FBI", "New York"): "/fbi/new-york",
    (
        "FBI",
        "New York (Cole squad) with CIA analyst and FBI HQ analyst",
    ): "/fbi/new-york",
    ("FBI", "New York (embassy bombings case)"): "/fbi/new-york",
    ("FBI", "New York / Yemen"): "/fbi/new-york",
    ("FBI", "Oklahoma City"): "/fbi/oklahoma-city",
    ("FBI", "Orlando/Oklahoma City"): "/fbi/orlando",
    ("FBI", "Phoenix"): "/fbi/phoenix",
    ("FBI", "Phoenix to HQ (UBLU, RFU) and New York"): "/fbi/phoenix",
    ("FBI", "Ressam debriefing"): "/fbi/new-york",
    ("FBI", "San Diego (asset)"): "/fbi/san-diego",
    ("FBI", "Yemen"): "/fbi/yemen",
    ("FBI", "advisory"): "/fbi/counterterrorism",
    ("FBI", "detailee in CIA Bin Ladin unit"): "/fbi/cia-detail",
    ("FBI", 'detailee in CIA Bin Ladin unit ("Mary")'): "/fbi/cia-detail",
    ("FBI", "joint FBI/CIA source"): "/fbi/new-york",
    ("FBI", "via Philippine police"): "/fbi/legat-manila",
    ("FBI", "walk-in"): "/fbi/hq",
    ("FOREIGN", "service to CIA"): "/other-service/liaison",
    ("FOREIGN-DE", "Hamburg police / UAE"): "/de-police/hamburg",
    ("FOREIGN-FR", "to FBI Legat Paris"): "/fr-service/liaison",
    ("IC", "advisory"): "/ic/advisories",
    ("IC", "unspecified (to FAA/FBI)"): "/ic/advisories",
    ("INS", "Chicago"): "/ins/chicago",
    ("INS", "Cincinnati / San Diego"): "/ins/cincinnati",
    ("INS", "Dulles"): "/ins/dulles",
    ("INS", "Florida"): "/ins/florida",
    ("INS", "JFK"): "/ins/jfk",
    ("INS", "LAX"): "/ins/lax",
    ("INS", "Los Angeles"): "/ins/los-angeles",
    ("INS", "Miami"): "/ins/miami",
    ("INS", "Minneapolis JTTF"): "/ins/minneapolis",
    ("INS", "New York"): "/ins/new-york",
    ("INS", "Newark"): "/ins/newark",
    ("INS", "Orlando"): "/ins/orlando",
    ("INS", "change of status"): "/ins/adjudications",
    ("INS", "to FBI HQ"): "/ins/hq",
    ("LOCAL", "Broward County FL police"): "/broward-county/police",
    ("LOCAL", "Florida DMV"): "/florida-dmv/licences",
    ("NSA", ""): "/nsa/sigint",
    ("NSC", "CSG"): "/nsc/csg",
    ("NSC", "CSG with CIA, FBI, INS, FAA, Coast Guard, Secret Service, Customs"): "/nsc/csg",
    ("NSC", "Clarke"): "/nsc/coordinator",
    ("NSC", "Clarke to Rice"): "/nsc/coordinator",
    (
        "PRIVATE",
        "Pan Am International Flight Academy, Eagan MN",
    ): "/flight-schools/pan-am-eagan",
    ("STATE", "Berlin"): "/state/berlin",
    ("STATE", "Consulate Jeddah"): "/state/jeddah",
    ("STATE", "Embassy UAE"): "/state/abu-dhabi",
    ("STATE", "Sanaa"): "/state/sanaa",
    ("STATE", "Saudi Arabia"): "/state/riyadh",
    ("STATE", "TIPOFF"): "/state/tipoff",
    ("STATE", "US consulate, East Asia"): "/state/east-asia",
    ("STATE", "public warning"): "/state/consular-affairs",
}


@pytest.mark.parametrize("source", sorted(set(SOURCE_OF.values())))
def test_every_source_of_the_table_is_a_registered_office_with_a_desk(source: str) -> None:
    assert source in REGISTRY.offices
    assert REGISTRY.desk_for(source) is not None


def test_foreign_services_and_companies_are_no_domestic_agencies() -> None:
    kinds = {
        agency: REGISTRY.agency(agency_of(source))
        for (agency, _), source in SOURCE_OF.items()
        if agency.startswith("FOREIGN") or agency in {"BANK", "PRIVATE"}
    }
    assert {agency: found and found.kind for agency, found in kinds.items()} == {
        "FOREIGN": Kind.FOREIGN,
        "FOREIGN-DE": Kind.FOREIGN,
        "FOREIGN-FR": Kind.FOREIGN,
        "BANK": Kind.CIVIL,
        "PRIVATE": Kind.CIVIL,
    }


@pytest.mark.skipif(not TIMELINE.exists(), reason="the 9/11 timeline is not beside this checkout")
def test_every_holder_of_the_timeline_has_a_source() -> None:
    with TIMELINE.open(encoding="utf-8", newline="") as file:
        holders = {(row["agency"], row["office"]) for row in csv.DictReader(file)}
    assert holders - set(SOURCE_OF) == set()
