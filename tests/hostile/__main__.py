"""`make hostile`: many hostile requests to every operation, as two readers and a publisher."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.hostile.asking import Found, ask, operations
from tests.hostile.service import besieged


def main() -> int:
    """Run; 1 where an answer was a fault of the service's."""
    parser = argparse.ArgumentParser(description="Hostile requests to every operation.")
    parser.add_argument("--examples", type=int, default=200, help="of each kind, for each caller")
    asked = parser.parse_args()
    found = Found()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder, besieged(Path(folder)) as town:
        for operation in operations():
            ask(town.clients, operation, town.names, examples=asked.examples, found=found)
            print(f"{operation.label}: {found}", file=sys.stderr)
    print(found)
    for fault, request in found.faults.items():
        print(f"{fault}\n    {request}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
