"""`make soak`: the laws on as many random worlds as asked, and the seeds that broke one.

Each world is put to one of the checks, in turn; `--all` puts each to all. `--defects LAW`
instead plants each defect of a law and says how many worlds it takes until that goes red.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.fusing import test_bound, test_engine
from tests.laws import (
    test_no_undersharing,
    test_noninterference,
    test_order,
    test_past,
    test_publications,
    test_rebuild,
    test_retraction,
    test_streams,
)
from tests.laws.catching import Check, Defect, size_of, worlds_until_red

CHECKS: tuple[Check, ...] = (
    test_engine.check_fusing,
    test_engine.check_chronicle,
    test_engine.check_following,
    test_engine.check_attribution,
    test_bound.check_bound,
    test_order.check_shuffled,
    test_order.check_posted,
    test_retraction.check_never_held,
    test_retraction.check_history,
    test_rebuild.check_rebuild,
    test_rebuild.check_books,
    test_noninterference.check_noninterference,
    test_streams.check_frames,
    test_streams.check_replay,
    test_streams.check_rights,
    test_streams.check_late_grant,
    test_no_undersharing.check_no_undersharing,
    test_past.check_past,
    test_past.check_past_by_reference,
    test_publications.check_looking,
    test_publications.check_preview,
)
DEFECTS: tuple[tuple[str, tuple[tuple[Check, Defect], ...]], ...] = (
    ("1 order", test_order.DEFECTS),
    ("2 retraction", test_retraction.DEFECTS),
    ("3 rebuild", test_rebuild.DEFECTS),
    ("4 non-interference", test_noninterference.DEFECTS),
    ("4 non-interference, streams", test_streams.DEFECTS),
    ("5 no under-sharing", test_no_undersharing.DEFECTS),
    ("the past", test_past.DEFECTS),
    ("publications", test_publications.DEFECTS),
    ("the bound of RULES 23", test_bound.DEFECTS),
)


def main() -> int:
    """Run; 1 where a law was broken, or a defect was not seen."""
    parser = argparse.ArgumentParser(description="The laws on random worlds.")
    parser.add_argument("--worlds", type=int, default=1_000, help="so many; for a defect, at most")
    parser.add_argument("--seed", type=int, default=0, help="the first world's")
    parser.add_argument("--all", action="store_true", help="put each world to all checks")
    parser.add_argument("--check", action="append", help="only this check; may be repeated")
    parser.add_argument("--defects", help="plant the defects of laws whose name has this in it")
    asked = parser.parse_args()
    if asked.defects is not None:
        return _seek(asked.defects, asked.worlds)
    named = [check for check in CHECKS if not asked.check or check.__name__ in asked.check]
    return _soak(named, asked.seed, asked.worlds, each=asked.all)


def _soak(checks: list[Check], first: int, worlds: int, *, each: bool) -> int:
    broken: Counter[str] = Counter()
    began = time.monotonic()
    for number, seed in enumerate(range(first, first + worlds), 1):
        for check in checks if each else [checks[seed % len(checks)]]:
            try:
                check(seed, size_of(seed))
            except Exception as error:  # noqa: BLE001 - a crash is as bad as a difference
                broken[check.__name__] += 1
                said = f"{check.__name__}({seed}, {size_of(seed)}): {type(error).__name__}"
                print(said, flush=True)
        if number % 100 == 0:
            print(f"{number} worlds, {broken.total()} red", file=sys.stderr, flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"{worlds} worlds from {first}, {len(checks)} checks, {minutes:.0f} minutes:")
    print(f"{broken.total()} red {dict(broken)}")
    return 1 if broken else 0


def _seek(which: str, worlds: int) -> int:
    """How many worlds, from the first, each defect takes to be seen."""
    unseen = 0
    print("| law | check | defect | worlds |\n|---|---|---|---|")
    for law, defects in [each for each in DEFECTS if which in each[0]]:
        for check, defect in defects:
            tried = worlds_until_red(check, defect, first=0, worlds=worlds)
            unseen += tried is None
            print(f"| {law} | `{check.__name__}` | {defect.says} | {tried} |", flush=True)
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
