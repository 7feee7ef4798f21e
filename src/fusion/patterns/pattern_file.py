"""A pattern as its file has it: the shape, the limits and the JSON Schema of `library/<slug>.yaml`.

Pydantic models, since here bytes cross a wall; inside, `fusion.domain.pattern` has the same as
frozen dataclasses with millibits. A file states bits, and beside every weight and cap the argument
for it. What one file's shape cannot say (codes that exist, caps against threshold, examples that
run as they say) is for `fusion.patterns.check`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from fusion.domain.pattern import (
    MILLI,
    ActivityTest,
    Base,
    HypothesisTest,
    Indicator,
    MentionTest,
    Pattern,
    Role,
    Scope,
    Silent,
)

# A weight beyond this stands for odds of a million million to one, which no report gives.
_MOST_BITS = 40
# Five half-lives of ten years: what is older is history.
_MOST_HALF_LIFE_DAYS = 3_650
_MOST_ACKNOWLEDGE_HOURS = 24 * 30
# A check that takes longer than a minute is run once and never again.
_MOST_SILENT_DAYS = 3_650
_MOST_SILENT_SIGNALS = 20_000

SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


def _whole_millibits(bits: float) -> float:
    if abs(bits * MILLI - round(bits * MILLI)) > 1e-6:  # noqa: PLR2004 - room for binary fractions
        raise ValueError("bits have three decimals at most")
    return bits


Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=64)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^\S[^\n]*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=8_000, strip_whitespace=True)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Bits = Annotated[float, Field(gt=0, le=_MOST_BITS), AfterValidator(_whole_millibits)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ActivityPart(_Part):
    """Which activities an indicator reads: one of the codes and, where stated, one of each rest."""

    codes: Annotated[tuple[Word, ...], Field(min_length=1)]
    circumstances: tuple[Word, ...] = ()
    topics: tuple[Word, ...] = ()
    countries: tuple[Word, ...] = ()


class MentionPart(_Part):
    """Which bare mentions an indicator reads; of each property named, one of the values."""

    schemata: Annotated[tuple[str, ...], Field(min_length=1)]
    roles: tuple[Literal["subject", "associate"], ...] = ()
    properties: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = {}


class HypothesisPart(_Part):
    """Which hypotheses an indicator reads: those of a pattern of the same library, while above.

    `by`: the roles of that pattern whose evidence says where a hypothesis on an entity lies, all if
    none is named.
    """

    pattern: Slug
    by: tuple[Slug, ...] = ()


class IndicatorPart(_Part):
    """What fills a role. The title is what a watch officer reads as the evidence's name."""

    title: Line
    bits: Bits
    why: Line
    activity: ActivityPart | None = None
    mention: MentionPart | None = None
    hypothesis: HypothesisPart | None = None

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Self:
        if sum(part is not None for part in (self.activity, self.mention, self.hypothesis)) != 1:
            raise ValueError("an indicator reads one thing: an activity, a mention or a hypothesis")
        return self


class BasePart(_Part):
    """What ordinary times yield for a role, and whence that is known; counted anew, a version."""

    bits: Bits
    version: Line
    source: Line


class RolePart(_Part):
    """A kind of evidence, its cap, and why it is capped there. Only what exceeds `base` counts."""

    cap: Bits
    base: BasePart | None = None
    half_life_days: Annotated[int, Field(gt=0, le=_MOST_HALF_LIFE_DAYS)]
    why: Line
    needed: bool = False
    indicators: Annotated[dict[Slug, IndicatorPart], Field(min_length=1)]


class ExamplePart(_Part):
    """Signals in short form (see `fusion.patterns.examples`), and whether the pattern fires."""

    fires: bool
    why: Line
    signals: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]


class SilentPart(_Part):
    """A stream of ordinary times in which the pattern may be on for a twentieth of the time.

    It is made anew from the seed: the ordinary signals of the agencies of the examples that fire,
    with look-alikes of what these say, and without them.
    """

    seed: Annotated[int, Field(ge=0)]
    days: Annotated[int, Field(gt=0, le=_MOST_SILENT_DAYS)] = 730
    signals: Annotated[int, Field(gt=0, le=_MOST_SILENT_SIGNALS)] = 1_000


