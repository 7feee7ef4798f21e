from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion.domain.expression import (
    MAX_CHARACTERS,
    MAX_CLAUSES,
    MAX_NESTING,
    AnyOf,
    Every,
    Expression,
    clauses,
    evaluate,
    parse,
)

SHARED = Path(os.environ.get("FUSION_SHARED") or Path(__file__).parents[2].parent / "shared")
CORPUS = SHARED / "data" / "access" / "accumulo-access" / "testdata.json"

# (expression, sets of authorisations of which all must pass, what must come out). Made by hand
# after the grammar, so that this means something where the Accumulo corpus is absent.
OWN_CORPUS = [
    ("", [set()], True),
    ("A", [set()], False),
    ("A", [{"A"}], True),
    ("a", [{"A"}], False),
    ("A&B", [{"A"}], False),
    ("A&B", [{"A", "B"}], True),
    ("A|B", [{"B"}], True),
    ("(A)", [{"A"}], True),
    ("((A|B))&C", [{"B", "C"}], True),
    ("((A|B))&C", [{"A", "B"}], False),
    ("A|(B&C)|D", [{"B", "C"}], True),
    ("A|(B&C)|D", [{"B"}], False),
    ("group:x/y_z-1.2", [{"group:x/y_z-1.2"}], True),
    ('"A"', [{"A"}], True),
    ('"A&B"', [{"A&B"}], True),
    ('"A&B"', [{"A", "B"}], False),
    (r'"a\"b\\c"', [{'a"b\\c'}], True),
    ('"\n\t "', [{"\n\t "}], True),
    ('"五"&"é"', [{"五", "é"}], True),
    ("A|B", [{"A"}, {"B"}], True),
    ("A|B", [{"A"}, {"C"}], False),
    ("A&B", [{"A"}, {"B"}], False),
]
MALFORMED = [
    ("()", 2),
    ("&", 1),
    ("|A", 1),
    ("A&", None),
    ("A|", None),
    ("A&&B", 3),
    ("(A", None),
    ("A)", 2),
    (")", 1),
    ("(", None),
    ("A(B)", 2),
    ("(A)B", 4),
    ("A&B|C", 4),
    ("A|B&C", 4),
    ("(A&B|C)", 5),
    ("A B", 2),
    (" ", 1),
    ("A\n", 2),
    ('""', 1),
    ('"A', 1),
    (r'"A\x"', 1),
    ('"A"B', 4),
    ("五", 1),
    ("A#", 2),
]

tokens = st.sampled_from("abcdefg")


