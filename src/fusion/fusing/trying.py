"""Trying a pattern on a few signals: its examples, run by the definition itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fusion.domain.clock import day_of
from fusion.domain.compiling import Community
from fusion.domain.hypothesis import Status
from fusion.domain.pattern import Pattern, with_used
from fusion.domain.vocabulary import Vocabulary
from fusion.fusing.arriving import facts_in
from fusion.fusing.linker import Linker
from fusion.fusing.reference import fuse, known_to
from fusion.fusing.rules import Rules

# Offline, where there is no log, names of tear-lines are made under a fixed key (RULES.md 28).
OFFLINE = Community(handle_key=b"fusion offline", is_open=True)


def example_fires(
    pattern: Pattern,
    signals: Sequence[Mapping[str, Any]],
    *,
    linker: Linker,
    vocabulary: Vocabulary,
    library: Iterable[Pattern] = (),
) -> bool:
    """Whether a pattern is above its threshold once these signals are fused, as of the last.

    `library` has the patterns whose hypotheses it uses.
    """
    facts = [f for event in signals for f in facts_in(msgspec.json.encode(event), OFFLINE)]
    today = max((day_of(f.reported) for f in facts), default=0)
    known = known_to(facts, (), lambda _: True)
    fused = fuse(known, Rules(linker, with_used(pattern, library), vocabulary), today)
    mine = (h for h in fused.hypotheses if h.pattern == pattern.slug)
    return any(h.status is Status.ABOVE for h in mine)