class PatternFile(_Part):
    """A warning problem, whole. `slug` is the file's name and need not stand in the file."""

    slug: Slug
    version: Annotated[int, Field(gt=0)]
    title: Line
    domain: Word
    region: Line | None = None
    severity: Literal["low", "medium", "high", "critical"]
    scope: Literal["entity", "organisation", "topic-country", "country"]
    threshold: Bits
    acknowledge_hours: Annotated[int, Field(gt=0, le=_MOST_ACKNOWLEDGE_HOURS)]
    rationale: Text
    sources: Annotated[tuple[Line, ...], Field(min_length=1)]
    runbook: Annotated[tuple[Line, ...], Field(min_length=1)]
    roles: Annotated[dict[Slug, RolePart], Field(min_length=1)]
    examples: Annotated[tuple[ExamplePart, ...], Field(min_length=2)]
    silent: SilentPart | None = None

    def pattern(self) -> Pattern:
        """The pattern that the file states."""
        steps = (f"{number}. {step}" for number, step in enumerate(self.runbook, start=1))
        sources = [f"- {source}" for source in self.sources]
        sources += [
            f"- What ordinary times yield for {name} ({part.base.bits:g} bits,"
            f" {part.base.version}): {part.base.source}"
            for name, part in self.roles.items()
            if part.base
        ]
        return Pattern(
            slug=self.slug,
            version=self.version,
            title=self.title,
            domain=self.domain,
            region=self.region,
            severity=self.severity,
            scope=Scope(self.scope),
            threshold=_millibits(self.threshold),
            roles=tuple(_role(name, part) for name, part in self.roles.items()),
            rationale="\n".join((self.rationale, "", "Sources:", *sources)),
            runbook="\n".join(steps),
            acknowledge_hours=self.acknowledge_hours,
            examples=tuple(example.model_dump() for example in self.examples),
            silent=Silent(**self.silent.model_dump()) if self.silent else None,
        )


def pattern_schema() -> dict[str, Any]:
    """The JSON Schema of a pattern's file, where `slug` may be absent."""
    schema = PatternFile.model_json_schema()
    schema["required"] = [name for name in schema["required"] if name != "slug"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _role(name: str, part: RolePart) -> Role:
    return Role(
        name=name,
        cap=_millibits(part.cap),
        half_life_days=part.half_life_days,
        indicators=tuple(_indicator(key, value) for key, value in part.indicators.items()),
        is_needed=part.needed,
        base=_base(part.base) if part.base else None,
    )


def _base(part: BasePart) -> Base:
    return Base(_millibits(part.bits), part.version, part.source)


def _indicator(name: str, part: IndicatorPart) -> Indicator:
    return Indicator(
        id=name,
        title=part.title,
        millibits=_millibits(part.bits),
        activity=_activity(part.activity) if part.activity else None,
        mention=_mention(part.mention) if part.mention else None,
        hypothesis=_hypothesis(part.hypothesis) if part.hypothesis else None,
        why=part.why,
    )


def _activity(part: ActivityPart) -> ActivityTest:
    return ActivityTest(
        codes=frozenset(part.codes),
        circumstances=frozenset(part.circumstances),
        topics=frozenset(part.topics),
        countries=frozenset(part.countries),
    )


def _mention(part: MentionPart) -> MentionTest:
    return MentionTest(
        schemata=frozenset(part.schemata),
        roles=frozenset(part.roles),
        properties=tuple((name, frozenset(values)) for name, values in part.properties.items()),
    )


def _hypothesis(part: HypothesisPart) -> HypothesisTest:
    return HypothesisTest(pattern=part.pattern, by=frozenset(part.by))


def _millibits(bits: float) -> int:
    return round(bits * MILLI)
