"""`make soak`: the laws on as many random worlds as asked, and the seeds that broke one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.laws import checks

CHECKS = (
    checks.check_order,
    checks.check_retraction,
    checks.check_rebuild,
    checks.check_noninterference,
    checks.check_no_undersharing,
    checks.check_past,
    checks.check_past_by_reference,
)
LARGEST = 16


def main() -> int:
    """Run; 1 where a law was broken."""
    parser = argparse.ArgumentParser(description="The laws on random worlds.")
    parser.add_argument("--worlds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="the first world's")
    asked = parser.parse_args()
    broken: Counter[str] = Counter()
    for number in range(asked.worlds):
        seed = asked.seed + number
        for check in CHECKS:
            try:
                check(seed, 1 + seed % LARGEST)
            except Exception as error:  # noqa: BLE001 - a crash is as bad as a difference
                broken[check.__name__] += 1
                print(f"{check.__name__}({seed}, {1 + seed % LARGEST}): {type(error).__name__}")
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {asked.worlds} worlds", end="", file=sys.stderr)
    print(f"{asked.worlds} worlds, {len(CHECKS)} laws each: {broken.total()} broken {dict(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
