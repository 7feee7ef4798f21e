"""`make crash`: many deaths of a service under load, counted."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.crash.cycles import Count, run


def main() -> int:
    """Run; 1 where anything was lost, doubled or divergent."""
    parser = argparse.ArgumentParser(description="Crashes under load: nothing lost or doubled.")
    parser.add_argument("--cycles", type=int, default=320)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    count = Count()
    with tempfile.TemporaryDirectory(prefix="fusion-crash-") as folder:
        for count in run(Path(folder), asked.cycles, asked.seed):
            if sys.stderr.isatty():
                print(f"\r{count.cycles.total()} of {asked.cycles}", end="", file=sys.stderr)
    print(count)
    return 0 if count.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
