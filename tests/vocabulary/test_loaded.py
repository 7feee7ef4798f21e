from __future__ import annotations

from pathlib import Path

import pytest

from fusion.domain.errors import Misused
from fusion.domain.vocabulary import Vocabulary
from fusion.vocabulary.loaded import DOMAINS, PROTECTED_PROPERTIES, load_vocabulary

VOCABULARY = load_vocabulary()

# The 16 behaviours of ISE-SAR 1.5.5; a missing one would refuse signals that speak of it.
BEHAVIOURS = (
    "breach-or-intrusion",
    "misrepresentation",
    "theft-loss-diversion",
    "sabotage-tampering-vandalism",
    "cyberattack",
    "expressed-or-implied-threat",
    "aviation-activity",
    "eliciting-information",
    "testing-of-security",
    "recruiting-or-financing",
    "photography",
    "observation-or-surveillance",
    "materials-acquisition",
    "acquisition-of-expertise",
    "weapons-collection-or-discovery",
    "sector-specific-incident",
)
MENTIONS_OF_THE_CONTRACT = (
    "Person",
    "Organization",
    "LegalEntity",
    "Company",
    "Vehicle",
    "Vessel",
    "Airplane",
    "BankAccount",
    "CryptoWallet",
    "UserAccount",
    "Passport",
    "Address",
    "Event",
)
EDGES_OF_THE_CONTRACT = {
    "Associate": ("person", "associate"),
    "Family": ("person", "relative"),
    "Membership": ("member", "organization"),
    "Employment": ("employee", "employer"),
    "Ownership": ("owner", "asset"),
    "Directorship": ("director", "organization"),
    "Payment": ("payer", "beneficiary"),
    "Representation": ("agent", "client"),
    "Occupancy": ("holder", "post"),
    "UnknownLink": ("subject", "object"),
    "Call": ("caller", "receiver"),
    "Message": ("sender", "recipient"),
    "Identification": ("holder", "document"),
}


def test_it_serves_as_the_port() -> None:
    port: Vocabulary = VOCABULARY
    assert port.has_country("de")


@pytest.mark.parametrize("schema", MENTIONS_OF_THE_CONTRACT)
def test_a_mention_of_the_contract_may_have_its_schema(schema: str) -> None:
    assert VOCABULARY.has_schema(schema)
    assert VOCABULARY.is_mention(schema)
    assert not VOCABULARY.is_edge(schema)


@pytest.mark.parametrize(("schema", "ends"), EDGES_OF_THE_CONTRACT.items())
def test_a_relation_runs_from_its_source_to_its_target(schema: str, ends: tuple[str, str]) -> None:
    assert VOCABULARY.is_edge(schema)
    assert not VOCABULARY.is_mention(schema)
    assert VOCABULARY.edge_ends(schema) == ends


def test_a_passport_descends_from_an_edge_and_is_a_mention_all_the_same() -> None:
    assert VOCABULARY.is_a("Passport", "Identification")
    assert not VOCABULARY.is_edge("Passport")


@pytest.mark.parametrize("schema", ["Thing", "Interval", "Value", "Interest", "Analyzable"])
def test_what_is_abstract_is_known_and_no_mention(schema: str) -> None:
    assert VOCABULARY.has_schema(schema)
    assert not VOCABULARY.is_mention(schema)


def test_what_is_no_edge_has_no_ends() -> None:
    with pytest.raises(ValueError, match="Person is no edge"):
        VOCABULARY.edge_ends("Person")


@pytest.mark.parametrize(
    ("schema", "prop", "type_"),
    [
        ("Person", "name", "name"),
        ("Person", "birthDate", "date"),
        ("Person", "nationality", "country"),
        ("Person", "passportNumber", "identifier"),
        ("Person", "phone", "phone"),
        ("Person", "email", "email"),
        ("Company", "registrationNumber", "identifier"),
        ("BankAccount", "iban", "identifier"),
        ("UserAccount", "phone", "phone"),
    ],
)
def test_a_schema_has_its_ancestors_properties(schema: str, prop: str, type_: str) -> None:
    assert VOCABULARY.has_property(schema, prop)
    assert VOCABULARY.property_type(schema, prop) == type_


def test_a_property_that_is_an_entity_is_told_apart() -> None:
    assert VOCABULARY.is_entity_property("Passport", "holder")
    assert VOCABULARY.is_entity_property("BankAccount", "bank")
    assert not VOCABULARY.is_entity_property("Person", "name")


def test_descent_is_transitive_and_reflexive_and_goes_one_way() -> None:
    assert VOCABULARY.is_a("PublicBody", "LegalEntity")
    assert VOCABULARY.is_a("Person", "Person")
    assert VOCABULARY.is_a("Company", "Asset")
    assert not VOCABULARY.is_a("LegalEntity", "Person")
    assert not VOCABULARY.is_a("Unicorn", "Thing")


