"""What must hold where a pattern uses the hypotheses of others (RULES.md 21).

The other is in the library, its cells can lie in cells of this one, nothing uses itself in the end,
and no conduct is read twice: once here, and once more in what is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fusion.domain.errors import Fault
from fusion.domain.pattern import Pattern, with_used
from fusion.patterns.cell import indicators_using


def check_uses(pattern: Pattern, library: Iterable[Pattern]) -> Iterator[Fault]:
    """The faults of what a pattern uses, each by its place in the file."""
    known = {other.slug: other for other in library}
    for role, indicator, test in indicators_using(pattern):
        place = f"/roles/{role.name}/indicators/{indicator.id}/hypothesis"
        other = known.get(test.pattern)
        if other is None:
            yield Fault(f"{place}/pattern", f"{test.pattern!r} is no pattern of this library")
        elif pattern.slug in {used.slug for used in with_used(other, known.values())}:
            yield Fault(f"{place}/pattern", f"{test.pattern!r} uses this pattern in turn")
        else:
            yield from _use(pattern, other, test.by, known, place)


def _use(
    pattern: Pattern, other: Pattern, by: frozenset[str], known: Mapping[str, Pattern], place: str
) -> Iterator[Fault]:
    if not pattern.scope.uses(other.scope):
        detail = f"a hypothesis on {_each(other)} lies on no {pattern.scope}"
        yield Fault(f"{place}/pattern", detail)
    for role in sorted(by - {role.name for role in other.roles}):
        yield Fault(f"{place}/by", f"{other.slug} has no role {role!r}")
    theirs = {code for used in with_used(other, known.values()) for code in _codes(used)}
    for code in sorted(_codes(pattern) & theirs):
        detail = f"{code!r} is read here and in what is used: it would count twice"
        yield Fault(f"{place}/pattern", detail)


def _each(other: Pattern) -> str:
    return f"an {other.scope}" if other.scope[0] in "aeo" else f"a {other.scope}"


def _codes(pattern: Pattern) -> set[str]:
    tests = (i.activity for role in pattern.roles for i in role.indicators if i.activity)
    return {code for test in tests for code in test.codes}
