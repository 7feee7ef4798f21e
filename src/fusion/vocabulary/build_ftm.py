"""Makes `schemata.json` from FollowTheMoney's YAML schemata. Run by hand, never at run time.

    pip download --no-deps followthemoney==4.11.2 && unzip followthemoney-*.whl
    python -m fusion.vocabulary.build_ftm followthemoney/schema 4.11.2

Keeps each schema's ancestors, edge ends and own properties (type, and the range of those that are
entities); drops labels, descriptions and captions, since fusion never shows them. FollowTheMoney is
under the MIT licence; its notice, FOLLOWTHEMONEY-LICENSE beside this file, stays with the data.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

# Three schemata that FollowTheMoney has as nodes are edges here (CONTRACT.md section 1): what
# matters of a call is who called whom. The ends are named as the contract names them.
EDGES_OF_OUR_OWN = {
    "Call": ("caller", "receiver"),
    "Message": ("sender", "recipient"),
    "Identification": ("holder", "document"),
}

_DEFAULT_TYPE = "string"


def build(folder: Path, version: str) -> dict[str, Any]:
    """The compact form of all schemata in `folder`."""
    declared: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.y*ml")):
        declared |= yaml.safe_load(path.read_text(encoding="utf-8"))
    schemata = {name: _compact(name, declared) for name in sorted(declared)}
    return {"source": f"followthemoney {version}", "schemata": schemata}


def _compact(name: str, declared: dict[str, dict[str, Any]]) -> dict[str, Any]:
    spec = declared[name]
    compact: dict[str, Any] = {"extends": sorted(_ancestors(name, declared))}
    if spec.get("abstract"):
        compact["abstract"] = True
    ends = EDGES_OF_OUR_OWN.get(name) or _edge_ends(spec)
    if ends:
        compact["edge"] = list(ends)
    compact["properties"] = {
        key: _property(value or {}) for key, value in sorted((spec.get("properties") or {}).items())
    }
    return compact


def _ancestors(name: str, declared: dict[str, dict[str, Any]]) -> set[str]:
    parents = set(declared[name].get("extends") or ())
    return parents.union(*(_ancestors(parent, declared) for parent in parents))


def _edge_ends(spec: dict[str, Any]) -> tuple[str, str] | None:
    edge = spec.get("edge")
    return (edge["source"], edge["target"]) if edge else None


def _property(spec: dict[str, Any]) -> dict[str, str]:
    kind = spec.get("type", _DEFAULT_TYPE)
    if kind != "entity":
        return {"type": kind}
    return {"type": kind, "range": spec.get("range", "Thing")}


def main() -> None:
    """`build_ftm.py FOLDER VERSION` writes schemata.json beside this file."""
    folder, version = Path(sys.argv[1]), sys.argv[2]
    target = Path(__file__).with_name("schemata.json")
    text = json.dumps(build(folder, version), indent=1, sort_keys=True, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
