"""The registry file: agencies, offices, desks, posts and mechanisms, as people write them.

One file, YAML or JSON, becomes one `Registry` or a list of faults, each with the place in the file.
The document that passed here is what `registry.loaded` holds, and reading it back gives an equal
registry. Nothing here has a default that widens anything: kind and ceiling must stand there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fusion.domain import ids
from fusion.domain.errors import Fault, Invalid, TooLarge, Unreadable
from fusion.domain.fact import grade_of
from fusion.domain.post import (
    Agency,
    Desk,
    Kind,
    Mechanism,
    Office,
    Post,
    Registry,
    succession_faults,
)
from fusion.domain.vocabulary import Vocabulary

# A registry is read whole at every start and kept in memory; a country's agencies fit in a tenth.
MAX_BYTES = 1 << 20
_MAX_FAULTS = 100  # as many as a problem may hold (CONTRACT.md section 3)

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
PathName = Annotated[str, Field(pattern=ids.SOURCE.pattern, max_length=256)]
Title = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OfficePart(_Part):
    """A holder within an agency."""

    prefix: PathName = Field(description="All that is published below it is this office's.")
    name: Title
    desk: PathName | None = Field(
        None, description="The desk that answers for it, else the agency's first."
    )


class DeskPart(_Part):
    """Whom to call about an owner's signals."""

    id: PathName
    name: Title
    post: PathName = Field(description="The post that answers.")


class AgencyPart(_Part):
    """One organisation that publishes or reads."""

    slug: Slug = Field(description="The first segment of the sources that it publishes under.")
    name: Title
    kind: Literal["domestic", "foreign", "civil"] = Field(description="It never changes.")
    ceiling: Annotated[str, Field(pattern=r"^[A-F][1-6]$")] = Field(
        description="The Admiralty code above which nothing of it is graded."
    )
    nation: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = Field(
        None, description="ISO 3166-1 alpha-2, lower case; a foreign agency needs it."
    )
    offices: list[OfficePart] = Field(default=[], max_length=1000)
    desks: list[DeskPart] = Field(default=[], max_length=1000)


class PostPart(_Part):
    """An office that a person holds."""

    id: PathName = Field(description="Its first segment is its agency.")
    title: Title
    holder: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="The name of the reader who holds it; absent is vacant."
    )
    deputy: PathName | None = None
    mechanism: Slug | None = Field(None, description="The mechanism in which it serves.")


class MechanismPart(_Part):
    """The agencies that answer together for domains or regions."""

    slug: Slug
    name: Title
    lead: PathName = Field(description="The accountable post; it has a deputy.")
    parent: Slug | None = Field(None, description="Absent for the overall mechanism alone.")
    domains: list[Slug] = Field(default=[], max_length=100)
    regions: list[Slug] = Field(default=[], max_length=1000)
    core: list[Slug] = Field(default=[], max_length=1000)
    auxiliary: list[Slug] = Field(default=[], max_length=1000)


class RegistryFile(_Part):
    """Agencies, posts and mechanisms of one deployment."""

    steward: PathName | None = Field(
        None, description="The post trusted with links that nobody else may learn of."
    )
    agencies: list[AgencyPart] = Field(min_length=1, max_length=1000)
    posts: list[PostPart] = Field(max_length=10_000)
    mechanisms: list[MechanismPart] = Field(max_length=1000)


def read_document(text: str) -> dict[str, Any]:
    """The document of a registry file's text, YAML or JSON (which is YAML).

    A member that stands twice is refused: the last one would silently replace the first.
    """
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge(f"a registry file holds at most {MAX_BYTES} bytes")
    try:
        # A SafeLoader, only stricter.
        document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506
    # PyYAML lets a date that is none (2001-02-30) fall through as a ValueError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"the registry file is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise Unreadable("the registry file is no mapping of agencies, posts and mechanisms")
    return document


def load_registry(document: object, *, previous: Registry | None = None) -> Registry:
    """The registry that a document says; `Invalid`, with each fault's place, where it can't be.

    `previous` is the registry that it would follow: it may not drop an agency or change its kind.
    """
    try:
        file = RegistryFile.model_validate(document)
    except ValidationError as error:
        raise _invalid(_faults_of(error)) from None
    registry = Registry(
        agencies=tuple(map(_agency, file.agencies)),
        posts=tuple(Post(**part.model_dump()) for part in file.posts),
        mechanisms=tuple(map(_mechanism, file.mechanisms)),
        steward=file.steward,
    )
    if previous is not None and (faults := succession_faults(previous, registry)):
        raise _invalid(faults)
    return registry


def require_domains(registry: Registry, vocabulary: Vocabulary) -> None:
    """`Invalid`, with each place, where a mechanism answers for no domain of risk that there is.

    No alert would ever reach it. Asked when a registry enters and not when it is read back: what
    was once accepted stays readable, whatever a later vocabulary holds.
    """
    faults = tuple(
        Fault(f"/mechanisms/{place}/domains/{at}", f"{domain!r} is no domain of risk")
        for place, mechanism in enumerate(registry.mechanisms)
        for at, domain in enumerate(mechanism.domains)
        if not vocabulary.has_domain(domain)
    )
    if faults:
        raise _invalid(faults[:_MAX_FAULTS])


def registry_schema() -> dict[str, Any]:
    """The JSON Schema of a registry file, for `schemas/`."""
    schema = RegistryFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


class _StrictLoader(yaml.SafeLoader):
    """YAML's plain types, without members that stand twice and without aliases.

    A file of aliases to aliases is small on disk and without end in memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = None if parent is None else parent.start_mark
            raise yaml.constructor.ConstructorError(None, None, "aliases are not taken", mark)
        return super().compose_node(parent, index)

    # PyYAML's signature.
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(
                None, None, "a member of this mapping stands twice", node.start_mark
            )
        return mapping


def _agency(part: AgencyPart) -> Agency:
    return Agency(
        slug=part.slug,
        name=part.name,
        kind=Kind(part.kind),
        ceiling=grade_of(part.ceiling),
        nation=part.nation,
        offices=tuple(Office(**office.model_dump()) for office in part.offices),
        desks=tuple(Desk(**desk.model_dump()) for desk in part.desks),
    )


def _mechanism(part: MechanismPart) -> Mechanism:
    return Mechanism(
        slug=part.slug,
        name=part.name,
        lead=part.lead,
        parent=part.parent,
        domains=tuple(part.domains),
        regions=tuple(part.regions),
        core=tuple(part.core),
        auxiliary=tuple(part.auxiliary),
    )


def _faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Pydantic's errors by RFC 6901 pointers."""
    return tuple(
        Fault("".join(f"/{_escaped(str(step))}" for step in each["loc"]), each["msg"])
        for each in error.errors(include_url=False, include_context=False)[:_MAX_FAULTS]
    )


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _invalid(faults: tuple[Fault, ...]) -> Invalid:
    first = f"{faults[0].pointer or '/'}: {faults[0].detail}"
    return Invalid(f"the registry can't be taken: {first}", faults=faults)