@pytest.mark.parametrize("schema", VOCABULARY.schemata())
def test_every_schema_inherits_all_that_its_ancestors_have(schema: str) -> None:
    for parent in VOCABULARY.schemata():
        if VOCABULARY.is_a(schema, parent):
            assert _properties(parent) <= _properties(schema)


def _properties(schema: str) -> set[str]:
    return set(VOCABULARY._schemata[schema].properties)


@pytest.mark.parametrize("code", BEHAVIOURS)
def test_each_behaviour_of_the_functional_standard_has_a_code(code: str) -> None:
    assert VOCABULARY.has_code(code)


@pytest.mark.parametrize(
    "code", ["flight-training", "photography", "cash-payment", "property-rental", "travel"]
)
def test_conduct_of_ordinary_life_says_so(code: str) -> None:
    assert VOCABULARY.is_ordinary(code) == (code != "travel")


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_every_domain_has_codes_and_no_other_has(domain: str) -> None:
    assert domain in {entry.domain for entry in VOCABULARY.activities()}
    assert {entry.domain for entry in VOCABULARY.activities()} <= DOMAINS
    assert VOCABULARY.has_domain(domain)


@pytest.mark.parametrize(
    "words",
    ["activities", "circumstances", "topics", "purposes"],
)
def test_words_are_spelt_alike_have_a_definition_of_one_line_and_a_title_of_their_own(
    words: str,
) -> None:
    entries = getattr(VOCABULARY, words)()
    for entry in entries:
        assert entry.name == entry.name.lower().replace(" ", "-").replace("_", "-")
        assert entry.definition.endswith(".") and "\n" not in entry.definition
    assert len({entry.title for entry in entries}) == len(entries)
    assert len({entry.definition for entry in entries}) == len(entries)


def test_no_code_circumstance_topic_or_purpose_says_what_a_person_is() -> None:
    said = [
        *VOCABULARY.activities(),
        *VOCABULARY.circumstances(),
        *VOCABULARY.topics(),
        *VOCABULARY.purposes(),
    ]
    forbidden = {"nationality", "origin", "ethnicity", "ethnic", "race", "religion", "religious"}
    forbidden |= {"belief", "opinion", "political", "demonstration", "protest", "assembly"}
    assert not [entry.name for entry in said if forbidden & set(entry.name.split("-"))]


def test_the_properties_that_say_what_a_person_is_are_known_and_protected() -> None:
    for prop in PROTECTED_PROPERTIES:
        assert VOCABULARY.has_property("Person", prop)
        assert VOCABULARY.is_protected_property(prop)
    assert not VOCABULARY.is_protected_property("passportNumber")


def test_the_words_of_the_contract_exist() -> None:
    for circumstance in (
        "no-plausible-purpose",
        "unexplained-funds",
        "coordinated-effort",
        "stated-concern",
        "false-identity",
    ):
        assert VOCABULARY.has_circumstance(circumstance)
    assert VOCABULARY.has_topic("aviation") and VOCABULARY.has_topic("terrorism")
    assert VOCABULARY.has_purpose("prevention")


def test_countries_are_those_of_iso_3166_in_lower_case_and_two_that_are_made_up() -> None:
    codes = {each.name for each in VOCABULARY.countries()}
    # ISO leaves XA to XZ to its users.
    assert len(codes - {"xa", "xb"}) == 249
    assert {"xa", "xb"} <= codes
    assert VOCABULARY.has_country("no")
    assert not VOCABULARY.has_country("US")
    assert not VOCABULARY.has_country("xx")


def test_a_deployment_adds_words_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "activities.yaml").write_text(
        "ship-to-ship-transfer: {title: Transfer at sea, definition: Moved cargo at sea.,"
        " domain: economic, ordinary: true, source: IMO}\n"
    )
    (tmp_path / "countries.yaml").write_text('"xk": Kosovo\n')
    extended = load_vocabulary(tmp_path)
    assert extended.has_code("ship-to-ship-transfer")
    assert extended.is_ordinary("ship-to-ship-transfer")
    assert extended.has_country("xk") and extended.has_country("us")
    assert extended.has_code("photography")
    assert not load_vocabulary().has_code("ship-to-ship-transfer")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("activities.yaml", "photography: {title: P, definition: D}", "needs exactly"),
        (
            "activities.yaml",
            "photography: {title: P, definition: D, domain: security, ordinary: false, source: S}",
            "redefines 'photography'",
        ),
        (
            "activities.yaml",
            "new-code: {title: P, definition: D, domain: sport, ordinary: false, source: S}",
            "known domain",
        ),
        ("topics.yaml", "- aviation", "no mapping"),
        ("topics.yaml", "a: {b: [", "can't be read"),
        ("opinions.yaml", "a: b", "is none of"),
    ],
)
def test_an_added_file_that_is_wrong_is_refused_by_name(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Misused, match=said) as caught:
        load_vocabulary(tmp_path)
    assert name in caught.value.detail


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="is no folder"):
        load_vocabulary(tmp_path / "absent")
