"""What a publication of patterns changed, as everybody is told it."""

from __future__ import annotations

from typing import Any

from fusion.domain.clock import format_moment
from fusion.fusing.rules import Published, Rules


def published_document(published: Published, before: Rules) -> dict[str, Any]:
    """What a publication changed: patterns that are new or of another version, and those gone."""
    # A pattern of a name and version is one for ever.
    former = {pattern.slug: pattern.version for pattern in before.patterns}
    now = {pattern.slug: pattern.version for pattern in published.patterns}
    return {
        "at": format_moment(published.at[0]),
        "patterns": [
            {"pattern": slug, "version": version}
            for slug, version in sorted(now.items())
            if version != former.get(slug)
        ],
        "withdrawn": sorted(former.keys() - now.keys()),
    }
