"""Access expressions in Apache Accumulo's grammar: `need` on the wire, clauses inside.

Reads them as the Accumulo Access specification has them (`&`, `|`, parentheses, quoted tokens; no
NOT, so more authorisations never open less) and brings them to their minimal AND of OR-sets, which
is unique for such a formula. Promises that no expression, however hostile, costs more than the
bounds below. Must never guess: what does not follow the grammar is refused, with the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

# CONTRACT.md section 1. A marking's clauses are compared at every join; 64 keeps that cheap and is
# far beyond what people write.
MAX_CLAUSES = 64
# Some 500 groups by name; reading so much takes a few milliseconds.
MAX_CHARACTERS = 16_384
# Evaluation and expansion recurse, so depth is bounded well under the interpreter's own limit.
MAX_NESTING = 64
# One step is one comparison or union of two clauses, some 60 ns: an expression that would explode
# on its way to the normal form is given up after a few milliseconds.
MAX_STEPS = 100_000
# Clauses are bit sets; a step over very many different tokens costs more and counts for more.
_TOKENS_PER_STEP = 1024

_LEXEME = re.compile(r'"((?:[^"\\]|\\["\\])+)"|([A-Za-z0-9_.:/-]+)|([&|()])')
_QUOTED, _PLAIN = 1, 2
_ESCAPE = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Every:
    """All of its parts must hold; of none, that is always so."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of its parts must hold."""

    parts: tuple[Expression, ...]


Expression = str | Every | AnyOf


