"""What a pattern must satisfy before it is published (DESIGN.md section 5, RULES.md 20).

Every fault is found and named by its place in the file. The arithmetic holds (a needed role is
needed, no kind of evidence reaches the threshold by itself), the words exist, persons are
protected, and the examples run as they say: on the real `fuse`, which the caller hands down, since
this room lies below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fusion.domain.errors import Fault, FusionError
from fusion.domain.pattern import ActivityTest, Indicator, MentionTest, Pattern, Role, Scope
from fusion.domain.vocabulary import Vocabulary
from fusion.patterns.check_uses import check_uses
from fusion.patterns.examples import as_events
from fusion.patterns.reading import ORGANISATIONS

# Whether a pattern is above its threshold in some cell of some signals, once all are fused, as of
# the last of them; what it uses is weighed with it.
Runner = Callable[[Pattern, list[dict[str, Any]]], bool]

# The overall mechanism answers for what is of no one domain.
EVERY_DOMAIN = "all"
# Types of property that tell where somebody comes from (a passport's country too): they may help to
# tell two people apart, and a weight on them would be a weight on origin. A ship's flag is not.
_TYPES_OF_ORIGIN = frozenset({"country", "language", "gender"})
_IMPERSONAL = ("Asset", "Organization", "Address", "Event")


def check_library(
    patterns: Iterable[Pattern], vocabulary: Vocabulary, runner: Runner
) -> Mapping[str, tuple[Fault, ...]]:
    """The faults of each pattern, by slug; patterns without any are absent."""
    found: dict[str, tuple[Fault, ...]] = {}
    titles: dict[str, str] = {}
    library = tuple(patterns)
    for pattern in library:
        faults = check_pattern(pattern, vocabulary, runner, library)
        other = titles.setdefault(pattern.title, pattern.slug)
        if other != pattern.slug:
            faults = (Fault("/title", f"{other} has the same title"), *faults)
        if faults:
            found[pattern.slug] = faults
    return found


def check_pattern(
    pattern: Pattern, vocabulary: Vocabulary, runner: Runner, library: Iterable[Pattern] = ()
) -> tuple[Fault, ...]:
    """All that is wrong with a pattern; its examples run only once nothing else is.

    `library` are the patterns whose hypotheses it may use.
    """
    faults = (
        *_arithmetic(pattern),
        *_titles(pattern),
        *_words(pattern, vocabulary),
        *check_uses(pattern, library),
    )
    return faults or tuple(_examples(pattern, runner))


# Arithmetic


def _arithmetic(pattern: Pattern) -> Iterator[Fault]:
    caps = sum(role.cap for role in pattern.roles)
    if caps < pattern.threshold:
        yield Fault("/threshold", "the caps of all roles together do not reach it")
    for role in pattern.roles:
        place = f"/roles/{role.name}"
        if role.is_needed and pattern.threshold <= caps - role.cap:
            yield Fault(
                f"{place}/needed", "the caps of the other roles reach the threshold without"
            )
        if len(pattern.roles) > 1 and role.cap >= pattern.threshold:
            yield Fault(f"{place}/cap", "one kind of evidence would reach the threshold by itself")
        for indicator in role.indicators:
            if indicator.millibits > role.cap:
                yield Fault(f"{place}/indicators/{indicator.id}/bits", "above the cap of its role")


def _titles(pattern: Pattern) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, _, indicator in _indicators(pattern):
        if not indicator.title.strip():
            yield Fault(f"{place}/title", "an indicator's title is what a watch officer reads")
        for name, where in ((indicator.title, f"{place}/title"), (indicator.id, place)):
            if name in seen:
                yield Fault(where, f"{name!r} stands twice in the pattern")
            seen.add(name)


# Words


def _words(pattern: Pattern, vocabulary: Vocabulary) -> Iterator[Fault]:
    if pattern.domain != EVERY_DOMAIN and not vocabulary.has_domain(pattern.domain):
        yield Fault("/domain", f"{pattern.domain!r} is no domain")
    for place, _, indicator in _indicators(pattern):
        if indicator.activity:
            yield from _activity(indicator.activity, vocabulary, f"{place}/activity")
        if indicator.mention:
            yield from _mention(indicator.mention, pattern, vocabulary, f"{place}/mention")


def _activity(test: ActivityTest, vocabulary: Vocabulary, place: str) -> Iterator[Fault]:
    checks = (
        ("codes", test.codes, vocabulary.has_code),
        ("circumstances", test.circumstances, vocabulary.has_circumstance),
        ("topics", test.topics, vocabulary.has_topic),
        ("countries", test.countries, vocabulary.has_country),
    )
    for member, words, is_known in checks:
        for word in sorted(words):
            if not is_known(word):
                yield Fault(f"{place}/{member}", f"{word!r} is not in the vocabulary")
    for code in sorted(test.codes):
        if vocabulary.has_code(code) and vocabulary.is_ordinary(code) and not test.circumstances:
            yield Fault(
                f"{place}/circumstances", f"{code!r} is of ordinary life: say which circumstances"
            )


def _mention(
    test: MentionTest, pattern: Pattern, vocabulary: Vocabulary, place: str
) -> Iterator[Fault]:
    if pattern.scope.is_free:
        yield Fault(place, "a bare mention has no topic and no country: no cell would hold it")
    for schema in sorted(test.schemata):
        if not vocabulary.has_schema(schema) or vocabulary.is_edge(schema):
            yield Fault(f"{place}/schemata", f"{schema!r} is no schema of a mention")
            continue
        if pattern.scope is Scope.ORGANISATION and schema not in ORGANISATIONS - {"LegalEntity"}:
            yield Fault(f"{place}/schemata", f"{schema!r} may be no organisation")
        for prop, _ in test.properties:
            yield from _property(schema, prop, vocabulary, f"{place}/properties/{prop}")


def _property(schema: str, prop: str, vocabulary: Vocabulary, place: str) -> Iterator[Fault]:
    if vocabulary.is_protected_property(prop):
        yield Fault(place, "what a person is weighs nothing, only what was done")
    elif not vocabulary.has_property(schema, prop):
        yield Fault(place, f"{schema} has no property {prop!r}")
    elif vocabulary.is_entity_property(schema, prop):
        yield Fault(place, "an entity stands in a relation, not in a property")
    elif vocabulary.property_type(schema, prop) == "name":
        yield Fault(place, "a pattern knows kinds of conduct, not names")
    elif vocabulary.property_type(schema, prop) in _TYPES_OF_ORIGIN and not any(
        vocabulary.is_a(schema, kind) for kind in _IMPERSONAL
    ):
        yield Fault(place, "where somebody comes from may tell people apart, and weighs nothing")


# Examples


def _examples(pattern: Pattern, runner: Runner) -> Iterator[Fault]:
    outcomes = {example["fires"] for example in pattern.examples}
    if outcomes != {True, False}:
        yield Fault("/examples", "needed are one that fires and one that stays silent")
    for number, example in enumerate(pattern.examples):
        detail = _run(pattern, example, runner)
        if detail:
            yield Fault(f"/examples/{number}", detail)


def _run(pattern: Pattern, example: Mapping[str, Any], runner: Runner) -> str | None:
    try:
        fires = runner(pattern, as_events(example["signals"]))
    except FusionError as error:
        return f"can't be run: {error.detail}"
    if fires == example["fires"]:
        return None
    return f"{'fires' if fires else 'stays silent'}, and should not: {example['why']}"


def _indicators(pattern: Pattern) -> Iterator[tuple[str, Role, Indicator]]:
    for role in pattern.roles:
        for indicator in role.indicators:
            yield f"/roles/{role.name}/indicators/{indicator.id}", role, indicator
