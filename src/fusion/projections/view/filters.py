"""Filters of alerts, applied to what a reader is shown of them, never to what lies behind."""

from __future__ import annotations

from typing import Any

from fusion.domain.clock import parse_moment
from fusion.projections.view.port import AlertFilters, SignalFilters


def admits_alert(filters: AlertFilters, document: dict[str, Any]) -> bool:
    """Whether an alert's document is asked for."""
    return (
        (not filters.status or document["status"] in filters.status)
        and (not filters.pattern or document["pattern"] in filters.pattern)
        and (not filters.domain or document["domain"] in filters.domain)
        and (not filters.severity or document["severity"] in filters.severity)
        and (not filters.agency or not filters.agency.isdisjoint(document["agencies"]))
        and _is_within(filters, document["at"])
        and (filters.q is None or filters.q.casefold() in document["title"].casefold())
    )


def filters_text(filters: AlertFilters | SignalFilters) -> str:
    """Filters as text: the same for the same filters, in every process."""
    shown = []
    for name in filters.__slots__:
        value = getattr(filters, name)
        shown.append((name, sorted(value) if isinstance(value, frozenset) else value))
    return repr(shown)


def _is_within(filters: AlertFilters, at: str) -> bool:
    moment = parse_moment(at)
    return (filters.since is None or filters.since <= moment) and (
        filters.until is None or moment <= filters.until
    )