def parse(text: str) -> Expression:
    """What an access expression says; the empty one says nothing (`Every(())`).

    ValueError, with the character at which it went wrong (from 1), for what is not in the grammar,
    nests deeper than MAX_NESTING or is longer than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has {len(text)} characters, more than {MAX_CHARACTERS}")
    if not text:
        return Every(())
    outer: list[_Group] = []
    group = _Group()
    position = 0
    while position < len(text):
        # Matched in its place and never searched for: a search for the end of a quoted token that
        # is never closed, from every place again, would be quadratic.
        lexeme = _LEXEME.match(text, position)
        if lexeme is None:
            raise _misplaced("no token, '&', '|' or parenthesis begins", text, position)
        kind = lexeme.lastindex
        written = lexeme[0]
        if kind == _PLAIN:
            flaw = group.take(written)
        elif kind == _QUOTED:
            flaw = group.take(_ESCAPE.sub(r"\1", lexeme[_QUOTED]))
        elif written == "(":
            flaw = group.flaw_before_operand()
            outer.append(group)
            group = _Group()
        elif written == ")":
            flaw = group.flaw_at_end() if outer else "no parenthesis is open"
            if not flaw:
                inner = group.closed()
                group = outer.pop()
                flaw = group.take(inner)
        else:
            flaw = group.connect(written)
        if len(outer) > MAX_NESTING:
            flaw = f"more than {MAX_NESTING} parentheses are open"
        if flaw:
            raise _misplaced(flaw, text, position)
        position = lexeme.end()
    flaw = group.flaw_at_end() or ("a parenthesis is still open" if outer else "")
    if flaw:
        raise _misplaced(flaw, text, position)
    return group.closed()


def evaluate(expression: Expression, authorisations: AbstractSet[str]) -> bool:
    """Whether somebody with these authorisations satisfies the expression."""
    if isinstance(expression, str):
        return expression in authorisations
    if isinstance(expression, Every):
        return all(evaluate(part, authorisations) for part in expression.parts)
    return any(evaluate(part, authorisations) for part in expression.parts)


def clauses(text: str) -> frozenset[frozenset[str]]:
    """The minimal AND of OR-sets of an access expression; the empty one has none.

    Equal meaning gives equal clauses. ValueError where the expression is malformed, has more than
    MAX_CLAUSES minimal clauses, or would take more than MAX_STEPS to find out.
    """
    expression = parse(text)
    expansion = _Expansion(expression)
    found = expansion.clauses_of(expression, [])
    if len(found) > MAX_CLAUSES:
        raise ValueError(f"it needs {len(found)} clauses, more than {MAX_CLAUSES}")
    return frozenset(map(expansion.tokens_of, found))


class _Group:
    """What was read so far of one pair of parentheses, or of the whole.

    Its methods answer with the flaw of what they were given; none is an empty string.
    """

    __slots__ = ("_is_complete", "_parts", "_sign")

    def __init__(self) -> None:
        self._parts: list[Expression] = []
        self._sign = ""
        self._is_complete = False

    def flaw_before_operand(self) -> str:
        return "'&' or '|' is missing" if self._is_complete else ""

    def flaw_at_end(self) -> str:
        return "" if self._is_complete else "a token or a parenthesis is missing"

    def take(self, part: Expression) -> str:
        if self._is_complete:
            return "'&' or '|' is missing"
        self._parts.append(part)
        self._is_complete = True
        return ""

    def connect(self, sign: str) -> str:
        if not self._is_complete:
            return f"nothing stands before {sign!r}"
        if self._sign != sign:
            if self._sign:
                return "'&' and '|' mix only with parentheses"
            self._sign = sign
        self._is_complete = False
        return ""

    def closed(self) -> Expression:
        if not self._sign:
            return self._parts[0]
        parts = tuple(self._parts)
        return Every(parts) if self._sign == "&" else AnyOf(parts)


class _Expansion:
    """One way from an expression to its clauses: tokens are bits, a clause is an integer.

    `known` are clauses that hold anyway, because they stand beside the part that is expanded. A
    clause that contains one of them says nothing, nor does any that grows out of it, so it is
    dropped at once: that keeps expressions small whose end is small.
    """

    def __init__(self, expression: Expression) -> None:
        self._tokens = list(dict.fromkeys(_tokens(expression)))
        self._bits = {token: 1 << place for place, token in enumerate(self._tokens)}
        self._cost = 1 + len(self._tokens) // _TOKENS_PER_STEP
        self._left = MAX_STEPS

    def tokens_of(self, clause: int) -> frozenset[str]:
        """A clause as its tokens."""
        return frozenset(
            self._tokens[place] for place in range(clause.bit_length()) if clause >> place & 1
        )

    def clauses_of(self, expression: Expression, known: list[int]) -> list[int]:
        """The minimal clauses of an expression that no clause of `known` implies."""
        if isinstance(expression, str):
            return self._added([], [self._bits[expression]], known)
        leaves = [self._bits[part] for part in expression.parts if isinstance(part, str)]
        nodes = [part for part in expression.parts if not isinstance(part, str)]
        if isinstance(expression, Every):
            return self._conjunction(leaves, nodes, known)
        return self._disjunction(leaves, nodes, known)

    def _conjunction(
        self, leaves: list[int], nodes: list[Every | AnyOf], known: list[int]
    ) -> list[int]:
        found = self._added([], leaves, known)
        for node in nodes:
            self._spend(len(known) + len(found))
            context = known + found
            found = self._added(found, self.clauses_of(node, context), known)
        return found

    def _disjunction(
        self, leaves: list[int], nodes: list[Every | AnyOf], known: list[int]
    ) -> list[int]:
        together = 0
        for bit in leaves:
            together |= bit
        found = self._added([], [together], known)
        for node in nodes:
            if not found:
                break
            others = self.clauses_of(node, known)
            self._spend(len(found) * len(others))
            unions = {one | other for one in found for other in others}
            found = self._added([], sorted(unions, key=int.bit_count), known)
        return found

    def _added(self, kept: list[int], more: Iterable[int], known: list[int]) -> list[int]:
        """`kept`, a minimal list, with the clauses of `more` that say something new."""
        for clause in more:
            self._spend(len(kept) + len(known))
            if _is_implied(clause, kept) or _is_implied(clause, known):
                continue
            kept = [other for other in kept if other & clause != clause]
            kept.append(clause)
        return kept

    def _spend(self, steps: int) -> None:
        self._left -= steps * self._cost
        if self._left < 0:
            raise ValueError(f"it takes more than {MAX_STEPS} steps to bring to its clauses")


def _is_implied(clause: int, others: list[int]) -> bool:
    """Whether a clause contains one of the others, and so says less than that one."""
    return any(other & clause == other for other in others)


def _tokens(expression: Expression) -> Iterable[str]:
    if isinstance(expression, str):
        yield expression
        return
    for part in expression.parts:
        if isinstance(part, str):
            yield part
        else:
            yield from _tokens(part)


def _misplaced(flaw: str, text: str, position: int) -> ValueError:
    where = "at its end" if position >= len(text) else f"at character {position + 1}"
    return ValueError(f"{flaw} {where}")
