"""The registry file: one file becomes one registry, or faults by their places."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.coordination.registry_file import (
    MAX_BYTES,
    load_registry,
    read_document,
    registry_schema,
)
from fusion.domain.errors import Invalid, TooLarge, Unreadable
from fusion.domain.fact import Grade
from fusion.domain.post import Kind

SMALL = read_document((Path(__file__).parents[1] / "registry.yaml").read_text())
SCENARIOS = Path(__file__).parents[2] / "src" / "fusion" / "scenarios"


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The small registry with one place changed."""
    document = deepcopy(SMALL)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return document


def pointers(document: Any) -> list[str]:
    with pytest.raises(Invalid) as raised:
        load_registry(document)
    assert raised.value.faults[0].detail in raised.value.detail
    return [fault.pointer for fault in raised.value.faults]


def test_the_registry_says_what_the_file_says() -> None:
    registry = load_registry(SMALL)
    river = registry.agency("river")
    assert river is not None and river.ceiling == Grade("A", 1) and river.kind is Kind.DOMESTIC
    assert registry.steward == "/harbour/links"
    assert registry.root is not None and registry.root.slug == "overall"
    assert [post.id for post in registry.posts_of("rita")] == ["/river/chief", "/bank/second"]
    assert registry.offices == ("/river/gauges", "/river/gauges/upper")


def test_json_reads_as_yaml_does() -> None:
    assert read_document('{"agencies": [], "posts": []}') == {"agencies": [], "posts": []}


def test_every_fault_is_named_by_its_place() -> None:
    document = changed("agencies", 0, "kind", to="friendly")
    document["posts"][1]["titel"] = "x"
    del document["agencies"][1]["ceiling"]
    assert sorted(pointers(document)) == [
        "/agencies/0/kind",
        "/agencies/1/ceiling",
        "/posts/1/titel",
    ]


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    assert pointers(SMALL | {"a/b~c": 1}) == ["/a~1b~0c"]


def test_a_nation_that_yaml_reads_as_false_is_refused_in_its_place() -> None:
    document = read_document(
        "agencies: [{slug: x, name: X, kind: foreign, ceiling: B2, nation: no}]\n"
        "posts: []\nmechanisms: []\n"
    )
    assert pointers(document) == ["/agencies/0/nation"]


def test_a_mechanism_without_a_lead_is_refused_in_its_place() -> None:
    document = deepcopy(SMALL)
    del document["mechanisms"][1]["lead"]
    assert pointers(document) == ["/mechanisms/1/lead"]
    assert pointers(changed("mechanisms", 1, "lead", to="/river/nobody")) == ["/mechanisms/1/lead"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("agencies", 0, "slug"), "River"),
        (("agencies", 0, "ceiling"), "G1"),
        (("agencies", 0, "ceiling"), "A1\n"),
        (("agencies", 0, "nation"), "OV"),
        (("agencies", 0, "offices", 0, "prefix"), "river/gauges"),
        (("posts", 0, "id"), "/"),
        (("posts", 0, "title"), ""),
        (("posts", 0, "holder"), 7),
        (("mechanisms", 0, "domains"), "security"),
    ],
)
def test_a_value_of_a_wrong_shape_is_refused_in_its_place(
    path: tuple[str | int, ...], value: Any
) -> None:
    assert pointers(changed(*path, to=value))[0] == "/" + "/".join(map(str, path))


@pytest.mark.parametrize("document", [None, [], "agencies", {}])
def test_what_is_no_registry_is_refused(document: Any) -> None:
    assert pointers(document)


@pytest.mark.parametrize(
    "text",
    [
        "agencies: []\nagencies: []\n",
        "- agencies\n",
        "",
        "agencies: [\n",
        "a: &a [1]\nb: *a\n",
        "since: 2001-02-30\n",
        "a: !!python/object/apply:os.getcwd []\n",
        "[" * 5000,
    ],
)
def test_a_text_that_can_be_read_two_ways_or_not_at_all_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_document(text)
    assert "\n" not in raised.value.detail


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        read_document("#" * (MAX_BYTES + 1))


def test_a_registry_that_changes_an_agencys_kind_does_not_follow() -> None:
    before = load_registry(SMALL)
    after = changed("agencies", 2, "kind", to="civil")
    load_registry(after)
    with pytest.raises(Invalid) as raised:
        load_registry(after, previous=before)
    assert raised.value.faults[0].pointer == "/agencies/2/kind"


def test_the_schema_takes_the_files_that_ship_and_refuses_an_unknown_member() -> None:
    jsonschema.Draft202012Validator.check_schema(registry_schema())
    validator = jsonschema.Draft202012Validator(registry_schema())
    files = sorted(SCENARIOS.glob("*/registry.yaml"))
    assert files
    for document in [SMALL, *(read_document(file.read_text()) for file in files)]:
        validator.validate(document)
    assert not validator.is_valid(SMALL | {"extra": 1})


@pytest.mark.parametrize(
    "file", sorted(SCENARIOS.glob("*/registry.yaml")), ids=lambda file: file.parent.name
)
def test_the_registry_of_each_scenario_gives_everybody_somebody_to_call(file: Path) -> None:
    registry = load_registry(read_document(file.read_text()))
    assert [agency.slug for agency in registry.agencies if not agency.desks] == []
    assert registry.steward is not None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["agencies", "posts", "mechanisms", "slug"]), inner)
        ),
    )
)
def test_no_document_does_more_than_load_or_be_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        load_registry(document)
