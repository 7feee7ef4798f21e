"""`python -m fusion`, and the `fusion` command: the one place that hands the environment down."""

from __future__ import annotations

import os
import sys

from fusion.cli.main import run


def main() -> int:
    """Run the command line of this process; its exit code."""
    return run(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(main())
