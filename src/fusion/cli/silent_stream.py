"""Silent streams: whether a pattern keeps quiet in ordinary times (DESIGN.md section 5).

Ordinary times are made, not found: the agencies of the examples that fire go about their work for
two years or so, and report at a stated rate what resembles these examples and leads nowhere. All of
it goes through the real `fuse`. What rings there rings wherever the pattern is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fusion import offline
from fusion.domain.clock import MICROS_PER_DAY, format_moment, parse_moment
from fusion.domain.compiling import Community
from fusion.domain.pattern import Pattern, Silent, with_used
from fusion.domain.post import Registry
from fusion.fusing.rules import Rules
from fusion.patterns.examples import as_events
from fusion.simulate.ordinary import ordinary

# For this share of ordinary times a pattern may be on.
MOST_ON = 0.05


def share_on(
    pattern: Pattern,
    silent: Silent,
    rules: Rules,
    community: Community,
    progress: offline.Progress = lambda *_: None,
) -> float:
    """The share of its silent stream in which a pattern is on; beside it only what it uses is."""
    own = replace(rules, patterns=with_used(pattern, rules.patterns))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "silent.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in _stream(pattern, silent, rules))
        asked = offline.Asked()
        with offline.fused_file(
            path, asked, own, community=community, registry=Registry(), progress=progress
        ) as fused:
            return fused.share_on(pattern.slug)


def _stream(pattern: Pattern, silent: Silent, rules: Rules) -> Iterator[dict[str, Any]]:
    """The ordinary signals around the examples that fire, these drawn out over the days."""
    firing = [as_events(example["signals"]) for example in pattern.examples if example["fires"]]
    resembled = [signal for signals in firing for signal in signals]
    start = min(parse_moment(signal["time"]) for signal in resembled)
    step = silent.days * MICROS_PER_DAY // max(1, len(resembled) - 1)
    drawn_out = [
        signal | {"time": format_moment(start + place * step), "id": f"resembled-{place}"}
        for place, signal in enumerate(resembled)
    ]
    per_signal = -(-silent.signals // len(drawn_out))
    yield from ordinary(
        drawn_out, per_signal=per_signal, seed=silent.seed, vocabulary=rules.vocabulary
    )
