"""Who leads and who takes part follows from domain, region and holders alone."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fusion.coordination.lead import lead_of, mechanisms_of, participants
from fusion.coordination.registry_file import load_registry, read_document
from fusion.domain.post import Registry

SMALL = load_registry(read_document((Path(__file__).parents[1] / "registry.yaml").read_text()))
DOMAINS = st.sampled_from(["ecological", "economic", "security"])
REGIONS = st.sampled_from([None, "delta", "hills"])
HOLDERS = st.sets(st.sampled_from([agency.slug for agency in SMALL.agencies] + ["unknown"]))


def leading(domain: str, region: str | None, *holders: str) -> tuple[str, tuple[str, ...]]:
    lead = lead_of(domain, region, SMALL, holders=holders)
    assert lead is not None
    return lead.mechanism, lead.also


def test_without_a_registry_nobody_leads() -> None:
    assert lead_of("ecological", None, Registry()) is None


def test_the_mechanism_of_the_domain_leads_with_its_post_and_deputy() -> None:
    lead = lead_of("ecological", None, SMALL)
    assert lead is not None
    assert (lead.mechanism, lead.post, lead.deputy) == ("floods", "/river/chief", "/river/watch")
    assert lead.title == "Chief of the river"
    assert lead.also == ()


def test_what_no_mechanism_names_is_led_by_the_overall_one() -> None:
    assert leading("security", None) == ("overall", ())
    assert leading("security", "hills") == ("overall", ())


def test_a_mechanism_of_domain_and_region_leads_before_that_of_the_domain() -> None:
    assert leading("ecological", "delta")[0] == "delta-floods"


def test_an_alert_of_a_region_is_led_by_the_region_where_no_mechanism_has_the_domain() -> None:
    assert leading("security", "delta") == ("delta", ())


def test_an_alert_of_a_domain_and_a_region_goes_to_both_and_to_their_common_parent() -> None:
    assert leading("economic", "delta") == ("banks", ("delta", "overall"))
    assert leading("ecological", "delta") == ("delta-floods", ("delta", "overall"))


def test_evidence_of_another_mechanisms_member_brings_in_the_common_parent() -> None:
    assert leading("ecological", None, "river", "bank") == ("floods", ("overall",))


def test_evidence_of_members_alone_brings_in_nobody() -> None:
    assert leading("ecological", None, "river", "upstream") == ("floods", ())


def test_the_nearest_common_parent_is_enough() -> None:
    """The upstream service belongs to `floods`, which stands above the leading mechanism."""
    assert leading("ecological", "delta", "upstream") == (
        "delta-floods",
        ("delta", "floods", "overall"),
    )


def test_a_holder_of_no_mechanism_changes_nothing() -> None:
    assert leading("economic", None, "bank", "unknown") == ("banks", ())


@given(DOMAINS, REGIONS, HOLDERS)
def test_every_alert_has_an_accountable_lead(
    domain: str, region: str | None, holders: set[str]
) -> None:
    lead = lead_of(domain, region, SMALL, holders=holders)
    assert lead is not None
    assert SMALL.post(lead.post) is not None and SMALL.post(lead.deputy) is not None
    assert lead.mechanism not in lead.also and len(set(lead.also)) == len(lead.also)
    assert lead == lead_of(domain, region, SMALL, holders=sorted(holders, reverse=True))


@given(DOMAINS, REGIONS, HOLDERS, HOLDERS)
def test_a_further_holder_brings_mechanisms_in_and_never_moves_the_lead(
    domain: str, region: str | None, some: set[str], more: set[str]
) -> None:
    fewer = lead_of(domain, region, SMALL, holders=some)
    all_ = lead_of(domain, region, SMALL, holders=some | more)
    assert fewer is not None and all_ is not None
    assert (fewer.mechanism, fewer.post) == (all_.mechanism, all_.post)
    assert set(fewer.also) <= set(all_.also)


@given(DOMAINS, REGIONS)
def test_no_mechanism_that_answers_stands_above_another(domain: str, region: str | None) -> None:
    found = mechanisms_of(domain, region, SMALL)
    for one in found:
        assert not {other.slug for other in found} & {up.slug for up in SMALL.lineage(one)[1:]}


def test_who_carries_weight_is_core_and_never_auxiliary_too() -> None:
    assert participants({"b", "a"}, ["c", "a"]) == {"core": ["a", "b"], "auxiliary": ["c"]}
    assert participants([], []) == {"core": [], "auxiliary": []}