def expressions() -> st.SearchStrategy[Expression]:
    return st.recursive(
        tokens,
        lambda parts: st.one_of(
            st.builds(Every, st.lists(parts, min_size=2, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(parts, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=12,
    )


def written(expression: Expression) -> str:
    if isinstance(expression, str):
        return expression
    sign = "&" if isinstance(expression, Every) else "|"
    return sign.join(
        part if isinstance(part, str) else f"({written(part)})" for part in expression.parts
    )


def conjunctive(found: frozenset[frozenset[str]]) -> str:
    return "&".join("(" + "|".join(sorted(clause)) + ")" for clause in found)


def meets(found: frozenset[frozenset[str]], authorisations: set[str]) -> bool:
    return all(clause & authorisations for clause in found)


def accumulo_cases() -> Iterator[tuple[str, list[set[str]], str]]:
    for suite in json.loads(CORPUS.read_text(encoding="utf-8")):
        authorisations = [set(each) for each in suite["auths"]]
        for test in suite["tests"]:
            for text in test["expressions"]:
                yield text, authorisations, test["expectedResult"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the Accumulo corpus lies in ../shared")
def test_all_expressions_of_the_accumulo_corpus_come_out_as_accumulo_has_them() -> None:
    cases = list(accumulo_cases())
    assert len(cases) == 242
    for text, authorisations, expected in cases:
        if expected == "ERROR":
            with pytest.raises(ValueError, match=r"at character|at its end"):
                parse(text)
            with pytest.raises(ValueError, match=r"at character|at its end"):
                clauses(text)
            continue
        is_accessible = expected == "ACCESSIBLE"
        assert all(evaluate(parse(text), each) for each in authorisations) is is_accessible, text
        assert all(meets(clauses(text), each) for each in authorisations) is is_accessible, text


@pytest.mark.parametrize(("text", "authorisations", "is_accessible"), OWN_CORPUS)
def test_every_set_of_authorisations_has_to_pass(
    text: str, authorisations: list[set[str]], is_accessible: bool
) -> None:
    assert all(evaluate(parse(text), each) for each in authorisations) is is_accessible
    assert all(meets(clauses(text), each) for each in authorisations) is is_accessible


@pytest.mark.parametrize(("text", "character"), MALFORMED)
def test_what_is_not_in_the_grammar_is_refused_with_the_place(
    text: str, character: int | None
) -> None:
    place = "at its end$" if character is None else f"at character {character}$"
    with pytest.raises(ValueError, match=place):
        parse(text)


def test_the_empty_expression_has_no_clauses() -> None:
    assert clauses("") == frozenset()


def test_clauses_absorb_what_they_contain() -> None:
    assert clauses("A&(A|B)") == {frozenset("A")}
    assert clauses("A|(A&B)") == {frozenset("A")}
    assert clauses("(A&B)|(C&D)") == {frozenset(pair) for pair in ("AC", "AD", "BC", "BD")}


@given(expressions(), st.sets(tokens))
def test_clauses_admit_whom_the_expression_admits(
    expression: Expression, authorisations: set[str]
) -> None:
    text = written(expression)
    assert parse(text) == expression
    assert meets(clauses(text), authorisations) is evaluate(expression, authorisations)


@given(expressions())
@example(Every(("a", AnyOf(("a", "b")))))
@example(AnyOf((Every(("a", "b")), Every(("a", "c")))))
def test_clauses_are_minimal_and_their_own_clauses(expression: Expression) -> None:
    found = clauses(written(expression))
    assert all(found)
    assert not any(one < other for one in found for other in found)
    assert clauses(conjunctive(found)) == found


@given(expressions(), expressions())
def test_expressions_of_one_meaning_have_one_normal_form(
    one: Expression, other: Expression
) -> None:
    distributed = AnyOf((one, other)), AnyOf((other, one, AnyOf((one, one))))
    assert clauses(written(distributed[0])) == clauses(written(distributed[1]))
    absorbed = Every((one, AnyOf((other, one))))
    assert clauses(written(absorbed)) == clauses(written(AnyOf((one, one))))


def alternatives(count: int) -> str:
    return "|".join(f"(a{n}&b{n})" for n in range(count))


def test_sixty_four_clauses_are_taken_and_more_are_refused() -> None:
    assert len(clauses(alternatives(6))) == MAX_CLAUSES
    with pytest.raises(ValueError, match=r"128 clauses, more than 64"):
        clauses(alternatives(7))
    with pytest.raises(ValueError, match=r"65 clauses, more than 64"):
        clauses("&".join(f"a{n}" for n in range(65)))


@pytest.mark.parametrize(
    "text",
    [
        alternatives(1000),
        "&".join(f"({alternatives(6)})".replace("a", f"a{n}x") for n in range(100)),
        "&".join(f"(a{n}|b{n})" for n in range(1200)),
        "|".join(f"({'&'.join(f'{side}{n}' for n in range(500))})" for side in "ab"),
    ],
)
def test_an_expression_that_explodes_is_given_up(text: str) -> None:
    assert len(text) <= MAX_CHARACTERS
    with pytest.raises(ValueError, match="more than 100000 steps"):
        clauses(text)


def test_what_is_small_at_its_end_is_taken_however_large_on_the_way() -> None:
    assert clauses(f"({alternatives(30)}|z)&z") == {frozenset("z")}
    assert clauses("|".join(f"(a&b{n})" for n in range(20)) + "|a") == {frozenset("a")}


def test_nesting_has_a_limit() -> None:
    deepest = "(" * MAX_NESTING + "A" + ")" * MAX_NESTING
    assert parse(deepest) == "A"
    with pytest.raises(ValueError, match=f"{MAX_NESTING} parentheses are open at character 65"):
        parse(f"({deepest})")


def test_length_has_a_limit() -> None:
    assert parse("A" * MAX_CHARACTERS) == "A" * MAX_CHARACTERS
    with pytest.raises(ValueError, match="characters, more than"):
        parse("A" * (MAX_CHARACTERS + 1))


def test_a_quotation_that_never_closes_is_refused_where_it_opens() -> None:
    with pytest.raises(ValueError, match=r"at character 1$"):
        parse('"' + '\\"' * (MAX_CHARACTERS // 2 - 1))


@given(st.text(alphabet='ab&|()"\\ é', max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            clauses(text)
    else:
        assert meets(clauses(text), {"a"}) is evaluate(found, {"a"})
